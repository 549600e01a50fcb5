"""What the window knows of the open review: its images, their files, and marks that are not saved yet."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from afloc_core.annotations.marks import Document
from app.models.listed_files import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from afloc_core.annotations.marks import Mark, MarkedImage, Reading
    from afloc_core.annotations.store import StoredMark


@dataclass(frozen=True, slots=True)
class ImageMarks:
    """Marks of one image in the pixels of a film.

    Attributes
    ----------
    marks : tuple of Mark
    readings : tuple of Reading
    problem : str
        One sentence when marks do not fit the film; those drawn on a picture of another shape are left out.
    misplaced : frozenset of str
        Readers of whose marks no figures are made, because nobody knows where on the film they belong.
    note : str
        What must be said of how the marks came to where they are.
    own : tuple of (StoredMark, Mark)
        Those of the reader at this window: as the review keeps them, and in pixels of the film.
    """

    marks: tuple[Mark, ...] = ()
    readings: tuple[Reading, ...] = ()
    problem: str = ""
    misplaced: frozenset[str] = frozenset()
    note: str = ""
    own: tuple[tuple[StoredMark, Mark], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadMarks:
    """What an annotation file holds, also sorted by image, and the films in the same folder."""

    path: Path
    document: Document
    by_image: Mapping[str, ImageMarks]
    beside: tuple[Path, ...]


@dataclass(slots=True)
class ReviewBook:
    """Images and files of the review that is open.

    Attributes
    ----------
    images : dict of key to MarkedImage
    sources : list of tuple of key
        The images of each annotation file that was opened.
    places : dict of key to Path
        Which file shows an image; two annotation files that name one film differently have two images of it.
    notes : dict of reader to str
        What must be said of a reader's marks.
    problems : list of str
        What of annotation files could not be used.
    waiting : list of ReadMarks
        What was read and is not in a review yet.
    """

    images: dict[str, MarkedImage] = field(default_factory=dict)
    sources: list[tuple[str, ...]] = field(default_factory=list)
    places: dict[str, Path] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    waiting: list[ReadMarks] = field(default_factory=list)

    def clear(self) -> None:
        """Forget everything: another review is opened."""
        for part in (self.images, self.sources, self.places, self.notes, self.problems, self.waiting):
            part.clear()

    @property
    def files(self) -> tuple[tuple[MarkedImage, Path], ...]:
        """The images whose file is known, each with its file."""
        return tuple((self.images[key], file) for key, file in self.places.items())

    @property
    def without_file(self) -> tuple[Document, ...]:
        """The images whose file is not known, as documents to match with files.

        Within one annotation file no two images are the same film, but those of two files can be.
        """
        unplaced = {key: image for key, image in self.images.items() if key not in self.places}
        documents = []
        for source in (*self.sources, tuple(unplaced)):
            images = {key: unplaced.pop(key) for key in source if key in unplaced}
            if images:
                documents.append(Document("afreview", images, ()))
        return tuple(documents)

    def images_of(self, file: Path) -> tuple[MarkedImage, ...]:
        """Return the images that a file shows, none where it is not part of the review."""
        return tuple(self.images[key] for key, place in self.places.items() if place == file)

    def count_films(self, shown: Sequence[Path]) -> tuple[int, int]:
        """Return how many films of the review are among those shown, and how many films it has marks of.

        Names that one file shows are one film, and so are names that differ in their ending only.
        """
        from afloc_core.annotations.matching import film_name  # with the readers of files, which come later

        files = set(self.places.values())
        names: dict[bool, set[str]] = {True: set(), False: set()}
        for key, image in self.images.items():
            names[key in self.places].add(film_name(image))
        return len(set(map(str, files)).intersection(texts_of(shown))), len(files) + len(names[False] - names[True])

    def add(self, read: ReadMarks) -> None:
        """Take the images of an annotation file, and its marks until they are saved."""
        document = read.document
        self.images = {**document.images, **self.images}
        self.sources.append(tuple(document.images))
        if note := document.extra.get("note"):
            self.notes.update(dict.fromkeys(document.readers, str(note)))
        self.problems += document.problems
        self.waiting.append(read)

    def saved(self) -> None:
        """Forget the marks that were kept until they were saved."""
        self.waiting.clear()

    def unsaved(self, key: str) -> ImageMarks:
        """Return the marks of an image that are not saved yet."""
        found = [read.by_image[key] for read in self.waiting if key in read.by_image]
        return ImageMarks(
            tuple(mark for part in found for mark in part.marks),
            tuple(reading for part in found for reading in part.readings),
        )

    def note(self, readers: Iterable[str]) -> str:
        """Return what must be said of the marks of these readers, each sentence once."""
        return " ".join(dict.fromkeys(self.notes[name] for name in sorted(set(readers)) if self.notes.get(name)))


def by_image(document: Document) -> Mapping[str, ImageMarks]:
    """Sort marks and readings by image."""
    marks: dict[str, list[Mark]] = defaultdict(list)
    readings: dict[str, list[Reading]] = defaultdict(list)
    for mark in document.marks:
        marks[mark.image].append(mark)
    for reading in document.readings:
        readings[reading.image].append(reading)
    keys = marks.keys() | readings.keys()
    return {key: ImageMarks(tuple(marks.get(key, ())), tuple(readings.get(key, ()))) for key in keys}


def all_in_film(each: Iterable[tuple[ImageMarks, MarkedImage]], film: tuple[int, int]) -> ImageMarks:
    """Carry the marks of every image that a film shows to its pixels, see `in_film`."""
    return all_marks([in_film(found, image, film) for found, image in each])


def all_marks(parts: Sequence[ImageMarks]) -> ImageMarks:
    """Put the marks of several sources together, in the pixels of one film."""
    return ImageMarks(
        tuple(mark for part in parts for mark in part.marks),
        tuple(reading for part in parts for reading in part.readings),
        next((part.problem for part in parts if part.problem), ""),
        frozenset[str]().union(*(part.misplaced for part in parts)),
        " ".join(dict.fromkeys(part.note for part in parts if part.note)),
    )


def in_film(found: ImageMarks, image: MarkedImage, film: tuple[int, int]) -> ImageMarks:
    """Carry the marks of an image to the pixels of its film; takes its time with masks.

    Parameters
    ----------
    found : ImageMarks
    image : MarkedImage
        May give the size that the marks were drawn at; where it gives none, they were drawn at the film's.
    film : (int, int)
        Height and width in pixels.
    """
    # Slow to import: this is called on a worker, and the window must not wait for it.
    from afloc_core.annotations.frames import carry

    carried = carry(found.marks, image, film)
    return ImageMarks(carried.marks, found.readings, carried.problem, carried.misplaced, carried.note)
