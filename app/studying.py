"""Reading a study in the window: what is shown when, what is kept, and how the reader goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

from afloc_core.study.events import Answer, EventKind, answers_json
from afloc_core.study.study_file import MapShown
from afloc_core.version import __version__
from app.models.folder import FileSequence
from app.models.reading import Reading, Stage
from app.services.study_keeping import StudyKeeping, mark_detail
from app.study_files import StudyFiles
from app.study_seen import StudySeen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.store import StoredMark
    from app.controller import Controller
    from app.models.reading import OpenedStudy
    from app.models.state import State
    from app.services.localisation import LocalisationService
    from app.views.main_window import MainWindow

BEAT_MS = 2000
_TOPIC = "study"
_STOP_SECONDS = 2.0
_SOON_MS = 15
_INPUT = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel})


class Studying(QObject):
    """Leads a reader through a study.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller
    localisation : LocalisationService

    Signals
    -------
    settled()
        What was done last is kept and on screen; see `busy`.
    """

    settled = Signal()

    def __init__(
        self, state: State, window: MainWindow, controller: Controller, localisation: LocalisationService
    ) -> None:
        super().__init__(window)
        self._state, self._window, self._controller = state, window, controller
        self.reading = Reading(self)
        self._keeping = StudyKeeping(self)
        self._files = StudyFiles(window, controller, self)
        self._seen: StudySeen | None = None
        self._last_input = 0
        self._submitting = False
        self._hidden = False
        self._period = 0
        self._ended = True
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(lambda: self._keeping.beat(self._last_input))
        self._keeping.failed.connect(self._complain)
        window.actions_by_id["pause-study"].setEnabled(False)
        window.closing.connect(self._close)
        localisation.ready.connect(self._note_model)
        self._model = ""

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
        reading = self.reading
        if reading.stage not in (Stage.READING, Stage.LOOKING):
            return
        paused = not reading.paused
        kind = EventKind.PAUSE if paused else EventKind.RESUME
        self._keep(kind, {}, lambda _: reading.pause(paused))

    def answer(self, *, present: bool | None = None, confidence: int | None = None) -> None:
        """Answer the chosen finding, or change its answer; it is shown once it is kept."""
        reading = self.reading
        if reading.stage is not Stage.READING or reading.paused or self._submitting:
            return
        finding = reading.finding
        answer = reading.with_answer(present=present, confidence=confidence)
        if answer == reading.answers[finding]:
            return
        self._keep_answer(finding, answer)

    def choose(self, finding: str) -> None:
        """Have keys answer another finding."""
        self._touch()
        self.reading.choose(finding)

    def step_finding(self, by: int) -> None:
        """Answer the next finding, or the one before."""
        reading = self.reading
        if reading.stage in (Stage.READING, Stage.LOOKING) and not reading.paused:
            findings = reading.study.findings
            self.choose(findings[(findings.index(reading.finding) + by) % len(findings)])

    def submit(self) -> None:
        """Go on: begin, have the answers hold, or go to the next case."""
        reading = self.reading
        if reading.opened is None or self._submitting:
            return
        self._touch()
        if reading.paused:
            self.toggle_pause()
        elif reading.stage is Stage.WELCOME:
            self._open_case()
        elif reading.stage is Stage.READING and reading.unanswered:
            reading.choose(reading.unanswered)
            reading.say(f"First answer {reading.unanswered}: present or absent, and how sure you are.")
        elif reading.stage is Stage.READING:
            self._submit_marked()
        elif reading.stage in (Stage.LOOKING, Stage.UNREADABLE):
            self._submit(EventKind.NEXT, self._next_step)
        elif reading.stage is Stage.DONE:
            self._window.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice keys and mouse."""
        if event.type() in _INPUT:
            self._touch()
        return super().eventFilter(watched, event)

    def _take(self, opened: OpenedStudy) -> None:
        self._beat.start()
        self.reading.changed.connect(self._allow)
        self._controller.film_shown.connect(self._begin_case)
        self._controller.complained.connect(self._miss_film)
        self._state.review.picture_changed.connect(self._note_reveal)
        self._state.overlay.changed.connect(self._note_hiding)
        self._controller.case_files.marks.own_read.connect(self._note_marks)
        self._controller.marking.take_name(opened.reader.name)
        if (handle := self._window.windowHandle()) is not None:
            handle.installEventFilter(self)
        if self._seen is not None:
            self._seen.connect_to(self)
        self.reading.take(opened)
        self._hidden = not self._state.overlay.settings.visible
        self.settled.emit()

    def _miss(self, sentence: str) -> None:
        if self._seen is not None:
            self._seen.refuse(sentence)
        self._complain(sentence)

    def _complain(self, sentence: str) -> None:
        self._controller.complain(_TOPIC, sentence)
        self._submitting = False
        self.settled.emit()

    def _open_case(self) -> None:
        reading = self.reading
        opened = reading.opened
        assert opened is not None
        reading.begin(Stage.OPENING)
        sequence = FileSequence((opened.files[reading.step.case],), 0)
        if self._period == reading.step.period:
            self._controller.open_at(sequence)
        else:
            self._period = reading.step.period
            place = opened.marks_place(self._period)
            self._controller.case_files.keep_for_study(place, lambda: self._controller.open_at(sequence))

    def _begin_case(self) -> None:
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
        self._last_input = self._keeping.clock
        self._keep(EventKind.CASE, detail)
        self.reading.begin(stage)

    def _miss_film(self, _sentence: str) -> None:
        if self.reading.stage is Stage.OPENING and not self._controller.opening:
            self._keep(EventKind.FAILED, {}, lambda _: self.reading.begin(Stage.UNREADABLE))

    def _keep_answer(self, finding: str, answer: Answer) -> None:
        detail = {"finding": finding, "present": answer.present, "confidence": answer.confidence}
        self._keep(EventKind.ANSWER, detail, lambda _: self.reading.answer(finding, answer))

    def _submit_marked(self) -> None:
        """Have the answers hold, once what was drawn before is kept."""
        self._submitting = True
        if self._controller.marking.busy or self._controller.case_files.busy:
            QTimer.singleShot(_SOON_MS, self, self._submit_marked)
        else:
            self._submit(EventKind.SUBMIT, self._answers_hold)

    def _submit(self, kind: EventKind, then: Callable[[], None]) -> None:
        self._submitting = True
        detail = {"answers": answers_json(self.reading.answers)} if kind is EventKind.SUBMIT else {}

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

    def _keep(self, kind: EventKind, detail: Mapping[str, object], done: Callable[[int], None] | None = None) -> None:
        step = self.reading.step.number if self.reading.steps and self.reading.stage is not Stage.DONE else None

        def kept(sequence: int) -> None:
            if done is not None:
                done(sequence)
            self.settled.emit()

        self._keeping.log(kind, step, detail, kept)

    def _touch(self) -> None:
        """Note that the reader is there; if they were not for long, that they were idle."""
        now, reading = self._keeping.clock, self.reading
        if reading.opened is None:
            return
        gap = now - self._last_input
        running = reading.stage is Stage.READING and not reading.paused
        if running and gap > reading.study.idle_seconds * 1e9:
            self._keep(EventKind.IDLE, {"from": self._last_input, "to": now})
        self._last_input = now

    def _allow(self) -> None:
        """Let be seen what the arm shows now, before anything else is told."""
        reading = self.reading
        if reading.steps:
            self._state.blinding.allow(map_=reading.map_shown, marks=reading.marks_shown)
        self._window.actions_by_id["pause-study"].setEnabled(reading.stage in (Stage.READING, Stage.LOOKING))
        self._window.set_checked("pause-study", reading.paused)

    def _note_reveal(self) -> None:
        picture, reading = self._state.review.picture, self.reading
        if picture is None or not reading.map_shown:
            return
        detail = {"finding": reading.finding, "phrase": picture.heatmap.phrase.typed, "model": self._model}
        self._keep(EventKind.REVEAL, detail)

    def _note_marks(self, kept: tuple[tuple[StoredMark, Mark], ...]) -> None:
        """Keep what became of the reader's marks since the last time, be it that a kill came in between."""
        reading = self.reading
        if reading.stage not in (Stage.READING, Stage.LOOKING) or reading.opened is None:
            return
        place = (reading.step.case, reading.step.period)
        before = reading.opened.drawn.setdefault(place, {})
        now = {str(stored.id): mark_detail(mark) for stored, mark in kept}
        for number in {**before, **now}:
            mark, known = now.get(number), before.get(number)
            if mark is None:
                self._keep(EventKind.MARK, {"id": number, "change": "remove", "mark": None})
            elif known is None or any(known[key] != value for key, value in mark.items()):
                change = "add" if known is None else "change"
                self._keep(EventKind.MARK, {"id": number, "change": change, "mark": mark})
        reading.opened.drawn[place] = now

    def _note_hiding(self) -> None:
        hidden = not self._state.overlay.settings.visible
        if hidden != self._hidden:
            self._hidden = hidden
            if self.reading.map_shown:
                self._keep(EventKind.HIDE if hidden else EventKind.SHOW, {})

    def _note_model(self, identity: object) -> None:
        self._model = f"{getattr(identity, 'name', '')} {getattr(identity, 'digest', '')}".strip()

    def _close(self) -> None:
        self._beat.stop()
        self._ended = all([self._keeping.stop(_STOP_SECONDS), self._files.stop()])
