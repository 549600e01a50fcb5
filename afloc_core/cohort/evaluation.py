"""A whole evaluation as a value: rows, means with intervals, the human benchmark, and where it all comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.human_range import HumanRange, human_ranges
from afloc_core.cohort.problems import Problem, Problems
from afloc_core.cohort.results import Kind, mean_known
from afloc_core.cohort.statistics import REPLICATES, SEED, Bootstrap, Summary, summarise, summarise_each
from afloc_core.cohort.tuning import Tuned, tune
from afloc_core.localization.familiarity import UNKNOWN_PHRASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from afloc_core.cohort.cases import Cohort
    from afloc_core.cohort.comparison import Comparison
    from afloc_core.cohort.film_results import FilmResults
    from afloc_core.cohort.film_scoring import Rules
    from afloc_core.cohort.films import Film
    from afloc_core.cohort.rows import Rows
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
    rows : Rows
        In the order of the images, findings and readers.
    problems : Problems
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
    rows: Rows = field(repr=False)
    problems: Problems = field(repr=False)
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
    def main_rows(self) -> Rows:
        """The rows that the summary is of."""
        return self.rows.of_kind(self.main_kind)

    @property
    def losses(self) -> int:
        """How many problems kept marks out of the figures."""
        return self.problems.losses


def sum_up(
    cohort: Cohort,
    results: FilmResults,
    rules: Rules,
    model: ModelIdentity | None,
    format: str,
    remarks: Sequence[Problem] = (),
) -> Evaluation:
    """Make an evaluation of what the films gave.

    Parameters
    ----------
    cohort : Cohort
    results : FilmResults
        One for each film.
    rules : Rules
    model : ModelIdentity or None
    format : str
        Of the annotation file.
    remarks : sequence of Problem
        Of the run as a whole.
    """
    rows = results.rows()
    curves = {finding: _curve(some) for finding, some in rows.of_kind(Kind.MODEL).by_finding().items()}
    tuned: Mapping[str, Tuned] = {}
    if rules.protocol.tuned and model is not None:
        rows, tuned = tune(rows, rules.protocol.thresholds, dict(rules.thresholds))
    bootstrap = Bootstrap(rows.numbers("unit"), REPLICATES, SEED)
    main = rows.of_kind(Kind.HUMAN if model is None else Kind.MODEL)
    by_reader = _by_reader(rows.of_kind(Kind.HUMAN), cohort, rules, bootstrap)
    return Evaluation(
        rules,
        model,
        _digest(cohort, results),
        format,
        cohort.images,
        len(np.unique(main.numbers("film"))),
        cohort.readers,
        rows,
        Problems(chain(cohort.problems, results.problems(), _unknown(rows), _twice(cohort, results), remarks)),
        summarise(main, bootstrap),
        by_reader,
        _pairs(rows, cohort, bootstrap),
        human_ranges(rows, by_reader, bootstrap),
        cohort.together,
        curves,
        tuned,
    )


def _by_reader(humans: Rows, cohort: Cohort, rules: Rules, bootstrap: Bootstrap) -> Mapping[str, Summary]:
    readers = [reader for reader in cohort.readers if not rules.benchmark or reader in rules.benchmark]
    if not len(humans):
        return {}
    of = humans.numbers("reader")
    summaries = summarise_each([humans.take(of == humans.pool.number(reader)) for reader in readers], bootstrap)
    return dict(zip(readers, summaries, strict=True))


def _curve(rows: Rows) -> tuple[float, ...]:
    return tuple(mean_known(tuple(values.tolist())) for values in rows.values("iou").T)


def _pairs(rows: Rows, cohort: Cohort, bootstrap: Bootstrap) -> Mapping[tuple[str, str], Summary]:
    if not len(rows):
        return {}
    pairs = rows.of_kind(Kind.PAIR)
    one, other = (pairs.numbers(name) for name in ("reader", "against"))
    groups = []
    for first, second in cohort.together:
        numbers = [rows.pool.number(reader) for reader in (first, second)]
        groups.append(pairs.take(np.isin(one, numbers) & np.isin(other, numbers)))
    return dict(zip(cohort.together, summarise_each(groups, bootstrap), strict=True))


def _unknown(rows: Rows) -> Iterable[Problem]:
    """Name each finding whose phrase the model does not know."""
    findings = rows.of_kind(Kind.MODEL).unknown().numbers("finding")
    unknown = (rows.pool[number] for number in dict.fromkeys(findings.tolist()))
    return (Problem("unknown findings", finding, UNKNOWN_PHRASE, loss=False) for finding in unknown)


def _twice(cohort: Cohort, results: FilmResults) -> Iterator[Problem]:
    """Name each image whose pixels are those of one before; both were scored."""
    for number, before in results.same_digests():
        sentence = f"It is the same picture as {cohort.films[before].image.key}; both count."
        yield Problem("the same picture twice", cohort.films[number].image.key, sentence, loss=False)


def marks_of(film: Film) -> list[list[object]]:
    """Return the marks of a film as JSON can hold them, names of the image left out."""
    return [
        [one.finding, one.phrase, {who: [repr(mark.shape) for mark in marks] for who, marks in one.marks.items()}]
        for one in film.questions
    ]


def _digest(cohort: Cohort, results: FilmResults) -> str:
    total = sha256()
    for number, film in enumerate(cohort.films):
        total.update(json.dumps([results.digest(number), marks_of(film)]).encode())
    return total.hexdigest()
