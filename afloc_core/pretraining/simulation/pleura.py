"""Where the pleura is: distance from the chest wall, for air, thickening and the lines that follow the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def depth_from_wall(box: NDArray[np.bool_], side: str) -> NDArray[np.float32]:
    """Return each pixel's distance from a lung's lateral and apical border; the diaphragm does not count.

    Parameters
    ----------
    box : bool (h, w)
        The lung, cut out of the film.
    side : {"right", "left"}
        The patient's right lung has its lateral border on the image's left.

    Returns
    -------
    float32 (h, w)
        In pixels, 0 outside the chest wall.
    """
    lateral_first = box if side == "right" else box[:, ::-1]
    entered = np.maximum.accumulate(lateral_first, axis=1)
    entered = np.pad(entered, ((1, 1), (1, 1)), mode="edge")
    entered[0], entered[:, 0] = False, False
    last = np.flatnonzero(lateral_first.any(axis=1))[-1]
    entered[last:, 1:] |= entered[last - 1, 1:]
    depth = ndimage.distance_transform_edt(entered)[1:-1, 1:-1]
    return np.asarray(depth if side == "right" else depth[:, ::-1], dtype=np.float32)


def vessels(view: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the thin bright threads of a lung: what a grey opening takes away. Wide ribs and film grain stay out.

    Parameters
    ----------
    view : float32 (h, w)
        Part of a film.

    Returns
    -------
    float32 (h, w)
        At least 0.
    """
    even = ndimage.gaussian_filter(view, 0.8, truncate=2.5)
    bands = ndimage.gaussian_filter(ndimage.grey_opening(even, size=(5, 5)), 0.8, truncate=2.5)
    return np.asarray(np.clip(even - bands, 0.0, 0.12), dtype=np.float32)
