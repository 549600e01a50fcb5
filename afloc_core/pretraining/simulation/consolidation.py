"""Air-space opacities: ragged patches or a lobe up to its fissure, from hazy to dense, some with air in the bronchi."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.lines import stroke, wavering
from afloc_core.pretraining.simulation.scene import (
    SIDES,
    Lung,
    Scene,
    finding,
    grid_of,
    grown,
    in_frame,
    noise,
    opacify,
    step,
    within,
    zones_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_ZONE_SHARES = (0.25, 0.33, 0.42)


def add_consolidation(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw one to four patches of consolidation, or a consolidated lobe (one in five).

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
    lobar = rng.random() < 0.22
    number = 1 if lobar or rng.random() < 0.68 else int(rng.integers(2, 5))
    both = number > 1 and rng.random() < 0.6
    first = int(rng.integers(2))
    strength = float(np.exp(rng.uniform(np.log(0.35), np.log(1.9))))
    radii = (17.0, 42.0) if number == 1 else (13.0, 30.0)
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for index in range(number):
        lung = scene.lungs[SIDES[(first + index * both) % 2]]
        wide = grown(lung)
        patch = _lobe(wide, rng) if lobar else _patch(wide, radii, rng)
        seen = patch > 0.35
        amount = patch * np.float32(strength * rng.uniform(0.8, 1.2))
        if strength > 0.7 and seen.sum() > 900 and rng.random() < 0.5:
            amount = amount * (1 - _bronchi(wide, seen, rng))
        opacify(scene, amount, wide.corner)
        seen &= lung.mask[wide.top : wide.bottom, wide.start : wide.end]
        if seen.sum() < 40:
            continue
        here = in_frame(scene, wide, seen)
        mask |= here
        places += [(lung.side, zone) for zone in zones_of(lung, here, least=0.2)]
    if not places:
        return None
    extent = float(mask.sum()) / float(sum(lung.mask.sum() for lung in scene.lungs.values()))
    size = "small" if extent < 0.05 else "large" if extent > 0.16 else ""
    words = ("hazy",) if strength < 0.7 else ("dense",) if strength > 1.3 else ()
    return finding("consolidation", places, mask, number=number, size=size, descriptors=words)


def _patch(lung: Lung, radii: tuple[float, float], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return one patch's strength over the lung's bounding box, about 1 inside."""
    box = lung.box
    spots = np.argwhere(box)
    zone = int(rng.choice(3, p=_ZONE_SHARES))
    inside = spots[np.clip(spots[:, 0] * 3 // lung.height, 0, 2) == zone]
    centre = inside[rng.integers(len(inside))] if len(inside) else spots[rng.integers(len(spots))]
    radius, aspect, turn = rng.uniform(*radii), rng.uniform(0.65, 1.5), rng.uniform(0, np.pi)
    y, x = grid_of(box.shape)
    y, x = y - centre[0], x - centre[1]
    across, along = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    distance = np.hypot(across * aspect, along / aspect)
    ragged = distance + rng.uniform(0.12, 0.32) * radius * noise(box.shape, (6.0, 14.0, 26.0), rng)
    shape = step(radius - ragged, rng.uniform(0.12, 0.32) * radius)
    return np.asarray(shape * _texture(box.shape, rng) * within(box, 2.0), dtype=np.float32)


def _lobe(lung: Lung, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the strength of a consolidated lobe: sharp at a fissure, fading elsewhere."""
    box = lung.box
    y, x = grid_of(box.shape)
    share = y / lung.height
    depth = lung.depth_of(x + lung.start).astype(np.float32)
    fissure = (
        rng.uniform(0.38, 0.5) + rng.uniform(-0.1, 0.1) * (depth - 0.5) + rng.uniform(-0.1, 0.1) * (depth - 0.5) ** 2
    )
    sharp, faded = rng.uniform(0.006, 0.018), rng.uniform(0.03, 0.07)
    wave = 0.08 * noise(box.shape, (8.0, 20.0), rng)
    which = str(rng.choice(("upper", "middle", "lower"), p=(0.4, 0.25, 0.35)))
    if which == "upper":
        lobe = step(fissure - share, sharp) * step(share - rng.uniform(-0.1, 0.15) + wave, faded)
    elif which == "middle":
        medial = step(depth - rng.uniform(0.2, 0.5) + wave, 0.05)
        lobe = step(share - fissure, sharp) * step(rng.uniform(0.75, 0.95) - share + wave, faded) * medial
    else:
        lobe = step(share - rng.uniform(0.45, 0.7) + wave, faded) * (0.75 + 0.25 * np.clip(share, 0, 1))
    return np.asarray(lobe * _texture(box.shape, rng) * within(box, 2.0), dtype=np.float32)


def _texture(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    spread = rng.uniform(0.06, 0.22)
    return np.asarray(np.clip(0.85 + spread * noise(shape, (3.5, 9.0, 14.0, 24.0, 40.0), rng), 0.05, 1.7))


def _bronchi(lung: Lung, seen: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the share of an opacity that air-filled bronchi take away: branches from the hilum towards it."""
    spots = np.argwhere(seen)
    if len(spots) < 60:
        return np.zeros(seen.shape, dtype=np.float32)
    medial = lung.width - 2.0 if lung.side == "right" else 1.0
    hilum = (rng.uniform(0.4, 0.55) * lung.height, medial)
    ends = spots[rng.integers(len(spots), size=int(rng.integers(2, 6)))]
    paths = [wavering(hilum, (float(end[0]), float(end[1])), 0.06, rng) for end in ends]
    return np.float32(rng.uniform(0.2, 0.5)) * stroke(seen.shape, paths, rng.uniform(0.7, 1.1))
