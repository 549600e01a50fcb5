"""What a review holds on all its images, counted by the database; and who is done with which image.

Being done is kept in the log of actions alone: what a reader said of an image last holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, false, func, select

from afloc_core.annotations.store import codec, image_rows
from afloc_core.annotations.store.schema import actions, images, marks, readers, readings
from afloc_core.annotations.store.values import ActionKind, Tally

if TYPE_CHECKING:
    from pathlib import Path


def tally(connection: Connection, folder: Path | None) -> Tally:
    """Count marks by image, reader and finding."""
    counted = (
        select(images.c.key, readers.c.name, marks.c.finding, func.count().label("number"))
        .select_from(marks)
        .join(images, images.c.id == marks.c.image_id)
        .join(readers, readers.c.id == marks.c.reader_id)
        .where(marks.c.removed == false())
        .group_by(images.c.key, readers.c.name, marks.c.finding)
    )
    looked = (
        select(images.c.key, readers.c.name, readings.c.finding)
        .select_from(readings)
        .join(images, images.c.id == readings.c.image_id)
        .join(readers, readers.c.id == readings.c.reader_id)
        .where(readings.c.removed == false())
    )
    placed = connection.execute(select(images.c.key, images.c.file).where(images.c.file != ""))
    files = {row.key: image_rows.found_path(row.file, folder) for row in placed}
    return Tally(
        files={key: file for key, file in files.items() if file is not None},
        marked=tuple((row.key, row.name, row.finding, row.number) for row in connection.execute(counted)),
        looked=tuple((row.key, row.name, row.finding) for row in connection.execute(looked)),
        done=done(connection),
    )


def detail(image: str, is_done: bool) -> dict[str, object]:
    """Return what the log says of a reader who is done with an image, or is not after all."""
    return {"image": image, "done": is_done}


def is_done(connection: Connection, image: str, by: str) -> bool:
    """Say whether a reader is done with an image."""
    said = {codec.to_json(detail(image, value)): value for value in (True, False)}
    latest = connection.scalar(
        select(actions.c.detail)
        .join(readers, readers.c.id == actions.c.reader_id)
        .where(actions.c.kind == ActionKind.DONE.value, readers.c.name == by, actions.c.detail.in_(said))
        .order_by(actions.c.sequence.desc())
        .limit(1)
    )
    return latest is not None and said[latest]


def done(connection: Connection) -> frozenset[tuple[str, str]]:
    """Return who is done with which image, as (image key, reader)."""
    said = (
        select(readers.c.name, actions.c.detail)
        .join(readers, readers.c.id == actions.c.reader_id)
        .where(actions.c.kind == ActionKind.DONE.value)
        .order_by(actions.c.sequence)
    )
    latest: dict[tuple[str, str], bool] = {}
    for row in connection.execute(said):
        said_of = codec.from_json(row.detail)
        latest[said_of["image"], row.name] = said_of["done"]
    return frozenset(pair for pair, is_done in latest.items() if is_done)
