"""The table of pairs: a row per pair, sortable, copied as tab-separated text."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QTableView, QWidget

from app.models.agreement import NOTHING
from app.models.agreement_table import as_tsv, columns
from app.views import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QLocale
    from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from afloc_core.agreement.pairwise import PairAgreement
    from app.models.agreement import AgreementResult

_NARROW, _NAMED = 40, 74
"""Widths of a figure and of a pair, such that IoU, Dice, CNR and Hit are seen in the side panel without scrolling."""
_SEEN = 4
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_NAMES = Qt.ItemDataRole.UserRole
_SIDES = (Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom)
_ACCESSIBLE = (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole)


class AgreementTableModel(QAbstractTableModel):
    """The pairs of an `AgreementResult` as rows; column 0 names them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result = NOTHING
        self._columns = columns(None)
        self._rows: list[PairAgreement] = []
        self._sorting: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)

    @property
    def result(self) -> AgreementResult:
        """What is shown."""
        return self._result

    def show(self, result: AgreementResult) -> None:
        """Show other figures; who is selected and how rows are sorted stays."""
        before = [(pair.first, pair.second) for pair in self._rows]
        same_columns = (self._result.spacing_mm is None) == (result.spacing_mm is None)
        rows = self._sorted(result)
        after = [(pair.first, pair.second) for pair in rows]
        if same_columns and before == after:
            self._take(result, rows)
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))
        elif same_columns and sorted(before) == sorted(after):
            self._reorder(result, rows)
        else:
            self.beginResetModel()
            self._take(result, rows)
            self.endResetModel()

    def pairs(self, rows: list[int]) -> list[PairAgreement]:
        """Return the pairs of some rows, all of them for none."""
        return [self._rows[row] for row in rows] if rows else list(self._rows)

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        """One row per pair."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        """One column for the pair, then one per measure."""
        return 0 if parent.isValid() else len(self._columns) + 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell says, and what it means."""
        pair = self._rows[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == _NAMES:
            return pair.first, pair.second
        if index.column() == 0:
            return f"{pair.first} · {pair.second}" if role in _NAMING else None
        column = self._columns[index.column() - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.cell(pair)
        if role in _ACCESSIBLE or role == Qt.ItemDataRole.ToolTipRole:
            return column.hint(pair)
        if role == Qt.ItemDataRole.ForegroundRole and isnan(column.value(pair)):
            return theme.QUIET
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Name and explain the columns."""
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return "Pair" if section == 0 else self._columns[section - 1].title
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return "Who is compared with whom" if section == 0 else self._columns[section - 1].explanation
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, -1 for the order of the pairs; rows without a figure come last either way."""
        self._sorting = (column, order)
        self._reorder(self._result, self._sorted(self._result))

    def _take(self, result: AgreementResult, rows: list[PairAgreement]) -> None:
        self._result, self._rows = result, rows
        self._columns = columns(result.spacing_mm)

    def _reorder(self, result: AgreementResult, rows: list[PairAgreement]) -> None:
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        place = {(pair.first, pair.second): row for row, pair in enumerate(rows)}
        names = [(self._rows[index.row()].first, self._rows[index.row()].second) for index in held]
        self._take(result, rows)
        moved = [self.index(place[name], index.column()) for name, index in zip(names, held, strict=True)]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def _sorted(self, result: AgreementResult) -> list[PairAgreement]:
        rows = list(result.pairs)
        at, order = self._sorting
        falling = order is Qt.SortOrder.DescendingOrder
        if at == 0:
            return sorted(rows, key=lambda pair: (pair.first, pair.second), reverse=falling)
        if at > 0:
            column = self._columns[at - 1]
            known = [pair for pair in rows if not isnan(column.value(pair))]
            known.sort(key=column.value, reverse=falling)
            return known + [pair for pair in rows if isnan(column.value(pair))]
        return rows


_NAMING = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)


class _TwoLines(QStyledItemDelegate):
    """Puts the two names of a pair one below the other, where there is no room beside each other."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        names: tuple[str, str] = index.data(_NAMES)
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(theme.TEXT)
        room = option.rect.adjusted(4, 2, -2, -2)
        metrics = painter.fontMetrics()
        for at, (name, side) in enumerate(zip(names, _SIDES, strict=True)):
            if at:
                painter.setPen(theme.QUIET)
            painter.drawText(room, side, metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room.width()))
        painter.restore()

    def displayText(self, value: object, locale: QLocale | QLocale.Language) -> str:  # noqa: N802
        return ""  # drawn by hand


class AgreementTable(QTableView):
    """Shows an `AgreementTableModel`.

    Parameters
    ----------
    model : AgreementTableModel
    wide : bool
        Whether there is room for the names of a pair side by side.

    Signals
    -------
    copied(int)
        So many rows were put on the clipboard.
    """

    copied = Signal(int)

    def __init__(self, model: AgreementTableModel, *, wide: bool = False) -> None:
        super().__init__()
        self._table = model
        self._wide = wide
        self.setModel(model)
        self.setAccessibleName("Agreement of every pair")
        self.setAccessibleDescription("A row per pair; Ctrl+C copies the chosen rows, or all, as text with tabs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24 if wide else 38)
        if not wide:
            self.setItemDelegateForColumn(0, _TwoLines(self))
        header = self.horizontalHeader()
        header.setAccessibleName("Columns of the agreement table")
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(34)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        model.modelReset.connect(self._fit_columns)
        self._fit_columns()

    def copy(self) -> None:
        """Put the chosen rows, or all, on the clipboard."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        pairs = self._table.pairs(rows)
        if pairs:
            QGuiApplication.clipboard().setText(as_tsv(pairs, self._table.result))
            self.copied.emit(len(pairs))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy on Ctrl+C; Escape chooses nothing."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Escape and self.selectionModel().hasSelection():
            self.clearSelection()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the names have what the first figures leave, so that no column is cut."""
        super().resizeEvent(event)
        self._fit_names()

    def _fit_names(self) -> None:
        if not self._wide:
            figures = sum(self.columnWidth(at) for at in range(1, min(_SEEN, self._table.columnCount() - 1) + 1))
            self.setColumnWidth(0, max(self.viewport().width() - figures, _NAMED))

    def _fit_columns(self) -> None:
        metrics = self.fontMetrics()
        for at in range(1, self._table.columnCount()):
            title = str(self._table.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole))
            self.setColumnWidth(at, max(metrics.horizontalAdvance(title) + (16 if self._wide else 10), _NARROW))
        self.setColumnWidth(0, 240 if self._wide else _NAMED)
        self._fit_names()
