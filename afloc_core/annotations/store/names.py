"""Row numbers of images and readers behind the names that people and documents use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, insert, select

from afloc_core.annotations.store.codec import plain_text
from afloc_core.annotations.store.schema import images, readers
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Table


def reader_id(connection: Connection, name: str) -> int:
    """Row of a reader, entered when new.

    Raises
    ------
    ReviewError
        The name is empty.
    """
    if not name:
        raise ReviewError("A reader of the review needs a name; enter who is marking.")
    found = connection.scalar(select(readers.c.id).where(readers.c.name == name))
    if found is None:
        return insert_one(connection, readers, {"name": plain_text(name)})
    return int(found)


def reader_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """Rows of several readers, entered when new."""
    return {name: reader_id(connection, name) for name in sorted(set(names))}


def image_id(connection: Connection, key: str) -> int:
    """Row of an image.

    Raises
    ------
    ReviewError
        The review has no such image.
    """
    found = connection.scalar(select(images.c.id).where(images.c.key == key))
    if found is None:
        raise ReviewError("The image is not part of this review; add it first.")
    return int(found)


def image_ids(connection: Connection) -> dict[str, int]:
    """Rows of all images."""
    return {row.key: row.id for row in connection.execute(select(images.c.key, images.c.id))}


def insert_one(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert a row; returns its id."""
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    return int(cast("tuple[int]", key)[0])
