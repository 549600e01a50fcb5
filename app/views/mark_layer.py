"""What the canvas draws of readers' marks: outlines, points, and who marked what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from app.views import theme
from app.views.mark_sheet import MarkSheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from app.models.camera import View
    from app.models.comparison import Party
    from app.models.outlines import Outline

_HALO = QColor(0, 0, 0, 110)
_DOT = 5.0
_DOT_ROOM = 20
_FEW = 8
_REACH = 7.0
_DASHES = (7.0, 4.0)
_TURN = 7.0
"""Length of the dashes in which the lines of readers take turns where they lie on each other."""

_AROUND = ((-1.3, 0.0), (1.3, 0.0), (0.0, -1.3), (0.0, 1.3))
_TWICE = ((-0.35, -0.35), (0.35, 0.35))
_STRONG = ((-0.8, -0.8), (-0.8, 0.8), (0.8, -0.8), (0.8, 0.8), (0.0, 0.0))
_RICH_LENGTH = 25_000
"""Screen pixels of lines up to which they get a halo and are smoothed in every frame. Qt strokes lines of one pixel a
hundred times as fast as thicker ones, so thick lines are drawn as several thin ones beside each other; where very many
lie on each other, a halo would hide more than it shows."""
_SHEETS = 4


@dataclass(frozen=True, eq=False)
class DrawnMark:
    """One mark: its outline and what its label says."""

    outline: Outline
    label: str

    @cached_property
    def path(self) -> QPainterPath:
        """The rings in image coordinates."""
        path = QPainterPath()
        for ring in self.outline.rings:
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]))
            path.closeSubpath()
        return path


class Group:
    """The marks of one reader, or a consensus, in one colour.

    Parameters
    ----------
    colour : str
        ``#rrggbb``.
    marks : sequence of DrawnMark
    dashed : bool
        Whether the lines are broken, as those of a consensus are.
    strong : bool
        Whether the lines are thicker, as those of the reader at this window are.
    """

    def __init__(self, colour: str, marks: Sequence[DrawnMark], *, dashed: bool = False, strong: bool = False) -> None:
        self.colour = QColor(colour)
        self.marks = tuple(marks)
        self.dashed, self.strong = dashed, strong
        self.bounds: NDArray[np.float64] = np.array([mark.outline.bounds for mark in marks]).reshape(-1, 4)
        self.dotted: NDArray[np.bool_] = np.array([len(mark.outline.dots) > 0 for mark in marks], dtype=np.bool_)
        self._symbol: tuple[float, QImage] | None = None
        self.lengths: NDArray[np.float64] = np.array([mark.outline.length for mark in marks])

    @cached_property
    def path(self) -> QPainterPath:
        """Every ring of every mark."""
        path = QPainterPath()
        for mark in self.marks:
            path.addPath(mark.path)
        return path

    @cached_property
    def places(self) -> tuple[tuple[int, ...], ...]:
        """What is equal for marks whose lines lie on each other, to an image pixel; empty for a mark without lines."""
        sizes = ((*mark.outline.bounds, mark.outline.length, len(mark.outline.rings)) for mark in self.marks)
        return tuple(tuple(map(round, size)) if size[-1] else () for size in sizes)

    def shows(self, marks: Sequence[DrawnMark]) -> bool:
        """Whether these are its marks."""
        return self.marks == tuple(marks)

    def symbol(self, ratio: float) -> QImage:
        """Return the sign of a point: a ring with a cross in it, of constant size, so that it is told from a box.

        Parameters
        ----------
        ratio : float
            Device pixels per logical pixel.
        """
        if self._symbol is None or self._symbol[0] != ratio:
            side = round(_DOT_ROOM * ratio)
            image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
            image.setDevicePixelRatio(ratio)
            image.fill(Qt.GlobalColor.transparent)
            painter = QPainter(image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle, reach = QPointF(_DOT_ROOM / 2, _DOT_ROOM / 2), _DOT + 3
            for pen in (QPen(_HALO, 3.4), QPen(self.colour, 1.7)):
                painter.setPen(pen)
                painter.drawEllipse(middle, _DOT, _DOT)
                painter.drawLine(middle - QPointF(reach, 0), middle + QPointF(reach, 0))
                painter.drawLine(middle - QPointF(0, reach), middle + QPointF(0, reach))
            painter.end()
            self._symbol = (ratio, image)
        return self._symbol[1]

    def seen(self, view: View) -> NDArray[np.bool_]:
        """Which marks reach into a view."""
        left, top = view.to_image(0, 0)
        right, bottom = view.to_image(*view.viewport)
        edges = self.bounds
        inside: NDArray[np.bool_] = (
            (edges[:, 0] <= right) & (edges[:, 2] >= left) & (edges[:, 1] <= bottom) & (edges[:, 3] >= top)
        )
        return inside


@dataclass(frozen=True, slots=True)
class _Turns:
    """Marks of a group that are drawn in dashes over another's: index to (number, count) of those who take turns."""

    places: Mapping[int, tuple[int, int]] = field(default_factory=dict)


class MarkLayer:
    """Draws groups of marks; their paths are made once and kept in image coordinates."""

    def __init__(self) -> None:
        self._groups: Mapping[Party, Group] = {}
        self._sheets: list[tuple[tuple[object, ...], MarkSheet]] = []
        self._extent = (0.0, 0.0, 0.0, 0.0)
        self._turns: dict[tuple[Party, ...], list[_Turns]] = {}

    def set_groups(self, groups: Mapping[Party, Group]) -> None:
        """Take the marks there are; a scene says which of them are drawn."""
        self._groups, self._sheets, self._turns = groups, [], {}
        edges = np.concatenate([np.empty((0, 4)), *(group.bounds for group in groups.values())])
        if len(edges):
            (left, top), (right, bottom) = edges[:, :2].min(axis=0).tolist(), edges[:, 2:].max(axis=0).tolist()
            self._extent = (left, top, right, bottom)

    def draw(self, painter: QPainter, view: View, parties: Iterable[Party], *, rests: bool) -> bool:
        """Draw the marks of some.

        Parameters
        ----------
        painter : QPainter
        view : View
        parties : iterable of Party
        rests : bool
            Whether the scale is no new one. While zooming each frame has a scale of its own, and very many marks are
            shown as a picture that is scaled.

        Returns
        -------
        bool
            Whether it is as good as it gets.
        """
        shown = tuple(party for party in parties if party in self._groups)
        if self._length(view, shown) <= _RICH_LENGTH:
            self._draw(painter, view, shown, smooth=True)
            return True
        ratio = painter.device().devicePixelRatio()
        key = (shown, view.viewport, ratio)
        sheet = self._sheet(key, view, fine=rests)
        if sheet is None:
            sheet = MarkSheet.made(view, ratio, lambda on, at: self._draw(on, at, shown, smooth=rests), fine=rests)
            self._sheets = [(key, sheet), *self._sheets[: _SHEETS - 1]]
        sheet.draw(painter, view)
        return sheet.fine and sheet.view.scale == view.scale

    def _sheet(self, key: tuple[object, ...], view: View, *, fine: bool) -> MarkSheet | None:
        """Return the sheet that shows a view best, if any does; a fine one must be of the same scale."""
        room = _DOT_ROOM / view.scale
        left, top, right, bottom = self._extent
        extent = (left - room, top - room, right + room, bottom + room)
        kept = [sheet for of, sheet in self._sheets if of == key and sheet.serves(view, extent)]
        if fine:
            kept = [sheet for sheet in kept if sheet.fine and sheet.view.scale == view.scale]
        return min(kept, key=lambda sheet: abs(np.log(sheet.view.scale / view.scale)), default=None)

    def _length(self, view: View, parties: Iterable[Party]) -> float:
        """Return how many screen pixels of lines a view shows."""
        groups = (self._groups[party] for party in parties)
        return sum(float(group.lengths[group.seen(view)].sum()) for group in groups) * view.scale

    def _draw(self, painter: QPainter, view: View, parties: Sequence[Party], *, smooth: bool) -> None:
        shown = [self._groups[party] for party in parties]
        rich = smooth and self._length(view, parties) <= _RICH_LENGTH
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        turns = self._turns_of(tuple(parties)) if rich else [_Turns() for _ in shown]
        for group, turn in zip(shown, turns, strict=True):
            seen = group.seen(view)
            seen[list(turn.places)] = False
            path = _part_of(group, seen)
            if rich:
                _stroke(painter, view, path, _pen(_HALO), _AROUND)
            offsets = (_STRONG if group.strong else _TWICE) if rich else _TWICE[:1]
            _stroke(painter, view, path, _pen(group.colour, dashed=group.dashed), offsets)
        for group, turn in zip(shown, turns, strict=True):
            for at, (number, count) in turn.places.items():
                pen = _pen(group.colour)
                pen.setDashPattern((_TURN, _TURN * (count - 1)))
                pen.setDashOffset(-_TURN * number)
                _stroke(painter, view, group.marks[at].path, pen, _TWICE)
        painter.restore()
        for group in shown:
            _draw_dots(painter, view, group)

    def _turns_of(self, parties: tuple[Party, ...]) -> list[_Turns]:
        """Return which marks of each party lie on those of one drawn before, and whose turn their dashes are."""
        if parties not in self._turns:
            groups = [self._groups[party] for party in parties]
            sharing: dict[tuple[int, ...], list[int]] = defaultdict(list)
            for number, group in enumerate(groups):
                for place in () if group.dashed else dict.fromkeys(group.places):
                    sharing[place].append(number)
            self._turns[parties] = [
                _Turns({at: (who.index(n), len(who)) for at, who in _shared(group, sharing) if who.index(n)})
                for n, group in enumerate(groups)
            ]
        return self._turns[parties]

    def draw_dots(self, painter: QPainter, view: View, parties: Iterable[Party]) -> None:
        """Draw the points of some, and none of their outlines."""
        for party in parties:
            if party in self._groups:
                _draw_dots(painter, view, self._groups[party])

    def label(
        self,
        painter: QPainter,
        view: View,
        parties: Iterable[Party],
        under: DrawnMark | None,
        *,
        few: bool = True,
        span: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        """Say who marked what: of every mark when they are few (and ``few``), else of the one under the cursor.

        ``span`` is the strip that marks are seen in, as shares of the width: a label is whole inside it, or not there.
        """
        first, last = (share * view.viewport[0] for share in span)
        room = QRectF(first + 2, 2, last - first - 4, view.viewport[1] - 4)
        shown = [(group, mark) for p in parties if (group := self._groups.get(p)) is not None for mark in group.marks]
        if len(shown) > _FEW or not few:
            shown = [(group, mark) for group, mark in shown if mark is under]
        taken: list[QRectF] = []
        painter.setFont(theme.drawing_font(13))
        for group, mark in shown:
            _draw_label(painter, view, group, mark, room, taken)

    def under(self, u: float, v: float, view: View, parties: Iterable[Party]) -> DrawnMark | None:
        """Return the smallest mark that is at an image position, or within a few screen pixels of it."""
        reach = _REACH / view.scale
        best: tuple[float, DrawnMark | None] = (np.inf, None)
        for party in parties:
            group = self._groups.get(party)
            if group is None or not len(group.bounds):
                continue
            left, top, right, bottom = group.bounds.T
            near = (left - reach <= u) & (u <= right + reach) & (top - reach <= v) & (v <= bottom + reach)
            sizes = (right - left) * (bottom - top)
            for at in np.flatnonzero(near):
                if sizes[at] < best[0] and _touches(group.marks[at], u, v, reach):
                    best = (float(sizes[at]), group.marks[at])
        return best[1]


def _shared(group: Group, sharing: Mapping[tuple[int, ...], list[int]]) -> Iterator[tuple[int, list[int]]]:
    """Yield the marks of a group whose lines lie on those of others, with the numbers of all these groups."""
    for at, place in enumerate(() if group.dashed else group.places):
        if place and len(sharing[place]) > 1:
            yield at, sharing[place]


def _part_of(group: Group, seen: NDArray[np.bool_]) -> QPainterPath:
    if seen.all():
        return group.path
    path = QPainterPath()
    for at in np.flatnonzero(seen):
        path.addPath(group.marks[at].path)
    return path


def _pen(colour: QColor, *, dashed: bool = False) -> QPen:
    pen = QPen(colour, 1.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin)
    pen.setCosmetic(True)
    if dashed:
        pen.setDashPattern(_DASHES)
    return pen


def _stroke(
    painter: QPainter, view: View, path: QPainterPath, pen: QPen, offsets: Iterable[tuple[float, float]]
) -> None:
    """Draw a path of image coordinates by thin lines beside each other, ``offsets`` in screen pixels."""
    x, y = view.to_screen(0, 0)
    painter.setPen(pen)
    for right, down in offsets:
        painter.setTransform(QTransform(view.scale, 0, 0, view.scale, x + right, y + down))
        painter.drawPath(path)


def _draw_dots(painter: QPainter, view: View, group: Group) -> None:
    symbol = group.symbol(painter.device().devicePixelRatio())
    corner = QPointF(_DOT_ROOM / 2, _DOT_ROOM / 2)
    for at in np.flatnonzero(group.seen(view) & group.dotted):
        for x, y in group.marks[at].outline.dots.tolist():
            painter.drawImage(QPointF(*view.to_screen(x, y)) - corner, symbol)


def _draw_label(
    painter: QPainter, view: View, group: Group, mark: DrawnMark, room: QRectF, taken: list[QRectF]
) -> None:
    """Write a label at the first free place around its mark."""
    if not mark.label:
        return
    left, top, right, bottom = mark.outline.bounds
    (x0, y0), (x1, y1) = view.to_screen(left, top), view.to_screen(right, bottom)
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(mark.label) + 21, metrics.height() + 4
    if width > room.width() or not _reaches_into(room, QRectF(x0, y0, x1 - x0, y1 - y0)):
        return
    places = [(x0, y0 - height - 3), (x0, y1 + 3), (x1 + 4, y0), (x0 - width - 4, y0), (x1 + 4, y1 - height)]
    boxes = [_kept_in(QRectF(x, y, width, height), room) for x, y in places]
    box = next((box for box in boxes if not any(box.intersects(other) for other in taken)), boxes[0])
    taken.append(box)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(11, 12, 14, 215))
    painter.drawRoundedRect(box, 4, 4)
    painter.setBrush(group.colour)
    painter.drawRoundedRect(QRectF(box.left() + 6, box.top() + 5, 5, box.height() - 10), 2, 2)
    painter.setPen(theme.TEXT)
    painter.drawText(box.adjusted(16, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, mark.label)


def _reaches_into(room: QRectF, mark: QRectF) -> bool:
    """Say whether part of a mark is in a room; a point has no size, but a place."""
    across = mark.left() <= room.right() and mark.right() >= room.left()
    return across and mark.top() <= room.bottom() and mark.bottom() >= room.top()


def _kept_in(box: QRectF, room: QRectF) -> QRectF:
    x = min(max(box.left(), room.left()), room.right() - box.width())
    y = min(max(box.top(), room.top()), room.bottom() - box.height())
    return QRectF(x, y, box.width(), box.height())


def _touches(mark: DrawnMark, u: float, v: float, reach: float) -> bool:
    dots = mark.outline.dots
    if len(dots):
        return bool((np.hypot(dots[:, 0] - u, dots[:, 1] - v) <= 2 * reach).any())
    return mark.path.contains(QPointF(u, v)) or mark.path.intersects(QRectF(u - reach, v - reach, 2 * reach, 2 * reach))
