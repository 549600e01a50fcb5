"""Chest films of nobody: procedural frontal films, to run the whole recipe where there are no real ones.

They have what the simulation needs (a thorax with two aerated lungs in it, ribs, heart, diaphragm, spine) and differ
from body to body. Nothing learned from them holds for a real film.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from afloc_core.pretraining.simulation.anatomy import FRAME, Anatomy
from afloc_core.pretraining.simulation.lines import curve, stroke

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TISSUE, _BELLY, _AIR = 0.66, 0.82, 0.26
_SOFT_EDGE = 1.6  # pixels


@dataclass(frozen=True, slots=True)
class _Lung:
    """Shape of one lung, in shares of the film's side: middle, half width, apex, base, and height of the diaphragm."""

    middle: float
    half_width: float
    apex: float
    base: float
    dome: float

    def contains(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return where the lung would be without a heart: a dome above, the diaphragm below."""
        across = (x - self.middle) / self.half_width
        waist = self.apex + 0.68 * (self.base - self.apex)
        up = np.clip((waist - y) / (waist - self.apex), 0.0, None)
        floor = self.base - self.dome * np.clip(1 - across**2, 0.0, None)
        return np.asarray((across**2 + up**2.2 < 1) & (y < floor))


def phantom(rng: np.random.Generator, size: int = FRAME) -> Anatomy:
    """Draw the film of a new body without any finding.

    Parameters
    ----------
    rng
        Source of chance; equal generators give equal bodies.
    size
        Side of the film in pixels.

    Returns
    -------
    Anatomy
        The film is float32 (size, size) in [0, 1], 0 outside the body; the masks are where the lungs were drawn.
    """
    y, x = (axis.astype(np.float32) / size for axis in np.mgrid[0:size, 0:size])
    right, left = _lungs(rng)
    heart = _heart(x, y, right, left, rng)
    masks = [lung.contains(x, y) & ~heart for lung in (right, left)]
    film = _soft_tissue(x, y, right, left, rng)
    air = _smooth(masks[0] | masks[1])
    film += air * (_AIR + rng.uniform(-0.05, 0.05) - film)
    film += 0.12 * _smooth(heart)
    film += _vessels(x, y, right, left, rng) * air
    film += _skeleton(x, y, right, left, rng)
    film += 0.012 * ndimage.gaussian_filter(rng.standard_normal(film.shape), 0.7) / 0.4
    film *= _smooth(_body(x, y, rng))
    return Anatomy(np.clip(film, 0.0, 1.0).astype(np.float32), *masks)


def _lungs(rng: np.random.Generator) -> tuple[_Lung, _Lung]:
    half_width = rng.uniform(0.135, 0.16)
    apex, base = rng.uniform(0.12, 0.17), rng.uniform(0.70, 0.77)
    gap = rng.uniform(0.045, 0.06)
    middle = 0.5 + rng.uniform(-0.012, 0.012)
    lungs = []
    for side, drop in ((-1, 0.0), (1, rng.uniform(0.0, 0.02))):  # the left half of the diaphragm lies lower
        width = half_width * rng.uniform(0.96, 1.04)
        top, dome = apex + rng.uniform(-0.008, 0.008), rng.uniform(0.03, 0.05)
        lungs.append(_Lung(middle + side * (gap + width), width, top, base + drop, dome))
    return lungs[0], lungs[1]


def _heart(
    x: NDArray[np.float32], y: NDArray[np.float32], right: _Lung, left: _Lung, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return a leaning ellipse on the diaphragm, two thirds of it on the patient's left, and the aorta above."""
    middle = (right.middle + left.middle) / 2
    wide, high = rng.uniform(0.105, 0.125), rng.uniform(0.12, 0.14)
    across = x - (middle + rng.uniform(0.025, 0.04))
    down = y - (left.base - 0.125)
    across = across - 0.3 * down
    aorta = (x - middle - 0.025) ** 2 + (y - right.apex - 0.2) ** 2 < rng.uniform(0.04, 0.05) ** 2
    return np.asarray((across / wide) ** 2 + (down / high) ** 2 < 1) | aorta


def _body(x: NDArray[np.float32], y: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return neck, shoulders and trunk; the film cuts most of them off at its sides."""
    trunk = rng.uniform(0.44, 0.49)
    slope = np.clip((y - rng.uniform(0.0, 0.03)) / 0.14, 0.0, 1.0)
    width = 0.13 + (trunk - 0.13) * np.sin(slope * np.pi / 2)
    return np.asarray(np.abs(x - 0.5) < width)


def _soft_tissue(
    x: NDArray[np.float32], y: NDArray[np.float32], right: _Lung, left: _Lung, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return trunk and abdomen without lungs, thinner to the sides; air in the trachea and mostly in the stomach."""
    middle = (right.middle + left.middle) / 2
    film = _TISSUE + rng.uniform(-0.04, 0.04) - 0.5 * np.clip(np.abs(x - middle) - 0.33, 0.0, None)
    belly = 1 / (1 + np.exp(-(y - right.base + 0.02) / 0.02))
    film = film + (_BELLY - _TISSUE) * belly
    trachea = (np.abs(x - middle) < 0.018) & (y > 0.03) & (y < right.apex + 0.2)
    film -= 0.1 * _smooth(trachea)
    if rng.random() < 0.7:
        bubble = ((x - left.middle + 0.01) / 0.06) ** 2 + ((y - left.base - 0.07) / 0.035) ** 2 < 1
        film -= 0.2 * _smooth(bubble)
    return np.asarray(film, dtype=np.float64)


def _vessels(
    x: NDArray[np.float32], y: NDArray[np.float32], right: _Lung, left: _Lung, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return hila and the branches that run from them, thinner outwards."""
    total = np.zeros(x.shape)
    size = len(x)
    for lung, inner in ((right, 1), (left, -1)):
        root = np.array([lung.apex + 0.56 * (lung.base - lung.apex), lung.middle + inner * 0.8 * lung.half_width])
        distance = np.hypot((x - root[1]) / 0.055, (y - root[0]) / 0.09)
        total += 0.16 * np.exp(-(distance**2))
        paths = []
        for angle in np.linspace(-1.3, 1.3, 7) + rng.uniform(-0.15, 0.15, 7):
            way = np.array([np.sin(angle), -inner * np.cos(angle)]) * rng.uniform(0.14, 0.2)
            bend = rng.uniform(-0.02, 0.02, 2)
            paths.append(curve([tuple(size * (root + share * way + bend * (share > 0))) for share in (0.0, 0.5, 1.0)]))
        total += 0.07 * stroke(x.shape, paths, 1.1)
    return np.asarray(total, dtype=np.float64)


def _skeleton(
    x: NDArray[np.float32], y: NDArray[np.float32], right: _Lung, left: _Lung, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the spine with its discs, nine pairs of ribs, and the clavicles."""
    middle = (right.middle + left.middle) / 2
    chest = left.middle + left.half_width - middle + 0.02
    aside = np.abs(x - middle) / chest
    spacing, phase = rng.uniform(0.07, 0.08), rng.uniform(0, 1)
    spine = np.clip(1 - (np.abs(x - middle) / 0.035) ** 4, 0.0, 1.0) * (0.07 + 0.02 * np.sin(2 * np.pi * y / 0.055))
    course = (y - 0.1 * np.sin(np.clip(aside, 0, 1) * np.pi * 0.62)) / spacing + phase
    rib = np.clip(np.sin(2 * np.pi * course) - 0.1, 0.0, 1.0) * (aside < 1.02) * (aside > 0.1)
    rib *= (y > right.apex - 0.04) & (y < left.base + 0.05)
    size = len(x)
    tops = right.apex + rng.uniform(0.05, 0.09)
    bones = []
    for side in (-1, 1):
        points = ((tops + 0.03, 0.04), (tops, 0.16), (tops - 0.035, 0.32))
        bones.append(curve([(size * row, size * (middle + side * column)) for row, column in points]))
    clavicles = stroke(x.shape, bones, 2.6)
    return np.asarray(spine + rng.uniform(0.035, 0.06) * _smooth(rib) + 0.12 * clavicles, dtype=np.float64)


def _smooth(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Blur as a film blurs an edge."""
    return np.asarray(ndimage.gaussian_filter(values.astype(np.float64), _SOFT_EDGE))
