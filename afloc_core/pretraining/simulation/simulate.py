"""A normal film in, a film with up to three different findings out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.atelectasis import add_atelectasis
from afloc_core.pretraining.simulation.clarity import LEAST_CLARITY, clarity
from afloc_core.pretraining.simulation.consolidation import add_consolidation
from afloc_core.pretraining.simulation.devices import (
    add_central_line,
    add_chest_tube,
    add_endotracheal_tube,
    add_nasogastric_tube,
    add_pacemaker,
)
from afloc_core.pretraining.simulation.distractors import add_skin_fold, add_wires
from afloc_core.pretraining.simulation.edema import add_edema
from afloc_core.pretraining.simulation.effusion import add_effusion
from afloc_core.pretraining.simulation.emphysema import add_emphysema
from afloc_core.pretraining.simulation.fibrosis import add_fibrosis
from afloc_core.pretraining.simulation.finding import DEVICES, FINDINGS, SimulatedFilm
from afloc_core.pretraining.simulation.fracture import add_fracture
from afloc_core.pretraining.simulation.heart import add_cardiomegaly, vary_heart
from afloc_core.pretraining.simulation.hernia import add_hernia
from afloc_core.pretraining.simulation.nodules import add_masses, add_nodules
from afloc_core.pretraining.simulation.pleural_thickening import add_pleural_thickening
from afloc_core.pretraining.simulation.pneumothorax import add_pneumothorax
from afloc_core.pretraining.simulation.scene import Scene, scene_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from afloc_core.pretraining.simulation.anatomy import Anatomy
    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_DRAW: dict[str, tuple[Callable[[Scene, np.random.Generator], SimulatedFinding | None], float]] = {
    "emphysema": (add_emphysema, 0.03),
    "atelectasis": (add_atelectasis, 0.10),
    "cardiomegaly": (add_cardiomegaly, 0.07),
    "hernia": (add_hernia, 0.03),
    "edema": (add_edema, 0.06),
    "fibrosis": (add_fibrosis, 0.05),
    "consolidation": (add_consolidation, 0.14),
    "nodule": (add_nodules, 0.16),
    "mass": (add_masses, 0.13),
    "pneumothorax": (add_pneumothorax, 0.12),
    "pleural thickening": (add_pleural_thickening, 0.05),
    "effusion": (add_effusion, 0.13),
    "fracture": (add_fracture, 0.02),
    "chest tube": (add_chest_tube, 0.02),
    "central line": (add_central_line, 0.08),
    "nasogastric tube": (add_nasogastric_tube, 0.04),
    "endotracheal tube": (add_endotracheal_tube, 0.05),
    "pacemaker": (add_pacemaker, 0.04),
}
"""Drawn in this order, first what moves the lungs, last what lies on top.

The number is a finding's relative share of findings, and a device's chance on any film.
"""
_COUNT_SHARES = (0.10, 0.45, 0.33, 0.12)
_TUBE_AFTER = ("pneumothorax", "effusion")
_TUBE_CHANCE = 0.12
_WIRES, _SKIN_FOLD, _OTHER_HEART = 0.12, 0.05, 0.3
_ATTEMPTS = 4


def simulate(anatomy: Anatomy, rng: np.random.Generator, without: Collection[str] = ()) -> SimulatedFilm:
    """Draw none to three different findings on a film, and devices whether or not there is a finding.

    Parameters
    ----------
    anatomy
        Of a normal film, or one whose findings are not among those drawn; not changed.
    rng
        Source of chance; equal generators give equal films.
    without
        Kinds that are not drawn.

    Returns
    -------
    SimulatedFilm
        The film is float32 in [0, 1]. One in six carries wires or a skin fold, which are not listed.
    """
    shares = np.array([_DRAW[kind][1] if kind not in without else 0.0 for kind in FINDINGS])
    count = min(int(rng.choice(len(_COUNT_SHARES), p=_COUNT_SHARES)), int(np.count_nonzero(shares)))
    likely = shares / max(shares.sum(), 1e-9)
    chosen = [str(kind) for kind in rng.choice(FINDINGS, size=count, replace=False, p=likely)] if count else []
    drained = bool({*chosen} & {*_TUBE_AFTER})
    for device in DEVICES:
        chance = _TUBE_CHANCE if device == "chest tube" and drained else _DRAW[device][1]
        if device not in without and rng.random() < chance:
            chosen.append(device)
    return _drawn(anatomy, chosen, rng, distract=True, fixed_heart="cardiomegaly" in without)


def simulate_kinds(anatomy: Anatomy, kinds: Sequence[str], rng: np.random.Generator) -> SimulatedFilm:
    """Draw the given kinds of finding on a normal film, and nothing else.

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
    return _drawn(anatomy, kinds, rng, distract=False)


def _drawn(
    anatomy: Anatomy, kinds: Sequence[str], rng: np.random.Generator, *, distract: bool, fixed_heart: bool = False
) -> SimulatedFilm:
    """Draw findings; a heart that is enlarged already is ``fixed_heart``, and not made a normal one."""
    scene = scene_of(anatomy, rng)
    if distract and not fixed_heart and "cardiomegaly" not in kinds and rng.random() < _OTHER_HEART:
        vary_heart(scene, rng)
    drawn = [_drawn_visibly(scene, kind, rng) for kind in _DRAW if kind in kinds]
    if distract and rng.random() < _SKIN_FOLD:
        add_skin_fold(scene, rng)
    if distract and rng.random() < _WIRES:
        add_wires(scene, rng)
    film = np.clip(scene.film, 0.0, 1.0, out=scene.film)
    return SimulatedFilm(film, tuple(item for item in drawn if item is not None))


def _drawn_visibly(scene: Scene, kind: str, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a finding, again if nobody would see it; None if it does not fit, or cannot be seen on this film."""
    draw, _ = _DRAW[kind]
    least = LEAST_CLARITY.get(kind)
    if least is None:
        return draw(scene, rng)
    for _ in range(_ATTEMPTS):
        before, lungs = scene.film.copy(), dict(scene.lungs)  # a collapsed lobe moves them
        item = draw(scene, rng)
        if item is None or clarity(scene.film, before, item.mask) >= least:
            return item
        scene.film, scene.lungs = before, lungs
    return None
