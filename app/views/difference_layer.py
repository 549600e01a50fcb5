"""The difference of two sides over the film, and what its three fills stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.models.difference import BOTH, ONLY_LEFT, ONLY_RIGHT
from app.views import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.models.camera import View
    from app.models.difference import Difference

FILLS = {ONLY_LEFT: (213, 60, 0), ONLY_RIGHT: (40, 120, 255), BOTH: (255, 225, 0)}
"""Vermilion, blue and yellow: apart in hue and lightness with any of the common colour deficiencies; a test
simulates them. The first two are hatched besides, each its own way."""
_STRONG, _WEAK = 185, 95
_HATCH = 16
_FILM_GREY = QColor(128, 128, 128)
_ROW = 22
_SWATCH = 14


class DifferenceLayer:
    """Draws what only one side marked and what both did."""

    def __init__(self) -> None:
        self._difference: Difference | None = None
        self._image: QImage | None = None
        self._message = ""

    @property
    def difference(self) -> Difference | None:
        """What is drawn; None while it is being computed."""
        return self._difference

    def set_difference(self, difference: Difference | None, message: str = "") -> None:
        """Take a difference, or what the legend says while there is none."""
        self._difference, self._message = difference, message
        self._image = None if difference is None else _image(difference.codes)

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw the fills over the film."""
        if self._difference is None or self._image is None:
            return
        height, width = self._difference.image_shape
        place = QRectF(QPointF(*view.to_screen(0, 0)), QPointF(*view.to_screen(width, height)))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)
        painter.restore()

    def draw_legend(self, painter: QPainter, view: View, above: float = 0.0) -> None:
        """Say in the lower left corner what the fills stand for, with their shares; ``above`` the edge by so much."""
        painter.setFont(theme.drawing_font(13))
        rows = self._rows()
        metrics = painter.fontMetrics()
        wide = max(metrics.horizontalAdvance(text) for _, text in rows) + _SWATCH + 32
        tall = _ROW * len(rows) + 12
        box = QRectF(12, view.viewport[1] - tall - 12 - above, wide, tall)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(11, 12, 14, 215))
        painter.drawRoundedRect(box, 6, 6)
        for number, (code, text) in enumerate(rows):
            top = box.top() + 6 + number * _ROW
            start = box.left() + 10
            if code:
                swatch = QRectF(start, top + (_ROW - _SWATCH) / 2, _SWATCH, _SWATCH)
                painter.fillRect(swatch, _FILM_GREY)
                painter.drawImage(swatch, _swatch(code))
                start += _SWATCH + 10
            painter.setPen(theme.TEXT if code else theme.QUIET)
            place = QRectF(start, top, box.right() - start, _ROW)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _rows(self) -> list[tuple[int, str]]:
        if self._difference is None:
            return [(0, self._message)]
        if not self._difference.marked:
            return [(0, "Neither side marked anything")]
        height, width = self._difference.image_shape
        share = self._difference.marked / (height * width)
        rows = [(code, f"{name}  {part:.0%}") for code, name, part in self._difference.rows()]
        return [*rows, (0, f"of what is marked, {share:.1%} of the film")]


def _swatch(code: int) -> QImage:
    return _image(np.full((_SWATCH, _SWATCH), code, dtype=np.uint8), hatch=8)


def _image(codes: NDArray[np.uint8], hatch: int = _HATCH) -> QImage:
    """Return the fills as a premultiplied image; stripes that rise for the left side and fall for the right."""
    height, width = codes.shape
    rows, columns = np.arange(height)[:, None], np.arange(width)[None, :]
    rising, falling = (rows + columns) % hatch < hatch / 3, (rows - columns) % hatch < hatch / 3
    alpha = np.zeros(codes.shape, dtype=np.uint32)
    alpha[codes > 0] = _WEAK
    alpha[((codes == ONLY_LEFT) & rising) | ((codes == ONLY_RIGHT) & falling)] = _STRONG
    alpha[codes == BOTH] = (_STRONG + _WEAK) // 2
    packed = alpha << 24
    table = np.zeros((4, 3), dtype=np.uint32)
    for code, fill in FILLS.items():
        table[code] = fill
    for channel, shift in enumerate((16, 8, 0)):
        packed |= ((table[codes, channel] * alpha + 127) // 255) << shift
    packed = np.ascontiguousarray(packed)
    return QImage(packed.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
