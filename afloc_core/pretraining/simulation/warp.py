"""Moving anatomy: the film and the lungs are pulled along one axis together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.pretraining.simulation.scene import Lung, Scene, grid_of, lung_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


def remap(scene: Scene, source: NDArray[np.floating[Any]], axis: int) -> None:
    """Take every pixel from another row (axis 0) or column (axis 1).

    Parameters
    ----------
    scene
        Changed in place: the film, and the lungs with it.
    source : float (S, S)
        Where each pixel comes from, in pixels along the axis.
    axis : {0, 1}
    """
    place = np.clip(source, 0, scene.film.shape[axis] - 1.001)
    start = place.astype(np.intp)
    part = (place - start).astype(np.float32)
    # Between two pixels interpolation takes grain away, most of it half way.
    scene.film[:] = _sample(scene.film, start, part, axis) + 2.4 * part * (1.0 - part) * scene.grain
    for side, lung in tuple(scene.lungs.items()):
        moved = _sample(lung.mask.astype(np.float32), start, part, axis) > 0.5
        if moved.any():
            scene.lungs[side] = lung_of(side, moved)


def move_base(scene: Scene, lung: Lung, share: float) -> None:
    """Raise (positive) or lower one half of the diaphragm by a share of the lung's height."""
    y, x = grid_of(scene.film.shape)
    middle, half = (lung.start + lung.end) / 2, 0.62 * lung.width
    across = np.exp(-(np.abs((x - middle) / half) ** 4))
    height = (y - lung.top) / lung.height
    # Nothing moves above the lung's middle and, to close the gap below, half a lung under its base.
    down = np.where(height < 1.0, np.clip((height - 0.35) / 0.65, 0, 1), np.clip((1.6 - height) / 0.6, 0, 1))
    down = down * down * (3 - 2 * down)
    remap(scene, y + share * lung.height * across * down, 0)


def _sample(
    image: NDArray[np.float32], start: NDArray[np.intp], part: NDArray[np.float32], axis: int
) -> NDArray[np.float32]:
    first = np.take_along_axis(image, start, axis=axis)
    second = np.take_along_axis(image, start + 1, axis=axis)
    return np.asarray(first + part * (second - first), dtype=np.float32)
