"""Where a reader points, so that humans have a hit rate as a map has one by its peak.

Some data sets ask readers for the most representative points (CheXlocalize). Readers of others draw areas only; they
point with the centre of each: any of a reader's places may hit, as CheXlocalize counts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.shapes import Box, Points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afloc_core.annotations.marks import Document
    from afloc_core.annotations.shapes import Shape

    Place = tuple[float, float]


def who_points(document: Document) -> tuple[frozenset[str], frozenset[str]]:
    """Return the readers who give points somewhere, and those of them who draw no area anywhere."""
    pointing, drawing = (
        frozenset(mark.reader for mark in document.marks if isinstance(mark.shape, Points) is points)
        for points in (True, False)
    )
    return pointing, pointing - drawing


def places_of(shapes: Sequence[Shape], size: tuple[int, int] | None, *, points: bool) -> tuple[Place, ...]:
    """Return where a reader points, (x, y) in image pixels.

    Parameters
    ----------
    shapes : sequence of Shape
        All that the reader marked.
    size : (int, int) or None
        Height and width of the image; may be None where there are only boxes and points.
    points : bool
        Whether only points count; otherwise the centres of areas do as well.
    """
    given = [place for shape in shapes if isinstance(shape, Points) for place in shape.points]
    areas = [] if points else [shape for shape in shapes if not isinstance(shape, Points)]
    centres = (_centre(shape, size) for shape in areas)
    return (*given, *(place for place in centres if place is not None))


def _centre(shape: Shape, size: tuple[int, int] | None) -> Place | None:
    """Return the middle of a box; of another area the pixel of it that is nearest to its centroid."""
    if isinstance(shape, Box):
        return shape.x + shape.width / 2, shape.y + shape.height / 2
    assert size is not None
    rows, columns = np.nonzero(shape.to_mask(size))
    if not rows.size:
        return None
    nearest = int(np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2))
    return float(columns[nearest]) + 0.5, float(rows[nearest]) + 0.5
