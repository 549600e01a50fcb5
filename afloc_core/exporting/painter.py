"""From a drawing to pixels, without a screen: exact rasters, antialiased lines and letters.

A pixel of a line is as opaque as the share of it that the line covers, taken across the line through the pixel's
centre. No graphics library draws lines here, so that no version of one changes them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from afloc_core.exporting.drawing import Area, Colour, Drawing, Fill, Raster, Stroke, Words
from afloc_core.exporting.fonts import font

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.exporting.drawing import Item

HALO: Colour = (8, 9, 10)
HALO_OPACITY = 0.75


def paint(drawing: Drawing) -> NDArray[np.uint8]:
    """Draw a page.

    Parameters
    ----------
    drawing : Drawing

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
    """
    canvas = np.empty((drawing.height, drawing.width, 3), dtype=np.uint8)
    canvas[:] = drawing.background
    for item in drawing.items:
        _paint(canvas, item)
    return canvas


def _paint(canvas: NDArray[np.uint8], item: Item) -> None:
    if isinstance(item, Raster):
        height, width = item.pixels.shape[:2]
        canvas[item.y : item.y + height, item.x : item.x + width] = item.pixels
    elif isinstance(item, Fill):
        area = item.area
        canvas[max(area.y, 0) : area.y + area.height, max(area.x, 0) : area.x + area.width] = item.colour
    elif isinstance(item, Stroke):
        _paint_stroke(canvas, item)
    else:
        _paint_words(canvas, item)


def _paint_stroke(canvas: NDArray[np.uint8], stroke: Stroke) -> None:
    points = np.vstack([stroke.points, stroke.points[:1]]) if stroke.closed else stroke.points
    window = _window(points, stroke.width / 2 + stroke.halo + 1, stroke.clip, canvas.shape)
    if window is None or len(points) < 2:
        return
    distance = _distances(points, window, stroke.width / 2 + stroke.halo + 1)
    part = canvas[window.y : window.y + window.height, window.x : window.x + window.width]
    if stroke.halo:
        _blend(part, _coverage(distance, stroke.width / 2 + stroke.halo) * np.float32(HALO_OPACITY), HALO)
    _blend(part, _coverage(distance, stroke.width / 2), stroke.colour)


def _coverage(distance: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    covered: NDArray[np.float32] = np.clip(np.float32(radius + 0.5) - distance, 0, min(1.0, 2 * radius))
    return covered


def _window(points: NDArray[np.float64], reach: float, clip: Area, shape: tuple[int, ...]) -> Area | None:
    """Return the pixels that a line can touch, inside its clip and the page; None where there are none."""
    (left, top), (right, bottom) = points.min(axis=0) - reach, points.max(axis=0) + reach
    first_x, first_y = max(math.floor(left), clip.x, 0), max(math.floor(top), clip.y, 0)
    last_x = min(math.ceil(right), clip.x + clip.width, shape[1])
    last_y = min(math.ceil(bottom), clip.y + clip.height, shape[0])
    if first_x >= last_x or first_y >= last_y:
        return None
    return Area(first_x, first_y, last_x - first_x, last_y - first_y)


def _distances(points: NDArray[np.float64], window: Area, reach: float) -> NDArray[np.float32]:
    """Return how far the centre of each pixel of a window is from a line; at least ``reach`` where it is farther."""
    far = np.full((window.height, window.width), np.float32(reach + 1), dtype=np.float32)
    for (ax, ay), (bx, by) in zip(points[:-1].tolist(), points[1:].tolist(), strict=True):
        x0 = max(math.floor(min(ax, bx) - reach), window.x)
        y0 = max(math.floor(min(ay, by) - reach), window.y)
        x1 = min(math.ceil(max(ax, bx) + reach), window.x + window.width)
        y1 = min(math.ceil(max(ay, by) + reach), window.y + window.height)
        if x0 >= x1 or y0 >= y1:
            continue
        xs, ys = np.arange(x0, x1) + (0.5 - ax), (np.arange(y0, y1) + (0.5 - ay))[:, None]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        along = np.clip((xs * dx + ys * dy) / length, 0, 1) if length else np.zeros((1, 1))
        near = np.hypot(xs - along * dx, ys - along * dy).astype(np.float32)
        part = far[y0 - window.y : y1 - window.y, x0 - window.x : x1 - window.x]
        np.minimum(part, near, out=part)
    return far


def _blend(part: NDArray[np.uint8], opacity: NDArray[np.float32], colour: Colour) -> None:
    touched = np.nonzero(opacity > 0)
    share = opacity[touched][:, None]
    mixed = (1 - share) * part[touched] + share * np.array(colour, dtype=np.float32)
    part[touched] = np.rint(mixed).astype(np.uint8)


def _paint_words(canvas: NDArray[np.uint8], words: Words) -> None:
    letters = font(words.size, words.bold)
    x, y = round(words.x), round(words.y)
    for halo, colour, opacity in ((words.halo, HALO, HALO_OPACITY), (0, words.colour, 1.0)):
        if colour is HALO and not halo:
            continue
        left, top, right, bottom = letters.getbbox(words.text, anchor="ls", stroke_width=halo)
        box = (math.floor(left) - 1, math.floor(top) - 1, math.ceil(right) + 1, math.ceil(bottom) + 1)
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).text(
            (-box[0], -box[1]), words.text, fill=255, font=letters, anchor="ls", stroke_width=halo
        )
        alpha = np.asarray(mask, dtype=np.float32) * np.float32(opacity / 255)
        _blend_at(canvas, alpha, x + box[0], y + box[1], colour)


def _blend_at(canvas: NDArray[np.uint8], alpha: NDArray[np.float32], x: int, y: int, colour: Colour) -> None:
    """Blend a mask whose upper left corner is at (x, y), as much of it as is on the page."""
    height, width = alpha.shape
    top, left = max(-y, 0), max(-x, 0)
    bottom, right = min(height, canvas.shape[0] - y), min(width, canvas.shape[1] - x)
    if top < bottom and left < right:
        _blend(canvas[y + top : y + bottom, x + left : x + right], alpha[top:bottom, left:right], colour)
