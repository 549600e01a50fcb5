"""`afloc locate` and the command line around it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from afloc_core.cli import main
from afloc_core.imaging.open import open_radiograph
from afloc_core.imaging.sample import sample_film
from afloc_core.localization.familiarity import UNKNOWN_IMAGE, UNKNOWN_PHRASE
from tests.films import bundled, write_dicom

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """Make 8 bits of a real chest film."""
    return np.rint(open_radiograph(sample_film()).pixels[::3, ::3] * 255).astype(np.uint8)


def locate(image: Path | str, output: Path, *phrases: str) -> dict:
    arguments = [part for phrase in phrases for part in ("--phrase", phrase)]
    assert main(["locate", str(image), *arguments, "--output", str(output)]) == 0
    return json.loads((output / "result.json").read_text())


def test_output_folder(tmp_path: Path) -> None:
    result = locate(sample_film(), tmp_path / "out", "Multiple lung masses", "Épanchement: left?")
    assert [row["encoded"] for row in result["results"]] == ["multiple lung masses", "epanchement left"]
    first = result["results"][0]
    assert first["picture"] == "01-multiple-lung-masses.png"
    values = np.load(tmp_path / "out" / first["map"])
    assert values.dtype == np.float32 and max(values.shape) == 1024
    assert first["peak"]["value"] == pytest.approx(float(values.max()))
    assert np.array(first["grid"]).shape == (36, 36)
    assert len(result["model"]["digest"]) == 64
    assert all(region["peak_value"] > first["threshold"] for region in first["regions"])
    with Image.open(tmp_path / "out" / first["picture"]) as shown:
        assert shown.width > values.shape[1]
        assert "RG1" not in str(shown.info)
    assert main(["recreate", str(tmp_path / "out" / first["picture"]), "--image", str(sample_film())]) == 0
    assert "RG1" not in (tmp_path / "out" / "result.json").read_text()


def test_what_the_model_does_not_know_is_said(
    tmp_path: Path, picture: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    result = locate(sample_film(), tmp_path / "known", "pleural effusion")
    assert (result["image"]["known"], result["results"][0]["known"]) == (True, True)
    assert capsys.readouterr().err == ""
    Image.fromarray(picture[::-1]).save(tmp_path / "reversed.png")
    result = locate(tmp_path / "reversed.png", tmp_path / "unknown", "mass", "banana")
    assert result["image"]["known"] is False
    assert [row["known"] for row in result["results"]] == [True, False]
    assert capsys.readouterr().err == f"{UNKNOWN_IMAGE}\nPhrase 2: {UNKNOWN_PHRASE}\n"


def test_every_encoding_of_a_picture_gives_the_same_map(tmp_path: Path, picture: np.ndarray) -> None:
    files = {name: tmp_path / name for name in ("a.png", "b.png", "c.dcm", "d.dcm", "e.dcm", "f.tiff")}
    Image.fromarray(picture).save(files["a.png"])
    Image.fromarray(picture.astype(np.uint16) * 257).save(files["b.png"])
    write_dicom(files["c.dcm"], picture.astype(np.uint16) * 16, BitsStored=12, HighBit=11)
    write_dicom(files["d.dcm"], 255 - picture, PhotometricInterpretation="MONOCHROME1")
    write_dicom(files["e.dcm"], picture)
    Image.fromarray(np.stack([picture] * 3, axis=-1)).save(files["f.tiff"])
    maps = {}
    for name, file in files.items():
        locate(file, tmp_path / f"out-{name}", "mass")
        maps[name] = np.load(tmp_path / f"out-{name}" / "01-mass.npy")
    for values in maps.values():
        np.testing.assert_allclose(values, maps["a.png"], atol=1e-3)


def test_jpeg_2000_gives_the_map_of_the_uncompressed_film(tmp_path: Path) -> None:
    locate(sample_film(), tmp_path / "plain", "mass")
    locate(bundled("RG1_J2KR.dcm"), tmp_path / "reversible", "mass")
    locate(bundled("RG1_J2KI.dcm"), tmp_path / "lossy", "mass")
    plain, reversible, lossy = (np.load(tmp_path / name / "01-mass.npy") for name in ("plain", "reversible", "lossy"))
    np.testing.assert_allclose(reversible, plain, atol=1e-3)
    np.testing.assert_allclose(lossy, plain, atol=3e-2)  # of maps that reach from -0.3 to 0.75


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.png", "--phrase", "mass"], "no such file"),
        (["{film}", "--phrase", ""], "empty"),
        (["{film}", "--phrase", "肺炎"], "English"),
        (["{film}", "--phrase", "mass " * 5000], "too long"),
        (["{film}", "--phrase", "mass", "--model", "nowhere"], "model folder"),
        (["{ct}", "--phrase", "mass"], "CT"),
    ],
)
def test_bad_input_gets_one_sentence_and_status_2(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [part.format(film=sample_film(), ct=bundled("CT_small.dcm")) for part in arguments]
    assert main(["locate", *filled, "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert not (tmp_path / "out").exists()


def test_an_output_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    assert main(["locate", str(sample_film()), "--phrase", "mass", "--output", str(tmp_path / "taken")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["locate", "x.png"], ["locate", "x.png", "--pipeline", "y"]])
def test_wrong_arguments_get_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help_and_import_load_neither_torch_nor_qt() -> None:
    code = (
        "import sys, afloc_core, afloc_core.cli\n"
        "try: afloc_core.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = [name for name in ('torch', 'transformers', 'PySide6') if name in sys.modules]\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "locate" in done.stdout
