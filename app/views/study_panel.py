"""The panel of a study: which case it is, what is answered, and the keys that answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from afloc_core.study.events import LEAST_CONFIDENCE, MOST_CONFIDENCE
from app.actions_study import ANSWER_KEYS
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROGRESS = 1000
_AROUND = 40
"""Pixels that are seen above and below the finding that is answered."""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with its answer.

    Attributes
    ----------
    finding : str
    present : bool or None
    confidence : int or None
    chosen : bool
        Whether keys answer it now.
    """

    finding: str
    present: bool | None
    confidence: int | None
    chosen: bool


class StudyPanel(QWidget):
    """Shows where the reader is and says what they choose.

    Signals
    -------
    present_chosen(str, bool), confidence_chosen(str, int)
        A finding was answered by the mouse.
    finding_chosen(str)
        Keys are to answer another finding.
    submitted(), paused()
        The button to go on, or to pause, was pressed.
    """

    present_chosen = Signal(str, bool)
    confidence_chosen = Signal(str, int)
    finding_chosen = Signal(str)
    submitted = Signal()
    paused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, _Row] = {}
        self._seen: QWidget | None = None
        self._case = named(QLabel(), "Case")
        self._case.setObjectName("study-case")
        self._arm = named(QLabel(), "Arm")
        self._arm.setProperty("quiet", True)
        self._arm.setWordWrap(True)
        self._progress = named(QProgressBar(), "Progress of the study")
        self._progress.setTextVisible(False)
        self._progress.setRange(0, _PROGRESS)
        self._progress.setFixedHeight(3)
        self._findings = QVBoxLayout()
        self._findings.setSpacing(10)
        self._note = named(QLabel(), "What is to be answered first")
        self._note.setProperty("warning", True)
        self._note.setWordWrap(True)
        self._next = named(QPushButton("Next"), "Go on")
        self._next.setToolTip("Enter")
        self._next.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._next.clicked.connect(self.submitted)
        self._pause = named(QPushButton("Pause"), "Pause the study")
        self._pause.setToolTip("Ctrl+P")
        self._pause.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._pause.clicked.connect(self.paused)
        self._arrange()

    def show_place(self, case: str, arm: str, done: float) -> None:
        """Show which case it is, in which arm, and what share of all is done."""
        self._case.setText(case)
        self._arm.setText(arm)
        self._arm.setVisible(bool(arm))
        self._progress.setValue(round(done * _PROGRESS))

    def show_findings(self, rows: Sequence[FindingRow], *, answerable: bool) -> None:
        """Show the findings with their answers."""
        if list(self._rows) != [row.finding for row in rows]:
            for old in self._rows.values():
                self._findings.removeWidget(old)
                old.deleteLater()
            self._rows = {row.finding: self._row(row.finding) for row in rows}
        for row in rows:
            self._rows[row.finding].show_row(row, answerable=answerable)
            if row.chosen:
                self._scroll_to(self._rows[row.finding])

    def show_note(self, note: str) -> None:
        """Say what is to be answered first; empty for nothing."""
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._note.setAccessibleDescription(note)

    def show_next(self, text: str) -> None:
        """Say what Enter does; empty for nothing."""
        self._next.setText(f"{text}  ⏎" if text else "…")
        self._next.setEnabled(bool(text))

    def show_paused(self, paused: bool, *, possible: bool) -> None:
        """Offer to pause; the button beside it goes on."""
        self._pause.setEnabled(possible and not paused)

    def _scroll_to(self, row: QWidget) -> None:
        """Have the finding that keys answer be seen."""
        place: QWidget | None = self
        while place is not None and not isinstance(place, QScrollArea):
            place = place.parentWidget()
        if place is not None and row is not self._seen:
            self._seen = row
            sought = row if row is not next(iter(self._rows.values())) else self._case
            QTimer.singleShot(0, self, lambda: place.ensureWidgetVisible(sought, 0, _AROUND))  # once laid out

    def _row(self, finding: str) -> _Row:
        row = _Row(finding)
        row.present_chosen.connect(lambda present: self.present_chosen.emit(finding, present))
        row.confidence_chosen.connect(lambda sure: self.confidence_chosen.emit(finding, sure))
        row.chosen.connect(lambda: self.finding_chosen.emit(finding))
        self._findings.addWidget(row)
        return row

    def _arrange(self) -> None:
        hint = named(QLabel(_keys()), "Keys")
        hint.setProperty("quiet", True)
        hint.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._pause)
        buttons.addWidget(self._next, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 2, 8)
        column.setSpacing(8)
        column.addWidget(self._case)
        column.addWidget(self._arm)
        column.addWidget(self._progress)
        column.addSpacing(4)
        column.addLayout(buttons)  # above the findings: however many these are, it is seen
        column.addWidget(self._note)
        column.addLayout(self._findings)
        column.addWidget(hint)
        self._note.hide()


class _Row(QFrame):
    """A finding: absent or present, and how sure."""

    present_chosen = Signal(bool)
    confidence_chosen = Signal(int)
    chosen = Signal()

    def __init__(self, finding: str) -> None:
        super().__init__()
        self.setObjectName("study-finding")
        self._finding = finding
        self._name = named(QLabel(finding), f"Finding: {finding}")
        self._name.setProperty("heading", True)
        self._name.setWordWrap(True)
        self._absent = self._choice("Absent", ANSWER_KEYS.absent, f"{finding} absent")
        self._present = self._choice("Present", ANSWER_KEYS.present, f"{finding} present")
        self._absent.clicked.connect(lambda: self.present_chosen.emit(False))
        self._present.clicked.connect(lambda: self.present_chosen.emit(True))
        self._sure = [
            self._choice(str(sure), "", f"{finding}, confidence {sure} of {MOST_CONFIDENCE}")
            for sure in range(LEAST_CONFIDENCE, MOST_CONFIDENCE + 1)
        ]
        for sure, button in enumerate(self._sure, start=LEAST_CONFIDENCE):
            button.clicked.connect(lambda _checked=False, sure=sure: self.confidence_chosen.emit(sure))
        self._arrange()

    def show_row(self, row: FindingRow, *, answerable: bool) -> None:
        """Show the answer."""
        self._absent.setChecked(row.present is False)
        self._present.setChecked(row.present is True)
        for sure, button in enumerate(self._sure, start=LEAST_CONFIDENCE):
            button.setChecked(row.confidence == sure)
        for button in (self._absent, self._present, *self._sure):
            button.setEnabled(answerable)
        if self.property("chosen") != row.chosen:
            self.setProperty("chosen", row.chosen)
            self.style().unpolish(self)
            self.style().polish(self)
        said = {None: "not answered", True: "present", False: "absent"}[row.present]
        sure_of = "" if row.confidence is None else f", confidence {row.confidence} of {MOST_CONFIDENCE}"
        self.setAccessibleName(f"{self._finding}: {said}{sure_of}{', being answered' if row.chosen else ''}")

    def mousePressEvent(self, event: object) -> None:
        """Have keys answer this finding."""
        self.chosen.emit()

    def _choice(self, text: str, key: str, name: str) -> QToolButton:
        button = named(QToolButton(), name)
        button.setObjectName("answer")
        button.setText(f"{text}  {key}".strip())
        button.setCheckable(True)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _arrange(self) -> None:
        said, sure, ends = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (said, sure):
            row.setSpacing(5)
        said.addWidget(self._absent)
        said.addWidget(self._present)
        for button in self._sure:
            sure.addWidget(button)
        for text, name in (("guessing", "Confidence 1 means"), ("certain", "Confidence 5 means")):
            label = named(QLabel(text), name)
            label.setProperty("quiet", True)
            ends.addWidget(label)
            if text == "guessing":
                ends.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(self._name)
        column.addLayout(said)
        column.addLayout(sure)
        column.addLayout(ends)


def _keys() -> str:
    keys = ANSWER_KEYS
    return (
        f"{keys.present} present · {keys.absent} absent · {keys.confidence[0]}–{keys.confidence[-1]} how sure · "
        "↑ ↓ finding · Enter goes on. A mark that is drawn is of the finding in the blue frame."
    )
