"""The plots of an evaluation: means with intervals, every case as a point, and how the IoU is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.views import theme
from app.views.gradual_import import GradualImport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.results import Estimate, Row

_BINS = 20
_SPREAD = 0.32
_HUMANS = QColor(154, 161, 169, 130)


class CohortPlots(QWidget):
    """Three plots side by side, made once their library is there.

    Signals
    -------
    chosen(int)
        The case of this row of the evaluation was clicked.
    built()
        The plots are there.
    """

    chosen = Signal(int)
    built = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(250)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._plots: _Plots | None = None
        self._shown: tuple[Any, ...] | None = None
        self._library = GradualImport(self)
        self._library.finished.connect(self._make)

    @property
    def plots(self) -> _Plots | None:
        """What draws; None until `build` is through."""
        return self._plots

    def build(self) -> None:
        """Make the plots, without holding up the window."""
        if self._plots is None:
            self._library.start()

    def show_rows(
        self,
        rows: Sequence[Row],
        findings: Mapping[str, Estimate],
        humans: Mapping[str, tuple[float, float]],
    ) -> None:
        """Draw rows.

        Parameters
        ----------
        rows : sequence of Row
        findings : mapping of finding to Estimate
            Mean IoU, in the order of drawing.
        humans : mapping of finding to (lowest, highest)
            Range of the readers' means; may lack findings.
        """
        self._shown = (rows, findings, humans)
        if self._plots is not None:
            self._plots.show(*self._shown)

    def _make(self) -> None:
        if self._plots is not None:
            return
        self._plots = _Plots(self)
        self._plots.chosen.connect(self.chosen)
        for widget in self._plots.widgets:
            self._row.addWidget(widget, 1)
        if self._shown is not None:
            self._plots.show(*self._shown)
        self.built.emit()


class _Plots(QObject):
    """The pyqtgraph items."""

    chosen = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        import pyqtgraph  # which `GradualImport` has done

        self._library: Any = pyqtgraph
        self.means = self._widget("Mean IoU of each finding", "mean IoU, 95 % interval; grey: readers", "")
        self.points = self._widget(
            "IoU of each case", "finding, as numbered at the left", "IoU; a click opens the case"
        )
        self.spread = self._widget("Spread of the IoU", "IoU", "cases")
        self.widgets = (self.means, self.points, self.spread)
        self.scatter = pyqtgraph.ScatterPlotItem(
            size=7, pen=None, brush=QColor(127, 180, 216, 150), hoverable=True, hoverBrush=theme.TEXT, hoverSize=10
        )
        self.scatter.sigClicked.connect(self._click)

    def show(
        self, rows: Sequence[Row], findings: Mapping[str, Estimate], humans: Mapping[str, tuple[float, float]]
    ) -> None:
        names = list(findings)
        iou = np.array([row.score.mean_iou for row in rows], np.float64)
        self._show_means(names, findings, humans)
        self._show_points(names, rows, iou)
        self._show_spread(iou[~np.isnan(iou)])

    def _show_means(
        self, names: list[str], findings: Mapping[str, Estimate], humans: Mapping[str, tuple[float, float]]
    ) -> None:
        item = self._cleared(self.means)
        for place, name in enumerate(names):
            at, one = -place, findings[name]
            if name in humans:
                low, high = humans[name]
                band = self._library.BarGraphItem(
                    x0=[low], x1=[max(high, low + 0.008)], y=[at], height=0.6, brush=_HUMANS, pen=None
                )
                item.addItem(band)
            line = self._library.PlotCurveItem([one.low, one.high], [at, at], pen=_pen(theme.ACCENT, 2))
            item.addItem(line)
            item.addItem(self._library.ScatterPlotItem([one.mean], [at], size=9, pen=None, brush=theme.ACCENT))
        numbered = [(-place, f"{name}  {place + 1}") for place, name in enumerate(names)]
        item.getAxis("left").setTicks([numbered])
        item.getAxis("left").setWidth(min(170, 26 + 7 * max(map(len, names), default=0)))
        item.setYRange(-len(names) + 0.4, 0.6, padding=0)
        item.setXRange(0, 1, padding=0.02)

    def _show_points(self, names: list[str], rows: Sequence[Row], iou: NDArray[np.float64]) -> None:
        item = self._cleared(self.points)
        place = {name: at for at, name in enumerate(names)}
        aside = np.random.default_rng(1).uniform(-_SPREAD, _SPREAD, len(rows))  # so that equals do not hide each other
        across = np.array([place.get(row.finding, -1) for row in rows]) + aside
        known = np.flatnonzero(~np.isnan(iou))
        self.scatter.setData(across[known], iou[known], data=known.tolist())
        item.addItem(self.scatter)
        item.getAxis("bottom").setTicks([[(at, str(at + 1)) for at in range(len(names))]])
        item.setXRange(-0.5, max(len(names), 1) - 0.5, padding=0)
        item.setYRange(0, 1, padding=0.03)

    def _show_spread(self, iou: NDArray[np.float64]) -> None:
        item = self._cleared(self.spread)
        counts, edges = np.histogram(iou, _BINS, (0, 1))
        bars = self._library.BarGraphItem(
            x0=edges[:-1], x1=edges[1:], height=counts, brush=theme.ACCENT, pen=_pen(theme.BACKDROP, 1)
        )
        item.addItem(bars)
        item.setXRange(0, 1, padding=0.02)
        item.setYRange(0, max(int(counts.max(initial=0)), 1) * 1.08, padding=0)

    def _click(self, _item: object, points: Sequence[Any]) -> None:
        if len(points):
            self.chosen.emit(int(points[0].data()))

    def _cleared(self, widget: Any) -> Any:  # noqa: ANN401  (pyqtgraph is untyped)
        item = widget.getPlotItem()
        item.clear()
        return item

    def _widget(self, name: str, bottom: str, left: str) -> Any:  # noqa: ANN401
        widget = self._library.PlotWidget(background=theme.BACKDROP)
        widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        widget.setAccessibleName(name)
        item = widget.getPlotItem()
        item.setMouseEnabled(False, False)
        item.setMenuEnabled(False)
        item.hideButtons()
        for side, title in (("left", left), ("bottom", bottom)):
            axis = item.getAxis(side)
            axis.setStyle(tickFont=theme.drawing_font(11), tickTextOffset=4)
            axis.setPen(theme.LINE)
            axis.setTextPen(theme.QUIET)
            axis.enableAutoSIPrefix(False)
            if title:
                axis.setLabel(title, **{"color": theme.QUIET.name(), "font-size": "11px"})
        return widget


def _pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCosmetic(True)
    return pen
