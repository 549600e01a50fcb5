"""The measures of one map against one mask.

Maps are float arrays in which NaN means "not scored"; those pixels count nowhere. Masks are boolean arrays of the
same shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS = 128
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


class MapStatistics:
    """Sums over a map, made once, so that another mask costs only its own pixels.

    Parameters
    ----------
    values : ndarray of float, shape (H, W)
    """

    def __init__(self, values: NDArray[np.float32]) -> None:
        self.values = values
        blocks = [values[start : start + _ROWS] for start in range(0, len(values), _ROWS)]
        sums = [(int(known.size), float(known.sum(dtype=np.float64))) for known in map(_scored, blocks)]
        count = sum(size for size, _ in sums)
        self._centre = sum(total for _, total in sums) / count if count else 0.0
        self._all = _Sums(0, 0.0, 0.0)
        for block in blocks:
            self._all += _sums(block, self._centre)

    @cached_property
    def highest(self) -> int | None:
        """Flat index of the highest scored pixel, the first one when several are highest; None if none was scored."""
        return int(np.nanargmax(self.values)) if self._all.count else None

    def contrast_to_noise(self, marked: NDArray[np.bool_]) -> float:
        """Return the contrast-to-noise ratio with a mask, see `contrast_to_noise`."""
        inside = _sums(self.values[marked], self._centre)
        outside = self._all - inside
        if not inside.count or not outside.count:
            return float("nan")
        # Sums and differences of squares leave crumbs where there is no variance at all.
        crumb = 1e-12 * self._all.squares / self._all.count
        noise = sum(one.variance for one in (inside, outside) if one.variance > crumb)
        return (inside.mean - outside.mean) / float(np.sqrt(noise)) if noise else float("nan")

    def hit(self, marked: NDArray[np.bool_]) -> bool:
        """Return whether the highest scored pixel lies in a mask."""
        return self.highest is not None and bool(marked.flat[self.highest])


def contrast_to_noise(values: NDArray[np.float32], marked: NDArray[np.bool_]) -> float:
    """Signed contrast-to-noise ratio: difference of the means inside and outside over the root of summed variances.

    Parameters
    ----------
    values : ndarray of float, shape (H, W)
    marked : ndarray of bool, shape (H, W)

    Returns
    -------
    float
        Population variances, as published; NaN when the inside or the outside has no scored pixel, or neither varies.
    """
    return MapStatistics(values).contrast_to_noise(marked)


def hit(values: NDArray[np.float32], marked: NDArray[np.bool_]) -> bool:
    """Pointing game: whether the highest scored pixel lies in the mask (the first one, when several are highest)."""
    return bool(marked.flat[int(np.nanargmax(values))])


@dataclass(frozen=True, slots=True)
class _Sums:
    """Number, sum and sum of squares of deviations from a fixed centre."""

    count: int
    total: float
    squares: float

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(self.count + other.count, self.total + other.total, self.squares + other.squares)

    def __sub__(self, other: _Sums) -> _Sums:
        return _Sums(self.count - other.count, self.total - other.total, self.squares - other.squares)

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def variance(self) -> float:
        return self.squares / self.count - self.mean**2


def _scored(values: NDArray[np.float32]) -> NDArray[np.float32]:
    finite = np.isfinite(values)
    return values if finite.all() else values[finite]


def _sums(values: NDArray[np.float32], centre: float) -> _Sums:
    known = _scored(values)
    deviations = known.astype(np.float64).ravel() - centre
    return _Sums(known.size, float(deviations.sum()), float(deviations @ deviations))
