"""The cohort in the window: the cases of the list scored with the marks of the review, and looked at one by one."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.models.folder import FileSequence
from app.services.cohort_run import CohortRun, RunRequest

if TYPE_CHECKING:
    from afloc_core.annotations.marks import Document
    from afloc_core.cohort.evaluation import Evaluation
    from app.controller import Controller
    from app.models.state import State
    from app.services.cohort_run import RunResult
    from app.services.localisation import LocalisationService
    from app.views.cohort_window import CohortWindow
    from app.views.main_window import MainWindow

_TOPIC = "cohort"
_END_S = 2.0
_NO_REVIEW = "There are no marks to score: open marks with Ctrl+M, or a review with Ctrl+R."
_ENDED = "The run was ended; Start goes on with the cases that are left."
_WRITTEN = "The tables and the report are written."
_NOT_LISTED = "This case is not in the list of the window any more; open its folder or table again."
_MAP = "The model was asked “{}” here."


class CohortViewing(QObject):
    """Runs an evaluation and shows it.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller
    localisation : LocalisationService
    folder : Path or None
        Where films that are done are noted until a run is complete; None for a folder that goes with the window.
    """

    def __init__(
        self,
        state: State,
        window: MainWindow,
        controller: Controller,
        localisation: LocalisationService,
        folder: Path | None,
    ) -> None:
        super().__init__(window)
        self._state = state
        self._window = window
        self._controller = controller
        self._localisation = localisation
        self._passing = folder is None
        self._folder = folder or Path(tempfile.gettempdir()) / f"afloc-cohort-{secrets.token_hex(8)}"
        self._run = CohortRun(self._folder, self)
        self._view: CohortWindow | None = None
        self._result: RunResult | None = None
        self._ended = True
        window.closing.connect(self._close)
        state.blinding.changed.connect(self._hide_from_study)

    @property
    def ended(self) -> bool:
        """Whether the thread had ended when the window was closed."""
        return self._ended

    @property
    def view(self) -> CohortWindow | None:
        """The window of the cohort, once it was shown."""
        return self._view

    @property
    def run(self) -> CohortRun:
        """What scores, off this thread."""
        return self._run

    @property
    def result(self) -> RunResult | None:
        """The run that is shown."""
        return self._result

    def show_window(self) -> None:
        """Show the cohort; nothing is run before it is asked for."""
        if not self._state.blinding.files_allowed:
            return
        if self._view is None:
            self._view = self._made()
        self._view.show_model(self._localisation.localizer is not None)
        self._view.plots.build()
        self._view.show()
        self._view.raise_()
        self._view.activateWindow()

    def _made(self) -> CohortWindow:
        from app.views.cohort_window import CohortWindow  # nobody waits for it when the program starts

        view = CohortWindow(self._window)
        view.started.connect(self._start)
        view.held.connect(self._run.hold)
        view.ended.connect(self._run.end)
        view.case_chosen.connect(self._open)
        view.folder_chosen.connect(self._write)
        self._run.progressed.connect(view.show_progress)
        self._run.finished.connect(self._take)
        self._run.failed.connect(self._fail)
        self._run.written.connect(partial(self._rest, _WRITTEN))
        self._state.review.model_changed.connect(lambda: view.show_model(self._localisation.localizer is not None))
        return view

    def _start(self, protocol: str, with_model: bool) -> None:
        keeping = self._controller.case_files.review
        if not keeping.address:
            self._rest(_NO_REVIEW)
            return
        self._run.prepare()
        columns = self._state.cases.columns
        localizer = self._localisation.localizer if with_model else None

        def run(document: Document) -> None:
            self._run.start(RunRequest(document, columns.manifest.paths.tolist(), protocol, localizer))

        if self._view is not None:
            self._view.show_running(True)
            self._view.show_state("Looking for the films of the marks…")
        keeping.change(lambda review, _by: review.document(), run, self._fail)

    def _take(self, result: RunResult) -> None:
        if result.evaluation is None:
            self._rest(_ENDED)
            return
        self._result = result
        self._show(result.evaluation)

    def _show(self, evaluation: Evaluation) -> None:
        view, rows = self._view, evaluation.main_rows
        if view is None:
            return
        ranges = {one.finding: one for one in evaluation.ranges if one.measure == "iou"}
        humans = {name: (one.lowest, one.highest) for name, one in ranges.items()}
        findings = evaluation.summary.findings
        view.rows.show(rows, self._title)
        view.plots.show_rows(rows, {name: measures["iou"] for name, measures in findings.items()}, humans)
        standings = {name: str(one.standing) for name, one in ranges.items()}
        view.show_findings(findings, standings, evaluation.summary.overall)
        protocol = evaluation.rules.protocol
        who = "the readers with each other" if evaluation.model is None else evaluation.model.name
        said = f"{len(rows):,} rows of {evaluation.scored:,} cases; {who}, {protocol.name}: {protocol.title}."
        if evaluation.problems:
            said += f" {len(evaluation.problems):,} remarks, {evaluation.losses:,} of them on marks that took no part."
        self._rest(said)

    def _title(self, image: str) -> str:
        """Return what the list calls the case of an image."""
        path = self._result.files.get(image, "") if self._result is not None else ""
        cases = self._state.cases
        if path and (case := cases.of_path(path)) is not None:
            return cases.title(case)
        return "" if cases.names_hidden else Path(image).name

    def _open(self, at: int) -> None:
        """Open the case of a row in the main window, with the phrase that the model was asked."""
        if self._result is None or self._result.evaluation is None or self._view is None:
            return
        row = self._result.evaluation.main_rows[at]
        path, files = Path(self._result.files.get(row.image, "")), self._state.cases.files
        if path not in files:
            self._controller.case_listing.list_all()
            files = self._state.cases.files
        if path not in files:
            self._view.show_state(_NOT_LISTED)
            return
        self._controller.open_at(FileSequence(files, files.index(path)))
        if row.asked:
            self._window.phrase_bar.set_text(row.asked)
            self._view.show_state(_MAP.format(row.asked))

    def _write(self, folder: Path) -> None:
        if self._result is not None and self._view is not None:
            self._view.show_running(True)
            self._view.show_state("Writing the report…")
            self._run.write(self._result, folder)

    def _fail(self, sentence: str) -> None:
        self._rest(sentence)

    def _rest(self, sentence: str) -> None:
        if self._view is not None:
            self._view.show_running(False)
            self._view.show_saving(self._result is not None)
            self._view.show_state(sentence)

    def _hide_from_study(self) -> None:
        """Fold the cohort away when a study begins: it tells what the model and others found."""
        if self._state.blinding.files_allowed:
            return
        self._run.end()
        if self._view is not None:
            self._view.close()

    def _close(self) -> None:
        self._ended = self._run.stop(_END_S)
        if self._view is not None:
            self._view.close()
        if self._passing and self._ended:
            shutil.rmtree(self._folder, ignore_errors=True)
