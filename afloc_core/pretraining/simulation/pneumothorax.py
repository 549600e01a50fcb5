"""Air in the pleural space: a thin pleural line, no vessels beyond it, ribs unchanged.

Vessels are thin bright threads and ribs are wide bands, so a grey opening takes the threads away and leaves the bands;
a blur would take both and leave a tell-tale smooth crescent. Film grain is left where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.pleura import depth_from_wall, vessels
from afloc_core.pretraining.simulation.scene import SIDES, Lung, Scene, finding, noise, step, within, zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_SIZES = {
    "small": ((0.06, 0.15), (0.25, 0.5)),
    "moderate": ((0.15, 0.27), (0.5, 0.85)),
    "large": ((0.27, 0.5), (0.9, 1.3)),
}
_SHARES = (0.4, 0.37, 0.23)


def add_pneumothorax(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a pneumothorax on one side: from the apex down the lateral wall, or a deep lateral sulcus (one in ten).

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "pneumothorax"; None when the crescent came out too thin to see.
    """
    side = str(rng.choice(SIDES, p=(0.55, 0.45)))
    lung = scene.lungs[side]
    size = str(rng.choice(tuple(_SIZES), p=_SHARES))
    rows, columns = slice(max(lung.top - 3, 0), lung.bottom), slice(max(lung.start - 3, 0), lung.end + 3)
    box = lung.mask[rows, columns]
    basal = rng.random() < 0.1
    thickness = _basal(lung, box.shape, rng) if basal else _apical(lung, size, box.shape, rng)
    depth = depth_from_wall(box, side) - thickness
    inside = (depth < 0) & box
    if inside.sum() < 60:
        return None
    view = scene.film[rows, columns]
    scene.film[rows, columns] = np.clip(_without_vessels(view, depth, box, size, rng), 0.0, 1.0)
    mask = np.zeros(scene.film.shape, dtype=bool)
    mask[rows, columns] = inside
    zones = zones_of(lung, mask, least=0.18)
    return finding("pneumothorax", [(side, zone) for zone in zones], mask, size="" if basal else size)


def _apical(lung: Lung, size: str, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return how far the lung has come off the wall, per row."""
    apex, low = (rng.uniform(*limits) for limits in _SIZES[size])
    share = np.arange(shape[0], dtype=np.float32) / lung.height
    taper = np.clip(1 - share / low, 0, None) ** rng.uniform(0.5, 0.9)
    wobble = 1 + 0.07 * noise((shape[0], 1), (18.0,), rng)[:, 0]
    return np.asarray(1.25 * apex * lung.width * taper * wobble, dtype=np.float32)[:, None]


def _basal(lung: Lung, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the thickness of air that has gathered beside the base of a supine patient's lung."""
    share = np.arange(shape[0], dtype=np.float32) / lung.height
    start = rng.uniform(0.45, 0.65)
    swell = np.clip((share - start) / (1 - start), 0, 1) ** rng.uniform(0.7, 1.3)
    return np.asarray(rng.uniform(0.14, 0.3) * lung.width * swell, dtype=np.float32)[:, None]


def _without_vessels(
    view: NDArray[np.float32],
    depth: NDArray[np.float32],
    box: NDArray[np.bool_],
    size: str,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return the hemithorax with vessels taken from the pleural air and a line drawn at its inner edge."""
    lung = within(box, 1.2)
    air = lung * step(-depth, 0.7)
    darker = rng.uniform(0.02, 0.13)
    result = view - air * (rng.uniform(0.7, 1.0) * vessels(view) + darker * view)
    off_wall = ndimage.gaussian_filter1d((depth.max(axis=1) > 0).astype(np.float32), 3)[:, None]
    broken = np.clip(0.7 + 0.45 * noise(view.shape, (12.0,), rng), 0.0, 1.2)
    away = np.abs(_gradient_distance(depth))
    line = rng.uniform(0.035, 0.12) * np.exp(-((away / rng.uniform(0.65, 1.0)) ** 2)) * broken * lung * off_wall
    collapsed = rng.uniform(0.0, {"small": 0.02, "moderate": 0.05, "large": 0.10}[size])
    return np.asarray(result + line * _attached(depth) + collapsed * (lung - air), dtype=np.float32)


def _gradient_distance(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the distance from the level 0 in pixels, first order."""
    slope = np.hypot(*np.gradient(depth))
    return np.asarray(depth / np.clip(slope, 0.5, None), dtype=np.float32)


def _attached(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 on rows where the lung is off the wall, falling to 0 where the line would lie on the wall itself."""
    gap = np.clip(-depth.min(axis=1), 0, None)
    return np.asarray(np.clip((gap - 1.5) / 3.0, 0, 1), dtype=np.float32)[:, None]
