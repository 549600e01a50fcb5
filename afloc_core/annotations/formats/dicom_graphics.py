r"""Graphic types that structured reports and presentation states share, to shapes and back.

Both count from the upper left corner of the upper left pixel, which is 0.0\0.0, to Columns\Rows at the lower right
corner of the image (PS3.3 C.18.6.1.2 for SCOORD; C.10.5, Graphic Annotation Units, for PIXEL), exactly as the shapes
of `afloc_core.annotations.shapes` do: no half pixel is added or taken. (1\1 as the first pixel belongs to the
Displayed Area of PS3.3 C.10.4 only.) Coordinates are stored as 32-bit floats, good to 0.0002 of a pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Shape

_CORNERS = 180
_STEPS = 8
_POINTS_OF = {"POINT": 1, "CIRCLE": 2, "ELLIPSE": 4}
GRAPHIC_TYPES = frozenset({"POINT", "MULTIPOINT", "POLYLINE", "CIRCLE", "ELLIPSE", "INTERPOLATED"})


def shape_of(kind: str, data: Sequence[float], *, area: bool) -> Shape:
    """Return the shape that a graphic describes.

    Parameters
    ----------
    kind : str
        Graphic Type.
    data : sequence of float
        Column and row of each point in turn.
    area : bool
        Whether an open line stands for the area it all but encloses, as in a region of a structured report. Otherwise
        a line that does not return to its start encloses nothing and is read as its points.

    Returns
    -------
    Shape
        POINT and MULTIPOINT give points; CIRCLE and ELLIPSE an outline with 180 corners (0.02 % less area); POLYLINE a
        box if it is an upright rectangle; INTERPOLATED a closed Catmull-Rom curve through its points (the standard
        leaves the curve to the program).

    Raises
    ------
    MarkError
        If the type is unknown or the points do not fit it.
    """
    if kind not in GRAPHIC_TYPES:
        raise MarkError("The graphic is of a type that is not known.")
    points = _pairs(kind, data)
    if kind in ("POINT", "MULTIPOINT"):
        return Points(_corners(points))
    if kind == "CIRCLE":
        radius = float(np.hypot(*(points[1] - points[0])))
        return _oval(points[0], np.array([radius, 0.0]), np.array([0.0, radius]))
    if kind == "ELLIPSE":
        return _oval(points.mean(axis=0), (points[1] - points[0]) / 2, (points[3] - points[2]) / 2)
    return _line(points, curved=kind == "INTERPOLATED", area=area)


def graphic_of(shape: Shape, kept: object, *, area: bool) -> tuple[str, NDArray[np.float64]]:
    """Return Graphic Type and points, shape (n, 2), of a shape: those it was read from as long as they describe it.

    Parameters
    ----------
    shape : Shape
    kept : object
        ``extra["graphic"]`` of the mark, if any.
    area : bool
        As for `shape_of`.

    Raises
    ------
    MarkError
        If the shape is a mask.
    """
    original = _kept_graphic(shape, kept, area=area)
    if original is not None:
        return original
    if isinstance(shape, Points):
        return ("POINT" if len(shape.points) == 1 else "MULTIPOINT"), np.array(shape.points, dtype=np.float64)
    if isinstance(shape, Polygon):
        return "POLYLINE", np.array([*shape.points, shape.points[0]], dtype=np.float64)
    if isinstance(shape, Mask):
        raise MarkError("A mask has no outline that this format could keep; write masks as DICOM SEG.")
    left, top, right, bottom = shape.bounds
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return "POLYLINE", np.array(corners, dtype=np.float64)


def graphic_extra(kind: str, data: Sequence[float], shape: Shape) -> dict[str, Any]:
    """Return the graphic as ``extra`` of a mark where the shape alone would not write it back the same."""
    plain_kind, plain = graphic_of(shape, None, area=True)
    if plain_kind == kind and np.array_equal(plain.ravel().astype(np.float32), np.asarray(data, dtype=np.float32)):
        return {}
    return {"graphic": {"type": kind, "data": [float(value) for value in data]}}


def noted_outline(shape: Shape, note: Mapping[str, Any]) -> Shape:
    """Return a box or an outline as the private note says it was drawn."""
    drawn = note.get("drawn")
    if isinstance(shape, Box) and drawn in ("polygon", "freehand"):
        left, top, right, bottom = shape.bounds
        corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        return Polygon(corners, freehand=drawn == "freehand")
    if isinstance(shape, Polygon):
        return Polygon(shape.points, freehand=drawn == "freehand")
    return shape


def drawn_as(shape: Shape) -> str | None:
    """Return the private note's word for how an outline was drawn."""
    if not isinstance(shape, Polygon):
        return None
    return "freehand" if shape.freehand else "polygon"


def _kept_graphic(shape: Shape, kept: object, *, area: bool) -> tuple[str, NDArray[np.float64]] | None:
    if not isinstance(kept, dict):
        return None
    try:
        kind, data = str(kept["type"]), [float(value) for value in kept["data"]]
        if _geometry(shape_of(kind, data, area=area)) != _geometry(shape):
            return None
    except (KeyError, TypeError, ValueError, MarkError):
        return None
    return kind, np.array(data, dtype=np.float64).reshape(-1, 2)


def _geometry(shape: Shape) -> object:
    return shape.points if isinstance(shape, Polygon) else shape


def _pairs(kind: str, data: Sequence[float]) -> NDArray[np.float64]:
    try:
        points = np.array([float(value) for value in data], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MarkError("The graphic has a coordinate that is not a number.") from error
    if points.size % 2 or not points.size:
        raise MarkError("The graphic has an odd number of coordinates or none.")
    points = points.reshape(-1, 2)
    needed = _POINTS_OF.get(kind)
    if needed is not None and len(points) != needed:
        raise MarkError(f"The graphic has {len(points)} points; a {kind} has {needed}.")
    if not np.isfinite(points).all():
        raise MarkError("The graphic has a coordinate that is not a number.")
    return points


def _oval(centre: NDArray[np.float64], major: NDArray[np.float64], minor: NDArray[np.float64]) -> Polygon:
    if not (major.any() and minor.any()):
        raise MarkError("The circle or ellipse has no extent.")
    turn = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    return Polygon(_corners(centre + np.outer(np.cos(turn), major) + np.outer(np.sin(turn), minor)))


def _line(points: NDArray[np.float64], *, curved: bool, area: bool) -> Shape:
    closed = len(points) > 2 and bool((points[0] == points[-1]).all())
    around = points[:-1] if closed else points
    if len(around) < 3 or not (closed or area):
        return Points(_corners(around))
    if curved:
        return Polygon(_corners(_catmull_rom(around)))
    return _upright_box(around) or Polygon(_corners(around))


def _upright_box(points: NDArray[np.float64]) -> Box | None:
    if len(points) != 4:
        return None
    left, top = points[0]
    right, bottom = points[2]
    expected = [[left, top], [right, top], [right, bottom], [left, bottom]]
    if right <= left or bottom <= top or not np.array_equal(points, expected):
        return None
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def _catmull_rom(points: NDArray[np.float64]) -> NDArray[np.float64]:
    before, after, beyond = (np.roll(points, shift, axis=0) for shift in (1, -1, -2))
    t = (np.arange(_STEPS) / _STEPS)[None, :, None]
    p0, p1, p2, p3 = (corner[:, None, :] for corner in (before, points, after, beyond))
    curve = p1 + t / 2 * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return np.asarray(curve.reshape(-1, 2))


def _corners(points: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points)
