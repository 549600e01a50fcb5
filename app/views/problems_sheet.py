"""What in a file of marks could not be used, as a list to look through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QVBoxLayout, QWidget

from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 2000


class ProblemsSheet(QDialog):
    """Lists problems, one sentence each.

    Parameters
    ----------
    problems : sequence of str
    """

    def __init__(self, problems: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Problems in the marks")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 420)
        more = f"; the first {_MOST:,} are listed" if len(problems) > _MOST else ""
        things = "1 thing" if len(problems) == 1 else f"{len(problems):,} things"
        head = named(QLabel(f"{things} could not be used{more}; everything else was opened."), "How many problems")
        head.setWordWrap(True)
        rows = named(QListWidget(), "Problems")
        rows.setWordWrap(True)
        rows.setAlternatingRowColors(True)
        rows.addItems(list(problems[:_MOST]))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAccessibleName("Close the list")
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(head)
        column.addWidget(rows)
        column.addWidget(buttons)
