"""A normal film in, a film with up to three different findings out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.atelectasis import add_atelectasis
from afloc_core.pretraining.simulation.consolidation import add_consolidation
from afloc_core.pretraining.simulation.edema import add_edema
from afloc_core.pretraining.simulation.effusion import add_effusion
from afloc_core.pretraining.simulation.finding import SimulatedFilm
from afloc_core.pretraining.simulation.heart import add_cardiomegaly
from afloc_core.pretraining.simulation.nodules import add_masses, add_nodules
from afloc_core.pretraining.simulation.pneumothorax import add_pneumothorax
from afloc_core.pretraining.simulation.scene import Scene, scene_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from afloc_core.pretraining.simulation.anatomy import Anatomy
    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_DRAW: dict[str, tuple[Callable[[Scene, np.random.Generator], SimulatedFinding | None], float]] = {
    "cardiomegaly": (add_cardiomegaly, 0.07),
    "edema": (add_edema, 0.07),
    "consolidation": (add_consolidation, 0.17),
    "nodule": (add_nodules, 0.17),
    "mass": (add_masses, 0.14),
    "atelectasis": (add_atelectasis, 0.08),
    "pneumothorax": (add_pneumothorax, 0.13),
    "effusion": (add_effusion, 0.17),
}
"""Drawn in this order, heart first because it moves the lungs; the number is the relative share of cases."""
_COUNT_SHARES = (0.10, 0.45, 0.33, 0.12)


def simulate(anatomy: Anatomy, rng: np.random.Generator) -> SimulatedFilm:
    """Draw none to three different findings on a normal film.

    Parameters
    ----------
    anatomy
        Of a normal film; not changed.
    rng
        Source of chance; equal generators give equal films.

    Returns
    -------
    SimulatedFilm
        The film is float32 in [0, 1].
    """
    shares = np.array([share for _, share in _DRAW.values()])
    count = int(rng.choice(len(_COUNT_SHARES), p=_COUNT_SHARES))
    chosen = rng.choice(tuple(_DRAW), size=count, replace=False, p=shares / shares.sum())
    return simulate_kinds(anatomy, tuple(str(kind) for kind in chosen), rng)


def simulate_kinds(anatomy: Anatomy, kinds: Sequence[str], rng: np.random.Generator) -> SimulatedFilm:
    """Draw the given kinds of finding on a normal film.

    Parameters
    ----------
    anatomy
        Of a normal film; not changed.
    kinds
        Subset of ``finding.KINDS``; a kind that does not fit the film is left out.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFilm
        The film is float32 in [0, 1].
    """
    scene = scene_of(anatomy)
    drawn = [draw(scene, rng) for kind, (draw, _) in _DRAW.items() if kind in kinds]
    film = np.clip(scene.film, 0.0, 1.0, out=scene.film)
    return SimulatedFilm(film, tuple(item for item in drawn if item is not None))
