"""A quiet table of figures that sorts by its headings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from app.models.figure_rows import FigureRows, Figures
from app.views.enter_keys import ENTER
from app.views.naming import named

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel, QModelIndex
    from PySide6.QtGui import QKeyEvent, QResizeEvent

_FEWEST = 44
_NARROWEST = 130


class QuietTable(QTableView):
    """A table of whole rows; Enter or a click chooses one.

    Signals
    -------
    entered_row(int)
        The place of the row.
    """

    entered_row = Signal(int)

    def __init__(self, name: str, description: str, model: QAbstractItemModel) -> None:
        super().__init__()
        named(self, name, description)
        self.setObjectName("figures")
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSortingEnabled(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        header = self.horizontalHeader()
        header.setAccessibleName(f"Columns of {name}")
        header.setHighlightSections(False)
        header.setMinimumSectionSize(_FEWEST)
        self.clicked.connect(lambda index: self.entered_row.emit(index.row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the current row on Enter."""
        if event.key() in ENTER and self.currentIndex().isValid():
            self.entered_row.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class FigureTable(QuietTable):
    """A table of `Figures`.

    Signals
    -------
    chosen(str)
        The first word of the row that is current: a finding.
    """

    chosen = Signal(str)

    def __init__(self, name: str, description: str, figures: Figures, *, last_stretches: bool = False) -> None:
        self.rows = FigureRows(figures)
        super().__init__(name, description, self.rows)
        self.rows.setParent(self)
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        self._wide = len(figures.titles) - 1 if last_stretches else 0
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(self._wide, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(self._fit)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def show_figures(self, figures: Figures) -> None:
        """Show other rows; the row of the total is current, or the first."""
        self.rows.show(figures)
        self.selectRow(len(figures.rows) - 1 if figures.total else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give one column what the others leave."""
        super().resizeEvent(event)
        self._fit(-1)

    def _fit(self, section: int) -> None:
        """Stretch a column; the library's own stretching does not go below the longest name."""
        header = self.horizontalHeader()
        if section != self._wide:
            others = sum(header.sectionSize(at) for at in range(header.count()) if at != self._wide)
            header.resizeSection(self._wide, max(_NARROWEST, self.viewport().width() - others))

    def word(self, place: int) -> str:
        """Return the first cell of the row at a place."""
        return self.rows.figures.rows[self.rows.at(place)][0].text

    def _tell(self, current: QModelIndex) -> None:
        self.chosen.emit(self.word(current.row()) if current.isValid() else "")
