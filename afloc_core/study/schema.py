"""Tables of the record of a study, their version, and the steps from one version to the next."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

APPLICATION_ID = 0x41464C53
"""``AFLS``: at offset 68 of every record (SQLite file format, section 1.3.14)."""

STEPS: tuple[Callable[[Connection], None], ...] = ()
"""``STEPS[0]`` takes a record of version 1 to version 2, and so on."""

metadata = MetaData()


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _ref(name: str, target: str) -> Column[int]:
    return Column(name, Integer, ForeignKey(target), nullable=False)


# One row; every writer locks it first, so that events are numbered in the order in which they are committed.
state = Table("afstudy", metadata, _id(), Column("version", Integer, nullable=False), _whole("sequence"))

study = Table("study", metadata, _id(), Column("definition", Text, nullable=False))

cases = Table(
    "cases",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("file", Text, nullable=False),
)

readers = Table(
    "readers",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("number", Integer, nullable=False, unique=True),
    _whole("joined"),
)

steps = Table(
    "steps",
    metadata,
    _id(),
    _ref("reader_id", "readers.id"),
    Column("number", Integer, nullable=False),
    _ref("case_id", "cases.id"),
    Column("arm", Text, nullable=False),
    Column("period", Integer, nullable=False),
    Index("steps_of_reader", "reader_id", "number", unique=True),
)

sittings = Table(
    "sittings",
    metadata,
    _id(),
    _ref("reader_id", "readers.id"),
    _whole("began"),
    _whole("clock"),
    _whole("last_input"),
    Column("ended", Boolean, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    _ref("sitting_id", "sittings.id"),
    Column("step", Integer),
    Column("kind", String(16), nullable=False),
    _whole("at"),
    _whole("clock"),
    Column("detail", Text, nullable=False, default="{}"),
    Index("events_of_sitting", "sitting_id", "sequence"),
)


def newest_version() -> int:
    """Version of the schema that this program writes."""
    return 1 + len(STEPS)
