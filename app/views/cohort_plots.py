"""The plots of an evaluation: means with intervals, mean over thresholds, how a measure is spread, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics, QPen
from PySide6.QtWidgets import QFrame, QScrollArea

from app.views import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.results import Difference, Estimate

HUMANS = QColor(154, 161, 169, 110)
OTHER = theme.WARNING
_BINS = 20
_NAMES_WIDTH = 168
_ROW_HEIGHT = 14
_BOTTOM = 52
_FEWEST_ROWS = 4
_BY_NAME = "mean with 95 % interval"


@dataclass(frozen=True, slots=True)
class Whisker:
    """A mean and its interval, what it is compared with, and the range of the readers where there is one."""

    name: str
    one: Estimate | Difference
    other: Estimate | Difference | None = None
    band: tuple[float, float] | None = None


class Plot:
    """A quiet plot that nothing can be dragged in; its axes have fixed sizes, so that it stands still once shown.

    Parameters
    ----------
    name : str
        For those who do not see it.
    bottom, left : str
        Of the axes.
    left_width : int
        Room for the left axis, in logical pixels.
    """

    def __init__(self, name: str, bottom: str, left: str = "", left_width: int = 54) -> None:
        import pyqtgraph  # which `GradualImport` has done

        self.library: Any = pyqtgraph
        self.widget: Any = pyqtgraph.PlotWidget(background=theme.BACKDROP)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setAccessibleName(name)
        self.item: Any = self.widget.getPlotItem()
        self.item.setMouseEnabled(False, False)
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.setStyle(tickFont=theme.drawing_font(11), tickTextOffset=4, tickLength=4)
            axis.setPen(theme.LINE)
            axis.setTextPen(theme.QUIET)
            axis.enableAutoSIPrefix(False)
        self.item.getAxis("left").setWidth(left_width)
        self.item.getAxis("bottom").setHeight(_BOTTOM)
        self.label(bottom, left)

    def label(self, bottom: str, left: str = "") -> None:
        """Say what the axes are."""
        for side, text in (("left", left), ("bottom", bottom)):
            if text:
                self.item.setLabel(side, text, **{"color": theme.QUIET.name(), "font-size": "11px"})

    def name_rows(self, names: Sequence[str]) -> None:
        """Name the places of the left axis from above, shortened where they are long."""
        metrics = QFontMetrics(theme.drawing_font(11))
        short = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _NAMES_WIDTH - 16) for name in names]
        axis = self.item.getAxis("left")
        axis.setTicks([[(-place, name) for place, name in enumerate(short)]])
        axis.setWidth(min(_NAMES_WIDTH, 18 + max(map(metrics.horizontalAdvance, short), default=0)))
        spare = max(0, _FEWEST_ROWS - len(names)) / 2
        self.item.setYRange(-len(names) + 0.4 - spare, 0.6 + spare, padding=0)
        self.widget.setMinimumHeight(_BOTTOM + 12 + _ROW_HEIGHT * len(names))


class IntervalPlot(Plot):
    """A line for each finding."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _BY_NAME)
        self.area = scrolled(self.widget)

    def show(self, rows: Sequence[Whisker], title: str, *, around_zero: bool = False) -> None:
        """Draw means with intervals; what they are compared with stands a little below, the readers' range behind."""
        self.item.clear()
        for place, row in enumerate(rows):
            self._row(-place, row)
        if around_zero:
            self.item.addItem(self.library.InfiniteLine(0, angle=90, pen=pen(theme.FAINT, 1, Qt.PenStyle.DashLine)))
        self.name_rows([row.name for row in rows])
        self.item.setXRange(*_ends(rows, around_zero=around_zero), padding=0.02)
        self.label(title)

    def _row(self, at: int, row: Whisker) -> None:
        if row.band is not None and not isnan(row.band[0]):
            low, high = row.band
            self.item.addItem(
                self.library.BarGraphItem(
                    x0=[low], x1=[max(high, low + 0.004)], y=[at], height=0.7, brush=HUMANS, pen=None
                )
            )
        beside = 0.0 if row.other is None else 0.17
        for one, up, colour in ((row.one, beside, theme.ACCENT), (row.other, -beside, OTHER)):
            if one is None or isnan(one.mean):
                continue
            if not isnan(one.low):
                line = self.library.PlotCurveItem([one.low, one.high], [at + up, at + up], pen=pen(colour, 2))
                self.item.addItem(line)
            self.item.addItem(self.library.ScatterPlotItem([one.mean], [at + up], size=8, pen=None, brush=colour))


class CurvePlot(Plot):
    """Mean IoU at each threshold."""

    def __init__(self) -> None:
        super().__init__("Mean IoU at each threshold", "threshold of the map", "mean IoU")

    def show(self, thresholds: Sequence[float], lines: Mapping[str, Sequence[float]], chosen: str) -> None:
        """Draw a line for each finding; the chosen one, or the mean of all, stands out."""
        self.item.clear()
        if not lines:
            return
        bold: Sequence[float] | NDArray[np.float64] = lines.get(chosen, _mean_of(list(lines.values())))
        for line in lines.values():
            self._add(thresholds, line, pen(theme.FAINT, 1.2))
        self._add(thresholds, bold, pen(theme.ACCENT, 2.4))
        highest = max((value for line in lines.values() for value in line if not isnan(value)), default=1.0)
        self.item.setXRange(thresholds[0], thresholds[-1], padding=0.03)
        self.item.setYRange(0, min(1.0, highest * 1.1) or 1.0, padding=0)
        self.label(f"threshold of the map; bold: {chosen if chosen in lines else 'mean of findings'}", "mean IoU")

    def _add(self, thresholds: Sequence[float], line: Sequence[float] | NDArray[np.float64], how: QPen) -> None:
        x, y = np.array(thresholds), np.array(line, np.float64)
        self.item.addItem(self.library.PlotCurveItem(x, y, pen=how, connect="finite", antialias=True))


class SpreadPlot(Plot):
    """How a measure is spread over cases."""

    def __init__(self) -> None:
        super().__init__("How the measure is spread", "IoU", "cases")

    def show(self, values: NDArray[np.float64], title: str) -> None:
        """Draw a histogram, 20 bins; from 0 to 1 where all values lie there."""
        self.item.clear()
        known = values[~np.isnan(values)]
        low, high = (0.0, 1.0) if not len(known) else (min(0.0, float(known.min())), max(1.0, float(known.max())))
        counts, edges = np.histogram(known, _BINS, (low, high))
        bars = self.library.BarGraphItem(
            x0=edges[:-1], x1=edges[1:], height=counts, brush=theme.ACCENT, pen=pen(theme.BACKDROP, 1)
        )
        self.item.addItem(bars)
        self.item.setXRange(low, high, padding=0.02)
        most = max(int(counts.max(initial=0)), 1)
        self.item.setYRange(0, most * 1.08, padding=0)
        step = max(1, round(most / 4))
        self.item.getAxis("left").setTicks([[(at, f"{at:,}") for at in range(0, most + 1, step)]])
        self.label(title, "cases")


class CalibrationPlot(Plot):
    """Observed frequency at each score."""

    def __init__(self) -> None:
        super().__init__("Observed frequency at each score", "score", "observed frequency")

    def show(self, lines: Mapping[str, Sequence[tuple[float, float]]], chosen: str) -> None:
        """Draw the bins of each finding; on the dashed line a score is what is observed."""
        self.item.clear()
        even = self.library.PlotCurveItem([0, 1], [0, 1], pen=pen(theme.FAINT, 1, Qt.PenStyle.DashLine))
        self.item.addItem(even)
        for name, bins in lines.items():
            bold = name == chosen or len(lines) == 1
            x, y = ([one[axis] for one in bins] for axis in (0, 1))
            colour = theme.ACCENT if bold else theme.FAINT
            self.item.addItem(self.library.PlotCurveItem(x, y, pen=pen(colour, 2.2 if bold else 1.2)))
            self.item.addItem(self.library.ScatterPlotItem(x, y, size=6, pen=None, brush=colour))
        self.item.setXRange(0, 1, padding=0.02)
        self.item.setYRange(0, 1, padding=0.03)
        self.label(f"score{f'; bold: {chosen}' if chosen in lines else ''}", "observed frequency")


def scrolled(widget: Any) -> QScrollArea:  # noqa: ANN401  (pyqtgraph is untyped)
    """Put a plot where it is scrolled when it has many rows."""
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def pen(colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen whose width is in pixels of the screen."""
    found = QPen(colour, width, style)
    found.setCosmetic(True)
    return found


def _ends(rows: Sequence[Whisker], *, around_zero: bool) -> tuple[float, float]:
    every = [value for row in rows for value in _values(row) if not isnan(value)]
    if around_zero:
        reach = max(map(abs, every), default=0.0) or 1.0
        return -reach, reach
    return min([0.0, *every]), max([1.0, *every])


def _values(row: Whisker) -> list[float]:
    found = [*(row.band or ())]
    for one in (row.one, row.other):
        if one is not None:
            found += [one.low, one.mean, one.high]
    return found


def _mean_of(lines: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the mean of lines at each threshold, of those that have a value there."""
    values = np.array(lines, np.float64)
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0), np.float64)
