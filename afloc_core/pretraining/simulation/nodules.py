"""Round lesions: nodules and masses, single or many, smooth or spiculated, also behind the heart and diaphragm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.scene import SIDES, Lung, Scene, finding, noise, opacify, overlap, zones_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFinding

_NUMBERS = (1, 2, 3, 4, 5, 7, 10)
_NUMBER_SHARES = (0.55, 0.15, 0.08, 0.07, 0.06, 0.05, 0.04)


def add_nodules(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw nodules, 8 to 24 mm across.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "nodule"; None when there was no room.
    """
    number = int(rng.choice(_NUMBERS, p=_NUMBER_SHARES))
    if rng.random() < 0.04:
        number = int(rng.integers(9, 19))
    if number > 2:
        return _add("nodule", scene, rng, number=number, diameters=(6.5, 17.0), strengths=(0.25, 0.95), size="")
    size = str(rng.choice(("small", "", "large"), p=(0.35, 0.4, 0.25)))
    diameters = {"small": (7.0, 11.0), "": (10.0, 15.0), "large": (15.0, 20.0)}[size]
    return _add("nodule", scene, rng, number=number, diameters=diameters, strengths=(0.25, 1.2), size=size)


def add_masses(scene: Scene, rng: np.random.Generator) -> SimulatedFinding | None:
    """Draw masses, 3 to 7 cm across; sometimes many of them in both lungs.

    Parameters
    ----------
    scene
        Changed in place.
    rng
        Source of chance.

    Returns
    -------
    SimulatedFinding or None
        Kind "mass"; None when there was no room.
    """
    if rng.random() < 0.13:
        number = int(rng.integers(5, 14))
        return _add("mass", scene, rng, number=number, diameters=(16.0, 44.0), strengths=(0.4, 1.2), size="")
    number = min(int(rng.choice(_NUMBERS, p=_NUMBER_SHARES)), 6)
    if number > 2:
        return _add("mass", scene, rng, number=number, diameters=(22.0, 40.0), strengths=(0.4, 1.3), size="")
    size = str(rng.choice(("", "large"), p=(0.65, 0.35)))
    diameters = (24.0, 40.0) if not size else (40.0, 60.0)
    return _add("mass", scene, rng, number=number, diameters=diameters, strengths=(0.4, 1.6), size=size)


def _add(
    kind: str,
    scene: Scene,
    rng: np.random.Generator,
    *,
    number: int,
    diameters: tuple[float, float],
    strengths: tuple[float, float],
    size: str,
) -> SimulatedFinding | None:
    strength = float(np.exp(rng.uniform(*np.log(strengths))))  # as many faint ones as dense ones
    form = _form(kind, number, rng)
    hidden = number <= 2 and rng.random() < 0.14
    if hidden:  # behind the heart a faint lesion would not be seen at all
        strength = max(strength, 0.8)
    mask = np.zeros(scene.film.shape, dtype=bool)
    places: list[tuple[str, str]] = []
    drawn: list[tuple[float, float, float]] = []
    room = _rooms(scene, number, hidden, rng)
    for _ in range(number):
        diameter = rng.uniform(*diameters)
        spot = _free_spot(room, drawn, diameter, rng)
        if spot is None:
            continue
        y, x, side = spot
        thickness, outline = _profile(diameter, form, rng)
        corner = (round(y) - outline.shape[0] // 2, round(x) - outline.shape[1] // 2)
        opacify(scene, thickness * np.float32(strength * rng.uniform(0.7, 1.2)), corner, 0.4 if hidden else 0.25)
        rows, columns, patch = overlap(mask.shape, outline.shape, corner)
        if patch is not None:
            mask[rows, columns] |= outline[patch] > 0.3
        drawn.append((y, x, diameter))
        places += [(side, zone) for zone in zones_at(scene.lungs[side], y)]
    if not drawn:
        return None
    descriptors = _DESCRIPTORS[form] + (("faint",) if strength < 0.45 else ())
    return finding(kind, places, mask, number=len(drawn), size=size, descriptors=descriptors)


_DESCRIPTORS = {
    "round": ("round", "well-defined"),
    "irregular": ("irregular",),
    "lobulated": ("lobulated",),
    "spiculated": ("spiculated",),
    "cavitating": ("cavitating", "cavitary"),
    "ill-defined": ("ill-defined",),
}
_FORM_SHARES = (0.36, 0.16, 0.16, 0.16, 0.0, 0.16)


def _form(kind: str, number: int, rng: np.random.Generator) -> str:
    if kind == "mass" and rng.random() < 0.1:
        return "cavitating"
    form = str(rng.choice(tuple(_DESCRIPTORS), p=_FORM_SHARES))
    return "round" if form == "spiculated" and number > 2 else form


def _rooms(scene: Scene, number: int, hidden: bool, rng: np.random.Generator) -> list[tuple[str, NDArray[np.intp]]]:
    """Return the sides to be used, each with the pixels where a lesion's centre may lie."""
    both = number >= 2 and rng.random() < (0.8 if number >= 3 else 0.4)
    sides = SIDES if both else (str(rng.choice(SIDES)),)
    return [(side, _behind(scene.lungs[side]) if hidden else _inside(scene.lungs[side])) for side in sides]


def _inside(lung: Lung) -> NDArray[np.intp]:
    box = np.pad(lung.box, 1)
    inner = ndimage.binary_erosion(box, iterations=7)
    corner = np.array((lung.top - 1, lung.start - 1))
    return np.asarray(np.argwhere(inner if inner.any() else box) + corner)


def _behind(lung: Lung) -> NDArray[np.intp]:
    """Return the pixels behind the heart and just below the dome of the diaphragm."""
    reach = round((0.12 if lung.side == "right" else 0.22) * lung.width)
    inward = reach if lung.side == "right" else -reach
    lower = lung.mask.copy()
    lower[: lung.top + lung.height // 2] = False
    shifted = np.roll(lower, inward, axis=1) | np.roll(lower, reach // 2, axis=0)
    shifted &= ~lung.mask
    shifted[lung.bottom :] = False
    spots = np.argwhere(shifted)
    return np.asarray(spots) if len(spots) else _inside(lung)


def _free_spot(
    rooms: list[tuple[str, NDArray[np.intp]]],
    drawn: list[tuple[float, float, float]],
    diameter: float,
    rng: np.random.Generator,
) -> tuple[float, float, str] | None:
    """Return a centre that leaves the lesions apart; the second of two sides is used once the first has one."""
    for attempt in range(12):
        index = len(drawn) % 2 if len(rooms) == 2 and len(drawn) < 2 and attempt < 9 else int(rng.integers(len(rooms)))
        side, spots = rooms[index]
        y, x = (float(value) for value in spots[rng.integers(len(spots))])
        if all(np.hypot(y - b, x - a) > 0.42 * (diameter + other) for b, a, other in drawn):
            return y, x, side
    return None


def _profile(diameter: float, form: str, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a lesion's thickness, 1 where it is thickest, and the same with its cavity filled."""
    radius = diameter / 2
    reach = int(np.ceil(radius * 1.9)) + 4
    offset = np.arange(-reach, reach + 1, dtype=np.float32)
    y, x = offset[:, None], offset[None, :]
    rough = {"round": 0.04, "irregular": 0.12, "ill-defined": 0.1}.get(form, 0.07)
    distance, angle, border = _ball(y, x, radius, rough, rng)
    profile = np.sqrt(np.clip(1 - (distance / border) ** 2, 0, None))
    if form == "lobulated":
        for _ in range(int(rng.integers(1, 4))):
            turn, share = rng.uniform(0, 2 * np.pi), rng.uniform(0.45, 0.75)
            away, _, edge = _ball(
                y - 0.7 * radius * np.sin(turn), x - 0.7 * radius * np.cos(turn), share * radius, rough, rng
            )
            profile = np.maximum(profile, share * np.sqrt(np.clip(1 - (away / edge) ** 2, 0, None)))
    if form == "spiculated":
        profile = np.maximum(profile, _spicules(distance, angle, border, rng))
    blur = rng.uniform(0.7, 1.6) + 0.02 * diameter + (0.09 * diameter if form == "ill-defined" else 0.0)
    outline = ndimage.gaussian_filter(profile, blur, truncate=3.0)
    thickness = outline
    if form == "cavitating":
        thickness = outline - ndimage.gaussian_filter(_cavity(y, x, radius, rng), 1.0, truncate=3.0)
    if diameter > 12:
        thickness = thickness * np.clip(1 + 0.14 * noise(profile.shape, (4.0, 8.0, 14.0), rng), 0.4, 1.6)
    return np.clip(thickness, 0, None).astype(np.float32), outline.astype(np.float32)


def _ball(
    y: NDArray[np.float32], x: NDArray[np.float32], radius: float, rough: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return distance and angle from a centre, and how far the wobbling border lies in that direction."""
    aspect, turn = rng.uniform(0.82, 1.22), rng.uniform(0, np.pi)
    across, along = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    distance = np.hypot(across * aspect, along / aspect)
    angle = np.arctan2(y, x)
    border = np.full_like(distance, radius)
    for harmonic in range(2, 8):
        wave = np.cos(harmonic * angle + rng.uniform(0, 2 * np.pi))
        border *= 1 + rough / np.sqrt(harmonic - 1) * rng.standard_normal() * wave
    return distance, angle, np.maximum(border, 0.3 * radius)


def _cavity(
    y: NDArray[np.float32], x: NDArray[np.float32], radius: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return the thickness of the air in a cavitating mass, sometimes above a fluid level."""
    share, turn = rng.uniform(0.4, 0.7), rng.uniform(0, 2 * np.pi)
    off = rng.uniform(0.0, 0.8) * (0.85 - share) * radius
    distance, _, border = _ball(y - off * np.sin(turn), x - off * np.cos(turn), share * radius, 0.06, rng)
    air = np.sqrt(np.clip(1 - (distance / border) ** 2, 0, None))
    if rng.random() < 0.3:
        air = air * (y < off * np.sin(turn) + rng.uniform(-0.1, 0.5) * share * radius)
    return np.asarray(rng.uniform(0.55, 0.9) * air, dtype=np.float32)


def _spicules(
    distance: NDArray[np.float32], angle: NDArray[np.float32], border: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    rays = np.zeros_like(distance)
    for _ in range(int(rng.integers(7, 16))):
        away = np.abs(np.angle(np.exp(1j * (angle - rng.uniform(-np.pi, np.pi))))) * distance
        length = border * rng.uniform(1.25, 1.75)
        ray = np.exp(-((away / rng.uniform(0.6, 1.1)) ** 2)) * np.clip((length - distance) / (0.6 * border), 0, 0.6)
        rays = np.maximum(rays, ray)
    return rays
