"""A table of figures: what is said and what it is sorted by are two things."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure, or words.

    Attributes
    ----------
    text : str
    value : float or None
        What it is sorted by, NaN last; None for words, which are sorted as such.
    hint : str
        For whoever points at it; empty for the text itself.
    """

    text: str
    value: float | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a table shows.

    Attributes
    ----------
    titles, hints : tuple of str
        Of the columns.
    rows : tuple of tuple of Cell
    total : int
        So many rows at the end stay there however the others are sorted.
    """

    titles: tuple[str, ...]
    hints: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: int = 0


class FigureRows(QAbstractTableModel):
    """Shows figures, sorted by any column."""

    def __init__(self, figures: Figures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._figures = figures
        self._order = list(range(len(figures.rows)))
        self._sorting = (-1, Qt.SortOrder.AscendingOrder)

    @property
    def figures(self) -> Figures:
        """What is shown."""
        return self._figures

    def show(self, figures: Figures) -> None:
        """Take other rows; they are sorted as those before."""
        self.beginResetModel()
        self._figures = figures
        self._order = self._sorted()
        self.endResetModel()

    def at(self, place: int) -> int:
        """Return which of the rows stands at a place."""
        return self._order[place]

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        """How many columns there are."""
        return 0 if parent.isValid() else len(self._figures.titles)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a cell says."""
        if not index.isValid():
            return None
        cell = self._figures.rows[self._order[index.row()]][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell.hint or cell.text
        if role == Qt.ItemDataRole.TextAlignmentRole and cell.value is not None:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Name the columns, and say what is in them."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._figures.titles[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._figures.hints[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and self._figures.rows:
            right = self._figures.rows[0][section].value is not None
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; rows without a value come last, and totals after them."""
        self._sorting = (column, order)
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        rows = [self._order[index.row()] for index in before]
        self._order = self._sorted()
        after = [self.index(self._order.index(row), index.column()) for row, index in zip(rows, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sorted(self) -> list[int]:
        column, order = self._sorting
        rows, total = self._figures.rows, len(self._figures.rows) - self._figures.total
        free = list(range(total))
        if 0 <= column < len(self._figures.titles):
            known = [at for at in free if not _lacks(rows[at][column])]
            known.sort(key=lambda at: _key(rows[at][column]), reverse=order == Qt.SortOrder.DescendingOrder)
            free = known + [at for at in free if _lacks(rows[at][column])]
        return [*free, *range(total, len(rows))]


def _lacks(cell: Cell) -> bool:
    return cell.value is not None and isnan(cell.value)


def _key(cell: Cell) -> tuple[float, tuple[tuple[int, int | str], ...]]:
    return (0.0, natural_text_key(cell.text)) if cell.value is None else (cell.value, ())
