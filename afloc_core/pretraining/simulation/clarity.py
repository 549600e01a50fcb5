"""How clear a finding is: a report names only what a reader sees, so what is too faint to see is not simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy import ndimage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_CLARITY = {"nodule": 0.6, "mass": 0.45, "consolidation": 0.4, "effusion": 0.4, "atelectasis": 0.4}
"""Opacities below were not found by looking for them beside their outline; other kinds show by their edges."""
_RING = 8  # pixels of the working frame


def clarity(film: NDArray[np.float32], before: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Return how much a finding changed the film, in units of what varies there anyway.

    Parameters
    ----------
    film, before : ndarray of float32, shape (S, S), range [0, 1]
        With and without the finding.
    mask : ndarray of bool, shape (S, S)

    Returns
    -------
    float
        The mean change in the mask, less that in a ring around it, over the standard deviation of the film without the
        finding in both; not negative, and 0 for an empty mask.
    """
    ring = ndimage.binary_dilation(mask, iterations=_RING) & ~mask
    if not mask.any() or not ring.any():
        return 0.0
    change = film - before
    return float(abs(change[mask].mean() - change[ring].mean()) / (before[mask | ring].std() + 1e-6))
