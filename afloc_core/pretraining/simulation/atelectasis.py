"""Loss of air: plate-like bands, a dense wedge at the base, or a collapsed lobe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.scene import SIDES, Lung, Scene, finding, grid_of, noise, opacify, soft, zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding


def add_atelectasis(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw bands (65 %), a basal wedge behind the diaphragm (20 %) or an upper-lobe collapse (15 %).

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "atelectasis" with the descriptor "linear" or "lobar"; None when nothing of it lay inside the lungs.
    """
    form = str(rng.choice(("linear", "wedge", "lobar"), p=(0.65, 0.2, 0.15)))
    both = form != "lobar" and rng.random() < 0.2
    first = int(rng.integers(2))
    number = max(int(rng.integers(1, 4)), 1 + both) if form == "linear" else 1 + both
    draw = {"linear": _band, "wedge": _wedge, "lobar": _lobe}[form]
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    for index in range(number):
        lung = scene.lungs[SIDES[(first + index * both) % 2]]
        patch = draw(lung, rng)
        opacify(scene, patch * np.float32(rng.uniform(0.45, 1.3)), (lung.top, lung.start))
        seen = patch > 0.35
        if seen.sum() < 12:
            continue
        here = np.zeros_like(mask)
        here[lung.top : lung.bottom, lung.start : lung.end] = seen
        mask |= here
        places += [(lung.side, zone) for zone in zones_of(lung, here, least=0.25)]
    if not places:
        return None
    words = {"linear": ("linear",), "wedge": (), "lobar": ("lobar",)}[form]
    return finding("atelectasis", places, mask, number=number, descriptors=words)


def _band(lung: Lung, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a slightly curved plate of 20 to 60 mm, with a faint patch around it in two of five."""
    box = lung.mask[lung.top : lung.bottom, lung.start : lung.end]
    low, high = (0.62, 0.92) if rng.random() < 0.8 else (0.25, 0.62)
    spots = np.argwhere(box[round(low * lung.height) : round(high * lung.height)])
    if not len(spots):
        return np.zeros(box.shape, dtype=np.float32)
    centre = spots[rng.integers(len(spots))] + np.array((round(low * lung.height), 0))
    tilt = np.deg2rad(rng.uniform(-26, 26))
    y, x = grid_of(box.shape)
    y, x = y - centre[0], x - centre[1]
    along, across = np.cos(tilt) * x + np.sin(tilt) * y, np.cos(tilt) * y - np.sin(tilt) * x
    length = rng.uniform(18, 50) / 2
    across = across - rng.uniform(-0.006, 0.006) * along**2
    ends = 1 / (1 + np.exp(np.clip((np.abs(along) - length) / 2.0, -30, 30)))
    band = np.exp(-0.5 * (across / rng.uniform(1.1, 2.5)) ** 2) * ends
    if rng.random() < 0.4:
        band = band + 0.3 * np.exp(-0.5 * ((across / 8) ** 2 + (along / length) ** 2))
    return np.asarray(band * soft(box, 1.5), dtype=np.float32)


def _wedge(lung: Lung, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a hazy wedge that widens from the hilum to the medial base."""
    box = lung.mask[lung.top : lung.bottom, lung.start : lung.end]
    y, x = grid_of(box.shape)
    depth = lung.depth_of(x + lung.start).astype(np.float32)
    share = y / lung.height
    start, reach = rng.uniform(0.6, 0.74), rng.uniform(0.35, 0.75)
    front = 1 - reach * np.clip((share - start) / (1 - start), 0, None)
    rough = 0.05 * noise(box.shape, (6.0, 14.0), rng)
    edge = rng.uniform(0.02, 0.06)
    wedge = 1 / (1 + np.exp(np.clip((front - depth + rough) / edge, -30, 30))) * (share > start)
    texture = np.clip(0.85 + 0.15 * noise(box.shape, (6.0,), rng), 0.3, 1.3)
    return np.asarray(wedge * texture * soft(box, 2.0), dtype=np.float32)


def _lobe(lung: Lung, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a collapsed upper lobe: dense towards the apex and mediastinum, with a sharp concave lower edge."""
    box = lung.mask[lung.top : lung.bottom, lung.start : lung.end]
    y, x = grid_of(box.shape)
    depth = lung.depth_of(x + lung.start).astype(np.float32)
    level = rng.uniform(0.16, 0.3) + rng.uniform(0.0, 0.16) * depth**2
    edge = rng.uniform(0.008, 0.02)
    lobe = 1 / (1 + np.exp(np.clip((y / lung.height - level) / edge, -30, 30)))
    texture = np.clip(0.9 + 0.12 * noise(box.shape, (7.0,), rng), 0.4, 1.3)
    return np.asarray(1.3 * lobe * texture * soft(box, 2.0), dtype=np.float32)
