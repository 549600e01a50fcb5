"""From a path or an address to an open review, without ever touching what is not one."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from afloc_core.annotations.store import schema
from afloc_core.annotations.store.door import Door, engine_options
from afloc_core.annotations.store.review import Review
from afloc_core.annotations.store.sentences import NOT_OPENED, plain_errors
from afloc_core.annotations.store.sqlite_file import check_header, file_engine, make_file
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

WAIT_SECONDS = 10.0
"""How long an action waits for another window's or reader's one."""

_NOT_A_REVIEW = "The file is not a review of AFLoc Review; choose a file whose name ends in .afreview."


def open_review(address: str | os.PathLike[str], *, create: bool = True, wait_seconds: float = WAIT_SECONDS) -> Review:
    """Open a review, making it where there is none.

    Parameters
    ----------
    address : str or path
        A file, by custom ``*.afreview``; or ``postgresql+psycopg://user:password@host/database``, where one database
        (or one schema, with ``?options=-csearch_path%3Dname``) holds one review.
    create : bool
        Whether to make the review where there is none.
    wait_seconds : float
        How long an action waits for another window's or reader's one before it gives up with a sentence.

    Returns
    -------
    Review
        To be used in the thread that opened it, and closed there; a context manager.

    Raises
    ------
    ReviewError
        The file is something else, damaged or of a newer program; the database cannot be reached, or holds something
        else. Neither is changed then.
    """
    text = os.fspath(address)
    if "://" in text:
        return _open_database(_checked_url(text), create=create, wait_seconds=wait_seconds)
    return _open_file(Path(text).absolute(), create=create, wait_seconds=wait_seconds)


def _open_file(path: Path, *, create: bool, wait_seconds: float) -> Review:
    try:
        if not path.exists():
            if not create:
                raise ReviewError("There is no review at this place; check where it was kept.")
            make_file(path, schema.APPLICATION_ID, schema.create, wait_seconds)
        check_header(path, schema.APPLICATION_ID, _NOT_A_REVIEW)
    except OSError:
        raise ReviewError(NOT_OPENED) from None
    return _open(file_engine(path, wait_seconds), path.parent)


def _open(engine: Engine, folder: Path | None) -> Review:
    door = Door(engine)
    try:
        with plain_errors():
            if engine.dialect.name == "sqlite":
                _check_tables(engine)
            with door.connection() as connection:
                version = schema.read_version(connection)
            schema.check_version(version)
            if version < schema.newest_version():
                with door.connection(writing=True) as connection:
                    schema.migrate(connection)
    except BaseException:
        door.close()
        raise
    return Review(door, folder)


def _check_tables(engine: Engine) -> None:
    missing = set(schema.metadata.tables) - set(inspect(engine).get_table_names())
    if schema.state.name in missing:
        raise ReviewError(_NOT_A_REVIEW)


def _checked_url(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ReviewError("The address of the review cannot be read; check how it is written.") from None
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise ReviewError("The address of a review begins with postgresql+psycopg:// or is the path of a file.")
    if find_spec("psycopg") is None:
        raise ReviewError("To open a review on PostgreSQL, install AFLoc Review with its extra 'team'.")
    return url.set(drivername="postgresql+psycopg")


def _open_database(url: URL, *, create: bool, wait_seconds: float) -> Review:
    try:
        engine = create_engine(url, pool_pre_ping=True, **engine_options(wait_seconds))
    except ImportError:  # psycopg is there, but the PostgreSQL client library it needs is not
        raise ReviewError("To open a review on PostgreSQL, install AFLoc Review with its extra 'team'.") from None

    @event.listens_for(engine, "connect")
    def prepare(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = raw.cursor()
        cursor.execute(f"SET lock_timeout = {int(wait_seconds * 1000)}")
        cursor.close()
        raw.commit()

    try:
        with plain_errors(), Door(engine).connection(writing=True) as connection:
            # two first openers at once: the second waits here and then finds the tables
            connection.execute(select(func.pg_advisory_xact_lock(schema.APPLICATION_ID)))
            _lay_out(connection, create=create)
    except BaseException:
        engine.dispose()
        raise
    return _open(engine, None)


def _lay_out(connection: Connection, *, create: bool) -> None:
    tables = set(inspect(connection).get_table_names())
    if schema.state.name in tables:
        return
    if tables:
        raise ReviewError("The database holds something else than a review; give the review a database of its own.")
    if not create:
        raise ReviewError("There is no review in this database; check the address.")
    schema.create(connection)
