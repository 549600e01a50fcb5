"""How much of a film a finding covers: what is known of its size before any film is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from afloc_core.pretraining.simulation.finding import SimulatedFinding


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
    "effusion": Extent(0.009, 0.25),
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


_EXTENTS_BY_SIZE = {
    ("cardiomegaly", "large"): Extent(0.085, 0.20),
    ("consolidation", "small"): Extent(0.006, 0.022),
    ("consolidation", ""): Extent(0.015, 0.06),
    ("consolidation", "large"): Extent(0.036, 0.10),
    ("effusion", "small"): Extent(0.007, 0.045),
    ("effusion", "moderate"): Extent(0.03, 0.12),
    ("effusion", "large"): Extent(0.07, 0.25),
    ("pneumothorax", "small"): Extent(0.004, 0.022),
    ("pneumothorax", ""): Extent(0.004, 0.022),
    ("pneumothorax", "moderate"): Extent(0.013, 0.05),
    ("pneumothorax", "large"): Extent(0.036, 0.12),
}
"""By kind and size, as a report may say it; an empty size where it says none of one that was measured."""
_EXTENTS_OF_ONE = {
    ("mass", ""): Extent(0.006, 0.02),
    ("mass", "large"): Extent(0.015, 0.045),
    ("nodule", "small"): Extent(0.0006, 0.003),
    ("nodule", ""): Extent(0.001, 0.005),
    ("nodule", "large"): Extent(0.002, 0.008),
}
"""The same of what is counted: each of several covers as much."""


def extent_of(kind: str, found: SimulatedFinding | None = None) -> Extent:
    """Return what is expected of a kind of finding; devices that have no entry share one.

    Parameters
    ----------
    kind : str
        Of a statement.
    found : SimulatedFinding, optional
        The finding in the film, of that kind, whose size and number a report would say; without, what holds for all.
    """
    of_all = _EXTENTS.get(kind, _DEVICE)
    if found is None:
        return of_all
    one = _EXTENTS_OF_ONE.get((kind, found.size))
    if one is not None:
        most = min(found.number * one.most, of_all.most)
        return Extent(min(found.number * one.least, most / 2), most)
    return _EXTENTS_BY_SIZE.get((kind, found.size), of_all)
