"""SQLite files of ours: made whole or not at all, told from others by their header, committed to the disk."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, create_engine, event

from afloc_core.annotations.store.door import Door, engine_options
from afloc_core.annotations.store.sentences import DAMAGED, NOT_OPENED, plain_errors
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry


def check_header(path: Path, application_id: int, not_ours: str) -> None:
    """Look at the header alone: a file that is not ours gets no log beside it and is not changed.

    SQLite itself must look: closing the file after a plain read would end the locks that this process holds on a
    file it has open already, and with them its log (sqlite.org/howtocorrupt.html, section 2.2).

    Parameters
    ----------
    path : Path
    application_id : int
        What the file must say at offset 68.
    not_ours : str
        What is said of a file that is something else.

    Raises
    ------
    ReviewError
    """
    refusals = {"SQLITE_NOTADB": not_ours, "SQLITE_CORRUPT": DAMAGED}
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.DatabaseError as error:
        raise ReviewError(refusals.get(error.sqlite_errorname, NOT_OPENED)) from None
    if application != application_id:
        raise ReviewError(not_ours)


def make_file(path: Path, application_id: int, lay_out: Callable[[Connection], None], wait_seconds: float) -> None:
    """Make a file beside the place and then give it its name, so that no half-made one is ever seen.

    Parameters
    ----------
    path : Path
        One that another window made there in the meantime stays.
    application_id : int
    lay_out : callable
        Fills the empty file, in one transaction.
    wait_seconds : float
    """
    half_made = path.with_name(f".{secrets.token_hex(8)}.part")
    engine = file_engine(half_made, wait_seconds)
    try:
        with plain_errors():
            with Door(engine).connection(writing=True) as connection:
                connection.exec_driver_sql(f"PRAGMA application_id = {application_id}")
                lay_out(connection)
            with engine.connect() as connection:
                # kept in the file; outside of a transaction, as SQLite demands
                connection.connection.cursor().execute("PRAGMA journal_mode = WAL")
        engine.dispose()
        _give_name(half_made, path)
    finally:
        engine.dispose()
        half_made.unlink(missing_ok=True)


def file_engine(path: Path, wait_seconds: float) -> Engine:
    """Return the way to a file, one transaction at a time.

    Parameters
    ----------
    path : Path
    wait_seconds : float
        How long a writer waits for another one.
    """
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
