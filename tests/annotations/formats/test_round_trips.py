"""Every format: recognised by content, and written as it was read."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from tests.annotations.formats.fixtures import FILES, FOLDER

if TYPE_CHECKING:
    from pathlib import Path

every_file = pytest.mark.parametrize("name", FILES)


@every_file
def test_recognised_whatever_the_name(tmp_path: Path, name: str) -> None:
    shutil.copy(FOLDER / name, tmp_path / "case.bin")
    document = open_annotations(tmp_path / "case.bin")
    expected = FILES[name]
    assert document.problems == ()
    assert (document.format, len(document.images), len(document.marks), len(document.readings), document.readers) == (
        expected
    )
    assert {item.image for item in (*document.marks, *document.readings)} <= set(document.images)


@every_file
def test_reading_then_writing_keeps_everything(tmp_path: Path, name: str) -> None:
    document = open_annotations(FOLDER / name)
    save_annotations(document, tmp_path / "again", document.format)
    assert open_annotations(tmp_path / "again") == document
    assert meaning((tmp_path / "again").read_text("utf-8")) == meaning((FOLDER / name).read_text("utf-8"))


@every_file
def test_native_keeps_every_document(tmp_path: Path, name: str) -> None:
    document = open_annotations(FOLDER / name)
    save_annotations(document, tmp_path / "native", "native")
    kept = open_annotations(tmp_path / "native")
    assert kept == replace(document, format="native")
    save_annotations(kept, tmp_path / "back", document.format)
    assert open_annotations(tmp_path / "back") == document


def test_native_keeps_every_shape_and_field(tmp_path: Path) -> None:
    shapes = (
        Box(0.1, 0.2, 0.30000000000000004, 1e-9),
        Polygon(((0.0, 0.0), (1.5, 0.25), (1.0, 7.0)), freehand=True),
        Polygon(((0.0, 0.0), (1.5, 0.25), (1.0, 7.0))),
        Points(((3.25, 4.0), (5.0, 6.0))),
        Mask((4, 4), "52203"),
    )
    marks = tuple(
        Mark("a", shape, "Erguß", "Leserin", "ein Satz", 0.1 * n, "gewiß\nja", {"n": [n, None, {"x": 0.5}]})
        for n, shape in enumerate(shapes)
    )
    document = Document(
        "native",
        {"a": MarkedImage("a", "x/a.png", "1.2.3.4", (4, 4), {"k": 1}), "b": MarkedImage("b")},
        marks,
        (Reading("b", "Leser", "Ödem", {"why": "half \ud83d"}), Reading("a")),
        ("Row 3: it is broken.",),
        {"coco": {"info": "half a character \ud83d"}},
    )
    save_annotations(document, tmp_path / "n", "native")
    assert open_annotations(tmp_path / "n") == document


def meaning(text: str) -> Any:  # noqa: ANN401
    """Reduce a file to what it says: JSON values, an XML tree, or the set of rows of a table with numbers as such."""
    if text.lstrip().startswith("<"):
        return tree(ElementTree.fromstring(text))
    if text.lstrip()[:1] in ("{", "["):
        return without_pictures(json.loads(text))
    header, *rows = csv.reader(io.StringIO(text))
    return [name.strip() for name in header], sorted([cell(field) for field in row] for row in rows)


def cell(field: str) -> str:
    """Take number fields as numbers, also where several are joined; run-length codes stay as they are."""
    try:
        return repr(float(field))
    except ValueError:
        return field.strip()


def tree(element: ElementTree.Element) -> Any:  # noqa: ANN401
    children = sorted((tree(child) for child in element), key=repr)
    return element.tag, cell(element.text or "") if not children else "", children


def without_pictures(value: Any) -> Any:  # noqa: ANN401
    """Leave out the base64 of LabelMe's masks: two PNG files can be of the same picture."""
    if isinstance(value, dict):
        return {key: without_pictures(item) for key, item in value.items() if key != "mask"}
    return [without_pictures(item) for item in value] if isinstance(value, list) else value
