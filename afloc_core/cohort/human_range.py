"""Where a model stands among humans: below, inside or above the range of their figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.results import Kind
from afloc_core.cohort.statistics import by_finding, difference, over_findings, summarise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.results import Difference, Estimate, Row
    from afloc_core.cohort.statistics import Bootstrap, Summary

RANGED = ("iou", "dice", "hit")
"""Measures that readers have as well; contrast needs a continuous map."""

FEWEST = 5
"""Cases that a reader needs to count for the range, as long as some reader has as many."""


class Standing(StrEnum):
    """Where the model's mean lies."""

    BELOW = "below"
    INSIDE = "inside"
    ABOVE = "above"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class HumanRange:
    """The model beside the humans for one finding and measure, each scored against the same references.

    Attributes
    ----------
    finding : str
        Empty for the mean over findings.
    measure : str
    readers : int
        How many the range is of.
    lowest, highest : float
        Range of the readers' means; with one reader its 95 % interval.
    humans, model : Estimate
        Means over the same cases.
    difference : Difference
        Model less humans, paired by case.
    standing : Standing
    """

    finding: str
    measure: str
    readers: int
    lowest: float
    highest: float
    humans: Estimate
    model: Estimate
    difference: Difference
    standing: Standing

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "readers": self.readers,
            "range": [None if isnan(end) else end for end in (self.lowest, self.highest)],
            "humans": self.humans.as_dict(),
            "model": self.model.as_dict(),
            "difference": self.difference.as_dict(),
            "standing": self.standing.value,
        }


def paired(ours: Sequence[Row], theirs: Sequence[Row], measure: str) -> tuple[list[Row], list[Row]]:
    """Return the rows of cases in which both have a value, in the order of the first."""
    other = {_case(row): row for row in theirs}
    pairs = [(row, other[_case(row)]) for row in ours if _case(row) in other]
    both = [pair for pair in pairs if not any(isnan(_value(row, measure)) for row in pair)]
    return [one for one, _ in both], [two for _, two in both]


def pair_draws(pair: tuple[Sequence[Row], Sequence[Row]], measure: str, bootstrap: Bootstrap) -> NDArray[np.float64]:
    """Return the difference of two means in each replicate, float64 (replicates,), see `paired`."""
    ours, theirs = (bootstrap.replicates(bootstrap.sums(rows, measure)) for rows in pair)
    return ours - theirs


def human_ranges(rows: Sequence[Row], readers: Mapping[str, Summary], bootstrap: Bootstrap) -> tuple[HumanRange, ...]:
    """Compare the model with the humans, for each finding and over findings.

    Parameters
    ----------
    rows : sequence of Row
        Of any kind; those of humans and of the model in their place count.
    readers : mapping of reader to Summary
    bootstrap : Bootstrap
    """
    humans = by_finding(row for row in rows if row.kind is Kind.HUMAN)
    models = by_finding(row for row in rows if row.kind is Kind.MODEL_AS_HUMAN)
    found = []
    for measure in RANGED:
        pairs = {finding: paired(models[finding], humans[finding], measure) for finding in models if finding in humans}
        pairs = {finding: pair for finding, pair in pairs.items() if pair[0]}
        draws = {finding: pair_draws(pair, measure, bootstrap) for finding, pair in pairs.items()}
        for finding, (ours, theirs) in pairs.items():
            means = {
                reader: summary.findings[finding][measure]
                for reader, summary in readers.items()
                if finding in summary.findings
            }
            found.append(_range(finding, measure, ours, theirs, draws[finding], means, bootstrap))
        if pairs:
            ours, theirs = ([row for pair in pairs.values() for row in pair[side]] for side in (0, 1))
            means = {reader: summary.overall[measure] for reader, summary in readers.items()}
            over = over_findings(list(draws.values()))
            found.append(_range("", measure, ours, theirs, over, means, bootstrap))
    return tuple(found)


def _range(
    finding: str,
    measure: str,
    ours: Sequence[Row],
    theirs: Sequence[Row],
    draws: NDArray[np.float64],
    means: Mapping[str, Estimate],
    bootstrap: Bootstrap,
) -> HumanRange:
    model, humans = (summarise(rows, bootstrap).overall[measure] for rows in (ours, theirs))
    counted = [one for one in means.values() if one.cases >= FEWEST] or [one for one in means.values() if one.cases]
    if len(counted) == 1:
        lowest, highest = counted[0].low, counted[0].high
    else:
        lowest, highest = (choose((one.mean for one in counted), default=float("nan")) for choose in (min, max))
    gap = difference(model.mean - humans.mean, draws, model.cases)
    return HumanRange(
        finding, measure, len(counted), lowest, highest, humans, model, gap, _standing(model.mean, lowest, highest)
    )


def _standing(mean: float, lowest: float, highest: float) -> Standing:
    if isnan(mean) or isnan(lowest):
        return Standing.UNKNOWN
    if mean < lowest:
        return Standing.BELOW
    return Standing.ABOVE if mean > highest else Standing.INSIDE


def _case(row: Row) -> tuple[str, str, str, str]:
    return row.image, row.finding, row.phrase.lower(), row.reader


def _value(row: Row, measure: str) -> float:
    score = row.score
    return {"iou": score.mean_iou, "dice": score.mean_dice, "cnr": score.cnr, "hit": score.hit}[measure]
