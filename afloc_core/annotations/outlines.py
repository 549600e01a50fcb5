"""The outlines of marks, found once each: lines in image coordinates that can be drawn at any scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.shapes import Bounds, Box, Mask, Points, Polygon

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Shape

_TOLERANCE = 0.5


@dataclass(frozen=True, eq=False)
class Outline:
    """What is drawn of one shape.

    Attributes
    ----------
    rings : tuple of ndarray of float64, shape (n, 2)
        Closed lines (x, y) in image pixels, the last corner joined to the first; pixel (column 0, row 0) covers
        [0, 1] x [0, 1].
    dots : ndarray of float64, shape (m, 2)
        Places without an extent.
    bounds : Bounds
        Edges in image pixels.
    """

    rings: tuple[NDArray[np.float64], ...]
    dots: NDArray[np.float64]
    bounds: Bounds

    @cached_property
    def length(self) -> float:
        """Length of its lines in image pixels."""
        return float(sum(np.hypot(*(ring - np.roll(ring, 1, axis=0)).T).sum() for ring in self.rings))

    @property
    def area(self) -> float:
        """Square pixels of the upright rectangle around it."""
        return (self.bounds.right - self.bounds.left) * (self.bounds.bottom - self.bounds.top)


def ring_outline(ring: NDArray[np.float64]) -> Outline:
    """Return the outline that is one ring."""
    (left, top), (right, bottom) = ring.min(axis=0).tolist(), ring.max(axis=0).tolist()
    return Outline((ring,), np.empty((0, 2)), Bounds(left, top, right, bottom))


def outline_of(shape: Shape) -> Outline:
    """Return the outline of a shape; a mask is decoded and followed along its edge, to half a pixel."""
    none = np.empty((0, 2))
    if isinstance(shape, Points):
        return Outline((), np.array(shape.points, dtype=np.float64), shape.bounds)
    if isinstance(shape, Polygon):
        return Outline((np.array(shape.points, dtype=np.float64),), none, shape.bounds)
    if isinstance(shape, Box):
        left, top, right, bottom = shape.bounds
        return Outline((np.array([(left, top), (right, top), (right, bottom), (left, bottom)]),), none, shape.bounds)
    return Outline(_mask_rings(shape), none, shape.bounds)


def rings_of(mask: NDArray[np.bool_], origin: tuple[int, int] = (0, 0)) -> tuple[NDArray[np.float64], ...]:
    """Follow the edges of a mask and of its holes.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
    origin : (int, int)
        Column and row of the image where the mask begins.

    Returns
    -------
    tuple of ndarray of float64, shape (n, 2)
        See `Outline.rings`; corners that lie within half a pixel of the line between others are left out.
    """
    from skimage.measure import approximate_polygon, find_contours  # slow to import: the worker does it

    lines = find_contours(np.pad(mask, 1).astype(np.float32), 0.5)
    # Back by the padding and on by half a pixel, because contours count pixel centres.
    moved = (line[:, ::-1] - 0.5 + np.array(origin) for line in lines)
    return tuple(approximate_polygon(line, _TOLERANCE)[:-1] for line in moved)


def _mask_rings(shape: Mask) -> tuple[NDArray[np.float64], ...]:
    left, top, right, bottom = shape.bounds
    first, last = (floor(left), floor(top)), (ceil(right), ceil(bottom))
    if first[0] >= last[0] or first[1] >= last[1]:
        return ()
    return rings_of(shape.to_mask(shape.size)[first[1] : last[1], first[0] : last[0]], first)
