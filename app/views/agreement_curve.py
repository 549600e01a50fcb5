"""IoU against threshold: the model with each reader, and the readers' own spread behind it."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsItem, QVBoxLayout, QWidget

from app.models.agreement import NOTHING
from app.views import theme
from app.views.gradual_import import GradualImport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PySide6.QtGui import QFocusEvent, QKeyEvent

    from app.models.agreement import AgreementResult, Curves

_HEIGHT = 168
_STEP = 0.02
_KEYS = {Qt.Key.Key_Right: _STEP, Qt.Key.Key_Up: _STEP, Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Down: -_STEP}


class CurveView(QWidget):
    """The curve with the threshold as a line that can be dragged, or moved by the arrow keys.

    Signals
    -------
    threshold_chosen(float)
        A share of the scale.
    built()
        The plot is there.
    """

    threshold_chosen = Signal(float)
    built = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("IoU against threshold")
        self.setToolTip("IoU of the model with each reader at every threshold; drag the line to move the threshold")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(_HEIGHT)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._plot: _Plot | None = None
        self._library = GradualImport(self)
        self._library.finished.connect(self._make_plot)
        self._building = False
        self._result = NOTHING
        self._colours: Mapping[str, str] = {}
        self._share = 0.0

    @property
    def plot(self) -> _Plot | None:
        """What draws; None until `build`."""
        return self._plot

    @property
    def building(self) -> bool:
        """Whether the plot is being made."""
        return self._building

    def build(self) -> None:
        """Make the plot, without holding up the window: its library is slow to import."""
        if self._plot is None and not self._building:
            self._building = True
            self._library.start()

    def show_result(self, result: AgreementResult, colours: Mapping[str, str]) -> None:
        """Show curves, each reader in their colour."""
        same = result.curves is self._result.curves and colours == self._colours
        self._result, self._colours = result, dict(colours)
        if self._plot is not None and result.curves is not None:
            if not same or not self._plot.drawn:
                self._plot.show_curves(result.curves, self._colours)
            self._plot.show_spread(result.spread)
            self.show_threshold(self._share)
        self._describe()

    def show_threshold(self, share: float) -> None:
        """Put the line on a share of the scale."""
        self._share = share
        if self._plot is not None and self._result.curves is not None:
            low, high = self._ends(self._result.curves)
            self._plot.line.setValue(low + share * (high - low))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the threshold by the arrow keys."""
        if event.key() in _KEYS and self._result.curves is not None:
            self.threshold_chosen.emit(self._share + _KEYS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show who has the keyboard."""
        super().focusInEvent(event)
        self._mark_focus(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it is gone."""
        super().focusOutEvent(event)
        self._mark_focus(False)

    def _mark_focus(self, focused: bool) -> None:
        if self._plot is not None:
            self._plot.line.setPen(_pen(theme.ACCENT, 3.0 if focused else 1.6))

    def _make_plot(self) -> None:
        self._plot = _Plot()
        self._column.addWidget(self._plot.widget)
        self._plot.line.sigDragged.connect(self._drag)
        self._building = False
        self.show_result(self._result, self._colours)
        self.built.emit()

    def _drag(self) -> None:
        if self._plot is not None and self._result.curves is not None:
            low, high = self._ends(self._result.curves)
            share = (float(self._plot.line.value()) - low) / (high - low)
            self.threshold_chosen.emit(min(max(share, 0.0), 1.0))
            self.show_threshold(self._share)  # the threshold moves in steps, and so does the line

    def _describe(self) -> None:
        curves = self._result.curves
        if curves is None:
            self.setAccessibleDescription("No curve")
            return
        mean = curves.mean
        if np.isnan(mean).all():
            self.setAccessibleDescription("The model and the readers have no IoU at any threshold")
            return
        best = int(np.nanargmax(mean))
        now = self._result.model_mean
        here = "no IoU at this threshold" if isnan(now) else f"mean IoU {now:.2f} at this threshold"
        self.setAccessibleDescription(
            f"{here}; the highest, {mean[best]:.2f}, is at {curves.thresholds[best]:.2f} {curves.unit}"
        )

    @staticmethod
    def _ends(curves: Curves) -> tuple[float, float]:
        return float(curves.thresholds[0]), float(curves.thresholds[-1])


class _Plot:
    """The pyqtgraph items."""

    def __init__(self) -> None:
        import pyqtgraph  # which `GradualImport` has done

        self._library: Any = pyqtgraph
        self.drawn = False
        self.widget = pyqtgraph.PlotWidget(background=theme.BACKDROP)
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setAccessibleName("Curves")
        self._item = self.widget.getPlotItem()
        self._item.setMouseEnabled(False, False)
        self._item.setMenuEnabled(False)
        self._item.hideButtons()
        self._item.setYRange(0, 1, padding=0.06)
        for side, title in (("left", "IoU"), ("bottom", "threshold")):
            axis = self._item.getAxis(side)
            axis.setStyle(tickFont=theme.drawing_font(11), tickTextOffset=3)
            axis.setPen(theme.LINE)
            axis.setTextPen(theme.QUIET)
            axis.setLabel(title, **{"color": theme.QUIET.name(), "font-size": "11px"})
            axis.enableAutoSIPrefix(False)
        self._item.getAxis("left").setWidth(38)
        self._item.getAxis("bottom").setHeight(34)
        self.band = pyqtgraph.LinearRegionItem(
            (0, 0),
            orientation="horizontal",
            movable=False,
            brush=QColor(154, 161, 169, 46),
            pen=QPen(Qt.PenStyle.NoPen),
        )
        self.among = pyqtgraph.InfiniteLine(angle=0, pen=_pen(theme.QUIET, 1.0, Qt.PenStyle.DashLine))
        self.line = pyqtgraph.InfiniteLine(angle=90, movable=True, pen=_pen(theme.ACCENT, 1.6))
        self.line.setHoverPen(_pen(theme.ACCENT, 3.0))
        self.line.setZValue(20)
        for item in (self.band, self.among, self.line):
            self._item.addItem(item)
        self._curves: list[Any] = []

    def show_curves(self, curves: Curves, colours: Mapping[str, str]) -> None:
        """Draw a line per reader and consensus, and the readers' mean."""
        for curve in self._curves:
            self._item.removeItem(curve)
        self._curves = []
        for one in curves.each:
            if one.is_reader:
                pen = _pen(QColor(colours.get(one.name, theme.QUIET.name())), 1.2)
            else:
                pen = _pen(theme.QUIET, 1.2, Qt.PenStyle.DotLine)
            self._add(curves.thresholds, one.iou, pen, 5)
        self._add(curves.thresholds, curves.mean, _pen(theme.TEXT, 2.4), 10)
        low, high = float(curves.thresholds[0]), float(curves.thresholds[-1])
        self._item.setXRange(low, high, padding=0)
        self.line.setBounds((low, high))
        self.drawn = True

    def show_spread(self, spread: tuple[float, float, float] | None) -> None:
        """Draw what the readers reach among themselves."""
        self.band.setVisible(spread is not None)
        self.among.setVisible(spread is not None)
        if spread is not None:
            low, mean, high = spread
            self.band.setRegion((low, high))
            self.among.setValue(mean)

    def _add(self, x: NDArray[np.float64], y: NDArray[np.float64], pen: QPen, depth: int) -> None:
        curve = self._library.PlotCurveItem(x, y, pen=pen, connect="finite", antialias=True)
        curve.setZValue(depth)
        # Kept as a picture: dragging the threshold over twenty curves redraws none of them.
        curve.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._item.addItem(curve)
        self._curves.append(curve)


def _pen(colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(colour, width, style)
    pen.setCosmetic(True)
    return pen
