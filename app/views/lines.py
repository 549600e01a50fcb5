"""Lines over the film: bright on a dark halo, and quick enough for many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from app.models.camera import View

# Qt strokes a line of one pixel some twenty times as fast as a thicker one, so a thick one is several thin ones.
_HALO = ((-1.5, 0.0), (1.5, 0.0), (0.0, -1.5), (0.0, 1.5))
_CORE = ((-0.4, -0.4), (0.4, 0.4))
_BOLD_HALO = ((-2.0, 0.0), (2.0, 0.0), (0.0, -2.0), (0.0, 2.0))
_BOLD_CORE = ((-0.8, 0.0), (0.8, 0.0), (0.0, -0.8), (0.0, 0.8))
_DARK = QColor(0, 0, 0, 130)
_MANY = 60


def path_of(lines: Iterable[NDArray[np.float64]]) -> QPainterPath:
    """Return lines of image positions, arrays of shape (n, 2), as one path; long ones with every second position."""
    path = QPainterPath()
    for line in lines:
        kept = line if len(line) < _MANY else [*line[:-1:2], line[-1]]
        path.addPolygon(QPolygonF([QPointF(float(u), float(v)) for u, v in kept]))
    return path


def draw_lines(painter: QPainter, view: View, path: QPainterPath, colour: QColor, *, bold: bool = False) -> None:
    """Draw a path of image positions, two or three pixels of the screen wide at any magnification."""
    x, y = view.to_screen(0, 0)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, offsets in ((_DARK, _BOLD_HALO if bold else _HALO), (colour, _BOLD_CORE if bold else _CORE)):
        pen = QPen(shade, 1.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for right, down in offsets:
            painter.setTransform(QTransform(view.scale, 0, 0, view.scale, x + right, y + down))
            painter.drawPath(path)
    painter.restore()
