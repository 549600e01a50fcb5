"""Free pleural fluid: a blunted angle, a meniscus, or a white lower hemithorax."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.scene import SIDES, Lung, Scene, finding, grid_of, noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_LEVELS = {"small": (0.0, 0.08), "moderate": (0.12, 0.27), "large": (0.33, 0.62)}
_SHARES = (0.42, 0.38, 0.20)


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
    strength = rng.uniform(0.9, 2.8)
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for side in sides:
        level = rng.uniform(*_LEVELS[size])
        mask |= _pour(scene, scene.lungs[side], level, strength, rng)
        places += [(side, "lower")] + ([(side, "middle")] if level > 0.38 else [])
    return finding("effusion", places, mask, size=size) if mask.sum() > 20 else None


def _pour(scene: Scene, lung: Lung, level: float, strength: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Fill one hemithorax to a level, a share of its height; return where the fluid shows."""
    margin = 10
    height, width = scene.film.shape
    rows = slice(lung.top, min(lung.bottom + margin, height))
    columns = slice(max(lung.start - margin, 0), min(lung.end + margin, width))
    view = scene.film[rows, columns]
    y, x = grid_of(view.shape)
    depth = lung.depth_of(x + columns.start).astype(np.float32)
    rise = rng.uniform(0.10, 0.22) * np.exp(-np.clip(depth, 0, None) / rng.uniform(0.14, 0.28))
    medial = rng.uniform(0.0, 0.06) * np.exp(-np.clip(1 - depth, 0, None) / 0.12)
    base = _base_of(lung, columns)
    surface = base - lung.height * (level + rise + medial) - lung.top
    wave = 1.2 * noise((1, view.shape[1]), (14.0,), rng)
    edge = rng.uniform(1.6, 4.5)
    fluid = 1.0 / (1.0 + np.exp(np.clip((surface + wave - y) / edge, -30, 30)))
    space = ndimage.binary_dilation(lung.mask[rows, columns], iterations=4)
    amount = (fluid * ndimage.gaussian_filter(space.astype(np.float32), 1.4)).astype(np.float32)
    cover = 1.0 - np.exp(-np.float32(strength) * amount)
    target = np.float32(_fluid_brightness(scene, lung))
    blurred = ndimage.gaussian_filter(view, 1.6)
    quiet = view + np.float32(0.45) * cover * (blurred - view)
    scene.film[rows, columns] = quiet + np.maximum(target - quiet, np.float32(0.0)) * cover
    mask = np.zeros(scene.film.shape, dtype=bool)
    mask[rows, columns] = amount > 0.35
    return mask


def _base_of(lung: Lung, columns: slice) -> NDArray[np.float32]:
    """Return the row that fluid stands on, per column: halfway between the diaphragm and the deepest angle."""
    box = lung.mask[:, columns]
    lowest = np.where(box.any(axis=0), len(box) - 1 - np.argmax(box[::-1], axis=0), lung.bottom - 1)
    smooth = ndimage.gaussian_filter1d(lowest.astype(np.float32), 6.0, mode="nearest")
    return np.asarray(0.6 * smooth + 0.4 * lung.bottom, dtype=np.float32)[None, :]


def _fluid_brightness(scene: Scene, lung: Lung) -> float:
    below = scene.film[lung.bottom + 3 : lung.bottom + 20, lung.start : lung.end]
    neighbour = float(np.median(below)) if below.size else scene.soft_tissue
    return 0.35 * scene.soft_tissue + 0.65 * neighbour
