"""The section of the readers: who marked, in which colour, how much, and whose marks are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.views import theme
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALL = "All findings"
_MOST_ROWS = 9
_SWATCH = 12
_NAME_ROLE = Qt.ItemDataRole.UserRole


_STATES = {
    "saw none": "This reader looked for this finding and saw none.",
    "only others": "This reader marked other findings on this film, and not this one.",
    "no marks": "This reader has no marks on this film.",
}


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One reader as a row.

    Attributes
    ----------
    name, colour : str
    visible : bool
    state : str
        How many marks of the finding looked at, or what there is instead.
    own : bool
        Whether it is the reader at this window.
    """

    name: str
    colour: str
    visible: bool
    state: str
    own: bool = False


class ReadersSection(QWidget):
    """Finding, readers and what must be said of their marks.

    Signals
    -------
    finding_chosen(str)
        Empty for all.
    visible_chosen(str, bool)
        A reader is to be shown or hidden.
    only_chosen(str)
        One reader is to be shown and the others hidden, by a double click or Enter.
    all_chosen(bool)
        All readers are to be shown, or hidden.
    """

    finding_chosen = Signal(str)
    visible_chosen = Signal(str, bool)
    only_chosen = Signal(str)
    all_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings: tuple[str, ...] = ()
        self._finding = named(QComboBox(), "Finding", "The finding whose marks are shown and counted")
        self._finding.setToolTip("Show the marks of one finding, or of all")
        self._finding.setMinimumContentsLength(10)
        self._finding.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._finding.activated.connect(lambda at: self.finding_chosen.emit(("", *self._findings)[at]))
        self._list = _list()
        self._list.itemChanged.connect(self._tick)
        self._list.itemActivated.connect(self._only)
        self._note = named(QLabel(), "About these marks")
        self._note.setWordWrap(True)
        self._note.setProperty("warning", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 2, 8)
        column.setSpacing(6)
        column.addWidget(self._finding)
        column.addWidget(self._list)
        column.addLayout(self._buttons())
        column.addWidget(self._note)
        self._note.hide()

    def show_readers(self, rows: Sequence[ReaderRow]) -> None:
        """Show who read the film; the row that has the keyboard keeps it."""
        blocker = QSignalBlocker(self._list)
        current = self._list.currentItem()
        name = "" if current is None else current.data(0, _NAME_ROLE)
        while self._list.topLevelItemCount() > len(rows):
            self._list.takeTopLevelItem(len(rows))
        for at, row in enumerate(rows):
            item = self._list.topLevelItem(at)
            if item is None:
                item = QTreeWidgetItem(self._list)
                item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            _fill(item, row)
            if row.name == name:
                self._list.setCurrentItem(item)
        del blocker
        height = max(self._list.sizeHintForRow(0), 20) if rows else 20
        self._list.setFixedHeight(height * min(len(rows), _MOST_ROWS) + 6)

    def show_findings(self, findings: Sequence[str], finding: str) -> None:
        """Show which findings there are and which one is looked at."""
        if tuple(findings) != self._findings:
            self._findings = tuple(findings)
            self._finding.clear()
            self._finding.addItems([_ALL, *(text[:1].upper() + text[1:] for text in findings)])
        self._finding.setCurrentIndex(("", *self._findings).index(finding))
        self._finding.setVisible(bool(findings))

    def show_note(self, note: str) -> None:
        """Show what must be said of the marks; empty for nothing."""
        self._note.setText(note)
        self._note.setAccessibleDescription(note)
        self._note.setVisible(bool(note))

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        for text, name, shown in (("Show all", "Show all readers", True), ("Hide all", "Hide all readers", False)):
            button = named(QToolButton(), name)
            button.setText(text)
            button.setToolTip(name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, shown=shown: self.all_chosen.emit(shown))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _tick(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 0:
            self.visible_chosen.emit(item.data(0, _NAME_ROLE), item.checkState(0) is Qt.CheckState.Checked)

    def _only(self, item: QTreeWidgetItem, _column: int) -> None:
        self.only_chosen.emit(item.data(0, _NAME_ROLE))


def _list() -> QTreeWidget:
    tree = named(QTreeWidget(), "Readers", "Space shows or hides a reader, Enter shows only this one")
    tree.setObjectName("readers")
    tree.setToolTip("Tick to show a reader's marks; double click to show only this one")
    tree.setColumnCount(2)
    tree.setHeaderHidden(True)
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    tree.setTabKeyNavigation(False)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return tree


def _fill(item: QTreeWidgetItem, row: ReaderRow) -> None:
    marks = f"{row.state} marks" if row.state.isdigit() else row.state
    item.setText(0, f"{row.name} (you)" if row.own else row.name)
    item.setIcon(0, _swatch(row.colour))
    item.setCheckState(0, Qt.CheckState.Checked if row.visible else Qt.CheckState.Unchecked)
    item.setData(0, _NAME_ROLE, row.name)
    item.setToolTip(0, row.name)
    item.setText(1, row.state)
    item.setToolTip(1, _STATES.get(row.state, ""))
    item.setForeground(1, theme.QUIET)
    item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{item.text(0)}, {marks}")


def _swatch(colour: str) -> QIcon:
    pixmap = QPixmap(_SWATCH * 2, _SWATCH * 2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(2, 2, _SWATCH * 2 - 4, _SWATCH * 2 - 4, 6, 6)
    painter.end()
    return QIcon(pixmap)
