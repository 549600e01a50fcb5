"""MS-CXR: COCO's JSON whose annotations are a box and the sentence it belongs to, or the same as a table.

Source: Boecking et al., "Making the most of text semantics to improve biomedical vision-language processing", ECCV
2022; PhysioNet ms-cxr 1.0.0 (JSON) and 1.1.0 (JSON and table). The sentence is ``label_text``; boxes are x, y, width
and height in pixels of the original image. A sentence with several boxes has several annotations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.coco_reading import read_coco
from afloc_core.annotations.formats.coco_writing import write_coco
from afloc_core.annotations.formats.content import Table, write_table
from afloc_core.annotations.formats.drafts import Draft, boxes_of, own_extra, refuse, size_of
from afloc_core.annotations.formats.rows import assemble, columns_to_write, other_columns, rows_of
from afloc_core.annotations.marks import Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.formats.rows import Row
    from afloc_core.annotations.marks import Document

NAME = "ms_cxr"
TITLE = "An MS-CXR file"
LOOKED_FOR: Mapping[str, str] = {
    "json": "MS-CXR (COCO with label_text)",
    "table": "MS-CXR (dicom_id, category_name, label_text, x, y, w, h)",
}
SUFFIX = ".json"

_PHRASE = "label_text"
_SIDES = ("x", "y", "w", "h")
_NEEDED = ("dicom_id", "category_name", "label_text", *_SIDES)
_COLUMNS = (*_NEEDED, "path", "image_width", "image_height")


def recognises(content: Content) -> bool:
    """Tell whether it is COCO with ``label_text``, or the table."""
    if isinstance(content, Table):
        return content.has(*_NEEDED)
    if not isinstance(content, dict) or not isinstance(content.get("images"), list):
        return False
    annotations = content.get("annotations")
    return isinstance(annotations, list) and any(isinstance(a, dict) and _PHRASE in a for a in annotations)


def read(content: Table | dict[str, Any]) -> Document:
    """Read the JSON or the table."""
    if isinstance(content, dict):
        return read_coco(content, NAME, _PHRASE)
    draft = Draft([content.broken])
    others = other_columns(content, _COLUMNS)
    for row in rows_of(content, _COLUMNS, draft):
        try:
            _read_row(row, row.rest(others), draft)
        except MarkError as error:
            draft.problem(row.place, error)
    return draft.finish(NAME, {"columns": list(content.columns)})


def _read_row(row: Row, extra: dict[str, str], draft: Draft) -> None:
    key = row.text("dicom_id")
    if not key:
        raise MarkError("The dicom_id is missing.")
    x, y, width, height = map(row.number, _SIDES)
    box = Box(x, y, width, height)
    draft.marks.append(Mark(key, box, row.text("category_name"), phrase=row.text("label_text"), extra=extra))
    size = size_of(row.text("image_height"), row.text("image_width"))
    draft.images.setdefault(key, MarkedImage(key, row.text("path"), size=size))


def write(document: Document) -> bytes:
    """Write the table where it was read from one, otherwise JSON.

    Raises
    ------
    MarkError
        Something would be lost.
    """
    if "columns" not in own_extra(document, NAME):
        refuse(
            document,
            TITLE,
            shapes=(Box,),
            readers=True,
            readings=True,
            phrases=True,
            opinions=True,
            unnamed=True,
            bare=True,
        )
        return write_coco(document, NAME, TITLE, _PHRASE)
    refuse(document, TITLE, shapes=(Box,), phrases=True, unnamed=True)
    columns = columns_to_write(document, NAME, _COLUMNS)
    return write_table(columns, _lines(document, columns))


def _lines(document: Document, columns: list[str]) -> Iterator[list[object]]:
    for mark, box in boxes_of(document):
        image = document.images[mark.image]
        height, width = image.size or ("", "")
        values = {
            "dicom_id": mark.image,
            "category_name": mark.finding,
            "label_text": mark.phrase,
            **dict(zip(_SIDES, (box.x, box.y, box.width, box.height), strict=True)),
            "path": image.path,
            "image_width": width,
            "image_height": height,
        }
        yield assemble(columns, values, mark.extra)
