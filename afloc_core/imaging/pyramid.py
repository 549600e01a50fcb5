"""A mean pyramid, so that thin lines survive when a film is shown small.

Drawing a film at a third of its size by picking pixels loses two of three one-pixel lines; halving by means and
drawing the nearest level keeps them (pleural lines and catheters are such lines).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALLEST = 256
_SUMS = {np.dtype(np.uint8): np.uint16, np.dtype(np.uint16): np.uint32, np.dtype(np.int16): np.int32}


def mean_pyramid(values: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the picture and its halvings.

    Parameters
    ----------
    values : ndarray, shape (H, W)
        Integers or floats; NaN spreads to the means it takes part in.

    Returns
    -------
    tuple of ndarray
        Level 0 is ``values`` itself; level ``n`` has shape (ceil(H / 2^n), ceil(W / 2^n)) and the same dtype, each
        entry the mean of 2 x 2 entries of the level before (of those that exist at an odd edge), rounded half up for
        integers. The last level's long side is at most 256.
    """
    levels = [values]
    while max(levels[-1].shape) > _SMALLEST:
        levels.append(_halve(levels[-1]))
    return tuple(levels)


def _halve(values: NDArray[Any]) -> NDArray[Any]:
    height, width = values.shape
    if height % 2 or width % 2:
        # The mean of an entry with its own copy is the entry: an edge repeated gives the mean of those that exist.
        values = np.pad(values, ((0, height % 2), (0, width % 2)), mode="edge")
    return _mean_of_four(values)


def _mean_of_four(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind == "f":
        rows: NDArray[Any] = values[0::2] + values[1::2]
        mean: NDArray[Any] = (rows[:, 0::2] + rows[:, 1::2]) * values.dtype.type(0.25)
        return mean
    wide = _SUMS.get(values.dtype, np.int64)
    rows = np.add(values[0::2], values[1::2], dtype=wide)
    total: NDArray[Any] = rows[:, 0::2] + rows[:, 1::2]
    total += wide(2)
    total >>= wide(2)
    return total.astype(values.dtype)
