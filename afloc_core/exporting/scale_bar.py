"""The scale bar: a round length in millimetres, or in film pixels where nobody knows how large those are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from afloc_core.imaging.radiograph import Radiograph

_SHARE = 0.22
"""Most of the film's width that the bar takes."""


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar.

    Attributes
    ----------
    length : float
        In millimetres, or in film pixels.
    pixels : int
        In picture pixels.
    label : str
    """

    length: float
    pixels: int
    label: str


def scale_bar(radiograph: Radiograph, width: int) -> ScaleBar | None:
    """Return the longest bar of 1, 2 or 5 times a power of ten that takes less than a quarter of the film.

    Parameters
    ----------
    radiograph : Radiograph
    width : int
        Of the film in the picture, in picture pixels.

    Returns
    -------
    ScaleBar or None
        None on a film that is too narrow for any.
    """
    spacing = radiograph.spacing_mm
    per_pixel = (spacing[1] if spacing else 1.0) * radiograph.shape[1] / width
    length = _round_below(_SHARE * width * per_pixel)
    pixels = round(length / per_pixel)
    if pixels < 8 or (spacing is None and length < 1):
        return None
    return ScaleBar(length, pixels, _label(length, radiograph))


def _round_below(length: float) -> float:
    power = 10.0 ** int(f"{length:e}".split("e")[1])
    return next(step for step in (5 * power, 2 * power, power, power / 2) if step <= length)


def _label(length: float, radiograph: Radiograph) -> str:
    if radiograph.spacing_mm is None:
        return f"{length:g} film pixels"
    return f"{length:g} mm" if length < 10 else f"{length / 10:g} cm"
