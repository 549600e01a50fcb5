"""Small changes of geometry and contrast that leave every sentence about a film true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional as F

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


_OTHER_SHARPNESS, _OTHER_GRAIN = 0.5, 0.5


def augment(film: NDArray[np.float32], rng: np.random.Generator, *, grain: bool = True) -> NDArray[np.float32]:
    """Rotate by up to 7 degrees, scale, shift, and change tone, sharpness and grain; sometimes crop the long way.

    Parameters
    ----------
    film : ndarray of float32, shape (S, S), range [0, 1]
    rng : Generator
    grain : bool
        Whether sharpness and grain are changed too.

    Returns
    -------
    ndarray of float32, shape (S, S), range [0, 1]
        Outside the film is 0, as in a letterboxed frame.
    """
    side = film.shape[0]
    angle = np.deg2rad(rng.uniform(-7, 7))
    scale = 1 / rng.uniform(0.9, 1.12)
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.full(2, (side - 1) / 2)
    offset = centre - matrix @ centre + rng.uniform(-13, 13, 2)
    moved = ndimage.affine_transform(film, matrix, offset, order=1, mode="constant", cval=0.0)
    toned = np.clip(moved, 0, 1) ** np.exp(rng.uniform(-0.3, 0.3))
    inside = ndimage.affine_transform(np.ones_like(film), matrix, offset, order=0, mode="constant", cval=0.0)
    toned = (toned - 0.5) * rng.uniform(0.8, 1.2) + 0.5 + rng.uniform(-0.07, 0.07)
    if grain:
        toned = _grained(toned, rng)
    return _letterboxed(np.asarray(np.clip(toned, 0, 1) * inside, dtype=np.float32), rng)


def _grained(film: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Soften or sharpen half of the films and add grain to half, as other detectors and processing would."""
    if rng.random() < _OTHER_SHARPNESS:
        soft = ndimage.gaussian_filter(film, rng.uniform(0.4, 1.2), truncate=3.0)
        film = film + rng.uniform(-0.8, 1.0) * (soft - film)
    if rng.random() < _OTHER_GRAIN:
        film = film + rng.normal(0, rng.uniform(0.004, 0.02), film.shape).astype(np.float32)
    return film


def _letterboxed(film: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Blacken both margins of one axis in a quarter of films, as the frame of a film that is not square."""
    if rng.random() < 0.25:
        margin = int(rng.uniform(0.02, 0.12) * film.shape[0])
        film = film.copy()
        along = film if rng.random() < 0.5 else film.T  # a view: blackening it blackens the film
        along[:margin] = 0
        along[-margin:] = 0
    return film


def shake(inputs: Tensor, rng: np.random.Generator, shift: int, gain: float) -> Tensor:
    """Move early features or frames and change the strength of their channels, so that no view is seen twice.

    Parameters
    ----------
    inputs : Tensor, shape (B, C, h, w)
        Output of the first stages, whose cells are small enough to be moved whole, or frames in [-1, 1].
    rng : Generator
    shift : int
        Cells, or pixels of frames, to move by at most, along each axis; the edge is repeated.
    gain : float
        Standard deviation of the logarithm of a channel's strength; of frames, of their contrast about the middle grey.

    Returns
    -------
    Tensor, shape (B, C, h, w)
    """
    films, channels, height, width = inputs.shape
    padded = F.pad(inputs, [shift] * 4, mode="replicate")
    corners = rng.integers(0, 2 * shift + 1, (films, 2)).tolist()
    moved = [film[:, y : y + height, x : x + width] for film, (y, x) in zip(padded, corners, strict=True)]
    strength = np.exp(rng.normal(0, gain, (films, channels, 1, 1))).astype(np.float32)
    return torch.stack(moved) * torch.from_numpy(strength).to(inputs)
