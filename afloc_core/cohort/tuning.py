"""A threshold for each finding, chosen on other cases than those it is used on.

CheXlocalize chooses on its validation set the threshold with the highest mean IoU (Saporta et al. 2022). Where such
thresholds are given they are used. Without them the cases are halved by a digest of their unit: each half is scored at
the threshold that is best on the other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.finding_names import finding_key
from afloc_core.cohort.results import Kind
from afloc_core.errors import AFLocError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.cohort.rows import Rows

UNDECIDED = 0.5
"""Used where the other half has no case."""


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
    rows: Rows, thresholds: tuple[float, ...], given: Mapping[str, float] | None = None
) -> tuple[Rows, Mapping[str, Tuned]]:
    """Score the rows of a model at one threshold each.

    Parameters
    ----------
    rows : Rows
        Those of readers are left as they are.
    thresholds : tuple of float
        What ``score.iou`` and ``score.dice`` are at.
    given : mapping of finding to float, optional
        By `finding_key`; findings that are not in it are cross-fitted.

    Returns
    -------
    Rows, mapping of finding to Tuned
    """
    found: dict[str, Tuned] = {}
    for finding, some in rows.of_kind(Kind.MODEL).by_finding().items():
        in_half = _halves(some)
        halves = [some.take(in_half == half) for half in (0, 1)]
        best = _best(some, thresholds)
        known = (given or {}).get(finding_key(finding))
        used = (known, known) if known is not None else (_best(halves[1], thresholds), _best(halves[0], thresholds))
        found[finding] = Tuned(best, used)
    return _at_their_own(rows, thresholds, found), found


def _halves(rows: Rows) -> NDArray[np.int64]:
    units, places = np.unique(rows.numbers("unit"), return_inverse=True)
    return np.array([half_of(rows.pool[int(unit)]) for unit in units], dtype=np.int64)[places]


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


def _best(rows: Rows, thresholds: tuple[float, ...]) -> float:
    """Return the threshold with the highest mean IoU, the lowest of several; cases without a value are left out."""
    if not rows:
        return UNDECIDED
    values = rows.values("iou")
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    means = np.where(known, values, 0).sum(axis=0) / np.maximum(counts, 1)
    means[counts == 0] = -1
    return thresholds[int(means.argmax())] if counts.any() else UNDECIDED


def _at_their_own(rows: Rows, thresholds: tuple[float, ...], found: Mapping[str, Tuned]) -> Rows:
    """Leave the model's rows the one threshold of their finding and half."""
    of_model = np.isin(np.arange(len(rows)), rows.places_of(Kind.MODEL, Kind.MODEL_AS_HUMAN))
    places = np.full(len(rows), -1)
    for finding, at in rows.places_by_finding().items():
        used = found[finding].used if finding in found else (UNDECIDED, UNDECIDED)
        nearest = np.array(
            [min(range(len(thresholds)), key=lambda one: abs(thresholds[one] - level)) for level in used]
        )
        places[at] = nearest[_halves(rows.take(at))]
    return rows.at_levels(np.where(of_model, places, -1))
