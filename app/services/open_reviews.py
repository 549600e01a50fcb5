"""Where reviews that no one named are kept, and which review a window that ended uncleanly was showing."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile

_UNNAMED = re.compile(r"\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d [0-9a-f]{6}\.afreview")


def without_password(address: str) -> str:
    """Return an address without anything that could be a password; empty if it cannot be understood."""
    if "://" not in address:
        return address
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return ""
    if "@" in (url.host or ""):
        return ""  # a password with a bare @ in it: no telling where it ends
    query = {key: value for key, value in url.query.items() if "pass" not in key.lower()}
    return url._replace(password=None).set(query=query).render_as_string()


def is_same_place(one: str, other: str) -> bool:
    """Say whether two addresses are one review, however its folder is spelled."""
    if one == other or "://" in one or "://" in other:
        return one == other
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


class OpenReviews:
    """A note for as long as a window shows a review; the note outlives a window that is killed.

    Parameters
    ----------
    folder : Path or None
        In the reader's own data folder; made when needed, readable by nobody else. None for a folder that goes when
        the window is closed.
    """

    def __init__(self, folder: Path | None) -> None:
        self._passing = folder is None
        self._folder = folder or Path(tempfile.gettempdir()) / f"afloc-review-{secrets.token_hex(8)}"
        self._note = self._folder / "open" / f"{secrets.token_hex(8)}.json"
        self._lock: QLockFile | None = None

    @property
    def lasting(self) -> bool:
        """Whether a review that no one named is found again after the program was killed."""
        return not self._passing

    @property
    def reviews(self) -> Path:
        """The folder of reviews that no one named."""
        return self._private("reviews")

    def new_place(self) -> Path:
        """Return where the next review that no one named goes."""
        return self.reviews / f"{datetime.now().astimezone():%Y-%m-%d %H.%M.%S} {secrets.token_hex(3)}.afreview"

    def is_unnamed(self, address: str) -> bool:
        """Say whether a review has a name of `new_place`; a reader may keep one of their own in the same folder."""
        if "://" in address:
            return False
        place = Path(address)
        return place.parent == self._folder / "reviews" and _UNNAMED.fullmatch(place.name) is not None

    def enter(self, address: str) -> None:
        """Note that this window shows a review; a password in the address is not written."""
        self._private("open")
        if self._lock is None:
            self._lock = _lock(self._note)
            self._lock.tryLock(0)
        half = self._note.with_suffix(".part")
        with suppress(OSError):  # without the note a review is only not found again by itself
            half.write_text(json.dumps({"review": without_password(address)}), encoding="utf-8")
            half.replace(self._note)

    def leave(self) -> None:
        """Take the note back: the window ends as it should."""
        with suppress(OSError):
            self._note.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
        if self._passing:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _private(self, name: str) -> Path:
        with suppress(OSError):  # opening or writing a file in it says what is wrong
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._folder / name).mkdir(exist_ok=True, mode=0o700)
        return self._folder / name

    def take_abandoned(self) -> str | None:
        """Return the review of the window that ended uncleanly last, once; None where every window ended well.

        Notes of windows that are still open are left alone.
        """
        found: list[tuple[float, str]] = []
        for note in (self._folder / "open").glob("*.json"):
            lock = _lock(note)
            if not lock.tryLock(0):
                continue
            try:
                address = str(json.loads(note.read_text(encoding="utf-8"))["review"])
                if "://" in address or Path(address).is_file():
                    found.append((note.stat().st_mtime, address))
            except (OSError, ValueError, KeyError, TypeError):
                pass  # a note that was never finished speaks of nothing
            note.unlink(missing_ok=True)
            lock.unlock()
        return max(found)[1] if found else None


def discard(address: str) -> None:
    """Delete a review file with what SQLite keeps beside it, unless a window has it open."""
    from afloc_core.annotations.store.in_use import is_open

    with suppress(OSError):  # what cannot be deleted is only in the way
        if is_open(Path(address)):
            return
        for ending in ("", "-wal", "-shm"):
            Path(f"{address}{ending}").unlink(missing_ok=True)


def _lock(note: Path) -> QLockFile:
    lock = QLockFile(str(note.with_suffix(".lock")))
    lock.setStaleLockTime(0)  # held for as long as its process lives
    return lock
