"""What is seen in the place of the film when there is nothing to read: the beginning, a pause, the end."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.views.naming import named

_WIDTH = 560
_MARGIN = 24


class StudyCover(QFrame):
    """Lies over a widget, all of it; hidden until there is something to say.

    Parameters
    ----------
    over : QWidget
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("cover")
        self._title = named(QLabel(), "What is to be done")
        self._title.setObjectName("cover-title")
        self._text = named(QLabel(), "How to go on")
        self._text.setObjectName("cover-text")
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.addStretch(2)
        column.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(14)
        column.addWidget(self._text, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        over.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty while hidden."""
        return "" if self.isHidden() else f"{self._title.text()} {self._text.text()}".strip()

    def show_text(self, title: str, text: str) -> None:
        """Cover what is below with these words."""
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(f"{title} {text}".strip())
        self._fit()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as what is below."""
        if event.type() is QEvent.Type.Resize and isinstance(watched, QWidget):
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        self.setGeometry(parent.rect())
        width = max(min(_WIDTH, parent.width() - 2 * _MARGIN), 1)
        for label in (self._title, self._text):
            label.setFixedSize(width, max(label.heightForWidth(width), 0))
