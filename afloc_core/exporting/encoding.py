"""From a picture to the content of a file: the one way that window and command line both go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.exporting.layouts import draw
from afloc_core.exporting.painter import paint
from afloc_core.exporting.provenance import record, to_text
from afloc_core.exporting.writers import PictureFormat, write_picture
from afloc_core.exporting.writing import ExportError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from afloc_core.exporting.drawing import Drawing
    from afloc_core.exporting.picture import Picture

_MOST_PIXELS = 250_000_000
_JPEG_SIDE = 65_500
_TOO_LARGE = "The picture would be too large; choose a smaller size."


def encode_picture(picture: Picture, kind: PictureFormat) -> bytes:
    """Draw a picture and return the content of its file, with its provenance inside.

    Raises
    ------
    ExportError
        It would be too large for the format or for memory.
    """
    try:
        drawing = checked_drawing(picture)
        if kind is PictureFormat.JPEG and max(drawing.width, drawing.height) > _JPEG_SIDE:
            raise ExportError(_TOO_LARGE)
        return write_picture(drawing, to_text(record(picture)), kind)
    except MemoryError:
        raise ExportError(_TOO_LARGE) from None


def picture_pixels(picture: Picture) -> NDArray[np.uint8]:
    """Draw a picture and return its pixels, uint8 (H, W, 3).

    Raises
    ------
    ExportError
        It would be too large.
    """
    try:
        return paint(checked_drawing(picture))
    except MemoryError:
        raise ExportError(_TOO_LARGE) from None


def checked_drawing(picture: Picture) -> Drawing:
    """Lay out a picture that is not too large to be painted."""
    count = max(1, len(picture.maps)) if picture.layout == "multiples" else 2
    height, width = picture.radiograph.shape
    long_side = picture.size or max(height, width)
    if count * long_side * long_side * min(height, width) / max(height, width) > _MOST_PIXELS:
        raise ExportError(_TOO_LARGE)
    drawing = draw(picture)
    if drawing.width * drawing.height > _MOST_PIXELS:
        raise ExportError(_TOO_LARGE)
    return drawing
