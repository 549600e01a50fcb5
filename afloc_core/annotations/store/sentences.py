"""What went wrong in the database, as one plain sentence without paths, addresses or passwords."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY = "Another window or reader is writing to this review and has not finished; try again in a moment."
FULL = "The disk is full, so the last action was not saved; free some space and do it again."
READ_ONLY = "The review cannot be written to; ask for permission to write, or work on a copy of your own."
DAMAGED = "The review is damaged and was left as it is; open a copy of it that was kept elsewhere."
NOT_WRITTEN = "The disk did not take the last action, so it was not saved; check the disk and its free space."
NOT_OPENED = "The review cannot be opened; check that its folder is there and that you may write in it."
NOT_LET_IN = (
    "The review database did not let us in; check that the server is running, and the address, user name and password."
)
LOST = "The connection to the review database broke; look whether the last action was saved before doing it again."
NOT_ALLOWED = "The review database does not allow this user to do that; ask whoever keeps the database for the right."

# Names of SQLite's primary result codes; extended ones only append to them (sqlite.org/rescode.html).
_SQLITE = {
    "SQLITE_BUSY": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_FULL": FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_PERM": READ_ONLY,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_IOERR": NOT_WRITTEN,
    "SQLITE_CANTOPEN": NOT_OPENED,
}

# SQLSTATE, or its class (PostgreSQL documentation, appendix A).
_POSTGRESQL = {
    "55P03": BUSY,
    "40": BUSY,
    "53100": FULL,
    "25006": READ_ONLY,
    "42501": NOT_ALLOWED,
    "XX": DAMAGED,
    "28": NOT_LET_IN,
    "3D": NOT_LET_IN,
    "53300": NOT_LET_IN,
    "57P": LOST,
    "08": LOST,
}


class StorageError(ReviewError):
    """The disk or the server stood in the way, not what was to be stored."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn errors of the database that people can cause into sentences; let our own defects through.

    Raises
    ------
    StorageError
        Instead of the database's own error, which may quote addresses and data and is not chained.
    """
    try:
        yield
    except SQLAlchemyError as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        raise StorageError(sentence) from None


def sentence_for(error: SQLAlchemyError) -> str | None:
    """Sentence for an error, or None when no person caused it."""
    if isinstance(error, NoConnectionError):
        return BUSY
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _longest(_SQLITE, getattr(cause, "sqlite_errorname", ""))
    code = getattr(cause, "sqlstate", None)
    if code:
        return _longest(_POSTGRESQL, str(code))
    if error.connection_invalidated:
        return LOST
    return NOT_LET_IN if type(cause).__name__ in ("OperationalError", "ConnectionTimeout") else None


def _longest(sentences: dict[str, str], code: str) -> str | None:
    fitting = [start for start in sentences if code.startswith(start)]
    return sentences[max(fitting, key=len)] if fitting else None
