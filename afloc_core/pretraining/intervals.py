"""Intervals of a model's figures: patients are drawn anew, not findings, which resemble each other within a patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from afloc_core.cohort.statistics import interval

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray

REPLICATES = 1000
_SEED = 0


class Estimate(TypedDict):
    """A figure and its 95 % percentile bootstrap interval."""

    value: float
    low: float
    high: float


def estimates(
    patients: Sequence[Hashable], figures: Callable[[NDArray[np.int64]], ArrayLike], seed: int = _SEED
) -> list[Estimate]:
    """Estimate figures of some cases.

    Parameters
    ----------
    patients : sequence, length n
        Whose case each is.
    figures : callable
        Takes indices of cases, some of them several times, and returns k figures; those that are NaN in a draw do not
        count in it.
    seed : int

    Returns
    -------
    list of Estimate, length k
    """
    cases: dict[Hashable, list[int]] = {}
    for index, patient in enumerate(patients):
        cases.setdefault(patient, []).append(index)
    groups = [np.array(group, dtype=np.int64) for group in cases.values()]
    rng = np.random.default_rng(seed)
    draws = np.array(
        [
            figures(np.concatenate([groups[int(g)] for g in rng.integers(len(groups), size=len(groups))]))
            for _ in range(REPLICATES)
        ],
        dtype=np.float64,
    )
    values = np.asarray(figures(np.arange(len(patients))), dtype=np.float64)
    return [
        Estimate(value=float(value), low=low, high=high)
        for value, (low, high) in zip(values, map(interval, draws.T), strict=True)
    ]
