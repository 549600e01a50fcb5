"""Whole documents into the review and out of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from afloc_core.annotations.marks import Document
from afloc_core.annotations.store import codec, image_rows, mark_rows, names, setting_rows
from afloc_core.annotations.store.schema import documents, marks, readings
from afloc_core.annotations.store.values import ActionKind, AddedDocument, ReviewImage
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from afloc_core.annotations.store.door import Writing

FORMAT = "afreview"
"""What a review calls itself as a document."""


def add(
    writing: Writing,
    document: Document,
    by: str,
    reader_map: Mapping[str, str],
    image_map: Mapping[str, str],
    folder: Path | None,
) -> AddedDocument:
    """Put all of a document into the review.

    Raises
    ------
    ReviewError
        The same document is in the review already, an image contradicts one of the review, or a mark names an image
        that the document does not list. Nothing is to be committed then.
    """
    connection = writing.connection
    new_images = [ReviewImage(replace(image, key=image_map.get(key, key))) for key, image in document.images.items()]
    acting = names.reader_id(connection, by)
    readers = names.reader_ids(connection, {reader_map.get(name, name) for name in document.readers})
    added, _filled = image_rows.add(connection, new_images, folder)
    rows = names.image_ids(connection)

    def place(image: str, reader: str, at: str) -> dict[str, int]:
        row = rows.get(image_map.get(image, image)) if image in document.images else None
        if row is None:
            raise ReviewError(f"{at} is on an image that the document does not list; add the image to its list.")
        return {"image_id": row, "reader_id": readers[reader_map.get(reader, reader)]}

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
    source = _enter(connection, document, writing.sequence, mark_values, reading_values)
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
    entries = image_rows.listed(connection, folder)
    return Document(
        format=FORMAT,
        images={entry.key: entry.image for entry in entries},
        marks=tuple(stored.mark for stored in mark_rows.all_present(connection)),
        readings=setting_rows.all_readings(connection, None),
        problems=tuple(problem for source in sources for problem in codec.from_json(source.problems)),
        extra=codec.from_json(sources[0].extra) if len(sources) == 1 else {},
    )


def _enter(
    connection: Connection,
    document: Document,
    sequence: int,
    mark_values: list[dict[str, Any]],
    reading_values: list[dict[str, Any]],
) -> int:
    """Note the document itself, by the digest of what it says."""
    content = hashlib.sha256(document.format.encode())
    own = ("image_id", "reader_id", "shape", "finding", "phrase", "confidence", "comment", "extra")
    for value in (*mark_values, *reading_values):
        content.update(repr([value.get(name) for name in own]).encode())
    for key in document.images:
        content.update(repr(key).encode())
    digest = content.hexdigest()
    if connection.scalar(select(documents.c.id).where(documents.c.digest == digest)) is not None:
        raise ReviewError("The review already holds everything of this file; nothing was added a second time.")
    values = {
        "format": codec.plain_text(document.format),
        "digest": digest,
        "problems": codec.to_json(list(document.problems)),
        "extra": codec.to_json(document.extra),
        "sequence": sequence,
    }
    return names.insert_one(connection, documents, values)
