"""VinDr-CXR: a table of boxes by named readers, or of their consensus.

Source: Nguyen et al., "VinDr-CXR: an open dataset of chest X-rays with radiologist's annotations", Scientific Data
2022; PhysioNet's ``annotations_train.csv`` and ``annotations_test.csv``, and the challenge's ``train.csv`` with a
``class_id``. Edges are in image pixels. A row "No finding" says that the reader looked and marked nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.formats.content import Table, write_table
from afloc_core.annotations.formats.drafts import Draft, as_own, boxes_of, end_of, refuse
from afloc_core.annotations.formats.rows import assemble, columns_to_write, other_columns, rows_of
from afloc_core.annotations.marks import UNNAMED_READER, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.formats.rows import Row
    from afloc_core.annotations.marks import Document

NAME = "vindr_cxr"
TITLE = "The VinDr-CXR list"
LOOKED_FOR: Mapping[str, str] = {"table": "VinDr-CXR (image_id, class_name, x_min, y_min, x_max, y_max)"}
SUFFIX = ".csv"

CONSENSUS = "consensus"
"""Reader of a list without readers: its boxes are the consensus of five."""

_EDGES = ("x_min", "y_min", "x_max", "y_max")
_NEEDED = ("image_id", "class_name", *_EDGES)
_USUAL = ("image_id", "rad_id", "class_name", *_EDGES)
_NO_FINDING = "no finding"


def recognises(content: Content) -> bool:
    """Tell whether the table has the columns of VinDr-CXR."""
    return isinstance(content, Table) and content.has(*_NEEDED)


def read(content: Table) -> Document:
    """Read the list; without ``rad_id`` the reader is the consensus."""
    draft = Draft([content.broken])
    others = other_columns(content, _USUAL)
    named = content.has("rad_id")
    known: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for row in rows_of(content, _USUAL, draft):
        extra = row.rest(others)
        extra = known.setdefault(tuple(extra.items()), extra)  # few values, many rows
        try:
            _read_row(row, extra, draft, named=named)
        except MarkError as error:
            draft.problem(row.place, error)
    return draft.finish(NAME, {"columns": list(content.columns)})


def _read_row(row: Row, extra: dict[str, str], draft: Draft, *, named: bool) -> None:
    key, finding = row.text("image_id"), row.text("class_name")
    reader = row.text("rad_id") or (UNNAMED_READER if named else CONSENSUS)
    if not key or not finding:
        raise MarkError("The image or the finding is missing.")
    if finding.casefold() == _NO_FINDING:
        draft.reading(row.place, Reading(key, reader, extra=extra))
    else:
        left, top, right, bottom = map(row.number, _EDGES)
        box = Box(left, top, right - left, bottom - top)
        draft.marks.append(Mark(key, box, finding, reader, extra=extra))
    if key not in draft.images:
        draft.images[key] = MarkedImage(key)


def write(document: Document) -> bytes:
    """Write the list, with the columns it was read with or PhysioNet's.

    Raises
    ------
    MarkError
        Something would be lost.
    """
    document = as_own(document, NAME)
    columns = columns_to_write(document, NAME, _USUAL)
    refuse(
        document,
        TITLE,
        shapes=(Box,),
        readings=not any(reading.finding for reading in document.readings),
        readers="rad_id" in columns or set(document.readers) <= {CONSENSUS},
    )
    return write_table(columns, _lines(document, columns))


def _lines(document: Document, columns: list[str]) -> Iterator[list[object]]:
    for mark, box in boxes_of(document):
        right, bottom = end_of(box.x, box.width), end_of(box.y, box.height)
        edges = dict(zip(_EDGES, (box.x, box.y, right, bottom), strict=True))
        yield assemble(columns, {**_names(mark.image, mark.finding, mark.reader), **edges}, mark.extra)
    for reading in document.readings:
        names = _names(reading.image, "No finding", reading.reader)
        yield assemble(columns, {**dict.fromkeys(_EDGES, ""), **names}, reading.extra)


def _names(image: str, finding: str, reader: str) -> dict[str, object]:
    return {
        "image_id": image,
        "class_name": finding,
        "rad_id": "" if reader == UNNAMED_READER else reader,
    }
