"""The column at the left: the cases, how many are listed, and which."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from afloc_core.resource_files import resource_path
from app.models.case_columns import ANY, CaseFilter
from app.views.case_filters import CaseFilters
from app.views.case_table import CaseTable
from app.views.naming import named

if TYPE_CHECKING:
    from app.models.case_list import CaseList

WIDTH = 268
_MARGIN = 12


class CasePanel(QFrame):
    """Heading, search, filters, and the table.

    Parameters
    ----------
    cases : CaseList

    Signals
    -------
    filter_chosen(object)
        A `CaseFilter`.
    left()
        Escape was pressed in it.
    """

    filter_chosen = Signal(object)
    left = Signal()

    def __init__(self, cases: CaseList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cases")
        self.setFixedWidth(WIDTH)
        self._filter = CaseFilter()
        self.table = CaseTable(cases)
        self.filters = CaseFilters()
        self.filters.hide()
        self._count = named(QLabel(), "Number of cases")
        self._count.setProperty("quiet", True)
        self._state = named(QLabel(), "State of the list")
        self._state.setProperty("quiet", True)
        self._state.setWordWrap(True)
        self._search = named(QLineEdit(), "Find a case", "Part of its name; Escape returns to the film")
        self._search.setPlaceholderText("Find by name")
        self._search.textEdited.connect(lambda text: self._choose(replace(self._filter, text=text.strip())))
        self._unfold = named(QToolButton(), "Filter and order", "Shows or hides the choices")
        self._unfold.setText("Filter")
        self._unfold.setToolTip("Choose which cases are listed, and in which order")
        self._unfold.setCheckable(True)
        self._unfold.toggled.connect(self.filters.setVisible)
        self._clear = named(QToolButton(), "List all cases", "Takes every filter back")
        self._clear.setIcon(QIcon(str(resource_path("icons", "clear.svg"))))
        self._clear.setToolTip("List all cases")
        self._clear.clicked.connect(lambda: self._choose(CaseFilter()))
        self._clear.hide()
        self.filters.filter_chosen.connect(self._choose)
        self.table.left.connect(self.left)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self._search)
        escape.setContext(Qt.ShortcutContext.WidgetShortcut)
        escape.activated.connect(self.left)
        self._arrange()

    def show_filter(self, wanted: CaseFilter) -> None:
        """Show which cases are listed."""
        self._filter = wanted
        self.filters.show_filter(wanted)
        if self._search.text().strip() != wanted.text:
            self._search.setText(wanted.text)
        self._clear.setVisible(wanted.narrows)
        self._unfold.setText("Filter •" if replace(wanted, text=ANY).narrows else "Filter")

    def show_counts(self, listed: int, known: int, *, complete: bool) -> None:
        """Say how many cases are listed, of how many."""
        all_ = f"{known:,}" if complete else f"{known:,}…"
        self._count.setText(all_ if listed == known else f"{listed:,} of {all_}")

    def show_state(self, sentence: str) -> None:
        """Say below the list what is to be said of it; empty for nothing."""
        self._state.setText(sentence)
        self._state.setVisible(bool(sentence))

    def take_focus(self) -> None:
        """Take the keyboard, to step through the rows."""
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _choose(self, wanted: CaseFilter) -> None:
        self.filter_chosen.emit(wanted)

    def _arrange(self) -> None:
        title = QLabel("Cases")
        title.setProperty("heading", True)
        heading = QHBoxLayout()
        heading.setContentsMargins(_MARGIN, 8, _MARGIN - 4, 0)
        heading.addWidget(title)
        heading.addWidget(self._count)
        heading.addStretch(1)
        heading.addWidget(self._clear)
        heading.addWidget(self._unfold)
        choices = QVBoxLayout()
        choices.setContentsMargins(_MARGIN, 0, _MARGIN, 4)
        choices.addWidget(self._search)
        choices.addWidget(self.filters)
        self._state.setContentsMargins(_MARGIN, 4, _MARGIN, 8)
        self._state.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(4)
        column.addLayout(heading)
        column.addLayout(choices)
        column.addWidget(self.table, 1)
        column.addWidget(self._state)
