"""The phrase bar: where a reader asks, and what became of the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QProgressBar, QToolButton, QVBoxLayout, QWidget

from app.views import theme
from app.views.encoded_words import EncodedWords
from app.views.naming import named

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPaintEvent

    from afloc_core.localization.features import EncodedPhrase

DEBOUNCE_MS = 150
_MATCH_TIP = "How well the whole image matches the phrase, from 0 to 1"
_PLACEHOLDER = "Type a finding, for example: left pleural effusion"


class PhraseBar(QFrame):
    """A line to type in, the phrase as it was encoded, and the match; typing is never blocked.

    Attributes
    ----------
    line : QLineEdit
    words : EncodedWords

    Signals
    -------
    edited(str)
        What was typed, `DEBOUNCE_MS` after the last key, or at once on Enter.
    committed(str)
        Enter was pressed.
    older(str), newer(str)
        Up or Down was pressed; what is typed now.
    left()
        Escape was pressed.
    pinned()
        What is typed is to be kept; it was emitted as committed just before.
    """

    edited = Signal(str)
    committed = Signal(str)
    older = Signal(str)
    newer = Signal(str)
    left = Signal()
    pinned = Signal()

    def __init__(self, clear_icon: QIcon, pin_icon: QIcon, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self._fixed = False
        self.line = named(QLineEdit(), "Phrase", "The finding to look for; Up and Down bring back earlier phrases")
        self.line.setObjectName("phrase")
        self.line.setPlaceholderText(_PLACEHOLDER)
        self.line.setFixedHeight(44)
        self.line.setAcceptDrops(False)  # a file dropped here is for the window, not text
        self.line.installEventFilter(self)
        self._pin = _button("Keep the phrase", "Keep this phrase as a coloured contour (Ctrl+Enter)", pin_icon)
        self._pin.clicked.connect(self.pin)
        self._clear = _button("Clear the phrase", "Clear the phrase", clear_icon)
        self._clear.clicked.connect(self._clear_line)
        self.words = EncodedWords()
        self.words.left.connect(self.left)
        self._match = _Match()
        self._progress = named(QProgressBar(), "Progress of the heatmap")
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(2)
        self._progress.setRange(0, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._tell)
        self.line.textChanged.connect(self._typed)
        self.line.returnPressed.connect(self._commit)
        self._arrange()
        self._typed("")

    def fix(self) -> None:
        """Let nobody type from now on: what is asked is not the reader's choice."""
        self._fixed = True
        self.line.setReadOnly(True)
        self.line.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.line.setPlaceholderText("")
        self._typed(self.line.text())

    def set_text(self, text: str) -> None:
        """Put a phrase into the line and ask it at once."""
        self.line.setText(text)
        self._tell()

    def take_focus(self) -> None:
        """Let the reader type, the old phrase selected."""
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def pin(self) -> None:
        """Commit what is typed and ask to keep it; the next phrase can be typed over it at once."""
        self._commit()
        self.pinned.emit()
        self.line.selectAll()

    def show_answer(self, phrase: EncodedPhrase | None, match: float | None, state: str = "", doubt: str = "") -> None:
        """Show what the model read, or in its place a state, and how well the whole image matches; None for nothing.

        ``doubt`` says why the match may mean nothing.
        """
        if state or phrase is None:
            self.words.show_text(state)
        else:
            self.words.show_words(phrase.words, phrase.encoded)
        self._match.show_match(match, doubt)

    def show_busy(self, busy: bool) -> None:
        """Move the line below the bar, or stop it."""
        self._match.dim(busy)
        self._progress.setRange(0, 0 if busy else 1)
        self._progress.setValue(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Up, Down and Escape from the line, and leave undo to the window, which has more to take back."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _turns(event):
            self._tell()
            event.ignore()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            signals = {Qt.Key.Key_Up: self.older, Qt.Key.Key_Down: self.newer}
            key = Qt.Key(event.key())
            if key in signals:
                signals[key].emit(self.line.text())
                return True
            if key == Qt.Key.Key_Escape:
                self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(14, 10, 14, 9)
        row.setSpacing(14)
        row.addWidget(self.line, 1)
        inside = QHBoxLayout(self.line)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addStretch(1)
        inside.setSpacing(0)
        inside.addWidget(self._pin)
        inside.addWidget(self._clear)
        self.line.setTextMargins(0, 0, 66, 0)
        row.addWidget(self.words)
        row.addWidget(self._match)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._progress)

    def _typed(self, text: str) -> None:
        self._clear.setVisible(bool(text) and not self._fixed)
        self._pin.setVisible(bool(text.strip()) and not self._fixed)
        self._timer.start()

    def _tell(self) -> None:
        self._timer.stop()
        self.edited.emit(self.line.text())

    def _commit(self) -> None:
        self._tell()
        self.committed.emit(self.line.text())

    def _clear_line(self) -> None:
        self.line.clear()
        self._tell()
        self.line.setFocus()


def _turns(event: QKeyEvent) -> bool:
    control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    return control and event.key() in (Qt.Key.Key_Z, Qt.Key.Key_Y)


def _button(name: str, tip: str, icon: QIcon) -> QToolButton:
    button = named(QToolButton(), name)
    button.setToolTip(tip)
    button.setIcon(icon)
    button.setIconSize(QSize(16, 16))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


class _Match(QWidget):
    """How well the whole image matches the phrase: a number and a short bar of one colour."""

    def __init__(self) -> None:
        super().__init__()
        self._match: float | None = None
        self._dim = False
        self._doubt = ""
        self.setFixedSize(128, 44)
        self.setAccessibleName("Match of the whole image")
        self.setToolTip(_MATCH_TIP)

    def show_match(self, match: float | None, doubt: str = "") -> None:
        """Show a match in [0, 1], or none; in the colour of warnings where there is a doubt about it."""
        self._match, self._doubt = match, doubt
        self.setToolTip(doubt or _MATCH_TIP)
        self.setAccessibleDescription("" if match is None else f"match {match:.2f}. {doubt}".strip(" ."))
        self.update()

    def dim(self, dim: bool) -> None:
        """Show that the number belongs to the phrase before."""
        self._dim = dim
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the number above the bar."""
        if self._match is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(0.45 if self._dim else 1.0)
        painter.setPen(theme.QUIET)
        painter.setFont(theme.drawing_font(13))
        painter.drawText(QRectF(0, 4, 60, 24), Qt.AlignmentFlag.AlignVCenter, "match")
        painter.setPen(theme.WARNING if self._doubt else theme.TEXT)
        painter.setFont(theme.drawing_font(18, bold=True))
        painter.drawText(
            QRectF(0, 4, 128, 24), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{self._match:.2f}"
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.LINE)
        painter.drawRoundedRect(QRectF(0, 34, 128, 4), 2, 2)
        painter.setBrush(theme.WARNING if self._doubt else QColor(theme.ACCENT))
        painter.drawRoundedRect(QRectF(0, 34, 128 * self._match, 4), 2, 2)
        painter.end()
