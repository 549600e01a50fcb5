"""A hiatal hernia: a rounded density behind the heart, above the diaphragm, often with an air-fluid level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.scene import Scene, finding, grid_of, noise, opacify, step

if TYPE_CHECKING:
    from afloc_core.pretraining.simulation.finding import SimulatedFinding


def add_hernia(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a hiatal hernia behind the heart.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "hernia", without a side: it lies near the midline.
    """
    right, left = scene.lungs["right"], scene.lungs["left"]
    gap = left.start + 0.5 * left.width - (right.end - 0.5 * right.width)
    middle = (right.end + left.start) / 2 + rng.uniform(-0.05, 0.25) * gap
    tall, wide = rng.uniform(0.1, 0.2) * right.height, rng.uniform(0.14, 0.34) * gap
    bottom = (right.bottom + left.bottom) / 2 - rng.uniform(0.02, 0.1) * right.height
    height, width = scene.film.shape
    top = max(round(bottom - 2 * tall) - 8, 0)
    rows = slice(top, min(round(bottom) + 8, height))
    columns = slice(max(round(middle - wide) - 10, 0), min(round(middle + wide) + 10, width))
    view = scene.film[rows, columns]
    if view.size == 0:
        return None
    y, x = grid_of(view.shape)
    y, x = y + rows.start - (bottom - tall), x + columns.start - middle
    rough = 0.05 * noise(view.shape, (8.0, 16.0), rng)
    away = np.hypot(y / tall, x / wide) + rough
    inside = step(1 - away, rng.uniform(0.02, 0.06))
    opacify(
        scene, (inside * np.float32(rng.uniform(0.6, 1.8))).astype(np.float32), (rows.start, columns.start), floor=0.3
    )
    if rng.random() < 0.6:
        # Gas rises above a straight level and leaves a thin wall round itself.
        level = rng.uniform(-0.5, 0.3) * tall
        gas = step(1 - away - 3.0 / min(tall, wide), 0.09) * step(level - y, 0.5)
        gas = gas * rng.uniform(0.03, 0.11) * np.clip(1 + 0.1 * noise(view.shape, (10.0,), rng), 0, 2)
        scene.film[rows, columns] -= (gas * scene.film[rows, columns]).astype(np.float32)
    mask = np.zeros(scene.film.shape, dtype=bool)
    mask[rows, columns] = ndimage.binary_fill_holes(inside > 0.5)
    return finding("hernia", (), mask) if mask.sum() > 60 else None
