"""Showing an image at any scale without losing thin structures.

A pleural line is one pixel wide; a sampler that looks at single pixels drops it at fit-to-window. Here every pixel of
the screen is the mean of the area it covers, taken from the level of a mean pyramid that is just finer than the
screen, so that each source pixel keeps its share. Above 1:1 the same machinery interpolates linearly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array


def finest_needed(levels: int, step: float) -> int:
    """Return the pyramid level to draw from.

    Parameters
    ----------
    levels : int
        Number of levels; each halves the one before.
    step : float
        Image pixels per screen pixel, above 0.

    Returns
    -------
    int
        The coarsest level with at least one of its pixels per screen pixel, so at most two.
    """
    if step < 2:
        return 0
    return min(levels - 1, int(np.floor(np.log2(step))))


def resample(
    pyramid: Sequence[NDArray[np.generic]],
    origin: tuple[float, float],
    step: float,
    size: tuple[int, int],
) -> NDArray[np.float32]:
    """Return what a screen rectangle shows of an image.

    Parameters
    ----------
    pyramid : sequence of ndarray, shapes (H, W), (ceil(H/2), ceil(W/2)), ...
        Means of the image, finest first, as ``afloc_core.imaging.pyramid`` makes them.
    origin : (float, float)
        Position (u, v) of the rectangle's top left corner in image pixels, where pixel (column 0, row 0) covers
        [0, 1] x [0, 1].
    step : float
        Image pixels per screen pixel, above 0.
    size : (int, int)
        Width and height of the rectangle in screen pixels, at least 1.

    Returns
    -------
    ndarray of float32, shape (height, width)
        In the units of the pyramid. Outside the image the edge is repeated.
    """
    number = finest_needed(len(pyramid), step)
    level = pyramid[number]
    reach = float(2**number)
    columns, across_weights = _taps(origin[0] / reach, step / reach, size[0], level.shape[1])
    rows, down_weights = _taps(origin[1] / reach, step / reach, size[1], level.shape[0])
    left, right = int(columns.min()), int(columns.max()) + 1
    top, bottom = int(rows.min()), int(rows.max()) + 1
    seen = level[top:bottom, left:right].astype(np.float32)
    strip = _matrix(rows - top, down_weights, bottom - top) @ seen
    drawn = _matrix(columns - left, across_weights, right - left) @ np.ascontiguousarray(strip.T)
    return np.ascontiguousarray(drawn.T)


def _taps(start: float, step: float, count: int, length: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return which source pixels each screen pixel reads, and their weights; both of shape (taps, count)."""
    if step < 1:
        centre = start + (np.arange(count) + 0.5) * step - 0.5
        lower = np.floor(centre).astype(np.intp)
        part = centre - lower
        indices, weights = np.stack([lower, lower + 1]), np.stack([1 - part, part])
    else:
        begin = start + np.arange(count) * step
        end = begin + step
        indices = np.floor(begin).astype(np.intp) + np.arange(int(np.ceil(step)) + 1)[:, None]
        weights = np.clip(np.minimum(end, indices + 1) - np.maximum(begin, indices), 0, None) / step
    return np.clip(indices, 0, length - 1), weights.astype(np.float32)


def _matrix(indices: NDArray[np.intp], weights: NDArray[np.float32], length: int) -> csr_array:
    """Return the taps as a sparse matrix of shape (count, length), which combines rows without temporary pictures."""
    from scipy.sparse import csr_array  # slow to import: the worker that opens films does it early

    taps, count = indices.shape
    starts = np.arange(count + 1) * taps
    return csr_array((weights.T.ravel(), indices.T.ravel(), starts), shape=(count, length))
