"""Values of interest: windows and lookup tables (DICOM PS3.3 C.11.2), and the picture without either.

One function, ``brightness``, turns values and a window into numbers in [0, 1], for the network and for the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.imaging.radiograph import Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BIT_DEPTHS = (8, 10, 12, 14, 16)
_ROBUST_PERCENT = (0.5, 99.5)
# A sigmoid never ends: at 2.5 widths from the centre it is within 0.00005 of its limits.
_SIGMOID_REACH = 2.5
_SIGMOID_STEPS = 2049


def brightness(values: NDArray[Any], window: Window) -> NDArray[np.float32]:
    """Return how bright each value is under a window, before polarity.

    Parameters
    ----------
    values : ndarray of any shape
        Values after the modality LUT; integers or floats, no NaN.
    window : Window
        Where black begins, where white begins, and the curve between.

    Returns
    -------
    ndarray of float32, same shape, range [0, 1]
        A window without width is a step: 0 up to ``low``, 1 above (PS3.3 C.11.2.1.2.1 with a width of 1).
    """
    if values.dtype in (np.uint8, np.uint16):
        return _take(_bend(np.arange(np.iinfo(values.dtype).max + 1), window), values)
    if values.dtype == np.int16:
        table = _bend(np.arange(65536, dtype=np.uint16).view(np.int16), window)
        return _take(table, values.view(np.uint16))
    return _bend(values, window)


def linear_window(name: str, center: float, width: float) -> Window:
    """Return the LINEAR window function (PS3.3 C.11.2.1.2.1), whose ends lie half a value inside the width.

    Parameters
    ----------
    name : str
        What the reader chooses it by.
    center, width : float
        Window Center and Window Width; a width below 1, which LINEAR does not allow, is read as LINEAR_EXACT.

    Returns
    -------
    Window
    """
    if width < 1:
        return exact_window(name, center, width)
    half = (width - 1) / 2
    return Window(name, center - 0.5 - half, center - 0.5 + half, nominal=(center, width))


def exact_window(name: str, center: float, width: float) -> Window:
    """Return the LINEAR_EXACT window function (PS3.3 C.11.2.1.3.2).

    Parameters
    ----------
    name : str
        What the reader chooses it by.
    center, width : float
        Window Center and Window Width.

    Returns
    -------
    Window
    """
    return Window(name, center - width / 2, center + width / 2, nominal=(center, width))


def sigmoid_window(name: str, center: float, width: float) -> Window:
    """Return the SIGMOID window function (PS3.3 C.11.2.1.3.1) as a curve over five widths.

    Parameters
    ----------
    name : str
        What the reader chooses it by.
    center, width : float
        Window Center and Window Width.

    Returns
    -------
    Window
        Within 0.0001 of the function everywhere.
    """
    position = np.linspace(-_SIGMOID_REACH, _SIGMOID_REACH, _SIGMOID_STEPS)
    curve = (1 / (1 + np.exp(-4 * position))).astype(np.float32)
    reach = _SIGMOID_REACH * width
    return Window(name, center - reach, center + reach, curve, (center, width))


def measured_windows(known: NDArray[Any]) -> tuple[Window, Window]:
    """Return the two windows that the picture itself suggests.

    Parameters
    ----------
    known : ndarray
        The values without padding; at least one.

    Returns
    -------
    full, robust : Window
        Smallest to largest value, and percentiles 0.5 to 99.5; each at least 1 wide when there is but one value.
    """
    full = _at_least_something("Full range", float(known.min()), float(known.max()))
    low, high = _percentiles(known)
    robust = Window("Robust", low, high) if high > low else Window("Robust", full.low, full.high)
    return full, robust


def bit_depth_window(known: NDArray[Any]) -> Window:
    """Return what stands for a VOI in a file without one: the whole range of the bit depth that the values need.

    Parameters
    ----------
    known : ndarray
        The values without padding; at least one.

    Returns
    -------
    Window
        From 0 to 2^k - 1 with k the smallest of 8, 10, 12, 14, 16 that holds every value; the smallest to the largest
        value when there are negative values, fractions, or more than 16 bits.
    """
    low, high = float(known.min()), float(known.max())
    if known.dtype.kind in "ui" and low >= 0:
        for bits in _BIT_DEPTHS:
            if high < 2**bits:
                return Window("Bit depth", 0.0, 2.0**bits - 1)
    return _at_least_something("Bit depth", low, high)


def touches(window: Window, known: NDArray[Any]) -> bool:
    """Tell whether a window separates any of the values; one that does not shows nothing at all.

    Parameters
    ----------
    window : Window
        A window of the file.
    known : ndarray
        The values without padding; at least one.

    Returns
    -------
    bool
        False when every value would be black, or every value white.
    """
    return window.low < float(known.max()) and window.high > float(known.min())


def _take(table: NDArray[np.float32], codes: NDArray[Any]) -> NDArray[np.float32]:
    picture: NDArray[np.float32] = table[codes]
    return picture


def _bend(values: NDArray[Any], window: Window) -> NDArray[np.float32]:
    exact = values.astype(np.float64)
    if window.high <= window.low:
        return (exact > window.low).astype(np.float32)
    exact -= window.low
    exact /= window.high - window.low
    np.clip(exact, 0, 1, out=exact)
    if window.curve is None:
        return exact.astype(np.float32)
    steps = np.linspace(0, 1, len(window.curve))
    return np.interp(exact, steps, window.curve).astype(np.float32)


def _percentiles(known: NDArray[Any]) -> tuple[float, float]:
    if known.dtype in (np.uint8, np.uint16):
        # Counting is several times faster than sorting on a film of eight megapixels.
        count = np.cumsum(np.bincount(known.ravel()))
        low, high = np.searchsorted(count, [count[-1] * percent / 100 for percent in _ROBUST_PERCENT])
    else:
        low, high = np.percentile(known, _ROBUST_PERCENT)
    return float(low), float(high)


def _at_least_something(name: str, low: float, high: float) -> Window:
    return Window(name, low, high if high > low else low + 1)
