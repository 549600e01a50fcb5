"""The slim bar above the film: how the two sides are compared, and who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.models.compare_mode import CompareMode
from app.models.comparison import BLINK_PERIODS_MS, Party
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

_MODES = {
    CompareMode.OVERLAY: ("Overlay", "Both sides over one film (O)"),
    CompareMode.SIDE_BY_SIDE: ("Side by side", "The film twice, zoomed and moved as one (S)"),
    CompareMode.SWIPE: ("Swipe", "A line parts the film; drag it, or press Shift with the arrow keys (W)"),
    CompareMode.BLINK: ("Blink", "The two sides in turn (Shift+B)"),
    CompareMode.DIFFERENCE: ("Difference", "What only one side marked, and what both did (D)"),
}
_SIDE = 116
_REST = 80
_TIGHT, _NARROW_SIDE = 470, 76


class ModeBar(QFrame):
    """Buttons of the modes, one list for each side, and what the chosen mode needs besides.

    Signals
    -------
    mode_chosen(CompareMode), left_chosen(Party), right_chosen(Party), exchanged(), period_chosen(int)
        What the reader wants; the period in milliseconds.
    """

    mode_chosen = Signal(object)
    left_chosen = Signal(object)
    right_chosen = Signal(object)
    exchanged = Signal()
    period_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        # The window may be as narrow as it likes: what does not fit is folded, see resizeEvent.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._parties: tuple[Party, ...] = ()
        self._buttons: dict[CompareMode, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._folded = named(QComboBox(), "Way of comparing")
        self._folded.activated.connect(lambda at: self.mode_chosen.emit(list(self._buttons)[at]))
        self._left = self._sides("Left side", "Who is shown on the left, below, or first")
        self._right = self._sides("Right side", "Who is shown on the right, above, or second")
        self._left.activated.connect(lambda at: self.left_chosen.emit(self._parties[at]))
        self._right.activated.connect(lambda at: self.right_chosen.emit(self._parties[at]))
        exchange = named(QToolButton(), "Exchange the sides")
        exchange.setText("⇄")
        exchange.setToolTip("Exchange the sides (X)")
        exchange.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        exchange.clicked.connect(self.exchanged)
        self._period = named(QComboBox(), "How long each side is shown")
        self._period.setToolTip("How long each side is shown (Shift+Up faster, Shift+Down slower)")
        for period in BLINK_PERIODS_MS:
            self._period.addItem(f"{period / 1000:g} s", period)
        self._period.activated.connect(lambda at: self.period_chosen.emit(BLINK_PERIODS_MS[at]))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 3, 10, 3)
        self._row.setSpacing(2)
        self._row.addWidget(self._folded)
        self._row.addStretch(1)
        for widget in (self._period, self._left, exchange, self._right):
            self._row.addWidget(widget)
        for mode, (title, tip) in _MODES.items():
            self.add_mode(mode, title, tip)
        self._fold()

    def add_mode(self, mode: CompareMode, title: str, tip: str = "") -> None:
        """Add the button of a mode."""
        button = named(QToolButton(), title)
        button.setObjectName("mode")
        button.setText(title)
        button.setToolTip(tip)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _checked=False: self.mode_chosen.emit(mode))
        self._row.insertWidget(len(self._buttons) + 1, button)
        self._group.addButton(button)
        self._buttons[mode] = button
        self._folded.addItem(title)
        self._fold()

    def show_mode(self, mode: CompareMode, period_ms: int) -> None:
        """Show which mode is chosen."""
        if mode in self._buttons:
            self._buttons[mode].setChecked(True)
            self._folded.setCurrentIndex(list(self._buttons).index(mode))
        self._period.setCurrentIndex(BLINK_PERIODS_MS.index(period_ms))
        self._period.setVisible(mode is CompareMode.BLINK)
        self._fold()
        for side in (self._left, self._right):
            side.setEnabled(mode is not CompareMode.MULTIPLES)

    def show_parties(self, parties: Sequence[Party], left: Party, right: Party) -> None:
        """List whom each side can show, and who it shows."""
        self._parties = tuple(parties)
        titles = [party.title for party in parties]
        for box, chosen in ((self._left, left), (self._right, right)):
            blocker = QSignalBlocker(box)
            if [box.itemText(at) for at in range(box.count())] != titles:
                box.clear()
                box.addItems(titles)
            box.setCurrentIndex(self._parties.index(chosen) if chosen in self._parties else -1)
            del blocker

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the buttons into a list where there is little room."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        room = self.width() - 2 * _SIDE - _REST
        if not self._period.isHidden():
            room -= self._period.sizeHint().width()
        narrow = sum(button.sizeHint().width() + 2 for button in self._buttons.values()) > room
        self._folded.setVisible(narrow)
        for side in (self._left, self._right):
            side.setMinimumWidth(_SIDE if self.width() >= _TIGHT else _NARROW_SIDE)
        for button in self._buttons.values():
            button.setVisible(not narrow)

    def _sides(self, name: str, tip: str) -> QComboBox:
        box = named(QComboBox(), name)
        box.setToolTip(tip)
        box.setMinimumContentsLength(9)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumWidth(_SIDE)
        box.setMaximumWidth(190)
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        return box
