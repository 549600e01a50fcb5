"""A heatmap prepared for drawing, and the arithmetic of its colours; no pixel of the screen takes part in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.exporting.heat_colours import colour_and_opacity, entries_of
from app.models.overlay import OverlaySettings, ScaleMode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.localization.heatmap import Heatmap

_CONTOUR_SIDE = 512


@dataclass(frozen=True, eq=False)
class HeatPicture:
    """One heatmap as the canvas draws it; made off the main thread by `prepare_picture`.

    Attributes
    ----------
    heatmap : Heatmap
        What was computed.
    values : ndarray of float32, shape (h, w)
        ``heatmap.in_image()``: raw similarities over the whole image, NaN where nothing was scored.
    coarse : ndarray of float32, shape (h', w')
        The same at no more than 512 samples a side, for contours.
    least, greatest : float
        Range of ``values``; both 0 if nothing was scored.
    word : str
        The word this is the map of; empty for a phrase. Nothing is calibrated for words, so such a map is shown over
        its own range whatever scale is chosen.
    """

    heatmap: Heatmap
    values: NDArray[np.float32]
    coarse: NDArray[np.float32]
    least: float
    greatest: float
    word: str = ""

    def ends(self, mode: ScaleMode) -> tuple[float, float]:
        """Return the similarities at the cold and the hot end of the colour bar."""
        if mode is ScaleMode.MIN_MAX or self.word:
            return self.least, max(self.greatest, self.least + 1e-9)
        return self.heatmap.scale.cold, self.heatmap.scale.hot

    def shares(self, values: NDArray[np.float32], mode: ScaleMode) -> NDArray[np.float32]:
        """Return where similarities lie between the ends: float32 in [0, 1], NaN stays NaN."""
        if mode is ScaleMode.ABSOLUTE and not self.word:
            return self.heatmap.scale.normalise(values)
        low, high = self.ends(mode)
        shares: NDArray[np.float32] = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
        return shares

    def indices(self, mode: ScaleMode) -> NDArray[np.uint8]:
        """Return the map as entries of a colour table: 0 where nothing was scored, else 1 (cold) to 251 (hot).

        Entry ``i`` stands for shares from ``(i - 1) / LEVELS`` up to the next one, so a threshold on a level parts
        the entries exactly where it parts the values.
        """
        return entries_of(self.shares(self.values, mode))

    def threshold_value(self, settings: OverlaySettings) -> float:
        """Return the threshold as a similarity."""
        low, high = self.ends(settings.scale)
        return low + settings.threshold * (high - low)

    def value_at(self, u: float, v: float) -> float | None:
        """Return the similarity at an image position; None outside the image and where nothing was scored."""
        height, width = self.heatmap.image_shape
        if not (0 <= u < width and 0 <= v < height):
            return None
        rows, columns = self.values.shape
        value = float(self.values[int(v * rows / height), int(u * columns / width)])
        return None if np.isnan(value) else value

    def contours(self, settings: OverlaySettings) -> tuple[NDArray[np.float64], ...]:
        """Return the lines along which the map equals the threshold.

        Returns
        -------
        tuple of ndarray of float64, shape (n, 2)
            Image positions (u, v), where pixel (column 0, row 0) covers [0, 1] x [0, 1].
        """
        height, width = self.heatmap.image_shape
        rows, columns = self.coarse.shape
        if min(rows, columns) < 2:
            return ()
        from skimage.measure import find_contours  # slow to import: the worker does it early

        scale = np.array([width / columns, height / rows])
        lines = find_contours(self.coarse, self.threshold_value(settings))
        return tuple((line[:, ::-1] + 0.5) * scale for line in lines)


def prepare_picture(heatmap: Heatmap) -> HeatPicture:
    """Do the slow part of drawing a heatmap: place it in the image and find its range and its peak."""
    values = heatmap.in_image()
    scored = bool(np.isfinite(values).any())
    least, greatest = (float(np.nanmin(values)), float(np.nanmax(values))) if scored else (0.0, 0.0)
    if scored:
        _ = heatmap.peak  # computed once and kept by the heatmap: here, so that the window never waits for it
    return HeatPicture(heatmap, values, heatmap.in_image(_CONTOUR_SIDE), least, greatest)


def prepare_word(heatmap: Heatmap) -> HeatPicture:
    """Do the same for the map of a single word."""
    return replace(prepare_picture(heatmap), word=heatmap.phrase.encoded)


def colour_table(settings: OverlaySettings) -> list[int]:
    """Return the 256 colours for `HeatPicture.indices`.

    Returns
    -------
    list of int
        ``0xAARRGGBB``, not premultiplied. Entry 0 and everything below the threshold are transparent; above it the
        colour fades in over a fifth of the scale. The overlay's opacity is not part of it.
    """
    colour, alpha = colour_and_opacity(settings.threshold, settings.colour_map)
    table = colour.astype(np.uint32)
    packed = (np.rint(alpha * 255).astype(np.uint32) << 24) | (table[:, 0] << 16) | (table[:, 1] << 8) | table[:, 2]
    return [int(colour) for colour in packed]


def describe(picture: HeatPicture, settings: OverlaySettings) -> str:
    """Say in words where the map is hottest, for the status line and for screen readers."""
    if not np.isfinite(picture.values).any():
        return "nothing was scored"
    heatmap = picture.heatmap
    if cold := describe_cold(picture, settings):
        return cold
    x, y = heatmap.peak
    return f"peak {heatmap.peak_value:.2f} in the {whereabouts(heatmap.image_shape, x + 0.5, y + 0.5)}"


def describe_cold(picture: HeatPicture, settings: OverlaySettings) -> str:
    """Say that a map stays below its threshold, so that nothing of it is drawn; empty if it does not."""
    peak, threshold = picture.heatmap.peak_value, picture.threshold_value(settings)
    if peak >= threshold or not np.isfinite(picture.values).any():
        return ""
    digits = 2 if f"{peak:.2f}" != f"{threshold:.2f}" else 3
    return f"peak {peak:.{digits}f}, below the threshold {threshold:.{digits}f}"


def whereabouts(image_shape: tuple[int, int], u: float, v: float) -> str:
    """Say in words where an image position is."""
    height, width = image_shape
    down = ("upper", "middle", "lower")[min(int(3 * v / height), 2)]
    across = ("image left", "centre", "image right")[min(int(3 * u / width), 2)]
    return f"{down} third, {across}"
