"""Fibrosis: a fine network of lines at the bases and under the pleura, or scars at the apex."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.lines import stroke, wavering
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


def add_fibrosis(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw reticular fibrosis, mostly of both bases, or apical scarring (three in ten), mostly of one side.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "fibrosis", with the descriptor "reticular" for a network; None when nothing of it lay inside the lungs.
    """
    scar = rng.random() < 0.3
    both = rng.random() < (0.3 if scar else 0.75)
    sides = SIDES if both else (str(rng.choice(SIDES)),)
    strength = rng.uniform(0.2, 0.75)
    start, reach = rng.uniform(0.35, 0.75), rng.uniform(0.1, 0.35)
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for side in sides:
        lung = scene.lungs[side]
        if scar:
            amount, where = _scar(lung, rng)
        else:
            amount, where = _network(lung, start, reach, rng)
        opacify(scene, amount * np.float32(strength * rng.uniform(0.7, 1.2)), lung.corner)
        seen = (where > 0.4) & lung.box
        if seen.sum() < 60:
            continue
        here = in_frame(scene, lung, seen)
        mask |= here
        places += [(side, zone) for zone in zones_of(lung, here, least=0.2)]
    return finding("fibrosis", places, mask, descriptors=() if scar else ("reticular",)) if places else None


def _network(
    lung: Lung, start: float, reach: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return lines along the zero crossings of smooth noise, and how strongly each place is affected."""
    box = lung.box
    y, _ = grid_of(box.shape)
    inward = ndimage.distance_transform_edt(np.pad(box, 1))[1:-1, 1:-1] / lung.width
    low = 1 / (1 + np.exp(-(y / lung.height - start) / 0.07))
    patchy = np.clip(0.8 + 0.35 * noise(box.shape, (9.0, 20.0), rng), 0.0, 1.3)
    where = np.asarray(low * np.exp(-((inward / reach) ** 2)) * patchy, dtype=np.float32)
    lines = sum(np.exp(-((noise(box.shape, (scale,), rng) / 0.28) ** 2)) for scale in (3.0, 4.5))
    amount = where * (0.75 * np.clip(lines, 0, 1.2) + 0.3) * within(box, 1.5)
    return np.asarray(amount, dtype=np.float32), where


def _scar(lung: Lung, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return strands that run from the apex towards the hilum, over a faint haze."""
    box = lung.box
    spots = np.argwhere(box[: round(0.28 * lung.height)])
    where = np.zeros(box.shape, dtype=np.float32)
    if not len(spots):
        return where, where
    medial = lung.width - 3.0 if lung.side == "right" else 2.0
    hilum = np.array((rng.uniform(0.35, 0.45) * lung.height, medial))
    paths = []
    for start in spots[rng.integers(len(spots), size=int(rng.integers(4, 9)))]:
        end = start + rng.uniform(0.25, 0.7) * (hilum - start)
        paths.append(wavering((float(start[0]), float(start[1])), (float(end[0]), float(end[1])), 0.08, rng))
    strands = stroke(box.shape, paths, rng.uniform(0.7, 1.1))
    haze = ndimage.gaussian_filter(strands, 5.0, truncate=2.5)
    where = haze / max(float(haze.max()), 1e-6)
    patchy = np.clip(0.8 + 0.3 * noise(box.shape, (4.0, 10.0), rng), 0.1, 1.5)
    amount = (0.6 * strands + 0.35 * where) * patchy * within(box, 1.5)
    return np.asarray(amount, dtype=np.float32), np.asarray(where, dtype=np.float32)
