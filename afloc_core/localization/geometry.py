"""Where a cell of the map lies in the image, and the resampling that follows from it.

Positions are pixel indices with pixel centres at integers, along one axis at a time; every resampling here is a
product of two small matrices, one per axis, so maps of any size cost next to nothing and every step has an inverse
that can be tested.

Three frames are involved. The *image* is the radiograph. The *frame* is the square that the image is letterboxed
into (224 pixels in the published implementation). The *input* is what the first convolution sees: the frame enlarged
bilinearly with its corners aligned (299 pixels there), or the frame itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.imaging.letterbox import Letterbox


class Interpolation(Enum):
    """How values between two cells are made."""

    LINEAR = "linear"
    CUBIC = "cubic"


@dataclass(frozen=True)
class MapGeometry:
    """Where the cells of a square grid lie in an image.

    Attributes
    ----------
    letterbox : Letterbox
    input_size : int
        Side of what the first convolution sees.
    stride : int
        Input pixels between neighbouring cells; cell 0 is centred on input pixel 0, because every strided layer pads
        by half its kernel.
    offset : float
        Where cell 0 really looks, in cells from there, for weights that lean to one side.
    """

    letterbox: Letterbox
    input_size: int
    stride: int
    offset: float = 0.0

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of the image."""
        return self.letterbox.image_shape

    def cells_of_frame(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map frame pixel indices to cell indices by receptive-field centres."""
        cells_per_pixel = (self.input_size - 1) / (self.letterbox.frame - 1) / self.stride
        return np.asarray(positions * cells_per_pixel - self.offset, dtype=np.float64)

    def cells_of_image(self, positions: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        """Map image pixel indices to cell indices along ``axis``."""
        return self.cells_of_frame(self.letterbox.frame_from_image(positions, axis))


def output_positions(n_image: int, n_output: int) -> NDArray[np.float64]:
    """Image pixel indices of the centres of ``n_output`` equal parts of an axis of ``n_image`` pixels."""
    return np.asarray((np.arange(n_output) + 0.5) * (n_image / n_output) - 0.5, dtype=np.float64)


def output_shape(image_shape: tuple[int, int], max_side: int) -> tuple[int, int]:
    """Shape of the image scaled down, never up, until its long side is at most ``max_side``."""
    factor = min(1.0, max_side / max(image_shape))
    return (max(1, round(image_shape[0] * factor)), max(1, round(image_shape[1] * factor)))


def resampling_matrix(
    positions: NDArray[np.float64], n_source: int, kind: Interpolation = Interpolation.LINEAR
) -> NDArray[np.float32]:
    """Weights that read ``n_source`` samples at ``positions``.

    Parameters
    ----------
    positions : ndarray of float64, shape (n,)
        Where to read, in source indices; outside [0, n_source - 1] the border sample is continued.
    n_source : int
        Number of source samples.
    kind : Interpolation
        Linear, or the interpolating cubic of Catmull and Rom.

    Returns
    -------
    ndarray of float32, shape (n, n_source)
        Rows sum to 1.
    """
    clipped = np.clip(positions, 0, n_source - 1)
    base = np.floor(clipped).astype(np.int64)
    t = clipped - base
    if kind is Interpolation.LINEAR:
        weights = {0: 1 - t, 1: t}
    else:
        weights = {
            -1: ((-0.5 * t + 1.0) * t - 0.5) * t,
            0: (1.5 * t - 2.5) * t * t + 1.0,
            1: ((-1.5 * t + 2.0) * t + 0.5) * t,
            2: (0.5 * t - 0.5) * t * t,
        }
    matrix = np.zeros((len(positions), n_source))
    rows = np.arange(len(positions))
    for tap, weight in weights.items():
        np.add.at(matrix, (rows, np.clip(base + tap, 0, n_source - 1)), weight)
    return matrix.astype(np.float32)
