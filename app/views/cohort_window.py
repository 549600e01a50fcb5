"""The window of a cohort: what is scored and how far it is, the plots, the findings, and every case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.models.cohort_rows import CohortRows, number
from app.views.cohort_plots import CohortPlots
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QCloseEvent

    from afloc_core.cohort.results import Estimate

_PROTOCOLS = (
    ("native", "native: every pixel, aligned maps"),
    ("chexlocalize", "chexlocalize: tuned thresholds"),
    ("published", "published: AFLoc's own frame"),
)
_MEASURES = (("iou", "IoU"), ("dice", "Dice"), ("cnr", "CNR"), ("hit", "Hit"))
_INTRODUCTION = (
    "Every mark of the open review on a case of the list is scored: the model against each reader, or the readers "
    "against each other. The figures are those of `afloc evaluate` with the same marks, films and protocol."
)


class CohortWindow(QWidget):
    """Shows a run and its results; says what a reader wants of it.

    Signals
    -------
    started(str, bool)
        Protocol, and whether the model is scored.
    held(bool)
        The run is to wait, or to go on.
    ended()
        The run is to end; what was found is kept.
    case_chosen(int)
        A row of the evaluation, to open its case.
    folder_chosen(object)
        Where the report is to be written.
    """

    started = Signal(str, bool)
    held = Signal(bool)
    ended = Signal()
    case_chosen = Signal(int)
    folder_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Cohort")
        self.setObjectName("cohort")
        self.resize(1120, 800)
        self._protocol = named(QComboBox(), "Protocol", "How films are scored")
        for name, title in _PROTOCOLS:
            self._protocol.addItem(title, name)
        self._model = named(QCheckBox("Score the model"), "Score the model", "Else readers are compared only")
        self._model.setChecked(True)
        self._start = _button("Start", "Score the cases, or go on where a run was ended", self._tell_start)
        self._hold = _button("Pause", "Begin no further case for now", lambda: None)
        self._hold.setCheckable(True)
        self._hold.toggled.connect(self._tell_held)
        self._end = _button("End", "End the run; the cases that are done need not be done again", self.ended.emit)
        self._save = _button("Save report…", "Write tables and report into a folder", self._ask_folder)
        self._bar = named(QProgressBar(), "Progress")
        self._bar.setTextVisible(False)
        self._state = named(QLabel(_INTRODUCTION), "State of the run")
        self._state.setProperty("quiet", True)
        self._state.setWordWrap(True)
        self.rows = CohortRows(self)
        self.plots = CohortPlots()
        self.plots.chosen.connect(self.case_chosen)
        self.findings = self._findings_table()
        self.cases = self._cases_table()
        self._arrange()
        self.show_running(False)
        self.show_saving(False)

    @property
    def state(self) -> str:
        """What is said of the run."""
        return self._state.text()

    def show_model(self, known: bool) -> None:
        """Offer the model, or say that there is none yet."""
        self._model.setEnabled(known)
        self._model.setToolTip("" if known else "The model is not loaded")

    def show_running(self, running: bool) -> None:
        """Show what can be done now."""
        for widget in (self._protocol, self._start):
            widget.setEnabled(not running)
        for widget in (self._hold, self._end):
            widget.setEnabled(running)
        if not running:
            self._hold.setChecked(False)

    def show_saving(self, possible: bool) -> None:
        """Offer to write a report, or not."""
        self._save.setEnabled(possible)

    def show_progress(self, done: int, total: int) -> None:
        """Show how far the run is."""
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)
        self._state.setText(f"{done:,} of {total:,} cases are done" + (", paused" if self._hold.isChecked() else ""))

    def show_state(self, sentence: str) -> None:
        """Say something of the run."""
        self._state.setText(sentence)

    def show_findings(
        self,
        findings: Mapping[str, Mapping[str, Estimate]],
        standings: Mapping[str, str],
        overall: Mapping[str, Estimate],
    ) -> None:
        """List each finding with means and intervals, the mean over findings last; ``standings`` among the humans."""
        rows = [*findings.items(), ("Mean of findings", overall)]
        self.findings.setRowCount(len(rows))
        for at, (name, measures) in enumerate(rows):
            texts = [name, f"{measures['iou'].cases:,}"]
            texts += [_estimate(measures[measure]) for measure, _ in _MEASURES]
            for column, text in enumerate([*texts, standings.get(name if at < len(findings) else "", "")]):
                item = QTableWidgetItem(text)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self.findings.setItem(at, column, item)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Fold away; a run goes on."""
        event.accept()

    def _tell_start(self) -> None:
        self.started.emit(self._protocol.currentData(), self._model.isChecked() and self._model.isEnabled())

    def _tell_held(self, held: bool) -> None:
        self._hold.setText("Go on" if held else "Pause")
        self.held.emit(held)

    def _ask_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Where is the report to be written?"):
            self.folder_chosen.emit(Path(name))

    def _choose(self, place: int) -> None:
        if 0 <= place < self.rows.rowCount():
            self.case_chosen.emit(int(self.rows.order[place]))

    def _findings_table(self) -> QTableWidget:
        titles = ("Finding", "Cases", *(title for _, title in _MEASURES), "Among readers")
        table = named(QTableWidget(0, len(titles)), "Findings", "Means with 95 % intervals")
        table.setHorizontalHeaderLabels(titles)
        _quiet(table, "Columns of the findings", titles)
        return table

    def _cases_table(self) -> QTableView:
        table = named(QTableView(), "Cases of the cohort", "Enter or a click opens the case")
        table.setModel(self.rows)
        _quiet(table, "Columns of the cases", ())
        table.setSortingEnabled(True)
        table.horizontalHeader().setSortIndicator(3, Qt.SortOrder.AscendingOrder)
        table.clicked.connect(lambda index: self._choose(index.row()))
        table.activated.connect(lambda index: self._choose(index.row()))
        return table

    def _arrange(self) -> None:
        controls = QHBoxLayout()
        for widget in (self._protocol, self._model, self._start, self._hold, self._end):
            controls.addWidget(widget)
        controls.addStretch(1)
        controls.addWidget(self._save)
        parts = QSplitter(Qt.Orientation.Vertical)
        for part in (self.plots, self.findings, self.cases):
            parts.addWidget(part)
        parts.setSizes([280, 180, 240])
        parts.setHandleWidth(7)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addLayout(controls)
        column.addWidget(self._bar)
        column.addWidget(self._state)
        column.addWidget(parts, 1)
        note = named(QLabel("research use only"), "Notice")
        note.setProperty("warning", True)
        column.addWidget(note, 0, Qt.AlignmentFlag.AlignRight)


def _quiet(table: QTableView, name: str, titles: Sequence[str]) -> None:
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(24)
    header = table.horizontalHeader()
    header.setAccessibleName(name)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setHighlightSections(False)


def _button(title: str, tip: str, clicked: object) -> QPushButton:
    button = named(QPushButton(title), title.removesuffix("…"), tip)
    button.setToolTip(tip)
    button.clicked.connect(clicked)
    return button


def _estimate(one: Estimate) -> str:
    return f"{number(one.mean)}  ({number(one.low)} to {number(one.high)})" if one.cases else "–"
