"""Pulmonary edema: symmetrical perihilar haze with coarsened markings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.scene import SIDES, Scene, finding, grid_of, noise, opacify, soft, zones_of

if TYPE_CHECKING:
    from afloc_core.pretraining.simulation.finding import SimulatedFinding


def add_edema(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw perihilar haze in both lungs.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "edema", both sides.
    """
    strength, scale = rng.uniform(0.4, 1.3), rng.uniform(0.75, 1.15)
    centre = rng.uniform(0.48, 0.62)
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for side in SIDES:
        lung = scene.lungs[side]
        box = lung.mask[lung.top : lung.bottom, lung.start : lung.end]
        y, x = grid_of(box.shape)
        depth = lung.depth_of(x + lung.start).astype(np.float32)
        away = ((1.02 - depth) / (0.52 * scale)) ** 2 + ((y / lung.height - centre) / (0.36 * scale)) ** 2
        haze = np.exp(-0.8 * away) * (1 + 0.05 * (y / lung.height))
        texture = np.clip(0.85 + 0.17 * noise(box.shape, (2.5, 6.0, 15.0), rng), 0.1, 1.7)
        opacify(
            scene, (haze * texture * soft(box, 2.5) * np.float32(strength)).astype(np.float32), (lung.top, lung.start)
        )
        here = np.zeros_like(mask)
        here[lung.top : lung.bottom, lung.start : lung.end] = (haze > 0.38) & box
        mask |= here
        places += [(side, zone) for zone in zones_of(lung, here)]
    return finding("edema", places, mask) if mask.any() else None
