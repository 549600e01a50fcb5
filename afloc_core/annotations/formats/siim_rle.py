"""SIIM-ACR pneumothorax segmentation: a table of relative run-length codes, a row per connected mask.

Source: the challenge's ``train-rle.csv`` (``ImageId, EncodedPixels``). A code is pairs of "pixels to skip after the
end of the run before" and "length of the run", column by column of a 1024 x 1024 image; -1 says that nothing was
marked. Several rows of one image are several masks, which most loaders overlook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.formats.content import Table, write_table
from afloc_core.annotations.formats.drafts import Draft, as_own, refuse
from afloc_core.annotations.formats.identifiers import uid_or_empty
from afloc_core.annotations.formats.rle import counts_of, mask_of_counts
from afloc_core.annotations.formats.rows import assemble, columns_to_write, other_columns, rows_of
from afloc_core.annotations.marks import Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Mask
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.formats.rows import Row
    from afloc_core.annotations.marks import Document

NAME = "siim_rle"
TITLE = "The SIIM run-length list"
LOOKED_FOR: Mapping[str, str] = {"table": "SIIM masks (ImageId, EncodedPixels)"}
SUFFIX = ".csv"

FINDING = "Pneumothorax"
"""What the masks are of; the files do not name it."""

SIZE = (1024, 1024)
"""Height and width of every image of the data set; the files do not give it."""

_COLUMNS = ("ImageId", "EncodedPixels")
_NOTHING = "-1"


def recognises(content: Content) -> bool:
    """Tell whether the table has the two columns."""
    return isinstance(content, Table) and content.has(*_COLUMNS)


def read(content: Table) -> Document:
    """Read the list."""
    draft = Draft([content.broken])
    others = other_columns(content, _COLUMNS)
    for row in rows_of(content, _COLUMNS, draft):
        try:
            _read_row(row, row.rest(others), draft)
        except MarkError as error:
            draft.problem(row.place, error)
    return draft.finish(NAME, {"columns": list(content.columns)})


def _read_row(row: Row, extra: dict[str, str], draft: Draft) -> None:
    key, code = row.text("ImageId"), row.text("EncodedPixels")
    if not key:
        raise MarkError("The ImageId is missing.")
    if code == _NOTHING:
        draft.reading(row.place, Reading(key, finding=FINDING, extra=extra))
    else:
        draft.marks.append(Mark(key, _mask(code), FINDING, extra=extra))
    if key not in draft.images:
        draft.images[key] = MarkedImage(key, uid=uid_or_empty(key), size=SIZE)


def _mask(code: str) -> Mask:
    try:
        counts = [int(part) for part in code.split()]
    except ValueError:
        raise MarkError("The run lengths are not whole numbers.") from None
    if not counts or len(counts) % 2:
        raise MarkError("The run lengths are not pairs.")
    rest = SIZE[0] * SIZE[1] - sum(counts)
    if rest < 0:
        raise MarkError("The run lengths go past the end of the image.")
    # The pairs are COCO's uncompressed run lengths but for the last run, which is outside.
    return mask_of_counts(SIZE, [*counts, rest] if rest else counts)


def write(document: Document) -> bytes:
    """Write the list.

    Raises
    ------
    MarkError
        Something would be lost, or a mask is of an image of another size.
    """
    document = as_own(document, NAME)
    refuse(document, TITLE, shapes=(Mask,), readings=True, findings=FINDING)
    others = sum(isinstance(mark.shape, Mask) and mark.shape.size != SIZE for mark in document.marks)
    if others:
        raise MarkError(f"{TITLE} holds masks of 1024 x 1024 pixels only; {others:,} have another size.")
    columns = columns_to_write(document, NAME, _COLUMNS)
    return write_table(columns, _lines(document, columns))


def _lines(document: Document, columns: list[str]) -> Iterator[list[object]]:
    for mark in document.marks:
        if isinstance(mark.shape, Mask):
            counts = counts_of(mark.shape.counts)
            pairs = counts[: len(counts) // 2 * 2]
            values = {"imageid": mark.image, "encodedpixels": " ".join(map(str, pairs))}
            yield assemble(columns, values, mark.extra)
    for reading in document.readings:
        yield assemble(columns, {"imageid": reading.image, "encodedpixels": _NOTHING}, reading.extra)
