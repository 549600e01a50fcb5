"""The measures of one map against one mask.

Maps are float arrays in which NaN means "not scored"; those pixels count nowhere. Masks are boolean arrays of the
same shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PUBLISHED_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Thresholds of the published protocol, on the map rescaled to [-1, 1]."""


def rescale(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rescale a map linearly so that its minimum becomes -1 and its maximum 1.

    Parameters
    ----------
    values : ndarray, shape (H, W)

    Returns
    -------
    ndarray of float32, shape (H, W)
        NaN stays NaN; a constant map becomes all NaN, because it points nowhere.
    """
    low, high = np.nanmin(values), np.nanmax(values)
    if not high > low:
        return np.full(values.shape, np.nan, dtype=np.float32)
    return np.asarray((values - low) / (high - low) * 2 - 1, dtype=np.float32)


def intersection_over_union(predicted: NDArray[np.bool_], marked: NDArray[np.bool_]) -> float:
    """Jaccard index of two masks, in [0, 1]; NaN when either is empty (published protocol)."""
    if not predicted.any() or not marked.any():
        return float("nan")
    return float((predicted & marked).sum() / (predicted | marked).sum())


def mean_iou(
    values: NDArray[np.float32], marked: NDArray[np.bool_], thresholds: tuple[float, ...] = PUBLISHED_THRESHOLDS
) -> float:
    """Mean IoU of a map over thresholds on its [-1, 1] rescaling.

    Parameters
    ----------
    values : ndarray of float, shape (H, W)
    marked : ndarray of bool, shape (H, W)
    thresholds : tuple of float
        Strictly above counts as predicted.

    Returns
    -------
    float
        In [0, 1]; thresholds without a prediction are left out, NaN when none is left.
    """
    scored = np.isfinite(values)
    scaled = rescale(values)
    each = [intersection_over_union((scaled > t) & scored, marked & scored) for t in thresholds]
    known = [value for value in each if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def contrast_to_noise(values: NDArray[np.float32], marked: NDArray[np.bool_]) -> float:
    """Signed contrast-to-noise ratio: difference of the means inside and outside over the root of summed variances.

    Parameters
    ----------
    values : ndarray of float, shape (H, W)
    marked : ndarray of bool, shape (H, W)

    Returns
    -------
    float
        Population variances, as published; NaN when the inside or the outside has no scored pixel.
    """
    scored = np.isfinite(values)
    inside, outside = values[marked & scored], values[~marked & scored]
    if not inside.size or not outside.size:
        return float("nan")
    noise = float(np.sqrt(inside.var(dtype=np.float64) + outside.var(dtype=np.float64)))
    difference = float(inside.mean(dtype=np.float64) - outside.mean(dtype=np.float64))
    return difference / noise if noise else float("nan")


def hit(values: NDArray[np.float32], marked: NDArray[np.bool_]) -> bool:
    """Pointing game: whether the highest scored pixel lies in the mask (the first one, when several are highest)."""
    return bool(marked.flat[int(np.nanargmax(values))])
