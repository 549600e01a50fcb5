"""Marks in the database: reading them, and changing them without ever overwriting somebody else's change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Connection, Row, false, func, insert, select, update

from afloc_core.annotations.store import codec
from afloc_core.annotations.store.names import insert_one, reader_id
from afloc_core.annotations.store.schema import changes, images, marks, readers
from afloc_core.annotations.store.values import MarkConflictError, StoredMark
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.store.door import Writing

CHANGED = "Somebody else changed this mark in the meantime; the newer one is shown and was not overwritten."

_creators = readers.alias("creators")
_changers = readers.alias("changers")
_everything = (
    select(
        *marks.c,
        images.c.key.label("image"),
        readers.c.name.label("reader"),
        _creators.c.name.label("creator"),
        _changers.c.name.label("changer"),
    )
    .select_from(marks)
    .join(images, images.c.id == marks.c.image_id)
    .join(readers, readers.c.id == marks.c.reader_id)
    .join(_creators, _creators.c.id == marks.c.created_by)
    .join(_changers, _changers.c.id == marks.c.changed_by)
    .order_by(marks.c.id)
)


def of_image(connection: Connection, key: str, *, removed: bool) -> tuple[StoredMark, ...]:
    """Read the marks of one image in the order of their adding; with those that were removed when asked."""
    return _select(connection, images.c.key == key, *(() if removed else (marks.c.removed == false(),)))


def all_present(connection: Connection) -> tuple[StoredMark, ...]:
    """All marks of the review that were not removed."""
    return _select(connection, marks.c.removed == false())


def by_id(connection: Connection, mark_id: int) -> StoredMark:
    """Read one mark, removed or not.

    Raises
    ------
    ReviewError
        The review has no such mark.
    """
    found = _select(connection, marks.c.id == mark_id)
    if not found:
        raise ReviewError("The mark is not part of this review; open the review it was made in.")
    return found[0]


def counts(connection: Connection) -> dict[str, int]:
    """How many marks each image has, for images that have any."""
    counted = (
        select(marks.c.image_id, func.count().label("marks"))
        .where(marks.c.removed == false())
        .group_by(marks.c.image_id)
        .subquery()
    )
    rows = connection.execute(select(images.c.key, counted.c.marks).join(counted, counted.c.image_id == images.c.id))
    return {row.key: row.marks for row in rows}


def add(writing: Writing, mark: Mark, image: int, by: int) -> int:
    """Add a mark and log it; returns its id. The action must have been recorded."""
    columns = new_columns(writing, mark, by)
    owner = reader_id(writing.connection, mark.reader)
    mark_id = insert_one(writing.connection, marks, {"image_id": image, "reader_id": owner, **columns})
    log_change(writing, mark_id, 1, None, codec.mark_state(mark, removed=False))
    return mark_id


def new_columns(writing: Writing, mark: Mark, by: int) -> dict[str, Any]:
    """Columns of a mark that is new, apart from image and reader."""
    return {
        **codec.mark_columns(mark),
        "revision": 1,
        "removed": False,
        "created": writing.now,
        "created_by": by,
        "changed": writing.now,
        "changed_by": by,
        "sequence": writing.sequence,
    }


def replace(writing: Writing, stored: StoredMark, mark: Mark, by: int, *, removed: bool) -> None:
    """Put a mark in the place of one that was read before, and log it. The action must have been recorded.

    Raises
    ------
    MarkConflictError
        The mark has another revision by now.
    ReviewError
        The mark would move to another image.
    """
    if mark.image != stored.mark.image:
        raise ReviewError("A mark cannot move to another image; remove it and mark the other image.")
    now = by_id(writing.connection, stored.id)
    changed = writing.connection.execute(
        update(marks)
        .where(marks.c.id == stored.id, marks.c.revision == stored.revision)
        .values(
            reader_id=reader_id(writing.connection, mark.reader),
            **codec.mark_columns(mark),
            revision=stored.revision + 1,
            removed=removed,
            changed=writing.now,
            changed_by=by,
            sequence=writing.sequence,
        )
    )
    if changed.rowcount != 1:
        raise MarkConflictError(CHANGED, now)
    before = codec.mark_state(now.mark, removed=now.removed)
    log_change(writing, stored.id, stored.revision + 1, before, codec.mark_state(mark, removed=removed))


def log_change(writing: Writing, mark_id: int, revision: int, before: str | None, after: str) -> None:
    """Append what an action did to one mark."""
    writing.connection.execute(
        insert(changes).values(
            sequence=writing.sequence, mark_id=mark_id, revision=revision, before=before, after=after
        )
    )


def _select(connection: Connection, *conditions: ColumnElement[bool]) -> tuple[StoredMark, ...]:
    return tuple(_stored(row) for row in connection.execute(_everything.where(*conditions)))


def _stored(row: Row[*tuple[Any, ...]]) -> StoredMark:
    return StoredMark(
        id=row.id,
        mark=codec.mark_from_columns(row.image, row.reader, cast("Mapping[str, Any]", row._mapping)),
        revision=row.revision,
        removed=row.removed,
        created=codec.to_datetime(row.created),
        created_by=row.creator,
        changed=codec.to_datetime(row.changed),
        changed_by=row.changer,
        sequence=row.sequence,
    )
