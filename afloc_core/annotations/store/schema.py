"""Tables of a review, their version, and the steps from one version to the next."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    select,
    update,
)

from afloc_core.errors import ReviewError

APPLICATION_ID = 0x41464C52
"""``AFLR``: at offset 68 of every review file (SQLite file format, section 1.3.14)."""

Step = Callable[[Connection], None]

STEPS: tuple[Step, ...] = ()
"""``STEPS[0]`` takes a review of version 1 to version 2, and so on; all that are needed run in one transaction."""

metadata = MetaData()


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(target), nullable=nullable)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, default="")


def _json(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, default="{}")


def _sequence() -> Column[int]:
    return Column("sequence", Integer, nullable=False)


# One row. Every writer locks it first, so that actions are numbered in the order in which they are committed: a
# database sequence would let a later number become visible before an earlier one, and a polling window would miss it.
state = Table("afreview", metadata, _id(), Column("version", Integer, nullable=False), _sequence())

readers = Table(
    "readers", metadata, _id(), Column("name", Text, nullable=False, unique=True), _text("colour"), _text("note")
)

images = Table(
    "images",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    _text("path"),
    _text("uid"),
    Column("height", Integer),
    Column("width", Integer),
    _json("extra"),
    _text("file"),
    _text("digest"),
)

documents = Table(
    "documents",
    metadata,
    _id(),
    _text("format"),
    Column("digest", String(64), nullable=False, unique=True),
    Column("problems", Text, nullable=False),
    _json("extra"),
    _sequence(),
)

marks = Table(
    "marks",
    metadata,
    _id(),
    _ref("image_id", "images.id"),
    _ref("reader_id", "readers.id"),
    _ref("document_id", "documents.id", nullable=True),
    Column("shape", Text, nullable=False),
    _text("finding"),
    _text("phrase"),
    Column("confidence", Double),
    _text("comment"),
    _json("extra"),
    Column("revision", Integer, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    _ref("created_by", "readers.id"),
    Column("changed", BigInteger, nullable=False),
    _ref("changed_by", "readers.id"),
    _sequence(),
    Index("marks_of_image", "image_id", "removed"),
    sqlite_autoincrement=True,
)

readings = Table(
    "readings",
    metadata,
    _id(),
    _ref("image_id", "images.id"),
    _ref("reader_id", "readers.id"),
    _ref("document_id", "documents.id", nullable=True),
    _text("finding"),
    _json("extra"),
    Column("removed", Boolean, nullable=False),
    _sequence(),
    Index("readings_of_image", "image_id"),
)

phrases = Table(
    "phrases",
    metadata,
    _id(),
    Column("text", Text, nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("threshold", Double),
    _text("colour"),
    Column("visible", Boolean, nullable=False),
    _json("extra"),
    Column("removed", Boolean, nullable=False),
)

views = Table(
    "views",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

actions = Table(
    "actions",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    _ref("reader_id", "readers.id"),
    Column("at", BigInteger, nullable=False),
    Column("target", Integer, ForeignKey("actions.sequence")),
    _json("detail"),
    Index("actions_of_reader", "reader_id", "sequence"),
)

changes = Table(
    "changes",
    metadata,
    _id(),
    _ref("sequence", "actions.sequence"),
    _ref("mark_id", "marks.id"),
    Column("revision", Integer, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Index("changes_of_action", "sequence"),
    Index("changes_of_mark", "mark_id"),
)


def newest_version() -> int:
    """Version of the schema that this program writes."""
    return 1 + len(STEPS)


def create(connection: Connection) -> None:
    """Lay out an empty review of the newest version."""
    metadata.create_all(connection)
    connection.execute(state.insert().values(id=1, version=newest_version(), sequence=0))


def check_version(version: int) -> None:
    """Refuse a review that a newer program made.

    Raises
    ------
    ReviewError
        The version is newer than `newest_version`.
    """
    if version > newest_version():
        raise ReviewError("A newer AFLoc Review made this review; update this program to open it.")


def read_version(connection: Connection) -> int:
    """Version of an open review.

    Raises
    ------
    ReviewError
        The table that says so has no row.
    """
    version = connection.scalar(select(state.c.version))
    if version is None:
        raise ReviewError("The review is damaged: it does not say its version; open a copy that was kept elsewhere.")
    return int(version)


def migrate(connection: Connection) -> None:
    """Bring a review to the newest version, all steps in the caller's one transaction."""
    locked = connection.scalar(select(state.c.version).with_for_update())
    version = read_version(connection) if locked is None else int(locked)
    check_version(version)
    for step in STEPS[version - 1 :]:
        step(connection)
    connection.execute(update(state).values(version=newest_version()))
