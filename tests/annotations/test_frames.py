"""Marks in the pixels of the film they are shown on, whatever pixels their file gives them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.frames import FRAME, carry, framed
from afloc_core.annotations.marks import Document, Mark, MarkedImage
from afloc_core.annotations.shapes import Box, Mask
from tests.annotations.formats.fixtures import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

FILM = MarkedImage("f.png")
NIH = framed({}, (1024, 1024))


def box(x: float, y: float, width: float, height: float, reader: str = "anna", **extra: object) -> Mark:
    return Mark("f.png", Box(x, y, width, height), "mass", reader, extra=extra)


@pytest.mark.parametrize(("side", "factor"), [(512, 0.5), (2048, 2.0), (1024, 1.0)])
def test_boxes_of_the_nih_list_are_scaled_to_a_film_of_another_size(tmp_path: Path, side: int, factor: float) -> None:
    lines = ["Image Index,Finding Label,Bbox [x,y,w,h],,,", "f.png,Mass,100,200,300,401"]
    (tmp_path / "boxes.csv").write_text("\n".join(lines))
    document = open_annotations(tmp_path / "boxes.csv")
    carried = carry(document.marks, document.images["f.png"], (side, side))
    assert carried.marks[0].shape == Box(100 * factor, 200 * factor, 300 * factor, 401 * factor)
    assert carried.misplaced == frozenset()
    assert carried.problem == ""
    said = f"Marks given in pixels of 1024 x 1024 pictures were scaled to this film of {side} x {side}."
    assert carried.note == (said if side != 1024 else "")


@pytest.mark.parametrize("name", ["rsna_challenge.csv", "rsna_medklip.csv"])
def test_boxes_of_the_rsna_lists_too(name: str) -> None:
    document = open_annotations(FOLDER / name)
    mark = document.marks[0]
    (carried,) = carry((mark,), document.images[mark.image], (256, 256)).marks
    assert carried.shape.bounds == tuple(edge / 4 for edge in mark.shape.bounds)


def test_a_list_in_their_format_of_other_pictures_is_taken_as_it_is() -> None:
    other_shape = carry((box(1, 2, 3, 4, **NIH),), FILM, (300, 240))
    assert (other_shape.marks[0].shape, other_shape.note) == (Box(1, 2, 3, 4), "")
    larger = carry((box(1, 2, 3, 4, **NIH), box(1500, 2, 300, 4, **NIH)), FILM, (2048, 2048))
    assert [mark.shape.bounds.left for mark in larger.marks] == [1, 1500]
    assert (larger.note, larger.misplaced, larger.problem) == ("", frozenset(), "")


def test_marks_that_lie_outside_of_a_film_of_unknown_size_belong_nobody_knows_where() -> None:
    marks = (box(10, 10, 20, 20), box(900, 900, 50, 50), box(10, 10, 20, 20, "boris"))
    carried = carry(marks, FILM, (512, 512))
    assert carried.marks == marks
    assert carried.misplaced == {"anna"}, "all marks of that reader, for the others can be as wrong unseen"
    assert carried.problem.startswith("Some marks lie outside this film")


def test_a_mark_that_is_a_little_too_long_is_no_reason_for_doubt() -> None:
    carried = carry((box(500, 10, 14, 20),), FILM, (512, 512))
    assert (carried.misplaced, carried.problem) == (frozenset(), "")


def test_where_the_file_gives_the_size_marks_beyond_the_film_are_measured() -> None:
    image = MarkedImage("f.png", size=(1024, 1024))
    carried = carry((box(1000, 10, 40, 20),), image, (512, 512))
    assert carried.marks[0].shape == Box(500, 5, 20, 10)
    assert carried.misplaced == frozenset()
    assert carried.problem == "Some marks reach beyond the film; only what lies on it counts."


def test_a_size_that_another_file_gave_is_not_believed_of_marks_far_beyond_it() -> None:
    image = MarkedImage("f.png", size=(512, 512))
    carried = carry((box(10, 10, 40, 20, "anna"), box(700, 600, 200, 200, "boris")), image, (512, 512))
    assert carried.misplaced == {"boris"}


def test_a_mask_of_another_shape_is_left_out() -> None:
    mask = Mark("f.png", Mask.from_array(np.ones((10, 20), dtype=bool)))
    carried = carry((mask, box(1, 2, 3, 4)), FILM, (512, 512))
    assert [type(mark.shape) for mark in carried.marks] == [Box]
    assert "20 x 10" in carried.problem


@pytest.mark.parametrize("name", ["nih_boxes.csv", "rsna_challenge.csv", "rsna_medklip.csv"])
def test_what_is_known_of_a_format_is_not_written_into_its_files(tmp_path: Path, name: str) -> None:
    document = open_annotations(FOLDER / name)
    save_annotations(document, tmp_path / "same", document.format)
    assert "pictures of the data set" not in (tmp_path / "same").read_text()
    save_annotations(document, tmp_path / "native", "native")
    assert open_annotations(tmp_path / "native").marks == document.marks


@pytest.mark.parametrize("size", [(512, 512), (1024, 1024), None])
def test_marks_that_are_written_as_an_nih_list_lie_where_they_did_when_it_is_read(
    tmp_path: Path, size: tuple[int, int] | None
) -> None:
    film = size or (512, 512)
    marks = (box(300, 350, 100, 50, "reader"), box(600, 700, 200, 100, "reader", **NIH))
    document = Document("afreview", {"f.png": MarkedImage("f.png", size=size)}, marks if size else marks[1:])
    before = [mark.shape for mark in carry(document.marks, document.images["f.png"], film).marks]
    save_annotations(document, tmp_path / "boxes", "nih_boxes")
    back = open_annotations(tmp_path / "boxes")
    assert [mark.shape for mark in carry(back.marks, back.images["f.png"], film).marks] == before


@pytest.mark.parametrize("to", ["coco", "native"])
@pytest.mark.parametrize("size", [(512, 512), None])
def test_boxes_of_the_nih_list_leave_for_another_format_with_the_pixels_they_are_in(
    tmp_path: Path, size: tuple[int, int] | None, to: str
) -> None:
    document = Document("afreview", {"f.png": MarkedImage("f.png", size=size)}, (box(600, 700, 200, 100, **NIH),))
    save_annotations(document, tmp_path / "marks", to)
    back = open_annotations(tmp_path / "marks")
    (image,) = back.images.values()
    (carried,) = carry(back.marks, image, (512, 512)).marks
    assert carried.shape.bounds == (300, 350, 400, 400)


def test_marks_of_two_kinds_on_a_film_of_unknown_size_are_not_taken_for_each_other(tmp_path: Path) -> None:
    marks = (box(300, 350, 100, 50, "anna"), box(600, 700, 200, 100, "boris", **NIH))
    save_annotations(Document("afreview", {"f.png": FILM}, marks), tmp_path / "marks", "coco")
    assert next(iter(open_annotations(tmp_path / "marks").images.values())).size is None


def test_the_size_that_a_file_gives_serves_a_list_of_other_pictures() -> None:
    marks = (box(100, 200, 300, 400, **NIH), box(1500, 200, 300, 400, **NIH))
    carried = carry(marks, MarkedImage("f.png", size=(2048, 2048)), (512, 512))
    assert [mark.shape.bounds.left for mark in carried.marks] == [25, 375]
    assert carried.misplaced == frozenset()


@pytest.mark.parametrize("frame", [5, "big", [1024], [0, 0], [[1], [2]], None])
def test_what_a_native_file_says_wrongly_of_its_pixels_is_passed_over(frame: object) -> None:
    carried = carry((Mark("f.png", Box(1, 2, 3, 4), extra={FRAME: frame}),), FILM, (512, 512))
    assert (carried.marks[0].shape, carried.note) == (Box(1, 2, 3, 4), "")
