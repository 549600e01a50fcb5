"""Tubes, lines and pacemakers: common on films, no disease, and easily mistaken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.lines import beside, curve, stroke
from afloc_core.pretraining.simulation.scene import SIDES, Scene, brighten, finding, grid_of, soft, zones_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_MARGIN = 3
"""Masks of lines are that many pixels wider than the line, as a reader would draw them."""


def _midline(scene: Scene) -> float:
    return (scene.lungs["right"].end + scene.lungs["left"].start) / 2


def _down(scene: Scene, share: float) -> float:
    """Return the row at a share of the lungs' height."""
    right, left = scene.lungs["right"], scene.lungs["left"]
    return (right.top + left.top) / 2 + share * (right.height + left.height) / 2


def _put(
    scene: Scene, paths: Sequence[NDArray[np.float64]], width: float, brightness: float, near: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Draw lines of metal or plastic; return the surroundings of the path ``near`` as a mask."""
    brighten(scene, stroke(scene.film.shape, paths, width) * np.float32(brightness))
    mask = np.zeros(scene.film.shape, dtype=bool)
    spots = np.round(near).astype(np.intp)
    inside = (spots >= 0).all(axis=1) & (spots < np.array(mask.shape)).all(axis=1)
    mask[tuple(spots[inside].T)] = True
    return np.asarray(ndimage.binary_dilation(mask, iterations=_MARGIN))


def add_endotracheal_tube(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a tube in the trachea, from the film's upper edge to above the carina; see `add_central_line`."""
    middle = _midline(scene) + rng.uniform(-5, 5)
    tip = _down(scene, rng.uniform(0.08, 0.26))
    path = curve([(0.0, middle + rng.uniform(-9, 9)), (0.5 * tip, middle + rng.uniform(-3, 3)), (tip, middle)])
    walls = [beside(path, 1.7), beside(path, -1.7)]
    mask = _put(scene, walls, 0.5, rng.uniform(0.1, 0.3), path)
    if rng.random() < 0.7:  # the marking that shows on every film
        _put(scene, [beside(path, rng.uniform(-1, 1))], 0.5, rng.uniform(0.1, 0.35), path)
    return finding("endotracheal tube", (), mask)


def add_nasogastric_tube(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a tube from the film's upper edge to the stomach; see `add_central_line`."""
    middle, height = _midline(scene), scene.film.shape[0]
    end = min(_down(scene, rng.uniform(1.08, 1.3)), height - 2.0)
    points = [(0.0, middle + rng.uniform(-10, 10))]
    points += [(_down(scene, share), middle + rng.uniform(-5, 6)) for share in (0.05, 0.4, 0.75)]
    points += [(_down(scene, 0.98), middle + rng.uniform(4, 14)), (end, middle + rng.uniform(18, 50))]
    path = curve(points)
    mask = _put(scene, [path], rng.uniform(0.5, 0.75), rng.uniform(0.12, 0.45), path)
    return finding("nasogastric tube", (), mask)


def add_central_line(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a central venous catheter: from the neck, under the collar bone, from the arm or from a port.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "central line", with the side it comes from and no zone.
    """
    side = str(rng.choice(SIDES, p=(0.7, 0.3)))
    lung, middle = scene.lungs[side], _midline(scene)
    outward = -1.0 if side == "right" else 1.0
    vein = middle - rng.uniform(7, 14)  # the superior vena cava lies on the right, whatever the side
    tip = (_down(scene, rng.uniform(0.28, 0.58)), vein + rng.uniform(-2, 3))
    upper = (_down(scene, 0.1), middle + outward * rng.uniform(5, 12))
    way = str(rng.choice(("neck", "subclavian", "arm"), p=(0.45, 0.3, 0.25)))
    if way == "neck":
        start = [(max(_down(scene, -0.22), 0.0), middle + outward * rng.uniform(18, 30))]
    else:
        lateral = lung.start if side == "right" else lung.end
        reach = rng.uniform(-0.3, 0.1) if way == "subclavian" else rng.uniform(0.25, 0.5)
        far = lateral + outward * reach * lung.width
        start = [
            (_down(scene, rng.uniform(0.1, 0.3)), far),
            (_down(scene, rng.uniform(-0.02, 0.05)), (far + upper[1]) / 2),
        ]
    path = curve([*start, upper, (_down(scene, 0.2), vein), tip])
    mask = _put(scene, [path], rng.uniform(0.45, 0.65), rng.uniform(0.1, 0.4), path)
    if way == "subclavian" and rng.random() < 0.4:
        mask |= _port(scene, start[0], rng)
    return finding("central line", _sided(side), mask)


def _port(scene: Scene, place: tuple[float, float], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw the chamber of an implanted port: a ring with a dense middle."""
    y, x = grid_of(scene.film.shape)
    away = np.hypot(y - place[0], x - place[1])
    ring = np.exp(-(((away - rng.uniform(4.5, 6)) / 1.1) ** 2)) + 0.6 * np.exp(-((away / 2.5) ** 4))
    brighten(scene, np.asarray(rng.uniform(0.4, 0.8) * ring, dtype=np.float32))
    return np.asarray(away < 8)


def add_chest_tube(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a drain from the lateral chest wall to the apex or the base; see `add_central_line`.

    Its zones are those that it crosses.
    """
    side = str(rng.choice(SIDES))
    lung = scene.lungs[side]
    outward = -1.0 if side == "right" else 1.0
    lateral = lung.start if side == "right" else lung.end
    entry = lung.top + rng.uniform(0.5, 0.85) * lung.height
    up = rng.random() < 0.7
    end = (lung.top + rng.uniform(0.06, 0.3) * lung.height, lateral - outward * rng.uniform(0.35, 0.7) * lung.width)
    if not up:
        end = (lung.top + rng.uniform(0.75, 0.95) * lung.height, lateral - outward * rng.uniform(0.5, 0.9) * lung.width)
    middle = (
        (entry + end[0]) / 2 + rng.uniform(-8, 8),
        lateral - outward * rng.uniform(0.1, 0.3) * lung.width,
    )
    path = curve([(entry + rng.uniform(0, 25), lateral + outward * rng.uniform(15, 35)), (entry, lateral), middle, end])
    walls = [beside(path, 1.9), beside(path, -1.9)]
    mask = _put(scene, walls, 0.5, rng.uniform(0.06, 0.22), path)
    hole = int(0.8 * len(path))
    marking = beside(path, rng.uniform(-1.2, 1.2))
    _put(scene, [marking[:hole], marking[hole + 8 :]], 0.5, rng.uniform(0.12, 0.45), path)
    zones = zones_of(lung, mask & lung.mask, least=0.1)
    return finding("chest tube", [(side, zone) for zone in zones], mask) if zones else None


def add_pacemaker(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw a generator below a collar bone and one or two leads to the heart; see `add_central_line`."""
    side = str(rng.choice(SIDES, p=(0.2, 0.8)))
    lung, middle = scene.lungs[side], _midline(scene)
    outward = -1.0 if side == "right" else 1.0
    lateral = lung.start if side == "right" else lung.end
    place = (_down(scene, rng.uniform(0.08, 0.28)), lateral - outward * rng.uniform(0.0, 0.3) * lung.width)
    mask = _generator(scene, place, rng)
    vein = middle - rng.uniform(7, 13)
    ends = [(_down(scene, rng.uniform(0.82, 0.95)), middle + rng.uniform(12, 34))]
    if rng.random() < 0.6:
        ends.append((_down(scene, rng.uniform(0.58, 0.7)), vein + rng.uniform(-6, 4)))
    for end in ends:
        points = [place, (place[0] - rng.uniform(6, 14), place[1] - outward * 8)]
        points += [(_down(scene, rng.uniform(-0.02, 0.06)), middle + outward * rng.uniform(16, 26))]
        points += [(_down(scene, 0.22), vein), (_down(scene, 0.55), vein + rng.uniform(-5, 3))]
        points += [(_down(scene, 0.8), middle + rng.uniform(-8, 6)), end] if end[1] > middle else [end]
        path = curve(points)
        mask |= _put(scene, [path], rng.uniform(0.45, 0.65), rng.uniform(0.2, 0.5), path)
        _put(scene, [path[-8:]], 0.8, 0.5, path)
    return finding("pacemaker", _sided(side), mask)


def _generator(scene: Scene, place: tuple[float, float], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw a rounded metal case with some inner structure."""
    y, x = grid_of(scene.film.shape)
    turn = rng.uniform(-0.5, 0.5)
    y, x = y - place[0], x - place[1]
    across, down = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    wide, tall = rng.uniform(9, 13), rng.uniform(8, 12)
    case = (np.abs(across) / wide) ** 3.5 + (np.abs(down) / tall) ** 3.5 < 1
    metal = soft(case, 0.7) * rng.uniform(0.6, 0.95)
    header = soft(case & (down < -0.55 * tall), 0.6) * rng.uniform(0.2, 0.5)
    brighten(scene, np.asarray(metal - header * metal, dtype=np.float32))
    return np.asarray(case)


def _sided(side: str) -> list[tuple[str, str]]:
    """Return a place on a side that has no zone a reader would name."""
    return [(side, "upper")]
