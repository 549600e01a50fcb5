"""What an exported picture shows, as a value: the one thing that window, command line and provenance all speak of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from afloc_core.exporting import colour_maps

if TYPE_CHECKING:
    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.shapes import Bounds
    from afloc_core.imaging.radiograph import Radiograph, Window
    from afloc_core.localization.heatmap import Heatmap

CONTOUR = "#ffffff"
"""Colour of the contour of the first map; further maps have their own."""


class Layout(StrEnum):
    """How a picture is laid out."""

    SINGLE = "single"
    SIDE_BY_SIDE = "side-by-side"
    MULTIPLES = "multiples"
    SLIDE = "slide"
    PAPER = "paper"


class Part(StrEnum):
    """What can be drawn or left out."""

    HEAT = "heat"
    CONTOUR = "contour"
    PEAK = "peak"
    MARKS = "marks"
    LABELS = "labels"
    SCALE_BAR = "scale-bar"
    LEGEND = "legend"


EVERYTHING: frozenset[Part] = frozenset(Part)


@dataclass(frozen=True, eq=False)
class PictureMap:
    """One map, and how it is shown.

    Attributes
    ----------
    heatmap : Heatmap
    threshold : float
        In [0, 1]: the share of the way from the cold to the hot end of the scale where the contour lies.
    colour : str
        ``#rrggbb`` of the contour.
    own_range : (float, float) or None
        Ends of the scale where the map is stretched over its own range; None for the model's calibrated scale.
    """

    heatmap: Heatmap
    threshold: float = 0.5
    colour: str = CONTOUR
    own_range: tuple[float, float] | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """Similarities at the cold and the hot end of the colours."""
        return self.own_range or (self.heatmap.scale.cold, self.heatmap.scale.hot)

    @property
    def threshold_value(self) -> float:
        """The threshold as a similarity."""
        low, high = self.ends
        return low + self.threshold * (high - low)


@dataclass(frozen=True, slots=True)
class ReaderMarks:
    """The marks of one reader, as they are drawn.

    Attributes
    ----------
    name : str
        As the legend says it.
    colour : str
        ``#rrggbb``.
    marks : tuple of Mark
        In pixels of the film; of a mark its shape, its finding and whether it is AI-assisted are used, nothing else.
    """

    name: str
    colour: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """Everything that decides the pixels of an exported picture.

    Attributes
    ----------
    radiograph : Radiograph
    window : Window
    maps : tuple of PictureMap
        The first is shown as heat where there is room for one.
    readers : tuple of ReaderMarks
    inverted : bool
        Whether the negative is shown.
    opacity : float
        Of the heat, in [0, 1].
    colour_map : str
        One of ``colour_maps.NAMES``.
    parts : frozenset of Part
    layout : Layout
    size : int or None
        Long side of each film in pixels; for `Layout.SLIDE` and `Layout.PAPER` the width of the page. None is the
        film's own size, and the page's usual one.
    blackouts : tuple of Bounds
        Areas of the film, in its pixels, of which nothing is shown.
    note : str
        What must be said of the marks; is said where they are drawn.
    patient : tuple of str
        Lines about the patient, which are only there when somebody asked for them.
    """

    radiograph: Radiograph
    window: Window
    maps: tuple[PictureMap, ...] = ()
    readers: tuple[ReaderMarks, ...] = ()
    inverted: bool = False
    opacity: float = 0.65
    colour_map: str = colour_maps.NAMES[0]
    parts: frozenset[Part] = EVERYTHING
    layout: Layout = Layout.SINGLE
    size: int | None = None
    blackouts: tuple[Bounds, ...] = ()
    note: str = ""
    patient: tuple[str, ...] = ()

    def shows(self, part: Part) -> bool:
        """Whether a part is drawn."""
        return part in self.parts
