"""Files found for the images of a document, and marks carried to another size."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.annotations.fitting import fit_to
from afloc_core.annotations.marks import Document, Mark, MarkedImage
from afloc_core.annotations.matching import How, Matching, match_images
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError
from tests.films import synthetic_chest, write_dicom

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from afloc_core.annotations.shapes import Shape


def _document(images: Iterable[MarkedImage | str]) -> Document:
    listed = [image if isinstance(image, MarkedImage) else MarkedImage(image) for image in images]
    return Document("test", {image.key: image for image in listed}, ())


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _found(matching: Matching, folder: Path) -> dict[str, tuple[str, How]]:
    return {key: (match.file.relative_to(folder).as_posix(), match.how) for key, match in matching.pairs.items()}


def test_path_name_and_stem_are_trusted_in_that_order(tmp_path: Path) -> None:
    _touch(tmp_path, "a/1.png", "b/1.png", "b/two.png", "three.dcm")
    document = _document([MarkedImage("x", path="set/b/1.png"), "TWO.PNG", "three", "four"])
    matching = match_images(document, tmp_path)
    assert _found(matching, tmp_path) == {
        "x": ("b/1.png", How.PATH),
        "TWO.PNG": ("b/two.png", How.NAME),
        "three": ("three.dcm", How.STEM),
    }
    assert matching.missing == ("four",)
    assert matching.unmarked == (tmp_path / "a/1.png",)
    assert matching.sentence == (
        "3 of 4 images found: 1 by path, 1 by name, 1 by stem; 1 has no file here; 1 file has no marks."
    )
    assert matching.as_dict() == {
        "images": 4,
        "found": 3,
        "by": {"path": 1, "name": 1, "stem": 1, "uid": 0},
        "missing": 1,
        "ambiguous": 0,
        "files_without_marks": 1,
    }


def test_two_files_that_fit_equally_are_reported_and_not_guessed(tmp_path: Path) -> None:
    _touch(tmp_path, "one.png", "one.dcm", "a/two.png", "b/two.png")
    matching = match_images(_document(["one", "two.png"]), tmp_path)
    assert not matching.pairs
    assert set(matching.ambiguous["one"]) == {tmp_path / "one.png", tmp_path / "one.dcm"}
    assert set(matching.ambiguous["two.png"]) == {tmp_path / "a/two.png", tmp_path / "b/two.png"}
    assert matching.sentence.startswith("0 of 2 images found; 2 fit several files or share one")


def test_one_file_is_not_given_to_two_images(tmp_path: Path) -> None:
    _touch(tmp_path, "1.png")
    document = _document([MarkedImage("a", path="train/1.png"), MarkedImage("b", path="test/1.png")])
    matching = match_images(document, tmp_path)
    assert not matching.pairs
    assert set(matching.ambiguous) == {"a", "b"}


def test_a_name_at_the_root_wins_over_the_same_name_below(tmp_path: Path) -> None:
    _touch(tmp_path, "1.png", "old/1.png")
    assert _found(match_images(_document(["1.png"]), tmp_path), tmp_path) == {"1.png": ("1.png", How.NAME)}


def test_case_decides_only_between_names_that_differ_in_nothing_else(tmp_path: Path) -> None:
    _touch(tmp_path, "a/Film.png", "b/film.png")
    matching = match_images(_document(["film.png"]), tmp_path)
    assert _found(matching, tmp_path) == {"film.png": ("b/film.png", How.NAME)}
    assert set(match_images(_document(["FILM.png"]), tmp_path).ambiguous) == {"FILM.png"}


def test_folders_joined_with_underscores_are_a_path(tmp_path: Path) -> None:
    _touch(tmp_path, "patient1/study1/view1_frontal.jpg", "patient2/study1/view1_frontal.jpg")
    matching = match_images(_document(["patient2_study1_view1_frontal"]), tmp_path)
    assert _found(matching, tmp_path) == {
        "patient2_study1_view1_frontal": ("patient2/study1/view1_frontal.jpg", How.PATH)
    }


def test_uid_is_read_from_headers_and_settles_what_names_cannot(tmp_path: Path) -> None:
    film = synthetic_chest(8, 8)
    write_dicom(tmp_path / "IM1", film, SOPInstanceUID="1.2.3.4.1")
    for folder, uid in (("a", "1.2.3.4.2"), ("b", "1.2.3.4.3")):
        (tmp_path / folder).mkdir()
        write_dicom(tmp_path / folder / "IM2", film, SOPInstanceUID=uid)
    (tmp_path / "IM9").write_bytes(b"no DICOM at all" * 20)
    document = _document(["1.2.3.4.1", MarkedImage("x", path="IM2", uid="1.2.3.4.3"), "1.2.3.4.9"])
    matching = match_images(document, tmp_path)
    assert _found(matching, tmp_path) == {"1.2.3.4.1": ("IM1", How.UID), "x": ("b/IM2", How.UID)}
    assert matching.missing == ("1.2.3.4.9",)
    assert not matching.ambiguous


def test_headers_are_not_read_where_names_suffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch(tmp_path, "1.2.3.4.1.dcm", "other.dcm")
    monkeypatch.setattr("pydicom.filereader.read_partial", lambda *_args, **_kwargs: pytest.fail("a header was read"))
    matching = match_images(_document(["1.2.3.4.1"]), tmp_path)
    assert matching.pairs["1.2.3.4.1"].how is How.STEM


@pytest.mark.parametrize("path", ["../outside.png", "/outside.png", "C:\\films\\outside.png", "a/../../outside.png"])
def test_only_files_of_the_folder_are_candidates(tmp_path: Path, path: str) -> None:
    chosen = tmp_path / "chosen"
    _touch(tmp_path, "outside.png", "chosen/inside.png")
    assert match_images(_document([MarkedImage("x", path=path)]), chosen).missing == ("x",)
    _touch(chosen, "outside.png")
    assert match_images(_document([MarkedImage("x", path=path)]), chosen).pairs["x"].file == chosen / "outside.png"


def test_files_can_be_named_one_by_one(tmp_path: Path) -> None:
    _touch(tmp_path, "a.png", "more/b.png", "notes.csv")
    matching = match_images(_document(["a.png", "b"]), [tmp_path / "a.png", tmp_path / "more", tmp_path / "a.png"])
    assert {key: match.file for key, match in matching.pairs.items()} == {
        "a.png": tmp_path / "a.png",
        "b": tmp_path / "more/b.png",
    }
    assert not matching.unmarked


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    for where in (tmp_path / "gone", [tmp_path / "gone"]):
        with pytest.raises(MarkError, match="does not exist") as caught:
            match_images(_document(["a"]), where)
        assert "gone" not in str(caught.value)


def test_fifteen_thousand_images_and_files_match_in_seconds(tmp_path: Path) -> None:
    names = [f"{number:032x}" for number in range(15_000)]
    for name in names[:100]:
        (tmp_path / f"{name}.dicom").touch()
    few = _seconds(names, tmp_path, found=100)
    for name in names[100:]:
        (tmp_path / f"{name}.dicom").touch()
    all_of_them = _seconds(names, tmp_path, found=15_000)
    assert few < 0.5
    assert all_of_them < 2.0


def _seconds(names: list[str], folder: Path, found: int) -> float:
    document = _document(names)
    start = time.process_time()  # not the clock on the wall: other processes share the machine
    matching = match_images(document, folder)
    elapsed = time.process_time() - start
    assert matching.counts[How.STEM] == found
    return elapsed


_SHAPES = [
    (Box(10.0, 20.0, 30.0, 40.0), Box(20.0, 40.0, 60.0, 80.0)),
    (Polygon(((1.0, 2.0), (3.0, 2.0), (3.0, 5.5)), True), Polygon(((2.0, 4.0), (6.0, 4.0), (6.0, 11.0)), True)),
    (Points(((0.5, 0.5),)), Points(((1.0, 1.0),))),
]


@pytest.mark.parametrize(("drawn", "expected"), _SHAPES)
def test_shapes_are_scaled(drawn: Shape, expected: Shape) -> None:
    assert fit_to(Mark("a", drawn, "Nodule"), (100, 80), (200, 160)) == Mark("a", expected, "Nodule")


def test_masks_are_scaled_by_pixel_centres() -> None:
    small = np.array([[True, False, False], [False, True, True]])
    large = fit_to(Mark("a", Mask.from_array(small)), (2, 3), (4, 6))
    assert isinstance(large.shape, Mask)
    np.testing.assert_array_equal(large.shape.to_mask((4, 6)), small.repeat(2, axis=0).repeat(2, axis=1))
    assert fit_to(large, (4, 6), (2, 3)).shape == Mask.from_array(small)


def test_another_aspect_ratio_is_refused_and_a_rounded_one_is_not() -> None:
    mark = Mark("a", Box(1.0, 1.0, 2.0, 2.0))
    assert fit_to(mark, (1024, 1024), (2048, 2057)).shape.bounds.bottom == 6.0
    with pytest.raises(MarkError, match="not the same picture at another size"):
        fit_to(mark, (1024, 1024), (2048, 2062))
    assert fit_to(mark, (10, 10), (10, 10)) is mark
