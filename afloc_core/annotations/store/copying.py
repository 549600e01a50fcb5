"""Review files made beside their place and put there whole: a copy of an open one, or a new one."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.annotations.store.in_use import is_open
from afloc_core.annotations.store.opening import open_review
from afloc_core.annotations.store.sentences import NOT_WRITTEN
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from afloc_core.annotations.store.review import Review

_OPEN = "The review that would be replaced is open in a window; close it there, or choose another name."


def copy_review(review: Review, source: str | os.PathLike[str], target: Path, by: str) -> None:
    """Copy a review file with its log of actions and views; the copy appears whole or not at all.

    Parameters
    ----------
    review : Review
        The review, open.
    source : path
        Its file.
    target : Path
        Replaced where it exists. Where the images are is kept relative to it.
    by : str
        Reader who copies.

    Raises
    ------
    ReviewError
        The target cannot be written, is the review itself, or is a review that is open in a window.
    """
    if target.exists() and target.samefile(source):
        raise ReviewError("The review is kept in this file already; choose another name.")

    def copy(half_made: Path) -> None:
        with (
            closing(sqlite3.connect(f"{Path(source).absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(half_made)) as new,
        ):
            old.backup(new)
        with open_review(half_made, create=False) as made:
            made.add_images(review.images, by)

    _put(target, copy)


def new_review(target: Path, fill: Callable[[Review], None]) -> None:
    """Make a review file; it appears with everything it is to hold, or not at all.

    Parameters
    ----------
    target : Path
        Replaced where it exists, never added to.
    fill : callable
        Puts into the review, which is empty, what it is to hold.

    Raises
    ------
    ReviewError
        The target cannot be written, or is a review that is open in a window; also what ``fill`` raises.
    """

    def make(half_made: Path) -> None:
        with open_review(half_made) as made:
            fill(made)

    _put(target, make)


def _put(target: Path, make: Callable[[Path], None]) -> None:
    """Have a file made beside its place, and put it there once it is complete."""
    half_made = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        make(half_made)
        _write_log_back(half_made)
        if is_open(target):
            raise ReviewError(_OPEN)
        if target.exists():
            _check_log(target)  # without its file a log holds nothing that could be read
        _remove_logs(target)
        half_made.replace(target)
    except (OSError, sqlite3.Error):
        raise ReviewError(NOT_WRITTEN) from None
    finally:
        half_made.unlink(missing_ok=True)
        _remove_logs(half_made)


def _write_log_back(file: Path) -> None:
    """Move what the log holds into the file itself: SQLite says nothing where that fails on closing."""
    with closing(sqlite3.connect(file, timeout=0)) as connection:
        (busy, *_pages) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise ReviewError(NOT_WRITTEN)
    _check_log(file)


def _check_log(file: Path) -> None:
    log = _beside(file, "-wal")
    if log.exists() and log.stat().st_size:
        raise ReviewError(NOT_WRITTEN)


def _remove_logs(file: Path) -> None:
    """Remove what SQLite keeps beside a file that nobody has open."""
    for ending in ("-wal", "-shm"):
        _beside(file, ending).unlink(missing_ok=True)


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.name}{ending}")
