"""Reading time and accuracy per arm, and the paired differences between arms.

Cases are the unit of everything: a figure of a case in an arm is the mean over its readings, a figure of an arm the
mean over its cases. Intervals resample cases (percentile bootstrap of scipy.stats, 1,000 replicates, seeded); p-values
come from permutation tests of scipy.stats that exchange the arms of each case, exact where there are few cases.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from afloc_core.study.results import AnswerRow, ReadingRow, Results

    Samples = tuple[NDArray[np.float64], ...]
    Statistic = Callable[..., Any]

REPLICATES = 1000
PERMUTATIONS = 9999
LEVEL = 0.95
_BATCH = 200
_NO_REFERENCE = "Accuracy is not known: no reference standard speaks of these cases; name one in “reference”."


@dataclass(frozen=True, slots=True)
class Measure:
    """What is summed up.

    Attributes
    ----------
    name : str
    means : str
    unit : str
    """

    name: str
    means: str
    unit: str


@dataclass(frozen=True, slots=True)
class ArmFigure:
    """A measure in an arm.

    Attributes
    ----------
    arm, measure : str
    mean : float
    low, high : float or None
        95 % interval; None for fewer than two cases.
    cases, readings : int
        How many of each are in it.
    """

    arm: str
    measure: str
    mean: float
    low: float | None
    high: float | None
    cases: int
    readings: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How a measure differs between two arms.

    Attributes
    ----------
    first, second : str
        Names of the arms; the difference is second minus first.
    measure : str
    mean : float
    low, high : float or None
        95 % interval; None for fewer than two cases.
    p : float or None
        Two-sided; None for fewer than two cases.
    cases : int
    paired : bool
        Whether the same cases were read in both arms; if not, other cases are compared with others.
    """

    first: str
    second: str
    measure: str
    mean: float
    low: float | None
    high: float | None
    p: float | None
    cases: int
    paired: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures; only readings that are done count."""

    arms: tuple[ArmFigure, ...]
    differences: tuple[Difference, ...]


MEASURES: tuple[Measure, ...] = (
    Measure("reading_s", "Reading time of a case", "s"),
    Measure("accuracy", "Share of answers that equal the reference standard", "0 to 1"),
    Measure("sensitivity", "Share of present answers where the reference standard says present", "0 to 1"),
    Measure("specificity", "Share of absent answers where the reference standard says absent", "0 to 1"),
    Measure("confidence", "Confidence of the answers", "1 to 5"),
)

Row = TypeVar("Row", "ReadingRow", "AnswerRow")

_Values = dict[str, dict[str, list[float]]]
"""Values by arm and case."""


def summarise(found: Results, seed: int) -> Summary:
    """Sum up the readings that are done.

    Parameters
    ----------
    found : Results
    seed : int
        Of the resampling; the same rows and seed give the same figures.
    """
    arms: list[ArmFigure] = []
    differences: list[Difference] = []
    for measure in MEASURES:
        values = _values(measure.name, found)
        means = {arm: {case: float(np.mean(one)) for case, one in by_case.items()} for arm, by_case in values.items()}
        for arm, by_case in means.items():
            numbers = np.array(list(by_case.values()))
            low, high = _interval((numbers,), np.mean, seed)
            count = sum(map(len, values[arm].values()))
            arms.append(ArmFigure(arm, measure.name, float(numbers.mean()), low, high, len(numbers), count))
        differences += [
            _difference(first, second, measure.name, means, seed) for first, second in combinations(means, 2)
        ]
    return Summary(tuple(arms), tuple(differences))


def summary_text(summary: Summary) -> str:
    """Return a summary as lines for people."""
    lines = []
    for measure in MEASURES:
        of_arms = [one for one in summary.arms if one.measure == measure.name]
        if not of_arms:
            continue
        lines.append(f"{measure.means} ({measure.unit})")
        for one in of_arms:
            counts = f"{one.cases} cases, {one.readings} values"
            lines.append(f"  {one.arm}: {one.mean:.3f}{_bounds(one.low, one.high)}, {counts}")
        for two in (two for two in summary.differences if two.measure == measure.name):
            p = "" if two.p is None else f", p = {two.p:.4f}"
            how = "paired by case" if two.paired else "different cases"
            bounds = _bounds(two.low, two.high)
            lines.append(f"  {two.second} - {two.first}: {two.mean:+.3f}{bounds}{p}, {two.cases} cases, {how}")
    if not lines:
        return "No reading is done yet.\n"
    if not any(one.measure == "accuracy" for one in summary.arms):
        lines.append(_NO_REFERENCE)
    return "\n".join(lines) + "\n"


def _values(measure: str, found: Results) -> _Values:
    values: _Values = {}
    if measure == "reading_s":
        for reading in _done(found.readings):
            values.setdefault(reading.arm, defaultdict(list))[reading.case].append(reading.reading_s)
        return values
    for answer in _done(found.answers):
        if (value := _VALUE[measure](answer)) is not None:
            values.setdefault(answer.arm, defaultdict(list))[answer.case].append(float(value))
    return values


_VALUE: dict[str, Callable[[AnswerRow], int | None]] = {
    "accuracy": lambda row: row.correct,
    "sensitivity": lambda row: row.correct if row.reference == 1 else None,
    "specificity": lambda row: row.correct if row.reference == 0 else None,
    "confidence": lambda row: row.confidence,
}


def _done(rows: Iterable[Row]) -> Iterable[Row]:
    return (row for row in rows if row.status == "done")


def _difference(first: str, second: str, measure: str, means: dict[str, dict[str, float]], seed: int) -> Difference:
    one, two = means[first], means[second]
    both = [case for case in one if case in two]
    paired = bool(both)
    if paired:
        samples: Samples = (np.array([two[case] - one[case] for case in both]),)
        statistic: Statistic = np.mean
        cases = len(both)
    else:
        samples = (np.array(list(two.values())), np.array(list(one.values())))
        statistic, cases = _gap, len(one) + len(two)
    low, high = _interval(samples, statistic, seed)
    p = _p_value(samples, statistic, paired, seed)
    return Difference(first, second, measure, float(statistic(*samples)), low, high, p, cases, paired)


def _gap(two: NDArray[np.float64], one: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    difference: NDArray[np.float64] = np.mean(two, axis=axis) - np.mean(one, axis=axis)
    return difference


def _interval(samples: Samples, statistic: Statistic, seed: int) -> tuple[float | None, float | None]:
    if min(map(len, samples)) < 2:
        return None, None
    from scipy.stats import bootstrap

    found = bootstrap(
        samples,
        statistic,
        n_resamples=REPLICATES,
        confidence_level=LEVEL,
        method="percentile",
        vectorized=True,
        batch=_BATCH,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)


def _p_value(samples: Samples, statistic: Statistic, paired: bool, seed: int) -> float | None:
    if min(map(len, samples)) < 2:
        return None
    from scipy.stats import permutation_test

    found = permutation_test(
        samples,
        statistic,
        permutation_type="samples" if paired else "independent",
        n_resamples=PERMUTATIONS,
        vectorized=True,
        batch=_BATCH,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def _bounds(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
