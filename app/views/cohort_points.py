"""Every case as a point; a click opens the nearest one.

The library's own clicks are not used. They go to items by their last hover event, which is dropped when the pointer
moves fast, they turn into a drag after half a second, and a point is hit within its own 4 pixels only, and not before
it was painted. Here the point nearest to the pointer is taken from where points are at that moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QToolTip

from app.views import theme
from app.views.cohort_plots import Plot, scrolled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

REACH = 14
"""How far from a point a click may be, in logical pixels."""

_STILL = 6
_SPREAD = 0.32
_AT_ONCE = 8000
_COLOUR = QColor(127, 180, 216, 150)
_PRESSED = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class PointsPlot(QObject):
    """A row of points for each finding.

    Signals
    -------
    chosen(int)
        The row of the evaluation whose point was clicked.
    """

    chosen = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._plot = Plot("Every case", "IoU of each case; a click opens it")
        self.widget = self._plot.widget
        self.area = scrolled(self.widget)
        library = self._plot.library
        self._mark = library.ScatterPlotItem(size=13, pen=theme.TEXT, brush=None)
        self._mark.setZValue(10)
        self._x, self._y = np.zeros(0), np.zeros(0)
        self._at = np.zeros(0, np.intp)
        self._describe: Callable[[int], str] = str
        self._pressed: QPointF | None = None
        self._waiting: list[slice] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._draw_some)
        self.widget.viewport().installEventFilter(self)
        self.widget.viewport().setMouseTracking(True)

    def show(
        self,
        names: Sequence[str],
        places: NDArray[np.float64],
        values: NDArray[np.float64],
        title: str,
        describe: Callable[[int], str],
    ) -> None:
        """Draw cases.

        Parameters
        ----------
        names : sequence of str
            Findings, from above.
        places : ndarray of float64, shape (n,)
            The row of points that each case belongs in: 0, -1, and so on in the order of the names.
        values : ndarray of float64, shape (n,)
            NaN for rows that have no point.
        title : str
            Of the measure.
        describe : callable
            Says in words which row it is.
        """
        across = places + np.random.default_rng(1).uniform(
            -_SPREAD, _SPREAD, len(places)
        )  # so that equals hide no other
        self._at = np.flatnonzero(~np.isnan(values))
        self._x, self._y = values[self._at], across[self._at]
        self._describe = describe
        item = self._plot.item
        item.clear()
        self._mark.setData([], [])
        item.addItem(self._mark)
        self._plot.name_rows(names)
        low, high = float(self._x.min(initial=0.0)), float(self._x.max(initial=1.0))
        item.setXRange(low, high, padding=0.02)
        self._plot.label(f"{title} of each case; a click opens it")
        self._waiting = [slice(start, start + _AT_ONCE) for start in range(0, len(self._at), _AT_ONCE)]
        self._draw_some()

    def place_of(self, at: int) -> QPoint:
        """Return where the point of a row is, in the pixels of ``widget.viewport()``."""
        x, y = self._places()
        (found,) = np.flatnonzero(self._at == at)
        return QPoint(round(float(x[found])), round(float(y[found])))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the mouse over the points."""
        if isinstance(event, QMouseEvent):
            self._take(event)
            return True
        if event.type() == QEvent.Type.Leave:
            self._show_nearest(None)
        return super().eventFilter(watched, event)

    def _draw_some(self) -> None:
        """Draw points of which a hundred thousand would hold up the window for half a second."""
        if self._waiting:
            some = self._waiting.pop(0)
            points = self._plot.library.ScatterPlotItem(size=7, pen=None, brush=_COLOUR)
            points.setData(self._x[some], self._y[some])
            self._plot.item.addItem(points)
        if self._waiting:
            self._timer.start()
        else:
            self._timer.stop()

    def _take(self, event: QMouseEvent) -> None:
        place = event.position()
        if event.type() == QEvent.Type.MouseMove:
            self._show_nearest(self._nearest(place))
        elif event.button() == Qt.MouseButton.LeftButton:
            pressed, self._pressed = self._pressed, None
            if event.type() in _PRESSED:
                self._pressed = place if event.type() == QEvent.Type.MouseButtonPress else None
            elif pressed is not None and (place - pressed).manhattanLength() <= _STILL:
                nearest = self._nearest(place)
                if nearest is not None:
                    self.chosen.emit(int(self._at[nearest]))

    def _show_nearest(self, nearest: int | None) -> None:
        viewport = self.widget.viewport()
        if nearest is None:
            viewport.unsetCursor()
            self._mark.setData([], [])
            QToolTip.hideText()
            return
        viewport.setCursor(Qt.CursorShape.PointingHandCursor)
        self._mark.setData(self._x[nearest : nearest + 1], self._y[nearest : nearest + 1])
        at = int(self._at[nearest])
        QToolTip.showText(viewport.mapToGlobal(self.place_of(at)) + QPoint(10, 6), self._describe(at), viewport)

    def _nearest(self, place: QPointF) -> int | None:
        if not len(self._at):
            return None
        x, y = self._places()
        apart = (x - place.x()) ** 2 + (y - place.y()) ** 2
        nearest = int(apart.argmin())
        return nearest if apart[nearest] <= REACH**2 else None

    def _places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return where the points are now, in pixels of the viewport."""
        box, view = self._plot.item.vb, self.widget.viewportTransform()
        origin, unit = (view.map(box.mapViewToScene(QPointF(at, at))) for at in (0.0, 1.0))
        x = origin.x() + self._x * (unit.x() - origin.x())
        y = origin.y() + self._y * (unit.y() - origin.y())
        return x, y
