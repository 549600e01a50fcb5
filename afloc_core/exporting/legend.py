"""What is said beside the films: phrase, colours with numbers, readers, model, and that it is for research only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.marks import AI_ASSISTED
from afloc_core.exporting.colour_maps import colours
from afloc_core.exporting.drawing import Area, Colour, Fill, Raster, Stroke, Words, rgb
from afloc_core.exporting.fonts import text_width, wrapped
from afloc_core.exporting.picture import Layout, Part
from afloc_core.version import __version__

if TYPE_CHECKING:
    from afloc_core.exporting.drawing import Item
    from afloc_core.exporting.picture import Picture, PictureMap

NOTICE = "Research use only"
_SPACING_WORDS = {
    "calibrated": "scale calibrated",
    "at the detector": "scale at the detector",
    "corrected for magnification": "scale corrected for magnification",
    "calibration not stated": "calibration of the scale not stated",
}


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of text on a page."""

    strong: Colour
    quiet: Colour
    paper: Colour


DARK = Inks((235, 235, 235), (172, 176, 182), (18, 19, 21))
LIGHT = Inks((20, 20, 20), (85, 88, 92), (255, 255, 255))


@dataclass
class Column:
    """A column of text that grows downwards.

    Attributes
    ----------
    width : int
        In pixels.
    unit : float
        Pixels of one step; text of a legend is 14 to 22 steps high.
    inks : Inks
    items : list of Item
        Upper left corner at (0, 0).
    height : float
        How far it has grown.
    """

    width: int
    unit: float
    inks: Inks
    items: list[Item] = field(default_factory=list)
    height: float = 0.0

    def gap(self, steps: float) -> None:
        """Leave room."""
        self.height += steps * self.unit

    def say(self, text: str, steps: float, *, quiet: bool = False, bold: bool = False, indent: float = 0.0) -> None:
        """Write a text in as many lines as it needs."""
        size = max(7, round(steps * self.unit))
        for line in wrapped(text, self.width - indent, size, bold):
            self.height += 1.32 * size
            ink = self.inks.quiet if quiet else self.inks.strong
            self.items.append(Words(indent, self.height - 0.3 * size, line, size, ink, bold))

    def key(self, colour: str, text: str, steps: float) -> None:
        """Write a text beside a line of its colour."""
        size = max(7, round(steps * self.unit))
        y = self.height + 0.66 * size
        self._dash(colour, y, 1.2 * steps * self.unit)
        self.say(text, steps, indent=1.75 * steps * self.unit)
        self.gap(3)

    def _dash(self, colour: str, y: float, reach: float) -> None:
        clip = Area(0, int(y - reach), self.width, int(2 * reach) + 1)
        line = np.array([(self.unit, y), (reach, y)])
        halo = 0.0 if self.inks is DARK else 0.6 * self.unit
        self.items.append(Stroke(line, rgb(colour), 4 * self.unit, clip, halo=halo))


def legend(picture: Picture, maps: tuple[PictureMap, ...], width: int, unit: float, inks: Inks = DARK) -> Column:
    """Write the legend of a picture.

    Parameters
    ----------
    picture : Picture
    maps : tuple of PictureMap
        Those it speaks of; of the first the colours are explained.
    width : int
        In pixels.
    unit : float
        See `Column`.
    inks : Inks
    """
    column = Column(width, unit, inks)
    for line in picture.patient:
        column.say(line, 15, bold=True)
    if picture.patient:
        column.gap(10)
    if maps and picture.layout is not Layout.MULTIPLES:  # where every film says its own phrase
        _name(column, maps[0])
    if maps:
        _upright_bar(column, picture, maps[0])
        column.gap(10)
        column.say(unit_and_trust(maps[0]), 13, quiet=True)
        column.gap(8)
    if picture.layout is not Layout.MULTIPLES:
        for one in maps[1:]:
            column.key(one.colour, other_words(one), 15)
    say_readers(column, picture)
    column.gap(10)
    for line in small_print(picture, maps):
        column.say(line, 13, quiet=True)
        column.gap(2)
    column.gap(4)
    column.say(NOTICE, 15, bold=True)
    return column


def say_readers(column: Column, picture: Picture, steps: float = 15) -> None:
    """Say whose marks have which colour."""
    if not picture.shows(Part.MARKS) or not picture.readers:
        return
    column.gap(6)
    for reader in picture.readers:
        count = len(reader.marks)
        assisted = sum(AI_ASSISTED in mark.extra for mark in reader.marks)
        said = f"{reader.name}: {count} mark{'' if count == 1 else 's'}"
        column.key(reader.colour, f"{said}, {assisted} AI-assisted" if assisted else said, steps)
    if picture.note:
        column.say(picture.note, 0.87 * steps, quiet=True)


def small_print(picture: Picture, maps: tuple[PictureMap, ...]) -> list[str]:
    """Return what says how the picture was made, one line each."""
    lines = [sentence for one in maps[:1] for sentence in one.heatmap.doubts]
    if maps:
        lines.append(model_words(maps[0]))
    window = f"Window {picture.window.center:.6g} / {picture.window.width:.6g}"
    lines.append(f"{window}, negative" if picture.inverted else window)
    radiograph = picture.radiograph
    if picture.shows(Part.SCALE_BAR):
        lines.append(_SPACING_WORDS.get(radiograph.spacing_note, "size of a pixel unknown").capitalize())
    if picture.blackouts:
        lines.append("Parts of the film are blacked out")
    lines.append(f"AFLoc Review {__version__}, film {radiograph.digest[:12]}")
    return lines


def model_words(one: PictureMap) -> str:
    """Name the model that made a map, and the arithmetic."""
    model = one.heatmap.model
    return f"{model.name} {model.digest[:12]}, {one.heatmap.pipeline} pipeline"


def unit_and_trust(one: PictureMap) -> str:
    """Say what the numbers of a scale are, and what they are worth."""
    scale = one.heatmap.scale
    if one.own_range is not None:
        return f"{scale.unit}, stretched over this map's own range: also paints what is not there"
    return f"{scale.unit}, {'calibrated on films' if scale.calibrated else 'not calibrated for this model'}"


def _name(column: Column, one: PictureMap) -> None:
    heatmap = one.heatmap
    column.say(heatmap.phrase.typed, 22, bold=True)
    column.gap(2)
    column.say(f"encoded: {heatmap.phrase.encoded or '(nothing)'}", 14, quiet=True)
    column.gap(10)
    column.say(f"match {heatmap.match:.2f}", 18)
    column.say(peak_words(one), 15)
    column.gap(16)


def other_words(one: PictureMap) -> str:
    """Say which phrase a further contour is of, and that it has none where the map stays below its threshold."""
    said = f"{one.heatmap.phrase.typed}, threshold {one.threshold_value:.2f}"
    if one.heatmap.peak_value >= one.threshold_value:
        return said
    return f"{said}: peak {one.heatmap.peak_value:.2f} is below it"


def peak_words(one: PictureMap) -> str:
    """Say how high the peak is, where, and whether it stays below the threshold."""
    heatmap = one.heatmap
    x, y = heatmap.peak
    said = f"peak {heatmap.peak_value:.2f} at x {x:.0f}, y {y:.0f}"
    return said if heatmap.peak_value >= one.threshold_value else f"{said}, below the threshold"


def _upright_bar(column: Column, picture: Picture, one: PictureMap) -> None:
    unit, size = column.unit, max(7, round(15 * column.unit))
    length, thick = round(200 * unit), round(26 * unit)
    top = round(column.height + 0.5 * size)
    steps = np.linspace(255, 0, length).astype(np.intp)
    pixels = np.repeat(colours(picture.colour_map)[steps][:, None], thick, axis=1)
    column.items.append(Raster(0, top, pixels))
    low, high = one.ends
    names = {1.0: "", one.threshold: "threshold", 0.0: "cold"}
    written: list[float] = []
    for share in sorted(names, key=lambda share: share not in (0.0, 1.0)):  # the ends first
        y = top + (1 - share) * length
        tick = Area(thick, round(y - unit), round(10 * unit), max(1, round(2 * unit)))
        threshold = names[share] == "threshold"
        colour = rgb(one.colour) if threshold and column.inks is DARK else column.inks.strong
        column.items.append(Fill(tick, colour))
        if threshold:
            column.items.append(Fill(Area(0, tick.y, thick, tick.height), (255, 255, 255)))
        if all(abs(y - other) >= size for other in written):
            text = f"{low + share * (high - low):.2f}  {names[share]}".rstrip()
            column.items.append(Words(thick + 16 * unit, y + 0.36 * size, text, size, column.inks.strong))
            written.append(y)
    column.height = top + length + 0.5 * size


def flat_bar(column: Column, picture: Picture, one: PictureMap, steps: float) -> None:
    """Draw the colours lying, with numbers beneath: for a page that is narrower than it is high."""
    unit, size = column.unit, max(7, round(steps * column.unit))
    thick, length = round(14 * unit), column.width
    top = round(column.height)
    entries = np.linspace(0, 255, length).astype(np.intp)
    column.items.append(Raster(0, top, np.repeat(colours(picture.colour_map)[entries][None], thick, axis=0)))
    low, high = one.ends
    at = round(one.threshold * length)
    column.items.append(Fill(Area(max(0, at - round(unit)), top, max(2, round(2 * unit)), thick), (255, 255, 255)))
    base = top + thick + 1.25 * size
    middle = f"threshold {one.threshold_value:.2f}"
    wide = text_width(middle, size)
    left, right = f"{low:.2f} cold", f"{high:.2f}"
    room = text_width(left, size) + size, length - text_width(right, size) - size - wide
    column.items.append(Words(0, base, left, size, column.inks.strong))
    column.items.append(Words(length - text_width(right, size), base, right, size, column.inks.strong))
    column.items.append(
        Words(min(max(at - wide / 2, room[0]), max(room[1], room[0])), base, middle, size, column.inks.strong)
    )
    column.height = base + 0.4 * size
