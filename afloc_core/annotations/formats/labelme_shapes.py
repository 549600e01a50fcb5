"""LabelMe's shapes as ours and back."""

from __future__ import annotations

import base64
import binascii
import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from afloc_core.annotations.formats.drafts import end_of, points
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from afloc_core.annotations.shapes import Shape

    Corners = tuple[tuple[float, float], ...]

_CIRCLE_CORNERS = 64


def read_shape(shape: Mapping[str, Any], size: tuple[int, int] | None) -> tuple[Shape, dict[str, Any]]:
    """Read a shape; also what of it our shape does not say.

    Raises
    ------
    MarkError
        It is of no known type or its points do not make one.
    """
    kind = str(shape.get("shape_type") or "polygon")
    corners = points(shape.get("points"), 1, kind if kind in _READ else "shape")
    if kind == "mask":
        return _read_mask(corners, shape.get("mask"), size), {}
    if kind not in _READ:
        raise MarkError("Its shape_type is none that is known.")
    geometry = _READ[kind](corners)
    told = write_shape(geometry, {})
    given = {"shape_type": kind, "points": [list(corner) for corner in corners]}
    return geometry, {} if told == given and shape.get("shape_type") else given


def write_shape(shape: Shape, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Write a shape, as it was in the file where it still is that shape."""
    kind, given = str(extra.get("shape_type")), extra.get("points")
    if kind in _READ and given and _READ[kind](points(given, 1, "shape")) == shape:
        return {"points": given, "shape_type": kind}
    if isinstance(shape, Box):
        edges = [[shape.x, shape.y], [end_of(shape.x, shape.width), end_of(shape.y, shape.height)]]
        return {"points": edges, "shape_type": "rectangle"}
    if isinstance(shape, Mask):
        return _write_mask(shape)
    if isinstance(shape, Polygon):
        return {"points": [list(point) for point in shape.points], "shape_type": "polygon"}
    kind = "point" if len(shape.points) == 1 else "points"
    return {"points": [list(point) for point in shape.points], "shape_type": kind}


def _rectangle(corners: Corners) -> Shape:
    if len(corners) not in (2, 4):
        raise MarkError("A rectangle needs two or four corners.")
    xs, ys = zip(*corners, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _circle(corners: Corners) -> Shape:
    if len(corners) != 2:
        raise MarkError("A circle needs a centre and a point on it.")
    (x, y), rim = corners
    radius = math.dist((x, y), rim)
    if radius <= 0:
        raise MarkError("The circle has no radius.")
    angles = [2 * math.pi * i / _CIRCLE_CORNERS for i in range(_CIRCLE_CORNERS)]
    return Polygon(tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles))


_READ: Mapping[str, Callable[[Corners], Shape]] = {
    "polygon": Polygon,
    "rectangle": _rectangle,
    "circle": _circle,
    "point": Points,
    "points": Points,
    "line": Points,
    "linestrip": Points,
}


def _read_mask(corners: Corners, code: object, size: tuple[int, int] | None) -> Mask:
    """Read a mask: a PNG in base64 of the pixels from the first corner to the second, both included."""
    if size is None:
        raise MarkError("A mask needs imageHeight and imageWidth.")
    if len(corners) != 2 or not isinstance(code, str):
        raise MarkError("A mask needs two corners and its picture.")
    (left, top), (right, bottom) = (tuple(round(value) for value in corner) for corner in corners)
    height, width = size
    if not (0 <= left <= right < width and 0 <= top <= bottom < height):
        raise MarkError("The mask lies outside the image.")
    inside = _picture(code, (right - left + 1, bottom - top + 1))
    if not inside.any():
        raise MarkError("The mask is empty.")
    whole = np.zeros(size, dtype=np.bool_)
    whole[top : bottom + 1, left : right + 1] = inside
    return Mask.from_array(whole)


def _picture(code: str, size: tuple[int, int]) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(base64.b64decode(code, validate=True)), formats=("PNG",)) as picture:
            if picture.size != size:
                raise MarkError("The mask's picture has another size than its corners say.")
            return np.asarray(picture.convert("L")) > 0
    except (binascii.Error, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise MarkError("The mask's picture is broken.") from None


def _write_mask(mask: Mask) -> dict[str, Any]:
    left, top, right, bottom = (round(edge) for edge in mask.bounds)
    inside = mask.to_mask(mask.size)[top:bottom, left:right]
    stream = io.BytesIO()
    Image.fromarray(inside.astype(np.uint8) * 255).convert("1").save(stream, "PNG")
    return {
        "points": [[float(left), float(top)], [float(right - 1), float(bottom - 1)]],
        "shape_type": "mask",
        "mask": base64.b64encode(stream.getvalue()).decode("ascii"),
    }
