"""Air in the pleural space: a thin pleural line, no vessels beyond it, ribs unchanged.

Vessels are thin bright threads and ribs are wide bands, so a grey opening takes the threads away and leaves the bands;
a blur would take both and leave a tell-tale smooth crescent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.scene import SIDES, Lung, Scene, finding, noise, zones_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_SIZES = {
    "small": ((0.09, 0.17), (0.3, 0.5)),
    "moderate": ((0.17, 0.28), (0.5, 0.85)),
    "large": ((0.3, 0.5), (0.9, 1.3)),
}
_SHARES = (0.45, 0.35, 0.20)


def add_pneumothorax(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a pneumothorax on one side, from the apex down the lateral chest wall.

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
    depth = _depth_from_wall(box, side) - _thickness(lung, size, box.shape, rng)
    inside = (depth < 0) & box
    if inside.sum() < 60:
        return None
    view = scene.film[rows, columns]
    scene.film[rows, columns] = np.clip(_without_vessels(view, depth, box, size, rng), 0.0, 1.0)
    mask = np.zeros(scene.film.shape, dtype=bool)
    mask[rows, columns] = inside
    zones = zones_of(lung, mask, least=0.18)
    return finding("pneumothorax", [(side, zone) for zone in zones], mask, size=size)


def _depth_from_wall(box: NDArray[np.bool_], side: str) -> NDArray[np.float32]:
    """Return each pixel's distance from the lateral and apical border, float32 pixels; the diaphragm does not count."""
    lateral_first = box if side == "right" else box[:, ::-1]
    entered = np.maximum.accumulate(lateral_first, axis=1)
    entered = np.pad(entered, ((1, 1), (1, 1)), mode="edge")
    entered[0], entered[:, 0] = False, False
    last = np.flatnonzero(lateral_first.any(axis=1))[-1]
    entered[last:, 1:] |= entered[last - 1, 1:]
    depth = ndimage.distance_transform_edt(entered)[1:-1, 1:-1]
    return np.asarray(depth if side == "right" else depth[:, ::-1], dtype=np.float32)


def _thickness(lung: Lung, size: str, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return how far the lung has come off the wall, per row."""
    apex, low = (rng.uniform(*limits) for limits in _SIZES[size])
    share = np.arange(shape[0], dtype=np.float32) / lung.height
    taper = np.clip(1 - share / low, 0, None) ** rng.uniform(0.5, 0.9)
    wobble = 1 + 0.07 * noise((shape[0], 1), (18.0,), rng)[:, 0]
    return np.asarray(1.25 * apex * lung.width * taper * wobble, dtype=np.float32)[:, None]


def _without_vessels(
    view: NDArray[np.float32],
    depth: NDArray[np.float32],
    box: NDArray[np.bool_],
    size: str,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return the hemithorax with vessels taken from the pleural air and a line drawn at its inner edge."""
    lung = ndimage.gaussian_filter(box.astype(np.float32), 1.5)
    air = lung / (1 + np.exp(np.clip(depth / 0.7, -30, 30)))
    threads = view - ndimage.gaussian_filter(ndimage.grey_opening(view, size=(5, 5)), 0.8)
    grain = 0.004 * rng.standard_normal(view.shape, dtype=np.float32)
    darker = rng.uniform(0.015, 0.10)
    result = view - air * (rng.uniform(0.55, 0.95) * np.clip(threads, 0, 0.12) + darker * view - grain)
    off_wall = ndimage.gaussian_filter1d((depth.max(axis=1) > 0).astype(np.float32), 3)[:, None]
    broken = np.clip(0.75 + 0.4 * noise(view.shape, (12.0,), rng), 0.1, 1.2)
    away = np.abs(_gradient_distance(depth))
    line = rng.uniform(0.04, 0.15) * np.exp(-((away / rng.uniform(0.7, 1.0)) ** 2)) * broken * lung * off_wall
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
