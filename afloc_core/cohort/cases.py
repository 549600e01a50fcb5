"""Images joined with readers' marks: what a run goes through."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.annotations.finding_names import finding_key
from afloc_core.annotations.given_readers import distinct
from afloc_core.annotations.matching import film_name, match_images
from afloc_core.cohort.problems import MISSING, UNMARKED, Problem
from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from afloc_core.annotations.marks import Document, Mark, MarkedImage


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


@dataclass(frozen=True)
class Cohort:
    """What a run goes through.

    Attributes
    ----------
    films : tuple of Film
        In the order of the annotation file; films about which nothing is asked are not in it.
    readers : tuple of str
        In natural order.
    problems : tuple of Problem
    images : int
        Images that the annotation files name.
    together : mapping of (reader, reader) to int
        How many images both read, in the order of ``readers``; pairs that share none are not in it.
    """

    films: tuple[Film, ...]
    readers: tuple[str, ...]
    problems: tuple[Problem, ...]
    images: int
    together: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass
class _Gathered:
    """Marks of one image while files are read."""

    image: MarkedImage
    marks: dict[tuple[str, str], dict[str, list[Mark]]] = field(default_factory=lambda: defaultdict(dict))
    read: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


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
    from dataclasses import replace

    keys = {film_name(image): key for key, image in first.images.items()}
    images, marks, readings = dict(first.images), list(first.marks), list(first.readings)
    taken = set(first.readers)
    for document in documents[1:]:
        names = {reader: distinct(reader, taken) for reader in document.readers}
        taken |= set(names.values())
        for key, image in document.images.items():
            images.setdefault(keys.setdefault(film_name(image), key), image)
        here = {key: keys[film_name(image)] for key, image in document.images.items()}
        marks += [replace(mark, image=here[mark.image], reader=names[mark.reader]) for mark in document.marks]
        readings += [replace(one, image=here[one.image], reader=names[one.reader]) for one in document.readings]
    problems = tuple(problem for document in documents for problem in document.problems)
    return replace(first, images=images, marks=tuple(marks), readings=tuple(readings), problems=problems)


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
    problems = [Problem("entries of the file", "", sentence) for sentence in document.problems]
    files: Mapping[str, Path] = {}
    if folder is not None:
        files, more = _files(document, folder)
        problems += more
    gathered_images = _gathered(document, problems)
    films = tuple(
        Film(gathered.image, files.get(key), (patients or {}).get(key, key), questions)
        for key, gathered in gathered_images.items()
        if (folder is None or key in files) and (questions := _questions(gathered, phrases_merge))
    )
    readers = sorted(document.readers, key=natural_text_key)
    together = _together(gathered_images, readers)
    return Cohort(_one_spelling(films), tuple(readers), tuple(problems), len(document.images), together)


def _together(gathered: Mapping[str, _Gathered], readers: Sequence[str]) -> Mapping[tuple[str, str], int]:
    place = {reader: at for at, reader in enumerate(readers)}
    counts: Counter[tuple[str, str]] = Counter()
    for one in gathered.values():
        counts.update(combinations(sorted(set().union(*one.read.values()), key=place.__getitem__), 2))
    return {pair: counts[pair] for pair in combinations(readers, 2) if counts[pair]}


def _files(document: Document, folder: Path | Sequence[Path]) -> tuple[Mapping[str, Path], list[Problem]]:
    matching = match_images(document, folder)
    marked = Counter(mark.image for mark in document.marks)
    problems = [
        Problem(MISSING, key, f"No file of the folder is this image; {_marks(marked[key])} took no part.")
        for key in matching.missing
        if key in marked
    ]
    for key, several in matching.ambiguous.items():
        if len(several) > 1:
            sentence = f"{len(several)} files of the folder could be this image; nothing was guessed."
        else:
            sentence = "One file of the folder could be this image and another; nothing was guessed."
        problems.append(Problem("duplicates", key, sentence, loss=key in marked))
    read = {reading.image for reading in document.readings} | marked.keys()
    problems += [
        Problem(UNMARKED, film.name, "No annotation is of this file; it was not scored.", loss=False)
        for film in matching.unmarked
    ]
    problems += [
        Problem(UNMARKED, key, "Nobody marked or read this image.", loss=False)
        for key in matching.pairs
        if key not in read
    ]
    return {key: match.file for key, match in matching.pairs.items()}, problems


def _marks(count: int) -> str:
    return "its mark" if count == 1 else f"its {count:,} marks"


def _gathered(document: Document, problems: list[Problem]) -> Mapping[str, _Gathered]:
    found = {key: _Gathered(image) for key, image in document.images.items()}
    unnamed: dict[str, int] = defaultdict(int)
    for mark in document.marks:
        here = found[mark.image]
        here.read[""].add(mark.reader)
        if not mark.finding and not mark.phrase:
            unnamed[mark.image] += 1
            continue
        about = here.marks[(finding_key(mark.finding) or mark.finding, mark.phrase.strip().lower())]
        about.setdefault(mark.reader, []).append(mark)
    for reading in document.readings:
        found[reading.image].read[finding_key(reading.finding)].add(reading.reader)
    problems += [
        Problem("marks without a finding", key, f"{count} marks name no finding and no phrase to ask for.")
        for key, count in unnamed.items()
    ]
    return found


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


def _one_spelling(films: Iterable[Film]) -> tuple[Film, ...]:
    """Spell each finding as it is spelled first."""
    from dataclasses import replace

    spelled: dict[str, str] = {}
    return tuple(
        replace(
            film,
            questions=tuple(
                replace(one, finding=spelled.setdefault(finding_key(one.finding) or one.finding, one.finding))
                for one in film.questions
            ),
        )
        for film in films
    )
