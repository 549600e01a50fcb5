"""The radiograph as a value: what every other part of the program is given instead of a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """One way of showing the values of a radiograph on a screen (DICOM PS3.3 C.11.2).

    Attributes
    ----------
    name : str
        What the reader chooses it by, for example ``"Default"`` or the file's own explanation.
    low, high : float
        Values shown as the first and the last entry of ``curve``; linear in between. Units of ``Radiograph.values``.
    curve : ndarray of float32, shape (n,), or None
        Brightness in [0, 1] at ``n`` equal steps from ``low`` to ``high``; None is the straight line from 0 to 1. A
        sigmoid function and a VOI LUT sequence are kept here as they are. Polarity is not part of it.
    nominal : (float, float) or None
        Window Center and Window Width as the file states them: LINEAR ends half a value inside them, SIGMOID reaches
        beyond. None for a window that is only known by its ends.
    """

    name: str
    low: float
    high: float
    curve: NDArray[np.float32] | None = None
    nominal: tuple[float, float] | None = None

    @property
    def center(self) -> float:
        """Window centre as a reader knows it, in units of ``Radiograph.values``."""
        return (self.low + self.high) / 2 if self.nominal is None else self.nominal[0]

    @property
    def width(self) -> float:
        """Window width as a reader knows it, in units of ``Radiograph.values``."""
        return self.high - self.low if self.nominal is None else self.nominal[1]

    def moved(self, name: str, center: float, width: float) -> Window:
        """Return the window at another centre and width, its curve kept.

        Parameters
        ----------
        name : str
            What the reader knows the new window by.
        center, width : float
            In units of ``Radiograph.values``; the new window states them as its own.

        Returns
        -------
        Window
            A straight line runs over exactly the width; a curve keeps its reach in widths.
        """
        if self.curve is None or self.nominal is None:
            return Window(name, center - width / 2, center + width / 2, self.curve)
        half = (self.high - self.low) / self.nominal[1] * width / 2
        return Window(name, center - half, center + half, self.curve, (center, width))


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One projection radiograph, ready for eyes and for a network.

    Attributes
    ----------
    pixels : ndarray of float32, shape (H, W), range [0, 1]
        Bright is dense (bone white, air black) whatever the file's polarity. This is what a model sees; it is fixed
        by the file alone and never depends on the window that a reader chose. Padding is 0.
    values : ndarray of uint8, uint16, int16, int32 or float32, shape (H, W), C-contiguous
        The values that windows refer to: after the modality LUT, in the file's own polarity.
    inverted : bool
        True when small values are dense (MONOCHROME1 or presentation LUT shape INVERSE): show ``1 - brightness``.
    windows : tuple of Window
        At least one; the first is the default.
    spacing_mm : (float, float) or None
        Row and column spacing in millimetres (distance between rows, distance between columns); None when unknown.
    spacing_note : str
        Where the spacing comes from: ``"calibrated"``, ``"at the detector"``, ``"corrected for magnification"`` (at
        the detector, divided by the file's estimate), ``"calibration not stated"`` or ``""``.
    kind : str
        ``"DICOM"``, ``"PNG"``, ``"JPEG"`` or ``"TIFF"``.
    view : str
        View position such as ``"PA"``; empty when unknown.
    """

    pixels: NDArray[np.float32]
    values: NDArray[np.generic]
    inverted: bool
    windows: tuple[Window, ...]
    spacing_mm: tuple[float, float] | None
    spacing_note: str
    kind: str
    view: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (int(self.pixels.shape[0]), int(self.pixels.shape[1]))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of shape and pixels: the same picture has the same digest, whatever file it came from."""
        head = f"{self.shape[0]}x{self.shape[1]}:".encode()
        return sha256(head + np.ascontiguousarray(self.pixels).tobytes()).hexdigest()
