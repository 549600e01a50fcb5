"""IoU of a map with a mask at every threshold, in one pass over the pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 1 << 18


class Levels:
    """A map sorted into thresholds once, however many masks it is compared with.

    Parameters
    ----------
    values : ndarray of float32, shape (H, W)
        NaN is never above a threshold, and its pixels of a mask count all the same.
    thresholds : ndarray of float64, shape (n,)
        Ascending, fewer than 65,535; strictly above counts as predicted, compared in float32 as the map on screen is.
    """

    def __init__(self, values: NDArray[np.float32], thresholds: NDArray[np.float64]) -> None:
        steps = thresholds.astype(np.float32)
        self.thresholds = thresholds
        self._bins = len(steps) + 1
        flat = values.ravel()
        self._passed = np.empty(flat.size, dtype=np.uint8 if self._bins <= 256 else np.uint16)
        counts = np.zeros(self._bins, dtype=np.int64)
        for start in range(0, flat.size, _BLOCK):
            part = np.nan_to_num(flat[start : start + _BLOCK], nan=-np.inf)
            passed = np.searchsorted(steps, part, side="left")  # how many thresholds the pixel lies strictly above
            self._passed[start : start + _BLOCK] = passed
            counts += np.bincount(passed, minlength=self._bins)
        self._predicted = _above(counts)

    def iou(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the IoU with a mask at each threshold.

        Parameters
        ----------
        mask : ndarray of bool, shape (H, W)

        Returns
        -------
        ndarray of float64, shape (n,)
            In [0, 1]; NaN when the mask is empty or nothing lies above the threshold.
        """
        inside = self._passed[mask.ravel()]
        common = _above(np.bincount(inside, minlength=self._bins))
        union = self._predicted + inside.size - common
        with np.errstate(invalid="ignore", divide="ignore"):
            curve = common / union
        curve[(self._predicted == 0) | (inside.size == 0)] = np.nan
        return np.asarray(curve, dtype=np.float64)


def iou_curve(
    values: NDArray[np.float32], mask: NDArray[np.bool_], thresholds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the IoU of a map with one mask at each threshold; see `Levels` for parameters and result."""
    return Levels(values, thresholds).iou(mask)


def _above(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """From how many pixels pass exactly ``i`` thresholds to how many pass threshold ``i``."""
    return np.asarray(counts[::-1].cumsum()[::-1][1:], dtype=np.int64)
