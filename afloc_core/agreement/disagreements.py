"""Where two sources disagree: the parts that one marked and the other did not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import find_objects, label

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.agreement.pairwise import Source

_OUTLINE_SIDE = 256
COVERED = 0.25
"""A part of which at least this share is marked by the other counts as seen by both."""


@dataclass(frozen=True)
class Disagreement:
    """One connected part that one source marked and the other largely left out.

    Attributes
    ----------
    marked_by, missed_by : str
        Names of the sources.
    area_px : int
        Pixels of the part.
    covered : float
        Share of it that the other marked, below `COVERED`.
    box : (int, int, int, int)
        Left, top, width and height in image pixels.
    part : ndarray of bool, shape (height, width)
        The pixels of the part inside its box.
    """

    marked_by: str
    missed_by: str
    area_px: int
    covered: float
    box: tuple[int, int, int, int]
    part: NDArray[np.bool_] = field(repr=False, compare=False)

    def outline(self) -> tuple[NDArray[np.float64], ...]:
        """Return the edge of the part and of its holes, to a 256th of its size.

        Returns
        -------
        tuple of ndarray of float64, shape (n, 2)
            Closed lines of image positions (x, y), pixel (column 0, row 0) covering [0, 1] x [0, 1].
        """
        from skimage.measure import find_contours  # slow to import, and needed only when a place is shown

        step = max(1, -(-max(self.part.shape) // _OUTLINE_SIDE))
        rows, columns = (np.arange(0, side, step) for side in self.part.shape)
        coarse = np.logical_or.reduceat(np.logical_or.reduceat(self.part, rows, axis=0), columns, axis=1)
        lines = find_contours(np.pad(coarse, 1).astype(np.float32), 0.5)
        return tuple((line[:, ::-1] - 0.5) * step + np.array(self.box[:2]) for line in lines)


def disagreements(
    pairs: Sequence[tuple[Source, Source]], known: MutableMapping[Source, Parts] | None = None
) -> tuple[Disagreement, ...]:
    """List what the first of each pair marked and the second did not, largest first.

    Parameters
    ----------
    pairs : sequence of (Source, Source)
        Give a pair both ways round to hear both sides. Parts are connected over corners (8-neighbourhood).
    known : mutable mapping of Source to Parts, optional
        The parts of sources met before; those met now are added.
    """
    parts = {} if known is None else known
    found: list[Disagreement] = []
    for first, second in pairs:
        if first.area:
            if first not in parts:
                parts[first] = Parts(first.mask)
            found += parts[first].missed(first.name, second)
    return tuple(sorted(found, key=lambda one: -one.area_px))


class Parts:
    """The connected parts of a mask, found once however many it is compared with."""

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, left = int(rows[0]), int(columns[0])
        labels, _ = label(mask[top : rows[-1] + 1, left : columns[-1] + 1], structure=np.ones((3, 3)))
        self._parts: list[tuple[int, int, NDArray[np.bool_], int]] = []
        for number, (down, across) in enumerate(find_objects(labels), start=1):
            part = labels[down, across] == number
            area = int(np.count_nonzero(part))
            self._parts.append((left + across.start, top + down.start, part, area))

    def missed(self, name: str, other: Source) -> list[Disagreement]:
        """List the parts that another source left out; ``name`` is whose parts these are."""
        found = []
        for x, y, part, area in self._parts:
            height, width = part.shape
            covered = int(np.count_nonzero(part & other.mask[y : y + height, x : x + width])) / area
            if covered < COVERED:
                found.append(Disagreement(name, other.name, area, covered, (x, y, width, height), part))
        return found
