"""A plain table of boxes: ``image, finding, x, y, w, h`` and, where there are any, ``reader`` and ``phrase``.

Boxes are in pixels of the image, except where every image is called as those of NIH ChestX-ray14 are: then they are in
pixels of that data set's 1024 x 1024 pictures, see `nih_boxes`. A row without numbers says that the reader looked for
the finding, or for all findings where it names none, and marked nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from afloc_core.annotations.formats.content import Table, write_table
from afloc_core.annotations.formats.drafts import Draft, as_own, boxes_of, refuse
from afloc_core.annotations.formats.nih_boxes import PICTURES
from afloc_core.annotations.formats.rows import Row, assemble, columns_to_write, other_columns, rows_of
from afloc_core.annotations.frames import framed, in_image_pixels, in_pictures
from afloc_core.annotations.mark_list import MarkList
from afloc_core.annotations.marks import UNNAMED_READER, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.marks import Document

NAME = "box_table"
TITLE = "A plain table of boxes"
LOOKED_FOR: Mapping[str, str] = {"table": "a plain table of boxes (image, finding, x, y, w, h)"}
SUFFIX = ".csv"

_NUMBERS = ("x", "y", "w", "h")
_NEEDED = ("image", "finding", *_NUMBERS)
_KNOWN = (*_NEEDED, "reader", "phrase")
_NIH_PICTURE = re.compile(r"(?:.*[/\\])?\d{8}_\d{3}(?:\.\w+)?")


def recognises(content: Content) -> bool:
    """Tell whether the table has the six columns."""
    return isinstance(content, Table) and content.has(*_NEEDED)


def read(content: Table) -> Document:
    """Read the table; other columns are kept."""
    draft = Draft([content.broken])
    others = other_columns(content, _KNOWN)
    for row in rows_of(content, _KNOWN, draft):
        try:
            _read_row(row, row.rest(others), draft)
        except MarkError as error:
            draft.problem(row.place, error)
    if draft.images and _are_nih(draft.images):
        draft.marks = MarkList(replace(mark, extra=framed(mark.extra, PICTURES)) for mark in draft.marks)
    return draft.finish(NAME, {"columns": list(content.columns)})


def _read_row(row: Row, extra: dict[str, str], draft: Draft) -> None:
    key, finding, reader = row.text("image"), row.text("finding"), row.text("reader") or UNNAMED_READER
    if not key:
        raise MarkError("The image is missing.")
    if not any(map(row.text, _NUMBERS)):
        draft.reading(row.place, Reading(key, reader, finding, extra))
    elif not finding:
        raise MarkError("The finding is missing.")
    else:
        box = Box(*map(row.number, _NUMBERS))
        draft.marks.append(Mark(key, box, finding, reader, row.text("phrase"), extra=extra))
    draft.images.setdefault(key, MarkedImage(key, path=key))


def write(document: Document) -> bytes:
    """Write the table.

    Raises
    ------
    MarkError
        Something would be lost.
    """
    placed = in_pictures(document, PICTURES) if _are_nih(document.images) else in_image_pixels(document)
    document = as_own(placed, NAME)
    refuse(document, TITLE, shapes=(Box,), readers=True, readings=True, phrases=True)
    usual = (*_NEEDED, *(("reader",) if set(document.readers) - {UNNAMED_READER, document.given_reader} else ()))
    columns = columns_to_write(
        document, NAME, (*usual, *(("phrase",) if any(m.phrase for m in document.marks) else ()))
    )
    return write_table(columns, _lines(document, columns))


def _lines(document: Document, columns: list[str]) -> Iterator[list[object]]:
    unnamed = {UNNAMED_READER, document.given_reader}
    for mark, box in boxes_of(document):
        values = {"image": mark.image, "finding": mark.finding, "phrase": mark.phrase}
        values["reader"] = "" if mark.reader in unnamed else mark.reader
        numbers = dict(zip(_NUMBERS, (box.x, box.y, box.width, box.height), strict=True))
        yield assemble(columns, {**values, **numbers}, mark.extra)
    for one in document.readings:
        reader = "" if one.reader in unnamed else one.reader
        empty = dict.fromkeys((*_NUMBERS, "phrase"), "")
        yield assemble(columns, {"image": one.image, "finding": one.finding, "reader": reader, **empty}, one.extra)


def _are_nih(images: Iterable[str]) -> bool:
    return all(_NIH_PICTURE.fullmatch(key) for key in images)
