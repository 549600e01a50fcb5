"""The small invented annotation files, and what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[2] / "data" / "annotations"


class Expected(NamedTuple):
    """What `open_annotations` finds in a file: name of the format, images, marks, readings, readers."""

    format: str
    images: int
    marks: int
    readings: int
    readers: tuple[str, ...]


FILES = {
    "box_table.csv": Expected("box_table", 2, 3, 1, ("A", "B")),
    "chexlocalize_annotations.json": Expected("chexlocalize", 2, 3, 0, ("reader",)),
    "chexlocalize_points.json": Expected("chexlocalize", 1, 2, 1, ("reader",)),
    "chexlocalize_segmentations.json": Expected("chexlocalize", 1, 1, 1, ("reader",)),
    "coco.json": Expected("coco", 3, 6, 1, ("A", "B", "reader")),
    "labelme.json": Expected("labelme", 1, 6, 1, ("Reader A", "reader")),
    "ms_cxr.csv": Expected("ms_cxr", 2, 2, 0, ("reader",)),
    "ms_cxr.json": Expected("ms_cxr", 2, 2, 0, ("reader",)),
    "nih_boxes.csv": Expected("nih_boxes", 2, 3, 0, ("reader",)),
    "padchest_gr.json": Expected("padchest_gr", 2, 3, 2, ("reader", "reader 1", "reader 2")),
    "pascal_voc.xml": Expected("pascal_voc", 1, 2, 1, ("Reader A", "reader")),
    "rsna_challenge.csv": Expected("rsna_pneumonia", 2, 2, 1, ("reader",)),
    "rsna_medklip.csv": Expected("rsna_pneumonia", 2, 2, 1, ("reader",)),
    "siim_rle.csv": Expected("siim_rle", 3, 3, 1, ("reader",)),
    "vindr_challenge.csv": Expected("vindr_cxr", 3, 3, 2, ("R10", "R8", "R9")),
    "vindr_test.csv": Expected("vindr_cxr", 2, 1, 1, ("consensus",)),
}
