"""Very many marks, drawn once for a scale and then moved as a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.models.camera import View

_MARGIN = 160
"""Screen pixels by which a sheet is larger than the canvas on each side, so that panning finds something there."""


@dataclass(frozen=True, eq=False)
class MarkSheet:
    """Marks as a picture of part of the film, at one scale.

    Attributes
    ----------
    view : View
        What the canvas showed when it was made.
    ratio : float
        Device pixels per logical pixel.
    image : QImage
    """

    view: View
    ratio: float
    image: QImage

    @classmethod
    def made(cls, view: View, ratio: float, draw: Callable[[QPainter, View], None]) -> MarkSheet:
        """Draw a sheet; ``draw`` is given a view that is larger than ``view`` by the margin."""
        width, height = view.viewport
        larger = replace(view, viewport=(width + 2 * _MARGIN, height + 2 * _MARGIN))
        image = QImage(
            round(larger.viewport[0] * ratio),
            round(larger.viewport[1] * ratio),
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        draw(painter, larger)
        painter.end()
        return cls(view, ratio, image)

    def covers(self, view: View, ratio: float) -> bool:
        """Whether it holds all that a view shows."""
        same = (self.view.scale, self.view.viewport, self.ratio) == (view.scale, view.viewport, ratio)
        right, down = self._moved(view)
        return same and max(abs(right), abs(down)) <= _MARGIN

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw it where it belongs, to the nearest device pixel: lines stay as sharp as they are."""
        right, down = (round(side * self.ratio) / self.ratio for side in self._moved(view))
        painter.drawImage(QPointF(right - _MARGIN, down - _MARGIN), self.image)

    def _moved(self, view: View) -> tuple[float, float]:
        before, now = self.view.to_screen(0, 0), view.to_screen(0, 0)
        return now[0] - before[0], now[1] - before[1]
