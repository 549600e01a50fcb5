"""From one format to another: nothing is lost without being said."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.annotations.formats import format_names, open_annotations, save_annotations
from afloc_core.annotations.frames import FRAME
from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError
from tests.annotations.formats.fixtures import FILES, FOLDER

if TYPE_CHECKING:
    from pathlib import Path

BOX, OUTLINE = Box(1, 2, 3, 4), Polygon(((0.0, 0.0), (5.0, 0.0), (0.0, 5.0)))
POINTS, MASK = Points(((1.5, 1.5),)), Mask((4, 4), "52203")
SIZED = MarkedImage("a", "a.png", size=(4, 4))


def document(*marks: Mark, readings: tuple[Reading, ...] = (), image: MarkedImage = SIZED) -> Document:
    return Document("native", {"a": image}, marks, readings)


@pytest.mark.parametrize(
    ("to", "marks", "says"),
    [
        (
            "nih_boxes",
            [Mark("a", MASK, "F"), Mark("a", MASK, "F"), Mark("a", POINTS, "F")],
            "2 masks and 1 point mark;",
        ),
        ("nih_boxes", [Mark("a", BOX, "F", "A"), Mark("a", BOX, "F", "B")], "2 readers' names;"),
        ("nih_boxes", [Mark("a", BOX, "F", phrase="p", confidence=0.5, comment="c")], "1 phrase, 1 confidence and 1 c"),
        ("nih_boxes", [Mark("a", BOX)], "1 mark without a finding"),
        ("nih_boxes", [], "1 image without a mark"),
        ("vindr_cxr", [Mark("a", OUTLINE, "F")], "1 outline;"),
        ("rsna_pneumonia", [Mark("a", BOX, "Mass"), Mark("a", BOX, "Pneumonia")], "1 finding other than Pneumonia"),
        ("siim_rle", [Mark("a", MASK, "Pneumothorax")], "1024 x 1024 pixels only; 1 have another size"),
        ("siim_rle", [Mark("a", BOX, "Pneumothorax")], "1 box;"),
        ("ms_cxr", [Mark("a", OUTLINE, "F")], "1 outline;"),
        ("chexlocalize", [Mark("a", OUTLINE, "F"), Mark("a", MASK, "F")], "1 mask;"),
        ("chexlocalize", [Mark("a", MASK, "F"), Mark("a", MASK, "F")], "one mask per image and finding"),
        ("padchest_gr", [Mark("a", BOX, "F", "Dr. A")], "1 reader's name"),
        ("pascal_voc", [Mark("a", MASK, "F")], "1 mask;"),
    ],
)
def test_what_a_format_cannot_hold_is_counted(tmp_path: Path, to: str, marks: list[Mark], says: str) -> None:
    with pytest.raises(MarkError) as caught:
        save_annotations(document(*marks), tmp_path / "out", to)
    assert says in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_readings_and_sizes_that_are_missing(tmp_path: Path) -> None:
    nothing = document(Mark("a", BOX, "F"), readings=(Reading("a", finding="G"),))
    with pytest.raises(MarkError, match="1 reading without a mark"):
        save_annotations(nothing, tmp_path / "o", "nih_boxes")
    unsized = document(Mark("a", OUTLINE, "F"), image=MarkedImage("a"))
    with pytest.raises(MarkError, match="size of every image; 1 are unknown"):
        save_annotations(unsized, tmp_path / "o", "chexlocalize")
    with pytest.raises(MarkError, match="readings without a finding"):
        save_annotations(document(readings=(Reading("a"),)), tmp_path / "o", "chexlocalize")
    with pytest.raises(MarkError, match="size of 1 images is unknown"):
        save_annotations(document(Mark("a", BOX), image=MarkedImage("a")), tmp_path / "o", "padchest_gr")
    for to in ("pascal_voc", "labelme"):
        with pytest.raises(MarkError, match="holds one image; this document has 2"):
            save_annotations(open_annotations(FOLDER / "rsna_challenge.csv"), tmp_path / "o", to)


@pytest.mark.parametrize("to", [name for name in format_names() if name not in ("native", "padchest_gr")])
def test_fractions_of_unknown_images_are_never_written_as_pixels(tmp_path: Path, to: str) -> None:
    with pytest.raises(MarkError):
        save_annotations(open_annotations(FOLDER / "padchest_gr.json"), tmp_path / "o", to)


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("padchest")])
def test_coco_holds_what_every_other_format_says(tmp_path: Path, name: str) -> None:
    before = open_annotations(FOLDER / name)
    save_annotations(before, tmp_path / "c", "coco")
    after = open_annotations(tmp_path / "c")
    assert after.problems == ()
    assert said(after) == said(before)
    assert [(r.reader, r.finding) for r in after.readings] == [(r.reader, r.finding) for r in before.readings]
    defined = {mark.image: (1024, 1024) for mark in before.marks if FRAME in mark.extra}  # which no COCO file does
    sizes = [defined.get(key, image.size) for key, image in before.images.items()]
    assert [image.size for image in after.images.values()] == sizes


def said(document: Document) -> list[tuple[object, ...]]:
    return [(m.shape, m.finding, m.reader, m.phrase, m.confidence, m.comment) for m in document.marks]


@pytest.mark.parametrize("to", ["labelme", "coco", "native"])
def test_formats_that_hold_every_shape(tmp_path: Path, to: str) -> None:
    shapes = (BOX, OUTLINE, POINTS, Points(((1.0, 2.0), (3.0, 3.5))), MASK)
    marks = [Mark("a", s, "F", f"R{i}", "p", i / 4, "c") for i, s in enumerate(shapes)]
    save_annotations(document(*marks, readings=(Reading("a", "B", "G"),)), tmp_path / "o", to)
    again = open_annotations(tmp_path / "o")
    assert said(again) == said(document(*marks))
    assert [(r.reader, r.finding) for r in again.readings] == [("B", "G")]


def test_boxes_go_round_the_tables_and_back(tmp_path: Path) -> None:
    first = document(Mark("a", Box(0.1, 0.7, 0.2, 1 / 3), "Pneumonia"), image=MarkedImage("a"))
    save_annotations(first, tmp_path / "0", "nih_boxes")
    chain = ["vindr_cxr", "rsna_pneumonia", "ms_cxr", "pascal_voc", "nih_boxes"]
    names = [str(n) for n in range(len(chain) + 1)]
    for (here, there), to in zip(pairwise(names), chain, strict=True):
        save_annotations(open_annotations(tmp_path / here), tmp_path / there, to)
    last = open_annotations(tmp_path / names[-1]).marks[0].shape
    assert last.bounds == pytest.approx(first.marks[0].shape.bounds, abs=1e-12)


def test_siim_masks_become_coco_masks_of_the_same_pixels(tmp_path: Path) -> None:
    before = open_annotations(FOLDER / "siim_rle.csv")
    save_annotations(before, tmp_path / "c", "coco")
    after = open_annotations(tmp_path / "c")
    for one, other in zip(before.marks, after.marks, strict=True):
        assert np.array_equal(one.shape.to_mask((1024, 1024)), other.shape.to_mask((1024, 1024)))
    save_annotations(after, tmp_path / "s", "siim_rle")
    assert [mark.shape for mark in open_annotations(tmp_path / "s").marks] == [mark.shape for mark in before.marks]


def test_a_box_that_was_moved_is_written_where_it_is(tmp_path: Path) -> None:
    for name in ("coco.json", "labelme.json", "pascal_voc.xml"):
        before = open_annotations(FOLDER / name)
        moved = Document(
            before.format,
            before.images,
            tuple(
                Mark(m.image, Box(2, 3, 7.5, 9), m.finding, m.reader, m.phrase, m.confidence, m.comment, m.extra)
                for m in before.marks
            ),
            before.readings,
            (),
            before.extra,
        )
        save_annotations(moved, tmp_path / "m", before.format)
        assert {mark.shape for mark in open_annotations(tmp_path / "m").marks} == {Box(2, 3, 7.5, 9)}


def test_what_another_format_said_stays_out(tmp_path: Path) -> None:
    one = Document("native", {"a": MarkedImage("a", extra={"id": "x y"})}, (Mark("a", BOX, "F", extra={"a b": 1}),))
    save_annotations(one, tmp_path / "v", "pascal_voc")
    save_annotations(one, tmp_path / "c", "coco")
    assert open_annotations(tmp_path / "v").marks[0].extra == {}
    assert "a b" not in json.loads((tmp_path / "c").read_text())["annotations"][0]


def test_dicom_needs_its_images(tmp_path: Path) -> None:
    with pytest.raises(MarkError, match="belongs to DICOM images"):
        save_annotations(document(Mark("a", BOX, "F")), tmp_path / "o", "dicom_seg")
