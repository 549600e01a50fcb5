"""NIH ChestX-ray14: ``BBox_List_2017.csv``.

Source: Wang et al., "ChestX-ray8: hospital-scale chest X-ray database and benchmarks", CVPR 2017. The header reads
``Image Index,Finding Label,Bbox [x,y,w,h],,,``: its brackets are not quoted, so that it has nine fields over rows of
six. Boxes are in pixels of the 1024 x 1024 pictures of that data set, which the file does not say: the
paper resizes all films to that, and torchxrayvision's ``NIH_Dataset`` has it as ``base_size``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.formats.content import Table, write_table
from afloc_core.annotations.formats.drafts import Draft, as_own, boxes_of, own_extra, refuse
from afloc_core.annotations.formats.rows import Row, rows_of
from afloc_core.annotations.frames import framed, in_pictures
from afloc_core.annotations.marks import Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.marks import Document

NAME = "nih_boxes"
TITLE = "The NIH box list"
LOOKED_FOR: Mapping[str, str] = {"table": "NIH boxes (Image Index, Finding Label, Bbox [x, y, w, h])"}
SUFFIX = ".csv"
PICTURES = (1024, 1024)
"""Height and width of the pictures whose pixels the boxes are given in."""

_FIELDS = ("image", "finding", "x", "y", "width", "height")
_USUAL = ("Image Index", "Finding Label", "Bbox [x", "y", "w", "h]", "", "", "")


def recognises(content: Content) -> bool:
    """Tell whether the table's first three columns are those of the list."""
    if not isinstance(content, Table) or len(content.columns) < len(_FIELDS):
        return False
    image, finding, box = (name.casefold() for name in content.columns[:3])
    return (image, finding) == ("image index", "finding label") and box.startswith("bbox")


def read(content: Table) -> Document:
    """Read the list; fields after the sixth are kept."""
    draft = Draft([content.broken])
    beyond = ("",) * max((len(fields) - len(_FIELDS) for _, fields in content.rows), default=0)
    plain = Table((*_FIELDS, *beyond), content.rows, content.decimal_comma)
    for row in rows_of(plain, _FIELDS, draft):
        more = row.after(len(_FIELDS))
        try:
            _read_row(row, {"more": more} if any(more) else {}, draft)
        except MarkError as error:
            draft.problem(row.place, error)
    return draft.finish(NAME, {"columns": list(content.columns)})


def _read_row(row: Row, extra: dict[str, list[str]], draft: Draft) -> None:
    key, finding = row.text("image"), row.text("finding")
    if not key or not finding:
        raise MarkError("The image or the finding is missing.")
    x, y, width, height = map(row.number, _FIELDS[2:])
    draft.marks.append(Mark(key, Box(x, y, width, height), finding, extra=framed(extra, PICTURES)))
    draft.images.setdefault(key, MarkedImage(key, path=key))


def write(document: Document) -> bytes:
    """Write the list, in pixels of the data set's pictures where the size of an image is known.

    Raises
    ------
    MarkError
        Something would be lost.
    """
    document = as_own(in_pictures(document, PICTURES), NAME)
    refuse(document, TITLE, shapes=(Box,))
    columns = own_extra(document, NAME).get("columns", _USUAL)
    rows = (
        [mark.image, mark.finding, box.x, box.y, box.width, box.height, *mark.extra.get("more", [])]
        for mark, box in boxes_of(document)
    )
    return write_table(columns, rows)
