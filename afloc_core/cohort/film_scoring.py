"""All rows that one film gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import nan
from typing import TYPE_CHECKING

from afloc_core.agreement.consensus import Consensus
from afloc_core.annotations.frames import carry
from afloc_core.annotations.shapes import Points
from afloc_core.cohort.human import drawn, of_others
from afloc_core.cohort.map_options import PLAIN, MapOptions
from afloc_core.cohort.pointing import places_of
from afloc_core.cohort.problems import SCALED, Problem
from afloc_core.cohort.results import Kind, Row
from afloc_core.cohort.scoring import NO_AREA, MapOnFrame, reference, score_reader
from afloc_core.errors import MarkError, PhraseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.shapes import Shape
    from afloc_core.cohort.films import Film, Question
    from afloc_core.cohort.protocols import Protocol
    from afloc_core.cohort.scoring import Reference
    from afloc_core.localization.heatmap import Heatmap

    Maps = tuple[Heatmap, Heatmap | None]


@dataclass(frozen=True)
class Rules:
    """How films are scored.

    Attributes
    ----------
    protocol : Protocol
    consensus : Consensus
        What the other readers' masks are joined to.
    pointing : frozenset of str
        Readers who give points somewhere, and miss where they give none.
    points_only : frozenset of str
        Those of them who draw no area anywhere: they have no IoU and Dice, and no part in a consensus.
    benchmark : frozenset of str
        Readers who are scored against the rest, who are the ground truth; empty where each reader is scored against
        the consensus of the others.
    thresholds : tuple of (str, float)
        Thresholds of findings that were tuned elsewhere, by `finding_key`.
    maps : MapOptions
        What is done differently from the plain way.
    """

    protocol: Protocol
    consensus: Consensus = Consensus.MAJORITY
    pointing: frozenset[str] = frozenset()
    points_only: frozenset[str] = frozenset()
    benchmark: frozenset[str] = frozenset()
    thresholds: tuple[tuple[str, float], ...] = ()
    maps: MapOptions = PLAIN


@dataclass(frozen=True)
class FilmResult:
    """What a film gave.

    Attributes
    ----------
    rows : tuple of Row
    problems : tuple of Problem
    digest : str
        Content digest of the image; empty where none was opened.
    """

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    digest: str = ""


def score_film(
    film: Film, rules: Rules, size: tuple[int, int] | None, locate: Callable[[str], Maps] | None, digest: str = ""
) -> FilmResult:
    """Score everything that is asked of a film.

    Parameters
    ----------
    film : Film
    rules : Rules
    size : (int, int) or None
        Height and width of the image; None where it was not opened and the annotation file does not say.
    locate : callable or None
        Makes the map of a phrase, and that of the shallow-local features where it is wanted; None where only readers
        are compared.
    digest : str
        Content digest of the image.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    for question in film.questions:
        try:
            shapes = _carried(film, question, size, problems)
            rows += _QuestionScoring(film, question, rules, size, shapes).rows(locate)
        except (MarkError, PhraseError) as error:
            kind = "phrases that cannot be encoded" if isinstance(error, PhraseError) else "marks that cannot be used"
            problems.append(Problem(kind, film.image.key, f"{question.finding}: {error}"))
    return FilmResult(tuple(rows), tuple(dict.fromkeys(problems)), digest)


@dataclass(frozen=True, eq=False)
class _Asking:
    """What the model was asked, and its answer."""

    phrase: str
    heatmap: Heatmap
    values: MapOnFrame


class _QuestionScoring:
    """The rows of one finding in one film."""

    def __init__(
        self,
        film: Film,
        question: Question,
        rules: Rules,
        size: tuple[int, int] | None,
        shapes: Mapping[str, Sequence[Shape]],
    ) -> None:
        self.film = film
        self.question = question
        self.rules = rules
        self.size = size
        self.shapes = shapes
        self._pointed: dict[str, tuple[tuple[float, float], ...]] = {}

    def rows(self, locate: Callable[[str], Maps] | None) -> list[Row]:
        protocol = self.rules.protocol
        if locate is None or self.size is None:
            return self._human(None)
        maps = self.rules.maps
        asked = maps.phrase(self.question.phrase or protocol.phrase(self.question.finding))
        heatmap, shallow = locate(asked)
        asking = _Asking(asked, heatmap, MapOnFrame(heatmap, protocol, maps, shallow))
        rows = []
        for reader, shapes in self.shapes.items():
            if not any(not isinstance(shape, Points) for shape in shapes) or reader in self.rules.benchmark:
                continue
            against = reference(shapes, self.size, protocol)
            rows.append(self._row(Kind.MODEL, reader, reader, against, asking))
        return rows + self._human(asking)

    def _human(self, asking: _Asking | None) -> list[Row]:
        if len(self.shapes) < 2:
            return []
        protocol = self.rules.protocol
        own = drawn(self.shapes, self.size, protocol, self.rules.consensus)
        rows = [
            self._reader_row(Kind.PAIR, one, other, own[one], own[other])
            for first, second in combinations(own, 2)
            if (own[first].area or own[second].area) and not self.rules.points_only & {first, second}
            # Whoever marked something is the reference: of two of whom one marked nothing, the other was missed.
            for one, other in [(first, second) if own[second].area else (second, first)]
        ]
        for reader in self.shapes:
            if self.rules.benchmark and reader not in self.rules.benchmark:
                continue
            aside = self.rules.benchmark | self.rules.points_only
            others = {name: one for name, one in own.items() if name == reader or name not in aside}
            if len(others) < 2:
                continue
            against = of_others(others, reader, self.rules.consensus)
            if not against.area and not own[reader].area:
                continue  # nobody is asked anything
            words = f"consensus of {len(others) - 1} others" if len(others) > 2 else _other(others, reader)
            rows.append(self._reader_row(Kind.HUMAN, reader, words, own[reader], against))
            if asking is not None:
                drawn_out = against if against.weights is None else self._drawn_out(reader, others)
                rows.append(self._row(Kind.MODEL_AS_HUMAN, reader, words, drawn_out, asking))
        return rows

    def _drawn_out(self, reader: str, others: Mapping[str, Reference]) -> Reference:
        """Draw the consensus of others pixel by pixel, as a map needs it."""
        assert self.size is not None
        protocol = self.rules.protocol
        pixels = {name: reference(self.shapes[name], self.size, protocol) for name in others}
        return of_others(pixels, reader, self.rules.consensus)

    def _places(self, reader: str) -> tuple[tuple[float, float], ...] | None:
        pointing = reader in self.rules.pointing
        if not pointing and not self.rules.protocol.centres:
            return None
        if reader not in self._pointed:
            self._pointed[reader] = places_of(self.shapes[reader], self.size, points=pointing)
        return self._pointed[reader]

    def _reader_row(self, kind: Kind, reader: str, words: str, own: Reference, against: Reference) -> Row:
        score = score_reader(own, against, self._places(reader), self.rules.protocol.nothing)
        if reader in self.rules.points_only and against.area:
            score = replace(score, iou=(nan,), dice=(nan,), note=NO_AREA)
        return Row(
            kind,
            self.film.image.key,
            self.film.unit,
            self.question.finding,
            self.question.phrase,
            reader,
            words,
            score,
            marked_px=against.area,
        )

    def _row(self, kind: Kind, reader: str, words: str, against: Reference, asking: _Asking) -> Row:
        return Row(
            kind,
            self.film.image.key,
            self.film.unit,
            self.question.finding,
            self.question.phrase,
            reader,
            words,
            asking.values.score(against),
            asking.phrase,
            asking.heatmap.match,
            against.area,
            asking.heatmap.phrase_known,
        )


def _other(others: Mapping[str, Reference], reader: str) -> str:
    return next(name for name in others if name != reader)


def _carried(
    film: Film, question: Question, size: tuple[int, int] | None, problems: list[Problem]
) -> Mapping[str, Sequence[Shape]]:
    """Carry marks to the pixels of the film; readers whose marks lie outside of it are left out and counted."""
    if size is None:
        return {reader: [mark.shape for mark in marks] for reader, marks in question.marks.items()}
    every: tuple[Mark, ...] = tuple(mark for marks in question.marks.values() for mark in marks)
    carried = carry(every, film.image, size)
    if carried.note:
        problems.append(Problem(SCALED, film.image.key, carried.note, loss=False))
    kept = {reader: [mark.shape for mark in carried.marks if mark.reader == reader] for reader in question.marks}
    # A reader with marks none of which could be carried did not mark nothing.
    out = {reader for reader, marks in question.marks.items() if marks and not kept[reader]} | carried.misplaced
    count = len(every) - sum(len(shapes) for reader, shapes in kept.items() if reader not in out)
    if count:
        marks = "1 mark does" if count == 1 else f"{count} marks do"
        sentence = f"{question.finding}: {marks} not lie on this film and took no part."
        problems.append(Problem("marks outside the film", film.image.key, sentence))
    return {reader: shapes for reader, shapes in kept.items() if reader not in out}
