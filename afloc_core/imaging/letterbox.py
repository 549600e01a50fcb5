"""Fitting an image into the square frame that a network sees, and the published area-averaging resize."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray


PUBLISHED_FRAME = 224
"""Side of the square frame of the published preparation."""

PUBLISHED_RIM = 14
"""Pixels of that frame which the published evaluation leaves out on each side: (224 - 224 * 448 / 512) / 2."""


@dataclass(frozen=True)
class Letterbox:
    """An image of ``image_shape`` scaled to ``scaled_shape`` and padded into a square of ``frame`` pixels.

    Positions are pixel indices with pixel centres at integers, along one axis at a time (0: rows, 1: columns).

    Attributes
    ----------
    image_shape, scaled_shape : (int, int)
        Height and width before and after scaling.
    frame : int
        Side of the square.
    """

    image_shape: tuple[int, int]
    scaled_shape: tuple[int, int]
    frame: int

    @classmethod
    def fit(cls, image_shape: tuple[int, int], frame: int) -> Letterbox:
        """Scale the long side to ``frame`` and cut the short side to whole pixels, as the published ``_resize_img``."""
        height, width = image_shape
        factor = frame / float(max(height, width))
        if height >= width:
            scaled = (frame, max(1, int(float(width) * factor)))
        else:
            scaled = (max(1, int(float(height) * factor)), frame)
        return cls((height, width), scaled, frame)

    @property
    def offset(self) -> tuple[int, int]:
        """Rows above and columns left of the scaled image inside the square (the smaller half of the padding)."""
        return ((self.frame - self.scaled_shape[0]) // 2, (self.frame - self.scaled_shape[1]) // 2)

    def frame_from_image(self, positions: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        """Map image pixel indices to frame pixel indices along ``axis``."""
        factor = self.scaled_shape[axis] / self.image_shape[axis]
        return (positions + 0.5) * factor - 0.5 + self.offset[axis]

    def image_from_frame(self, positions: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        """Map frame pixel indices to image pixel indices along ``axis``; the inverse of `frame_from_image`."""
        factor = self.scaled_shape[axis] / self.image_shape[axis]
        return (positions - self.offset[axis] + 0.5) / factor - 0.5

    def place(self, scaled: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put the scaled image into a square of zeros.

        Parameters
        ----------
        scaled : ndarray, shape ``scaled_shape``

        Returns
        -------
        ndarray of float32, shape (frame, frame)
        """
        square = np.zeros((self.frame, self.frame), dtype=np.float32)
        top, left = self.offset
        square[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
        return square


def area_resize(image: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Resize by area averaging, equal to the ``INTER_AREA`` resize of the published preparation.

    When both sides shrink (or stay), each output pixel is the mean of the input area under it. As soon as one side
    grows, both are interpolated between the two nearest input pixels with that method's own weights.

    Parameters
    ----------
    image : ndarray of float32, shape (H, W)
    shape : (int, int)
        Height and width of the result.

    Returns
    -------
    ndarray of float32, shape ``shape``
        Unrounded.
    """
    weights = _mean_weights if shape[0] <= image.shape[0] and shape[1] <= image.shape[1] else _between_weights
    rows, columns = (weights(image.shape[axis], shape[axis]) for axis in (0, 1))
    narrow = (columns @ np.ascontiguousarray(image, dtype=np.float32).T).T
    return np.ascontiguousarray(rows @ np.ascontiguousarray(narrow), dtype=np.float32)


def area_resize_8bit(image: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize an 8-bit image by area averaging and round to the nearest grey level, halves up at a factor of two.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W)
    shape : (int, int)
        Height and width of the result.

    Returns
    -------
    ndarray of uint8, shape ``shape``
    """
    if image.shape == shape:
        return image.copy()
    resized = area_resize(image.astype(np.float32), shape)
    if image.shape == (2 * shape[0], 2 * shape[1]):
        return np.asarray(np.floor(resized + 0.5), dtype=np.uint8)
    return np.asarray(np.clip(np.rint(resized), 0, 255), dtype=np.uint8)


def _mean_weights(n_source: int, n_target: int) -> csr_array:
    """Overlap of each target pixel with each source pixel, rows summing to 1; shape (n_target, n_source)."""
    edges = np.arange(n_target + 1) * (n_source / n_target)
    first = np.floor(edges[:-1]).astype(np.int64)
    span = int(np.ceil(n_source / n_target)) + 1
    source = first[:, None] + np.arange(span)
    overlap = np.minimum(source + 1, edges[1:, None]) - np.maximum(source, edges[:-1, None])
    overlap = np.where((overlap > 1e-9) & (source < n_source), overlap, 0)
    overlap /= overlap.sum(axis=1, keepdims=True)
    return _matrix(overlap, np.clip(source, 0, n_source - 1), n_source)


def _between_weights(n_source: int, n_target: int) -> csr_array:
    """Weights of the two source pixels that an enlarging INTER_AREA reads for each target pixel."""
    scale = n_source / n_target
    target = np.arange(n_target)
    left = np.floor(target * scale).astype(np.int64)
    fraction = (target + 1) - (left + 1) / scale
    fraction = np.where(fraction <= 0, 0, fraction - np.floor(fraction))
    source = np.stack([left, left + 1], axis=1)
    weights = np.stack([1 - fraction, fraction], axis=1)
    return _matrix(weights, np.clip(source, 0, n_source - 1), n_source)


def _matrix(weights: NDArray[np.float64], source: NDArray[np.int64], n_source: int) -> csr_array:
    n_target, span = weights.shape
    rows = np.repeat(np.arange(n_target), span)
    matrix = csr_array(
        (weights.ravel().astype(np.float32), (rows, source.ravel())), shape=(n_target, n_source), dtype=np.float32
    )
    matrix.eliminate_zeros()
    return matrix
