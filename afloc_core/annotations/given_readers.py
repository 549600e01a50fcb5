"""A name for the reader whom an annotation file does not name, so that two such files are two readers.

The name says how the marks are called in a window and in a review. A format without readers' names still takes them:
`Document.given_reader` tells it from a name that would be lost.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

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
    folder = path.absolute().parent
    if folder.name.casefold() in _HOLDERS:
        folder = folder.parent
    return UNNAMED_READER if _holds_films(path, document) or not _tells(folder.name) else _shortened(folder.name)


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


def _holds_films(path: Path, document: Document) -> bool:
    """Say whether films lie in the file's folder, which then is called after a study or a patient."""
    stems = {_own_stem(path), *(_bare(name) for i in document.images.values() for name in (i.key, i.path))}
    return any((path.parent / f"{stem}{suffix}").exists() for stem in stems if stem for suffix in _PICTURES)


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
        marks=tuple(replace(mark, reader=new) if mark.reader == old else mark for mark in document.marks),
        readings=tuple(replace(one, reader=new) if one.reader == old else one for one in document.readings),
    )
