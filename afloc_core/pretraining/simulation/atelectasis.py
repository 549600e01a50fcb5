"""Loss of air: plate-like bands, a dense wedge at the base, or a collapsed lobe; the diaphragm gives way upwards."""

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
from afloc_core.pretraining.simulation.warp import move_base

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_FORMS = ("linear", "wedge", "lobar")


def add_atelectasis(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw bands (55 %), a basal wedge behind the heart (25 %) or an upper-lobe collapse (20 %).

    Parameters
    ----------
    scene
        Changed in place; where volume is lost the half of the diaphragm is raised, and the lung with it.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "atelectasis" with the descriptor "linear" or "lobar"; None when nothing of it lay inside the lungs.
    """
    form = str(rng.choice(_FORMS, p=(0.55, 0.25, 0.2)))
    both = form != "lobar" and rng.random() < 0.2
    first = int(rng.integers(2))
    number = max(int(rng.integers(1, 4)), 1 + both) if form == "linear" else 1 + both
    sides = [SIDES[(first + index * both) % 2] for index in range(number)]
    if rng.random() < (0.25 if form == "linear" else 0.7):
        move_base(scene, scene.lungs[sides[0]], rng.uniform(0.03, 0.12))
    draw = {"linear": _band, "wedge": _wedge, "lobar": _lobe}[form]
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for side in sides:
        lung = scene.lungs[side]
        wide = lung if form == "linear" else grown(lung)
        patch = draw(wide, rng)
        strength = np.exp(rng.uniform(np.log(0.25), np.log(0.8 if form == "linear" else 1.2)))
        opacify(scene, patch * np.float32(strength), wide.corner)
        seen = (patch > 0.35) & lung.mask[wide.top : wide.bottom, wide.start : wide.end]
        if seen.sum() < 12:
            continue
        here = in_frame(scene, wide, seen)
        mask |= here
        places += [(lung.side, zone) for zone in zones_of(lung, here, least=0.25)]
    if not places:
        return None
    words = {"linear": ("linear",), "wedge": (), "lobar": ("lobar",)}[form]
    return finding("atelectasis", places, mask, number=number, descriptors=words)


def _band(lung: Lung, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return an uneven plate of 25 to 80 mm, thinning towards its ends, with a faint patch around it in two of five."""
    box = lung.box
    low, high = (0.6, 0.92) if rng.random() < 0.8 else (0.25, 0.6)
    top = round(low * lung.height)
    spots = np.argwhere(box[top : round(high * lung.height)])
    if not len(spots):
        return np.zeros(box.shape, dtype=np.float32)
    centre = spots[rng.integers(len(spots))] + np.array((top, 0))
    tilt, half = np.deg2rad(rng.uniform(-30, 30)), rng.uniform(10, 33)
    reach = half * np.array((np.sin(tilt), np.cos(tilt)))
    path = wavering(tuple(centre - reach), tuple(centre + reach), 0.035, rng)
    width, end = rng.uniform(0.8, 2.0), len(path) // 6
    band = sum(stroke(box.shape, [path[cut : len(path) - cut]], width) for cut in (0, end, 2 * end)) / np.float32(3.0)
    band = band * np.clip(0.8 + 0.3 * noise(box.shape, (6.0, 12.0), rng), 0.1, 1.3)
    if rng.random() < 0.4:
        band = band + 0.3 * stroke(box.shape, [path], rng.uniform(5.0, 9.0))
    return np.asarray(band * within(box, 1.5), dtype=np.float32)


def _wedge(lung: Lung, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a hazy wedge that widens from the hilum to the medial base."""
    box = lung.box
    y, x = grid_of(box.shape)
    depth = lung.depth_of(x + lung.start).astype(np.float32)
    share = y / lung.height
    start, reach = rng.uniform(0.6, 0.74), rng.uniform(0.35, 0.75)
    front = 1 - reach * np.clip((share - start) / (1 - start), 0, None)
    rough = 0.06 * noise(box.shape, (4.0, 9.0, 16.0), rng)
    wedge = step(depth - front - rough, rng.uniform(0.02, 0.06)) * (share > start)
    texture = np.clip(0.85 + 0.18 * noise(box.shape, (5.0, 10.0), rng), 0.3, 1.4)
    return np.asarray(1.3 * wedge * texture * within(box, 2.0), dtype=np.float32)


def _lobe(lung: Lung, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a collapsed upper lobe: dense towards the apex and mediastinum, with a sharp concave lower edge."""
    box = lung.box
    y, x = grid_of(box.shape)
    depth = lung.depth_of(x + lung.start).astype(np.float32)
    level = rng.uniform(0.14, 0.28) + rng.uniform(0.0, 0.2) * depth**2
    lobe = step(level - y / lung.height, rng.uniform(0.008, 0.025))
    texture = np.clip(0.9 + 0.14 * noise(box.shape, (5.0, 9.0, 16.0), rng), 0.4, 1.3)
    return np.asarray(1.3 * lobe * texture * within(box, 2.0), dtype=np.float32)
