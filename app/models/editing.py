"""What a hand does to shapes, as arithmetic: where their handles are, and what a drag makes of them.

Places are (x, y) in image pixels as in `afloc_core.annotations.shapes`; films are (height, width).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.shapes import Box, Mask, Points, Polygon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Bounds, Shape
    from app.models.drawing import Place, Stroke

Film = tuple[int, int]

MOST_CORNERS = 40
"""An outline with more corners is resized by its frame: so many handles could not be told apart."""
_SIDES = ((0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.0, 1.0), (0.0, 0.5))
"""Handles of a frame, clockwise from the upper left, as shares of its width and height."""


def handles(shape: Shape) -> tuple[Place, ...]:
    """Return where a shape can be taken hold of: corners and sides of its frame, or its own corners; none of a mask."""
    if isinstance(shape, Mask):
        return ()
    if isinstance(shape, Points) or not framed(shape):
        return shape.points if isinstance(shape, (Points, Polygon)) else ()
    left, top, right, bottom = shape.bounds
    return tuple((left + x * (right - left), top + y * (bottom - top)) for x, y in _SIDES)


def handle_at(shape: Shape, at: Place, reach: float) -> int | None:
    """Return the number of the handle nearest to a place within a reach (image pixels), None if there is none."""
    near = [(math.dist(handle, at), number) for number, handle in enumerate(handles(shape))]
    distance, number = min(near, default=(math.inf, 0))
    return number if distance <= reach else None


def holds(shape: Shape, at: Place, reach: float) -> bool:
    """Say whether a place is inside a shape, or within a reach (image pixels) of its points or its edge."""
    left, top, right, bottom = shape.bounds
    x, y = at
    if not (left - reach <= x <= right + reach and top - reach <= y <= bottom + reach):
        return False
    if isinstance(shape, Points):
        return any(math.dist(point, at) <= 2 * reach for point in shape.points)
    if isinstance(shape, Polygon):
        return _inside(shape.points, at) or edge_at(shape, at, reach) is not None
    if isinstance(shape, Mask):
        row, column = math.floor(y), math.floor(x)
        return 0 <= row < shape.size[0] and 0 <= column < shape.size[1] and bool(pixels(shape)[row, column])
    return True


def edge_at(shape: Polygon, at: Place, reach: float) -> int | None:
    """Return the number of the edge nearest to a place, counted by the corner it starts at; None beyond a reach."""
    corners = np.array(shape.points, dtype=np.float64)
    distances = _distances(corners, np.roll(corners, -1, axis=0), np.array(at, dtype=np.float64))
    nearest = int(np.argmin(distances))
    return nearest if distances[nearest] <= reach else None


def box_between(one: Place, other: Place, *, square: bool = False) -> Box | None:
    """Return the box between two corners, as a square on the longer side if wanted; None where it has no area."""
    across, down = other[0] - one[0], other[1] - one[1]
    if square:
        side = max(abs(across), abs(down))
        across, down = math.copysign(side, across), math.copysign(side, down)
    if not across or not down:
        return None
    return Box(min(one[0], one[0] + across), min(one[1], one[1] + down), abs(across), abs(down))


def resized(shape: Shape, handle: int, to: Place) -> Shape:
    """Return a shape of which one handle was dragged to a place; what would have no area stays as it is."""
    if isinstance(shape, Mask):
        return shape
    if not framed(shape):
        return _with_point(shape, handle, to)
    left, top, right, bottom = shape.bounds
    sx, sy = _SIDES[handle]
    x0, x1 = (to[0], right) if sx == 0 else (left, to[0]) if sx == 1 else (left, right)
    y0, y1 = (to[1], bottom) if sy == 0 else (top, to[1]) if sy == 1 else (top, bottom)
    if x0 == x1 or y0 == y1:
        return shape
    if isinstance(shape, Box):
        return Box(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
    across, down = (x1 - x0) / max(right - left, 1e-9), (y1 - y0) / max(bottom - top, 1e-9)
    points_ = shape.points if isinstance(shape, Polygon) else ()
    return replace(shape, points=tuple((x0 + (x - left) * across, y0 + (y - top) * down) for x, y in points_))


def shift_within(bounds: Bounds, right: float, down: float, film: Film) -> Place:
    """Return how far a shape can be moved so that none of it leaves the film."""
    return (
        min(max(right, min(0.0, -bounds.left)), max(0.0, film[1] - bounds.right)),
        min(max(down, min(0.0, -bounds.top)), max(0.0, film[0] - bounds.bottom)),
    )


def moved(shape: Shape, right: float, down: float) -> Shape:
    """Return a shape at another place; a mask by whole pixels, without what leaves the image."""
    if isinstance(shape, Box):
        return replace(shape, x=shape.x + right, y=shape.y + down)
    if isinstance(shape, (Polygon, Points)):
        return replace(shape, points=tuple((x + right, y + down) for x, y in shape.points))
    window, (left, top) = _window(shape)
    return Mask.from_window(window, (left + round(right), top + round(down)), shape.size)


def with_corner(shape: Polygon, edge: int, at: Place) -> Polygon:
    """Return an outline with one corner more, on an edge counted as `edge_at` counts."""
    return replace(shape, points=(*shape.points[: edge + 1], at, *shape.points[edge + 1 :]))


def without_corner(shape: Polygon, corner: int) -> Polygon:
    """Return an outline with one corner less; three stay."""
    if len(shape.points) <= 3:
        return shape
    return replace(shape, points=(*shape.points[:corner], *shape.points[corner + 1 :]))


def on_film(at: Place, film: Film) -> Place:
    """Return the place of a film that is nearest to a place."""
    return min(max(at[0], 0.0), float(film[1])), min(max(at[1], 0.0), float(film[0]))


def outline_drawn(corners: Sequence[Place], tolerance: float) -> Polygon | None:
    """Return the outline that a freehand line encloses, without corners closer to it than a tolerance (image pixels).

    None where the line encloses nothing.
    """
    from skimage.measure import approximate_polygon

    if len(corners) < 3:
        return None
    closed = np.array([*corners, corners[0]], dtype=np.float64)
    kept = approximate_polygon(closed, tolerance)[:-1].tolist()
    if len(kept) < 3 or area_of(kept) < tolerance * tolerance:
        return None
    return Polygon(tuple((float(x), float(y)) for x, y in kept), freehand=True)


def area_of(corners: Sequence[Sequence[float]]) -> float:
    """Return the area of an outline in square pixels (shoelace formula)."""
    x, y = np.array(corners, dtype=np.float64).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def painted(mask: Mask | None, stroke: Stroke, film: Film) -> Mask | None:
    """Return a mask after a stroke of the brush; None where nothing is left of it.

    Parameters
    ----------
    mask : Mask or None
        Of the film's size; None to begin one.
    stroke : Stroke
    film : (int, int)
    """
    from PIL import Image, ImageDraw

    xs, ys = (np.array(values) for values in zip(*stroke.places, strict=True))
    radius = stroke.radius
    left, top = max(math.floor(xs.min() - radius), 0), max(math.floor(ys.min() - radius), 0)
    right, bottom = min(math.ceil(xs.max() + radius), film[1]), min(math.ceil(ys.max() + radius), film[0])
    if right <= left or bottom <= top:
        return mask
    sheet = Image.new("1", (right - left, bottom - top))
    pen = ImageDraw.Draw(sheet)
    # Pillow counts pixel centres from 0.
    places = [(x - left - 0.5, y - top - 0.5) for x, y in stroke.places]
    for start, end in itertools.pairwise(places):
        pen.line((start, end), fill=1, width=max(round(2 * radius), 1))
    for x, y in places:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1)
    part = np.asarray(sheet, dtype=np.bool_)
    if mask is None:
        return None if stroke.erases or not part.any() else Mask.from_window(part, (left, top), film)
    known, (known_left, known_top) = _window(mask)
    first = (min(left, known_left), min(top, known_top))
    last = (max(right, known_left + known.shape[1]), max(bottom, known_top + known.shape[0]))
    whole = np.zeros((last[1] - first[1], last[0] - first[0]), dtype=np.bool_)
    whole[_at(known, known_left - first[0], known_top - first[1])] = known
    there = _at(part, left - first[0], top - first[1])
    whole[there] = whole[there] & ~part if stroke.erases else whole[there] | part
    return Mask.from_window(whole, first, film) if whole.any() else None


@lru_cache(maxsize=2)
def pixels(mask: Mask) -> NDArray[np.bool_]:
    """Return the pixels of a mask, decoded once; not to be written to."""
    decoded = mask.to_mask(mask.size)
    decoded.setflags(write=False)
    return decoded


def _window(mask: Mask) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Return the part of a mask that is not empty, and the column and row where it begins."""
    left, top, right, bottom = (round(edge) for edge in mask.bounds)
    return pixels(mask)[top:bottom, left:right], (left, top)


def _at(part: NDArray[np.bool_], left: int, top: int) -> tuple[slice, slice]:
    return slice(top, top + part.shape[0]), slice(left, left + part.shape[1])


def _with_point(shape: Shape, number: int, to: Place) -> Shape:
    if not isinstance(shape, (Points, Polygon)):
        return shape
    return replace(shape, points=(*shape.points[:number], to, *shape.points[number + 1 :]))


def framed(shape: Shape) -> bool:
    """Say whether a shape is resized by its frame."""
    return isinstance(shape, Box) or (isinstance(shape, Polygon) and len(shape.points) > MOST_CORNERS)


def _inside(corners: Sequence[Place], at: Place) -> bool:
    """Say whether a place is inside an outline (even-odd rule)."""
    x, y = np.array(corners, dtype=np.float64).T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    crosses = (y > at[1]) != (next_y > at[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        where = x + (at[1] - y) * (next_x - x) / (next_y - y)
    return bool(np.count_nonzero(crosses & (at[0] < where)) % 2)


def _distances(starts: NDArray[np.float64], ends: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of a place from each of some lines, shape (n,)."""
    along = ends - starts
    lengths = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((at - starts) * along).sum(axis=1) / lengths, 0.0, 1.0)
    distances: NDArray[np.float64] = np.hypot(*(starts + share[:, None] * along - at).T)
    return distances
