"""Where the lungs are in a frontal film: only good enough to place simulated findings.

The segmentation is a threshold inside the thorax and a list of plausibility rules. It says no rather than guess:
about a quarter of normal films are refused, and those films simply carry no simulated findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import exposure, filters, measure
from skimage.morphology import convex_hull_image, disk, isotropic_closing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

FRAME = 288
_THRESHOLD_OFFSETS = (0.0, 0.031, -0.031, 0.062, -0.062, -0.1)


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A film and the two lungs seen in it.

    Parameters
    ----------
    film : float32 (S, S)
        In [0, 1], bright = dense, no NaN.
    right_lung, left_lung : bool (S, S)
        The patient's right lung is on the image's left. The two do not overlap.
    """

    film: NDArray[np.float32]
    right_lung: NDArray[np.bool_]
    left_lung: NDArray[np.bool_]


def square_film(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return a grey image as a film in the working frame.

    Parameters
    ----------
    pixels : (H, W), any real dtype
        Bright = dense, any range, no NaN.

    Returns
    -------
    float32 (FRAME, FRAME)
        Stretched from the 0.5th to the 99.7th percentile to [0, 1], padded with 0 to a square, area-averaged.
    """
    values = np.asarray(pixels, dtype=np.float32)
    low, high = np.percentile(values, (0.5, 99.7))
    values = np.clip((values - low) / max(float(high - low), 1e-6), 0.0, 1.0)
    height, width = values.shape
    side = max(height, width)
    square = np.zeros((side, side), dtype=np.float32)
    top, start = (side - height) // 2, (side - width) // 2
    square[top : top + height, start : start + width] = values
    return np.asarray(Image.fromarray(square).resize((FRAME, FRAME), Image.Resampling.BOX), dtype=np.float32)


def find_lungs(film: NDArray[np.float32]) -> Anatomy | None:
    """Find both lungs of a frontal film.

    Parameters
    ----------
    film : float32 (S, S)
        In [0, 1], bright = dense, no NaN.

    Returns
    -------
    Anatomy or None
        None when no believable pair of lungs was found.
    """
    size = film.shape[0]
    even = exposure.equalize_adapthist(
        np.clip(ndimage.gaussian_filter(film, 1.9), 0.0, 1.0), kernel_size=size // 4, clip_limit=0.012
    )
    even = ndimage.gaussian_filter(even.astype(np.float32), 2.9)
    body = _body(film)
    rows, columns = _central(size)
    threshold = float(filters.threshold_otsu(even[rows, columns]))
    for offset in _THRESHOLD_OFFSETS:
        pair = _pair_of_lungs(even, body, threshold + offset)
        if pair is not None:
            return Anatomy(film, *pair)
    return None


def mean_lungs(anatomies: Iterable[Anatomy]) -> NDArray[np.float32]:
    """Return how often each pixel is lung, for `plausible`.

    Parameters
    ----------
    anatomies
        At least one, all of one size.

    Returns
    -------
    float32 (S, S)
        In [0, 1].
    """
    masks = [anatomy.right_lung | anatomy.left_lung for anatomy in anatomies]
    return np.asarray(np.mean(masks, axis=0), dtype=np.float32)


def plausible(anatomy: Anatomy, mean_mask: NDArray[np.float32]) -> bool:
    """Return whether a pair of lungs lies where lungs usually lie.

    Parameters
    ----------
    anatomy
        A first guess, from `find_lungs`.
    mean_mask : float32 (S, S)
        How often each pixel is lung over many films, in [0, 1].

    Returns
    -------
    bool
        False for masks that leak to the shoulder, the arm or the film's edge.
    """
    lungs = anatomy.right_lung | anatomy.left_lung
    size = len(lungs)
    side = round(0.065 * size)
    rim = max(lungs[:, side].sum(), lungs[:, -side - 1].sum())
    unusual = float((mean_mask[lungs] < 0.06).mean())
    domed = _domed(anatomy.right_lung) and _domed(anatomy.left_lung)
    return bool(rim < 0.17 * size) and unusual < 0.07 and domed


def mirror(anatomy: Anatomy) -> Anatomy:
    """Return the film mirrored; the lung on the image's left is the right lung again.

    Parameters
    ----------
    anatomy
        Any.

    Returns
    -------
    Anatomy
        New contiguous arrays.
    """
    return Anatomy(
        np.ascontiguousarray(anatomy.film[:, ::-1]),
        np.ascontiguousarray(anatomy.left_lung[:, ::-1]),
        np.ascontiguousarray(anatomy.right_lung[:, ::-1]),
    )


def _domed(lung: NDArray[np.bool_]) -> bool:
    """Return whether a lung is narrow at its top; a mask that leaks to the shoulder or neck is not."""
    width = lung.sum(axis=1)
    rows = np.flatnonzero(width)
    near_top = width[rows[0] + round(0.04 * len(rows))]
    return bool(near_top < 0.67 * width.max())


def _central(size: int) -> tuple[slice, slice]:
    return slice(round(0.08 * size), round(0.92 * size)), slice(round(0.06 * size), round(0.94 * size))


def _body(film: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the film without the air around the patient, which reaches the film's edge."""
    air = np.pad(ndimage.gaussian_filter(film, 1.5) < 0.1, 1, constant_values=True)
    air = ndimage.binary_opening(air, iterations=2)
    labels = measure.label(np.pad(air[1:-1, 1:-1], 1, constant_values=True))
    outside = (labels == labels[0, 0])[1:-1, 1:-1]
    return np.asarray(~ndimage.binary_dilation(outside, iterations=6))


def _pair_of_lungs(
    even: NDArray[np.float32], body: NDArray[np.bool_], threshold: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    size = even.shape[0]
    dark = np.zeros(even.shape, dtype=bool)
    centre = _central(size)
    dark[centre] = even[centre] < threshold
    dark &= body
    dark = ndimage.binary_opening(dark, structure=disk(3))
    labels = measure.label(dark)
    candidates = [region for region in measure.regionprops(labels) if _lung_like(region, size)]
    right = [region for region in candidates if 0.15 < region.centroid[1] / size < 0.48]
    left = [region for region in candidates if 0.52 < region.centroid[1] / size < 0.85]
    if not right or not left:
        return None
    regions = [max(side, key=lambda region: region.area) for side in (right, left)]
    if not _matching(regions[0], regions[1], size):
        return None
    lungs = [_fill(labels == region.label, (even < threshold + 0.086) & body) for region in regions]
    if any(lung is None for lung in lungs):
        return None
    first, second = lungs
    if first is None or second is None or (first & second).any():
        return None
    return first, second


def _lung_like(region: measure._regionprops.RegionProperties, size: int) -> bool:
    top, start, bottom, end = region.bbox
    return bool(
        0.04 < region.area / size**2 < 0.26
        and 0.2 < region.centroid[0] / size < 0.72
        and (bottom - top) / size > 0.3
        and 0.12 < (end - start) / size < 0.5
    )


def _matching(
    right: measure._regionprops.RegionProperties, left: measure._regionprops.RegionProperties, size: int
) -> bool:
    ratio = max(right.area, left.area) / min(right.area, left.area)
    uneven = max(abs(right.bbox[edge] - left.bbox[edge]) for edge in (0, 2)) / size
    return bool(ratio < 2.2 and uneven < 0.12)


def _fill(lung: NDArray[np.bool_], airy: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Close the gaps that ribs and vessels leave; None if the outline is not lung-shaped."""
    margin = 16
    padded = np.pad(lung, margin)
    closed = ndimage.binary_fill_holes(isotropic_closing(padded, 14))
    closed = closed[margin:-margin, margin:-margin]
    hull = convex_hull_image(closed)
    if closed.sum() / hull.sum() < 0.78:
        return None
    filled: NDArray[np.bool_] = ndimage.binary_opening(closed | (hull & airy), structure=disk(5))
    labels = measure.label(filled)
    if labels.max() == 0:
        return None
    largest = np.asarray(labels == 1 + np.argmax(np.bincount(labels.ravel())[1:]))
    solid = largest.sum() / convex_hull_image(largest).sum()
    return largest if solid > 0.84 else None
