"""RSNA Pneumonia Detection Challenge: the challenge's table, and the one of its test list that MedKLIP made.

Sources: Shih et al., "Augmenting the National Institutes of Health chest radiograph dataset with expert annotations of
possible pneumonia", Radiology: Artificial Intelligence 2019 (``patientId,x,y,width,height,Target``, a row per box);
Wu et al., "MedKLIP", ICCV 2023 (``ID,img_path,boxes,classes``, a row per image, boxes ``x;y;w;h`` joined by ``|``).
Boxes are in pixels of the challenge's pictures, all 1024 x 1024, which the files do not say: torchxrayvision's
``RSNA_Pneumonia_Dataset`` has that as ``base_size``, and the largest edge in the challenge's table is 1024. A target of
0, or no box, says that the readers marked nothing.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from afloc_core.annotations.formats.content import Table, write_table
from afloc_core.annotations.formats.drafts import Draft, as_own, boxes_of, number, refuse
from afloc_core.annotations.formats.identifiers import uid_or_empty
from afloc_core.annotations.formats.rows import assemble, columns_to_write, other_columns, rows_of
from afloc_core.annotations.frames import framed, in_pictures
from afloc_core.annotations.marks import Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.formats.rows import Row
    from afloc_core.annotations.marks import Document

NAME = "rsna_pneumonia"
TITLE = "The RSNA pneumonia list"
LOOKED_FOR: Mapping[str, str] = {
    "table": "RSNA pneumonia (patientId, x, y, width, height, Target; or ID, img_path, boxes, classes)"
}
SUFFIX = ".csv"

FINDING = "Pneumonia"
"""What the boxes are of; the files do not name it."""

PICTURES = (1024, 1024)
"""Height and width of the pictures whose pixels the boxes are given in."""

_SIDES = ("x", "y", "width", "height")
_PER_BOX = ("patientId", *_SIDES, "Target")
_PER_IMAGE = ("ID", "img_path", "boxes", "classes")


def recognises(content: Content) -> bool:
    """Tell whether the table has the columns of one of the two shapes."""
    return isinstance(content, Table) and (content.has(*_PER_BOX) or content.has(*_PER_IMAGE))


def read(content: Table) -> Document:
    """Read either shape."""
    draft = Draft([content.broken])
    per_box = content.has(*_PER_BOX)
    names, read_row = (_PER_BOX, _read_box) if per_box else (_PER_IMAGE, _read_image)
    others = other_columns(content, names)
    for row in rows_of(content, names, draft):
        try:
            read_row(row, row.rest(others), draft)
        except MarkError as error:
            draft.problem(row.place, error)
    return draft.finish(NAME, {"columns": list(content.columns)})


def _read_box(row: Row, extra: dict[str, str], draft: Draft) -> None:
    key = row.text("patientId")
    if not key:
        raise MarkError("The patientId is missing.")
    target = row.number("Target")
    empty = not any(row.text(name) for name in _SIDES)
    if target not in (0, 1) or (target == 0) != empty:
        raise MarkError("The target must be 1 with a box or 0 without.")
    if empty:
        draft.reading(row.place, Reading(key, finding=FINDING, extra=extra))
    else:
        x, y, width, height = map(row.number, _SIDES)
        draft.marks.append(Mark(key, Box(x, y, width, height), FINDING, extra=framed(extra, PICTURES)))
    if key not in draft.images:
        draft.images[key] = MarkedImage(key)


def _read_image(row: Row, extra: dict[str, str], draft: Draft) -> None:
    key, path = row.text("ID"), row.text("img_path")
    if not key:
        raise MarkError("The ID is missing.")
    if key in draft.images:
        raise MarkError("Its ID has a row already.")
    extra = {**extra, "classes": row.text("classes")}
    uid = uid_or_empty(PurePosixPath(path).stem)
    draft.images[key] = MarkedImage(key, path, uid, extra=extra)
    boxes = [text for text in row.text("boxes").split("|") if text.strip()]
    if not boxes:
        draft.reading(row.place, Reading(key, finding=FINDING))
    for text in boxes:
        try:
            parts = text.split(";")
            if len(parts) != len(_SIDES):
                raise MarkError("A box needs x;y;w;h.")
            x, y, width, height = (number(part, name) for part, name in zip(parts, _SIDES, strict=True))
            draft.marks.append(Mark(key, Box(x, y, width, height), FINDING, extra=framed({}, PICTURES)))
        except MarkError as error:
            draft.problem(row.place, error)


def write(document: Document) -> bytes:
    """Write the shape it was read from, or the challenge's.

    Boxes are in pixels of the challenge's pictures where the size of an image is known.

    Raises
    ------
    MarkError
        Something would be lost.
    """
    document = as_own(in_pictures(document, PICTURES), NAME)
    columns = columns_to_write(document, NAME, _PER_BOX)
    per_box = "patientid" in map(str.casefold, columns)
    refuse(document, TITLE, shapes=(Box,), readings=True, findings=FINDING, bare=not per_box)
    return write_table(columns, _box_lines(document, columns) if per_box else _image_lines(document, columns))


def _box_lines(document: Document, columns: list[str]) -> Iterator[list[object]]:
    for mark, box in boxes_of(document):
        sides = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        yield assemble(columns, {"patientid": mark.image, **sides, "target": 1}, mark.extra)
    for reading in document.readings:
        nothing = dict.fromkeys(_SIDES, "")
        yield assemble(columns, {"patientid": reading.image, **nothing, "target": 0}, reading.extra)


def _image_lines(document: Document, columns: list[str]) -> Iterator[list[object]]:
    boxes: dict[str, list[str]] = {}
    for mark, box in boxes_of(document):
        boxes.setdefault(mark.image, []).append(f"{box.x!r};{box.y!r};{box.width!r};{box.height!r}")
    for key, image in document.images.items():
        marked = boxes.get(key, [])
        values = {
            "id": key,
            "img_path": image.path,
            "boxes": "|".join(marked),
            "classes": image.extra.get("classes", int(bool(marked))),
        }
        yield assemble(columns, values, image.extra)
