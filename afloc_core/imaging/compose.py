"""Values, padding and windows become a ``Radiograph``: the last step, shared by every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from afloc_core.imaging.radiograph import Radiograph, Window
from afloc_core.imaging.voi import bit_depth_window, brightness, measured_windows, touches

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INTEGERS = (np.uint8, np.uint16, np.int16, np.int32)


def compose_radiograph(
    values: NDArray[Any],
    kind: Literal["DICOM", "PNG", "JPEG", "TIFF"],
    *,
    inverted: bool = False,
    padding: NDArray[np.bool_] | None = None,
    file_windows: tuple[Window, ...] = (),
    spacing: tuple[tuple[float, float] | None, str] = (None, ""),
    view: str = "",
) -> Radiograph:
    """Build a radiograph by the rule that ``afloc_core.imaging.open`` states.

    Parameters
    ----------
    values : ndarray, shape (H, W)
        After the modality LUT, in the file's own polarity; integers or finite floats.
    kind : str
        The file's format.
    inverted : bool, optional
        True when small values are dense.
    padding : ndarray of bool, shape (H, W), or None
        Where the file holds no picture; ignored when it covers everything.
    file_windows : tuple of Window, optional
        The file's own, the preferred first; those that separate no values of this picture are dropped.
    spacing : ((float, float) or None, str), optional
        Row and column spacing in millimetres, and where it comes from.
    view : str, optional
        View position.

    Returns
    -------
    Radiograph
    """
    values = compact(values)
    if padding is not None and (padding.all() or not padding.any()):
        padding = None
    known = values if padding is None else values[~padding]
    usable = tuple(window for window in file_windows if touches(window, known))
    full, robust = measured_windows(known)
    pixels = brightness(values, usable[0] if usable else bit_depth_window(known))
    if inverted:
        np.subtract(1, pixels, out=pixels)
    if padding is not None:
        pixels[padding] = 0
    windows = (*usable, full, robust) if usable else (robust, full)
    return Radiograph(pixels, values, inverted, windows, spacing[0], spacing[1], kind, view)


def compact(values: NDArray[Any]) -> NDArray[Any]:
    """Return the same numbers in the smallest of the dtypes that a ``Radiograph`` holds.

    Parameters
    ----------
    values : ndarray
        Any real dtype.

    Returns
    -------
    ndarray of uint8, uint16, int16, int32 or float32, C-contiguous
        Floats that are all whole numbers within range become integers; everything else becomes float32.
    """
    low, high = values.min(), values.max()
    whole = values.dtype.kind in "ui" or bool((np.rint(values) == values).all())
    for integer in _INTEGERS if whole else ():
        if np.iinfo(integer).min <= low and high <= np.iinfo(integer).max:
            return np.ascontiguousarray(values, dtype=integer)
    return np.ascontiguousarray(values, dtype=np.float32)
