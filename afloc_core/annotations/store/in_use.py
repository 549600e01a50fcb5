"""Whether somebody has a review file open."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def is_open(path: Path) -> bool:
    """Say whether a window or program, this one included, has a review file open.

    A connection to a file with a write-ahead log holds a shared lock for as long as it is open, so that whoever wants
    the file alone is refused (sqlite.org/walformat.html, section 2.2). What is no review is not open as one.

    Parameters
    ----------
    path : Path
        Nothing in it is changed; what its log still holds may be moved into the file itself.
    """
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=0)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.rollback()
    except sqlite3.DatabaseError as error:
        return str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    return False
