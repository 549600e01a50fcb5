"""STAPLE: the mask that is likely when the reliability of each reader is estimated along with it.

Pixels with the same votes have the same probability, so the estimate runs over the patterns of votes that occur and
how often they do, not over pixels: the same figures as SimpleITK's filter, a hundred times sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TINY = 1e-300
_SETTLED = 1e-7
_MOST_ROUNDS = 10_000
_LIKELY = 0.5


def staple(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Return the pixels whose probability exceeds one half.

    Expectation maximisation of Warfield, Zou and Wells (IEEE TMI 2004), with the choices of SimpleITK's filter: the
    first probabilities are the shares of readers who marked a pixel, the prior is their mean, and the rounds end when
    no sensitivity or specificity moves by more than 1e-7.

    Parameters
    ----------
    masks : sequence of ndarray of bool, shape (H, W)
        At least one.

    Returns
    -------
    ndarray of bool, shape (H, W)
    """
    union = np.asarray(np.logical_or.reduce(masks), dtype=np.bool_)
    if len(masks) < 2 or not union.any() or all(np.array_equal(masks[0], mask) for mask in masks[1:]):
        return union  # nothing to estimate from
    votes = np.stack([mask[union] for mask in masks], axis=1)
    packed = np.packbits(votes, axis=1)
    codes = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, which, counts = np.unique(codes, return_index=True, return_inverse=True, return_counts=True)
    patterns = np.vstack([np.zeros(len(masks), dtype=np.bool_), votes[first]])
    likely = _probabilities(patterns, np.array([union.size - len(votes), *counts], dtype=np.float64)) > _LIKELY
    marked = np.full(union.shape, likely[0])
    marked[union] = likely[1:][which]
    return marked


def _probabilities(patterns: NDArray[np.bool_], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely pixels of each pattern (rows: patterns, columns: readers) are to be marked rightly."""
    said = patterns.astype(np.float64)
    weight = said.mean(axis=1)
    prior = float(counts @ weight) / float(counts.sum())
    before = np.zeros((2, said.shape[1]))
    for _ in range(_MOST_ROUNDS):
        within, without = counts * weight, counts * (1 - weight)
        now = np.array([within @ said / max(within.sum(), _TINY), without @ (1 - said) / max(without.sum(), _TINY)])
        inside = prior * np.prod(np.where(patterns, now[0], 1 - now[0]), axis=1)
        outside = (1 - prior) * np.prod(np.where(patterns, 1 - now[1], now[1]), axis=1)
        total = inside + outside
        weight = np.divide(inside, total, out=np.zeros_like(inside), where=total > 0)
        if np.abs(now - before).max() <= _SETTLED:
            break
        before = now
    return np.asarray(weight, dtype=np.float64)
