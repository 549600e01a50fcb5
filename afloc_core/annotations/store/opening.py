"""From a path or an address to an open review, without ever touching what is not one."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from afloc_core.annotations.store import schema
from afloc_core.annotations.store.door import Door, engine_options
from afloc_core.annotations.store.review import Review
from afloc_core.annotations.store.sentences import DAMAGED, NOT_OPENED, plain_errors
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

WAIT_SECONDS = 10.0
"""How long an action waits for another window's or reader's one."""

_NOT_A_REVIEW = "The file is not a review of AFLoc Review; choose a file whose name ends in .afreview."
_REFUSALS = {"SQLITE_NOTADB": _NOT_A_REVIEW, "SQLITE_CORRUPT": DAMAGED}


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
            _make_file(path, wait_seconds)
        _check_header(path)
    except OSError:
        raise ReviewError(NOT_OPENED) from None
    return _open(_file_engine(path, wait_seconds), path.parent)


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


def _check_header(path: Path) -> None:
    """Look at the header alone: a file that is not ours gets no log beside it and is not changed.

    SQLite itself must look: closing the file after a plain read would end the locks that this process holds on a
    review it has open already, and with them its log (sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.DatabaseError as error:
        raise ReviewError(_REFUSALS.get(error.sqlite_errorname, NOT_OPENED)) from None
    if application != schema.APPLICATION_ID:
        raise ReviewError(_NOT_A_REVIEW)


def _make_file(path: Path, wait_seconds: float) -> None:
    """Make an empty review beside the place and then give it its name, so that no half-made review is ever seen."""
    half_made = path.with_name(f".{secrets.token_hex(8)}.part")
    engine = _file_engine(half_made, wait_seconds)
    try:
        with plain_errors():
            with Door(engine).connection(writing=True) as connection:
                connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
                schema.create(connection)
            with engine.connect() as connection:
                # kept in the file; outside of a transaction, as SQLite demands
                connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
        engine.dispose()
        _give_name(half_made, path)
    finally:
        engine.dispose()
        half_made.unlink(missing_ok=True)


def _give_name(half_made: Path, path: Path) -> None:
    """Name the file without replacing one that another window made in the meantime: that one is then opened."""
    try:
        path.hardlink_to(half_made)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links, such as exFAT
        if not path.exists():
            half_made.rename(path)
    if os.name == "posix":  # without it a power cut can forget the name of a file whose content is safe
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _file_engine(path: Path, wait_seconds: float) -> Engine:
    url = URL.create("sqlite+pysqlite", database=str(path))
    engine = create_engine(url, connect_args={"timeout": wait_seconds}, **engine_options(wait_seconds))

    @event.listens_for(engine, "connect")
    def prepare(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        raw.isolation_level = None  # the driver's own BEGIN comes too late to keep a reading in one snapshot
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        # FULL syncs the log at each commit: with NORMAL a power cut, not a kill, could take the last actions back
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        # a writer that began as a reader could fail half-way for a newer snapshot, without waiting
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


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
