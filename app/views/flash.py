"""An outline that lights up over the canvas for a moment, so that the eye finds a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QWidget

from app.views import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from app.models.camera import Camera

_BEAT_MS = 220  # two changes make one flash: below the three a second that can harm
_BEATS = 7


class Flash(QWidget):
    """Lies over a canvas while something flashes, and is hidden otherwise; the mouse goes through it.

    Parameters
    ----------
    canvas : QWidget
    camera : Camera
    """

    def __init__(self, canvas: QWidget, camera: Camera) -> None:
        super().__init__(canvas)
        self._canvas, self._camera = canvas, camera
        self._lines: tuple[QPolygonF, ...] = ()
        self._beat = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._next)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Flashing outline")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        canvas.installEventFilter(self)
        camera.changed.connect(self.update)

    @property
    def lines(self) -> tuple[QPolygonF, ...]:
        """What flashes, in image positions; empty when nothing does."""
        return self._lines

    def start(self, lines: Sequence[NDArray[np.float64]]) -> None:
        """Flash lines given as image positions (x, y)."""
        self._lines = tuple(QPolygonF([QPointF(x, y) for x, y in line.tolist()]) for line in lines)
        self._beat = 0
        self.setGeometry(self._canvas.rect())
        self.show()
        self.raise_()
        self._timer.start()

    def stop(self) -> None:
        """Flash no more."""
        self._timer.stop()
        self._lines = ()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the canvas."""
        if event.type() is QEvent.Type.Resize:
            self.setGeometry(self._canvas.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the outline at every other beat."""
        if self._beat % 2:
            return
        view = self._camera.view
        place = QTransform(view.scale, 0, 0, view.scale, *view.to_screen(0, 0))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((QColor(0, 0, 0, 190), 5.0), (theme.WARNING, 2.4)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            for line in self._lines:
                painter.drawPolyline(place.map(line))
        painter.end()

    def _next(self) -> None:
        self._beat += 1
        if self._beat >= _BEATS:
            self.stop()
        else:
            self.update()
