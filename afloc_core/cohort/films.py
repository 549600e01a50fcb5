"""The films of a cohort, each put together from its marks when it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, overload

import numpy as np

from afloc_core.annotations.finding_names import finding_key
from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading


@dataclass(frozen=True)
class Question:
    """One thing that is asked of an image.

    Attributes
    ----------
    finding : str
        Term of the finding, as the first file that names it spells it.
    phrase : str
        The sentence that the marks belong to; empty where they have none.
    marks : mapping of str to tuple of Mark
        By reader, in natural order of their names; empty for a reader who read the image and marked nothing here.
    """

    finding: str
    phrase: str
    marks: Mapping[str, tuple[Mark, ...]]


@dataclass(frozen=True)
class Film:
    """An image and all that is asked of it.

    Attributes
    ----------
    image : MarkedImage
        As the annotation file names it.
    file : Path or None
        None where no images were given.
    unit : str
        What is drawn as a whole when intervals are estimated: the patient where known, else the image.
    questions : tuple of Question
        In the order of the findings' names.
    """

    image: MarkedImage
    file: Path | None
    unit: str
    questions: tuple[Question, ...]


@dataclass
class _Gathered:
    """Marks of one image while files are read."""

    image: MarkedImage
    marks: dict[tuple[str, str], dict[str, list[Mark]]] = field(default_factory=lambda: defaultdict(dict))
    read: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class Gathering:
    """Marks and readings of a document by image.

    Parameters
    ----------
    document : Document
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.keys = tuple(document.images)
        places = {key: place for place, key in enumerate(self.keys)}
        self._marks = _Grouped(document.marks, places)
        self._readings = _Grouped(document.readings, places)

    def marks(self) -> NDArray[np.int64]:
        """Count the marks of each image."""
        return self._marks.counts

    def read(self) -> NDArray[np.bool_]:
        """Say of each image whether somebody marked or read it."""
        return (self._marks.counts > 0) | (self._readings.counts > 0)

    def image(self, place: int) -> _Gathered:
        """Put together what is known of an image."""
        found = _Gathered(self.document.images[self.keys[place]])
        for at in self._marks.of(place):
            mark = self.document.marks[at]
            found.read[""].add(mark.reader)
            if mark.finding or mark.phrase:
                about = found.marks[(finding_key(mark.finding) or mark.finding, mark.phrase.strip().lower())]
                about.setdefault(mark.reader, []).append(mark)
        for at in self._readings.of(place):
            reading = self.document.readings[at]
            found.read[finding_key(reading.finding)].add(reading.reader)
        return found


class _Grouped:
    """Where the items of each image are, in the order of the document."""

    def __init__(self, items: Sequence[Mark] | Sequence[Reading], places: Mapping[str, int]) -> None:
        of = np.fromiter((places[item.image] for item in items), dtype=np.int32, count=len(items))
        self._order = np.argsort(of, kind="stable").astype(np.int32)
        self._ends = np.searchsorted(of[self._order], np.arange(len(places) + 1)).astype(np.int32)

    @property
    def counts(self) -> NDArray[np.int64]:
        return np.diff(self._ends).astype(np.int64)

    def of(self, place: int) -> list[int]:
        return list(map(int, self._order[self._ends[place] : self._ends[place + 1]]))


class Films(Sequence[Film]):
    """All images about which something is asked, in the order of the document.

    Parameters
    ----------
    gathering : Gathering
    files : mapping of image key to Path, or None
        Where images are; those without a file are no films. None where no images were given.
    patients : mapping of image key to patient
    phrases_merge : bool
        Whether marks of one phrase are one question whatever their findings, under the last of these.
    look : callable
        Is shown every image once, also those that are no film.
    """

    def __init__(
        self,
        gathering: Gathering,
        files: Mapping[str, Path] | None,
        patients: Mapping[str, str],
        *,
        phrases_merge: bool,
        look: Callable[[Iterable[str]], None],
    ) -> None:
        self._gathering, self._files, self._patients, self._merge = gathering, files, patients, phrases_merge
        self._spelled: dict[str, str] = {}
        chosen = []
        for place, key in enumerate(gathering.keys):
            gathered = gathering.image(place)
            look(set().union(*gathered.read.values()))
            if (files is None or key in files) and (questions := _questions(gathered, phrases_merge)):
                chosen.append(place)
                for one in questions:
                    self._spelled.setdefault(finding_key(one.finding) or one.finding, one.finding)
        self._chosen = np.array(chosen, dtype=np.int32)

    def __len__(self) -> int:
        return len(self._chosen)

    @overload
    def __getitem__(self, number: int) -> Film: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Film, ...]: ...
    def __getitem__(self, number: int | slice) -> Film | tuple[Film, ...]:
        if isinstance(number, slice):
            return tuple(map(self._film, self._chosen[number].tolist()))
        return self._film(int(self._chosen[number]))

    def __iter__(self) -> Iterator[Film]:
        return map(self._film, map(int, self._chosen))

    def _film(self, place: int) -> Film:
        key = self._gathering.keys[place]
        gathered = self._gathering.image(place)
        questions = (  # each finding as it is spelled first
            replace(one, finding=self._spelled[finding_key(one.finding) or one.finding])
            for one in _questions(gathered, self._merge)
        )
        file = None if self._files is None else self._files.get(key)
        return Film(gathered.image, file, self._patients.get(key, key), tuple(questions))


def _questions(gathered: _Gathered, phrases_merge: bool) -> tuple[Question, ...]:
    questions = []
    for (key, _), marks in (_merged(gathered.marks) if phrases_merge else gathered.marks).items():
        first = next(iter(marks.values()))[0]
        read = gathered.read[""] | gathered.read.get(key, set()) | set(marks)
        by_reader = {reader: tuple(marks.get(reader, ())) for reader in sorted(read, key=natural_text_key)}
        questions.append(Question(first.finding, first.phrase.strip(), by_reader))
    return tuple(sorted(questions, key=lambda one: (one.finding.lower(), one.phrase.lower())))


def _merged(
    marks: Mapping[tuple[str, str], Mapping[str, list[Mark]]],
) -> Mapping[tuple[str, str], Mapping[str, list[Mark]]]:
    """Put marks of one phrase together; those of the last finding come first, which names the question."""
    merged: dict[tuple[str, str], dict[str, list[Mark]]] = {}
    for (key, phrase), by_reader in reversed(list(marks.items())):
        together = merged.setdefault(("" if phrase else key, phrase), {})
        for reader, some in by_reader.items():
            together.setdefault(reader, []).extend(some)
    return merged
