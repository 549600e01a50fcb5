"""The window of a cohort: what is scored and how far it is, and pages with what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from afloc_core.cohort.report.references import reference_table
from app.models.cohort_setup import refusals
from app.views.cohort_figures import MEASURES, remarks_of
from app.views.cohort_pages import CasesPage, DifferencesPage, FindingsPage, WholeFilmsPage
from app.views.cohort_setup import CohortSetupForm
from app.views.cohort_tables import PublishedPage, ReadersPage, RemarksPage
from app.views.gradual_import import GradualImport
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent

    from afloc_core.cohort.evaluation import Evaluation
    from app.models.case_picture import CaseShown
    from app.models.cohort_rows import CohortTable
    from app.models.cohort_setup import Refusal

_INTRODUCTION = (
    "Every mark of the open review on a case of the list is scored. The figures are those of `afloc evaluate` with the "
    "same marks, films and choices."
)
_FORM, _FINDINGS, _CASES, _READERS, _DIFFERENCES, _PUBLISHED, _WHOLE, _REMARKS = range(8)
_TABS = ("Set-up", "Findings", "Cases", "Readers", "Differences", "Published", "Whole films", "Remarks")
_MEASURED = (_FINDINGS, _CASES, _DIFFERENCES)
_WRONG = "Nothing was started; what is wrong is said beside its field."


class CohortWindow(QWidget):
    """Shows a run and its results; says what a reader wants of it.

    Signals
    -------
    started(object)
        A `CohortSetup` is to be run.
    held(bool)
        The run is to wait, or to go on.
    ended()
        The run is to end; what was found is kept.
    case_chosen(int)
        A row of the evaluation, to open its case.
    folder_chosen(object)
        Where the report is to be written.
    other_chosen(object)
        Folder of results that the run shown is to be compared with.
    """

    started = Signal(object)
    held = Signal(bool)
    ended = Signal()
    case_chosen = Signal(int)
    folder_chosen = Signal(object)
    other_chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Cohort")
        self.setObjectName("cohort")
        self.resize(1180, 820)
        self._start = _button("Start", "Score the cases, or go on where a run was ended", self._tell_start)
        self._hold = _button("Pause", "Begin no further case for now", lambda: None)
        self._hold.setCheckable(True)
        self._hold.toggled.connect(self._tell_held)
        self._end = _button("End", "End the run; the cases that are done need not be done again", self.ended.emit)
        self._other = _button("Compare…", "Compare the run that is shown with results in a folder", self._ask_other)
        self._save = _button("Save report…", "Write tables and report into a folder", self._ask_folder)
        self._bar = named(QProgressBar(), "Progress")
        self._bar.setTextVisible(False)
        self._state = named(QLabel(_INTRODUCTION), "State of the run")
        self._state.setProperty("quiet", True)
        self._state.setWordWrap(True)
        self.form = CohortSetupForm()
        self.findings = FindingsPage()
        self.cases = CasesPage()
        self.cases.chosen.connect(self.case_chosen)
        self.differences = DifferencesPage()
        self.readers = ReadersPage()
        self.published = PublishedPage()
        self.whole_films = WholeFilmsPage()
        self.remarks = RemarksPage()
        self._shown: tuple[Evaluation, CohortTable] | None = None
        self._stale: set[int] = set()
        self._progress = ""
        self._measure = named(QComboBox(), "Measure", "What plots and differences show")
        for name, title in MEASURES:
            self._measure.addItem(f"by {title}", name)
        self._measure.currentIndexChanged.connect(self._show_anew)
        self.pages = self._made_pages()
        self._measure.hide()
        self._arrange()
        self._library = GradualImport(self)
        self._library.finished.connect(self._build)
        self._built = False
        self.show_running(False)
        self.show_saving(False)

    @property
    def state(self) -> str:
        """What is said of the run."""
        return self._state.text()

    @property
    def built(self) -> bool:
        """Whether the plots are there."""
        return self._built

    def build(self) -> None:
        """Make the plots, without holding up the window."""
        if not self._built:
            self._library.start()

    def show_model(self, name: str) -> None:
        """Offer the model of the window by its name, or say that there is none yet."""
        self.form.show_model(name)

    def show_running(self, running: bool, *, scoring: bool = True) -> None:
        """Show what can be done while something runs, or does not: a run that scores can be held and ended."""
        self._start.setEnabled(not running)
        for widget in (self._hold, self._end):
            widget.setEnabled(running and scoring)
        self._progress = "The run is being prepared"
        if not running:
            self._hold.setChecked(False)

    def show_saving(self, possible: bool) -> None:
        """Offer to write a report and to compare, or not."""
        for widget in (self._save, self._other):
            widget.setEnabled(possible)
        self.form.show_result(self._shown is not None)

    def show_progress(self, done: int, total: int, what: str) -> None:
        """Show how far the run is."""
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)
        self._progress = f"{done:,} of {total:,} {what}"
        self._show_progress()

    def show_state(self, sentence: str) -> None:
        """Say something of the run."""
        self._state.setText(sentence)

    def refuse(self, wrong: Sequence[Refusal]) -> None:
        """Say beside each field what is wrong with it; with nothing wrong, take that back."""
        if wrong:
            self.pages.setCurrentIndex(_FORM)
            self._state.setText(_WRONG)
        self.form.refuse(wrong)

    def show_result(
        self, evaluation: Evaluation, table: CohortTable, title: Callable[[str], str], *, names_hidden: bool
    ) -> None:
        """Show an evaluation.

        Parameters
        ----------
        evaluation : Evaluation
        table : CohortTable
            Its main rows.
        title : callable
            Says what an image is called.
        names_hidden : bool
            Whether no name of a file may be shown.
        """
        if self._shown is None or self._shown[1] is not table:
            self.cases.await_pictures(drawn=evaluation.model is not None)
        first = self._shown is None
        self._shown = evaluation, table
        self.show_names(title, names_hidden=names_hidden)
        count = len(evaluation.problems)
        self.pages.setTabText(_REMARKS, f"{_TABS[_REMARKS]} ({count:,})" if count else _TABS[_REMARKS])
        if evaluation.zero_shot is not None:
            self.whole_films.show_result(evaluation.zero_shot)
        if (reference := reference_table(evaluation)) is not None:
            self.published.show_result(reference, evaluation)
        self.readers.show_result(evaluation)
        self._show_anew()
        self._offer(_READERS, bool(evaluation.by_reader))
        self._offer(_PUBLISHED, reference is not None)
        self._offer(_WHOLE, evaluation.zero_shot is not None)
        self._offer(_REMARKS, count > 0)
        self._offer(_DIFFERENCES, bool(evaluation.ranges) or evaluation.comparison is not None)
        for page in (_FINDINGS, _CASES):
            self._offer(page, True)
        if first or self.pages.currentIndex() == _FORM:
            self.pages.setCurrentIndex(_FINDINGS)

    def show_names(self, title: Callable[[str], str], *, names_hidden: bool) -> None:
        """Call images otherwise; pictures are to be shown again."""
        if self._shown is None:
            return
        evaluation, table = self._shown
        self.cases.rows.show(table, title)
        self.remarks.show_figures(remarks_of(evaluation.problems, title if names_hidden else None))

    def show_pictures(self, worst: Sequence[CaseShown], best: Sequence[CaseShown], about: str) -> None:
        """Show the worst and the best cases."""
        self.cases.show_pictures(worst, best, about)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Fold away; a run goes on."""
        event.accept()

    def _show_anew(self) -> None:
        """Show what there is by the measure that is chosen, each page when it is looked at."""
        self._stale = {_FINDINGS, _CASES, _DIFFERENCES}
        self._show(self.pages.currentIndex())

    def _show(self, page: int) -> None:
        self._measure.setVisible(page in _MEASURED)
        if self._shown is None or page not in self._stale:
            return
        self._stale.discard(page)
        evaluation, table = self._shown
        measure = self._measure.currentData()
        if page == _FINDINGS:
            self.findings.show_result(evaluation, table, measure)
        elif page == _CASES:
            self.cases.show_result(evaluation, table, measure)
        else:
            self.differences.show_result(evaluation, measure)

    def _build(self) -> None:
        if self._built:
            return
        for page in (self.findings, self.cases, self.differences, self.whole_films):
            page.build()
        self._built = True

    def _show_progress(self) -> None:
        self._state.setText(self._progress + (", paused" if self._hold.isChecked() else ""))

    def _tell_start(self) -> None:
        chosen = self.form.chosen
        wrong = refusals(chosen)
        self.refuse(wrong)
        if not wrong:
            self.started.emit(chosen)

    def _tell_held(self, held: bool) -> None:
        self._hold.setText("Go on" if held else "Pause")
        if self._hold.isEnabled():
            self._show_progress()
        self.held.emit(held)

    def _ask_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Where is the report to be written?"):
            self.folder_chosen.emit(Path(name))

    def _ask_other(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Results to compare with"):
            self.other_chosen.emit(Path(name))

    def _offer(self, page: int, there: bool) -> None:
        self.pages.setTabEnabled(page, there)
        self.pages.setTabToolTip(page, "" if there else _MISSING[page])

    def _made_pages(self) -> QTabWidget:
        pages = named(QTabWidget(), "Pages", "Ctrl+Tab goes to the next")
        pages.tabBar().setAccessibleName("Pages")
        pages.setDocumentMode(True)
        pages.tabBar().setDrawBase(False)
        each = (
            self.form,
            self.findings,
            self.cases,
            self.readers,
            self.differences,
            self.published,
            self.whole_films,
            self.remarks,
        )
        for page, title in zip(each, _TABS, strict=True):
            pages.addTab(page, title)
        pages.setCornerWidget(self._measure)
        pages.currentChanged.connect(self._show)
        return pages

    def _arrange(self) -> None:
        for page in _MISSING:
            self._offer(page, False)
        controls = QHBoxLayout()
        for widget in (self._start, self._hold, self._end):
            controls.addWidget(widget)
        controls.addStretch(1)
        for widget in (self._other, self._save):
            controls.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 10)
        column.setSpacing(7)
        column.addLayout(controls)
        column.addWidget(self._bar)
        column.addWidget(self._state)
        column.addWidget(self.pages, 1)
        note = named(QLabel("research use only"), "Notice")
        note.setProperty("warning", True)
        column.addWidget(note, 0, Qt.AlignmentFlag.AlignRight)


_MISSING = {
    _FINDINGS: "Nothing is scored yet; press Start",
    _CASES: "Nothing is scored yet; press Start",
    _READERS: "There is a single reader, who cannot be compared with others",
    _DIFFERENCES: "There are differences with two readers, a benchmark, or another run to compare with",
    _PUBLISHED: "Nothing is known to be published on these data by this protocol",
    _WHOLE: "Findings of whole films need a table of labels; give one under Set-up",
    _REMARKS: "There is nothing to remark",
}


def _button(title: str, tip: str, clicked: object) -> QPushButton:
    button = named(QPushButton(title), title.removesuffix("…"), tip)
    button.setToolTip(tip)
    button.clicked.connect(clicked)
    return button
