"""One map, or one reader's marks, against a reference by a protocol."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import floor, isnan, nan
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.agreement.drawing import union_mask, with_area
from afloc_core.agreement.measures import MapStatistics
from afloc_core.agreement.published import marks_in_frame, score_published
from afloc_core.cohort.map_options import PLAIN, MapOptions
from afloc_core.cohort.protocols import Frame, Nothing, Protocol
from afloc_core.cohort.results import Score
from afloc_core.imaging.letterbox import PUBLISHED_FRAME, PUBLISHED_RIM, Letterbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Shape
    from afloc_core.localization.heatmap import Heatmap

_INNER = (slice(PUBLISHED_RIM, -PUBLISHED_RIM),) * 2
NO_AREA = "the marks are points, which have no area"
NOTHING_PREDICTED = "nothing was predicted"
NOTHING_MARKED = "the reference is empty here"


@dataclass(frozen=True, eq=False)
class Reference:
    """What a prediction is compared with, on the pixels of the protocol.

    Attributes
    ----------
    mask : ndarray of bool, shape (H, W)
        The image's pixels, or the 224 frame.
    counts : ndarray of uint8 or None
        How often each pixel of the published frame is marked.
    weights : ndarray of int64, shape (H, W), or None
        Image pixels in each cell of ``mask``, where it is not drawn pixel by pixel.
    edges : (ndarray of int64, ndarray of int64) or None
        First image row and column of each cell and those behind the last, where there are ``weights``.
    letterbox : Letterbox or None
        How the image lies in the published frame.
    """

    mask: NDArray[np.bool_]
    counts: NDArray[np.uint8] | None = None
    weights: NDArray[np.int64] | None = None
    edges: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
    letterbox: Letterbox | None = None

    @property
    def scored(self) -> NDArray[np.bool_]:
        """The mask without pixels that the protocol does not score."""
        return self.mask if self.counts is None else self.mask[_INNER]

    @cached_property
    def area(self) -> int:
        """Marked pixels, without those the protocol does not score."""
        return self.count(self.scored)

    def count(self, mask: NDArray[np.bool_]) -> int:
        """Count the image pixels of a mask drawn as this one is."""
        return int(np.count_nonzero(mask) if self.weights is None else self.weights[mask].sum())

    def joined(self, mask: NDArray[np.bool_]) -> Reference:
        """Return the same with another mask on the same pixels, such as a consensus."""
        return replace(self, mask=mask, counts=None if self.counts is None else mask.astype(np.uint8))

    def holds(self, place: tuple[float, float]) -> bool:
        """Whether a place of the image, (x, y) in its pixels, is marked and scored."""
        row, column = floor(place[1]), floor(place[0])
        first = 0
        if self.edges is not None:
            row, column = (
                int(np.searchsorted(edges, at, "right")) - 1
                for edges, at in zip(self.edges, (row, column), strict=True)
            )
        if self.letterbox is not None:
            row, column = (
                floor(float(self.letterbox.frame_from_image(np.array(at - 0.5), axis)) + 0.5)
                for axis, at in ((0, place[1]), (1, place[0]))
            )
            first = PUBLISHED_RIM
        height, width = self.mask.shape
        inside = first <= row < height - first and first <= column < width - first
        return inside and bool(self.mask[row, column])


def reference(shapes: Sequence[Shape], shape: tuple[int, int], protocol: Protocol) -> Reference:
    """Draw marks on the pixels of a protocol.

    Parameters
    ----------
    shapes : sequence of Shape
        In image pixels; points have no area and are left out.
    shape : (int, int)
        Height and width of the image.
    protocol : Protocol

    Raises
    ------
    MarkError
        If a mask was drawn on an image of another size.
    """
    areas = with_area(shapes)
    if protocol.frame is Frame.IMAGE:
        return Reference(union_mask(areas, shape))
    counts = marks_in_frame(areas, shape)
    return Reference(counts > 0, counts, letterbox=Letterbox.fit(shape, PUBLISHED_FRAME))


class MapOnFrame:
    """A map on the pixels of a protocol, prepared once however many references it is compared with.

    Parameters
    ----------
    heatmap : Heatmap
    protocol : Protocol
    options : MapOptions, optional
    shallow : Heatmap or None
        Of the shallow-local features, where they are fused.
    """

    def __init__(
        self, heatmap: Heatmap, protocol: Protocol, options: MapOptions = PLAIN, shallow: Heatmap | None = None
    ) -> None:
        self._protocol = protocol
        self.values = options.values(
            _on_frame(heatmap, protocol), None if shallow is None else _on_frame(shallow, protocol)
        )
        if protocol.frame is Frame.PUBLISHED:
            return
        self._shown = self.values > np.float32(heatmap.scale.middle) if options == PLAIN else None
        self._statistics = MapStatistics(self.values)
        self._above = [self.values > level for level in _levels(self.values, protocol)]
        self._areas = [int(np.count_nonzero(above)) for above in self._above]

    def score(self, against: Reference) -> Score:
        """Score the map against a reference that is not empty in the image."""
        if against.counts is not None:
            return _published(self.values, against.counts)
        area = against.area
        where = _bounds(against.mask)
        inside = against.mask[where]
        common = [int(np.count_nonzero(above[where] & inside)) for above in self._above]
        pairs = [
            overlap(part, own, area, self._protocol.nothing) for part, own in zip(common, self._areas, strict=True)
        ]
        note = "the map is the same everywhere" if not any(self._areas) else ""
        shown = (nan, nan)
        if self._shown is not None:
            part, own = (int(np.count_nonzero(mask)) for mask in (self._shown[where] & inside, self._shown))
            shown = overlap(part, own, area, Nothing.LEFT_OUT)
        return Score(
            tuple(iou for iou, _ in pairs),
            tuple(dice for _, dice in pairs),
            self._statistics.contrast_to_noise(against.mask),
            float(self._statistics.hit(against.mask)) if area else nan,
            note,
            *shown,
        )


def _on_frame(heatmap: Heatmap, protocol: Protocol) -> NDArray[np.float32]:
    if protocol.frame is Frame.PUBLISHED:
        return heatmap.published_frame()
    return heatmap.in_image(max(heatmap.image_shape))


def overlap(common: int, predicted: int, marked: int, nothing: Nothing) -> tuple[float, float]:
    """Return IoU and Dice from numbers of pixels.

    NaN when nothing was marked, and, by a protocol that leaves such cases out, when nothing was predicted.
    """
    if not marked or (not predicted and nothing is Nothing.LEFT_OUT):
        return nan, nan
    return common / (predicted + marked - common), 2 * common / (predicted + marked)


def score_reader(
    own: Reference, against: Reference, places: Sequence[tuple[float, float]] | None, nothing: Nothing
) -> Score:
    """Score a reader's marks as the model's map is scored.

    Parameters
    ----------
    own : Reference
        The reader's areas.
    against : Reference
        Drawn as ``own`` is.
    places : sequence of (float, float) or None
        Where the reader points, see `afloc_core.cohort.pointing`; any may hit, none is a miss. None for a reader who
        does not point.
    nothing : Nothing
        What a reader who marked no area counts as.
    """
    common = own.count(own.scored & against.scored)
    iou, dice = overlap(common, own.area, against.area, nothing)
    if not against.area:
        return Score((iou,), (dice,), note=NOTHING_MARKED)
    hit = nan if places is None else float(any(map(against.holds, places)))
    if places and not own.area:
        return Score((nan,), (nan,), nan, hit, NO_AREA)
    return Score((iou,), (dice,), nan, hit, NOTHING_PREDICTED if isnan(iou) else "")


def _published(frame: NDArray[np.float32], counts: NDArray[np.uint8]) -> Score:
    figures = score_published(frame, counts)
    note = ""
    if not counts[_INNER].any():
        note = "the marks lie in the rim that is not scored, or vanish in the frame"
    return Score(tuple(figures.iou.values()), tuple(figures.dice.values()), figures.cnr, figures.hit, note)


def _levels(values: NDArray[np.float32], protocol: Protocol) -> list[np.float32]:
    """Return the thresholds of a protocol as values of the map, whose minimum and maximum give the scale.

    Nothing lies above those of a map that is the same everywhere, because it points nowhere.
    """
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not high > low:
        return [np.float32(np.inf)] * len(protocol.thresholds)
    span = (high - low) / (1 - protocol.lowest)
    return [np.float32(low + (level - protocol.lowest) * span) for level in protocol.thresholds]


def _bounds(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rows and columns in which a mask lies."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
