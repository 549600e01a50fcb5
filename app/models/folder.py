"""The radiographs one can step through: those of a folder, or those named when the program was started."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.imaging.files import SUFFIXES, may_be_radiograph
from afloc_core.imaging.files import looks_like_dicom as named_like_dicom
from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SUFFIXES", "FileSequence", "is_file", "looks_like_dicom", "natural_key", "openable_files"]


@dataclass(frozen=True, slots=True)
class FileSequence:
    """Files in order, and which one is on screen.

    Attributes
    ----------
    files : sequence of Path
        In the order of stepping.
    position : int
        Index of the current file; -1 when there is none.
    origin : tuple of Path
        Folders, tables of cases and the like that the files are the first of; empty where these are all.
    """

    files: Sequence[Path] = ()
    position: int = -1
    origin: tuple[Path, ...] = ()

    @property
    def current(self) -> Path | None:
        """The file on screen."""
        return self.files[self.position] if 0 <= self.position < len(self.files) else None

    def step(self, by: int) -> FileSequence | None:
        """Return the sequence ``by`` files further, or None beyond either end."""
        target = self.position + by
        return replace(self, position=target) if 0 <= target < len(self.files) else None

    def at(self, path: Path) -> FileSequence:
        """Return the sequence at ``path``; a file that is not in it becomes a sequence of its own."""
        if path in self.files:
            return replace(self, position=self.files.index(path))
        return FileSequence((path,), 0)


def openable_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder that may be radiographs, 2 before 10.

    Parameters
    ----------
    folder : Path
        Its own files are looked at, not those of folders inside it.

    Returns
    -------
    tuple of Path
        Files with a known ending; of those without an ending of letters, as files named by UID are, those that begin
        like DICOM. Unreadable: empty.
    """
    try:
        files = [entry for entry in folder.iterdir() if _is_shown(entry)]
    except OSError:
        return ()
    return tuple(sorted(files, key=natural_key))


def natural_key(path: Path) -> tuple[tuple[int, int | str], ...]:
    """Return a key that sorts numbers inside names by their value."""
    return natural_text_key(path.name)


def looks_like_dicom(path: Path) -> bool:
    """Say from the name alone whether a file may be DICOM, whose name and folder often identify a patient."""
    return named_like_dicom(path.name)


def is_file(path: Path) -> bool:
    """Say whether there is a file; one that may not be looked at counts as missing."""
    try:
        return path.is_file()
    except OSError:
        return False


def _is_shown(entry: Path) -> bool:
    return not entry.name.startswith(".") and is_file(entry) and may_be_radiograph(entry)
