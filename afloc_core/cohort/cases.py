"""Images joined with readers' marks: what a run goes through."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

from afloc_core.annotations.given_readers import distinct
from afloc_core.annotations.mark_list import MarkList, ReadingList
from afloc_core.annotations.matching import film_name, match_images
from afloc_core.cohort.films import Film, Films, Gathering
from afloc_core.cohort.problems import DUPLICATES, MISSING, UNMARKED, Problem, Problems
from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from afloc_core.annotations.marks import Document


@dataclass(frozen=True)
class Cohort:
    """What a run goes through.

    Attributes
    ----------
    films : sequence of Film
        In the order of the annotation file; films about which nothing is asked are not in it.
    readers : tuple of str
        In natural order.
    problems : sequence of Problem
    images : int
        Images that the annotation files name.
    together : mapping of (reader, reader) to int
        How many images both read, in the order of ``readers``; pairs that share none are not in it.
    """

    films: Sequence[Film]
    readers: tuple[str, ...]
    problems: Sequence[Problem]
    images: int
    together: Mapping[tuple[str, str], int] = field(default_factory=dict)


def joined(documents: Sequence[Document]) -> Document:
    """Make one document of several; readers of the same name in two files are two readers.

    Parameters
    ----------
    documents : sequence of Document
        At least one. Images of the same name, whatever its folder's case and suffix, are one.
    """
    first = documents[0]
    if len(documents) == 1:
        return first
    keys = {film_name(image): key for key, image in first.images.items()}
    images, marks, readings = dict(first.images), MarkList(first.marks), ReadingList(first.readings)
    taken = set(first.readers)
    for document in documents[1:]:
        names = {reader: distinct(reader, taken) for reader in document.readers}
        taken |= set(names.values())
        for key, image in document.images.items():
            images.setdefault(keys.setdefault(film_name(image), key), image)
        here = {key: keys[film_name(image)] for key, image in document.images.items()}
        marks.extend(replace(mark, image=here[mark.image], reader=names[mark.reader]) for mark in document.marks)
        readings.extend(replace(one, image=here[one.image], reader=names[one.reader]) for one in document.readings)
    problems = tuple(problem for document in documents for problem in document.problems)
    return replace(first, images=images, marks=marks, readings=readings, problems=problems)


def make_cohort(
    document: Document,
    folder: Path | Sequence[Path] | None,
    patients: Mapping[str, str] | None = None,
    *,
    phrases_merge: bool = False,
) -> Cohort:
    """Join images with marks.

    Parameters
    ----------
    document : Document
    folder : Path, sequence of Path, or None
        Where the images are, or the images themselves; None where only readers are compared.
    patients : mapping of image key to patient, optional
    phrases_merge : bool
        Whether marks of one phrase are one question whatever their findings, under the last of these.

    Returns
    -------
    Cohort

    Raises
    ------
    MarkError
        If the folder cannot be read.
    """
    gathering = Gathering(document)
    problems = Problems(Problem("entries of the file", "", sentence) for sentence in document.problems)
    files = None if folder is None else _files(document, folder, gathering, problems)
    problems.extend(_unnamed(document))
    readers = sorted(document.readers, key=natural_text_key)
    place = {reader: at for at, reader in enumerate(readers)}
    counts: Counter[tuple[str, str]] = Counter()

    def look(who: Iterable[str]) -> None:
        counts.update(combinations(sorted(who, key=place.__getitem__), 2))

    films = Films(gathering, files, patients or {}, phrases_merge=phrases_merge, look=look)
    together = {pair: counts[pair] for pair in combinations(readers, 2) if counts[pair]}
    return Cohort(films, tuple(readers), problems, len(document.images), together)


def _files(
    document: Document, folder: Path | Sequence[Path], gathering: Gathering, problems: Problems
) -> Mapping[str, Path]:
    """Find the files of images by their key, and note what does not belong together."""
    matching = match_images(document, folder)
    marks = dict(zip(gathering.keys, gathering.marks().tolist(), strict=True))
    for key in matching.missing:
        if marks[key]:
            sentence = f"No file of the folder is this image; {_marks(marks[key])} took no part."
            problems.append(Problem(MISSING, key, sentence))
    for key, several in matching.ambiguous.items():
        if len(several) > 1:
            sentence = f"{len(several)} files of the folder could be this image; nothing was guessed."
        else:
            sentence = "One file of the folder could be this image and another; nothing was guessed."
        problems.append(Problem(DUPLICATES, key, sentence, loss=marks[key] > 0))
    several_fit = {film for several in matching.ambiguous.values() for film in several}
    for film in (film for film in matching.unmarked if film not in several_fit):
        problems.append(Problem(UNMARKED, film.name, "No annotation is of this file; it was not scored.", loss=False))
    read = gathering.read()
    for key, known in zip(gathering.keys, read.tolist(), strict=True):
        if not known and key in matching.pairs:
            problems.append(Problem(UNMARKED, key, "Nobody marked or read this image.", loss=False))
    return {key: match.file for key, match in matching.pairs.items()}


def _marks(count: int) -> str:
    return "its mark" if count == 1 else f"its {count:,} marks"


def _unnamed(document: Document) -> Iterator[Problem]:
    unnamed = Counter(mark.image for mark in document.marks if not mark.finding and not mark.phrase)
    for key, count in unnamed.items():
        yield Problem("marks without a finding", key, f"{count} marks name no finding and no phrase to ask for.")
