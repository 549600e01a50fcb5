"""From similarities to the colours of heat: the same arithmetic on the screen and in every exported picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.exporting.colour_maps import colours

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = 250
"""Steps of the scale that can be told apart."""

_FADE = 0.2
_FAINTEST = 0.55
_BAND = 256


def shares_of(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Return where similarities lie between the ends of a scale: float32 in [0, 1], NaN stays NaN."""
    shares: NDArray[np.float32] = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return shares


def entries_of(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return entries of a colour table: 0 where nothing was scored (NaN), else 1 (cold) to 251 (hot).

    Entry ``i`` stands for shares from ``(i - 1) / LEVELS`` up to the next one, so a threshold on a level parts the
    entries exactly where it parts the values.
    """
    entries = np.fmax(shares * np.float32(LEVELS) + np.float32(1), np.float32(0))  # which is 0 for NaN
    return np.asarray(entries, dtype=np.uint8)


def colour_and_opacity(threshold: float, name: str) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return what each entry looks like.

    Parameters
    ----------
    threshold : float
        In [0, 1], as a share of the scale.
    name : str
        One of ``colour_maps.NAMES``.

    Returns
    -------
    colour : ndarray of uint8, shape (256, 3)
    opacity : ndarray of float64, shape (256,), range [0, 1]
        0 for entry 0 and for those below the threshold; above it the colour fades in over a fifth of the scale.
    """
    levels = np.arange(256) - 1
    shares = np.clip(levels / LEVELS, 0, 1)
    colour = colours(name)[np.rint(shares * 255).astype(np.intp)]
    rise = np.clip((shares - threshold) / _FADE, 0, 1)
    opacity = np.where(levels >= round(threshold * LEVELS), _FAINTEST + (1 - _FAINTEST) * rise, 0.0)
    opacity[0] = 0.0
    return colour, opacity


def heat_over_grey(
    grey: NDArray[np.uint8],
    shares: NDArray[np.float32],
    threshold: float,
    opacity: float,
    name: str,
) -> NDArray[np.uint8]:
    """Blend heat over a grey picture.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    shares : ndarray of float32, shape (H, W)
        See `shares_of`; NaN shows no heat.
    threshold : float
        In [0, 1]; places below it are plain grey.
    opacity : float
        In [0, 1].
    name : str
        One of ``colour_maps.NAMES``.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    blended: NDArray[np.uint8] = np.repeat(grey[..., None], 3, axis=2)
    colour, alpha = colour_and_opacity(threshold, name)
    kept = (1 - alpha * opacity).astype(np.float32)
    added = (alpha * opacity)[:, None].astype(np.float32) * colour
    shown = alpha > 0
    for top in range(0, grey.shape[0], _BAND):  # large films need no more memory than small ones
        rows = slice(top, top + _BAND)
        entries = entries_of(shares[rows])
        hot = shown[entries]
        if hot.any():
            found = entries[hot]
            mixed = kept[found][:, None] * grey[rows][hot][:, None] + added[found]
            blended[rows][hot] = np.rint(mixed).astype(np.uint8)
    return blended
