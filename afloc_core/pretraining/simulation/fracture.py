"""A rib fracture: a thin dark gap across a lateral rib, its ends a little out of line, or a healed one's callus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.scene import SIDES, Lung, Scene, finding, grid_of, zones_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_REACH = 13


def add_fracture(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Break one to three lateral ribs of one side.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "fracture"; None when no rib was found.
    """
    lung = scene.lungs[str(rng.choice(SIDES))]
    number = int(rng.choice((1, 2, 3), p=(0.6, 0.25, 0.15)))
    ribs = _ribs(scene, lung)
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    rows: list[float] = []
    for _ in range(number * 4):
        if len(rows) == number or not len(ribs):
            break
        y, x = (int(value) for value in ribs[rng.integers(len(ribs))])
        if any(abs(y - other) < 12 for other in rows) or not _break_at(scene, y, x, rng):
            continue
        rows.append(y)
        mask[max(y - 7, 0) : y + 8, max(x - 7, 0) : x + 8] = True
        places += [(lung.side, zone) for zone in zones_at(lung, y)]
    return finding("fracture", places, mask, number=len(rows)) if rows else None


def _ribs(scene: Scene, lung: Lung) -> NDArray[np.intp]:
    """Return pixels on the ridge of a rib in the lateral third of a lung."""
    view = scene.film[lung.top : lung.bottom, lung.start : lung.end]
    band = ndimage.gaussian_filter(view, 1.8, truncate=2.5) - ndimage.gaussian_filter(view, 7.0, truncate=2.5)
    ridge = band >= ndimage.maximum_filter1d(band, 7, axis=0)
    _, x = grid_of(view.shape)
    depth = lung.depth_of(x + lung.start)
    lateral = lung.box & (depth < 0.4) & ridge & (band > 0.015)
    return np.asarray(np.argwhere(lateral) + np.array(lung.corner))


def _break_at(scene: Scene, y: int, x: int, rng: np.random.Generator) -> bool:
    """Draw the break around a pixel of a rib; False at the film's edge."""
    reach = _REACH
    rows, columns = slice(y - reach, y + reach + 1), slice(x - reach, x + reach + 1)
    view = scene.film[rows, columns]
    if y < reach or x < reach or view.shape != (2 * reach + 1, 2 * reach + 1):
        return False
    down, along = np.gradient(ndimage.gaussian_filter(view, 1.5, truncate=2.5))
    tilt = 0.5 * np.arctan2(2 * float((down * along).sum()), float((along**2 - down**2).sum())) + np.pi / 2
    v, u = grid_of(view.shape)
    v, u = v - reach, u - reach
    lengthways, across = np.cos(tilt) * u + np.sin(tilt) * v, np.cos(tilt) * v - np.sin(tilt) * u
    near = np.exp(-((np.hypot(lengthways, across) / 7.0) ** 4))
    if rng.random() < 0.3:  # healed
        callus = np.exp(-((lengthways / rng.uniform(3, 5)) ** 2) - (across / rng.uniform(3, 4.5)) ** 2)
        view += np.float32(rng.uniform(0.04, 0.12)) * callus.astype(np.float32)
        return True
    offset = rng.uniform(0.8, 2.5) * (1 if rng.random() < 0.5 else -1) * near * (lengthways > 0)
    source = np.broadcast_arrays(v + reach - offset * np.cos(tilt), u + reach + offset * np.sin(tilt))
    moved = ndimage.map_coordinates(view, source, order=1, mode="nearest")
    slant = lengthways + rng.uniform(-0.6, 0.6) * across
    gap = np.exp(-((slant / rng.uniform(0.6, 1.1)) ** 2) - (across / rng.uniform(3.0, 4.5)) ** 4)
    view[:] = moved - np.float32(rng.uniform(0.05, 0.14)) * gap
    return True
