"""One sentence above the film: what went wrong and what to do, or a note; it never blocks and can be dismissed."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.views.naming import named


class MessageBar(QFrame):
    """Hidden until there is something to say."""

    def __init__(self, close_icon: QIcon, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self._label = named(QLabel(), "Message")
        self._label.setWordWrap(True)
        close = named(QToolButton(), "Dismiss the message")
        close.setToolTip("Dismiss")
        close.setIcon(close_icon)
        close.setIconSize(QSize(14, 14))
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 10, 8)
        row.addWidget(self._label, 1)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on screen; empty when hidden."""
        return "" if self.isHidden() else self._label.text()

    def show_error(self, sentence: str) -> None:
        """Show what went wrong."""
        self._say(sentence, "error")

    def show_note(self, sentence: str) -> None:
        """Show a note in a quieter tone."""
        self._say(sentence, "note")

    def clear(self) -> None:
        """Say nothing."""
        self.hide()

    def _say(self, sentence: str, kind: str) -> None:
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self._label.setText(sentence)
        self.setAccessibleDescription(sentence)
        self.show()
