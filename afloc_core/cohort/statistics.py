"""Means over cases with bootstrap intervals, and paired differences.

Whole units (patients where known, else images) are drawn with replacement, the same draws for every finding and
measure, so that differences and means over findings are estimated on the same replicates. Every sum runs in a fixed
order and in float64: the same rows give the same digits, whoever made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.cohort.results import Difference, Estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.rows import Rows

MEASURES = ("iou", "dice", "cnr", "hit")
REPLICATES = 1000
SEED = 0
FEWEST_UNITS = 5
"""Images or patients that a p-value needs: of fewer the replicates hardly vary, and any difference looks certain."""
_BLOCK = 64
_LEAST = 8
_MOST_DRAWN = 1 << 21
"""Numbers that are drawn, or summed, at once."""
_MOST_SUMMED = 1 << 16
_MOST_SETS = 32


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
    """Draws of units, the same for every mean; made again whenever they are needed, because they fill more than memory.

    Parameters
    ----------
    units : ndarray of int, shape (n,)
        The unit of each case, by a number that is not negative.
    replicates, seed : int
    """

    def __init__(self, units: NDArray[Any], replicates: int = REPLICATES, seed: int = SEED) -> None:
        numbers, first = np.unique(units, return_index=True)
        self._count, self._replicates, self._seed = len(numbers), replicates, seed
        self._places = np.zeros(int(numbers[-1]) + 1 if len(numbers) else 0, dtype=np.int64)
        self._places[numbers[np.argsort(first)]] = np.arange(len(numbers))

    def draws(self, units: NDArray[Any] | None = None) -> Iterator[NDArray[np.uint16]]:
        """Yield how often each unit, or that of each case, is drawn in some replicates, (replicates, n)."""
        where = slice(None) if units is None else self._places[units]
        rng = np.random.default_rng(self._seed)
        # Always of several replicates: sums in one alone can be made in another order.
        block = min(_BLOCK, max(_LEAST, _MOST_DRAWN // max(self._count, 1) // _LEAST * _LEAST))
        for start in range(0, self._replicates, block):
            drawn = np.zeros((min(block, self._replicates - start), self._count), dtype=np.uint16)
            if self._count:
                for row in drawn:
                    row += np.bincount(rng.integers(0, self._count, self._count), minlength=self._count).astype(
                        np.uint16
                    )
            yield drawn[:, where]

    def sums(self, rows: Rows, measure: str) -> Sums:
        """Sum a measure of rows over their units."""
        values = rows.values(measure)
        at = self._places[rows.numbers("unit")]
        where, inverse = np.unique(at, return_inverse=True)
        known = ~np.isnan(values)
        total, count = (np.zeros((len(where), values.shape[1])) for _ in range(2))
        np.add.at(total, inverse, np.where(known, values, 0.0))
        np.add.at(count, inverse, known.astype(np.float64))
        return Sums(where, total, count)

    def replicates(self, several: Sequence[Sums]) -> list[NDArray[np.float64]]:
        """Return the mean of each replicate, float64 (replicates,); NaN where no case with a value was drawn."""
        means: list[list[NDArray[np.float64]]] = [[] for _ in several]
        for drawn in self.draws():
            for sums, found in zip(several, means, strict=True):
                found += _drawn_means(drawn, sums)
        return [np.concatenate(found) if found else np.zeros(0) for found in means]


def _drawn_means(drawn: NDArray[np.uint16], sums: Sums) -> Iterator[NDArray[np.float64]]:
    step = min(_BLOCK, max(_LEAST, _MOST_DRAWN // 2 // max(len(sums.where), 1) // _LEAST * _LEAST))
    for start in range(0, len(drawn), step):
        weights = drawn[start : start + step, sums.where].astype(np.float64)
        # Not BLAS: its sums depend on the number of threads.
        total = np.einsum("ru,ut->rt", weights, sums.total, optimize=False)
        count = np.einsum("ru,ut->rt", weights, sums.count, optimize=False)
        yield _mean(total, count)


@dataclass(frozen=True)
class Summary:
    """Means with intervals of a set of rows.

    Attributes
    ----------
    findings : dict of finding to dict of measure to Estimate
    overall : dict of measure to Estimate
        Mean over findings of their means.
    pooled : dict of measure to Estimate
        Mean over all cases, whatever their finding.
    """

    findings: dict[str, dict[str, Estimate]]
    overall: dict[str, Estimate]
    pooled: dict[str, Estimate]


def summarise(rows: Rows, bootstrap: Bootstrap) -> Summary:
    """Estimate every measure for every finding, over findings, and over all cases, see `summarise_each`."""
    return summarise_each([rows], bootstrap)[0]


def summarise_each(several: Sequence[Rows], bootstrap: Bootstrap, measures: Sequence[str] = MEASURES) -> list[Summary]:
    """Estimate every measure for every finding, over findings, and over all cases, of several sets of rows.

    Parameters
    ----------
    several : sequence of Rows
        Those of one set all of one kind, so that they have the same thresholds.
    bootstrap : Bootstrap
        Of units that include those of the rows.
    measures : sequence of str
    """
    summaries = [Summary({}, {}, {}) for _ in several]
    start = 0
    while start < len(several):
        end, size = start + 1, len(several[start])
        while end < len(several) and size + len(several[end]) <= _MOST_SUMMED and end - start < _MOST_SETS:
            size += len(several[end])
            end += 1
        for measure in measures:
            _summarise(several[start:end], measure, bootstrap, summaries[start:end])
        start = end
    return summaries


def _summarise(several: Sequence[Rows], measure: str, bootstrap: Bootstrap, summaries: Sequence[Summary]) -> None:
    """Add one measure to the summaries of sets of rows, whose replicates are drawn together."""
    groups = [rows.by_finding() for rows in several]
    sums = [
        ({name: bootstrap.sums(group, measure) for name, group in of.items()}, bootstrap.sums(rows, measure))
        for of, rows in zip(groups, several, strict=True)
    ]
    drawn = iter(bootstrap.replicates([one for of, every in sums for one in (*of.values(), every)]))
    for (of, every), rows, summary in zip(sums, several, summaries, strict=True):
        draws = {finding: next(drawn) for finding in of}
        pooled = next(drawn)
        for finding, one in of.items():
            summary.findings.setdefault(finding, {})[measure] = _estimate(one.mean, draws[finding], one.cases)
        cases = sum(one.cases for one in of.values())
        means = np.array([one.mean for one in of.values()])
        over = over_findings(list(draws.values()))
        summary.overall[measure] = _estimate(float(_nanmean(means[None])[0]), over, cases)
        nothing = Estimate(np.nan, np.nan, np.nan, 0)
        summary.pooled[measure] = _estimate(every.mean, pooled, cases) if rows else nothing


def over_findings(draws: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean over findings within each replicate; findings of which none was drawn are left out of it."""
    return _nanmean(np.stack(draws, axis=1)) if draws else np.array([])


def difference(mean: float, draws: NDArray[np.float64], cases: int, units: int) -> Difference:
    """Make a difference of a mean difference and its replicates.

    The p-value is twice the smaller share of replicates on the other side of zero, counting the observed one, and at
    most 1; NaN where fewer than `FEWEST_UNITS` units have cases.
    """
    low, high = interval(draws)
    drawn = draws[~np.isnan(draws)]
    if not drawn.size or np.isnan(mean):
        return Difference(float("nan"), low, high, float("nan"), cases)
    if units < FEWEST_UNITS:
        return Difference(mean, low, high, float("nan"), cases)
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
