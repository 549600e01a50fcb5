"""Who is on the film stays out of what is exported, unless somebody asks for it each time.

Nothing of a file's header is ever copied into a picture: it is made of pixels, maps and marks alone. What is left to
guard against are words that people typed, readers' names, and words that are burned into the pixels, of which the
header can only say that they are there (Burned In Annotation, PS3.3 C.7.6.1.1.8); where it says nothing, only eyes can
tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from afloc_core.exporting.writing import ExportError
from afloc_core.imaging.elements import word
from afloc_core.imaging.open import BARE_DICOM
from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from afloc_core.exporting.picture import Picture, ReaderMarks

_MAGIC = slice(128, 132)
_TELLING = 4
"""Least letters or digits of a name or number that can give somebody away; shorter ones are words of any phrase."""
_IDEOGRAPHS = "\u2e80"
"""From here on scripts write words without spaces between them."""

_NAMES = ("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "ResponsiblePerson")
_NUMBERS = ("PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "PatientBirthDate", "PatientTelephoneNumbers")
_LINES = (("Patient", "PatientName"), ("ID", "PatientID"), ("Born", "PatientBirthDate"), ("Film of", "StudyDate"))


class BurnedIn(Enum):
    """What a file says of words that are burned into its pixels."""

    YES = "yes"
    NO = "no"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class FilmHeader:
    """What the header of a film says of the patient; empty for a film that is not DICOM.

    Attributes
    ----------
    burned_in : BurnedIn
    telling : frozenset of str
        Words of names and numbers, lower case, that must not be exported.
    lines : tuple of str
        For a picture that is to say who is on it.
    """

    burned_in: BurnedIn = BurnedIn.SILENT
    telling: frozenset[str] = frozenset()
    lines: tuple[str, ...] = ()


def read_header(path: Path) -> FilmHeader:
    """Read what must be known of a film before it is exported.

    Parameters
    ----------
    path : Path
        A film of any format. A header that cannot be read says nothing: that the film can be opened is seen elsewhere.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(132)
        if head[_MAGIC] != b"DICM" and not head.startswith(BARE_DICOM):
            return FilmHeader()
        from pydicom import dcmread

        with quiet_decoders():
            return header_of(dcmread(path, stop_before_pixels=True, force=True))
    except Exception:  # pydicom raises many kinds for a broken header
        return FilmHeader()


def header_of(dataset: Any) -> FilmHeader:  # noqa: ANN401
    """Return the same of a data set."""
    said = word(dataset, "BurnedInAnnotation")
    burned_in = {"YES": BurnedIn.YES, "NO": BurnedIn.NO}.get(said, BurnedIn.SILENT)
    telling = {part for key in _NAMES for text in _texts_of(dataset, key) for part in _words_of(text)}
    telling |= {text.lower() for key in _NUMBERS for text in _texts_of(dataset, key)}
    lines = [(name, ", ".join(_texts_of(dataset, key)).replace("^", " ").strip()) for name, key in _LINES]
    return FilmHeader(
        burned_in,
        frozenset(one for one in telling if len(one) >= (_TELLING if one.isascii() else 2)),
        tuple(f"{name}: {text}" for name, text in lines if text),
    )


def warning_of(header: FilmHeader) -> str:
    """Return what must be said of burned-in words before a picture is passed on; empty where the file says no."""
    if header.burned_in is BurnedIn.YES:
        return "The file says that words are burned into this film: black them out before you pass the picture on."
    if header.burned_in is BurnedIn.SILENT:
        return (
            "The file does not say whether words are burned into this film: look at the picture, and black out what "
            "could tell who it is."
        )
    return ""


def protected(picture: Picture, header: FilmHeader, *, reader_names: bool = False) -> Picture:
    """Return a picture that does not say who is on it.

    Parameters
    ----------
    picture : Picture
    header : FilmHeader
        Of its film.
    reader_names : bool
        Whether readers keep their names; else they are numbered.

    Raises
    ------
    ExportError
        A phrase, finding or name holds a word of the patient's name or a number of the patient.
    """
    readers = picture.readers if reader_names else numbered(picture.readers)
    safe = replace(picture, readers=readers, patient=())
    for what, text in _texts(safe):
        if _gives_away(text, header.telling):
            raise ExportError(
                f"The {what} holds a word of the patient's name or number; change it, or include patient data on "
                "purpose."
            )
    return safe


def for_whom(picture: Picture, header: FilmHeader, *, patient: bool, reader_names: bool) -> Picture:
    """Return a picture as it may be written: protected, or saying who is on it where that was asked for."""
    if not patient:
        return protected(picture, header, reader_names=reader_names)
    named = picture if reader_names else replace(picture, readers=numbered(picture.readers))
    return identified(named, header)


def identified(picture: Picture, header: FilmHeader) -> Picture:
    """Return a picture that says who is on it, as somebody asked."""
    return replace(picture, patient=header.lines)


def numbered(readers: Iterable[ReaderMarks]) -> tuple[ReaderMarks, ...]:
    """Return readers called by numbers in their order."""
    return tuple(replace(one, name=f"Reader {number}") for number, one in enumerate(readers, start=1))


def _texts(picture: Picture) -> Iterable[tuple[str, str]]:
    for one in picture.maps:
        yield "phrase", one.heatmap.phrase.typed
    for reader in picture.readers:
        yield "name of a reader", reader.name
        for mark in reader.marks:
            yield "finding of a mark", mark.finding
    yield "note on the marks", picture.note


def _texts_of(dataset: Any, keyword: str) -> tuple[str, ...]:  # noqa: ANN401
    """Return the values of an element as texts; a person's name is one text, though it can be gone through."""
    from pydicom.multival import MultiValue

    try:
        value = dataset.get(keyword)
        several = value if isinstance(value, list | MultiValue) else (value,)
        return tuple(str(one).strip() for one in several if one)
    except Exception:  # pydicom converts on access and raises many kinds for a broken element
        return ()


def _gives_away(text: str, telling: frozenset[str]) -> bool:
    unspaced = (one for one in telling if min(one) >= _IDEOGRAPHS)
    return bool(telling & _words_of(text)) or any(one in text.lower() for one in unspaced)


def _words_of(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, and those joined by hyphens and the like as a whole too."""
    parts = re.split(r"[\s^=\\,;:()]+", text.lower())
    return frozenset([*parts, *re.findall(r"[^\W_]+", text.lower())])
