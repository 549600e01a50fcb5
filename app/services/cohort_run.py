"""A cohort scored off the main thread: begun, held, ended, gone on with, and its report written."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from afloc_core.errors import MarkError
from app.services.ordered_worker import OrderedWorker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afloc_core.annotations.marks import Document
    from afloc_core.cohort.conduct import Setup
    from afloc_core.cohort.evaluation import Evaluation

_TELL_S = 0.1
_ONE_READER = "The marks are of a single reader, who cannot be compared with others; score the model."
_NO_MARKS = "No mark of this review is on a case of the list; open marks, or the films they belong to."
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
    protocol : str
        A name of `afloc_core.cohort.protocols.PROTOCOLS`.
    localizer : Localizer or None
        None compares the readers with each other.
    """

    document: Document
    files: Sequence[str]
    protocol: str
    localizer: Any


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
    """

    evaluation: Evaluation | None
    setup: Setup
    files: dict[str, str]


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
    finished(object)
        A `RunResult`.
    written()
        The report is there.
    failed(str)
    """

    progressed = Signal(int, int)
    finished = Signal(object)
    written = Signal()
    failed = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._worker = OrderedWorker("cohort", parent=self)
        self._condition = threading.Condition()
        self._held = self._ended = False
        self._told = 0.0

    @property
    def folder(self) -> Path:
        """Where runs that were ended are noted."""
        return self._folder

    @property
    def running(self) -> bool:
        """Whether something is being scored or written."""
        return self._worker.unanswered > 0

    def prepare(self) -> None:
        """Take back holding and ending: both can be asked for from now on, before the marks are there to `start`."""
        self._held = self._ended = False

    def start(self, request: RunRequest) -> None:
        """Score, or go on with a run of the same that was ended."""
        self._worker.submit(lambda: self._run(request), self.finished.emit, self.failed.emit)

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

    def write(self, result: RunResult, folder: Path) -> None:
        """Write the tables and the report of a run into a folder."""
        self._worker.submit(lambda: _write(result, folder), lambda _none: self.written.emit(), self.failed.emit)

    def stop(self, timeout: float) -> bool:
        """End everything and say whether that took no longer than ``timeout`` seconds."""
        self.end()
        return self._worker.stop(timeout)

    # What follows runs on the worker.

    def _run(self, request: RunRequest) -> RunResult:
        from afloc_core.cohort.conduct import conduct, forget

        setup = self._setup(request)
        if request.localizer is None and len(setup.cohort.readers) < 2:
            raise MarkError(_ONE_READER)
        if not any(question.marks for film in setup.cohort.films for question in film.questions):
            raise MarkError(_NO_MARKS)
        evaluation = conduct(setup, None, self._progress)
        files = {film.image.key: str(film.file) for film in setup.cohort.films if film.file is not None}
        if evaluation is not None:
            forget(setup)
            if not evaluation.main_rows:
                raise MarkError(next((problem.sentence for problem in evaluation.problems), _NOTHING))
        return RunResult(evaluation, setup, files)

    def _setup(self, request: RunRequest) -> Setup:
        from afloc_core.agreement.consensus import Consensus
        from afloc_core.cohort.cases import make_cohort
        from afloc_core.cohort.conduct import Setup
        from afloc_core.cohort.film_scoring import Rules
        from afloc_core.cohort.pointing import who_points
        from afloc_core.cohort.protocols import PROTOCOLS

        document = request.document
        protocol = PROTOCOLS[request.protocol]
        files = [path for path in map(Path, request.files) if path.is_file()]
        cohort = make_cohort(document, files, phrases_merge=protocol.phrases_merge)
        rules = Rules(protocol, Consensus.MAJORITY, *who_points(document))
        workers = max(1, (os.cpu_count() or 1) - 1)  # the window keeps a processor
        setup = Setup(cohort, rules, request.localizer, document.format, self._folder, workers=workers)
        place = self._folder / setup.identity[:24]
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        return replace(setup, output=place)

    def _progress(self, done: int, total: int) -> bool:
        now = time.monotonic()
        if now - self._told > _TELL_S or done == total:
            self._told = now
            self.progressed.emit(done, total)
        with self._condition:
            self._condition.wait_for(lambda: self._ended or not self._held)
            return not self._ended


def _write(result: RunResult, folder: Path) -> None:
    from afloc_core.cohort.report import write_report
    from afloc_core.cohort.report.pictures import case_pictures
    from afloc_core.cohort.writing import could_not_write, write_tables

    assert result.evaluation is not None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise could_not_write(error) from None
    write_tables(result.evaluation, folder)
    write_report(result.evaluation, folder, case_pictures(result.evaluation, result.setup))
