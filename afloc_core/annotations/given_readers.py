"""A name for the reader whom an annotation file does not name, so that two such files are two readers.

The name says how the marks are called in a window and in a review. A format without readers' names still takes them:
`Document.given_reader` tells it from a name that would be lost.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from afloc_core.annotations.mark_list import MarkList, ReadingList
from afloc_core.annotations.marks import UNNAMED_READER

if TYPE_CHECKING:
    from collections.abc import Collection

    from afloc_core.annotations.marks import Document, MarkedImage

_PACKED = frozenset({".gz", ".zip", ".tar", ".tgz"})
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".dcm", ".dicom")
_HOLDERS = frozenset({"annotation", "annotations", "label", "labels", "marks", "boxes", "masks", "json", "xml"})
"""Names of folders that say what is in them, not whose it is; the folder around such a one is asked."""

_BETWEEN = " _-.,;"
_LONGEST = 40


def with_given(document: Document, path: Path) -> Document:
    """Name the reader whom a file does not name after the file.

    Parameters
    ----------
    document : Document
        As it was read.
    path : Path
        Where from.

    Returns
    -------
    Document
        Its ``given_reader`` says the name; the same object where every reader is named by the file.
    """
    if UNNAMED_READER not in document.readers:
        return document
    name = distinct(_name(document, path), set(document.readers) - {UNNAMED_READER})
    return replace(_renamed(document, UNNAMED_READER, name), given_reader=name)


def distinct(name: str, taken: Collection[str]) -> str:
    """Return a name that is not taken: itself, else with the first free number from 2 on."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


def film_stems(image: MarkedImage) -> frozenset[str]:
    """Return what a film is called without folder, ending and case, by which two files can mean the same one."""
    return frozenset(_stem(name) for name in (image.key, image.path) if name)


def _name(document: Document, path: Path) -> str:
    """Find the name: out of the file's, else its folder's; never out of a film's, which can be a patient's."""
    if document.format.startswith("dicom_"):
        return UNNAMED_READER  # names of DICOM files and of their folders are often those of patients
    stem = _own_stem(path)
    if len(document.images) == 1:
        (image,) = document.images.values()
        stem = _without_film(stem, film_stems(image))
    if _tells(stem):
        return _shortened(stem)
    around = path.absolute().parent
    searched = [around]
    if around.name.casefold() in _HOLDERS:
        around = around.parent
        searched += [around, *_folders_in(around)]
    if not _tells(around.name) or any(_holds_films(folder, path, document) for folder in searched):
        return UNNAMED_READER
    return _shortened(around.name)


def _own_stem(path: Path) -> str:
    inner = path.with_suffix("") if path.suffix.casefold() in _PACKED else path
    return inner.stem


def _without_film(stem: str, films: frozenset[str]) -> str:
    """Take a film's name off the beginning or the end: ``film7_anna`` and ``film8_anna`` are of one reader."""
    folded = stem.casefold()
    for film in sorted(films, key=len, reverse=True):
        if folded == film:
            return ""
        if folded.startswith(film) and stem[len(film)] in _BETWEEN:
            return stem[len(film) :].strip(_BETWEEN)
        if folded.endswith(film) and stem[-len(film) - 1] in _BETWEEN:
            return stem[: -len(film)].strip(_BETWEEN)
    return stem


def _folders_in(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [entry for entry in folder.iterdir() if entry.is_dir()]
    return []


def _holds_films(folder: Path, path: Path, document: Document) -> bool:
    """Say whether films lie in a folder, which then is called after a study or a patient."""
    stems = {_own_stem(path).casefold()}.union(*map(film_stems, document.images.values()))
    with suppress(OSError):
        return any(_is_film(file, stems) for file in folder.iterdir() if file.name != path.name)
    return False


def _is_film(file: Path, stems: Collection[str]) -> bool:
    """Say whether a file is a picture or, as DICOM files often have no ending or that of a UID, one by its content."""
    suffix = file.suffix.casefold()
    if suffix in _PICTURES:
        return True
    if suffix[1:].isalpha() or file.name.startswith("."):
        return False
    if file.name.casefold() in stems and file.is_file():
        return True
    try:
        with file.open("rb") as stream:
            return stream.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _tells(name: str) -> bool:
    """Say whether a name could be a reader's: numbers alone are those of films, dates and patients."""
    return any(letter.isalpha() for letter in name)


def _shortened(name: str) -> str:
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"


def _stem(name: str) -> str:
    return _bare(name).casefold()


def _bare(name: str) -> str:
    base = PurePosixPath(name.replace("\\", "/")).name
    return base.rsplit(".", 1)[0] if base.lower().endswith(_PICTURES) else base


def _renamed(document: Document, old: str, new: str) -> Document:
    return replace(
        document,
        marks=MarkList(replace(mark, reader=new) if mark.reader == old else mark for mark in document.marks),
        readings=ReadingList(replace(one, reader=new) if one.reader == old else one for one in document.readings),
    )
