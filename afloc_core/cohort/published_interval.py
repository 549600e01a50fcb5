"""The intervals that the published code prints, slips included, to stand beside ours.

A case's thresholds are averaged with those at which nothing was predicted counting as 0, though the mean beside the
interval leaves them out; cases are drawn one by one, whatever image they are of; bounds are the 25th and the 975th of
1,000 sorted means; and those of the mean over findings are the means of the findings' bounds. How the original draws
its cases is not known to the digit: the seed is the same, the draws need not be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.statistics import MEASURES, interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from afloc_core.cohort.rows import Rows

Interval = tuple[float, float]
_REPLICATES = 1000
_SEED = 0
_LOW, _HIGH = 24, 974


def published_intervals(rows: Rows) -> tuple[Mapping[str, Mapping[str, Interval]], Mapping[str, Interval]]:
    """Return the bounds of each finding and measure, and those of the mean over findings.

    Parameters
    ----------
    rows : Rows
        Of the model, scored by the published protocol.
    """
    places = rows.places_by_finding()
    values = {measure: _averaged(rows, measure) for measure in MEASURES}
    means: dict[tuple[str, str], list[float]] = {(name, measure): [] for name in places for measure in MEASURES}
    of = np.zeros(len(rows), dtype=np.int64)
    for number, at in enumerate(places.values()):
        of[at] = number
    random = np.random.RandomState(_SEED)  # the generator of the original
    for _ in range(_REPLICATES):
        drawn = random.randint(0, max(len(rows), 1), len(rows))
        found = of[drawn]
        for measure, some in values.items():
            taken = some[drawn]
            known = ~np.isnan(taken)
            for number, name in enumerate(places):
                counted = known & (found == number)
                count = int(counted.sum())
                total = float(np.where(counted, taken, 0).sum())
                means[name, measure].append(total / count if count else float("nan"))
    findings: dict[str, dict[str, Interval]] = {
        name: {measure: _bounds(means[name, measure]) for measure in MEASURES} for name in places
    }
    overall: dict[str, Interval] = {}
    for measure in MEASURES if findings else ():
        low, high = np.mean([findings[name][measure] for name in findings], axis=0)
        overall[measure] = (float(low), float(high))
    return findings, overall


def _averaged(rows: Rows, measure: str) -> NDArray[np.float64]:
    values = rows.values(measure)
    known = ~np.isnan(values)
    return np.where(known.any(axis=1), np.where(known, values, 0).sum(axis=1) / values.shape[1], np.nan)


def _bounds(means: list[float]) -> Interval:
    ordered = sorted(mean for mean in means if mean == mean)
    if len(ordered) < len(means):  # a finding of few cases, of which some draws hold none
        return interval(np.array(means))
    return ordered[_LOW], ordered[_HIGH]
