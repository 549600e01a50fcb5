"""Colour to grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ITU-R 601 luma in units of 1/65536, the integers that Pillow's "L" uses; their sum is exactly 65536.
_RED, _GREEN, _BLUE = 19595, 38470, 7471


def grey_from_rgb(colour: NDArray[Any]) -> NDArray[Any]:
    """Return the ITU-R 601 luma of a colour picture.

    Parameters
    ----------
    colour : ndarray of unsigned integers, shape (H, W, C), C >= 3
        Red, green, blue; further channels (transparency) are ignored.

    Returns
    -------
    ndarray, shape (H, W)
        Same dtype. Equal channels give exactly their common value; 8-bit results equal Pillow's ``convert("L")``.
    """
    wide = np.dtype(np.uint32 if colour.dtype.itemsize <= 2 else np.uint64)
    total: NDArray[Any] = np.full(colour.shape[:2], 0x8000, dtype=wide)
    for channel, weight in enumerate((_RED, _GREEN, _BLUE)):
        total += colour[..., channel].astype(wide) * wide.type(weight)
    total >>= wide.type(16)
    return total.astype(colour.dtype)
