"""The list of cases as Qt shows it: rows of columns, filtered, sorted, with the case on screen among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.models.case_columns import CaseColumns, CaseFilter, Sorting, no_cases
from app.models.listed_files import ListedFiles

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PySide6.QtCore import QObject

    from app.models.case_columns import CaseRow

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_SPOKEN = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class CaseList(QAbstractTableModel):
    """Cases in one column; none has an object of its own, however many there are.

    The case on screen stays in the list when it no longer meets the filter, until another one is on screen.

    Signals
    -------
    order_changed()
        Other cases are listed, or in another order; see `files`.
    columns_changed()
        More is known, or other cases are listed: findings, readers and splits to choose from may be others.
    """

    order_changed = Signal()
    columns_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = no_cases()
        self._filter = CaseFilter()
        self._sorting = Sorting.LISTED
        self._order: NDArray[np.intp] = np.zeros(0, np.intp)
        self._files = ListedFiles(self._columns.manifest.paths, self._order)
        self._current = -1
        self._names_hidden = False

    @property
    def columns(self) -> CaseColumns:
        """All cases, those that are filtered out too."""
        return self._columns

    @property
    def filter(self) -> CaseFilter:
        """Which cases are listed."""
        return self._filter

    @property
    def sorting(self) -> Sorting:
        """In which order."""
        return self._sorting

    @property
    def files(self) -> ListedFiles:
        """The files of the cases that are listed; the same object until the order changes."""
        return self._files

    @property
    def current(self) -> int:
        """Place in the list of the case on screen; -1 where it is none of the cases."""
        return self._place(self._current)

    @property
    def names_hidden(self) -> bool:
        """Whether cases are called by their number only."""
        return self._names_hidden

    def show_columns(self, columns: CaseColumns) -> None:
        """Take other cases, or more of what is known; the case on screen is found again by its file."""
        before = self._columns
        if columns is before:
            return
        path = str(before.manifest.paths[self._current]) if self._current >= 0 else ""
        same_cases = columns.manifest.paths is before.manifest.paths
        self._columns = columns
        if not same_cases:
            self._current = self._row_of(path)
        self._list(reset=not same_cases)
        self.columns_changed.emit()

    def set_filter(self, wanted: CaseFilter) -> None:
        """List the cases that meet a filter."""
        if wanted != self._filter:
            self._filter = wanted
            self._list(reset=True)

    def set_sorting(self, sorting: Sorting) -> None:
        """List them in another order."""
        if sorting is not self._sorting:
            self._sorting = sorting
            self._list(reset=True)

    def set_current(self, path: Path | None) -> None:
        """Say which film is on screen; None for one that is none of the cases."""
        self._current = -1 if path is None else self._row_of(str(path))
        self._list(reset=False)
        self._tell_rows()

    def set_names_hidden(self, hidden: bool) -> None:
        """Call the cases by their number only, or by their names again."""
        if hidden != self._names_hidden:
            self._names_hidden = hidden
            self._tell_rows()

    def case(self, place: int) -> CaseRow:
        """Return the case at a place in the list."""
        return self._columns.row(int(self._order[place]))

    def of_path(self, path: str) -> CaseRow | None:
        """Return the case of a file, listed or not; None where it is none of the cases."""
        row = self._row_of(path)
        return None if row < 0 else self._columns.row(row)

    def title(self, case: CaseRow) -> str:
        """Return what a case is called."""
        return f"Case {case.number:,}" if self._names_hidden or not case.id else case.id

    def next_undone(self) -> int:
        """Return the place of the next case that is not done, after the last again from the first; -1 for none."""
        undone = np.flatnonzero(~self._columns.tallied.done[self._order])
        undone = undone[undone != self.current]
        if not len(undone):
            return -1
        after = undone[undone > self.current]
        return int(after[0] if len(after) else undone[0])

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        """How many cases are listed."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        """One: a case is painted whole."""
        return 0 if parent.isValid() else 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Say a case in words, for those who do not see it."""
        if role not in _SPOKEN or not index.isValid():
            return None
        case = self.case(index.row())
        return ", ".join(filter(None, (self.title(case), *described(case))))

    def _list(self, *, reset: bool) -> None:
        order = self._columns.rows(self._filter, self._sorting)
        if self._current >= 0 and self._current not in order:
            place = int(np.searchsorted(order, self._current)) if self._sorting is Sorting.LISTED else 0
            order = np.insert(order, place, self._current)
        if not reset and np.array_equal(order, self._order):
            return
        self.beginResetModel()
        self._order = order
        self._files = ListedFiles(self._columns.manifest.paths, order)
        self.endResetModel()
        self.order_changed.emit()

    def _row_of(self, path: str) -> int:
        return _first(self._columns.manifest.paths == path) if path else -1

    def _place(self, row: int) -> int:
        return _first(self._order == row) if row >= 0 else -1

    def _tell_rows(self) -> None:
        if len(self._order):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._order) - 1, 0))


def _first(true: NDArray[np.bool_]) -> int:
    """Return the first place that is true; -1 for none."""
    found = np.flatnonzero(true)
    return int(found[0]) if len(found) else -1


def described(case: CaseRow) -> tuple[str, ...]:
    """Say of a case what stands below its name: where it belongs, what was found, by how many."""
    place = " · ".join(filter(None, (case.view, f"study {case.study:,}" if case.study else "")))
    readers = "" if not case.readers else "1 reader" if case.readers == 1 else f"{case.readers} readers"
    if case.agreement is not None:
        readers += ", all agree" if case.agreement == 1 else f", agreement {case.agreement:.0%}"
    return place, readers, ", ".join(case.findings), "done" if case.done else ""
