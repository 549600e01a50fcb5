"""A threshold for each finding, chosen on other cases than those it is used on.

CheXlocalize chooses on its validation set the threshold with the highest mean IoU (Saporta et al. 2022). Where such
thresholds are given they are used. Without them the cases are halved by a digest of their unit: each half is scored at
the threshold that is best on the other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.finding_names import finding_key
from afloc_core.cohort.results import Kind
from afloc_core.cohort.statistics import by_finding
from afloc_core.errors import AFLocError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from afloc_core.cohort.results import Row

_UNDECIDED = 0.5


@dataclass(frozen=True)
class Tuned:
    """Thresholds of one finding.

    Attributes
    ----------
    best : float
        With the highest mean IoU over all cases; what another run should be given.
    used : tuple of float
        Used on the first and on the second half; twice the same where it was given.
    """

    best: float
    used: tuple[float, float]


def tune(
    rows: Sequence[Row], thresholds: tuple[float, ...], given: Mapping[str, float] | None = None
) -> tuple[tuple[Row, ...], Mapping[str, Tuned]]:
    """Score the rows of a model at one threshold each.

    Parameters
    ----------
    rows : sequence of Row
        Those of readers are left as they are.
    thresholds : tuple of float
        What ``score.iou`` and ``score.dice`` are at.
    given : mapping of finding to float, optional
        By `finding_key`; findings that are not in it are cross-fitted.

    Returns
    -------
    tuple of Row, mapping of finding to Tuned
    """
    found: dict[str, Tuned] = {}
    for finding, some in by_finding(row for row in rows if row.kind is Kind.MODEL).items():
        halves = [[row for row in some if half_of(row.unit) == half] for half in (0, 1)]
        best = _best(some, thresholds)
        known = (given or {}).get(finding_key(finding))
        used = (known, known) if known is not None else (_best(halves[1], thresholds), _best(halves[0], thresholds))
        found[finding] = Tuned(best, used)
    return tuple(_at(row, thresholds, found) for row in rows), found


def half_of(unit: str) -> int:
    """Return in which half a unit is, 0 or 1; the same in every run."""
    return sha256(unit.encode()).digest()[0] % 2


def read_thresholds(file: Path) -> Mapping[str, float]:
    """Read the thresholds that another run found best, by `finding_key`, from its ``summary.json``.

    Raises
    ------
    AFLocError
        If the file has none.
    """
    try:
        tuned = json.loads(file.read_text(encoding="utf-8"))["tuned thresholds"]
        return {finding_key(finding): float(one["best"]) for finding, one in tuned.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise AFLocError(
            "There are no tuned thresholds in this file; give the summary.json of a run with --protocol chexlocalize."
        ) from None


def _best(rows: Sequence[Row], thresholds: tuple[float, ...]) -> float:
    """Return the threshold with the highest mean IoU, the lowest of several; cases without a value are left out."""
    if not rows:
        return _UNDECIDED
    values = np.array([row.score.iou for row in rows])
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    means = np.where(known, values, 0).sum(axis=0) / np.maximum(counts, 1)
    means[counts == 0] = -1
    return thresholds[int(means.argmax())] if counts.any() else _UNDECIDED


def _at(row: Row, thresholds: tuple[float, ...], found: Mapping[str, Tuned]) -> Row:
    if row.kind not in (Kind.MODEL, Kind.MODEL_AS_HUMAN):
        return row
    tuned = found.get(row.finding)
    level = _UNDECIDED if tuned is None else tuned.used[half_of(row.unit)]
    place = min(range(len(thresholds)), key=lambda one: abs(thresholds[one] - level))
    score = row.score
    return replace(row, score=replace(score, iou=(score.iou[place],), dice=(score.dice[place],)))
