"""The rows of the list of cases: a small picture, the name, where it belongs, what was found, and a tick."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.models.case_list import CaseList, described
from app.views import theme
from app.views.enter_keys import ENTER

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from app.models.case_columns import CaseRow
    from app.models.small_picture import SmallPicture

ROW_HEIGHT = 62
MOST_PICTURES = 1000
"""Small pictures kept, about 8 MB."""

_Index = QModelIndex | QPersistentModelIndex
_PICTURE = 50
_MARGIN = 6
_TICK = 14
_CHOSEN = QColor("#303a43")


class CaseTable(QTableView):
    """The list of cases; only the rows that are seen are ever asked for.

    Parameters
    ----------
    cases : CaseList

    Signals
    -------
    chosen(int)
        The case at this place in the list was clicked, entered, or stepped to.
    left()
        Escape was pressed.
    seen_changed()
        Other rows may be seen; see `seen`.
    """

    chosen = Signal(int)
    left = Signal()
    seen_changed = Signal()

    def __init__(self, cases: CaseList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cases = cases
        self._paint = _CasePainter(cases, self)
        self.setModel(cases)
        self.setItemDelegate(self._paint)
        self.setAccessibleName("Cases")
        self.setAccessibleDescription("Up and down open the case before or after; Escape returns to the film")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setMouseTracking(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalScrollBar().setSingleStep(ROW_HEIGHT)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self.seen_changed.emit())
        self.clicked.connect(lambda index: self.chosen.emit(index.row()))
        cases.modelReset.connect(self.seen_changed)

    def seen(self) -> range:
        """Return the places of the rows that are seen, at least in part."""
        count = self._cases.rowCount()
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        return range(first, count if last < 0 else last + 1) if count else range(0)

    def lacks_picture(self, path: str) -> bool:
        """Say whether nothing is known of a film's small picture."""
        return path not in self._paint.pictures

    def show_picture(self, picture: SmallPicture) -> None:
        """Keep a small picture, forget the one unused longest, and draw it where it is seen."""
        self._paint.keep(picture)
        self.viewport().update()

    def show_current(self, place: int) -> None:
        """Choose the row of the case on screen and scroll to it; -1 for none."""
        index = self._cases.index(place, 0) if place >= 0 else QModelIndex()
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, flags)
        if index.isValid():
            self.scrollTo(index)
        else:
            self.clearSelection()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the row that one steps to; Enter opens the current one again."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        before = self.currentIndex().row()
        if event.key() not in ENTER:
            super().keyPressEvent(event)
        after = self.currentIndex().row()
        if after >= 0 and (after != before or event.key() in ENTER):
            self.chosen.emit(after)

    def keyboardSearch(self, _search: str) -> None:  # noqa: N802
        """Look for nothing: every key has a meaning of its own, and the field above finds names."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See other rows."""
        super().resizeEvent(event)
        self.seen_changed.emit()


class _CasePainter(QStyledItemDelegate):
    """Draws a case; asks the list for nothing but the rows it draws."""

    def __init__(self, cases: CaseList, parent: QWidget) -> None:
        super().__init__(parent)
        self.pictures: OrderedDict[str, QImage | None] = OrderedDict()
        self._cases = cases
        self._name = theme.drawing_font(13)
        self._small = theme.drawing_font(12)
        self._name_metrics = QFontMetrics(self._name)
        self._small_metrics = QFontMetrics(self._small)

    def keep(self, picture: SmallPicture) -> None:
        pixels = picture.pixels
        image = None
        if pixels is not None:
            height, width = pixels.shape
            image = QImage(pixels.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()
        self.pictures[picture.path] = image
        while len(self.pictures) > MOST_PICTURES:
            self.pictures.popitem(last=False)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(option.rect.width(), ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        case = self._cases.case(index.row())
        area = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, _CHOSEN)
            painter.fillRect(QRect(area.left(), area.top(), 3, area.height()), theme.ACCENT)
        self._draw_line(painter, area, index.row(), case)
        picture = QRect(area.left() + _MARGIN + 3, area.top() + (ROW_HEIGHT - _PICTURE) // 2, _PICTURE, _PICTURE)
        self._draw_picture(painter, picture, case.path)
        text = area.adjusted(picture.right() + 10 - area.left(), 6, -_MARGIN - 4, -5)
        if case.done:
            _draw_tick(painter, QRect(text.right() - _TICK, text.top() + 1, _TICK, _TICK))
        self._draw_words(painter, text, case)
        painter.restore()

    def _draw_line(self, painter: QPainter, area: QRect, place: int, case: CaseRow) -> None:
        """Part studies from each other more strongly than the films in them."""
        if place == 0:
            return
        inside = case.study and self._cases.case(place - 1).study == case.study
        left = area.left() + (_PICTURE + 2 * _MARGIN + 7 if inside else 0)
        painter.fillRect(QRect(left, area.top(), area.right() - left + 1, 1), theme.LINE)

    def _draw_picture(self, painter: QPainter, area: QRect, path: str) -> None:
        image = self.pictures.get(path)
        if image is None:
            painter.fillRect(area, theme.RAISED)
            if path in self.pictures:
                painter.setPen(QPen(theme.FAINT, 1.5))
                painter.drawLine(area.center() - QPointF(7, 7).toPoint(), area.center() + QPointF(7, 7).toPoint())
                painter.drawLine(area.center() - QPointF(7, -7).toPoint(), area.center() + QPointF(7, -7).toPoint())
            return
        self.pictures.move_to_end(path)
        size = image.size().scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(area.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, image)

    def _draw_words(self, painter: QPainter, area: QRect, case: CaseRow) -> None:
        place, readers, findings, _done = described(case)
        width = area.width() - (_TICK + 6 if case.done else 0)
        painter.setFont(self._name)
        painter.setPen(theme.TEXT)
        title = self._name_metrics.elidedText(self._cases.title(case), Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(area.left(), area.top() + self._name_metrics.ascent(), title)
        painter.setFont(self._small)
        painter.setPen(theme.QUIET)
        top = area.top() + self._name_metrics.height() + 1
        for words in (" · ".join(filter(None, (place, readers))), findings):
            if words:
                said = self._small_metrics.elidedText(words, Qt.TextElideMode.ElideRight, area.width())
                painter.drawText(area.left(), top + self._small_metrics.ascent(), said)
                top += self._small_metrics.height()


def _draw_tick(painter: QPainter, area: QRect) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.ACCENT, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    x, y, size = float(area.left()), float(area.top()), float(area.width())
    corners = ((0.12, 0.55), (0.4, 0.82), (0.9, 0.2))
    painter.drawPolyline(QPolygonF([QPointF(x + size * a, y + size * b) for a, b in corners]))
    painter.restore()
