"""The heatmap as a value: one similarity per cell, and where it lies in the image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from afloc_core.imaging.letterbox import PUBLISHED_FRAME, PUBLISHED_RIM
from afloc_core.localization.familiarity import UNKNOWN_IMAGE, UNKNOWN_PHRASE
from afloc_core.localization.geometry import (
    Interpolation,
    MapGeometry,
    output_positions,
    output_shape,
    resampling_matrix,
)
from afloc_core.localization.pipelines import Pipeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.localization.features import EncodedPhrase

PUBLISHED_SIGMA = 1.5


@dataclass(frozen=True)
class ModelIdentity:
    """Which model made a map: its name, the SHA-256 of its weights in hexadecimal, and the method it implements."""

    name: str
    digest: str
    method: str


@dataclass(frozen=True)
class DisplayScale:
    """The absolute scale a map is shown on.

    Attributes
    ----------
    cold, hot : float
        Similarities shown as the cold and the hot end. ``cold`` is what normal films reach, so an absent finding
        looks cold.
    unit : str
        ``"cosine similarity"`` or ``"dot product"``.
    calibrated : bool
        Whether the two ends were measured on films for this model, or are the published constants 0 and 2.
    """

    cold: float
    hot: float
    unit: str
    calibrated: bool

    @property
    def middle(self) -> float:
        """The similarity half way between cold and hot: the default threshold of contours and regions."""
        return (self.cold + self.hot) / 2

    def normalise(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map similarities to [0, 1]: 0 at ``cold`` and below, 1 at ``hot`` and above; NaN stays NaN."""
        shares = (values - np.float32(self.cold)) / np.float32(self.hot - self.cold)
        return np.asarray(np.clip(shares, 0, 1), dtype=np.float32)


def own_scale(grid: NDArray[np.float32], unit: str) -> DisplayScale:
    """Make the scale of a map nothing was calibrated for: its own range, never empty."""
    low, high = float(grid.min()), float(grid.max())
    return DisplayScale(low, max(high, low + 1e-6), unit, calibrated=False)


@dataclass(frozen=True, eq=False)
class Heatmap:
    """How similar each part of a radiograph is to a phrase.

    Attributes
    ----------
    grid : ndarray of float32, shape (h, w)
        Raw similarity of each deep-local cell with the phrase, unsmoothed. Dot product in the ``published`` pipeline,
        the model's own measure in ``aligned``.
    phrase : EncodedPhrase
        The phrase as typed and as encoded.
    pipeline : Pipeline
        The arithmetic the map was made with.
    geometry : MapGeometry
        Where the cells lie.
    sigma : float
        Gaussian smoothing of the grid, in cells.
    scale : DisplayScale
        The absolute scale the map is shown on.
    model : ModelIdentity
        The model that made it.
    match : float
        In [0, 1]: how well the whole image matches the phrase.
    spacing_mm : (float, float) or None
        Row and column spacing of the image.
    phrase_known, image_known : bool
        False where the model's references say that it knows nothing of such a phrase, or that the picture is no
        frontal chest film. True also for a model without references, which cannot tell.
    """

    grid: NDArray[np.float32]
    phrase: EncodedPhrase
    pipeline: Pipeline
    geometry: MapGeometry
    sigma: float
    scale: DisplayScale
    model: ModelIdentity
    match: float
    spacing_mm: tuple[float, float] | None = None
    phrase_known: bool = True
    image_known: bool = True

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the map may mean nothing, one plain sentence each: of the picture, then of the phrase."""
        said = ((self.image_known, UNKNOWN_IMAGE), (self.phrase_known, UNKNOWN_PHRASE))
        return tuple(sentence for known, sentence in said if not known)

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        return self.geometry.image_shape

    def in_image(self, max_side: int = 1024) -> NDArray[np.float32]:
        """Return the map over the whole image.

        Parameters
        ----------
        max_side : int
            Longest side of the result; an image smaller than that is not enlarged.

        Returns
        -------
        ndarray of float32, shape (h, w)
            Raw similarities, sample centres spread evenly over the image. NaN where nothing was scored: nowhere in
            the ``aligned`` pipeline, in the rim of the published evaluation in the ``published`` one.
        """
        shape = output_shape(self.image_shape, max_side)
        positions = [output_positions(self.image_shape[axis], shape[axis]) for axis in (0, 1)]
        if self.pipeline is Pipeline.PUBLISHED:
            return self._published_in_image(positions)
        smooth = self._smoothed(self.sigma)
        rows, columns = (
            resampling_matrix(
                self.geometry.cells_of_image(positions[axis], axis), self.grid.shape[axis], Interpolation.CUBIC
            )
            for axis in (0, 1)
        )
        return _spread(smooth, rows, columns)

    def published_frame(self) -> NDArray[np.float32]:
        """Return the map in the letterboxed 224 frame as the published pipeline makes it.

        Gaussian of 1.5 cells on the grid, then bilinear to 224 pixels as though the cells tiled the frame
        (``align_corners=False``). The evaluation's rim is not removed yet, and no rescaling is done.

        Returns
        -------
        ndarray of float32, shape (224, 224)
            Raw similarities, no NaN.
        """
        smooth = self._smoothed(PUBLISHED_SIGMA)
        rows, columns = (resampling_matrix(output_positions(n, PUBLISHED_FRAME), n) for n in self.grid.shape)
        return _spread(smooth, rows, columns)

    @cached_property
    def peak(self) -> tuple[float, float]:
        """Where the map is highest: (x, y) in image pixels, pixel centres at integers."""
        return self._peak[0]

    @cached_property
    def peak_value(self) -> float:
        """The highest similarity of the map."""
        return self._peak[1]

    @cached_property
    def _peak(self) -> tuple[tuple[float, float], float]:
        values = self.in_image()
        row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
        y = output_positions(self.image_shape[0], values.shape[0])[row]
        x = output_positions(self.image_shape[1], values.shape[1])[column]
        return (float(x), float(y)), float(values[row, column])

    def _smoothed(self, sigma: float) -> NDArray[np.float32]:
        if sigma <= 0:
            return self.grid
        return np.asarray(gaussian_filter(self.grid, sigma=sigma, order=0), dtype=np.float32)

    def _published_in_image(self, positions: list[NDArray[np.float64]]) -> NDArray[np.float32]:
        frame = self.published_frame()
        box = self.geometry.letterbox
        where = [
            (box.frame_from_image(positions[axis], axis) + 0.5) * (PUBLISHED_FRAME / box.frame) - 0.5 for axis in (0, 1)
        ]
        rows, columns = (resampling_matrix(where[axis], PUBLISHED_FRAME) for axis in (0, 1))
        values = _spread(frame, rows, columns)
        last = PUBLISHED_FRAME - PUBLISHED_RIM - 0.5
        unscored = [(position < PUBLISHED_RIM - 0.5) | (position > last) for position in where]
        values[unscored[0], :] = np.nan
        values[:, unscored[1]] = np.nan
        return values


def _spread(
    values: NDArray[np.float32], rows: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Resample along both axes."""
    return np.asarray(rows @ values @ columns.T, dtype=np.float32)
