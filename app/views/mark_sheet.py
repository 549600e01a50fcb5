"""Very many marks, drawn once and then moved and, while zooming, scaled as a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.models.camera import View

_MARGIN = 160
"""Screen pixels by which a sheet is larger than the canvas on each side, so that panning finds something there."""


_MOST_SCALED = 2.0
"""How many times larger or smaller than it was drawn a sheet is shown while zooming; beyond, lines look wrong."""


@dataclass(frozen=True, eq=False)
class MarkSheet:
    """Marks as a picture of part of the film.

    Attributes
    ----------
    view : View
        What the canvas showed when it was made.
    ratio : float
        Device pixels per logical pixel.
    fine : bool
        Whether its lines are smooth.
    image : QImage
    """

    view: View
    ratio: float
    fine: bool
    image: QImage

    @classmethod
    def made(cls, view: View, ratio: float, draw: Callable[[QPainter, View], None], *, fine: bool) -> MarkSheet:
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
        return cls(view, ratio, fine, image)

    def serves(self, view: View, extent: tuple[float, float, float, float]) -> bool:
        """Whether it holds all that a view shows of marks within an extent, at a scale not too far from its own.

        Parameters
        ----------
        view : View
        extent : tuple of float
            Left, top, right and bottom of all marks in image pixels.
        """
        scaled = view.scale / self.view.scale
        if not 1 / _MOST_SCALED <= scaled <= _MOST_SCALED:
            return False
        width, height = self.view.viewport
        held = (*self.view.to_image(-_MARGIN, -_MARGIN), *self.view.to_image(width + _MARGIN, height + _MARGIN))
        seen = (*view.to_image(0, 0), *view.to_image(*view.viewport))
        return all(max(seen[side], extent[side]) >= held[side] for side in (0, 1)) and all(
            min(seen[side], extent[side]) <= held[side] for side in (2, 3)
        )

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw it where it belongs; at its own scale to the nearest device pixel, so that lines stay sharp."""
        left, top = view.to_screen(*self.view.to_image(-_MARGIN, -_MARGIN))
        if view.scale == self.view.scale:
            painter.drawImage(QPointF(*(round(side * self.ratio) / self.ratio for side in (left, top))), self.image)
            return
        scaled = view.scale / self.view.scale
        width, height = (side + 2 * _MARGIN for side in self.view.viewport)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(left, top, width * scaled, height * scaled), self.image)
        painter.restore()
