"""A review file copied to another place while it is open."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.annotations.store.opening import open_review
from afloc_core.annotations.store.sentences import NOT_WRITTEN
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    import os

    from afloc_core.annotations.store.review import Review


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
        The target cannot be written, or is the review itself.
    """
    if target.exists() and target.samefile(source):
        raise ReviewError("The review is kept in this file already; choose another name.")
    half_made = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with (
            closing(sqlite3.connect(f"{Path(source).absolute().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(half_made)) as new,
        ):
            old.backup(new)
        with open_review(half_made, create=False) as copy:
            copy.add_images(review.images, by)
        for ending in ("-wal", "-shm"):
            half_made.with_name(f"{half_made.name}{ending}").unlink(missing_ok=True)
            target.with_name(f"{target.name}{ending}").unlink(missing_ok=True)
        half_made.replace(target)
    except (OSError, sqlite3.Error):
        raise ReviewError(NOT_WRITTEN) from None
    finally:
        for ending in ("", "-wal", "-shm"):
            half_made.with_name(f"{half_made.name}{ending}").unlink(missing_ok=True)
