"""An enlarged heart: the lower mediastinum is stretched sideways, and the lungs give way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.morphology import convex_hull_image

from afloc_core.pretraining.simulation.scene import Lung, Scene, finding
from afloc_core.pretraining.simulation.warp import remap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_MOST = 0.55
"""Beyond this the stretch folds ribs visibly."""
_LEAST = 0.5
"""Cardiothoracic ratio that a heart must have reached to be called enlarged."""
_NORMAL = 0.46
"""Cardiothoracic ratio up to which nobody calls it so."""


def add_cardiomegaly(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Widen the heart to a cardiothoracic ratio between .54 and .72, most of it to the patient's left.

    Parameters
    ----------
    scene
        Changed in place: the film, and the lungs with it.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "cardiomegaly" without a side; None when the heart is already that large or cannot be stretched that far.
    """
    right, left = scene.lungs["right"], scene.lungs["left"]
    gap = _heart_gap(right, left)
    if gap is None:
        return None
    middle, half = gap
    reach = min(middle - right.start, left.end - middle)
    chest = (left.end - right.start) / 2
    wanted = rng.uniform(0.54, 0.72) * chest
    if wanted < 1.12 * half:
        return None
    share = np.clip(wanted / reach, 0.0, 0.97)
    amount = (share - half / reach) / (share * (1 - share**2))
    if not amount > 0.05:
        return None
    amount = min(float(amount), _MOST)
    before = scene.film.copy(), dict(scene.lungs)
    _stretch(scene, middle, reach, amount, rng)
    mask = _heart_mask(scene)
    if mask.any(axis=0).sum() < _LEAST * 2 * chest:
        scene.film[:], scene.lungs = before
        return None
    _fill(scene, mask)
    size = "large" if amount > 0.42 else "small" if amount < 0.2 else ""
    return finding("cardiomegaly", (), mask, size=size)


def vary_heart(scene: Scene, rng: np.random.Generator) -> None:
    """Make a heart somewhat narrower or wider without enlarging it, so that a stretched film is no sign of a large one.

    Parameters
    ----------
    scene
        Changed in place: the film, and the lungs with it.
    rng
        Source of chance.
    """
    right, left = scene.lungs["right"], scene.lungs["left"]
    gap = _heart_gap(right, left)
    if gap is None:
        return
    middle, half = gap
    reach = min(middle - right.start, left.end - middle)
    wanted = rng.uniform(0.75, 1.2) * half
    if reach <= wanted or wanted > _NORMAL * (left.end - right.start) / 2:
        return
    share = wanted / reach
    _stretch(scene, middle, reach, (share - half / reach) / (share * (1 - share**2)), rng)


def _heart_gap(right: Lung, left: Lung) -> tuple[float, float] | None:
    """Return the heart's middle column and half width, at the widest of its rows."""
    rows = range(round(right.top + 0.6 * right.height), round(right.top + 0.85 * right.height))
    edges = []
    for row in rows:
        first, second = np.flatnonzero(right.mask[row]), np.flatnonzero(left.mask[row])
        if len(first) and len(second):
            edges.append((first[-1], second[0]))
    if len(edges) < 5:
        return None
    inner = np.array(edges, dtype=np.float64)
    start, end = float(np.percentile(inner[:, 0], 30)), float(np.percentile(inner[:, 1], 70))
    return (start + end) / 2, (end - start) / 2


def _stretch(scene: Scene, middle: float, reach: float, amount: float, rng: np.random.Generator) -> None:
    """Remap columns u to u - a w(y) u (1 - u^2), u = -1..1 over the half thorax."""
    right, left = scene.lungs["right"], scene.lungs["left"]
    height, width = scene.film.shape
    top, tall = min(right.top, left.top), max(right.height, left.height)
    share = (np.arange(height) - top) / tall
    # A heart widens gradually below the hilum and is widest just above the diaphragm.
    weight = np.where(
        share < 0.84, np.exp(-(((0.84 - share) / rng.uniform(0.22, 0.3)) ** 2)), np.exp(-(((share - 0.84) / 0.3) ** 4))
    )[:, None]
    u = ((np.arange(width) - middle) / reach)[None, :]
    lean = np.where(u < 0, rng.uniform(0.55, 0.95), 1.0)  # the patient's right border moves less
    inner = np.clip(1 - u**2, 0, None)
    remap(scene, middle + reach * (u - amount * lean * weight * u * inner), 1)


def _fill(scene: Scene, heart: NDArray[np.bool_]) -> None:
    """Even out what was stretched into the heart: dark lung and hilar vessels have no place within its outline."""
    rows, columns = np.flatnonzero(heart.any(axis=1)), np.flatnonzero(heart.any(axis=0))
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    view = scene.film[part]
    inside = ndimage.gaussian_filter(heart[part].astype(np.float32), 4.0, truncate=2.5)
    smooth = ndimage.gaussian_filter(view, 7.0, truncate=2.0)
    scene.film[part] = view + 0.45 * inside * (np.maximum(smooth, view) - view) + 0.8 * inside * scene.grain[part]


def _heart_mask(scene: Scene) -> NDArray[np.bool_]:
    """Return the space between the lungs from the hila to the diaphragm, with what is as bright beside it."""
    right, left = scene.lungs["right"], scene.lungs["left"]
    top = round(right.top + 0.42 * right.height)
    bottom = round(0.5 * (right.bottom + left.bottom) - 0.04 * right.height)
    mask = np.zeros(scene.film.shape, dtype=bool)
    gap = _heart_gap(right, left)
    if gap is None:
        return mask
    start, end = round(gap[0] - 1.05 * gap[1]), round(gap[0] + 1.05 * gap[1])
    for row in range(top, bottom):
        first, second = np.flatnonzero(right.mask[row]), np.flatnonzero(left.mask[row])
        if len(first) and len(second) and second[0] > first[-1]:
            mask[row, max(first[-1], start) : min(second[0], end)] = True
    if not mask.any():
        return mask
    beside = slice(max(round(gap[0] - 1.2 * gap[1]), 0), round(gap[0] + 1.5 * gap[1]))
    even = ndimage.gaussian_filter(scene.film[top:bottom, beside], 2.0, truncate=2.5)
    air = float(np.median(scene.film[right.mask | left.mask]))
    part = mask[top:bottom, beside]
    part |= even > 0.3 * air + 0.7 * float(np.median(scene.film[mask]))
    part[:] = ndimage.binary_opening(part, iterations=3)
    labels, _ = ndimage.label(mask)
    return np.asarray(convex_hull_image(labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1))
