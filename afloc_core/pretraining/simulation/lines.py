"""Thin curves: tubes, wires, bronchi, septa and the pleural line are all drawn with these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Point = tuple[float, float]
_DENSITY = 2.0
"""Samples per pixel of length."""


def curve(points: Sequence[Point]) -> NDArray[np.float64]:
    """Return a smooth curve through points (Catmull-Rom), sampled about twice a pixel.

    Parameters
    ----------
    points
        At least two, (row, column).

    Returns
    -------
    float64 (n, 2)
        Rows and columns.
    """
    knots = np.asarray([points[0], *points, points[-1]], dtype=np.float64)
    parts = []
    for before, first, second, after in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        count = max(int(_DENSITY * np.hypot(*(second - first))), 2)
        t = np.linspace(0, 1, count, endpoint=False)[:, None]
        parts.append(
            first
            + 0.5 * t * (second - before)
            + t**2 * (before - 2.5 * first + 2 * second - 0.5 * after)
            + t**3 * (1.5 * (first - second) + 0.5 * (after - before))
        )
    return np.concatenate(parts)


def beside(path: NDArray[np.float64], distance: float) -> NDArray[np.float64]:
    """Return the curve that runs at a distance in pixels beside another; negative on the other side."""
    tangent = np.gradient(path, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    return np.asarray(path + distance * normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-6)[:, None])


def stroke(shape: tuple[int, ...], paths: Sequence[NDArray[np.float64]], width: float) -> NDArray[np.float32]:
    """Return curves drawn with a soft pen.

    Parameters
    ----------
    shape : (int, int)
        In pixels.
    paths : sequence of float64 (n, 2)
        From `curve`; parts outside are left out.
    width : float
        Standard deviation of the pen in pixels.

    Returns
    -------
    float32 shape
        In [0, 1], 1 on the curve.
    """
    height, wide = shape
    field = np.zeros((height + 2) * (wide + 2))
    for path in paths:
        inside = (path >= 0).all(axis=1) & (path[:, 0] < height) & (path[:, 1] < wide)
        corner = path[inside].astype(np.intp)
        part = path[inside] - corner
        for down in (0, 1):
            for along in (0, 1):
                share = np.abs(1 - down - part[:, 0]) * np.abs(1 - along - part[:, 1])
                where = (corner[:, 0] + down) * (wide + 2) + corner[:, 1] + along
                field += np.bincount(where, share, len(field))
    drawn = ndimage.gaussian_filter(
        field.reshape(height + 2, wide + 2)[:height, :wide].astype(np.float32), width, mode="constant", truncate=3.0
    )
    peak = _DENSITY / (np.sqrt(2 * np.pi) * np.hypot(width, 0.4))
    return np.asarray(np.clip(drawn / peak, 0.0, 1.0), dtype=np.float32)


def wavering(start: Point, end: Point, sway: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a curve from start to end that strays sideways by about ``sway`` of its length."""
    first, last = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    across = np.array([-(last - first)[1], (last - first)[0]])
    middle = [first + share * (last - first) + sway * rng.standard_normal() * across for share in (0.33, 0.67)]
    return curve([tuple(point) for point in (first, *middle, last)])
