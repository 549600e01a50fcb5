"""The film while findings are being drawn into it, and the few brushes all findings share.

All brightness arithmetic is in display units, the log-attenuation domain: bright = dense, additive in thickness.
Lengths are in pixels of the working frame, about 1.2 mm each for an adult.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.finding import ZONES, SimulatedFinding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.anatomy import Anatomy

SIDES = ("right", "left")
_KEPT = 0.55
"""Share of the fine texture that shows through the densest opacity."""
_BORDER = 0.05
"""Within this share of the lung's height from a border between zones, both zones are true."""


@dataclass(frozen=True, slots=True)
class Lung:
    """One lung's mask with its bounding box.

    Parameters
    ----------
    side : {"right", "left"}
        The patient's side.
    mask : bool (S, S)
        Never empty.
    top, bottom, start, end : int
        Bounding box in pixels, half open.
    """

    side: str
    mask: NDArray[np.bool_]
    top: int
    bottom: int
    start: int
    end: int

    @property
    def box(self) -> NDArray[np.bool_]:
        """The mask within its bounding box, bool (height, width)."""
        return self.mask[self.top : self.bottom, self.start : self.end]

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the bounding box's first pixel."""
        return self.top, self.start

    @property
    def height(self) -> int:
        """Height of the bounding box in pixels."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Width of the bounding box in pixels."""
        return self.end - self.start

    def height_of(self, y: NDArray[np.number[Any]] | float) -> NDArray[np.float64]:
        """Return rows as a share of the lung's height: 0 at the apex, 1 at the base."""
        return np.asarray((np.asarray(y, dtype=np.float64) - self.top) / self.height)

    def depth_of(self, x: NDArray[np.number[Any]] | float) -> NDArray[np.float64]:
        """Return columns as a share of the lung's width: 0 laterally, 1 medially."""
        share = (np.asarray(x, dtype=np.float64) - self.start) / self.width
        return np.asarray(share if self.side == "right" else 1.0 - share)


@dataclass(slots=True)
class Scene:
    """The film under way. Each ``add_*`` function changes ``film``; the heart also moves the lungs.

    Parameters
    ----------
    film : float32 (S, S)
        In [0, 1]; owned by the scene.
    lungs : dict of str to Lung
        Keys "right" and "left".
    soft_tissue : float
        Brightness that an airless lung would have.
    grain : float32 (S, S)
        Film noise as strong as in the film's own dense parts, mean 0; put back where drawing takes texture away.
    """

    film: NDArray[np.float32]
    lungs: dict[str, Lung]
    soft_tissue: float
    grain: NDArray[np.float32]


def scene_of(anatomy: Anatomy, rng: np.random.Generator) -> Scene:
    """Return a scene to draw in; the anatomy itself is not changed."""
    film = anatomy.film.astype(np.float32, copy=True)
    size = film.shape[0]
    body = film[size // 8 : -size // 8 : 3, size // 8 : -size // 8 : 3]
    dense = min(float(np.percentile(body, 82)), _around(anatomy))
    soft_tissue = float(np.clip(dense, 0.5, 0.93))
    lungs = {
        side: lung_of(side, mask) for side, mask in zip(SIDES, (anatomy.right_lung, anatomy.left_lung), strict=True)
    }
    return Scene(film, lungs, soft_tissue, _grain(film, rng))


def _around(anatomy: Anatomy) -> float:
    """Return how bright the heart and the chest wall beside the lungs are; no lung gets denser than these."""
    lungs = (anatomy.right_lung | anatomy.left_lung)[::2, ::2]
    near = (ndimage.gaussian_filter(lungs.astype(np.float32), 3.0, truncate=2.5) > 0.05) & ~lungs
    return float(np.percentile(anatomy.film[::2, ::2][near], 85)) if near.any() else 1.0


_ROUGHNESS = 0.34
"""What is left of white noise of deviation 1 after the blur and the high pass that grain is made and measured by."""


def _grain(film: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return noise of the strength that the film has in its dense parts, where there is little anatomy to mistake."""
    half = film[::2, 1::2]
    rough = film - ndimage.gaussian_filter(film, 1.0, truncate=2.5)
    dense = np.abs(rough[::2, 1::2][half > np.percentile(half, 70)])
    field = ndimage.gaussian_filter(rng.standard_normal(film.shape, dtype=np.float32), 0.6, truncate=2.5)
    strength = min(1.48 * float(np.median(dense)), 0.02) if dense.size else 0.0
    return np.asarray(field * np.float32(strength / _ROUGHNESS), dtype=np.float32)


def lung_of(side: str, mask: NDArray[np.bool_]) -> Lung:
    """Return a lung with its bounding box measured; the mask must not be empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Lung(side, mask, int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def grown(lung: Lung, margin: int = 6) -> Lung:
    """Return the lung with a margin, for what fills it up to the wall: masks end a little inside the visible lung."""
    return lung_of(lung.side, ndimage.binary_dilation(lung.mask, iterations=margin))


def opacify(scene: Scene, strength: NDArray[np.float32], corner: tuple[int, int] = (0, 0), floor: float = 0.22) -> None:
    """Make the film denser, saturating towards soft tissue so that ribs and vessels show through faint opacities.

    Parameters
    ----------
    scene
        Changed in place.
    strength : float32 (h, w)
        Optical thickness of the opacity, at least 0.
    corner : (int, int)
        Row and column of the patch's first pixel; the patch may overhang the film.
    floor : float
        Least contrast over what is dense already, as a share of what is left up to white.
    """
    rows, columns, patch = overlap(scene.film.shape, strength.shape, corner)
    if patch is None:
        return
    under = scene.film[rows, columns]
    cover = 1.0 - np.exp(-strength[patch])
    # Thickness adds up along the beam, so half of the texture in front and behind is kept at any density.
    even = ndimage.gaussian_filter(under, 5.0, truncate=2.0)
    mixed = under + np.float32(_KEPT) * (even - under)
    gain = np.maximum(scene.soft_tissue - mixed, np.float32(floor) * (1.0 - mixed))
    cover = cover * np.clip((even - 0.02) / 0.05, 0.0, 1.0)  # beside the patient there is nothing to make denser
    lost = np.float32(1.0 - _KEPT) * cover
    scene.film[rows, columns] = under + gain * cover + scene.grain[rows, columns] * lost


def brighten(scene: Scene, strength: NDArray[np.float32], corner: tuple[int, int] = (0, 0)) -> None:
    """Put something denser than tissue over the film: metal, or a tube's marking; 1 is white."""
    rows, columns, patch = overlap(scene.film.shape, strength.shape, corner)
    if patch is not None:
        under = scene.film[rows, columns]
        scene.film[rows, columns] = under + (1.0 - under) * np.clip(strength[patch], 0.0, 1.0)


def in_frame(scene: Scene, lung: Lung, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask over the lung's bounding box as a mask over the film."""
    mask = np.zeros(scene.film.shape, dtype=bool)
    mask[lung.top : lung.bottom, lung.start : lung.end] = seen
    return mask


def overlap(
    frame: tuple[int, ...], shape: tuple[int, ...], corner: tuple[int, int]
) -> tuple[slice, slice, tuple[slice, slice] | None]:
    """Return the film's rows and columns that a patch covers and the part of the patch, None if it lies outside."""
    top, start = max(corner[0], 0), max(corner[1], 0)
    bottom, end = min(corner[0] + shape[0], frame[0]), min(corner[1] + shape[1], frame[1])
    if bottom <= top or end <= start:
        return slice(0, 0), slice(0, 0), None
    patch = (slice(top - corner[0], bottom - corner[0]), slice(start - corner[1], end - corner[1]))
    return slice(top, bottom), slice(start, end), patch


def noise(shape: tuple[int, int], scales: Iterable[float], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return smooth noise of several scales, mean 0 and standard deviation 1.

    Parameters
    ----------
    shape : (int, int)
        In pixels.
    scales : iterable of float
        Correlation lengths in pixels; each carries the same variance.
    rng
        Source of chance.

    Returns
    -------
    float32 (h, w)
    """
    total = np.zeros(shape, dtype=np.float32)
    for scale in scales:
        grid = [int(np.ceil(length / scale)) + 3 for length in shape]
        coarse = rng.standard_normal(grid, dtype=np.float32)
        smooth = _stretch(coarse, shape, scale)
        total += smooth / max(float(smooth.std()), 1e-6)
    return np.asarray((total - total.mean()) / max(float(total.std()), 1e-6), dtype=np.float32)


def _stretch(coarse: NDArray[np.float32], shape: tuple[int, int], scale: float) -> NDArray[np.float32]:
    """Stretch a coarse grid with quadratic B-splines: two small matrix products, much faster than a filter."""
    weights = [_spline(length, count, scale) for length, count in zip(shape, coarse.shape, strict=True)]
    return np.asarray(weights[0] @ coarse @ weights[1].T, dtype=np.float32)


def _spline(length: int, count: int, scale: float) -> NDArray[np.float32]:
    position = np.arange(length, dtype=np.float32)[:, None] / scale + 1.0
    away = np.abs(position - np.arange(count, dtype=np.float32)[None, :])
    spline = np.where(away < 0.5, 0.75 - away**2, 0.5 * np.clip(1.5 - away, 0.0, None) ** 2)
    return np.asarray(spline, dtype=np.float32)


def soft(mask: NDArray[np.bool_], sigma: float) -> NDArray[np.float32]:
    """Return a mask with its edge blurred, float32 in [0, 1]."""
    return np.asarray(ndimage.gaussian_filter(mask.astype(np.float32), sigma), dtype=np.float32)


def within(mask: NDArray[np.bool_], sigma: float) -> NDArray[np.float32]:
    """Return a mask that fades inside its own border and is 0 at it, so that a lung's bounding box leaves no edge."""
    blurred = ndimage.gaussian_filter(mask.astype(np.float32), sigma, mode="constant", truncate=3.0)
    return np.asarray(np.clip(2.0 * blurred - 1.0, 0.0, 1.0), dtype=np.float32)


def step(values: NDArray[Any], width: float) -> NDArray[np.float32]:
    """Return a soft step, 0 far below zero and 1 far above; the change takes about four times ``width``."""
    return np.asarray(1.0 / (1.0 + np.exp(np.clip(-values / width, -30, 30))), dtype=np.float32)


def grid_of(shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return rows as a column vector and columns as a row vector, float32."""
    return np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None, :]


def zones_at(lung: Lung, y: float) -> tuple[str, ...]:
    """Return the zone of a row, or both zones when it lies near their border."""
    share = float(lung.height_of(y))
    limits = ((-np.inf, 1 / 3), (1 / 3, 2 / 3), (2 / 3, np.inf))
    return tuple(
        zone for zone, (low, high) in zip(ZONES, limits, strict=True) if low - _BORDER <= share < high + _BORDER
    )


def zones_of(lung: Lung, mask: NDArray[np.bool_], least: float = 0.15) -> tuple[str, ...]:
    """Return the zones of a lung that hold at least a share of a mask's pixels."""
    rows = mask.sum(axis=1)
    total = max(int(rows.sum()), 1)
    share = lung.height_of(np.arange(len(rows)))
    thirds = np.clip((share * 3).astype(int), 0, 2)
    return tuple(zone for index, zone in enumerate(ZONES) if rows[thirds == index].sum() / total >= least)


def finding(
    kind: str,
    places: Iterable[tuple[str, str]],
    mask: NDArray[np.bool_],
    *,
    number: int = 1,
    size: str = "",
    descriptors: tuple[str, ...] = (),
) -> SimulatedFinding:
    """Return a finding whose side and zones follow from its places."""
    involved = sorted(set(places), key=lambda place: (SIDES.index(place[0]), ZONES.index(place[1])))
    sides = {side for side, _ in involved}
    side = "both" if len(sides) == 2 else "".join(sides)
    zones = tuple(zone for zone in ZONES if any(zone == name for _, name in involved))
    return SimulatedFinding(kind, side, zones, number, size, mask, tuple(involved), descriptors)
