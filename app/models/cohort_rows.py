"""The rows of an evaluation as columns, sorted whole."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from afloc_core.cohort.rows import Rows
from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtCore import QObject

    from afloc_core.cohort.results import Row

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
TITLES = ("Case", "Finding", "Reader", "IoU", "Dice", "CNR", "Hit")
_FIRST_NUMBER = 3
_TIPS = (
    "What the list calls the case",
    "What was marked",
    "Whose marks it is compared with; where no model is scored, who is",
    "Overlap over union, mean over the thresholds of the protocol",
    "Twice the overlap over the sum of both areas, mean over the thresholds of the protocol",
    "Contrast to noise: how far the map inside the mark stands out from the map outside",
    "1 where the peak of the map, or one of the reader's places, lies in the mark",
)


@dataclass(frozen=True, eq=False)
class CohortTable:
    """Rows and their numbers, made where the rows are, so that the window need not.

    Attributes
    ----------
    rows : Rows
    numbers : ndarray of float64, shape (4, n)
        IoU, Dice, CNR and hit; NaN where there is none.
    texts : tuple of ndarray of int, shape (n,)
        Image, finding and reader of each row, as numbers of ``rows.pool``.
    """

    rows: Rows
    numbers: NDArray[np.float64]
    texts: tuple[NDArray[Any], ...]

    @classmethod
    def of(cls, rows: Rows) -> CohortTable:
        """Take numbers and texts out of rows."""
        measures = [rows.means("iou"), rows.means("dice"), rows.values("cnr")[:, 0], rows.values("hit")[:, 0]]
        return cls(rows, np.stack(measures), tuple(rows.numbers(name) for name in ("image", "finding", "reader")))

    def text(self, at: int, column: int) -> str:
        """Return the image, finding or reader of a row."""
        return str(self.rows.pool[int(self.texts[column][at])])

    def of_finding(self, finding: str) -> NDArray[np.bool_]:
        """Say which rows are of a finding, bool (n,)."""
        return np.asarray(self.texts[1] == self.rows.pool.number(finding))

    def place_of(self, row: Row) -> int:
        """Return the place of a row among the rows."""
        number = self.rows.pool.number
        of_image = self.texts[0] == number(row.image)
        here = np.flatnonzero(of_image & self.of_finding(row.finding) & (self.texts[2] == number(row.reader)))
        return next(int(at) for at in here if self.rows[int(at)].phrase == row.phrase)


NO_ROWS = CohortTable.of(Rows.of(()))


class CohortRows(QAbstractTableModel):
    """A row for each image, finding and reader."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = NO_ROWS
        self._title: Callable[[str], str] = str
        self._titles: dict[str, str] = {}
        self._ranks: dict[int, NDArray[np.intp]] = {}
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)
        self._sorting = (_FIRST_NUMBER, Qt.SortOrder.AscendingOrder)

    @property
    def order(self) -> NDArray[np.intp]:
        """Which row of the evaluation stands at which place."""
        return self._order

    def show(self, table: CohortTable, title: Callable[[str], str]) -> None:
        """Take other rows, in the order that was asked for before; ``title`` says what an image is called."""
        self.beginResetModel()
        self._table = table
        self._title = title
        self._titles = {}
        self._ranks = {}
        self._order = self._sorted(*self._sorting)
        self.endResetModel()

    def row(self, place: int) -> Row:
        """Return the row at a place."""
        return self._table.rows[int(self._order[place])]

    def place_of(self, at: int) -> int:
        """Return the place of a row of the evaluation."""
        return int(np.flatnonzero(self._order == at)[0])

    def title_of(self, image: str) -> str:
        """Return what an image is called."""
        if image not in self._titles:
            self._titles[image] = self._title(image)
        return self._titles[image]

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
                return self._text(at, column)
            return number(float(self._table.numbers[column - _FIRST_NUMBER, at]))
        if role == Qt.ItemDataRole.TextAlignmentRole and column >= _FIRST_NUMBER:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            whole = self._text(at, column) if column < _FIRST_NUMBER else ""
            note = self._table.rows[at].score.note or "Click to open the case"
            return f"{whole}\n{note}" if whole else note
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        """Name the columns, and say what is in them."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section >= _FIRST_NUMBER else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return _TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, numbers by value; rows without one stay last, equal ones as the evaluation has them."""
        if column < 0:
            return
        self._sorting = (column, order)
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        at = [int(self._order[index.row()]) for index in before]
        self._order = self._sorted(column, order)
        if before:
            places = np.empty(len(self._order), np.intp)
            places[self._order] = np.arange(len(self._order))
            after = [self.index(int(places[row]), index.column()) for row, index in zip(at, before, strict=True)]
            self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sorted(self, column: int, order: Qt.SortOrder) -> NDArray[np.intp]:
        descending = order == Qt.SortOrder.DescendingOrder
        if column >= _FIRST_NUMBER:
            values = self._table.numbers[column - _FIRST_NUMBER]
            return np.argsort(-values if descending else values, kind="stable")
        if column not in self._ranks:
            self._ranks[column] = self._ranked(column)
        ranks = self._ranks[column]
        return np.argsort(-ranks if descending else ranks, kind="stable")

    def _ranked(self, column: int) -> NDArray[np.intp]:
        """Return the place of the text of each row among all texts of a column; equal texts have the same."""
        known, places = np.unique(self._table.texts[column], return_inverse=True)
        names = [self._said(int(text), column) for text in known]
        rank = {name: place for place, name in enumerate(sorted(dict.fromkeys(names), key=natural_text_key))}
        return np.array([rank[name] for name in names], np.intp)[places]

    def _text(self, at: int, column: int) -> str:
        return self._said(int(self._table.texts[column][at]), column)

    def _said(self, text: int, column: int) -> str:
        said = str(self._table.rows.pool[text])
        return said if column else self.title_of(said)


def number(value: float) -> str:
    """Write a figure; a dash where there is none."""
    return "–" if isnan(value) else f"{value:z.3f}"
