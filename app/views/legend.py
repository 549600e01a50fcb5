"""The colour legend: what the colours of the heatmap stand for, beside the film and never over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from afloc_core.exporting import colour_maps
from app.models.heat_picture import colour_table
from app.models.overlay import LEVELS, ScaleMode
from app.views import theme
from app.views.phrase_difference import difference_caption, draw_difference_scale

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

    from app.models.heat_picture import HeatPicture
    from app.models.overlay import OverlaySettings
    from app.models.phrase_difference import DifferencePicture

_WIDTH = 104
_BAR = 16
_LEFT = 16
_TOP = 76
_BOTTOM = 64
_LONGEST = 520
_STEP = 0.02
_DIM = 0.32
_MARGIN = 12
_EMPTY = "The colours of a map are explained here."
_HIDDEN = "The map is hidden."
_TIP = "Drag to move the threshold"


class Legend(QWidget):
    """A vertical colour bar in absolute units, with the threshold on it.

    Signals
    -------
    threshold_chosen(float)
        A share of the scale, by dragging or by the arrow keys.
    """

    threshold_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: HeatPicture | None = None
        self._settings: OverlaySettings | None = None
        self._difference: DifferencePicture | None = None
        self.setAccessibleName("Colour legend and threshold")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setToolTip(_TIP)

    def sizeHint(self) -> QSize:
        """Narrow and tall."""
        return QSize(_WIDTH, 400)

    def show_heat(self, picture: HeatPicture | None, settings: OverlaySettings) -> None:
        """Explain a map, or nothing."""
        if picture is self._picture and settings == self._settings:
            return
        self._picture, self._settings = picture, settings
        self.setAccessibleDescription(self.caption())
        self.update()

    def show_difference(self, difference: DifferencePicture | None) -> None:
        """Explain the difference of two phrases in place of a map, or the map again."""
        if difference is self._difference:
            return
        self._difference = difference
        self.setAccessibleDescription(self.caption())
        self.setToolTip(_TIP if difference is None else difference.title)
        self.update()

    def caption(self) -> str:
        """Say in words what the bar stands for."""
        if self._difference is not None:
            return difference_caption(self._difference)
        if self._picture is None or self._settings is None:
            return "No heatmap"
        low, high = self._picture.ends(self._settings.scale)
        unit = self._unit()
        threshold = self._picture.threshold_value(self._settings)
        return f"{unit} from {low:z.2f} to {high:z.2f}, {self._nature()}; threshold {threshold:z.2f}"

    def bar(self) -> QRectF:
        """Where the bar is."""
        height = min(max(self.height() - _TOP - _BOTTOM, 60), _LONGEST)
        top = _TOP + max((self.height() - _TOP - _BOTTOM - height) / 2, 0)
        return QRectF(_LEFT, top, _BAR, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar, numbers and threshold; nothing without a map."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.BACKDROP)
        visible = self._settings is not None and self._settings.visible
        if visible and self._difference is not None:
            draw_difference_scale(painter, self.bar(), self._difference, self.width())
        elif self._picture is not None and self._settings is not None and visible:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._draw_bar(painter, self._settings)
            self._draw_numbers(painter, self._picture, self._settings)
            self._draw_threshold(painter, self._picture, self._settings)
        else:
            self._draw_words(painter, _EMPTY if visible else _HIDDEN)
        painter.end()

    def _draw_words(self, painter: QPainter, words: str) -> None:
        """Say why the strip is empty; it keeps its width, so that a film does not move when its map comes."""
        painter.setFont(theme.drawing_font(12))
        painter.setPen(theme.FAINT)
        room = self.rect().adjusted(_MARGIN, 0, -_MARGIN, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the threshold here."""
        self._choose(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the threshold."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the threshold by the arrow keys."""
        steps = {Qt.Key.Key_Up: _STEP, Qt.Key.Key_Down: -_STEP}
        if event.key() in steps and self._settings is not None and self._difference is None:
            self.threshold_chosen.emit(self._settings.threshold + steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _choose(self, event: QMouseEvent) -> None:
        bar = self.bar()
        if self._picture is not None and self._difference is None:
            share = (bar.bottom() - event.position().y()) / bar.height()
            self.threshold_chosen.emit(min(max(share, 0.0), 1.0))

    def _nature(self) -> str:
        if self._picture is None or self._settings is None:
            return ""
        if self._picture.word:
            return "this map's own range"
        if self._settings.scale is ScaleMode.MIN_MAX:
            return "min–max of this map"
        return "absolute scale" if self._picture.heatmap.scale.calibrated else "absolute scale, not calibrated"

    def _unit(self) -> str:
        if self._picture is None:
            return ""
        return "word similarity" if self._picture.word else self._picture.heatmap.scale.unit

    def _draw_bar(self, painter: QPainter, settings: OverlaySettings) -> None:
        bar = self.bar()
        shares = np.arange(255, -1, -1) / 255
        table = colour_maps.colours(settings.colour_map)[::-1].astype(np.float64)
        visible = np.array(colour_table(settings), dtype=np.uint32)[1 + (shares * LEVELS).astype(np.intp)] >> 24 > 0
        # Below the threshold the map is transparent: the bar shows those colours dimmed.
        colours = np.ascontiguousarray(table * np.where(visible, 1.0, _DIM)[:, None], dtype=np.uint8)
        column = QImage(colours.data, 1, 256, 3, QImage.Format.Format_RGB888)
        painter.drawImage(bar, column)
        painter.setPen(QPen(theme.LINE, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)

    def _draw_numbers(self, painter: QPainter, picture: HeatPicture, settings: OverlaySettings) -> None:
        bar = self.bar()
        low, high = picture.ends(settings.scale)
        painter.setFont(theme.drawing_font(13))
        painter.setPen(theme.QUIET)
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = bar.bottom() - share * bar.height()
            if abs(share - settings.threshold) * bar.height() > 18:
                place = QRectF(bar.right() + 11, y - 9, 60, 18)
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, f"{low + share * (high - low):z.2f}")
        minimum_maximum = settings.scale is ScaleMode.MIN_MAX or bool(picture.word)
        wrap = Qt.TextFlag.TextWordWrap
        top = QRectF(_LEFT - 4, bar.top() - 64, _WIDTH - _LEFT, 54)
        painter.drawText(top, wrap | Qt.AlignmentFlag.AlignBottom, self._unit())
        painter.setPen(theme.WARNING if minimum_maximum else theme.QUIET)
        painter.drawText(QRectF(_LEFT - 4, bar.bottom() + 12, _WIDTH - _LEFT, 52), wrap, self._nature())

    def _draw_threshold(self, painter: QPainter, picture: HeatPicture, settings: OverlaySettings) -> None:
        bar = self.bar()
        y = bar.bottom() - settings.threshold * bar.height()
        painter.setPen(QPen(theme.TEXT, 1.4))
        painter.drawLine(QPointF(bar.left() - 3, y), QPointF(bar.right() + 3, y))
        painter.setBrush(theme.TEXT)
        tip = QPointF(bar.right() + 3, y)
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(6, -4), tip + QPointF(6, 4)]))
        painter.setFont(theme.drawing_font(13, bold=True))
        place = QRectF(bar.right() + 13, y - 9, 60, 18)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, f"{picture.threshold_value(settings):z.2f}")
