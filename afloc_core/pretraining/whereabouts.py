"""Where in a frontal film something can lie whose side and zone are known: words made into parts of the frame.

The borders are wide, since films are framed differently and lungs differ in height: a finding of the patient's right
lung does not lie in the two fifths of the frame on the other side, one of the upper zone not in its lower half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Collection

    from torch import Tensor


class Region(NamedTuple):
    """Shares of the frame's width and height."""

    left: float = 0.0
    right: float = 1.0
    top: float = 0.0
    bottom: float = 1.0


ANYWHERE = Region()
_COLUMNS = {"right": (0.0, 0.58), "left": (0.42, 1.0)}
"""The patient's right is the image's left."""
_ROWS = {"upper": (0.0, 0.54), "middle": (0.14, 0.78), "lower": (0.34, 1.0)}
_HOMES = {"cardiomegaly": Region(0.15, 0.85, 0.28, 0.95), "hernia": Region(0.2, 0.8, 0.34, 1.0)}
"""Where findings without side and zone lie in everybody."""


def region_of(kind: str, places: Collection[tuple[str, str]]) -> Region:
    """Return the smallest part of the frame that holds all places of a finding.

    Parameters
    ----------
    kind : str
        Of the finding.
    places : collection of (side, zone)
        Either may be empty for one that is not known; no place at all for wherever such findings lie.

    Returns
    -------
    Region
    """
    if not places:
        return _HOMES.get(kind, ANYWHERE)
    columns = [_COLUMNS.get(side, (0.0, 1.0)) for side, _ in places]
    rows = [_ROWS.get(zone, (0.0, 1.0)) for _, zone in places]
    return Region(
        min(start for start, _ in columns),
        max(end for _, end in columns),
        min(start for start, _ in rows),
        max(end for _, end in rows),
    )


def within(region: Tensor, height: int, width: int) -> Tensor:
    """Return which cells of a map have their centre in a region.

    Parameters
    ----------
    region : Tensor of float32, shape (..., 4)
        As `Region`.
    height, width : int
        Of the map.

    Returns
    -------
    Tensor of bool, shape (..., height * width)
    """
    left, right, top, bottom = region[..., None].unbind(-2)
    x = (torch.arange(width, device=region.device) + 0.5) / width
    y = (torch.arange(height, device=region.device) + 0.5) / height
    columns, rows = (x >= left) & (x <= right), (y >= top) & (y <= bottom)
    return (rows[..., :, None] & columns[..., None, :]).flatten(-2)
