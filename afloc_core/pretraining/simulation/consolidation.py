"""Air-space opacities: one or several patches with ragged borders, from hazy to dense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.scene import SIDES, Lung, Scene, finding, noise, opacify, soft, zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_ZONE_SHARES = (0.25, 0.33, 0.42)


def add_consolidation(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw one to four patches of consolidation inside the lungs.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "consolidation", with the descriptor "hazy" when faint; None when nothing of it lay inside the lungs.
    """
    number = 1 if rng.random() < 0.72 else int(rng.integers(2, 5))
    both = number > 1 and rng.random() < 0.6
    first = int(rng.integers(2))
    strength = rng.uniform(0.45, 1.9)
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for index in range(number):
        lung = scene.lungs[SIDES[(first + index * both) % 2]]
        patch = _patch(lung, (19.0, 44.0) if number == 1 else (14.0, 30.0), rng)
        opacify(scene, patch * np.float32(strength * rng.uniform(0.85, 1.15)), (lung.top, lung.start))
        seen = patch > 0.35
        if seen.sum() < 40:
            continue
        here = np.zeros_like(mask)
        here[lung.top : lung.bottom, lung.start : lung.end] = seen
        mask |= here
        places += [(lung.side, zone) for zone in zones_of(lung, here, least=0.2)]
    if not places:
        return None
    extent = float(mask.sum()) / float(sum(lung.mask.sum() for lung in scene.lungs.values()))
    size = "small" if extent < 0.05 else "large" if extent > 0.16 else ""
    words = ("hazy",) if strength < 0.85 else ("dense",) if strength > 1.4 else ()
    return finding("consolidation", places, mask, number=number, size=size, descriptors=words)


def _patch(lung: Lung, radii: tuple[float, float], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return one patch's strength over the lung's bounding box, about 1 inside."""
    box = lung.mask[lung.top : lung.bottom, lung.start : lung.end]
    spots = np.argwhere(box)
    zone = int(rng.choice(3, p=_ZONE_SHARES))
    inside = spots[np.clip(spots[:, 0] * 3 // lung.height, 0, 2) == zone]
    centre = inside[rng.integers(len(inside))] if len(inside) else spots[rng.integers(len(spots))]
    radius, aspect, turn = rng.uniform(*radii), rng.uniform(0.7, 1.4), rng.uniform(0, np.pi)
    y = np.arange(box.shape[0], dtype=np.float32)[:, None] - centre[0]
    x = np.arange(box.shape[1], dtype=np.float32)[None, :] - centre[1]
    across, along = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    distance = np.hypot(across * aspect, along / aspect)
    ragged = distance + 0.2 * radius * noise(box.shape, (5.0, 10.0, 22.0), rng)
    edge = rng.uniform(2.0, 6.0)
    shape = 1.0 / (1.0 + np.exp(np.clip((ragged - radius) / edge, -30, 30)))
    texture = np.clip(0.8 + rng.uniform(0.05, 0.17) * noise(box.shape, (6.0, 11.0, 20.0), rng), 0.1, 1.6)
    return np.asarray(shape * texture * soft(box, 2.5), dtype=np.float32)
