"""A cohort scored off the main thread: begun, held, ended, gone on with, compared, drawn, and its report written."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from afloc_core.errors import AFLocError, MarkError
from app.models.cohort_rows import NO_ROWS, CohortTable
from app.models.cohort_setup import Beside, CohortSetup, Refusal, Scored
from app.services.cohort_gathering import Gathered, RefusedError, gather, model_of
from app.services.ordered_worker import OrderedWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from afloc_core.annotations.marks import Document
    from afloc_core.cohort.conduct import Setup
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.report.pictures import CasePicture

    Pictures = tuple[Sequence[CasePicture], Sequence[CasePicture]]

_TELL_S = 0.1
_NOTHING = "Nothing could be scored: no case was read by two readers."


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is scored.

    Attributes
    ----------
    document : Document
        All marks of the review.
    files : sequence of str
        The cases.
    chosen : CohortSetup
    localizer : Localizer or None
        The model of the window, where it is scored.
    shown : RunResult or None
        The run to compare with, for `Beside.SHOWN`.
    """

    document: Document
    files: Sequence[str]
    chosen: CohortSetup
    localizer: Any
    shown: RunResult | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came of a run.

    Attributes
    ----------
    evaluation : Evaluation or None
        None when it was ended; the next run of the same goes on where it was.
    setup : Setup
    files : dict of image key to str
        Where each image that was scored is.
    chosen : CohortSetup
    table : CohortTable
        The main rows as numbers.
    refusal : str
        Why there is no comparison though one was asked for; empty where all is well.
    """

    evaluation: Evaluation | None
    setup: Setup
    files: dict[str, str]
    chosen: CohortSetup
    table: CohortTable = NO_ROWS
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class DrawnCases:
    """The best and the worst cases of a run as pictures."""

    setup: Setup
    best: Sequence[CasePicture]
    worst: Sequence[CasePicture]


class CohortRun(QObject):
    """Runs one evaluation after the other.

    Parameters
    ----------
    folder : Path
        Where films that are done are noted until a run is complete; made when needed, readable by nobody else.

    Signals
    -------
    progressed(int, int)
        So many cases are done, of so many; at most ten times a second.
    labelled(int, int)
        The same for the films of a table of labels, which come first.
    finished(object)
        A `RunResult`.
    refused(object)
        A `Refusal`: nothing was run.
    drawn(object)
        `DrawnCases`.
    written()
        The report is there.
    failed(str)
    """

    progressed = Signal(int, int)
    labelled = Signal(int, int)
    finished = Signal(object)
    refused = Signal(object)
    drawn = Signal(object)
    written = Signal()
    failed = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._worker = OrderedWorker("cohort", parent=self)
        self._condition = threading.Condition()
        self._held = self._ended = self._stopped = False
        self._told = 0.0
        self._model: tuple[object, Any] = (None, None)
        self._pictures: DrawnCases | None = None

    @property
    def folder(self) -> Path:
        """Where runs that were ended are noted."""
        return self._folder

    @property
    def running(self) -> bool:
        """Whether something is being scored, drawn or written."""
        return self._worker.unanswered > 0

    def prepare(self) -> None:
        """Take back holding and ending: both can be asked for from now on, before the marks are there to `start`."""
        self._held = self._ended = False

    def start(self, request: RunRequest) -> None:
        """Score, or go on with a run of the same that was ended."""
        self._worker.submit(lambda: self._run(request), self._tell, self.failed.emit)

    def hold(self, held: bool) -> None:
        """Begin no further case for now, or go on."""
        with self._condition:
            self._held = held
            self._condition.notify()

    def end(self) -> None:
        """End the run after the cases that were begun; what was found is kept."""
        with self._condition:
            self._ended = True
            self._condition.notify()

    def compare(self, result: RunResult, folder: Path) -> None:
        """Compare a run that is done with results in a folder; it is finished a second time, with the comparison."""
        self._worker.submit(lambda: _compared(result, folder), self.finished.emit, self.failed.emit)

    def draw(self, result: RunResult) -> None:
        """Draw the best and the worst cases of a run."""
        self._worker.submit(lambda: self._drawn(result), self.drawn.emit, self.failed.emit)

    def write(self, result: RunResult, folder: Path) -> None:
        """Write the tables and the report of a run into a folder."""
        self._worker.submit(lambda: self._write(result, folder), lambda _none: self.written.emit(), self.failed.emit)

    def stop(self, timeout: float) -> bool:
        """End everything and say whether that took no longer than ``timeout`` seconds."""
        self._stopped = True
        self.end()
        return self._worker.stop(timeout)

    def _tell(self, answer: RunResult | Refusal) -> None:
        (self.refused if isinstance(answer, Refusal) else self.finished).emit(answer)

    # What follows runs on the worker.

    def _run(self, request: RunRequest) -> RunResult | Refusal:
        chosen = request.chosen
        try:
            localizer = self._localizer(chosen) if chosen.scored is Scored.FOLDER else request.localizer
            gathered = gather(request.document, request.files, chosen, localizer, self._folder)
        except RefusedError as error:
            return error.refusal
        result = self._conducted(gathered, chosen)
        if result.evaluation is None:
            return result
        if chosen.beside is Beside.FOLDER:
            return _compared(result, Path(chosen.beside_folder))
        if chosen.beside is Beside.SHOWN and request.shown is not None:
            return self._beside(result, request.shown)
        return result

    def _conducted(self, gathered: Gathered, chosen: CohortSetup) -> RunResult:
        from afloc_core.cohort.conduct import conduct, conduct_labels, forget
        from afloc_core.cohort.problems import Problems

        setup = gathered.setup
        files = {film.image.key: str(film.file) for film in setup.cohort.films if film.file is not None}
        told = None
        if gathered.labelled:
            told = conduct_labels(setup, gathered.labelled, gathered.prompts, None, self._progress(self.labelled.emit))
            if told is None:
                return RunResult(None, setup, files, chosen)
        evaluation = conduct(setup, None, self._progress(self.progressed.emit))
        if evaluation is None:
            return RunResult(None, setup, files, chosen)
        forget(setup)
        with suppress(OSError):
            setup.output.rmdir()
        if told is not None:
            evaluation = replace(evaluation, zero_shot=told[0], problems=Problems(chain(evaluation.problems, told[1])))
        evaluation = replace(evaluation, data_set=chosen.data_set)
        rows = evaluation.main_rows
        if not rows:
            gravest = evaluation.problems.gravest
            raise MarkError(_NOTHING if gravest is None else f"Nothing could be scored: {gravest.sentence}")
        return RunResult(evaluation, setup, files, chosen, CohortTable.of(rows))

    def _localizer(self, chosen: CohortSetup) -> Any:  # noqa: ANN401
        """Return the model of a folder, loaded once, and again when its files have changed."""
        place = (chosen.model, _stamps(Path(chosen.model)))
        if self._model[0] != place:
            self._model = (place, model_of(chosen))
        return self._model[1]

    def _beside(self, result: RunResult, shown: RunResult) -> RunResult:
        """Compare with a run of this window, by way of its tables as any other."""
        from afloc_core.cohort.writing import could_not_write, write_tables

        assert shown.evaluation is not None
        try:
            with TemporaryDirectory(dir=self._folder) as folder:
                write_tables(shown.evaluation, Path(folder))
                return _compared(result, Path(folder))
        except OSError as error:
            return replace(result, refusal=str(could_not_write(error)))
        except AFLocError as error:
            return replace(result, refusal=str(error))

    def _progress(self, tell: Callable[[int, int], object]) -> Callable[[int, int], bool]:
        def progress(done: int, total: int) -> bool:
            now = time.monotonic()
            if now - self._told > _TELL_S or done == total:
                self._told = now
                tell(done, total)
            with self._condition:
                self._condition.wait_for(lambda: self._ended or not self._held)
                return not self._ended

        return progress

    def _drawn(self, result: RunResult) -> DrawnCases:
        from afloc_core.cohort.report.pictures import case_pictures

        assert result.evaluation is not None
        if self._pictures is None or self._pictures.setup is not result.setup:
            best, worst = case_pictures(result.evaluation, result.setup, lambda: not self._stopped)
            self._pictures = DrawnCases(result.setup, best, worst)
        return self._pictures

    def _write(self, result: RunResult, folder: Path) -> None:
        from afloc_core.cohort.report import write_report
        from afloc_core.cohort.writing import could_not_write, write_tables

        assert result.evaluation is not None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise could_not_write(error) from None
        films = result.setup.cohort.films
        chosen = result.chosen
        paths = {film.image.key: film.file for film in films if film.file} if chosen.with_paths else {}
        write_tables(result.evaluation, folder, paths)
        drawn = self._drawn(result) if chosen.pictures else None
        pictures: Pictures = (drawn.best, drawn.worst) if drawn is not None else ((), ())
        write_report(result.evaluation, folder, pictures, paths)


def _stamps(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Return name, time and size of the files of a folder; nothing where it cannot be read."""
    try:
        told = [(file.name, file.stat()) for file in folder.iterdir()]
    except OSError:
        return frozenset()
    return frozenset((name, one.st_mtime_ns, one.st_size) for name, one in told)


def _compared(result: RunResult, folder: Path) -> RunResult:
    """Return a run with a comparison; one that cannot be made takes nothing from it but is said."""
    from afloc_core.cohort.comparison import compare_runs

    assert result.evaluation is not None
    try:
        comparison = compare_runs(result.evaluation, folder)
    except AFLocError as error:
        return replace(result, refusal=str(error))
    return replace(result, evaluation=replace(result.evaluation, comparison=comparison), refusal="")
