"""From the values of a radiograph to the brightness a reader sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph, Window


def brightness(radiograph: Radiograph, window: Window | None = None) -> NDArray[np.float32]:
    """Show a radiograph through a window.

    Parameters
    ----------
    radiograph : Radiograph
    window : Window or None
        None is the radiograph's default window.

    Returns
    -------
    ndarray of float32, shape (H, W), range [0, 1]
        Ready for a screen: polarity applied, bright is dense.
    """
    chosen = window or radiograph.windows[0]
    curve = np.array([0.0, 1.0], dtype=np.float32) if chosen.curve is None else chosen.curve
    steps = np.linspace(chosen.low, chosen.high, len(curve))
    shown = np.interp(radiograph.values, steps, curve).astype(np.float32)
    return 1 - shown if radiograph.inverted else shown
