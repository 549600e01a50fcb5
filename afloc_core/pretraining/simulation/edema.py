"""Pulmonary edema: perihilar haze, coarsened vessels, wide upper-lobe vessels and short septal lines at the bases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.lines import curve, stroke
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
    within,
    zones_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding


def add_edema(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw pulmonary edema in both lungs, one side sometimes weaker than the other.

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
    strength, scale = rng.uniform(0.25, 1.1), rng.uniform(0.75, 1.2)
    centre, coarse = rng.uniform(0.48, 0.62), rng.uniform(0.1, 0.5)
    septal = rng.random() < 0.5
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for side in SIDES:
        lung = scene.lungs[side]
        box = lung.box
        y, x = grid_of(box.shape)
        depth = lung.depth_of(x + lung.start).astype(np.float32)
        away = ((1.02 - depth) / (0.52 * scale)) ** 2 + ((y / lung.height - centre) / (0.36 * scale)) ** 2
        haze = np.exp(-0.8 * away)
        inside = within(box, 2.0)
        _coarsen(scene, lung, (haze + 0.3 * (y < 0.45 * lung.height)) * inside * coarse)
        texture = np.clip(0.85 + 0.2 * noise(box.shape, (4.0, 8.0, 16.0), rng), 0.1, 1.7)
        amount = haze * texture * strength * rng.uniform(0.7, 1.2)
        if septal:
            amount = amount + rng.uniform(0.12, 0.35) * _septa(lung, rng)
        opacify(scene, np.asarray(amount * inside, dtype=np.float32), lung.corner)
        here = in_frame(scene, lung, (haze > 0.38) & box)
        mask |= here
        places += [(side, zone) for zone in zones_of(lung, here)]
    return finding("edema", places, mask) if mask.any() else None


def _coarsen(scene: Scene, lung: Lung, amount: NDArray[np.floating[Any]]) -> None:
    """Strengthen the markings that are there: fluid thickens the sheaths of vessels and bronchi."""
    view = scene.film[lung.top : lung.bottom, lung.start : lung.end]
    even = ndimage.gaussian_filter(view, 0.8, truncate=2.5)
    markings = np.clip(even - ndimage.gaussian_filter(view, 4.0, truncate=2.5), -0.02, 0.12)
    view += (amount * markings).astype(np.float32)


def _septa(lung: Lung, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return short horizontal lines that reach the lateral wall in the lower third."""
    depth = depth_from_wall(lung.box, lung.side)
    inward = 1.0 if lung.side == "right" else -1.0
    paths = []
    for row in np.arange(0.62, 0.9, 0.035) * lung.height:
        at_wall = np.flatnonzero((depth[int(row)] > 0.5) & (depth[int(row)] < 4.0))
        if len(at_wall) and rng.random() < 0.7:
            start = float(at_wall[0] if lung.side == "right" else at_wall[-1])
            length = rng.uniform(6, 14)
            end = (row + rng.uniform(-2, 2), start + inward * length)
            if 0 <= end[1] < lung.width:
                paths.append(curve([(row, start), end]))
    return stroke(lung.box.shape, paths, 0.6)
