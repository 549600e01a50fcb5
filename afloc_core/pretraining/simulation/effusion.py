"""Free pleural fluid: a blunted angle, a meniscus, a raised false diaphragm, or a veil in a supine patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.scene import (
    SIDES,
    Lung,
    Scene,
    finding,
    grid_of,
    noise,
    opacify,
    soft,
    step,
    within,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_LEVELS = {"small": (-0.06, 0.06), "moderate": (0.10, 0.27), "large": (0.33, 0.65)}
_SHARES = (0.45, 0.37, 0.18)
_FORMS = ("meniscus", "subpulmonic", "veil")
_FORM_SHARES = (0.76, 0.12, 0.12)
_MARGIN = 10


def add_effusion(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw pleural fluid on one side or on both.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "effusion"; its zone is the lower one, a large one reaches the middle zone.
    """
    size = str(rng.choice(tuple(_LEVELS), p=_SHARES))
    sides = SIDES if rng.random() < 0.25 else (str(rng.choice(SIDES)),)
    form = str(rng.choice(_FORMS, p=_FORM_SHARES))
    strength = rng.uniform(0.7, 2.8)
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for side in sides:
        level = rng.uniform(*_LEVELS[size])
        lung = scene.lungs[side]
        if form == "veil":
            mask |= _veil(scene, lung, level, rng)
        else:
            mask |= _pour(scene, lung, level, strength, form, rng)
        places += [(side, "lower")] + ([(side, "middle")] if level > 0.38 else [])
    return finding("effusion", places, mask, size=size) if mask.sum() > 20 else None


def _pour(
    scene: Scene, lung: Lung, level: float, strength: float, form: str, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Fill one hemithorax to a level, a share of its height; return where the fluid shows."""
    height, width = scene.film.shape
    rows = slice(lung.top, min(lung.bottom + _MARGIN, height))
    columns = slice(max(lung.start - _MARGIN, 0), min(lung.end + _MARGIN, width))
    view = scene.film[rows, columns]
    y, x = grid_of(view.shape)
    depth = lung.depth_of(x + columns.start).astype(np.float32)
    surface = _base_of(lung, columns) - lung.height * (level + _rise(depth, form, rng)) - lung.top
    wave = rng.uniform(0.5, 1.8) * noise((1, view.shape[1]), (9.0, 20.0), rng)
    fluid = step(y - surface - wave, rng.uniform(1.2, 4.5))
    space = ndimage.binary_dilation(lung.mask[rows, columns], iterations=4)
    amount = (fluid * soft(space, 1.6)).astype(np.float32)
    cover = 1.0 - np.exp(-np.float32(strength) * amount)
    target = _tissue_around(scene, lung, rows, columns) + np.float32(rng.uniform(-0.03, 0.02))
    quiet = view + np.float32(0.3) * cover * (ndimage.gaussian_filter(view, 1.6, truncate=2.5) - view)
    scene.film[rows, columns] = (
        quiet + np.maximum(target - quiet, np.float32(0.0)) * cover + scene.grain[rows, columns] * cover
    )
    mask = np.zeros(scene.film.shape, dtype=bool)
    mask[rows, columns] = amount > 0.35
    return mask


def _rise(depth: NDArray[np.float32], form: str, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return how much higher than its level the fluid stands, per column, in shares of the lung's height."""
    medial = rng.uniform(0.0, 0.06) * np.exp(-np.clip(1 - depth, 0, None) / 0.12)
    if form == "subpulmonic":  # a false diaphragm whose dome lies laterally
        dome = rng.uniform(0.06, 0.14) * np.exp(-(((depth - rng.uniform(0.25, 0.4)) / 0.35) ** 2))
        return np.asarray(dome + 0.5 * medial, dtype=np.float32)
    lateral = rng.uniform(0.08, 0.22) * np.exp(-np.clip(depth, 0, None) / rng.uniform(0.14, 0.3))
    return np.asarray(lateral + medial, dtype=np.float32)


def _veil(scene: Scene, lung: Lung, level: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Spread fluid behind the lung of a supine patient: a haze that thickens downwards, vessels still seen."""
    y, _ = grid_of(lung.box.shape)
    reach = 0.35 + 0.9 * max(level, 0.0)
    haze = np.clip((y / lung.height - (1 - reach)) / reach, 0, 1) ** rng.uniform(0.8, 1.5)
    amount = haze * within(lung.box, 2.0) * (1 + 0.08 * noise(lung.box.shape, (14.0, 30.0), rng))
    opacify(scene, np.asarray(amount * rng.uniform(0.5, 1.1), dtype=np.float32), lung.corner)
    mask = np.zeros(scene.film.shape, dtype=bool)
    mask[lung.top : lung.bottom, lung.start : lung.end] = amount > 0.35
    return mask


def _base_of(lung: Lung, columns: slice) -> NDArray[np.float32]:
    """Return the row that fluid stands on, per column: halfway between the diaphragm and the deepest angle."""
    box = lung.mask[:, columns]
    lowest = np.where(box.any(axis=0), len(box) - 1 - np.argmax(box[::-1], axis=0), lung.bottom - 1)
    smooth = ndimage.gaussian_filter1d(lowest.astype(np.float32), 6.0, mode="nearest")
    return np.asarray(0.6 * smooth + 0.4 * lung.bottom, dtype=np.float32)[None, :]


def _tissue_around(scene: Scene, lung: Lung, rows: slice, columns: slice) -> NDArray[np.float32]:
    """Return the brightness of the tissue nearest below, carried into the lung, so that fluid has no lower edge."""
    view, box = scene.film[rows, columns], lung.mask[rows, columns]
    y, _ = grid_of(view.shape)
    below = ~ndimage.binary_dilation(box, iterations=2) & (y > 0.6 * lung.height)
    weight = below.astype(np.float32)
    spread = ndimage.gaussian_filter(weight, 9.0, truncate=2.5)
    tissue = ndimage.gaussian_filter(weight * view, 9.0, truncate=2.5)
    usual = float(np.percentile(view[below], 60)) if below.any() else scene.soft_tissue
    usual = max(0.35 * scene.soft_tissue + 0.65 * usual, scene.soft_tissue)
    return np.asarray((tissue + 0.02 * usual) / (spread + 0.02), dtype=np.float32)
