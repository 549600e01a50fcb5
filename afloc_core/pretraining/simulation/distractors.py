"""What lies on the patient rather than in him and no report mentions: wires, electrodes, skin folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.lines import curve, stroke
from afloc_core.pretraining.simulation.scene import SIDES, Scene, brighten, grid_of, soft

if TYPE_CHECKING:
    from numpy.typing import NDArray


def add_wires(scene: Scene, rng: np.random.Generator) -> None:
    """Lay one to three monitoring wires over the film, most of them with an electrode at their end."""
    height, width = scene.film.shape
    for _ in range(int(rng.integers(1, 4))):
        end = (rng.uniform(0.2, 0.75) * height, rng.uniform(0.2, 0.8) * width)
        start = (rng.uniform(0.3, 1.0) * height, 0.0 if end[1] < width / 2 else width - 1.0)
        if rng.random() < 0.4:
            start = (0.0, rng.uniform(0.1, 0.9) * width)
        middle = tuple((a + b) / 2 + rng.uniform(-35, 35) for a, b in zip(start, end, strict=True))
        path = curve([start, (middle[0], middle[1]), end])
        brighten(scene, stroke(scene.film.shape, [path], rng.uniform(0.45, 0.7)) * np.float32(rng.uniform(0.1, 0.4)))
        if rng.random() < 0.8:
            _electrode(scene, end, rng)


def _electrode(scene: Scene, place: tuple[float, float], rng: np.random.Generator) -> None:
    y, x = grid_of(scene.film.shape)
    away = np.hypot(y - place[0], x - place[1])
    pad = 0.12 * soft(np.asarray(away < rng.uniform(5, 8)), 0.7)
    stud = rng.uniform(0.3, 0.8) * np.exp(-((away / rng.uniform(1.3, 2.2)) ** 4))
    brighten(scene, np.asarray(pad + stud, dtype=np.float32))


def add_skin_fold(scene: Scene, rng: np.random.Generator) -> None:
    """Lay a fold of skin over one lung: an edge that looks like a pleural line, with vessels on both of its sides."""
    lung = scene.lungs[str(rng.choice(SIDES))]
    lateral = lung.start if lung.side == "right" else lung.end
    inward = 1.0 if lung.side == "right" else -1.0
    top, bottom = lung.top + rng.uniform(-0.1, 0.2) * lung.height, lung.top + rng.uniform(0.6, 1.1) * lung.height
    shares = np.sort(rng.uniform(0.1, 0.5, size=2))
    columns = [lateral + inward * share * lung.width for share in shares]
    points = [
        (top, columns[0]),
        ((top + bottom) / 2, float(np.mean(columns)) + rng.uniform(-4, 4)),
        (bottom, columns[1]),
    ]
    fold = _one_sided(stroke(scene.film.shape, [curve(points)], 0.7), inward * rng.choice((-1.0, 1.0)))
    scene.film += np.float32(rng.uniform(0.02, 0.07)) * fold * (1.0 - scene.film)


def _one_sided(line: NDArray[np.float32], direction: float) -> NDArray[np.float32]:
    """Return a line that fades slowly to one side and is sharp on the other."""
    fading = ndimage.gaussian_filter(line, (1.0, 3.0), truncate=2.5)
    shifted = np.roll(fading, round(3 * direction), axis=1)
    return np.asarray(np.clip(line * 0.6 + 2.0 * shifted, 0.0, 1.0), dtype=np.float32)
