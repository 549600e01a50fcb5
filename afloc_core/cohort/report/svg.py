"""Plots as inline SVG: every text is escaped by the XML writer, and nothing is fetched to show them."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.results import Estimate

INK = "#1d2733"
QUIET = "#6b7785"
LINE = "#d5dbe2"
MODEL = "#0b62a8"
HUMANS = "#c9832b"
PALETTE = ("#0b62a8", "#c9832b", "#5a3d8c", "#2a8f8a", "#a3325b", "#7a7a1f", "#4b6a88", "#8f5a2a")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
_ROW = 24
_FONT = "font-family:Helvetica,Arial,sans-serif"


class Axis:
    """Values laid along a length of the picture."""

    def __init__(
        self, low: float, high: float, start: float, length: float, *, most: int = 8, least_step: float = 0.0
    ) -> None:
        step = max(_step(high - low, most), least_step)
        self.low, self.high = np.floor(low / step) * step, np.ceil(high / step) * step
        if not self.high > self.low:
            self.high = self.low + step
        self.ticks = [float(t) for t in np.arange(self.low, self.high + step / 2, step)]
        self._start, self._length = start, length

    def at(self, value: float) -> float:
        """Return where a value lies, in pixels."""
        return float(round(self._start + (value - self.low) / (self.high - self.low) * self._length, 2))


def interval_plot(
    title: str,
    rows: Mapping[str, Estimate],
    bands: Mapping[str, tuple[float, float]] | None = None,
    others: Mapping[str, Estimate] | None = None,
) -> str:
    """Draw means with their intervals, one line each.

    Parameters
    ----------
    title : str
    rows : mapping of name to Estimate
        Names without a mean are left out.
    bands : mapping of name to (float, float), optional
        Range of the humans, drawn behind.
    others : mapping of name to Estimate, optional
        Of another model, drawn hollow below.
    """
    shown = {name: one for name, one in rows.items() if not isnan(one.mean)}
    bands, others = bands or {}, others or {}
    width, left, top = 560, 170, 34
    every = [v for one in (*shown.values(), *others.values()) for v in (one.low, one.high, one.mean) if not isnan(v)]
    every += [edge for name in shown for edge in bands.get(name, ()) if not isnan(edge)]
    axis = Axis(min([0.0, *every]), max([0.1, *every]), left, width - left - 20)
    svg = _svg(width, top + _ROW * len(shown) + 30, title)
    bottom = top + _ROW * len(shown)
    _text(svg, 8, 18, title, weight="600")
    for tick in axis.ticks:
        _line(svg, axis.at(tick), top - 6, axis.at(tick), bottom, LINE)
        _text(svg, axis.at(tick), bottom + 16, f"{tick:g}", anchor="middle", colour=QUIET)
    for place, (name, one) in enumerate(shown.items()):
        y = top + _ROW * place + _ROW / 2
        _text(svg, left - 10, y + 4, _short(name), anchor="end")
        if name in bands and not isnan(bands[name][0]):
            low, high = (axis.at(edge) for edge in bands[name])
            _box(svg, low, y - 9, max(high - low, 2), 18, HUMANS, opacity="0.35")
        if name in others and not isnan(others[name].mean):
            _whisker(svg, axis, others[name], y + 5, QUIET, filled=False)
        _whisker(svg, axis, one, y - (3 if name in others else 0), MODEL, filled=True)
    return _done(svg)


def histogram(title: str, values: NDArray[np.float64], bins: int = 20) -> str:
    """Draw how often values in [0, 1] occur; those that are NaN are left out."""
    counts, edges = np.histogram(values[~np.isnan(values)], bins=bins, range=(0, 1))
    width, height, left, top = 270, 150, 44, 28
    svg = _svg(width, height, title)
    _text(svg, 8, 16, _short(title, 38), weight="600")
    across, up = (
        Axis(0, 1, left, width - left - 10),
        Axis(0, max(1, int(counts.max())), height - 24, 24 + top - height, most=4, least_step=1),
    )
    for tick in up.ticks:
        _line(svg, left, up.at(tick), width - 10, up.at(tick), LINE)
        _text(svg, left - 4, up.at(tick) + 4, f"{tick:g}", anchor="end", colour=QUIET)
    for count, edge, following in zip(counts, edges, edges[1:], strict=False):
        if count:
            x, y = across.at(edge), up.at(count)
            _box(svg, x + 0.5, y, across.at(following) - x - 1, up.at(0) - y, MODEL)
    for tick in (0, 0.5, 1):
        _text(svg, across.at(tick), height - 8, f"{tick:g}", anchor="middle", colour=QUIET)
    return _done(svg)


def curves(title: str, thresholds: Sequence[float], lines: Mapping[str, Sequence[float]]) -> str:
    """Draw a measure along thresholds, a line for each finding, told apart by colour and dashes."""
    width, height, left, top = 700, 300, 46, 34
    known = [value for line in lines.values() for value in line if not isnan(value)]
    svg = _svg(width, max(height, top + 18 * len(lines) + 20), title)
    _text(svg, 8, 18, title, weight="600")
    across = Axis(min(thresholds), max(thresholds), left, 400)
    up = Axis(0, max([0.1, *known]), height - 40, -(height - 40 - top))
    for tick in up.ticks:
        _line(svg, left, up.at(tick), left + 400, up.at(tick), LINE)
        _text(svg, left - 6, up.at(tick) + 4, f"{tick:g}", anchor="end", colour=QUIET)
    for threshold in thresholds:
        _text(svg, across.at(threshold), height - 20, f"{threshold:g}", anchor="middle", colour=QUIET)
    _text(svg, left + 200, height - 4, "threshold", anchor="middle", colour=QUIET)
    for place, (name, line) in enumerate(lines.items()):
        points = [(across.at(t), up.at(v)) for t, v in zip(thresholds, line, strict=True) if not isnan(v)]
        _track(svg, points, name, place, (left + 420, top))
    return _done(svg)


def reliability(title: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Draw observed frequencies at mean scores, a line for each finding; on the diagonal a score is a probability."""
    height, left, top = 300, 46, 34
    svg = _svg(620, max(height, top + 18 * len(lines) + 20), title)
    _text(svg, 8, 18, title, weight="600")
    across, up = Axis(0, 1, left, 300), Axis(0, 1, height - 40, -(height - 40 - top))
    for tick in up.ticks:
        _line(svg, left, up.at(tick), left + 300, up.at(tick), LINE)
        _text(svg, left - 6, up.at(tick) + 4, f"{tick:g}", anchor="end", colour=QUIET)
        _text(svg, across.at(tick), height - 20, f"{tick:g}", anchor="middle", colour=QUIET)
    _line(svg, across.at(0), up.at(0), across.at(1), up.at(1), QUIET, dash="4 4")
    _text(svg, left + 150, height - 4, "score", anchor="middle", colour=QUIET)
    for place, (name, points) in enumerate(lines.items()):
        _track(svg, [(across.at(x), up.at(y)) for x, y in points], name, place, (left + 320, top))
    return _done(svg)


def _track(svg: Element, points: list[tuple[float, float]], name: str, place: int, key: tuple[float, float]) -> None:
    """Draw one of several lines, and its name in the key."""
    colour, dash = PALETTE[place % len(PALETTE)], _DASHES[place // len(PALETTE) % len(_DASHES)]
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    look = {"fill": "none", "stroke": colour, "stroke-width": "2", "stroke-dasharray": dash or "none"}
    SubElement(svg, "polyline", {"points": path, **look})
    for x, y in points:
        SubElement(svg, "circle", {"cx": f"{x:g}", "cy": f"{y:g}", "r": "3", "fill": colour})
    y = key[1] + 18 * place + 6
    _line(svg, key[0], y, key[0] + 24, y, colour, width="2", dash=dash)
    _text(svg, key[0] + 30, y + 4, _short(name, 30))


def _whisker(svg: Element, axis: Axis, one: Estimate, y: float, colour: str, *, filled: bool) -> None:
    if not isnan(one.low):
        _line(svg, axis.at(one.low), y, axis.at(one.high), y, colour, width="2")
        for end in (one.low, one.high):
            _line(svg, axis.at(end), y - 4, axis.at(end), y + 4, colour, width="2")
    fill = colour if filled else "#ffffff"
    at = {
        "cx": f"{axis.at(one.mean):g}",
        "cy": f"{y:g}",
        "r": "4.5",
        "fill": fill,
        "stroke": colour,
        "stroke-width": "1.5",
    }
    title = SubElement(SubElement(svg, "circle", at), "title")
    title.text = (
        f"{one.mean:.3f} (one case)"
        if one.cases == 1
        else f"{one.mean:.3f} ({one.low:.3f} to {one.high:.3f}), {one.cases:,} cases"
    )


def _svg(width: float, height: float, label: str) -> Element:
    return Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            "role": "img",
            "aria-label": label,
            "style": _FONT,
        },
    )


def _text(
    svg: Element, x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, weight: str = "400"
) -> None:
    look = {
        "font-size": "12",
        "text-anchor": anchor,
        "fill": colour,
        "font-weight": weight,
        "font-family": "Helvetica,Arial,sans-serif",
    }
    SubElement(svg, "text", {"x": f"{x:g}", "y": f"{y:g}", **look}).text = text


def _line(
    svg: Element, x1: float, y1: float, x2: float, y2: float, colour: str, *, width: str = "1", dash: str = ""
) -> None:
    ends = {"x1": f"{x1:g}", "y1": f"{y1:g}", "x2": f"{x2:g}", "y2": f"{y2:g}"}
    SubElement(
        svg, "line", {**ends, "stroke": colour, "stroke-width": width, **({"stroke-dasharray": dash} if dash else {})}
    )


def _box(svg: Element, x: float, y: float, width: float, height: float, colour: str, opacity: str = "1") -> None:
    sides = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"}
    SubElement(svg, "rect", {**sides, "fill": colour, "fill-opacity": opacity})


def _done(svg: Element) -> str:
    return tostring(svg, encoding="unicode")


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _step(span: float, most: int) -> float:
    """Return a round distance of ticks, at most ``most`` of which fill the span."""
    span = max(span, 1e-9)
    base = 10 ** np.floor(np.log10(span / most))
    return float(next(base * factor for factor in (1, 2, 2.5, 5, 10) if span / (base * factor) <= most))
