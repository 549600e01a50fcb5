"""Readers, readings, phrases and the view in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, false, insert, select, true, update

from afloc_core.annotations.marks import Reading
from afloc_core.annotations.store import codec, names
from afloc_core.annotations.store.schema import images, phrases, readers, readings, views
from afloc_core.annotations.store.values import Reader, ReviewPhrase

if TYPE_CHECKING:
    from collections.abc import Mapping


def all_readers(connection: Connection) -> tuple[Reader, ...]:
    """Readers by name."""
    rows = connection.execute(select(readers).order_by(readers.c.name))
    return tuple(Reader(row.name, row.colour, row.note) for row in rows)


def save_reader(connection: Connection, reader: Reader) -> None:
    """Enter a reader, or change the colour and note of one."""
    row = names.reader_id(connection, reader.name)
    values = {"colour": codec.plain_text(reader.colour), "note": codec.plain_text(reader.note)}
    connection.execute(update(readers).where(readers.c.id == row).values(**values))


def all_readings(connection: Connection, image: str | None) -> tuple[Reading, ...]:
    """Read the readings of one image, or of all."""
    query = (
        select(images.c.key, readers.c.name, readings.c.finding, readings.c.extra)
        .select_from(readings)
        .join(images, images.c.id == readings.c.image_id)
        .join(readers, readers.c.id == readings.c.reader_id)
        .where(readings.c.removed == false())
        .order_by(readings.c.id)
    )
    if image is not None:
        query = query.where(images.c.key == image)
    return tuple(
        Reading(row.key, row.name, row.finding, codec.from_json(row.extra)) for row in connection.execute(query)
    )


def add_reading(connection: Connection, reading: Reading, sequence: int) -> None:
    """Enter a reading in the place of an equal one, so that there is one of a reader, image and finding."""
    remove_reading(connection, reading, sequence)
    connection.execute(
        insert(readings).values(
            image_id=names.image_id(connection, reading.image),
            reader_id=names.reader_id(connection, reading.reader),
            finding=codec.plain_text(reading.finding),
            extra=codec.to_json(reading.extra),
            removed=False,
            sequence=sequence,
        )
    )


def remove_reading(connection: Connection, reading: Reading, sequence: int) -> int:
    """Take back the readings of a reader, image and finding; returns how many there were. They are kept, not shown."""
    removed = connection.execute(
        update(readings)
        .where(
            readings.c.image_id == names.image_id(connection, reading.image),
            readings.c.reader_id == names.reader_id(connection, reading.reader),
            readings.c.finding == reading.finding,
            readings.c.removed == false(),
        )
        .values(removed=True, sequence=sequence)
    )
    return removed.rowcount


def all_phrases(connection: Connection) -> tuple[ReviewPhrase, ...]:
    """Phrases in their order."""
    query = select(phrases).where(phrases.c.removed == false()).order_by(phrases.c.position, phrases.c.id)
    return tuple(
        ReviewPhrase(row.text, row.threshold, row.colour, row.visible, row.position, codec.from_json(row.extra))
        for row in connection.execute(query)
    )


def save_phrase(connection: Connection, phrase: ReviewPhrase) -> None:
    """Enter a phrase, or change how one is shown."""
    values: dict[str, Any] = {
        "position": int(phrase.position),
        "threshold": None if phrase.threshold is None else float(phrase.threshold),
        "colour": codec.plain_text(phrase.colour),
        "visible": bool(phrase.visible),
        "extra": codec.to_json(phrase.extra),
        "removed": False,
    }
    changed = connection.execute(update(phrases).where(phrases.c.text == phrase.text).values(**values))
    if not changed.rowcount:
        connection.execute(insert(phrases).values(text=codec.plain_text(phrase.text), **values))


def remove_phrase(connection: Connection, text: str) -> int:
    """Take a phrase off the review; returns how many there were."""
    where = (phrases.c.text == text, phrases.c.removed == false())
    return connection.execute(update(phrases).where(*where).values(removed=true())).rowcount


def view(connection: Connection, by: str) -> dict[str, Any]:
    """Everything saved of a reader's view."""
    rows = connection.execute(select(views.c.name, views.c.value).where(views.c.reader == by).order_by(views.c.name))
    return {row.name: codec.from_json(row.value) for row in rows}


def save_view(connection: Connection, values: Mapping[str, object], by: str) -> None:
    """Keep parts of a reader's view."""
    for name, value in values.items():
        text = codec.to_json(value)
        where = (views.c.reader == by, views.c.name == name)
        if not connection.execute(update(views).where(*where).values(value=text)).rowcount:
            connection.execute(insert(views).values(reader=codec.plain_text(by), name=name, value=text))
