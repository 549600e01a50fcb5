"""The rows of an evaluation as columns, sorted whole."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from PySide6.QtCore import QObject

    from afloc_core.cohort.results import Row

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
TITLES = ("Case", "Finding", "Reader", "IoU", "Dice", "CNR", "Hit")
_FIRST_NUMBER = 3


class CohortRows(QAbstractTableModel):
    """A row for each image, finding and reader."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Row] = ()
        self._titles: Sequence[str] = ()
        self._numbers: NDArray[np.float64] = np.zeros((4, 0))
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)

    @property
    def order(self) -> NDArray[np.intp]:
        """Which row of the evaluation stands at which place."""
        return self._order

    def show(self, rows: Sequence[Row], title: Callable[[str], str]) -> None:
        """Take other rows, worst first; ``title`` says what an image is called."""
        self.beginResetModel()
        self._rows = rows
        self._titles = [title(row.image) for row in rows]
        scores = [(row.score.mean_iou, row.score.mean_dice, row.score.cnr, row.score.hit) for row in rows]
        self._numbers = np.array(scores, np.float64).reshape(len(rows), 4).T
        self._order = np.argsort(self._numbers[0], kind="stable")
        self.endResetModel()

    def row(self, place: int) -> Row:
        """Return the row at a place."""
        return self._rows[int(self._order[place])]

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        """One for each of `TITLES`."""
        return 0 if parent.isValid() else len(TITLES)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give a field as text; a dash where there is no value, and why in the tooltip."""
        if not index.isValid():
            return None
        at, column = int(self._order[index.row()]), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column < _FIRST_NUMBER:
                row = self._rows[at]
                return (self._titles[at], row.finding, row.reader)[column]
            return number(float(self._numbers[column - _FIRST_NUMBER, at]))
        if role == Qt.ItemDataRole.TextAlignmentRole and column >= _FIRST_NUMBER:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._rows[at].score.note or "Click to open the case"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Name the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; rows without a value stay last."""
        if column < 0:
            return
        self.beginResetModel()
        if column >= _FIRST_NUMBER:
            values = self._numbers[column - _FIRST_NUMBER]
            key = values if order == Qt.SortOrder.AscendingOrder else -values
            self._order = np.argsort(key, kind="stable")
        else:
            texts = self._titles if column == 0 else [(row.finding, row.reader)[column - 1] for row in self._rows]
            descending = order == Qt.SortOrder.DescendingOrder
            self._order = np.array(sorted(range(len(texts)), key=texts.__getitem__, reverse=descending), np.intp)
        self.endResetModel()


def number(value: float) -> str:
    """Write a figure; a dash where there is none."""
    return "–" if isnan(value) else f"{value:.3f}"
