"""Thickened pleura: an apical cap, or a band along the lateral chest wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.pleura import depth_from_wall
from afloc_core.pretraining.simulation.scene import (
    SIDES,
    Lung,
    Scene,
    finding,
    grid_of,
    in_frame,
    noise,
    opacify,
    soft,
    step,
    zones_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_REACH = {"apical": (-0.2, 0.1, 0.25), "lateral": (0.2, 0.7, 0.25), "basal": (0.65, 1.2, 0.15)}
"""Where along the lung's height the middle of the thickening may lie, and half its greatest length."""


def add_pleural_thickening(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw pleural thickening on one side, or on both (three in ten).

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "pleural thickening"; None when it came out too thin to see.
    """
    form = str(rng.choice(tuple(_REACH), p=(0.45, 0.35, 0.2)))
    sides = SIDES if rng.random() < 0.3 else (str(rng.choice(SIDES)),)
    strength = float(np.exp(rng.uniform(np.log(0.3), np.log(1.2))))
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for side in sides:
        lung = scene.lungs[side]
        band = _band(lung, form, rng)
        opacify(scene, band * np.float32(strength * rng.uniform(0.8, 1.2)), lung.corner)
        seen = (band > 0.35) & lung.box
        if seen.sum() < 25:
            continue
        here = in_frame(scene, lung, seen)
        mask |= here
        places += [(side, zone) for zone in zones_of(lung, here, least=0.2)]
    return finding("pleural thickening", places, mask) if places else None


def _band(lung: Lung, form: str, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the strength of a band along the wall, with an uneven inner border."""
    low, high, half = _REACH[form]
    depth = depth_from_wall(lung.box, lung.side)
    y, _ = grid_of(lung.box.shape)
    along = (y / lung.height - rng.uniform(low, high)) / (half * rng.uniform(0.5, 1.2))
    thickness = rng.uniform(2.5, 8.5 if form == "apical" else 6.0) * np.exp(-(np.abs(along) ** 3))
    rough = rng.uniform(0.5, 1.4) * noise(lung.box.shape, (4.0, 9.0, 18.0), rng)
    band = step(thickness + rough * (thickness > 1) - depth, rng.uniform(0.7, 1.8)) * (thickness > 0.8)
    return np.asarray(band * soft(lung.box, 1.2), dtype=np.float32)
