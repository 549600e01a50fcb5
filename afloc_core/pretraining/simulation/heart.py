"""An enlarged heart: the lower mediastinum is stretched sideways, and the lungs give way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from skimage.morphology import convex_hull_image

from afloc_core.pretraining.simulation.scene import Lung, Scene, finding, lung_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_MOST = 0.55
"""Beyond this the stretch folds ribs visibly."""


def add_cardiomegaly(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Stretch the heart to a cardiothoracic ratio between .55 and .72.

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
    target = rng.uniform(0.55, 0.72)
    wanted = target * chest
    if wanted < 1.12 * half:
        return None
    share = np.clip(wanted / reach, 0.0, 0.97)
    amount = (share - half / reach) / (share * (1 - share**2))
    if not amount > 0.05:
        return None
    amount = min(float(amount), _MOST)
    _stretch(scene, middle, reach, amount)
    mask = _heart_mask(scene)
    size = "large" if amount > 0.42 else "small" if amount < 0.2 else ""
    return finding("cardiomegaly", (), mask, size=size) if mask.any() else None


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


def _stretch(scene: Scene, middle: float, reach: float, amount: float) -> None:
    """Remap columns u to u - a w(y) u (1 - u^2), u = -1..1 over the half thorax."""
    right, left = scene.lungs["right"], scene.lungs["left"]
    height, width = scene.film.shape
    top, tall = min(right.top, left.top), max(right.height, left.height)
    share = (np.arange(height) - top) / tall
    weight = np.exp(-(np.abs((share - 0.76) / 0.32) ** 4))[:, None]
    u = ((np.arange(width) - middle) / reach)[None, :]
    inner = np.clip(1 - u**2, 0, None)
    source = np.clip(middle + reach * (u - amount * weight * u * inner), 0, width - 1.001)
    start = source.astype(np.intp)
    part = (source - start).astype(np.float32)
    scene.film[:] = _sample(scene.film, start, part)
    for side, lung in tuple(scene.lungs.items()):
        moved = _sample(lung.mask.astype(np.float32), start, part) > 0.5
        scene.lungs[side] = lung_of(side, moved)


def _sample(image: NDArray[np.float32], start: NDArray[np.intp], part: NDArray[np.float32]) -> NDArray[np.float32]:
    first = np.take_along_axis(image, start, axis=1)
    second = np.take_along_axis(image, start + 1, axis=1)
    return np.asarray(first + part * (second - first), dtype=np.float32)


def _heart_mask(scene: Scene) -> NDArray[np.bool_]:
    """Return the space between the lungs from the hila to the diaphragm, no wider than the heart itself."""
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
    return np.asarray(convex_hull_image(mask)) if mask.any() else mask
