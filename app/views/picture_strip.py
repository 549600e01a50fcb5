"""Cases as small pictures in a row."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QListView, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.views.enter_keys import ENTER
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from app.models.case_picture import CaseShown

_WORDS_HEIGHT = 22
_SMALLEST, _LARGEST = 64, 320
_EDGE = 10


class PictureStrip(QWidget):
    """A heading and pictures; left and right go along, Enter or a click opens a case.

    Parameters
    ----------
    title : str

    Signals
    -------
    chosen(int)
        The row of the evaluation.
    """

    chosen = Signal(int)

    def __init__(self, title: str) -> None:
        super().__init__()
        heading = QLabel(title)
        heading.setProperty("quiet", True)
        self.list = named(_Strip(), title, "Left and right go along, Enter or a click opens the case")
        self.list.itemClicked.connect(self._choose)
        self.list.entered_item.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(heading)
        column.addWidget(self.list, 1)

    def show_cases(self, cases: Sequence[CaseShown]) -> None:
        """Show other pictures."""
        self.list.clear()
        for case in cases:
            item = QListWidgetItem(_icon(case.source), case.title)
            item.setToolTip(case.caption)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, case.caption.replace("\n", ", "))
            item.setData(Qt.ItemDataRole.UserRole, case.at)
            self.list.addItem(item)
        if cases:
            self.list.setCurrentRow(0)

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(int(item.data(Qt.ItemDataRole.UserRole)))


class _Strip(QListWidget):
    entered_item = Signal(QListWidgetItem)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setWordWrap(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(_SMALLEST + _WORDS_HEIGHT + 2 * _EDGE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the height there is."""
        super().resizeEvent(event)
        side = self.viewport().height() - _WORDS_HEIGHT - _EDGE
        side = max(_SMALLEST, min(side, _LARGEST))
        self.setIconSize(QSize(side, side))
        self.setGridSize(QSize(max(side, 96) + _EDGE, side + _WORDS_HEIGHT + 4))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current case on Enter."""
        if event.key() in ENTER and self.currentItem() is not None:
            self.entered_item.emit(self.currentItem())
        else:
            super().keyPressEvent(event)


def _icon(source: str) -> QIcon:
    pixmap = QPixmap()
    pixmap.loadFromData(b64decode(source.partition(",")[2]))
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # which would be tinted
    return icon
