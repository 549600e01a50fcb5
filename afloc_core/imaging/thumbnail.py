"""Small pictures of radiographs, to recognise them by in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph


def thumbnail(radiograph: Radiograph, side: int) -> NDArray[np.uint8]:
    """Return a small picture, as the file's own window shows it.

    Parameters
    ----------
    radiograph : Radiograph
    side : int
        Pixels on the long side; a smaller film stays as it is.

    Returns
    -------
    ndarray of uint8, shape (h, w)
        Means of the pixels; bright = dense.
    """
    height, width = radiograph.shape
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(Image.fromarray(radiograph.pixels).resize(size, Image.Resampling.BOX))
    bright: NDArray[np.uint8] = np.rint(np.clip(small, 0.0, 1.0) * 255).astype(np.uint8)
    return bright
