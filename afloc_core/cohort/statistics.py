"""Means over cases with bootstrap intervals, and paired differences.

Whole units (patients where known, else images) are drawn with replacement, the same draws for every finding and
measure, so that differences and means over findings are estimated on the same replicates. Every sum runs in a fixed
order and in float64: the same rows give the same digits, whoever made them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.results import Difference, Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.results import Row

MEASURES = ("iou", "dice", "cnr", "hit")
REPLICATES = 1000
SEED = 0
_BLOCK = 64


@dataclass(frozen=True, eq=False)
class Sums:
    """Values of one finding and measure, summed over each unit.

    Attributes
    ----------
    where : ndarray of int64, shape (n,)
        Units that have cases, as positions among all units.
    total, count : ndarray of float64, shape (n, T)
        Sum and number of the values that are not NaN, at each threshold.
    """

    where: NDArray[np.int64]
    total: NDArray[np.float64]
    count: NDArray[np.float64]

    @property
    def cases(self) -> int:
        """Cases with a value at some threshold."""
        return int(self.count.sum(axis=0).max()) if self.count.size else 0

    @property
    def mean(self) -> float:
        """Mean over cases at each threshold, then over thresholds that have one; NaN when none has."""
        return float(_mean(self.total.sum(axis=0)[None], self.count.sum(axis=0)[None])[0])


class Bootstrap:
    """Draws of units, made once and used for every mean.

    Parameters
    ----------
    units : iterable of str
        Units that have a case; repeated ones count once.
    replicates, seed : int
    """

    def __init__(self, units: Iterable[str], replicates: int = REPLICATES, seed: int = SEED) -> None:
        self._places = {unit: place for place, unit in enumerate(dict.fromkeys(units))}
        number = len(self._places)
        self._draws = np.zeros((replicates, number), dtype=np.uint16)
        rng = np.random.default_rng(seed)
        for row in self._draws:
            if number:
                row += np.bincount(rng.integers(0, number, number), minlength=number).astype(np.uint16)

    def weights(self, units: Sequence[str]) -> NDArray[np.uint16]:
        """Return how often each case is drawn in each replicate, (replicates, n), from the unit of each."""
        return self._draws[:, [self._places[unit] for unit in units]]

    def sums(self, rows: Sequence[Row], measure: str) -> Sums:
        """Sum a measure of rows over their units."""
        values = values_of(rows, measure)
        at = np.array([self._places[row.unit] for row in rows], dtype=np.int64)
        where, inverse = np.unique(at, return_inverse=True)
        known = ~np.isnan(values)
        total, count = (np.zeros((len(where), values.shape[1])) for _ in range(2))
        np.add.at(total, inverse, np.where(known, values, 0.0))
        np.add.at(count, inverse, known.astype(np.float64))
        return Sums(where, total, count)

    def replicates(self, sums: Sums) -> NDArray[np.float64]:
        """Return the mean of each replicate, float64 (replicates,); NaN where no case with a value was drawn."""
        means = np.empty(len(self._draws))
        for start in range(0, len(self._draws), _BLOCK):
            drawn = self._draws[start : start + _BLOCK, sums.where].astype(np.float64)
            # Not BLAS: its sums depend on the number of threads.
            total = np.einsum("ru,ut->rt", drawn, sums.total, optimize=False)
            count = np.einsum("ru,ut->rt", drawn, sums.count, optimize=False)
            means[start : start + _BLOCK] = _mean(total, count)
        return means


def values_of(rows: Sequence[Row], measure: str) -> NDArray[np.float64]:
    """Return a measure of rows, float64 (n, T): T thresholds for IoU and Dice, one column for the others."""
    values = [getattr(row.score, measure) for row in rows]
    array = np.array(values, dtype=np.float64)
    return array[:, None] if array.ndim == 1 else array


def by_finding(rows: Iterable[Row]) -> Mapping[str, list[Row]]:
    """Group rows by finding, names sorted without regard to case."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.finding].append(row)
    return {finding: groups[finding] for finding in sorted(groups, key=str.lower)}


@dataclass(frozen=True)
class Summary:
    """Means with intervals of a set of rows.

    Attributes
    ----------
    findings : mapping of finding to mapping of measure to Estimate
    overall : mapping of measure to Estimate
        Mean over findings of their means.
    pooled : mapping of measure to Estimate
        Mean over all cases, whatever their finding.
    """

    findings: Mapping[str, Mapping[str, Estimate]]
    overall: Mapping[str, Estimate]
    pooled: Mapping[str, Estimate]


def summarise(rows: Sequence[Row], bootstrap: Bootstrap) -> Summary:
    """Estimate every measure for every finding, over findings, and over all cases.

    Parameters
    ----------
    rows : sequence of Row
        All of one kind, so that they have the same thresholds.
    bootstrap : Bootstrap
        Of units that include those of the rows.
    """
    findings: dict[str, dict[str, Estimate]] = {}
    overall: dict[str, Estimate] = {}
    pooled: dict[str, Estimate] = {}
    groups = by_finding(rows)
    for measure in MEASURES:
        sums = {finding: bootstrap.sums(group, measure) for finding, group in groups.items()}
        draws = {finding: bootstrap.replicates(one) for finding, one in sums.items()}
        for finding, one in sums.items():
            findings.setdefault(finding, {})[measure] = _estimate(one.mean, draws[finding], one.cases)
        cases = sum(one.cases for one in sums.values())
        means = np.array([one.mean for one in sums.values()])
        overall[measure] = _estimate(float(_nanmean(means[None])[0]), over_findings(list(draws.values())), cases)
        every = bootstrap.sums(rows, measure) if rows else None
        pooled[measure] = (
            _estimate(every.mean, bootstrap.replicates(every), cases) if every else Estimate(np.nan, np.nan, np.nan, 0)
        )
    return Summary(findings, overall, pooled)


def over_findings(draws: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean over findings within each replicate; findings of which none was drawn are left out of it."""
    return _nanmean(np.stack(draws, axis=1)) if draws else np.array([])


def difference(mean: float, draws: NDArray[np.float64], cases: int) -> Difference:
    """Make a difference of a mean difference and its replicates.

    The p-value is twice the smaller share of replicates on the other side of zero, counting the observed one, and at
    most 1.
    """
    low, high = interval(draws)
    drawn = draws[~np.isnan(draws)]
    if not drawn.size or np.isnan(mean):
        return Difference(float("nan"), low, high, float("nan"), cases)
    side = min(np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0))
    return Difference(mean, low, high, min(1.0, 2 * (int(side) + 1) / (drawn.size + 1)), cases)


def interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % quantiles of replicates that are not NaN; NaN when none is left."""
    drawn = draws[~np.isnan(draws)]
    if not drawn.size:
        return float("nan"), float("nan")
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def _estimate(mean: float, draws: NDArray[np.float64], cases: int) -> Estimate:
    return Estimate(mean, *interval(draws), cases)


def _mean(total: NDArray[np.float64], count: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return _nanmean(total / count)


def _nanmean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean along the last axis without NaN, and without a warning where all are."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=-1) / known.sum(axis=-1), dtype=np.float64)
