"""The palette beside a mark that was just drawn: one key names its finding, a digit says how sure one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QFrame, QGridLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from app.models.drawing import Naming
from app.models.finding_keys import FINDING_KEYS
from app.views.enter_keys import ENTER
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QRectF

_ROWS = 8
_GAP = 14


class NamingPalette(QFrame):
    """Shows the keys; they are pressed on the film, only another word is typed here.

    Signals
    -------
    finding_chosen(str)
        By a click or by typing.
    left()
        Escape was pressed while typing.
    """

    finding_chosen = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("palette")
        self._title = named(QLabel(), "What the mark is")
        self._title.setProperty("heading", True)
        self._grid = QWidget()
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(0)
        for number, (key, finding) in enumerate(FINDING_KEYS):
            button = named(QToolButton(), finding, f"Key {key}")
            button.setObjectName("finding")
            button.setText(f"{key}   {finding}")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, name=finding: self.finding_chosen.emit(name))
            grid.addWidget(button, number % _ROWS, number // _ROWS)
        self._line = named(QLineEdit(), "Another finding", "Type a finding and press Enter")
        self._line.setPlaceholderText("/  another word…")
        self._line.installEventFilter(self)
        self._hint = named(QLabel(), "Keys")
        self._hint.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 10, 8)
        column.setSpacing(5)
        for widget in (self._title, self._grid, self._line, self._hint):
            column.addWidget(widget)
        self.hide()

    @property
    def typing(self) -> bool:
        """Whether a word is being typed."""
        return self._line.hasFocus()

    def show_naming(self, naming: Naming, finding: str, known: Sequence[str]) -> None:
        """Ask for the finding, or for the confidence in it, or go."""
        self.setVisible(naming is not Naming.NOTHING)
        if naming is Naming.NOTHING:
            return
        asks = naming is Naming.FINDING
        self._title.setText("Finding" if asks else finding)
        self._hint.setText(
            "digit: confidence · Enter: done · Del: remove" if asks else "1–9: 10–90 % sure, 0: 100 % · Enter: done"
        )
        self._grid.setVisible(asks)
        self._line.setVisible(asks)
        self._line.clear()
        completer = QCompleter(list(known), self._line)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._line.setCompleter(completer)
        self.adjustSize()

    def type(self, text: str) -> None:
        """Begin to type another word."""
        self._line.setFocus()
        self._line.setText("" if text == "/" else text)

    def place(self, taken: QRectF) -> None:
        """Go beside a mark and what is said of it, given in screen pixels, where there is room."""
        room = self._over.size()
        x = taken.right() + _GAP
        if x + self.width() > room.width():
            x = taken.left() - _GAP - self.width()
        x = min(max(x, 4), max(room.width() - self.width() - 4, 4))
        y = min(max(taken.top(), 4), max(room.height() - self.height() - 4, 4))
        self.move(round(x), round(y))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Enter and Escape from the line: the film below would take them for its own."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self.left.emit()
                return True
            if event.key() in ENTER:
                self._commit()
                return True
        return super().eventFilter(watched, event)

    def _commit(self) -> None:
        if text := " ".join(self._line.text().split()):
            self.finding_chosen.emit(text)
        else:
            self.left.emit()
