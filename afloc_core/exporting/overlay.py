"""The annotated picture of one map, as `afloc locate` writes it: film, heat, contour, peak and legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from afloc_core.exporting.encoding import picture_pixels
from afloc_core.exporting.picture import Picture, PictureMap

if TYPE_CHECKING:
    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.heatmap import Heatmap


def overlay(radiograph: Radiograph, heatmap: Heatmap, max_side: int = 1024) -> Picture:
    """Return the picture as a value.

    Parameters
    ----------
    radiograph : Radiograph
    heatmap : Heatmap
        Of this radiograph.
    max_side : int
        Longest side of the radiograph in the picture; it is not enlarged.
    """
    size = min(max_side, max(radiograph.shape))
    return Picture(radiograph, radiograph.windows[0], (PictureMap(heatmap),), size=size)


def overlay_picture(radiograph: Radiograph, heatmap: Heatmap, max_side: int = 1024) -> Image.Image:
    """Draw a map over its radiograph, with a legend beside it.

    Parameters
    ----------
    radiograph : Radiograph
    heatmap : Heatmap
        Of this radiograph.
    max_side : int
        Longest side of the radiograph in the picture; it is not enlarged.

    Returns
    -------
    PIL.Image.Image
        RGB, without metadata. The absolute display scale is used; the contour lies at its middle.
    """
    return Image.fromarray(picture_pixels(overlay(radiograph, heatmap, max_side)))
