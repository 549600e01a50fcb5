"""How large a shape is, in millimetres, or in pixels where the spacing is unknown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from app.models.editing import area_of

if TYPE_CHECKING:
    from afloc_core.annotations.shapes import Shape
    from app.models.drawing import Place

_MOST = 400


def measured(shape: Shape, spacing_mm: tuple[float, float] | None, note: str = "") -> str:
    """Say width, height and area of a shape, and the longest diameter of an outline.

    Parameters
    ----------
    shape : Box, Polygon, Points or Mask
    spacing_mm : (float, float) or None
        Distance between rows and between columns; None gives pixels.
    note : str
        ``Radiograph.spacing_note``: lengths at the detector are said to be so.

    Returns
    -------
    str
        Such as ``42.0 × 18.0 mm · 5.9 cm²``; for a point where it is, in pixels.
    """
    if isinstance(shape, Points):
        x, y = shape.points[0]
        return f"x {int(x)} y {int(y)}" if len(shape.points) == 1 else f"{len(shape.points)} points"
    down, across = spacing_mm or (1.0, 1.0)
    left, top, right, bottom = shape.bounds
    parts = [_sides((right - left) * across, (bottom - top) * down, known=spacing_mm is not None)]
    if isinstance(shape, Polygon):
        length = _longest(shape, across, down)
        parts.append(f"longest {_length(length)} mm" if spacing_mm else f"longest {length:.0f} px")
    area = _area(shape) * across * down
    parts.append(f"{area / 100:.1f} cm²" if spacing_mm else f"{area:,.0f} px²")
    if spacing_mm and note == "at the detector":
        parts.append(note)
    return " · ".join(parts)


def distance(start: Place, end: Place, spacing_mm: tuple[float, float] | None, note: str = "") -> str:
    """Say how far two places are apart, in millimetres, or in pixels where the spacing is unknown; see `measured`."""
    down, across = spacing_mm or (1.0, 1.0)
    length = math.hypot((end[0] - start[0]) * across, (end[1] - start[1]) * down)
    if spacing_mm is None:
        return f"{length:.0f} px"
    return " · ".join(filter(None, (f"{_length(length)} mm", note if note == "at the detector" else "")))


def _sides(width: float, height: float, *, known: bool) -> str:
    return f"{_length(width)} × {_length(height)} mm" if known else f"{width:.0f} × {height:.0f} px"


def _length(millimetres: float) -> str:
    return f"{millimetres:.1f}" if millimetres < 100 else f"{millimetres:.0f}"


def _area(shape: Shape) -> float:
    if isinstance(shape, Box):
        return shape.width * shape.height
    if isinstance(shape, Polygon):
        return area_of(shape.points)
    if isinstance(shape, Mask):
        return float(shape.area)
    return 0.0


def _longest(shape: Polygon, across: float, down: float) -> float:
    """Return the longest distance between two corners."""
    corners = np.array(shape.points[:: max(len(shape.points) // _MOST, 1)], dtype=np.float64) * (across, down)
    return float(np.hypot(*(corners[:, None] - corners[None]).transpose(2, 0, 1)).max())
