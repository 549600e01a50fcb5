"""Which files may be radiographs, told from the name and at most the first bytes; none is opened as a picture here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIXES = frozenset({".dcm", ".dicom", ".dic", ".png", ".jpg", ".jpeg", ".tif", ".tiff"})
DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".dic", ""})


TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".parquet"})
"""Endings of the files that can be tables of films."""

DICOMDIR = "dicomdir"
"""Name of the index of a disc (PS3.10 8.6), in lower case; it is no radiograph."""


def suffix_of(name: str) -> str:
    """Return the ending of a file name with its dot, in lower case."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122  (asked of 100,000 names; a Path each is slow)


def looks_like_dicom(name: str) -> bool:
    """Say from the name alone whether a file may be DICOM, whose name and folder often identify a patient."""
    suffix = suffix_of(name)
    return suffix in DICOM_SUFFIXES or suffix not in SUFFIXES


def begins_like_dicom(path: str | os.PathLike[str]) -> bool:
    """Say whether a file has the preamble of DICOM (PS3.10 7.1); one that cannot be read has not."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123  (see suffix_of)
            return stream.read(132)[128:] == b"DICM"
    except OSError:
        return False


def may_be_radiograph(path: str | os.PathLike[str]) -> bool:
    """Say whether a file that exists may be a radiograph.

    One with a known ending may; of those without an ending of letters, as files named by UID are, those may that begin
    like DICOM.
    """
    name = os.fspath(path)
    suffix = suffix_of(name)
    if suffix in SUFFIXES:
        return True
    return not name.lower().endswith(DICOMDIR) and not suffix[1:].isalpha() and begins_like_dicom(path)


def walk_radiographs(folder: str | os.PathLike[str]) -> Iterator[list[str]]:
    """Go through a folder and all folders in it.

    Parameters
    ----------
    folder : str or path-like

    Yields
    ------
    list of str
        The files of one folder that may be radiographs, 2 before 10; a folder without any is passed over. Hidden files
        and folders are left out, and so are links to folders, which can lead in a circle, and folders that may not be
        read.
    """
    waiting = [os.fspath(folder)]
    while waiting:
        here = waiting.pop()
        files, folders = _entries(here)
        files.sort(key=lambda path: natural_text_key(os.path.basename(path)))  # noqa: PTH119  (see suffix_of)
        folders.sort(key=natural_text_key, reverse=True)
        waiting += folders
        if files:
            yield files


def _entries(folder: str) -> tuple[list[str], list[str]]:
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file() and may_be_radiograph(entry.path):
                    files.append(entry.path)
    except OSError:
        pass  # what was seen until then counts
    return files, folders
