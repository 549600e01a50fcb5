"""Whole documents into the review and out of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, false, insert, select, update

from afloc_core.annotations.frames import FRAME, without_frame
from afloc_core.annotations.given_readers import distinct, film_stems
from afloc_core.annotations.marks import UNNAMED_READER, Document, MarkedImage
from afloc_core.annotations.store import codec, image_rows, mark_rows, names, setting_rows
from afloc_core.annotations.store.schema import documents, images, marks, readers, readings
from afloc_core.annotations.store.values import ActionKind, AddedDocument, ReviewImage
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from afloc_core.annotations.store.door import Writing

FORMAT = "afreview"
"""What a review calls itself as a document."""

_GIVEN = "given reader"
_ANYBODY = 0
"""In a digest, the reader whom a file does not name: the same file is recognised whatever name its reader was given."""


def add(
    writing: Writing,
    document: Document,
    by: str,
    reader_map: Mapping[str, str],
    image_map: Mapping[str, str],
    folder: Path | None,
) -> AddedDocument:
    """Put all of a document into the review.

    A reader whom the file does not name gets another name than was given where that one marked the same films already.
    What the file notes of itself is noted of its readers, so that their marks are never seen without it.

    Raises
    ------
    ReviewError
        The same document is in the review already, an image contradicts one of the review, or a mark names an image
        that the document does not list. Nothing is to be committed then.
    """
    connection = writing.connection
    new_images = [ReviewImage(replace(image, key=image_map.get(key, key))) for key, image in document.images.items()]
    acting = names.reader_id(connection, by)
    if given := document.given_reader:
        free = _free_name(connection, document, (image.image for image in new_images))
        reader_map = {given: free, **reader_map}
    owners = names.reader_ids(connection, {reader_map.get(name, name) for name in document.readers})
    added, _filled = image_rows.add(connection, new_images, folder)
    rows = names.image_ids(connection)

    def place(image: str, reader: str, at: str) -> dict[str, int]:
        row = rows.get(image_map.get(image, image)) if image in document.images else None
        if row is None:
            raise ReviewError(f"{at} is on an image that the document does not list; add the image to its list.")
        return {"image_id": row, "reader_id": owners[reader_map.get(reader, reader)]}

    mark_values = [
        {**place(mark.image, mark.reader, f"marks[{i}]"), **mark_rows.new_columns(writing, mark, acting)}
        for i, mark in enumerate(document.marks)
    ]
    reading_values = [
        {
            **place(reading.image, reading.reader, f"readings[{i}]"),
            "finding": codec.plain_text(reading.finding),
            "extra": codec.to_json(reading.extra),
            "removed": False,
            "sequence": writing.sequence,
        }
        for i, reading in enumerate(document.readings)
    ]
    anybody = (reader_map[given], owners[reader_map[given]]) if given else None
    source = _enter(connection, document, writing.sequence, mark_values, reading_values, anybody)
    if note := document.extra.get("note"):
        noted = update(readers).where(readers.c.id.in_(owners.values()))
        connection.execute(noted.values(note=codec.plain_text(str(note))))
    for table, values in ((marks, mark_values), (readings, reading_values)):
        if values:
            connection.execute(insert(table), [{**value, "document_id": source} for value in values])
    result = AddedDocument(added, len(mark_values), len(reading_values), writing.sequence)
    detail = {"format": document.format, "images": added, "marks": result.marks, "readings": result.readings}
    writing.record(ActionKind.IMPORT, acting, detail=detail)
    return result


def as_document(connection: Connection, folder: Path | None) -> Document:
    """Give the whole review as a document, for a format to write."""
    sources = connection.execute(select(documents.c.problems, documents.c.extra).order_by(documents.c.id)).all()
    extras = [codec.from_json(source.extra) for source in sources]
    given = {extra.pop(_GIVEN, "") for extra in extras}
    entries = image_rows.listed(connection, folder)
    document = Document(
        format=FORMAT,
        images={entry.key: entry.image for entry in entries},
        marks=tuple(stored.mark for stored in mark_rows.all_present(connection)),
        readings=setting_rows.all_readings(connection, None),
        problems=tuple(problem for source in sources for problem in codec.from_json(source.problems)),
        extra=extras[0] if len(extras) == 1 else {},
    )
    given &= set(document.readers)
    return replace(document, given_reader=given.pop()) if len(given) == 1 else document  # of several, names tell them


def _free_name(connection: Connection, document: Document, films: Iterable[MarkedImage]) -> str:
    """Return the name that was given, or one like it, under which nobody marked these films yet."""
    name = document.given_reader
    alike = {
        row.id: row.name
        for row in connection.execute(select(readers.c.id, readers.c.name))
        if row.name == name or row.name.startswith(f"{name} ")
    }
    if not alike:
        return name
    stems = frozenset[str]().union(*map(film_stems, films))
    taken = set(document.readers) - {name}
    for table in (marks, readings):
        marked = (
            select(table.c.reader_id, images.c.key, images.c.path)
            .join(images, images.c.id == table.c.image_id)
            .where(table.c.reader_id.in_(alike), table.c.removed == false())
            .distinct()
        )
        for row in connection.execute(marked):
            if stems & film_stems(MarkedImage(row.key, row.path)):
                taken.add(alike[row.reader_id])
    return distinct(name, taken)


def _enter(
    connection: Connection,
    document: Document,
    sequence: int,
    mark_values: list[dict[str, Any]],
    reading_values: list[dict[str, Any]],
    anybody: tuple[str, int] | None,
) -> int:
    """Note the document itself, by the digest of what it says.

    ``anybody`` is the reader whom it does not name: the name in the review, and the row.
    """
    name, row = anybody or ("", None)
    values = (*mark_values, *reading_values)
    digest = _digest(document, values, row)
    known = [digest]
    if row is not None:  # in older reviews such readers are all one, whose row is in the digest
        before = connection.scalar(select(readers.c.id).where(readers.c.name == UNNAMED_READER))
        known += [] if before is None else [_digest(document, values, row, before)]
    if connection.scalar(select(documents.c.id).where(documents.c.digest.in_(known))) is not None:
        raise ReviewError("The review already holds everything of this file; nothing was added a second time.")
    given = {_GIVEN: name} if name else {}
    columns = {
        "format": codec.plain_text(document.format),
        "digest": digest,
        "problems": codec.to_json(list(document.problems)),
        "extra": codec.to_json({**document.extra, **given}),
        "sequence": sequence,
    }
    return names.insert_one(connection, documents, columns)


def _digest(
    document: Document, values: Iterable[Mapping[str, Any]], anybody: int | None, stands_for: int = _ANYBODY
) -> str:
    content = hashlib.sha256(document.format.encode())
    own = ("image_id", "reader_id", "shape", "finding", "phrase", "confidence", "comment", "extra")
    extras = (*(mark.extra for mark in document.marks), *(reading.extra for reading in document.readings))
    for extra, value in zip(extras, values, strict=True):
        said = [value.get(name) for name in own]
        if FRAME in extra:  # what the program knows of the format, and the file does not say
            said[-1] = codec.to_json(without_frame(extra))
        if value["reader_id"] == anybody:
            said[1] = stands_for
        content.update(repr(said).encode())
    for key in document.images:
        content.update(repr(key).encode())
    if document.given_reader and not document.marks and stands_for == _ANYBODY:
        content.update(document.given_reader.encode())  # nothing drawn, only the name tells two readers apart
    return content.hexdigest()
