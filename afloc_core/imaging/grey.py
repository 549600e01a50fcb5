"""Colour to grey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# ITU-R 601 luma in units of 1/65536, the integers that Pillow's "L" uses; their sum is exactly 65536.
_RED, _GREEN, _BLUE = 19595, 38470, 7471


def grey_from_rgb(colour: NDArray[np.generic]) -> NDArray[np.generic]:
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
    wide = np.uint32 if colour.dtype.itemsize <= 2 else np.uint64
    total = colour[..., 0].astype(wide) * wide(_RED)
    total += colour[..., 1].astype(wide) * wide(_GREEN)
    total += colour[..., 2].astype(wide) * wide(_BLUE)
    total += wide(0x8000)
    total >>= wide(16)
    return total.astype(colour.dtype)
