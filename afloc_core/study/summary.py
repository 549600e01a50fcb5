"""Reading time and accuracy per arm, and the paired differences between arms.

Cases are the unit of everything: a figure of a case in an arm is the mean over its readings, a figure of an arm the
mean over its cases. Of a case that some readers read in both arms, a difference takes these readers alone: one who is
not through yet does not count in one arm only. Intervals resample cases (percentile bootstrap of scipy.stats, 1,000
replicates, seeded); p-values come from permutation tests of scipy.stats that exchange the arms of each case, exact for
few cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from afloc_core.study.resampling import gap, interval, mean, p_value
from afloc_core.study.roc import area_difference, arm_area

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from afloc_core.study.resampling import Samples, Statistic
    from afloc_core.study.results import AnswerRow, ReadingRow, Results

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
    finding : str
        Empty for all findings together.
    mean : float
    low, high : float or None
        95 % interval; None for fewer than two cases.
    cases, readings : int
        How many of each are in it.
    """

    arm: str
    measure: str
    finding: str
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
    measure, finding : str
        See `ArmFigure`.
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
    finding: str
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
    Measure("auc", "Area under the ROC curve of the ratings", "0 to 1"),
    Measure("confidence", "Confidence of the answers", "1 to 5"),
)

Row = TypeVar("Row", "ReadingRow", "AnswerRow")

_ByReader = dict[str, list[float]]
_Values = dict[str, dict[str, _ByReader]]
"""Values by arm, case and reader."""
_Means = dict[str, float]
"""Of an arm, by case."""


def summarise(found: Results, seed: int) -> Summary:
    """Sum up the readings that are done, over all findings and for each where there are several.

    Parameters
    ----------
    found : Results
    seed : int
        Of the resampling; the same rows and seed give the same figures.
    """
    findings = list(dict.fromkeys(row.finding for row in found.answers))
    arms: list[ArmFigure] = []
    differences: list[Difference] = []
    for measure in MEASURES:
        for finding in ("", *findings) if len(findings) > 1 else ("",):
            name = finding or (findings[0] if measure.name == "auc" and len(findings) == 1 else "")
            of_arms, between = _figures(measure.name, finding, name, found, seed)
            arms += of_arms
            differences += between
    return Summary(tuple(arms), tuple(differences))


def _figures(
    measure: str, finding: str, name: str, found: Results, seed: int
) -> tuple[list[ArmFigure], list[Difference]]:
    """Return the figures of a measure; ``name`` is the finding whose answers count, where ``finding`` says which."""
    if measure == "auc":
        return _areas(finding, name, found, seed) if name else ([], [])
    if measure == "reading_s" and finding:
        return [], []
    values = _values(measure, finding, found)
    arms = []
    for arm, by_case in values.items():
        numbers = np.array(list(_means(by_case).values()))
        low, high = interval((numbers,), mean, seed)
        count = _count(by_case)
        arms.append(ArmFigure(arm, measure, finding, float(numbers.mean()), low, high, len(numbers), count))
    pairs = combinations(values, 2)
    return arms, [_difference(first, second, measure, finding, values, seed) for first, second in pairs]


def summary_text(summary: Summary) -> str:
    """Return a summary as lines for people."""
    lines = []
    for measure in MEASURES:
        of_arms = [one for one in summary.arms if one.measure == measure.name]
        for finding in dict.fromkeys(one.finding for one in of_arms):
            lines.append(f"{measure.means} ({measure.unit}){f', {finding}' if finding else ''}")
            for one in (one for one in of_arms if one.finding == finding):
                counts = f"{_counted(one.cases, 'case')}, {_counted(one.readings, 'value')}"
                lines.append(f"  {one.arm}: {one.mean:.3f}{_bounds(one.low, one.high)}, {counts}")
            for two in summary.differences:
                if (two.measure, two.finding) == (measure.name, finding):
                    lines.append(_difference_line(two))
    if not lines:
        return "No reading is done yet.\n"
    if not any(one.measure == "accuracy" for one in summary.arms):
        lines.append(_NO_REFERENCE)
    return "\n".join(lines) + "\n"


def _difference_line(two: Difference) -> str:
    p = "" if two.p is None else f", p = {two.p:.4f}"
    how = "paired by case" if two.paired else "different cases"
    figure = f"{two.mean:+.3f}{_bounds(two.low, two.high)}{p}"
    return f"  {two.second} - {two.first}: {figure}, {_counted(two.cases, 'case')}, {how}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _values(measure: str, finding: str, found: Results) -> _Values:
    values: _Values = {}
    if measure == "reading_s":
        for reading in _done(found.readings):
            _add(values, reading, reading.reading_s)
        return values
    for answer in _done(found.answers):
        value = _VALUE[measure](answer) if finding in ("", answer.finding) else None
        if value is not None:
            _add(values, answer, float(value))
    return values


def _add(values: _Values, row: ReadingRow | AnswerRow, value: float) -> None:
    values.setdefault(row.arm, {}).setdefault(row.case, {}).setdefault(row.reader, []).append(value)


_VALUE: dict[str, Callable[[AnswerRow], int | None]] = {
    "accuracy": lambda row: row.correct,
    "sensitivity": lambda row: row.correct if row.reference == 1 else None,
    "specificity": lambda row: row.correct if row.reference == 0 else None,
    "auc": lambda row: row.rating if row.reference is not None else None,
    "confidence": lambda row: row.confidence,
}


def _means(by_case: dict[str, _ByReader]) -> _Means:
    return {case: float(np.mean([one for values in by.values() for one in values])) for case, by in by_case.items()}


def _count(by_case: dict[str, _ByReader]) -> int:
    return sum(len(values) for by_reader in by_case.values() for values in by_reader.values())


def _comparable(one: dict[str, _ByReader], two: dict[str, _ByReader]) -> tuple[_Means, _Means]:
    """Return the figures of the cases of two arms, of readers who read a case in both where there are any."""
    readers = {case: one[case].keys() & two[case].keys() for case in one.keys() & two.keys()}

    def kept(by_case: dict[str, _ByReader]) -> dict[str, _ByReader]:
        return {
            case: {reader: values for reader, values in by.items() if not readers.get(case) or reader in readers[case]}
            for case, by in by_case.items()
        }

    return _means(kept(one)), _means(kept(two))


def _done(rows: Iterable[Row]) -> Iterable[Row]:
    return (row for row in rows if row.status == "done")


def _areas(finding: str, name: str, found: Results, seed: int) -> tuple[list[ArmFigure], list[Difference]]:
    """Return the areas under the ROC curves of one finding, where the reference standard has cases of both kinds."""
    truth = {
        row.case: bool(row.reference) for row in found.answers if row.finding == name and row.reference is not None
    }
    values = _values("auc", name, found)
    arms = []
    for arm, by_reader in values.items():
        by_case = _means(by_reader)
        has, lacks = (np.array([one for case, one in by_case.items() if truth[case] is kind]) for kind in (True, False))
        if len(has) and len(lacks):
            count = _count(by_reader)
            arms.append(ArmFigure(arm, "auc", finding, *arm_area((has, lacks), seed), len(by_case), count))
    differences = []
    for first, second in combinations(values, 2):
        means = _comparable(values[first], values[second])
        if (between := area_difference(*means, truth, seed)) is not None:
            differences.append(Difference(first, second, "auc", finding, *between, paired=True))
    return arms, differences


def _difference(first: str, second: str, measure: str, finding: str, values: _Values, seed: int) -> Difference:
    one, two = _comparable(values[first], values[second])
    both = [case for case in one if case in two]
    if both:
        samples: Samples = (np.array([two[case] - one[case] for case in both]),)
        statistic: Statistic = mean
        cases, kind = len(both), "samples"
    else:
        samples = (np.array(list(two.values())), np.array(list(one.values())))
        statistic, cases, kind = gap, len(one) + len(two), "independent"
    low, high = interval(samples, statistic, seed)
    p = p_value(samples, statistic, kind, seed)
    return Difference(first, second, measure, finding, float(statistic(*samples)), low, high, p, cases, bool(both))


def _bounds(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
