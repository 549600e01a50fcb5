"""Agreement of every pair of model, readers and consensus on one image.

The protocol is called ``native``: masks at the image's own resolution, every pixel scored, and NaN with a reason where
a measure has no meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import combinations
from math import hypot, nan
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from afloc_core.agreement.measures import MapStatistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PROTOCOL = "native: every pixel at the image's own resolution"


class Role(StrEnum):
    """Who marked."""

    MODEL = "model"
    READER = "reader"
    CONSENSUS = "consensus"


@dataclass(frozen=True, eq=False)
class Source:
    """What one of those who are compared marked.

    Attributes
    ----------
    name : str
    role : Role
    mask : ndarray of bool, shape (H, W)
        For a model: its map above the threshold.
    values : ndarray of float32, shape (H, W), or None
        The continuous map of a model; NaN where nothing was scored.
    emptiness: str
        What is said of it when its mask is empty.
    """

    name: str
    role: Role
    mask: NDArray[np.bool_]
    values: NDArray[np.float32] | None = None
    emptiness: str = "marked nothing"

    @cached_property
    def statistics(self) -> MapStatistics | None:
        """Sums over the map, where there is one."""
        return MapStatistics(self.values) if self.values is not None else None

    def with_mask(self, mask: NDArray[np.bool_]) -> Source:
        """Return the same map above another threshold; what is known of the map itself is kept."""
        other = Source(self.name, self.role, mask, self.values, self.emptiness)
        other.__dict__.update(statistics=self.statistics, in_marks=self.in_marks)
        return other

    @cached_property
    def in_marks(self) -> WeakKeyDictionary[Source, tuple[float, float]]:
        """CNR and hit of the map by the source in whose mask they were measured; no threshold changes them."""
        return WeakKeyDictionary()

    @cached_property
    def area(self) -> int:
        """Marked pixels."""
        return int(np.count_nonzero(self.mask))

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Centre of gravity (x, y) in image pixels, the first pixel's centre being (0.5, 0.5); NaN when empty."""
        if not self.area:
            return nan, nan
        rows, columns = self.mask.sum(axis=1), self.mask.sum(axis=0)
        y = float(rows @ (np.arange(len(rows)) + 0.5)) / self.area
        return float(columns @ (np.arange(len(columns)) + 0.5)) / self.area, y

    @cached_property
    def packed(self) -> NDArray[np.uint64]:
        """The mask as bits, so that a pair costs little."""
        bits = np.packbits(self.mask)
        return np.pad(bits, (0, -len(bits) % 8)).view(np.uint64)


@dataclass(frozen=True)
class PairAgreement:
    """How far two sources agree.

    Attributes
    ----------
    first, second : str
        Names of the sources.
    iou, dice : float
        In [0, 1]; NaN when either marked nothing.
    cnr : float
        Contrast-to-noise ratio of the model's map in the other's mask; NaN without a map.
    hit : float
        1 when the map's highest pixel lies in the other's mask, else 0; NaN without a map or mask.
    distance_px, distance_mm : float
        Between the centres of gravity; NaN when either marked nothing or the spacing is unknown.
    area_first, area_second : int
        Marked pixels.
    reasons : dict of str to str
        Why a measure is NaN, by its name.
    """

    first: str
    second: str
    iou: float
    dice: float
    cnr: float
    hit: float
    distance_px: float
    distance_mm: float
    area_first: int
    area_second: int
    reasons: dict[str, str] = field(default_factory=dict)


def compare(first: Source, second: Source, spacing_mm: tuple[float, float] | None = None) -> PairAgreement:
    """Measure one pair.

    Parameters
    ----------
    first, second : Source
        Of the same image.
    spacing_mm : (float, float) or None
        Row and column spacing.
    """
    reasons: dict[str, str] = {}
    if sentence := _why_empty([source for source in (first, second) if not source.area]):
        reasons |= dict.fromkeys(("iou", "dice", "distance_px", "distance_mm"), sentence)
        iou = dice = across = down = nan
    else:
        common = int(np.bitwise_count(first.packed & second.packed).sum())
        iou = common / (first.area + second.area - common)
        dice = 2 * common / (first.area + second.area)
        across, down = (b - a for a, b in zip(first.centre, second.centre, strict=True))
    if spacing_mm is None:
        reasons.setdefault("distance_mm", "the pixel spacing is unknown")
    rows, columns = spacing_mm or (nan, nan)
    cnr, pointing = _map_measures(first, second, reasons)
    return PairAgreement(
        first.name, second.name, iou, dice, cnr, pointing, hypot(across, down), hypot(across * columns, down * rows),
        first.area, second.area, reasons,
    )  # fmt: skip


def _why_empty(sources: Sequence[Source]) -> str:
    """Say why sources without an area have none: "A and B marked nothing"; empty for no source."""
    reasons = dict.fromkeys(source.emptiness for source in sources)
    parts = (
        f"{' and '.join(source.name for source in sources if source.emptiness == reason)} {reason}"
        for reason in reasons
    )
    return " and ".join(parts)


def compare_all(sources: Sequence[Source], spacing_mm: tuple[float, float] | None = None) -> tuple[PairAgreement, ...]:
    """Measure every pair, in the order of the sources."""
    return tuple(compare(first, second, spacing_mm) for first, second in combinations(sources, 2))


def reader_spread(agreements: Sequence[PairAgreement], readers: Sequence[str]) -> tuple[float, float, float] | None:
    """Return the lowest, mean and highest IoU between two readers; None when no two of them marked something."""
    names = set(readers)
    found = [a.iou for a in agreements if a.first in names and a.second in names and not np.isnan(a.iou)]
    return (min(found), float(np.mean(found)), max(found)) if found else None


def mean_with_readers(agreements: Sequence[PairAgreement], name: str, readers: Sequence[str]) -> float:
    """Return the mean IoU of one source with the readers, pairs without an IoU left out; NaN when none is left."""
    others = set(readers) - {name}
    pairs = ((a.first, a.second, a.iou) for a in agreements if not np.isnan(a.iou))
    found = [iou for first, second, iou in pairs if name in (first, second) and others & {first, second}]
    return float(np.mean(found)) if found else nan


def _map_measures(first: Source, second: Source, reasons: dict[str, str]) -> tuple[float, float]:
    """CNR and hit of whichever of the two has a map."""
    mapped, other = (first, second) if first.values is not None else (second, first)
    if mapped.statistics is None:
        reasons |= dict.fromkeys(("cnr", "hit"), "neither of the two is a continuous map")
        return nan, nan
    if not other.area:
        reasons |= dict.fromkeys(("cnr", "hit"), f"{other.name} {other.emptiness}")
        return nan, nan
    if mapped.statistics.highest is None:
        reasons |= dict.fromkeys(("cnr", "hit"), f"{mapped.name} scored nothing")
        return nan, nan
    if other not in mapped.in_marks:
        cnr = mapped.statistics.contrast_to_noise(other.mask)
        mapped.in_marks[other] = cnr, float(mapped.statistics.hit(other.mask))
    cnr, pointing = mapped.in_marks[other]
    if np.isnan(cnr):
        reasons["cnr"] = "the map is the same everywhere, or the mark leaves no inside or outside"
    return cnr, pointing
