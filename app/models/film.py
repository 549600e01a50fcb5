"""A radiograph prepared for drawing: whole numbers, a mean pyramid, and the way from a value to a brightness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.imaging.radiograph import Radiograph, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST_INDEX = 65535


@dataclass(frozen=True, eq=False)
class Film:
    """One radiograph as the canvas draws it; made off the main thread by ``app.services.loading``.

    Attributes
    ----------
    radiograph : Radiograph
        What was opened.
    pyramid : tuple of ndarray, shapes (H, W), about (H/2, W/2), ...
        ``(values - low) / step`` as uint16 and its means, finest first.
    low, high : float
        Smallest and largest value of the radiograph, in its own units.
    step : float
        Value units per pyramid unit: 1 for whole numbers that span up to 65,535, so that nothing is rounded.
    """

    radiograph: Radiograph
    pyramid: tuple[NDArray[np.generic], ...]
    low: float
    high: float
    step: float

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.radiograph.shape[1]

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.radiograph.shape[0]

    def presets(self) -> tuple[Window, ...]:
        """Return the windows a reader can choose: the file's own, then three made from the values.

        Returns
        -------
        tuple of Window
            At most nine, because keys 1 to 9 choose them. A made window that equals one of the file's is left out.
        """
        default = self.radiograph.windows[0]
        centre, width = default.center, default.width
        made = (
            default.moved("Higher contrast", centre, width * 2 / 3),
            default.moved("Lower contrast", centre, width * 1.5),
            Window("Full range", self.low, max(self.high, self.low + self.step)),
        )
        chosen = list(self.radiograph.windows[:6])
        for window in made:
            if all((window.low, window.high) != (known.low, known.high) for known in chosen):
                chosen.append(window)
        return tuple(chosen)


def index_values(values: NDArray[np.generic]) -> tuple[NDArray[np.uint16], float, float, float]:
    """Express the values of a radiograph as 16-bit steps from the smallest one.

    Parameters
    ----------
    values : ndarray of any real dtype, shape (H, W)
        NaN counts as the smallest value.

    Returns
    -------
    (indices, low, high, step)
        ``indices`` of uint16 with ``values == low + indices * step``; exact for whole numbers that span up to 65,535.
    """
    if values.dtype.kind == "f":
        finite = np.nan_to_num(values, nan=float(np.nanmin(values)) if np.isfinite(values).any() else 0.0)
        low, high = float(finite.min()), float(finite.max())
        step = (high - low) / _LARGEST_INDEX or 1.0
        return np.rint((finite - low) / step).astype(np.uint16), low, high, step
    whole_low, whole_high = int(values.min()), int(values.max())
    span = whole_high - whole_low
    if span <= _LARGEST_INDEX:
        wide = values.astype(np.int64) - whole_low if values.dtype.itemsize > 2 else values.astype(np.int32) - whole_low
        return wide.astype(np.uint16), float(whole_low), float(whole_high), 1.0
    step = span / _LARGEST_INDEX
    scaled = np.rint((values.astype(np.float64) - whole_low) / step).astype(np.uint16)
    return scaled, float(whole_low), float(whole_high), step


def brightness_table(film: Film, window: Window, inverted: bool) -> NDArray[np.uint8]:
    """Return the brightness of every pyramid value (DICOM PS3.3 C.11.2, then polarity).

    Parameters
    ----------
    film : Film
        Gives the range of values and the polarity of the file.
    window : Window
        Straight line or curve from its low to its high value.
    inverted : bool
        The reader asked for the negative.

    Returns
    -------
    ndarray of uint8, shape (n,)
        Entry ``i`` is the brightness of the value ``film.low + i * film.step``.
    """
    count = round((film.high - film.low) / film.step) + 1
    values = film.low + np.arange(count) * film.step
    share = np.clip((values - window.low) / max(window.high - window.low, 1e-9), 0.0, 1.0)
    if window.curve is not None and len(window.curve) > 1:
        share = np.interp(share, np.linspace(0.0, 1.0, len(window.curve)), window.curve)
    if film.radiograph.inverted != inverted:
        share = 1.0 - share
    table: NDArray[np.uint8] = np.rint(share * 255).astype(np.uint8)
    return table
