"""The intervals that the published code prints, slips included, to stand beside ours.

A case's thresholds are averaged with those at which nothing was predicted counting as 0, though the mean beside the
interval leaves them out; cases are drawn one by one, whatever image they are of; bounds are the 25th and the 975th of
1,000 sorted means; and those of the mean over findings are the means of the findings' bounds. How the original draws
its cases is not known to the digit: the seed is the same, the draws need not be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.statistics import MEASURES, interval, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from afloc_core.cohort.results import Row

Interval = tuple[float, float]
_REPLICATES = 1000
_SEED = 0
_LOW, _HIGH = 24, 974


def published_intervals(rows: Sequence[Row]) -> tuple[Mapping[str, Mapping[str, Interval]], Mapping[str, Interval]]:
    """Return the bounds of each finding and measure, and those of the mean over findings.

    Parameters
    ----------
    rows : sequence of Row
        Of the model, scored by the published protocol.
    """
    random = np.random.RandomState(_SEED)  # the generator of the original
    draws = random.randint(0, max(len(rows), 1), (_REPLICATES, len(rows)))
    names = sorted({row.finding for row in rows}, key=str.lower)
    of = np.array([names.index(row.finding) for row in rows], dtype=np.int64)
    findings: dict[str, dict[str, Interval]] = {name: {} for name in names}
    overall: dict[str, Interval] = {}
    for measure in MEASURES:
        values = _averaged(rows, measure)
        for place, name in enumerate(names):
            findings[name][measure] = _bounds(np.where(of == place, values, np.nan), draws)
        if names:
            low, high = np.mean([findings[name][measure] for name in names], axis=0)
            overall[measure] = (float(low), float(high))
    return findings, overall


def _averaged(rows: Sequence[Row], measure: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    values = values_of(rows, measure)
    known = ~np.isnan(values)
    return np.where(known.any(axis=1), np.where(known, values, 0).sum(axis=1) / values.shape[1], np.nan)


def _bounds(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], draws: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
) -> Interval:
    known = ~np.isnan(values)
    filled = np.where(known, values, 0)
    means = []
    for drawn in draws:
        count = int(known[drawn].sum())
        means.append(float(filled[drawn].sum()) / count if count else float("nan"))
    ordered = sorted(mean for mean in means if mean == mean)
    if len(ordered) < len(means):  # a finding of few cases, of which some draws hold none
        return interval(np.array(means))
    return ordered[_LOW], ordered[_HIGH]
