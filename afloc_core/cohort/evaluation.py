"""A whole evaluation as a value: rows, means with intervals, the human benchmark, and where it all comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from afloc_core.cohort.cases import Problem
from afloc_core.cohort.human_range import HumanRange, human_ranges
from afloc_core.cohort.results import Kind, mean_known
from afloc_core.cohort.statistics import REPLICATES, SEED, Bootstrap, Summary, by_finding, summarise
from afloc_core.cohort.tuning import Tuned, tune
from afloc_core.localization.familiarity import UNKNOWN_PHRASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from afloc_core.cohort.cases import Cohort, Film
    from afloc_core.cohort.comparison import Comparison
    from afloc_core.cohort.film_scoring import FilmResult, Rules
    from afloc_core.cohort.results import Row
    from afloc_core.cohort.zero_shot import ZeroShot
    from afloc_core.localization.heatmap import ModelIdentity


@dataclass(frozen=True)
class Evaluation:
    """Everything that a report says.

    Attributes
    ----------
    rules : Rules
    model : ModelIdentity or None
        None where readers were compared with each other.
    data_digest : str
        SHA-256 over the images' content digests and all marks: the same data has the same digest, whatever the files
        are called that hold it.
    format : str
        Of the annotation file.
    images, scored : int
        Images that the annotation files name, and those that gave a row.
    readers : tuple of str
    rows : tuple of Row
        In the order of the images, findings and readers.
    problems : tuple of Problem
    summary : Summary
        Of the model's rows; where there is no model, of the readers' rows.
    by_reader : mapping of reader to Summary
        The human benchmark; empty with a single reader.
    pairs : mapping of (reader, reader) to Summary
        Every two readers who read the same images, whether they marked something or not.
    together : mapping of (reader, reader) to int
        How many images both read.
    ranges : tuple of HumanRange
        The model among the humans.
    curves : mapping of finding to tuple of float
        Mean IoU at each threshold of the protocol; empty without a model.
    tuned : mapping of finding to Tuned
        Empty where the protocol tunes nothing.
    comparison : Comparison or None
        Another run on the same data.
    zero_shot : ZeroShot or None
        Findings told from images as a whole, where labels were given.
    data_set : str
        Which published data set this is, see `afloc_core.cohort.report.references`; empty where nobody says.
    """

    rules: Rules
    model: ModelIdentity | None
    data_digest: str
    format: str
    images: int
    scored: int
    readers: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=False)
    problems: tuple[Problem, ...] = field(repr=False)
    summary: Summary = field(repr=False)
    by_reader: Mapping[str, Summary] = field(repr=False)
    pairs: Mapping[tuple[str, str], Summary] = field(repr=False)
    ranges: tuple[HumanRange, ...] = field(repr=False)
    together: Mapping[tuple[str, str], int] = field(default_factory=dict, repr=False)
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict, repr=False)
    tuned: Mapping[str, Tuned] = field(default_factory=dict, repr=False)
    comparison: Comparison | None = field(default=None, repr=False)
    zero_shot: ZeroShot | None = field(default=None, repr=False)
    data_set: str = ""

    @property
    def main_kind(self) -> Kind:
        """Whose rows the summary is of."""
        return Kind.HUMAN if self.model is None else Kind.MODEL

    @property
    def main_rows(self) -> tuple[Row, ...]:
        """The rows that the summary is of."""
        return tuple(row for row in self.rows if row.kind is self.main_kind)

    @property
    def losses(self) -> int:
        """How many problems kept marks out of the figures."""
        return sum(problem.loss for problem in self.problems)


def sum_up(
    cohort: Cohort,
    results: Sequence[FilmResult],
    rules: Rules,
    model: ModelIdentity | None,
    format: str,
    remarks: Sequence[Problem] = (),
) -> Evaluation:
    """Make an evaluation of what the films gave.

    Parameters
    ----------
    cohort : Cohort
    results : sequence of FilmResult
        One for each film, in the cohort's order.
    rules : Rules
    model : ModelIdentity or None
    format : str
        Of the annotation file.
    remarks : sequence of Problem
        Of the run as a whole.
    """
    rows = tuple(row for result in results for row in result.rows)
    curves = {finding: _curve(some) for finding, some in by_finding(_of_kind(rows, Kind.MODEL)).items()}
    tuned: Mapping[str, Tuned] = {}
    if rules.protocol.tuned and model is not None:
        rows, tuned = tune(rows, rules.protocol.thresholds, dict(rules.thresholds))
    bootstrap = Bootstrap((row.unit for row in rows), REPLICATES, SEED)
    main = Kind.HUMAN if model is None else Kind.MODEL
    humans = _of_kind(rows, Kind.HUMAN)
    by_reader = {
        reader: summarise([row for row in humans if row.reader == reader], bootstrap)
        for reader in cohort.readers
        if humans and (not rules.benchmark or reader in rules.benchmark)
    }
    return Evaluation(
        rules,
        model,
        _digest(cohort, results),
        format,
        cohort.images,
        sum(any(row.kind is main for row in result.rows) for result in results),
        cohort.readers,
        rows,
        (
            *cohort.problems,
            *(problem for result in results for problem in result.problems),
            *_unknown(rows),
            *_twice(cohort, results),
            *remarks,
        ),
        summarise(_of_kind(rows, main), bootstrap),
        by_reader,
        _pairs(rows, cohort, bootstrap),
        human_ranges(rows, by_reader, bootstrap),
        cohort.together,
        curves,
        tuned,
    )


def _of_kind(rows: Sequence[Row], kind: Kind) -> list[Row]:
    return [row for row in rows if row.kind is kind]


def _curve(rows: Sequence[Row]) -> tuple[float, ...]:
    return tuple(mean_known(values) for values in zip(*(row.score.iou for row in rows), strict=True))


def _pairs(rows: Sequence[Row], cohort: Cohort, bootstrap: Bootstrap) -> Mapping[tuple[str, str], Summary]:
    order = {reader: place for place, reader in enumerate(cohort.readers)}
    groups: dict[tuple[str, str], list[Row]] = {pair: [] for pair in cohort.together}
    for row in _of_kind(rows, Kind.PAIR):
        first, second = sorted((row.reader, row.against), key=order.__getitem__)
        groups[first, second].append(row)
    return {pair: summarise(some, bootstrap) for pair, some in groups.items()} if rows else {}


def _unknown(rows: Sequence[Row]) -> Sequence[Problem]:
    """Name each finding whose phrase the model does not know."""
    unknown = dict.fromkeys(row.finding for row in rows if row.kind is Kind.MODEL and not row.known)
    return [Problem("unknown findings", finding, UNKNOWN_PHRASE, loss=False) for finding in unknown]


def _twice(cohort: Cohort, results: Sequence[FilmResult]) -> Sequence[Problem]:
    """Name each image whose pixels are those of one before; both were scored."""
    first: dict[str, str] = {}
    found = []
    for film, result in zip(cohort.films, results, strict=True):
        before = first.setdefault(result.digest, film.image.key) if result.digest else film.image.key
        if before != film.image.key:
            sentence = f"It is the same picture as {before}; both count."
            found.append(Problem("the same picture twice", film.image.key, sentence, loss=False))
    return found


def marks_of(film: Film) -> list[list[object]]:
    """Return the marks of a film as JSON can hold them, names of the image left out."""
    return [
        [one.finding, one.phrase, {who: [repr(mark.shape) for mark in marks] for who, marks in one.marks.items()}]
        for one in film.questions
    ]


def _digest(cohort: Cohort, results: Sequence[FilmResult]) -> str:
    total = sha256()
    for film, result in zip(cohort.films, results, strict=True):
        total.update(json.dumps([result.digest, marks_of(film)]).encode())
    return total.hexdigest()
