"""How the difference of two phrases is drawn over the film, and explained beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.models.overlay import LEVELS
from app.models.phrase_difference import difference_table, signed
from app.views import theme
from app.views.canvas_layers import index_image

if TYPE_CHECKING:
    from app.models.camera import View
    from app.models.phrase_difference import DifferencePicture


class DifferenceLayer:
    """A layer of the canvas: amber where the first phrase is more similar, blue where the second is."""

    def __init__(self) -> None:
        self._difference: DifferencePicture | None = None
        self._opacity = 1.0
        self._image: QImage | None = None

    def set_difference(self, difference: DifferencePicture | None, opacity: float) -> None:
        """Take what to draw, or nothing."""
        if difference is None:
            self._image = None
        elif difference is not self._difference or self._image is None:
            indices = index_image(difference.indices)
            indices.setColorTable(difference_table())
            self._image = indices.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        self._difference, self._opacity = difference, opacity

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw the colours."""
        if self._difference is None or self._image is None:
            return
        height, width = self._difference.image_shape
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(self._opacity)
        painter.drawImage(QRectF(QPointF(*view.to_screen(0, 0)), QPointF(*view.to_screen(width, height))), self._image)
        painter.restore()


def difference_caption(difference: DifferencePicture) -> str:
    """Say in words what the colours of a difference stand for."""
    limit = difference.limit
    return (
        f"A − B, {difference.title}: difference in {difference.unit} from {signed(-limit)} to {signed(limit)}, "
        f"{_nature(difference)}, anything below {difference.cold:z.2f} counting as that; amber where A, "
        f"“{difference.first}”, is more similar, blue where B, “{difference.second}”, is"
    )


def draw_difference_scale(painter: QPainter, bar: QRectF, difference: DifferencePicture, width: int) -> None:
    """Draw the bar with its numbers; which phrase either end stands for is said at that end."""
    table = difference_table()
    column = QImage(1, LEVELS + 1, QImage.Format.Format_RGB32)
    for row in range(LEVELS + 1):
        colour = QColor.fromRgba(table[1 + LEVELS - row])
        share = colour.alphaF()
        back = theme.RAISED
        parts = [round(share * a + (1 - share) * b) for a, b in zip(_rgb(colour), _rgb(back), strict=True)]
        column.setPixelColor(0, row, QColor(*parts))
    bar = bar.adjusted(0, 24, 0, -70)
    painter.drawImage(bar, column)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.LINE, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)
    painter.setFont(theme.drawing_font(13))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = bar.bottom() - share * bar.height()
        painter.setPen(theme.TEXT if share == 0.5 else theme.QUIET)
        text = signed((2 * share - 1) * difference.limit)
        painter.drawText(QRectF(bar.right() + 9, y - 9, 60, 18), Qt.AlignmentFlag.AlignVCenter, text)
    wrap, left, room = Qt.TextFlag.TextWordWrap, bar.left() - 4, width - bar.left() - 4
    painter.setPen(QColor.fromRgba(table[1 + LEVELS] | 0xFF000000))
    above = QRectF(left, bar.top() - 82, room, 70)
    painter.drawText(above, wrap | Qt.AlignmentFlag.AlignBottom, _short(painter, f"A: {difference.first}", room))
    painter.setPen(QColor.fromRgba(table[1] | 0xFF000000))
    below = QRectF(left, bar.bottom() + 12, room, 70)
    painter.drawText(below, wrap, _short(painter, f"B: {difference.second}", room))
    painter.setPen(theme.QUIET)
    nature = QRectF(left, bar.bottom() + 84, room, 52)
    painter.drawText(nature, wrap, f"A − B, {_nature(difference)}")


def _short(painter: QPainter, text: str, room: float) -> str:
    """Cut a text to what four lines can hold."""
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(3.1 * room))


def _nature(difference: DifferencePicture) -> str:
    return "absolute scale" if difference.calibrated else "absolute scale, not calibrated"


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
