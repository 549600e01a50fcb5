"""The shapes a mark can have, in image pixels.

Coordinates are continuous: x to the right, y down, (0, 0) is the upper left corner of the first pixel and (0.5, 0.5)
its centre. A pixel belongs to a box or polygon when its centre does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pycocotools import mask as run_lengths

from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Bounds(NamedTuple):
    """Left, top, right and bottom edge in image pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle.

    Attributes
    ----------
    x, y, width, height : float
        Upper left corner and size, image pixels.

    Raises
    ------
    MarkError
        If a number is not finite or the size is not positive.
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.x, self.y, self.width, self.height))):
            raise MarkError("The box has a coordinate that is not a number.")
        if self.width <= 0 or self.height <= 0:
            raise MarkError("The box is empty: its width and height must be positive.")

    @property
    def bounds(self) -> Bounds:
        """Edges in image pixels."""
        return Bounds(self.x, self.y, self.x + self.width, self.y + self.height)

    def to_mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Pixels inside, bool (H, W)."""
        rows, columns = (np.arange(n) + 0.5 for n in shape)
        left, top, right, bottom = self.bounds
        inside = np.outer((rows >= top) & (rows < bottom), (columns >= left) & (columns < right))
        return np.asarray(inside, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed outline, drawn corner by corner or freehand.

    Attributes
    ----------
    points : tuple of (x, y)
        At least three corners in image pixels; the last is joined to the first.
    freehand : bool
        Whether the outline was drawn in one stroke.

    Raises
    ------
    MarkError
        If there are fewer than three corners or one is not finite.
    """

    points: tuple[tuple[float, float], ...]
    freehand: bool = False

    def __post_init__(self) -> None:
        _check_points(self.points, 3, "outline")

    @property
    def bounds(self) -> Bounds:
        """Edges in image pixels."""
        return _bounds(self.points)

    def to_mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Pixels inside, bool (H, W)."""
        from skimage.draw import polygon2mask  # slow to import, and a window that opens draws no masks yet

        corners = np.array(self.points, dtype=np.float64)[:, ::-1] - 0.5
        return np.asarray(polygon2mask(shape, corners), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Points:
    """One or several places without an extent, such as the most salient point of a finding.

    Attributes
    ----------
    points : tuple of (x, y)
        Image pixels.

    Raises
    ------
    MarkError
        If there is no point or one is not finite.
    """

    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        _check_points(self.points, 1, "mark")

    @property
    def bounds(self) -> Bounds:
        """Edges in image pixels."""
        return _bounds(self.points)

    def to_mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Pixels the points lie in, bool (H, W); points outside the image count nowhere."""
        mask = np.zeros(shape, dtype=np.bool_)
        for x, y in self.points:
            row, column = math.floor(y), math.floor(x)
            if 0 <= row < shape[0] and 0 <= column < shape[1]:
                mask[row, column] = True
        return mask


@dataclass(frozen=True, slots=True)
class Mask:
    """Any set of pixels, kept as a COCO run-length code.

    Attributes
    ----------
    size : (int, int)
        Height and width of the image the mask was drawn on.
    counts : str
        Compressed COCO run lengths, column by column.

    Raises
    ------
    MarkError
        If the size is not positive or the code does not describe a mask of that size.
    """

    size: tuple[int, int]
    counts: str

    def __post_init__(self) -> None:
        if min(self.size) <= 0 or not self.counts:
            raise MarkError("The mask has no size or no run lengths.")

    @classmethod
    def from_array(cls, mask: NDArray[np.bool_]) -> Mask:
        """Encode a bool array (H, W)."""
        code = run_lengths.encode(np.asfortranarray(mask, dtype=np.uint8))
        height, width = code["size"]
        return cls((int(height), int(width)), code["counts"].decode("ascii"))

    @classmethod
    def from_window(cls, window: NDArray[np.bool_], origin: tuple[int, int], size: tuple[int, int]) -> Mask:
        """Encode a mask that is empty outside a window, at a cost that does not depend on the image.

        Parameters
        ----------
        window : ndarray of bool, shape (h, w)
        origin : (int, int)
            Column and row of the image where the window begins; what lies outside the image is left out.
        size : (int, int)
            Height and width of the image.
        """
        left, top = origin
        height, width = size
        inside = window[max(-top, 0) : max(height - top, 0), max(-left, 0) : max(width - left, 0)]
        left, top = max(left, 0), max(top, 0)
        # One row for each column of the image, with an empty cell before and after: a run begins and ends at each step.
        steps = np.diff(np.pad(inside.T, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        offset = np.arange(left, left + inside.shape[1], dtype=np.int64)[:, None] * height + top
        places = np.arange(steps.shape[1], dtype=np.int64) + offset
        starts, ends = places[steps > 0], places[steps < 0]
        apart = np.ones(len(starts), dtype=np.bool_)
        apart[1:] = starts[1:] > ends[:-1]  # a run that reaches the lower edge goes on in the next column
        starts, ends = starts[apart], np.append(ends[:-1][apart[1:]], ends[-1:])
        turns = np.empty(2 * len(starts) + 2, dtype=np.int64)
        turns[0], turns[-1] = 0, height * width
        turns[1:-1:2], turns[2:-1:2] = starts, ends
        counts = np.diff(turns).tolist()
        if len(counts) > 1 and not counts[-1]:
            del counts[-1]
        code = run_lengths.frPyObjects({"size": [height, width], "counts": counts}, height, width)
        return cls((height, width), code["counts"].decode("ascii"))

    @property
    def bounds(self) -> Bounds:
        """Edges in image pixels; all zero when the mask is empty."""
        x, y, width, height = (float(v) for v in run_lengths.toBbox(self._code()))
        return Bounds(x, y, x + width, y + height)

    @property
    def area(self) -> int:
        """How many pixels are inside."""
        return int(run_lengths.area(self._code()))

    def to_mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Pixels inside, bool (H, W).

        Raises
        ------
        MarkError
            If the mask was drawn on an image of another size.
        """
        if tuple(shape) != self.size:
            raise MarkError(
                f"The mask was drawn on an image of {self.size[1]} x {self.size[0]} pixels, this one has "
                f"{shape[1]} x {shape[0]}."
            )
        return np.asarray(run_lengths.decode(self._code()), dtype=np.bool_)

    def _code(self) -> dict[str, object]:
        return {"size": list(self.size), "counts": self.counts.encode("ascii")}


Shape = Box | Polygon | Points | Mask


def _check_points(points: tuple[tuple[float, float], ...], least: int, what: str) -> None:
    if len(points) < least:
        raise MarkError(f"The {what} has {len(points)} points; it needs at least {least}.")
    if not all(math.isfinite(value) for point in points for value in point):
        raise MarkError(f"The {what} has a coordinate that is not a number.")


def _bounds(points: tuple[tuple[float, float], ...]) -> Bounds:
    xs, ys = zip(*points, strict=True)
    return Bounds(min(xs), min(ys), max(xs), max(ys))
