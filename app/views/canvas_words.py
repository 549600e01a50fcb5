"""What the canvas writes and draws about what is compared: titles, the line of the swipe, a note on the marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.views import theme

if TYPE_CHECKING:
    from app.models.camera import View

NOTE_HEIGHT = 26.0
_HANDLE = 13.0
_PLATE = QColor(11, 12, 14, 200)


def draw_titles(painter: QPainter, view: View, titles: tuple[str, str]) -> None:
    """Write who is shown into the upper corners."""
    painter.setFont(theme.drawing_font(15, bold=True))
    for title, right in zip(titles, (False, True), strict=True):
        if title:
            width = min(painter.fontMetrics().horizontalAdvance(title) + 20.0, view.viewport[0] / 2 - 14)
            shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(width - 18))
            left = view.viewport[0] - width - 10 if right else 10.0
            _plate(painter, QRectF(left, 10, width, 28), shown, theme.TEXT)


def draw_cold(painter: QPainter, view: View, words: str, tells: tuple[bool, bool], *, below_titles: bool) -> None:
    """Write into the corners that tell of the model that its map stays below the threshold."""
    painter.setFont(theme.drawing_font(13))
    text = f"model: {words}"
    width = min(painter.fontMetrics().horizontalAdvance(text) + 20.0, view.viewport[0] - 20)
    for told, right in zip(tells, (False, True), strict=True):
        if told:
            left = view.viewport[0] - width - 10 if right else 10.0
            _plate(painter, QRectF(left, 42 if below_titles else 10, width, 26), text, theme.TEXT)


def draw_note(painter: QPainter, view: View, note: str) -> None:
    """Write what must be said of the marks along the lower edge."""
    painter.setFont(theme.drawing_font(12))
    width = min(painter.fontMetrics().horizontalAdvance(note) + 18.0, view.viewport[0] - 20)
    shown = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideRight, int(width - 14))
    place = QRectF(10, view.viewport[1] - NOTE_HEIGHT - 6, width, NOTE_HEIGHT - 3)
    _plate(painter, place, shown, theme.WARNING)


def draw_swipe(painter: QPainter, view: View, share: float) -> None:
    """Draw the line that parts the film, with a handle in its middle."""
    x, middle = swipe_position(view, share), view.viewport[1] / 2
    for colour, width in ((QColor(0, 0, 0, 170), 4), (theme.TEXT, 2)):
        # A filled rectangle: Qt takes a hundred times as long for a smoothed thick line of this length.
        painter.fillRect(QRectF(round(x) - width / 2, 0, width, view.viewport[1]), colour)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 170), 1.2))
    painter.setBrush(theme.TEXT)
    painter.drawEllipse(QPointF(x, middle), _HANDLE, _HANDLE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.BACKDROP)
    for way in (-1, 1):
        tip = QPointF(x + way * 9, middle)
        painter.drawPolygon(QPolygonF([tip, tip - QPointF(way * 5, 4.5), tip - QPointF(way * 5, -4.5)]))


def swipe_position(view: View, share: float) -> float:
    """Return where the line is on the screen; its handle never leaves it."""
    return min(max(share * view.viewport[0], _HANDLE), view.viewport[0] - _HANDLE)


def _plate(painter: QPainter, place: QRectF, text: str, colour: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(place, 5, 5)
    painter.setPen(colour)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
