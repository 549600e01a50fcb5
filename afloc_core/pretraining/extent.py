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


_EXTENTS_BY_SIZE = {
    ("cardiomegaly", "large"): Extent(0.085, 0.20),
    ("consolidation", "small"): Extent(0.006, 0.03),
    ("consolidation", ""): Extent(0.015, 0.08),
    ("consolidation", "large"): Extent(0.036, 0.12),
    ("effusion", "small"): Extent(0.007, 0.06),
    ("effusion", "moderate"): Extent(0.03, 0.14),
    ("effusion", "large"): Extent(0.07, 0.25),
    ("mass", ""): Extent(0.009, 0.12),
    ("mass", "large"): Extent(0.016, 0.065),
    ("nodule", "small"): Extent(0.0008, 0.008),
    ("nodule", ""): Extent(0.0012, 0.03),
    ("nodule", "large"): Extent(0.002, 0.015),
    ("pneumothorax", "small"): Extent(0.004, 0.03),
    ("pneumothorax", ""): Extent(0.004, 0.03),
    ("pneumothorax", "moderate"): Extent(0.013, 0.06),
    ("pneumothorax", "large"): Extent(0.036, 0.13),
}
"""By kind and size, as a report may say it; an empty size where it says none of one that was measured."""


def extent_of(kind: str, size: str | None = None) -> Extent:
    """Return what is expected of a kind of finding; devices that have no entry share one.

    Parameters
    ----------
    kind : str
        Of a statement.
    size : {"small", "moderate", "large", ""}, optional
        Of the finding in the film, where it is known; without, what holds for all sizes.
    """
    of_all = _EXTENTS.get(kind, _DEVICE)
    return of_all if size is None else _EXTENTS_BY_SIZE.get((kind, size), of_all)
