"""Reading a study in the window: what is shown when, what is kept, and how the reader goes on."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from afloc_core.study.events import Answer, EventKind, answers_json
from afloc_core.study.study_file import MapShown
from afloc_core.version import __version__
from app.models import view_state
from app.models.folder import FileSequence
from app.models.reading import Reading, Stage
from app.models.review import ModelState
from app.services.study_keeping import StudyKeeping
from app.study_files import StudyFiles
from app.study_noting import StudyNoting
from app.study_seen import StudySeen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from app.controller import Controller
    from app.models.reading import OpenedStudy
    from app.models.state import State
    from app.views.main_window import MainWindow

_TOPIC = "study"
_STOP_SECONDS = 2.0
_SOON_MS = 15
_VIEW = ("camera", "window", "heatmap")


class Studying(QObject):
    """Leads a reader through a study.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller

    Signals
    -------
    settled()
        What was done last is kept and on screen; see `busy`.
    """

    settled = Signal()

    def __init__(self, state: State, window: MainWindow, controller: Controller) -> None:
        super().__init__(window)
        self._state, self._window, self._controller = state, window, controller
        self.reading = Reading(self)
        self._keeping = StudyKeeping(self)
        self._files = StudyFiles(window, controller, self)
        self._seen: StudySeen | None = None
        self._submitting = self._held = self._begin_wanted = self._awaits_film = False
        self._wanted: deque[Callable[[], None]] = deque()
        self._period = 0
        self._ended = True
        self._noting = StudyNoting(state, window, controller, self.reading, self._keeping, self._keep)
        self._keeping.failed.connect(self._complain)
        window.actions_by_id["pause-study"].setEnabled(False)
        window.closing.connect(self._close)
        state.review.model_changed.connect(self._begin_if_wanted)

    @property
    def ended(self) -> bool:
        """Whether the workers had ended when the window was closed."""
        return self._ended

    @property
    def busy(self) -> bool:
        """Whether something is being kept."""
        return self._keeping.busy

    @property
    def follow_up(self) -> tuple[Path, str] | None:
        """The study, and its reader, to be opened in a new window once this one is closed."""
        return self._files.wanted

    def open(self, place: Path) -> None:
        """Ask who reads, and have the study opened in a window of its own in the place of this one."""
        self._files.open(place)

    def ask_new(self) -> None:
        """Make a study file."""
        self._files.ask_new()

    def ask_results(self) -> None:
        """Sum up a study that was read."""
        self._files.ask_results()

    def start(self, place: Path, reader: str) -> None:
        """Begin to read a study in this window, in which nothing was opened before."""
        state, window = self._state, self._window
        state.blinding.begin()
        self._seen = StudySeen(state, window, self._controller, self.reading)
        self._seen.show()
        if not reader:
            reader = self._files.ask_reader()
        detail = {"program": __version__}
        self._keeping.open(place, reader, detail, self._take, self._miss)

    def toggle_pause(self) -> None:
        """Cover the film so that no time runs, or go on."""
        self._in_order(self._toggle_pause)

    def answer(self, *, present: bool | None = None, confidence: int | None = None) -> None:
        """Answer the chosen finding, or change its answer; it is shown once it is kept."""
        self._in_order(partial(self._answer, present, confidence))

    def choose(self, finding: str) -> None:
        """Have keys answer another finding."""
        self._in_order(partial(self.reading.choose, finding))

    def step_finding(self, by: int) -> None:
        """Answer the next finding, or the one before."""
        self._in_order(partial(self._step_finding, by))

    def submit(self) -> None:
        """Go on: begin, have the answers hold, or go to the next case."""
        self._in_order(self._go_on)

    def _in_order(self, call: Callable[[], None]) -> None:
        """Do what the reader wants, after what they wanted before is kept: keys can be faster than a disk."""
        self._noting.touch()
        self._wanted.append(call)
        self._do_wanted()

    def _do_wanted(self) -> None:
        while self._wanted and not self._held:
            self._wanted.popleft()()

    def _toggle_pause(self) -> None:
        reading = self.reading
        if reading.stage not in (Stage.READING, Stage.LOOKING) or self._submitting:
            return
        paused = not reading.paused
        kind = EventKind.PAUSE if paused else EventKind.RESUME
        self._hold(kind, {}, lambda: reading.pause(paused))

    def _answer(self, present: bool | None, confidence: int | None) -> None:
        reading = self.reading
        if reading.stage is not Stage.READING or reading.paused or self._submitting:
            return
        finding = reading.finding
        answer = reading.with_answer(present=present, confidence=confidence)
        if answer == reading.answers[finding]:
            return
        self._keep_answer(finding, answer)

    def _step_finding(self, by: int) -> None:
        reading = self.reading
        if reading.stage in (Stage.READING, Stage.LOOKING) and not reading.paused:
            findings = reading.study.findings
            reading.choose(findings[(findings.index(reading.finding) + by) % len(findings)])

    def _go_on(self) -> None:
        reading = self.reading
        if reading.opened is None or self._submitting:
            return
        if reading.paused:
            self._toggle_pause()
        elif reading.stage is Stage.WELCOME:
            self._begin_when_ready()
        elif reading.stage is Stage.READING and reading.unanswered:
            reading.choose(reading.unanswered)
            reading.say(f"First answer {reading.unanswered}: present or absent, and how sure you are.")
        elif reading.stage is Stage.READING:
            self._submit_seen()
        elif reading.stage in (Stage.LOOKING, Stage.UNREADABLE):
            self._submit(EventKind.NEXT, self._next_step)
        elif reading.stage in (Stage.BETWEEN, Stage.DONE):
            self._window.close()

    def _submit_seen(self) -> None:
        """Have the answers hold, once the map of each finding was on screen where the arm shows it."""
        reading, review = self.reading, self._state.review
        if reading.map_shown and review.pending and not reading.seen:
            reading.say(f"The map of {reading.finding} is on its way: look at it, then press Enter again.")
        elif (finding := reading.unseen) and review.model_state is ModelState.READY:
            reading.send(finding)
            reading.say(f"First look at the map of {finding}: it is shown now. Then press Enter again.")
        else:
            self._submit_marked()

    def _begin_when_ready(self) -> None:
        """Open the first case, once the model is there if the study shows its map: no time runs for its loading."""
        self._begin_wanted = True
        shows = any(arm.map is not MapShown.HIDDEN for arm in self.reading.study.arms)
        if not shows or self._state.review.model_state is ModelState.READY:
            self._begin_wanted = False
            self._open_case()
        elif self._seen is not None:
            self._seen.wait_for_model(failed=self._state.review.model_state is ModelState.FAILED)

    def _take(self, opened: OpenedStudy) -> None:
        self._noting.start()
        self.reading.changed.connect(self._allow)
        self._controller.film_shown.connect(self._begin_case)
        self._controller.complained.connect(self._miss_film)
        self._controller.marking.take_name(opened.reader.name)
        if self._seen is not None:
            self._seen.connect_to(self)
        self.reading.take(opened)
        self._controller.start_model()
        self.settled.emit()

    def _miss(self, sentence: str) -> None:
        if self._seen is not None:
            self._seen.refuse(sentence)
        self._complain(sentence)

    def _complain(self, sentence: str) -> None:
        self._controller.complain(_TOPIC, sentence)
        self._submitting = self._held = False
        self._wanted.clear()
        self.settled.emit()

    def _open_case(self) -> None:
        reading = self.reading
        opened = reading.opened
        assert opened is not None
        reading.begin(Stage.OPENING)
        sequence = FileSequence((opened.files[reading.step.case],), 0)
        if self._period == reading.step.period:
            self._open_film(sequence)
        else:
            self._period = reading.step.period
            place = opened.marks_place(self._period)
            self._controller.case_files.keep_for_study(place, lambda: self._open_film(sequence), self._miss_marks)

    def _open_film(self, sequence: FileSequence) -> None:
        self._awaits_film = True
        self._controller.open_at(sequence)

    def _miss_marks(self, sentence: str) -> None:
        """Go back to the beginning: nothing is read while what is drawn cannot be kept."""
        self._period = 0
        self.reading.begin(Stage.WELCOME)
        self._complain(sentence)

    def _begin_case(self) -> None:
        self._awaits_film = False
        if self.reading.stage is not Stage.OPENING:
            return
        submitted = self.reading.opened is not None and self.reading.opened.position.submitted
        first = self.reading.opened is not None and self.reading.step.number == self.reading.opened.position.step
        self._begin_step(Stage.LOOKING if submitted and first else Stage.READING)

    def _begin_step(self, stage: Stage) -> None:
        """Let time run: the film of the step is on screen."""
        film = self._state.review.film
        digest = film.radiograph.digest if film is not None else ""
        detail = {"answers": answers_json(self.reading.answers), "digest": digest}
        self._noting.restart()
        self._keep(EventKind.CASE, detail)
        self.reading.begin(stage)

    def _miss_film(self, _sentence: str) -> None:
        if self._awaits_film and not self._controller.opening:  # else it is said of something else
            self._awaits_film = False
            self._keep(EventKind.FAILED, {}, lambda _: self.reading.begin(Stage.UNREADABLE))

    def _keep_answer(self, finding: str, answer: Answer) -> None:
        detail = {"finding": finding, "present": answer.present, "confidence": answer.confidence}
        self._hold(EventKind.ANSWER, detail, lambda: self.reading.answer(finding, answer))

    def _submit_marked(self) -> None:
        """Have the answers hold, once what was drawn before is kept."""
        self._submitting = True
        if self._controller.marking.busy or self._controller.case_files.busy:
            QTimer.singleShot(_SOON_MS, self, self._submit_marked)
        else:
            self._submit(EventKind.SUBMIT, self._answers_hold)

    def _submit(self, kind: EventKind, then: Callable[[], None]) -> None:
        self._submitting = True
        detail: dict[str, object] = {}
        if kind is EventKind.SUBMIT:
            shown = view_state.snapshot(self._state)
            detail["answers"] = answers_json(self.reading.answers)
            detail["view"] = {part: shown[part] for part in _VIEW if part != "heatmap" or self.reading.map_shown}

        def kept(_sequence: int) -> None:
            self._submitting = False
            then()

        self._keep(kind, detail, kept)

    def _answers_hold(self) -> None:
        if self.reading.arm.map is MapShown.AFTER_ANSWER:
            self.reading.begin(Stage.LOOKING)
        else:
            self._next_step()

    def _next_step(self) -> None:
        reading = self.reading
        before, answers, failed = reading.step, reading.answers, reading.stage is Stage.UNREADABLE
        steps = reading.steps
        after = steps[before.number + 1] if before.number + 1 < len(steps) else None
        carried = after is not None and after.case == before.case and after.period == before.period
        if not carried:
            answers = {finding: Answer() for finding in answers}
        self._state.blinding.allow()
        reading.advance(answers, same_case=carried and not failed)
        if reading.stage is Stage.OPENING:
            self._open_case()
        elif reading.stage is Stage.READING:
            self._begin_step(Stage.READING)

    def _hold(self, kind: EventKind, detail: Mapping[str, object], done: Callable[[], None]) -> None:
        """Keep what the reader did, and let nothing they want next be done before."""

        def kept(_sequence: int) -> None:
            self._held = False
            done()
            self._do_wanted()

        self._held = True
        self._keep(kind, detail, kept)

    def _keep(self, kind: EventKind, detail: Mapping[str, object], done: Callable[[int], None] | None = None) -> None:
        step = self.reading.step.number if self.reading.steps and self.reading.stage is not Stage.DONE else None

        def kept(sequence: int) -> None:
            if done is not None:
                done(sequence)
            self.settled.emit()

        self._keeping.log(kind, step, detail, kept)

    def _allow(self) -> None:
        """Let be seen what the arm shows now, before anything else is told."""
        reading = self.reading
        if reading.steps:
            self._state.blinding.allow(map_=reading.map_shown, marks=reading.marks_shown)
        self._window.actions_by_id["pause-study"].setEnabled(reading.stage in (Stage.READING, Stage.LOOKING))
        self._window.set_checked("pause-study", reading.paused)

    def _begin_if_wanted(self) -> None:
        if self._begin_wanted:
            self._begin_when_ready()

    def _close(self) -> None:
        self._noting.stop()
        self._ended = all([self._keeping.stop(_STOP_SECONDS), self._files.stop()])
