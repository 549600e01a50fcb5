"""Intervals and p-values by resampling cases, with scipy.stats and a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Samples = tuple[NDArray[Any], ...]
    Statistic = Callable[..., Any]

REPLICATES = 1000
PERMUTATIONS = 9999
LEVEL = 0.95
_BATCH = 200


def interval(samples: Samples, statistic: Statistic, seed: int) -> tuple[float | None, float | None]:
    """Return a percentile bootstrap interval.

    Parameters
    ----------
    samples : tuple of ndarray, shape (n,) each
        Resampled each by itself.
    statistic : callable
        Takes the samples and ``axis``.
    seed : int

    Returns
    -------
    (float or None, float or None)
        None where a sample has fewer than two values.
    """
    if min(map(len, samples)) < 2:
        return None, None
    from scipy.stats import bootstrap

    found = bootstrap(
        samples,
        statistic,
        n_resamples=REPLICATES,
        confidence_level=LEVEL,
        method="percentile",
        vectorized=True,
        batch=_BATCH,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)


def p_value(samples: Samples, statistic: Statistic, kind: str, seed: int) -> float | None:
    """Return a two-sided p-value from a permutation test, exact where there are few permutations.

    Parameters
    ----------
    samples : tuple of ndarray
    statistic : callable
        Takes the samples and ``axis``.
    kind : str
        ``"samples"`` exchanges the values of each place, of one sample their signs; ``"independent"`` deals all anew.
    seed : int
    """
    if min(map(len, samples)) < 2:
        return None
    from scipy.stats import permutation_test

    found = permutation_test(
        samples,
        statistic,
        permutation_type=kind,
        n_resamples=PERMUTATIONS,
        vectorized=True,
        batch=_BATCH,
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


def mean(values: NDArray[Any], axis: int = -1) -> Any:  # noqa: ANN401  (a number or an array)
    """Return the mean along an axis."""
    return np.mean(values, axis=axis)


def gap(two: NDArray[Any], one: NDArray[Any], axis: int = -1) -> Any:  # noqa: ANN401  (a number or an array)
    """Return how much larger the mean of the first is."""
    return np.mean(two, axis=axis) - np.mean(one, axis=axis)
