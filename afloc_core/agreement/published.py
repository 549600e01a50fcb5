"""The published evaluation of one map against one phrase's marks, quirks included, so that tables can be compared.

The map is scored in the letterboxed 224 frame, without the 14 pixels at its rim. Marks are carried into that frame:
boxes by rounding down left, top, width and height separately, other shapes by area averaging of their mask, half
covered counting as marked. The map is rescaled from its own minimum and maximum to [-1, 1]; IoU and Dice are taken
above 0.1, 0.2, 0.3, 0.4 and 0.5. Where boxes overlap, a pixel counts as marked for the IoU but, being marked twice,
neither as inside nor as outside for the CNR.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, nan
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.agreement.measures import (
    PUBLISHED_THRESHOLDS,
    contrast_to_noise,
    hit,
    intersection_over_union,
    rescale,
)
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError
from afloc_core.imaging.letterbox import PUBLISHED_FRAME, PUBLISHED_RIM, Letterbox, area_resize_8bit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Shape

PROTOCOL = "published: 224 frame without its rim, map rescaled to [-1, 1], thresholds 0.1 to 0.5"


@dataclass(frozen=True)
class PublishedFigures:
    """One map against the marks of one phrase.

    Attributes
    ----------
    iou, dice : dict of float to float
        By threshold; NaN where the map or the marks are empty.
    cnr : float
        Signed; NaN when the inside or the outside has no scored pixel.
    hit : float
        1 when the highest scored pixel is marked, else 0; NaN when nothing is. Not part of the published code.
    """

    iou: dict[float, float]
    dice: dict[float, float]
    cnr: float
    hit: float

    @property
    def mean_iou(self) -> float:
        """Mean over thresholds that have an IoU; NaN when none has."""
        return _mean(self.iou)

    @property
    def mean_dice(self) -> float:
        """Mean over thresholds that have a Dice coefficient; NaN when none has."""
        return _mean(self.dice)


def marks_in_frame(shapes: Iterable[Shape], image_shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Carry the marks of a phrase into the published frame.

    Parameters
    ----------
    shapes : iterable of Box, Polygon, Points or Mask
        In image pixels.
    image_shape : (int, int)
        Height and width.

    Returns
    -------
    ndarray of uint8, shape (224, 224)
        How many of the shapes mark a pixel.

    Raises
    ------
    MarkError
        If a mask was drawn on an image of another size.
    """
    letterbox = Letterbox.fit(image_shape, PUBLISHED_FRAME)
    counts = np.zeros((PUBLISHED_FRAME, PUBLISHED_FRAME), dtype=np.uint8)
    for shape in shapes:
        if isinstance(shape, Box):
            _add_box(counts, shape, letterbox)
        else:
            small = area_resize_8bit(shape.to_mask(image_shape).astype(np.uint8), letterbox.scaled_shape)
            top, left = letterbox.offset
            counts[top : top + small.shape[0], left : left + small.shape[1]] += small
    return counts


def score_published(frame: NDArray[np.float32], counts: NDArray[np.uint8]) -> PublishedFigures:
    """Score a map by the published protocol.

    Parameters
    ----------
    frame : ndarray of float32, shape (224, 224)
        ``Heatmap.published_frame()``.
    counts : ndarray of uint8, shape (224, 224)
        From `marks_in_frame`.

    Raises
    ------
    MarkError
        If one of the two is not of the frame's size.
    """
    if frame.shape != counts.shape or frame.shape != (PUBLISHED_FRAME, PUBLISHED_FRAME):
        raise MarkError("The published protocol needs the map and the marks in the frame of 224 x 224 pixels.")
    inner = (slice(PUBLISHED_RIM, -PUBLISHED_RIM),) * 2
    scaled, marks = rescale(frame[inner]), counts[inner]
    marked = marks > 0
    iou = {t: intersection_over_union(scaled > np.float32(t), marked) for t in PUBLISHED_THRESHOLDS}
    known = np.isfinite(scaled).any()
    return PublishedFigures(
        iou,
        {t: 2 * value / (1 + value) for t, value in iou.items()},
        contrast_to_noise(np.where(marks > 1, np.float32(nan), scaled), marked),
        float(hit(scaled, marked)) if marked.any() and known else nan,
    )


def _add_box(counts: NDArray[np.uint8], box: Box, letterbox: Letterbox) -> None:
    factor = letterbox.frame / max(letterbox.image_shape)
    top, left = (floor(start * factor) + offset for start, offset in zip((box.y, box.x), letterbox.offset, strict=True))
    bottom, right = top + floor(box.height * factor), left + floor(box.width * factor)
    counts[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] += 1


def _mean(figures: dict[float, float]) -> float:
    known = [value for value in figures.values() if not np.isnan(value)]
    return float(np.mean(known)) if known else nan
