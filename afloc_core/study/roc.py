"""The area under the ROC curve of readers' ratings, and how it differs between arms.

The empirical area: how often a case that has the finding is rated higher than one that has not, ties counting half
(Hanley and McNeil, 1982). A case's rating in an arm is the mean over its readings.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.study.resampling import interval, p_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Rated = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
"""Ratings of the cases that have the finding, and of those that have not."""


def area(present: NDArray[Any], absent: NDArray[Any], axis: int = -1) -> Any:  # noqa: ANN401  (a number or an array)
    """Return the area under the ROC curve.

    Parameters
    ----------
    present, absent : ndarray
        Ratings along the last axis; the axes before it are those of resampling.
    axis : int
        Always the last; scipy passes it.
    """
    from scipy.stats import rankdata

    count, others = present.shape[axis], absent.shape[axis]
    ranks = rankdata(np.concatenate([present, absent], axis=axis), axis=axis)
    wins = ranks[..., :count].sum(axis=axis) - count * (count + 1) / 2
    return wins / (count * others)


def arm_area(rated: Rated, seed: int) -> tuple[float, float | None, float | None]:
    """Return the area in one arm with its interval, from cases that have the finding and cases that have not."""
    return float(area(*rated)), *interval(rated, area, seed)


def area_difference(
    one: Mapping[str, float], two: Mapping[str, float], truth: Mapping[str, bool], seed: int
) -> tuple[float, float | None, float | None, float | None, int] | None:
    """Return how much larger the area is in the second arm, its interval, p-value and the number of cases.

    Parameters
    ----------
    one, two : dict of case to float
        Ratings in each arm.
    truth : dict of case to bool
        Of the cases for which it is known.
    seed : int

    Returns
    -------
    tuple or None
        None unless cases with and cases without the finding were read in both arms.
    """
    both = [case for case in one if case in two and case in truth]
    present, absent = ([case for case in both if truth[case] is value] for value in (True, False))
    if not present or not absent:
        return None
    ordered = present + absent
    first, second = (np.array([arm[case] for case in ordered]) for arm in (one, two))
    found = partial(_resampled, first, second)
    low, high = interval((np.arange(len(present)), np.arange(len(present), len(ordered))), found, seed)
    exchanged = partial(_exchanged, len(present))
    p = p_value((second, first), exchanged, "samples", seed) if min(len(present), len(absent)) > 1 else None
    return float(exchanged(second, first)), low, high, p, len(ordered)


def _resampled(
    first: NDArray[Any], second: NDArray[Any], present: NDArray[Any], absent: NDArray[Any], axis: int = -1
) -> Any:  # noqa: ANN401  (a number or an array)
    has, lacks = present.astype(np.intp), absent.astype(np.intp)
    return area(second[has], second[lacks], axis) - area(first[has], first[lacks], axis)


def _exchanged(count: int, second: NDArray[Any], first: NDArray[Any], axis: int = -1) -> Any:  # noqa: ANN401  (as above)
    areas = [area(arm[..., :count], arm[..., count:], axis) for arm in (second, first)]
    return areas[0] - areas[1]
