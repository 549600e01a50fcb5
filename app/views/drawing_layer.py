"""What the canvas draws of drawing: the shape on its way, own marks before they are saved, handles and sizes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from afloc_core.annotations.shapes import Mask, Points
from app.models.editing import handles
from app.models.measuring import distance, measured
from app.models.outlines import outline_of
from app.views import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afloc_core.annotations.shapes import Shape
    from app.models.camera import View
    from app.models.drawing import Draft, OwnMark, Place, Stroke

_HALO = QColor(0, 0, 0, 150)
_HANDLE = 4.0
_DOT = 5.0
_TICK = 6.0
_TEXT = 12
_AROUND = ((-1.3, 0.0), (1.3, 0.0), (0.0, -1.3), (0.0, 1.3))
_BESIDE = ((-0.6, -0.6), (0.6, 0.6), (0.0, 0.0))
_ERASING = QColor("#e0b060")


class DrawingLayer:
    """Draws above everything else; told what to draw by whoever knows the marks."""

    def __init__(self) -> None:
        self._colour = QColor("#56b4e9")
        self._draft: Draft | None = None
        self._draft_words = ""
        self._brush: tuple[Place, float] | None = None
        self._loose: tuple[OwnMark, ...] = ()
        self._selected: Shape | None = None
        self._editable = False
        self._words = ""
        self._spacing: tuple[float, float] | None = None
        self._spacing_note = ""

    def set_spacing(self, spacing_mm: tuple[float, float] | None, note: str) -> None:
        """Take the film's spacing in millimetres, and where it is known from."""
        self._spacing, self._spacing_note = spacing_mm, note

    def set_colour(self, colour: str) -> None:
        """Draw in the reader's colour, ``#rrggbb``."""
        self._colour = QColor(colour)

    def set_draft(self, draft: Draft | None, words: str = "") -> None:
        """Draw a shape on its way, and what is said of it."""
        self._draft, self._draft_words = draft, words

    def set_brush(self, at: Place | None, radius: float = 0.0) -> None:
        """Show how large the brush is, at a place of the film; nowhere for None."""
        self._brush = None if at is None else (at, radius)

    def set_loose(self, loose: Sequence[OwnMark]) -> None:
        """Draw own marks that nobody else draws yet."""
        self._loose = tuple(loose)

    def set_selected(self, shape: Shape | None, words: str = "", *, editable: bool = True) -> None:
        """Draw the handles of a shape, where it is ``editable``, its size, and what is said of it."""
        self._selected, self._words, self._editable = shape, words, editable

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw what there is."""
        if self._draft is None and not self._loose and self._selected is None and self._brush is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        changed = self._draft.of if self._draft is not None else None
        for own in self._loose:
            if changed is None or own.token != changed.token:
                self._draw_shape(painter, view, own.mark.shape)
        if self._draft is not None:
            self._draw_draft(painter, view, self._draft)
        elif self._selected is not None:
            self._draw_selected(painter, view, self._selected)
        if self._brush is not None and self._draft is None:
            at, radius = self._brush
            path = QPainterPath()
            path.addEllipse(QPointF(*view.to_screen(*at)), radius * view.scale, radius * view.scale)
            self._stroke_path(painter, path)
        painter.restore()

    def _draw_draft(self, painter: QPainter, view: View, draft: Draft) -> None:
        if draft.of is not None and draft.shape is None:
            self._draw_shape(painter, view, draft.of.mark.shape, draft.shift)
        if draft.shape is not None:
            self._draw_shape(painter, view, draft.shape)
            self._draw_size(painter, view, draft.shape, self._draft_words)
        if draft.corners:
            self._draw_line(painter, view, draft.corners)
        if draft.stroke is not None:
            self._draw_stroke(painter, view, draft.stroke)
        if draft.ruler is not None:
            self._draw_ruler(painter, view, draft.ruler)
        open_ = draft.corners or (draft.stroke.places if draft.stroke is not None else ())
        if open_ and self._draft_words:
            self._draw_size(painter, view, Points((open_[-1],)), self._draft_words)

    def _draw_selected(self, painter: QPainter, view: View, shape: Shape) -> None:
        if self._editable:
            self._draw_shape(painter, view, shape, halo=False)  # also on the side that shows no marks
            painter.setPen(QPen(_HALO, 1.2))
            painter.setBrush(self._colour)
            for place in handles(shape):
                x, y = view.to_screen(*place)
                painter.drawRect(QRectF(x - _HANDLE, y - _HANDLE, 2 * _HANDLE, 2 * _HANDLE))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if isinstance(shape, Mask) or not self._editable:
            left, top, right, bottom = shape.bounds
            (x0, y0), (x1, y1) = view.to_screen(left, top), view.to_screen(right, bottom)
            painter.setPen(QPen(theme.QUIET, 1, Qt.PenStyle.DotLine))
            painter.drawRect(QRectF(x0 - 4, y0 - 4, x1 - x0 + 8, y1 - y0 + 8))
        self._draw_size(painter, view, shape, self._words)

    def _draw_shape(
        self, painter: QPainter, view: View, shape: Shape, shift: Place = (0.0, 0.0), *, halo: bool = True
    ) -> None:
        if isinstance(shape, Points):
            for point in shape.points:
                self._draw_point(painter, view, point)
            return
        x, y = view.to_screen(*shift)
        transform = QTransform(view.scale, 0, 0, view.scale, x, y)
        self._stroke_path(painter, transform.map(_path(shape)), halo=halo)

    def _draw_line(self, painter: QPainter, view: View, corners: Sequence[Place]) -> None:
        line = QPolygonF([QPointF(*view.to_screen(*corner)) for corner in corners])
        path = QPainterPath()
        path.addPolygon(line)
        self._stroke_path(painter, path)
        painter.setPen(QPen(_HALO, 1))
        painter.setBrush(self._colour)
        painter.drawEllipse(line.at(0), _HANDLE, _HANDLE)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_ruler(self, painter: QPainter, view: View, ends: tuple[Place, Place]) -> None:
        start, end = (QPointF(*view.to_screen(*place)) for place in ends)
        path = QPainterPath(start)
        path.lineTo(end)
        along = QLineF(start, end).normalVector().unitVector()
        across = QPointF(along.dx(), along.dy()) * _TICK
        for tip in (start, end):
            path.moveTo(tip - across)
            path.lineTo(tip + across)
        self._stroke_path(painter, path)
        corners = [(min(axis), max(axis)) for axis in zip(*ends, strict=True)]
        box = self._label_box(view, corners, [words := distance(*ends, self._spacing, self._spacing_note)])
        self._write(painter, box, [words])

    def _draw_stroke(self, painter: QPainter, view: View, stroke: Stroke) -> None:
        colour = QColor(_ERASING if stroke.erases else self._colour)
        places = [QPointF(*view.to_screen(*place)) for place in stroke.places]
        radius = stroke.radius * view.scale
        colour.setAlpha(110)
        pen = QPen(colour, 2 * radius, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        if len(places) > 1:
            painter.drawPolyline(places)
        else:
            painter.drawPoint(places[0])
        painter.setPen(QPen(_ERASING if stroke.erases else self._colour, 1.2))
        painter.drawEllipse(places[-1], radius, radius)

    def _draw_point(self, painter: QPainter, view: View, point: Place) -> None:
        middle = QPointF(*view.to_screen(*point))
        path = QPainterPath()
        path.addEllipse(middle, _DOT, _DOT)
        for right, down in ((_DOT + 3, 0.0), (0.0, _DOT + 3)):
            path.moveTo(middle - QPointF(right, down))
            path.lineTo(middle + QPointF(right, down))
        self._stroke_path(painter, path)

    def _stroke_path(self, painter: QPainter, path: QPainterPath, *, halo: bool = True) -> None:
        """Draw a line by thin ones beside each other, which is a hundred times as fast as a thick one."""
        for colour, offsets in ((_HALO, _AROUND if halo else ()), (self._colour, _BESIDE)):
            painter.setPen(QPen(colour, 1))
            for right, down in offsets:
                painter.translate(right, down)
                painter.drawPath(path)
                painter.translate(-right, -down)

    def room(self, view: View, shape: Shape) -> QRectF:
        """Return what a shape and the size written below it take of the screen."""
        left, top, right, bottom = shape.bounds
        corners = QRectF(QPointF(*view.to_screen(left, top)), QPointF(*view.to_screen(right, bottom)))
        edges = [(left, right), (top, bottom)]
        return corners.united(self._label_box(view, edges, self._lines(shape, self._words)))

    def _lines(self, shape: Shape, words: str) -> list[str]:
        return [measured(shape, self._spacing, self._spacing_note), *filter(None, (words,))]

    def _label_box(self, view: View, edges: Sequence[Place], lines: Sequence[str]) -> QRectF:
        """Return where lines are written below what lies between two edges across and two down."""
        (left, right), (_, bottom) = edges
        (x0, y0), (x1, _) = view.to_screen(left, bottom), view.to_screen(right, bottom)
        metrics = QFontMetricsF(theme.drawing_font(_TEXT))
        width = max(metrics.horizontalAdvance(line) for line in lines) + 14
        height = metrics.height() * len(lines) + 6
        x = min(max((x0 + x1 - width) / 2, 2.0), max(view.viewport[0] - width - 2, 2.0))
        y = min(max(y0 + 8, 2.0), view.viewport[1] - height - 2)
        return QRectF(x, y, width, height)

    def _draw_size(self, painter: QPainter, view: View, shape: Shape, words: str = "") -> None:
        """Write the size below the shape, and what is said of it below that."""
        lines = self._lines(shape, words)
        left, top, right, bottom = shape.bounds
        self._write(painter, self._label_box(view, [(left, right), (top, bottom)], lines), lines)

    def _write(self, painter: QPainter, box: QRectF, lines: Sequence[str]) -> None:
        painter.setFont(theme.drawing_font(_TEXT))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(11, 12, 14, 215))
        painter.drawRoundedRect(box, 4, 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        height = (box.height() - 6) / len(lines)
        for number, line in enumerate(lines):
            painter.setPen(theme.TEXT if number == 0 else theme.WARNING)
            row = QRectF(box.left() + 7, box.top() + 3 + number * height, box.width(), height)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, line)


@lru_cache(maxsize=64)
def _path(shape: Shape) -> QPainterPath:
    """Return the lines of a shape in image coordinates; those of a mask are followed once."""
    path = QPainterPath()
    for ring in outline_of(shape).rings:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]))
        path.closeSubpath()
    return path
