"""The human benchmark: each reader against the consensus of the others, exactly as the model is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.agreement.consensus import Consensus, consensus
from afloc_core.annotations.shapes import Box, Points
from afloc_core.cohort.protocols import Frame, Protocol
from afloc_core.cohort.scoring import Reference, reference
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Shape

_FARTHEST = 1 << 30
"""Pixels from the corner of an image, of which the area still is a number of 64 bits."""
_NO_SIZE = "The size of the image is unknown and these marks cannot be drawn without it; give --images."


def drawn(
    by_reader: Mapping[str, Sequence[Shape]], size: tuple[int, int] | None, protocol: Protocol, kind: Consensus
) -> dict[str, Reference]:
    """Draw the marks of all readers of an image on the same pixels.

    Boxes alone are drawn in cells between their edges, each weighing as many pixels as it covers: the same numbers as
    pixel by pixel, without the image or its size.

    Parameters
    ----------
    by_reader : mapping of str to sequence of Shape
    size : (int, int) or None
        Height and width of the image.
    protocol : Protocol
    kind : Consensus
        What will be made of the masks; STAPLE needs every pixel of the image.

    Raises
    ------
    MarkError
        If the marks cannot be drawn without the size of the image, or lie farther off than any image reaches.
    """
    shapes = [shape for some in by_reader.values() for shape in some]
    cells = all(isinstance(shape, (Box, Points)) for shape in shapes) and kind is not Consensus.STAPLE
    if protocol.frame is Frame.IMAGE and cells and not any(isinstance(shape, Points) for shape in shapes):
        return _in_cells(by_reader, size)
    if size is None:
        raise MarkError(_NO_SIZE)
    return {reader: reference(some, size, protocol) for reader, some in by_reader.items()}


def of_others(own: Mapping[str, Reference], reader: str, kind: Consensus) -> Reference:
    """Make the consensus of all readers but one.

    Parameters
    ----------
    own : mapping of str to Reference
        From `drawn`; at least two.
    reader : str
        Who is left out.
    kind : Consensus
    """
    others = [one for name, one in own.items() if name != reader]
    mask = others[0].mask if len(others) == 1 else consensus([one.mask for one in others], kind)
    return others[0].joined(mask)


def _in_cells(by_reader: Mapping[str, Sequence[Shape]], size: tuple[int, int] | None) -> dict[str, Reference]:
    pixels = {reader: [_pixels(shape, size) for shape in some] for reader, some in by_reader.items()}
    every = [ends for some in pixels.values() for ends in some]
    rows = _edges(part for top, _, bottom, _ in every for part in (top, bottom))
    columns = _edges(part for _, left, _, right in every for part in (left, right))
    weights = np.outer(np.diff(rows), np.diff(columns))
    found = {}
    for reader, some in pixels.items():
        mask = np.zeros(weights.shape, dtype=np.bool_)
        for top, left, bottom, right in some:
            down = slice(*np.searchsorted(rows, (top, bottom)))
            across = slice(*np.searchsorted(columns, (left, right)))
            mask[down, across] = True
        found[reader] = Reference(mask, weights=weights, edges=(rows, columns))
    return found


def _pixels(shape: Shape, size: tuple[int, int] | None) -> tuple[int, int, int, int]:
    """Return the first row and column of a box, and those behind the last: a pixel is inside when its centre is."""
    left, top, right, bottom = (int(np.ceil(edge - 0.5)) for edge in shape.bounds)
    if size is None:
        if max(map(abs, (top, left, bottom, right))) > _FARTHEST:
            raise MarkError("A box reaches farther than any image does; check its numbers.")
        return top, left, max(top, bottom), max(left, right)
    ends = [min(max(edge, 0), size[axis]) for axis, edge in ((0, top), (1, left), (0, bottom), (1, right))]
    return ends[0], ends[1], max(ends[0], ends[2]), max(ends[1], ends[3])


def _edges(values: Iterable[int]) -> NDArray[np.int64]:
    return np.unique(np.fromiter(values, dtype=np.int64))
