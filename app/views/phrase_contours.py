"""The contours of the kept phrases over the film, each in its own colour with its name beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath

from app.models.overlay import OverlaySettings, ScaleMode
from app.views import theme
from app.views.lines import draw_lines, path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.models.camera import View
    from app.models.heat_picture import HeatPicture
    from app.models.phrase_layers import PhraseLayer

_AT_ONCE_S = 0.003
"""How long a frame may be held up by lines that only move; the others follow in the next ones."""
_KEPT = 2
_LONGEST_NAME = 190
_TEXT_PIXELS = 13


@dataclass(frozen=True, eq=False)
class _Lines:
    """A phrase's lines, and what they were made of."""

    layer: PhraseLayer
    picture: HeatPicture
    scale: ScaleMode
    path: QPainterPath

    @cached_property
    def largest(self) -> QRectF:
        """Where the largest of the lines is, in image positions; empty without a line."""
        places = [polygon.boundingRect() for polygon in self.path.toSubpathPolygons()]
        return max(places, key=lambda place: place.width() + place.height(), default=QRectF())

    def made_of(self, layer: PhraseLayer, picture: HeatPicture, scale: ScaleMode) -> bool:
        """Whether a phrase shown this way has these lines."""
        return self.picture is picture and (self.layer.threshold, self.scale) == (layer.threshold, scale)


class PhraseContours:
    """A layer of the canvas."""

    def __init__(self) -> None:
        self._shown: tuple[_Lines, ...] = ()
        self._kept: dict[str, list[_Lines]] = {}  # of each phrase the last few, newest first: scales go to and fro

    @property
    def names(self) -> tuple[str, ...]:
        """The phrases that have at least one line."""
        return tuple(one.layer.text for one in self._shown if not one.path.isEmpty())

    def set_phrases(self, phrases: Sequence[tuple[PhraseLayer, HeatPicture]], scale: ScaleMode) -> bool:
        """Take the phrases to draw and their maps; only lines that move are made again.

        Returns
        -------
        bool
            Whether all lines are where they belong. Where many move at once, as on another scale, some stay where they
            were; call again in the next turn of the event loop.
        """
        start, end = time.perf_counter(), float("inf")
        before, self._kept = self._kept, {}
        shown, complete = [], True
        for layer, picture in phrases:
            kept = [one for one in before.get(layer.text, ()) if one.picture is picture]
            lines = next((one for one in kept if one.made_of(layer, picture, scale)), None)
            if lines is None and kept and time.perf_counter() > end:
                lines, complete = kept[0], False
            elif lines is None:
                lines = _Lines(layer, picture, scale, _path(picture, layer.threshold, scale))
                end = min(end, start + _AT_ONCE_S)  # one is made in any case, so that there is an end to it
            shown.append(lines)
            self._kept[layer.text] = [lines, *(one for one in kept if one is not lines)][:_KEPT]
        self._shown = tuple(shown)
        return complete

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw every line, then every name, so that no line crosses a name."""
        for one in self._shown:
            draw_lines(painter, view, one.path, QColor(one.layer.colour), bold=True)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_names(painter, view)
        painter.restore()

    def _draw_names(self, painter: QPainter, view: View) -> None:
        font = theme.drawing_font(_TEXT_PIXELS)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        screen = QRectF(0, 0, *view.viewport)
        taken: list[QRectF] = []
        for one in self._shown:
            around = _on_screen(one.largest, view)
            if one.largest.isEmpty() or not around.intersects(screen):
                continue
            text = metrics.elidedText(one.layer.text, Qt.TextElideMode.ElideRight, _LONGEST_NAME)
            size = (metrics.horizontalAdvance(text) + 12, metrics.height() + 4)
            plate = _free_place(around, size, screen, taken)
            taken.append(plate)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(11, 12, 14, 190))
            painter.drawRoundedRect(plate, 4, 4)
            painter.setPen(QColor(one.layer.colour))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _path(picture: HeatPicture, threshold: float, scale: ScaleMode) -> QPainterPath:
    return path_of(picture.contours(OverlaySettings(threshold=threshold, scale=scale)))


def _on_screen(place: QRectF, view: View) -> QRectF:
    return QRectF(QPointF(*view.to_screen(place.left(), place.top())), place.size() * view.scale)


def _free_place(around: QRectF, size: tuple[float, float], screen: QRectF, taken: list[QRectF]) -> QRectF:
    """Return a place above the middle of a contour, on the screen, and below other names that are there."""
    width, height = size
    plate = QRectF(around.center().x() - width / 2, around.top() - height - 5, width, height)
    plate.moveLeft(min(max(plate.left(), screen.left() + 4), max(screen.right() - width - 4, 4)))
    plate.moveTop(min(max(plate.top(), screen.top() + 4), max(screen.bottom() - height - 4, 4)))
    for other in sorted(taken, key=QRectF.top):
        if plate.intersects(other):
            plate.moveTop(other.bottom() + 2)
    return plate
