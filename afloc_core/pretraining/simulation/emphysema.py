"""Emphysema: dark lungs with sparse vessels, flat low diaphragms, sometimes bullae."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.pleura import vessels
from afloc_core.pretraining.simulation.scene import SIDES, Lung, Scene, finding, grid_of, in_frame, noise, within
from afloc_core.pretraining.simulation.warp import move_base

if TYPE_CHECKING:
    from afloc_core.pretraining.simulation.finding import SimulatedFinding


def add_emphysema(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Thin out both lungs and lower the diaphragm.

    Parameters
    ----------
    scene
        Changed in place: the film, and the lungs with it.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "emphysema", without a side; its mask is both lungs.
    """
    lower = rng.uniform(0.03, 0.1)
    thinner, darker = rng.uniform(0.3, 0.75), rng.uniform(0.03, 0.13)
    bullous = rng.random() < 0.3
    for side in SIDES:
        move_base(scene, scene.lungs[side], -lower * rng.uniform(0.8, 1.2))
    mask = np.zeros(scene.film.shape, dtype=bool)
    for side in SIDES:
        lung = scene.lungs[side]
        view = scene.film[lung.top : lung.bottom, lung.start : lung.end]
        inside = within(lung.box, 3.0)
        patchy = np.clip(1 + 0.3 * noise(view.shape, (12.0, 30.0), rng), 0.2, 1.8)
        air = inside * (darker * patchy * view + thinner * vessels(view))
        view -= air.astype(np.float32)
        if bullous:
            _add_bulla(scene, lung, rng)
        mask |= in_frame(scene, lung, lung.box)
    return finding("emphysema", (), mask)


def _add_bulla(scene: Scene, lung: Lung, rng: np.random.Generator) -> None:
    """Draw an empty space with a hair-thin wall in the upper half of a lung."""
    view = scene.film[lung.top : lung.bottom, lung.start : lung.end]
    spots = np.argwhere(lung.box[: lung.height // 2])
    if not len(spots):
        return
    centre = spots[rng.integers(len(spots))]
    y, x = grid_of(view.shape)
    radius = rng.uniform(9, 22)
    away = np.hypot(y - centre[0], (x - centre[1]) * rng.uniform(0.8, 1.3)) + 1.0 * noise(view.shape, (14.0,), rng)
    inside = 1 / (1 + np.exp(np.clip((away - radius) / 0.8, -30, 30)))
    wall = np.exp(-(((away - radius) / 0.9) ** 2)) * np.clip(0.6 + 0.5 * noise(view.shape, (9.0,), rng), 0, 1.2)
    part = within(lung.box, 1.5)
    view += (part * (rng.uniform(0.02, 0.05) * wall - inside * (0.8 * vessels(view) + 0.05 * view))).astype(np.float32)
