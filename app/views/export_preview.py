"""The preview of an export: the picture as it will be, on which areas of the film are blacked out by dragging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from afloc_core.annotations.shapes import Bounds
from app.views import theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from afloc_core.exporting.drawing import Area

_LEAST = 3.0


class ExportPreview(QWidget):
    """Shows a picture as large as there is room, and emits areas of the film that were drawn on it.

    Signals
    -------
    drawn(Bounds)
        In film pixels, inside the film.
    """

    drawn = Signal(object)

    def __init__(self, film_shape: tuple[int, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = film_shape
        self._image = QImage()
        self._films: tuple[Area, ...] = ()
        self._start: QPointF | None = None
        self._end: QPointF | None = None
        self._film: QRectF | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(420, 320)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def image(self) -> QImage:
        """The picture shown; empty until there is one."""
        return self._image

    def show_picture(self, pixels: NDArray[np.uint8] | None, films: tuple[Area, ...]) -> None:
        """Show a picture, uint8 (h, w, 3), and know where the film is in it; None for nothing."""
        if pixels is None:
            self._image = QImage()
        else:
            height, width = pixels.shape[:2]
            self._image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self._films = films
        self.update()

    def film_places(self) -> list[QRectF]:
        """Where each film is in the widget."""
        place = self._place()
        if self._image.isNull() or not place.width():
            return []
        scale = place.width() / self._image.width()
        return [
            QRectF(place.left() + one.x * scale, place.top() + one.y * scale, one.width * scale, one.height * scale)
            for one in self._films
        ]

    def sizeHint(self) -> QSize:
        """Return the size it would like."""
        return QSize(760, 640)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture, and the area on its way."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.BACKDROP)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image.isNull():
            painter.setPen(theme.QUIET)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Drawing…")
        else:
            ratio = self.devicePixelRatioF()
            size = (self._place().size() * ratio).toSize()
            smooth = Qt.TransformationMode.SmoothTransformation
            painter.drawImage(self._place(), self._image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))
        if self._start is not None and self._end is not None:
            painter.setPen(QPen(theme.WARNING, 1))
            painter.setBrush(QColor(0, 0, 0, 200))
            painter.drawRect(QRectF(self._start, self._end).normalized())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin an area on a film."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        at = event.position()
        self._film = next((film for film in self.film_places() if film.contains(at)), None)
        if self._film is not None:
            self._start = self._end = at

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse, inside the film."""
        if self._film is not None:
            at = event.position()
            x = min(max(at.x(), self._film.left()), self._film.right())
            y = min(max(at.y(), self._film.top()), self._film.bottom())
            self._end = QPointF(x, y)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pass the area on; a mere click is none."""
        self.mouseMoveEvent(event)
        film, start, end = self._film, self._start, self._end
        self._film = self._start = self._end = None
        self.update()
        if film is None or start is None or end is None:
            return
        area = QRectF(start, end).normalized()
        if area.width() >= _LEAST and area.height() >= _LEAST:
            down, across = self._shape[0] / film.height(), self._shape[1] / film.width()
            left, top = (area.left() - film.left()) * across, (area.top() - film.top()) * down
            right, bottom = (area.right() - film.left()) * across, (area.bottom() - film.top()) * down
            self.drawn.emit(Bounds(left, top, right, bottom))

    def _place(self) -> QRectF:
        """Where the picture is in the widget: in the middle, as large as there is room, not enlarged."""
        if self._image.isNull():
            return QRectF()
        room = QRectF(self.rect()).adjusted(8, 8, -8, -8)
        factor = min(room.width() / self._image.width(), room.height() / self._image.height(), 1.0)
        width, height = self._image.width() * factor, self._image.height() * factor
        return QRectF(room.center().x() - width / 2, room.center().y() - height / 2, width, height)
