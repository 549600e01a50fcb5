"""Intervals of a model's figures: patients are drawn anew, not findings, which resemble each other within a patient."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from afloc_core.cohort.statistics import REPLICATES, SEED, interval

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import ArrayLike, NDArray


class Figure(TypedDict):
    """A figure and its 95 % percentile bootstrap interval, as the card's file of figures keeps them."""

    value: float
    low: float
    high: float


def with_intervals(patients: Sequence[Hashable], figures: Callable[[NDArray[np.int64]], ArrayLike]) -> list[Figure]:
    """Give figures of some cases their intervals.

    Parameters
    ----------
    patients : sequence, length n
        Whose case each is.
    figures : callable
        Takes indices of cases as int64, shape (m,), some of them several times, and returns k figures; those that are
        NaN in a draw do not count in it.

    Returns
    -------
    list of Figure, length k
        NaN where there are no cases.
    """
    cases: dict[Hashable, list[int]] = {}
    for index, patient in enumerate(patients):
        cases.setdefault(patient, []).append(index)
    groups = [np.array(group, dtype=np.int64) for group in cases.values()]
    nobody = np.zeros(0, dtype=np.int64)
    rng = np.random.default_rng(SEED)
    draws = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a draw can have nothing to take a mean of
        for _ in range(REPLICATES):
            drawn = rng.integers(max(1, len(groups)), size=len(groups))
            draws.append(figures(np.concatenate([nobody, *(groups[int(group)] for group in drawn)])))
        values = np.asarray(figures(np.arange(len(patients))), dtype=np.float64)
    return [
        Figure(value=float(value), low=low, high=high)
        for value, (low, high) in zip(values, map(interval, np.array(draws, dtype=np.float64).T), strict=True)
    ]
