"""From annotation files and reviews to the marks of one film, each reader in their colour."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.annotations.reader_colours import reader_colour
from afloc_core.exporting.picture import ReaderMarks
from afloc_core.exporting.writing import ExportError
from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from afloc_core.annotations.marks import Mark

_NOT_OF_THIS = (
    "None of the annotation files says anything of this film; give files with its marks, or rename the film as they "
    "name it."
)


def in_colours(marks: Iterable[Mark]) -> tuple[ReaderMarks, ...]:
    """Sort marks by reader, in natural order of their names, and give each reader the colour the window gives them."""
    by_reader: dict[str, list[Mark]] = {}
    for mark in marks:
        by_reader.setdefault(mark.reader, []).append(mark)
    readers, taken = [], set[str]()
    for name in sorted(by_reader, key=natural_text_key):
        colour = reader_colour(taken)
        taken.add(colour)
        readers.append(ReaderMarks(name, colour, tuple(by_reader[name])))
    return tuple(readers)


def marks_from_files(files: Iterable[str], film: Path, shape: tuple[int, int]) -> tuple[tuple[ReaderMarks, ...], str]:
    """Read the marks of one film.

    Parameters
    ----------
    files : iterable of str
        Annotation files of any format.
    film : Path
    shape : (int, int)
        Height and width of the film.

    Returns
    -------
    readers : tuple of ReaderMarks
    note : str
        What must be said of the marks.

    Raises
    ------
    MarkError
        A file cannot be read.
    ExportError
        No file has an image that is this film.
    """
    from afloc_core.annotations.formats import open_annotations
    from afloc_core.annotations.frames import carry
    from afloc_core.annotations.given_readers import with_given
    from afloc_core.annotations.matching import match_images

    marks: list[Mark] = []
    notes: list[str] = []
    found = False
    for file in files:
        document = with_given(open_annotations(file), Path(file))
        for key in match_images(document, [film]).pairs:
            found = True
            carried = carry(tuple(mark for mark in document.marks if mark.image == key), document.images[key], shape)
            marks += carried.marks
            note = str(document.extra.get("note") or "") if carried.marks else ""
            notes += [note, carried.note, carried.problem]
    if not found:
        raise ExportError(_NOT_OF_THIS)
    return in_colours(marks), " ".join(dict.fromkeys(note for note in notes if note))
