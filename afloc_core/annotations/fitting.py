"""Marks drawn on a picture at one size, carried to the same picture at another size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.shapes import Shape

ASPECT_TOLERANCE = 0.005
"""How far the two aspect ratios may differ, as a part of one, for marks to be carried to another size."""


def fit_to(mark: Mark, from_size: tuple[int, int], to_size: tuple[int, int]) -> Mark:
    """Return a mark drawn on an image of one size as a mark on the same image at another size.

    Parameters
    ----------
    mark : Mark
    from_size, to_size : (int, int)
        Height and width in pixels.

    Returns
    -------
    Mark
        Boxes, outlines and points scaled exactly; masks by nearest pixel centre. The same object if the sizes agree.

    Raises
    ------
    MarkError
        If the aspect ratios differ by more than half a percent, or a mask is of another size than stated.
    """
    if tuple(from_size) == tuple(to_size):
        return mark
    if min(*from_size, *to_size) <= 0:
        raise MarkError("The size of an image must be positive.")
    down, right = to_size[0] / from_size[0], to_size[1] / from_size[1]
    if not is_same_shape(from_size, to_size):
        raise MarkError(
            f"The marks were drawn on an image of {from_size[1]} x {from_size[0]} pixels and this one has "
            f"{to_size[1]} x {to_size[0]}, which is not the same picture at another size."
        )
    return replace(mark, shape=_scaled(mark.shape, right, down, from_size, to_size))


def is_same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether two sizes, height and width, can be those of one picture: their aspect ratios agree."""
    return abs((one[1] * other[0]) / (one[0] * other[1]) - 1.0) <= ASPECT_TOLERANCE


def _scaled(shape: Shape, right: float, down: float, from_size: tuple[int, int], to_size: tuple[int, int]) -> Shape:
    if isinstance(shape, Box):
        return Box(shape.x * right, shape.y * down, shape.width * right, shape.height * down)
    if isinstance(shape, Polygon):
        return Polygon(tuple((x * right, y * down) for x, y in shape.points), shape.freehand)
    if isinstance(shape, Points):
        return Points(tuple((x * right, y * down) for x, y in shape.points))
    mask = shape.to_mask(from_size)
    rows, columns = (_nearest(old, new) for old, new in zip(from_size, to_size, strict=True))
    return Mask.from_array(mask[rows][:, columns])


def _nearest(old: int, new: int) -> NDArray[np.int64]:
    """Return for each new pixel the old one its centre lies in."""
    return np.asarray((2 * np.arange(new) + 1) * old // (2 * new), dtype=np.int64)
