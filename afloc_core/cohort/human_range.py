"""Where a model stands among humans: below, inside or above the range of their figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.results import Kind
from afloc_core.cohort.rows import together
from afloc_core.cohort.statistics import difference, over_findings, summarise_each

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from afloc_core.cohort.results import Difference, Estimate
    from afloc_core.cohort.rows import Rows
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


def paired(ours: Rows, theirs: Rows, measure: str) -> tuple[Rows, Rows]:
    """Return the rows of cases in which both have a value, in the order of the first.

    Parameters
    ----------
    ours, theirs : Rows
        Of one finding, with the same pool of texts.
    measure : str
    """
    if not len(ours) or not len(theirs):
        return ours.take(np.zeros(0, np.intp)), theirs.take(np.zeros(0, np.intp))
    lowered: dict[str, int] = {}
    cases = [_cases(rows, lowered) for rows in (ours, theirs)]
    known, last = np.unique(cases[1][::-1], return_index=True)
    places = np.minimum(np.searchsorted(known, cases[0]), len(known) - 1)
    here = np.flatnonzero(known[places] == cases[0])
    there = len(theirs) - 1 - last[places[here]]
    values = [rows.means(measure) for rows in (ours.take(here), theirs.take(there))]
    both = ~np.isnan(values[0]) & ~np.isnan(values[1])
    return ours.take(here[both]), theirs.take(there[both])


def _cases(rows: Rows, lowered: dict[str, int]) -> NDArray[np.int64]:
    """Return a number for image, phrase and reader of each row; phrases are the same whatever their case."""
    phrases, places = np.unique(rows.numbers("phrase"), return_inverse=True)
    same = [lowered.setdefault(rows.pool[int(number)].lower(), len(lowered)) for number in phrases]
    phrase = np.array(same, dtype=np.int64)[places]
    size = len(rows.pool) + 1
    image, reader = (rows.numbers(name).astype(np.int64) for name in ("image", "reader"))
    return (image * size + phrase) * size + reader


def pairs_of(ours: Mapping[str, Rows], theirs: Mapping[str, Rows], measure: str) -> dict[str, tuple[Rows, Rows]]:
    """Return `paired` rows by finding, of the findings in which both have a value of the measure."""
    pairs = {finding: paired(ours[finding], theirs[finding], measure) for finding in ours if finding in theirs}
    return {finding: pair for finding, pair in pairs.items() if len(pair[0])}


def pair_draws(
    pairs: Mapping[str, tuple[Rows, Rows]], measure: str, bootstrap: Bootstrap
) -> Mapping[str, NDArray[np.float64]]:
    """Return the difference of two means in each replicate, float64 (replicates,), of each pair, see `paired`."""
    sums = [bootstrap.sums(rows, measure) for pair in pairs.values() for rows in pair]
    drawn = bootstrap.replicates(sums)
    return {name: ours - theirs for name, ours, theirs in zip(pairs, drawn[::2], drawn[1::2], strict=True)}


def pair_units(pairs: Mapping[str, tuple[Rows, Rows]]) -> Mapping[str, int]:
    """Count the images or patients of each pair, see `paired`, and those of all under an empty name."""
    units = {name: np.unique(ours.numbers("unit")) for name, (ours, _) in pairs.items()}
    every = np.unique(np.concatenate([*units.values(), np.zeros(0, np.int64)]))
    return {**{name: len(some) for name, some in units.items()}, "": len(every)}


def human_ranges(rows: Rows, readers: Mapping[str, Summary], bootstrap: Bootstrap) -> tuple[HumanRange, ...]:
    """Compare the model with the humans, for each finding and over findings.

    Parameters
    ----------
    rows : Rows
        Of any kind; those of humans and of the model in their place count.
    readers : mapping of reader to Summary
    bootstrap : Bootstrap
    """
    humans = rows.of_kind(Kind.HUMAN).by_finding()
    models = rows.of_kind(Kind.MODEL_AS_HUMAN).by_finding()
    found = []
    for measure in RANGED:
        pairs = pairs_of(models, humans, measure)
        if not pairs:
            continue
        draws = pair_draws(pairs, measure, bootstrap)
        estimates, units = pair_estimates(pairs, measure, bootstrap), pair_units(pairs)
        for finding in pairs:
            means = {
                reader: summary.findings[finding][measure]
                for reader, summary in readers.items()
                if finding in summary.findings
            }
            found.append(_range(finding, measure, estimates[finding], draws[finding], units[finding], means))
        means = {reader: summary.overall[measure] for reader, summary in readers.items()}
        found.append(_range("", measure, estimates[""], over_findings(list(draws.values())), units[""], means))
    return tuple(found)


def pair_estimates(
    pairs: Mapping[str, tuple[Rows, Rows]], measure: str, bootstrap: Bootstrap
) -> Mapping[str, tuple[Estimate, Estimate]]:
    """Estimate a measure on both sides of each pair, and over all of them under an empty name."""
    every = [[pair[side] for pair in pairs.values()] for side in (0, 1)]
    sides = [rows for pair in pairs.values() for rows in pair] + [together(some) for some in every]
    found = [summary.overall[measure] for summary in summarise_each(sides, bootstrap, (measure,))]
    return dict(zip((*pairs, ""), zip(found[::2], found[1::2], strict=True), strict=True))


def _range(
    finding: str,
    measure: str,
    estimates: tuple[Estimate, Estimate],
    draws: NDArray[np.float64],
    units: int,
    means: Mapping[str, Estimate],
) -> HumanRange:
    model, humans = estimates
    counted = [one for one in means.values() if one.cases >= FEWEST] or [one for one in means.values() if one.cases]
    if len(counted) == 1:
        lowest, highest = counted[0].low, counted[0].high
    else:
        lowest, highest = (choose((one.mean for one in counted), default=float("nan")) for choose in (min, max))
    gap = difference(model.mean - humans.mean, draws, model.cases, units)
    return HumanRange(
        finding, measure, len(counted), lowest, highest, humans, model, gap, _standing(model.mean, lowest, highest)
    )


def _standing(mean: float, lowest: float, highest: float) -> Standing:
    if isnan(mean) or isnan(lowest):
        return Standing.UNKNOWN
    if mean < lowest:
        return Standing.BELOW
    return Standing.ABOVE if mean > highest else Standing.INSIDE
