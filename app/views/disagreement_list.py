"""Where they disagree: a row per place, and a step from the row to the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.models.agreement import NO_PLACES
from app.models.agreement_table import area_text
from app.models.heat_picture import whereabouts
from app.views.enter_keys import ENTER

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from afloc_core.agreement.disagreements import Disagreement
    from app.models.agreement import DisagreementResult

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_TITLES = ("Marked by", "Not by", "Area")
_SPOKEN = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)


class _Places(QAbstractTableModel):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.result = NO_PLACES

    def show(self, result: DisagreementResult) -> None:
        self.beginResetModel()
        self.result = result
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.result.places)

    def columnCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(_TITLES)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        place = self.result.places[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            area = area_text(place.area_px, self.result.spacing_mm)
            return (place.marked_by, place.missed_by, area)[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return describe_place(place, self.result) if role in _SPOKEN else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return None


class DisagreementList(QTableView):
    """The places, largest first.

    Signals
    -------
    chosen(object)
        A `Disagreement` was clicked, entered or stepped to.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places = _Places(self)
        self.setModel(self._places)
        self.setAccessibleName("Places of disagreement")
        self.setAccessibleDescription("Enter or a click goes to the place and flashes its outline")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setAccessibleName("Columns of the disagreements")
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(2, 76)
        self.clicked.connect(lambda index: self._choose(index.row()))

    def show_places(self, result: DisagreementResult) -> None:
        """Show other places; the row stays chosen where there still is one."""
        row = self.currentIndex().row()
        self._places.show(result)
        if 0 <= row < len(result.places):
            self.selectRow(row)

    def step(self, by: int) -> None:
        """Go to the next place, or back; from the last one to the first."""
        if count := self._places.rowCount():
            row = self.currentIndex().row()
            row = (row + by) % count if row >= 0 else (0 if by > 0 else count - 1)
            self.selectRow(row)
            self.scrollTo(self._places.index(row, 0))
            self._choose(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the place on Enter."""
        if event.key() in ENTER and self.currentIndex().isValid():
            self._choose(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _choose(self, row: int) -> None:
        self.chosen.emit(self._places.result.places[row])


def describe_place(place: Disagreement, result: DisagreementResult) -> str:
    """Say in words who disagrees where."""
    x, y, width, height = place.box
    area = area_text(place.area_px, result.spacing_mm)
    where = whereabouts(result.image_shape, x + width / 2, y + height / 2)
    return f"{place.marked_by} marked {area} in the {where}; {place.missed_by} marked {place.covered:.0%} of it."
