"""How much of a film a finding covers: what is known of its size before any film is looked at."""

from __future__ import annotations

from typing import NamedTuple


class Extent(NamedTuple):
    """Shares of a square film.

    Attributes
    ----------
    least : float
        What three quarters of such findings cover at least, edges left out.
    most : float
        What nearly none exceeds, edges counted.
    """

    least: float
    most: float


_DEVICE = Extent(0.012, 0.10)
_EXTENTS = {
    "atelectasis": Extent(0.003, 0.06),
    "cardiomegaly": Extent(0.075, 0.20),
    "consolidation": Extent(0.012, 0.11),
    "edema": Extent(0.06, 0.23),
    "effusion": Extent(0.009, 0.17),
    "emphysema": Extent(0.22, 0.47),
    "fibrosis": Extent(0.009, 0.18),
    "fracture": Extent(0.003, 0.02),
    "hernia": Extent(0.015, 0.075),
    "mass": Extent(0.009, 0.17),
    "nodule": Extent(0.003, 0.045),
    "pleural thickening": Extent(0.006, 0.045),
    "pneumothorax": Extent(0.006, 0.12),
    "pneumonia": Extent(0.012, 0.13),
    "infiltration": Extent(0.012, 0.18),
    "opacity": Extent(0.006, 0.18),
    "lesion": Extent(0.003, 0.17),
    "collapsed lung": Extent(0.006, 0.13),
    "pacemaker": Extent(0.03, 0.10),
}
"""By kind of statement. Figures of the simulator's findings, rounded; a film is about 0.4 m wide, so a hundredth of it
is 16 cm²."""


def extent_of(kind: str) -> Extent:
    """Return what is expected of a kind of finding; devices that have no entry share one."""
    return _EXTENTS.get(kind, _DEVICE)
