"""Where each format says a mark is, in image pixels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.formats.normalised import in_pixels, normalised_images
from afloc_core.annotations.marks import Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from tests.annotations.formats.fixtures import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = np.zeros((4, 4), dtype=bool)
BLOCK[1:3, 1:3] = True


def test_nih_boxes_are_corner_and_size() -> None:
    first, *_ = open_annotations(FOLDER / "nih_boxes.csv").marks
    assert (first.image, first.finding) == ("90000001_000.png", "Atelectasis")
    assert first.shape == Box(225.084745762712, 547.019216763771, 86.7796610169491, 79.1864406779661)


def test_vindr_boxes_are_edges() -> None:
    first, *_ = open_annotations(FOLDER / "vindr_challenge.csv").marks
    assert first.shape.bounds == pytest.approx((691.1, 1375.2, 1653.3, 1831.7), abs=1e-9)
    assert (first.reader, first.finding, dict(first.extra)) == ("R10", "Cardiomegaly", {"class_id": "3"})


def test_vindr_reader_without_a_finding_is_a_reading() -> None:
    readings = open_annotations(FOLDER / "vindr_challenge.csv").readings
    assert [(reading.image, reading.reader, reading.finding) for reading in readings] == [
        ("aa00example2", "R10", ""),
        ("aa00example3", "R9", ""),
    ]


@pytest.mark.parametrize("name", ["rsna_challenge.csv", "rsna_medklip.csv"])
def test_both_lists_of_rsna_say_the_same(name: str) -> None:
    document = open_annotations(FOLDER / name)
    assert [mark.shape for mark in document.marks] == [Box(264, 152, 213, 379), Box(562, 152, 256, 453)]
    assert {mark.finding for mark in document.marks} == {"Pneumonia"}
    assert [(reading.image, reading.finding) for reading in document.readings] == [("0a0a-example-1", "Pneumonia")]


def test_medklip_paths_give_the_uid() -> None:
    image = open_annotations(FOLDER / "rsna_medklip.csv").images["0a0a-example-2"]
    assert image.uid == "1.2.826.0.1.3680043.10.2.2"


def test_siim_skips_count_from_the_end_of_the_run_before_column_by_column() -> None:
    document = open_annotations(FOLDER / "siim_rle.csv")
    masks = [mark.shape.to_mask((1024, 1024)) for mark in document.marks]
    assert sorted(zip(*(axis.tolist() for axis in np.nonzero(masks[0])), strict=True)) == [
        (2, 1),
        (2, 2),
        (3, 1),
        (3, 2),
    ]
    column, row = divmod(5000, 1024)
    assert masks[1][row : row + 10, column].all() and masks[1].sum() == 10
    assert masks[2][-6:, -1].all() and masks[2].sum() == 6
    assert [mark.image[-1] for mark in document.marks] == ["2", "2", "3"]
    assert document.readings == (Reading("1.2.826.0.1.3680043.10.3.1", finding="Pneumothorax"),)


def test_coco_masks_compressed_or_not_are_the_same_pixels() -> None:
    compressed, plain, *_ = open_annotations(FOLDER / "coco.json").marks
    assert np.array_equal(compressed.shape.to_mask((4, 4)), BLOCK)
    assert compressed.shape == plain.shape


def test_coco_outline_of_two_parts_is_two_marks_and_one_annotation_again(tmp_path: Path) -> None:
    document = open_annotations(FOLDER / "coco.json")
    parts = [mark for mark in document.marks if isinstance(mark.shape, Polygon)]
    assert [len(mark.shape.points) for mark in parts if isinstance(mark.shape, Polygon)] == [3, 4]
    assert {(m.reader, m.confidence, m.comment, m.phrase) for m in parts} == {
        ("B", 0.75, "seen twice", "tube in place")
    }
    save_annotations(document, tmp_path / "c", "coco")
    written = json.loads((tmp_path / "c").read_text())
    assert [len(a["segmentation"]) for a in written["annotations"] if a["id"] == 3] == [2]


def test_coco_key_points_are_points() -> None:
    assert open_annotations(FOLDER / "coco.json").marks[-1].shape == Points(((5.0, 6.5), (7.0, 8.0)))


def test_coco_key_points_that_are_not_labelled_are_none(tmp_path: Path) -> None:
    content = json.loads((FOLDER / "coco.json").read_text())
    content["annotations"] = [{"id": 9, "image_id": 2, "category_id": 5, "keypoints": [0, 0, 0, 7, 8, 1]}]
    (tmp_path / "k").write_text(json.dumps(content))
    document = open_annotations(tmp_path / "k")
    assert [mark.shape for mark in document.marks] == [Points(((7.0, 8.0),))]
    save_annotations(document, tmp_path / "again", "coco")
    assert open_annotations(tmp_path / "again") == document


def test_ms_cxr_phrases_belong_to_their_boxes() -> None:
    first, second = open_annotations(FOLDER / "ms_cxr.json").marks
    assert (first.phrase, first.finding) == ("mild oedema in both lower zones", "Edema")
    assert second.shape == Box(1500.5, 900, 700, 800)
    image = open_annotations(FOLDER / "ms_cxr.json").images[first.image]
    assert (image.size, image.path.rsplit("/", 1)[-1]) == ((3056, 2544), "aaaa-bbbb.jpg")
    row = open_annotations(FOLDER / "ms_cxr.csv").marks[0]
    assert (row.phrase, row.shape) == ("mild oedema, both lower zones", first.shape)


def test_chexlocalize_size_is_height_and_width() -> None:
    document = open_annotations(FOLDER / "chexlocalize_annotations.json")
    assert document.images["patient90001_study1_view1_frontal"].size == (1000, 1200)
    assert document.marks[0].shape == Polygon(((100.5, 300.0), (180.0, 310.2), (150.0, 420.7)))


def test_chexlocalize_empty_mask_and_empty_list_are_readings() -> None:
    masks = open_annotations(FOLDER / "chexlocalize_segmentations.json")
    assert np.array_equal(masks.marks[0].shape.to_mask((4, 4)), BLOCK)
    assert [reading.finding for reading in masks.readings] == ["Atelectasis"]
    points = open_annotations(FOLDER / "chexlocalize_points.json")
    assert points.marks[0].shape == Points(((144.0, 352.5), (500.0, 352.5)))
    assert [reading.finding for reading in points.readings] == ["Lung Lesion"]


def test_padchest_fractions_become_pixels_once_the_size_is_known(tmp_path: Path) -> None:
    document = open_annotations(FOLDER / "padchest_gr.json")
    key = document.marks[0].image
    assert set(normalised_images(document)) == set(document.images)
    known = in_pixels(document, {key: (2000, 1000)})
    assert known.marks[0].shape.bounds == pytest.approx((100, 1200, 300, 1800))
    assert known.marks[0].phrase == "Small left pleural effusion."
    assert [mark.reader for mark in known.marks] == ["reader 1", "reader 1", "reader 2"]
    assert normalised_images(known) == (list(document.images)[1],)
    save_annotations(known, tmp_path / "p", "padchest_gr")
    again = open_annotations(tmp_path / "p")
    assert again.images[key].size == (2000, 1000)
    assert [mark.shape.bounds for mark in again.marks] == [pytest.approx(mark.shape.bounds) for mark in known.marks]


def test_padchest_sentence_without_a_box_is_a_reading() -> None:
    readings = open_annotations(FOLDER / "padchest_gr.json").readings
    assert [reading.finding for reading in readings] == ["No pneumothorax.", "Normal"]


def test_voc_objects() -> None:
    pneumonia, nodule = open_annotations(FOLDER / "pascal_voc.xml").marks
    assert pneumonia.shape.bounds == pytest.approx((10, 20, 110.7, 220), abs=1e-9)
    assert (nodule.reader, nodule.phrase, nodule.confidence, nodule.comment) == (
        "Reader A",
        "nodule in the left upper zone",
        0.5,
        "uncertain",
    )


def test_labelme_shapes() -> None:
    document = open_annotations(FOLDER / "labelme.json")
    polygon, rectangle, circle, point, line, mask = (mark.shape for mark in document.marks)
    assert polygon == Polygon(((10.5, 20.0), (30.0, 20.0), (30.0, 44.25)))
    assert rectangle == Box(40, 30, 20, 40)
    assert isinstance(circle, Polygon)
    assert [np.hypot(x - 50, y - 50) for x, y in circle.points] == pytest.approx([5.0] * 64)
    assert point == Points(((5.0, 6.0),))
    assert line == Points(((1.0, 2.0), (3.0, 4.0), (5.0, 9.0)))
    assert isinstance(mask, Mask)
    expected = np.zeros((100, 90), dtype=bool)
    expected[8, 8:10] = expected[10, 7:11] = True
    assert np.array_equal(mask.to_mask((100, 90)), expected)
