"""`afloc export`, `afloc inspect` and `afloc recreate`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from afloc_core.annotations.marks import Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import ReviewImage, open_review
from afloc_core.cli import main
from afloc_core.exporting.writing import ExportError, write_whole
from afloc_core.imaging.sample import sample_film
from afloc_core.resource_files import resource_path
from tests.films import synthetic_chest

MARKS = str(resource_path("sample", "marks.json"))


def export(*arguments: str | Path) -> int:
    return main(["export", *map(str, arguments)])


@pytest.fixture
def film(tmp_path: Path) -> Path:
    place = tmp_path / "film.png"
    Image.fromarray(synthetic_chest(300, 240)).save(place)
    return place


def test_a_picture_is_written_inspected_and_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "out.png"
    arguments = (sample_film(), "--phrase", "Multiple lung masses!", "--annotations", MARKS, "--size", "700")
    assert export(*arguments, "--output", output) == 0
    capsys.readouterr()
    assert main(["inspect", str(output)]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert entries["maps"][0]["phrase"] == "Multiple lung masses!"
    assert entries["maps"][0]["encoded"] == "multiple lung masses"
    assert [reader["name"] for reader in entries["readers"]] == ["Reader 1", "Reader 2"]
    assert "RG1" not in json.dumps(entries)
    assert main(["recreate", str(output), "--image", str(sample_film()), "--output", str(tmp_path / "again.png")]) == 0
    assert "pixel for pixel" in capsys.readouterr().out
    assert (tmp_path / "again.png").read_bytes() == output.read_bytes()


def test_a_picture_that_was_changed_is_not_the_same(
    tmp_path: Path, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.png"
    assert export(film, "--phrase", "mass", "--output", output) == 0
    with Image.open(output) as image:
        image.load()
        text, pixels = image.text["AFLoc provenance"], np.array(image)  # type: ignore[attr-defined]
    pixels[5, 5] ^= 255
    from afloc_core.exporting.writers import PictureFormat
    from afloc_core.exporting.writers.raster import write_pixels

    output.write_bytes(write_pixels(pixels, text, PictureFormat.PNG, 144.0))
    assert main(["recreate", str(output), "--image", str(film)]) == 2
    assert "not the same" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--output", "out.xyz"), "give --format"),
        (("--output", "out.png", "--threshold", "9"), "on the scale"),
        (("--output", "out.png", "--window", "100", "-5"), "width of a window"),
        (("--output", "out.png", "--black-out", "50", "0", "20", "10"), "left, top, right and bottom"),
        (("--output", "out.png", "--window", "nan", "5"), "centre of a window"),
        (("--output", "out.png", "--window", "1e308", "1e308"), "centre of a window"),
        (("--output", "out.png", "--black-out", "0", "0", "inf", "10"), "left, top, right and bottom"),
        (("--output", "out.png", "--annotations", MARKS), "says anything of this film"),
        (("--output", "out.dcm", "--format", "dicom-map"), "DICOM film"),
        (("--output", "no/such/folder/out.png"), "could not be written"),
        (("--output", ".", "--format", "png"), "folder of that name"),
        (("--output", "out.png", "--size", "20000", "--layout", "side-by-side"), "smaller size"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(
    tmp_path: Path,
    film: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert export(film, "--phrase", "mass", *more) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["film.png"]


def test_a_file_that_exists_is_kept_unless_it_may_be_overwritten(
    tmp_path: Path, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.png"
    output.write_bytes(b"mine")
    assert export(film, "--output", output) == 2
    assert output.read_bytes() == b"mine" and "already" in capsys.readouterr().err
    assert export(film, "--output", output, "--overwrite") == 0
    assert output.read_bytes().startswith(b"\x89PNG")


def test_what_a_picture_is_made_of_is_never_overwritten(
    tmp_path: Path, film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = film.read_bytes()
    (tmp_path / "link.png").symlink_to(film)
    for name in ("film.png", "link.png"):
        assert export(film, "--output", tmp_path / name, "--overwrite") == 2
        assert "made of" in capsys.readouterr().err
    output = tmp_path / "out.png"
    assert export(film, "--output", output) == 0
    for place in (output, film):
        arguments = ["recreate", str(output), "--image", str(film), "--output", str(place), "--overwrite"]
        assert main(arguments) == 2
    assert film.read_bytes() == before


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, film: Path) -> None:
    (tmp_path / "out").mkdir()
    program = (
        "import resource, sys; from afloc_core.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["export", str(film), "--output", str(tmp_path / "out" / "picture.png")]
    ended = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 2, ended.stderr
    assert "could not be written" in ended.stderr and ended.stderr.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_what_was_there_stays_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "out.png"
    place.write_bytes(b"before")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ExportError, match="no space left on device"):
        write_whole(place, b"after", overwrite=True)
    assert place.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]


def test_an_interrupted_program_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "out.png", b"content")
    assert list(tmp_path.iterdir()) == []


def test_a_film_of_36_megapixels_is_written(tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    Image.fromarray(np.tile(synthetic_chest(600, 600), (10, 10))).save(big, compress_level=1)
    output = tmp_path / "out.jpg"
    assert export(big, "--phrase", "mass", "--output", output) == 0
    with Image.open(output) as picture:
        assert picture.height == 6000 and picture.width > 6000


def test_all_films_of_a_review_are_written_with_their_marks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = ("anna_smith", "bert_jones", "gone")
    with open_review(tmp_path / "case.afreview") as review:
        for number, key in enumerate(keys):
            place = tmp_path / f"{key}.png"
            if key != "gone":
                Image.fromarray(np.roll(synthetic_chest(300, 240), number * 10, axis=0)).save(place)
            image = MarkedImage(key, path=place.name, size=(300, 240))
            review.add_images([ReviewImage(image, place)], "me")
            review.add(Mark(key, Box(20, 30, 50, 60), "mass", reader="Dr. Ada"), "me")
    out = tmp_path / "out"
    arguments = (tmp_path / "case.afreview", "--phrase", "mass", "--format", "png", "--output", out, "--size", "300")
    assert export(*arguments) == 2
    said = capsys.readouterr()
    assert "1 of 3 films could not be exported" in said.err and "2 of 3\n" in said.err
    assert sorted(path.name for path in out.iterdir()) == ["film-0001.png", "film-0002.png"]
    for path in out.iterdir():
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            image.load()
            entries = json.loads(image.text["AFLoc provenance"])  # type: ignore[attr-defined]
        assert entries["readers"][0]["marks"] == [{"finding": "mass", "box": [20.0, 30.0, 50.0, 60.0]}]
    assert not any(key in said.out + said.err for key in keys)
    assert export(*arguments) == 2
    assert "already" in capsys.readouterr().err
