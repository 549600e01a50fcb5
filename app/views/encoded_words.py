"""The phrase as the model read it, word by word; pointing at a word asks for its map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QLabel, QWidget

from app.views import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent

_WIDTH = 300
_HEIGHT = 44
_ROWS = 2
_GAP = 5.0
_PREFIX = "encoded:"
_LONGEST_TIP = 300
_HINT = "Point at a word to see its own map"


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of text in its row; ``word`` is its number, None where it is not a word of the phrase."""

    text: str
    left: float
    width: float
    row: int
    word: int | None


class EncodedWords(QLabel):
    """Two rows of words; by the mouse, or by Tab and the arrow keys, one of them is looked at.

    Signals
    -------
    looked_at(object)
        Number of the word looked at, from 0, or None.
    left()
        Escape was pressed.
    """

    looked_at = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Encoded phrase")
        self.setFixedSize(QSize(_WIDTH, _HEIGHT))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMouseTracking(True)
        self._words: tuple[str, ...] = ()
        self._tokens: tuple[_Token, ...] = ()
        self._pointed: int | None = None
        self._keyed: int | None = None
        self._current: int | None = None
        self._first_row = 0

    @property
    def words(self) -> tuple[str, ...]:
        """The words that can be looked at."""
        return self._words

    @property
    def current(self) -> int | None:
        """The word looked at."""
        return self._current

    def show_text(self, text: str) -> None:
        """Say something else, without words to look at."""
        self._take(text, (), tuple(text.split()), None)

    def show_words(self, words: tuple[str, ...], encoded: str) -> None:
        """Show what was encoded; a word that is looked at stays so only if the words are the same."""
        shown = words or ("(nothing)",)
        self._take(f"{_PREFIX} {encoded or '(nothing)'}", words, (_PREFIX, *shown), 1 if words else None)

    def place_of(self, word: int) -> QRectF:
        """Return where a word is; empty while it is scrolled out of sight."""
        for token in self._tokens:
            if token.word == word and 0 <= token.row - self._first_row < _ROWS:
                return self._rectangle(token)
        return QRectF()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Look at the word under the cursor."""
        at = event.position()
        hit = [token.word for token in self._tokens if token.word is not None and self._rectangle(token).contains(at)]
        self._point(hit[0] if hit else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Look at no word any more, or at the one the keyboard is on."""
        self._point(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll through the rows of a long phrase."""
        self._scroll_to(self._first_row - (1 if event.angleDelta().y() > 0 else -1))
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Look at the first word."""
        super().focusInEvent(event)
        self._key(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Look at no word any more."""
        super().focusOutEvent(event)
        self._key(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from word to word."""
        key, last = event.key(), len(self._words) - 1
        at = self._keyed or 0
        targets = {Qt.Key.Key_Left: at - 1, Qt.Key.Key_Right: at + 1, Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        if key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in targets and self._words:
            self._key(min(max(targets[Qt.Key(key)], 0), last))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows in sight."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        metrics = self.fontMetrics()
        for token in self._tokens:
            if not 0 <= token.row - self._first_row < _ROWS:
                continue
            place = self._rectangle(token)
            looked_at = token.word is not None and token.word == self._current
            if looked_at:
                painter.setPen(QPen(theme.ACCENT, 1))
                painter.setBrush(theme.RAISED)
                painter.drawRoundedRect(place.adjusted(-2.5, 0.5, 2.5, -0.5), 4, 4)
            painter.setPen(theme.TEXT if looked_at else theme.QUIET)
            text = metrics.elidedText(token.text, Qt.TextElideMode.ElideRight, int(token.width) + 1)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            if token.word is not None and not looked_at:
                painter.setPen(QPen(theme.FAINT, 1, Qt.PenStyle.DotLine))
                painter.drawLine(place.bottomLeft() + QPointF(0, -1.5), place.bottomRight() + QPointF(0, -1.5))
        self._draw_more(painter)
        painter.end()

    def _take(self, text: str, words: tuple[str, ...], pieces: tuple[str, ...], first: int | None) -> None:
        if (text, words) == (self.text(), self._words):
            return
        self._words = words
        self._pointed = None
        self._keyed = 0 if words and self.hasFocus() else None
        self._first_row = 0
        self._tokens = self._arranged(pieces, first)
        self.setText(text)
        self.setToolTip(f"{_HINT}\n{text[:_LONGEST_TIP]}" if words else text[:_LONGEST_TIP])
        # Focus that the row already has is not taken from it while an answer is on its way.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if words or self.hasFocus() else Qt.FocusPolicy.NoFocus)
        self._settle(changed=True)

    def _arranged(self, pieces: tuple[str, ...], first_word: int | None) -> tuple[_Token, ...]:
        metrics = self.fontMetrics()
        tokens, x, row = [], 3.0, 0
        for number, text in enumerate(pieces):
            width = min(float(metrics.horizontalAdvance(text)), _WIDTH - 10.0)
            if x + width > _WIDTH - (14 if row % _ROWS == _ROWS - 1 else 4) and x > 3:
                x, row = 3.0, row + 1
            word = None if first_word is None or number < first_word else number - first_word
            tokens.append(_Token(text, x, width, row, word))
            x += width + _GAP
        return tuple(tokens)

    def _rows(self) -> int:
        return self._tokens[-1].row + 1 if self._tokens else 0

    def _rectangle(self, token: _Token) -> QRectF:
        height = _HEIGHT / _ROWS
        top = height * (token.row - self._first_row) if self._rows() > 1 else (_HEIGHT - height) / 2
        return QRectF(token.left, top, token.width, height)

    def _draw_more(self, painter: QPainter) -> None:
        """Say that there are further rows."""
        painter.setPen(theme.QUIET)
        corner = QRectF(_WIDTH - 13, _HEIGHT / 2, 12, _HEIGHT / 2)
        if self._rows() > self._first_row + _ROWS:
            painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, "…")

    def _scroll_to(self, row: int) -> None:
        first = min(max(row, 0), max(self._rows() - _ROWS, 0))
        if first != self._first_row:
            self._first_row = first
            self.update()

    def _point(self, word: int | None) -> None:
        self._pointed = word
        self._settle()

    def _key(self, word: int | None) -> None:
        self._keyed = word if self._words else None
        for token in self._tokens:
            if self._keyed is not None and token.word == self._keyed:
                self._scroll_to(min(self._first_row, token.row))
                self._scroll_to(max(self._first_row, token.row - _ROWS + 1))
        self._settle()

    def _settle(self, *, changed: bool = False) -> None:
        current = self._keyed if self._pointed is None else self._pointed
        moved, self._current = current != self._current, current
        looked = "" if current is None else f"; word {current + 1} of {len(self._words)}: {self._words[current]}"
        self.setAccessibleDescription(self.text() + looked)
        self.update()
        if moved or (changed and current is not None):
            self.looked_at.emit(current)
