"""The cohort in the window: the cases of the list scored with the marks of the review, and looked at one by one."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.models.case_picture import CaseShown
from app.models.cohort_rows import number
from app.models.cohort_setup import Field, Refusal, Scored
from app.models.folder import FileSequence
from app.services.cohort_run import CohortRun, RunRequest

if TYPE_CHECKING:
    from afloc_core.annotations.marks import Document
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.report.pictures import CasePicture
    from app.controller import Controller
    from app.models.cohort_setup import CohortSetup
    from app.models.state import State
    from app.services.cohort_run import DrawnCases, RunResult
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
_FINDING = "“{}” was marked here."
_ABOUT = "Orange: what was marked; blue: the map above its threshold. Enter or a click opens the case."
_NO_PICTURES = "None of these films can be opened any more."


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
        self._drawn: DrawnCases | None = None
        self._names_hidden = False
        self._ended = True
        window.closing.connect(self._close)
        state.blinding.changed.connect(self._hide_from_study)
        state.cases.dataChanged.connect(self._call_anew)

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
        self._show_model()
        self._view.build()
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
        view.other_chosen.connect(self._compare)
        self._run.progressed.connect(lambda done, total: view.show_progress(done, total, "cases are done"))
        self._run.labelled.connect(lambda done, total: view.show_progress(done, total, "labelled films are done"))
        self._run.finished.connect(self._take)
        self._run.refused.connect(self._refuse)
        self._run.drawn.connect(self._show_pictures)
        self._run.failed.connect(self._rest)
        self._run.written.connect(partial(self._rest, _WRITTEN))
        self._state.review.model_changed.connect(self._show_model)
        return view

    def _show_model(self) -> None:
        localizer = self._localisation.localizer
        if self._view is not None:
            self._view.show_model("" if localizer is None else localizer.identity.name or "the model of the window")

    def _start(self, chosen: CohortSetup) -> None:
        keeping = self._controller.case_files.review
        if not keeping.address:
            self._rest(_NO_REVIEW)
            return
        self._run.prepare()
        columns = self._state.cases.columns
        localizer = self._localisation.localizer if chosen.scored is Scored.MODEL else None

        def run(document: Document) -> None:
            files = columns.manifest.paths.tolist()
            self._run.start(RunRequest(document, files, chosen, localizer, self._result))

        self._busy("Looking for the films of the marks…", scoring=True)
        keeping.change(lambda review, _by: review.document(), run, self._rest)

    def _take(self, result: RunResult) -> None:
        if result.evaluation is None:
            self._rest(_ENDED)
            return
        again = self._result is not None and self._result.setup is result.setup
        self._result = result
        if self._view is not None:
            self._names_hidden = self._state.cases.names_hidden
            self._view.show_result(result.evaluation, result.table, self._title, names_hidden=self._names_hidden)
        self._rest(_summary(result.evaluation) if not result.refusal else f"Nothing was compared: {result.refusal}")
        if result.refusal and not again and self._view is not None:
            self._view.form.refuse((Refusal(Field.BESIDE, result.refusal),))
        if not again and result.setup.localizer is not None:
            self._run.draw(result)

    def _refuse(self, refusal: Refusal) -> None:
        self._rest("")
        if self._view is not None:
            self._view.refuse((refusal,))

    def _call_anew(self) -> None:
        """Follow the list of cases when it hides names or shows them."""
        hidden = self._state.cases.names_hidden
        if self._view is None or hidden == self._names_hidden:
            return
        self._names_hidden = hidden
        self._view.show_names(self._title, names_hidden=hidden)
        if self._drawn is not None:
            self._show_pictures(self._drawn)

    def _show_pictures(self, drawn: DrawnCases) -> None:
        self._drawn = drawn
        if self._view is None or self._result is None or self._result.setup is not drawn.setup:
            return
        place_of = self._result.table.place_of
        worst, best = (
            tuple(self._pictured(one, place_of(one.row)) for one in some) for some in (drawn.worst, drawn.best)
        )
        self._view.show_pictures(worst, best, _ABOUT if worst or best else _NO_PICTURES)

    def _pictured(self, one: CasePicture, at: int) -> CaseShown:
        row, score = one.row, one.row.score
        caption = f"{row.finding}, IoU {number(score.mean_iou)}\n{self._title(row.image)}, {row.reader}"
        return CaseShown(at, f"{number(score.mean_iou)}  {row.finding}", caption, one.source)

    def _title(self, image: str) -> str:
        """Return what the list calls the case of an image."""
        path = self._result.files.get(image, "") if self._result is not None else ""
        cases = self._state.cases
        if path and (case := cases.of_path(path)) is not None:
            return cases.title(case)
        return "" if cases.names_hidden else Path(image).name

    def _open(self, at: int) -> None:
        """Open the case of a row in the main window, with the phrase that the model was asked, or else its finding."""
        if self._result is None or self._view is None:
            return
        row = self._result.table.rows[at]
        path, files = Path(self._result.files.get(row.image, "")), self._state.cases.files
        if path not in files:
            self._controller.case_listing.list_all()
            files = self._state.cases.files
        if path not in files:
            self._view.show_state(_NOT_LISTED)
            return
        self._controller.open_at(FileSequence(files, files.index(path)))
        phrase = row.asked or row.phrase or row.finding
        self._window.phrase_bar.set_text(phrase)
        self._view.show_state((_MAP if row.asked else _FINDING).format(phrase))

    def _compare(self, folder: Path) -> None:
        if self._result is not None:
            self._busy("Comparing…")
            self._run.compare(self._result, folder)

    def _write(self, folder: Path) -> None:
        if self._result is not None and self._view is not None:
            now = self._view.form.chosen  # what a report shows can be chosen when it is written
            chosen = replace(self._result.chosen, pictures=now.pictures, with_paths=now.with_paths)
            self._busy("Writing the report…")
            self._run.write(replace(self._result, chosen=chosen), folder)

    def _busy(self, sentence: str, *, scoring: bool = False) -> None:
        if self._view is not None:
            self._view.show_running(True, scoring=scoring)
            self._view.show_saving(False)
            self._view.show_state(sentence)

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


def _summary(evaluation: Evaluation) -> str:
    """Say what was scored."""
    from afloc_core.cohort.report.methods import counted  # with what was imported for the run

    rules = evaluation.rules
    who = "the readers with each other" if evaluation.model is None else evaluation.model.name
    way = f" ({rules.maps.words})" if rules.maps.words else ""
    cases = f"{counted(len(evaluation.main_rows), 'row')} of {counted(evaluation.scored, 'case')}"
    said = f"{cases}; {who}{way}, {rules.protocol.name}: {rules.protocol.title}."
    if evaluation.problems:
        said += f" {counted(len(evaluation.problems), 'remark')}, {evaluation.losses:,} on marks that took no part."
    return said
