"""Many shapes of one image as one mask, each drawn in its own corner of it."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
from pycocotools import mask as run_lengths

from afloc_core.annotations.shapes import Box, Mask, Polygon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Points, Shape


def with_area(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    """Return the shapes that cover an area: points say where, and no measure of area may count them as a pixel."""
    from afloc_core.annotations.shapes import Points

    return tuple(shape for shape in shapes if not isinstance(shape, Points))


def union_mask(shapes: Iterable[Shape], image_shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels that lie in any of the shapes.

    Equal to the union of ``shape.to_mask(image_shape)``, in the time that the shapes themselves take, not the image.

    Parameters
    ----------
    shapes : iterable of Box, Polygon, Points or Mask
        What lies outside the image is cut off.
    image_shape : (int, int)
        Height and width.

    Returns
    -------
    ndarray of bool, shape ``image_shape``

    Raises
    ------
    MarkError
        If a mask was drawn on an image of another size.
    """
    union = np.zeros(image_shape, dtype=np.bool_)
    codes: list[Mask] = []
    for shape in shapes:
        if isinstance(shape, Mask):
            codes.append(shape)
        else:
            _draw(union, shape)
    if codes:
        union |= _decoded(codes, image_shape)
    return union


def _draw(union: NDArray[np.bool_], shape: Box | Polygon | Points) -> None:
    height, width = union.shape
    left, top, right, bottom = shape.bounds
    first = min(max(floor(left) - 1, 0), width), min(max(floor(top) - 1, 0), height)
    last = min(max(ceil(right) + 1, 0), width), min(max(ceil(bottom) + 1, 0), height)
    if first[0] < last[0] and first[1] < last[1]:
        corner = union[first[1] : last[1], first[0] : last[0]]
        corner |= _moved(shape, *first).to_mask((corner.shape[0], corner.shape[1]))


def _moved(shape: Box | Polygon | Points, left: int, top: int) -> Box | Polygon | Points:
    if isinstance(shape, Box):
        return replace(shape, x=shape.x - left, y=shape.y - top)
    return replace(shape, points=tuple((x - left, y - top) for x, y in shape.points))


def _decoded(masks: list[Mask], image_shape: tuple[int, int]) -> NDArray[np.bool_]:
    for mask in masks:
        if mask.size != tuple(image_shape):
            return mask.to_mask(image_shape)  # says what is wrong
    codes = [{"size": list(mask.size), "counts": mask.counts.encode("ascii")} for mask in masks]
    return np.asarray(run_lengths.decode(run_lengths.merge(codes)), dtype=np.bool_)
