"""What is seen while a study is read: the panel, the cover, the map and marks that the arm shows, and nothing else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut

from app.actions_study import ANSWER_KEYS
from app.models.reading import Stage
from app.models.review_book import ImageMarks, all_in_film
from app.views.study_cover import StudyCover
from app.views.study_panel import FindingRow, StudyPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.controller import Controller
    from app.models.reading import Reading
    from app.models.state import State
    from app.views.main_window import MainWindow

_TITLE = "Study"
_OPENING = ("Opening the study…", "")
_LOADING = ("The model is loading", "The first case comes by itself; no time runs until then.")
_NO_MODEL = ("The model cannot be loaded", "This study shows its map, so that it cannot be read without it.")
_HOLD = "Your answers hold. This is what the model shows; marks that are changed now do not count."
_PERIOD_READ = "This period is read"
_COME_BACK = (
    "Everything is saved. The next period begins {days:g} days from now: open the study again then, under the same "
    "name. Press Enter to close the window."
)
_NOT_OPENED = "This study cannot be read"


class Answering(Protocol):
    """Who takes what the reader does."""

    def answer(self, *, present: bool | None = None, confidence: int | None = None) -> None: ...  # noqa: D102
    def choose(self, finding: str) -> None: ...  # noqa: D102
    def step_finding(self, by: int) -> None: ...  # noqa: D102
    def submit(self) -> None: ...  # noqa: D102
    def toggle_pause(self) -> None: ...  # noqa: D102


class StudySeen(QObject):
    """Keeps the window to what the blinding allows.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller
    reading : Reading
    """

    def __init__(self, state: State, window: MainWindow, controller: Controller, reading: Reading) -> None:
        super().__init__(window)
        self._state, self._window, self._controller = state, window, controller
        self._reading = reading
        self.panel = StudyPanel()
        self.cover = StudyCover(window.middle)
        window.side.add_section(_TITLE, self.panel)
        window.phrase_bar.fix()
        window.show_recent(())
        self._shortcuts: list[QShortcut] = []
        state.blinding.changed.connect(self._apply)
        state.review.model_changed.connect(self._ask)

    def show(self) -> None:
        """Show that the study is being opened."""
        self._apply()
        self.cover.show_text(*_OPENING)

    def refuse(self, sentence: str) -> None:
        """Show why there is nothing to read."""
        self.cover.show_text(_NOT_OPENED, sentence)

    def wait_for_model(self, *, failed: bool) -> None:
        """Show that the first case waits for the model, or that it will not come."""
        self.cover.show_text(*(_NO_MODEL if failed else _LOADING))

    def connect_to(self, answering: Answering) -> None:
        """Have panel and keys tell somebody what the reader does."""
        panel = self.panel
        panel.present_chosen.connect(lambda finding, present: self._choose_and(answering, finding, present=present))
        panel.confidence_chosen.connect(lambda finding, sure: self._choose_and(answering, finding, confidence=sure))
        panel.finding_chosen.connect(answering.choose)
        panel.submitted.connect(answering.submit)
        panel.paused.connect(answering.toggle_pause)
        keys = ANSWER_KEYS
        self._key(keys.present, lambda: answering.answer(present=True))
        self._key(keys.absent, lambda: answering.answer(present=False))
        for sure, key in enumerate(keys.confidence, start=1):
            self._key(key, partial(answering.answer, confidence=sure))
        for key in keys.submit:
            self._key(key, answering.submit)
        self._key(keys.next_finding, lambda: answering.step_finding(1))
        self._key(keys.previous_finding, lambda: answering.step_finding(-1))
        self._reading.changed.connect(self._show)

    def _key(self, key: str, call: Callable[[], None]) -> None:
        shortcut = QShortcut(QKeySequence(key), self._window)
        shortcut.setAutoRepeat(False)  # a key that is held must not answer the next case too
        shortcut.activated.connect(call)
        self._shortcuts.append(shortcut)

    def _choose_and(
        self, answering: Answering, finding: str, *, present: bool | None = None, confidence: int | None = None
    ) -> None:
        answering.choose(finding)
        answering.answer(present=present, confidence=confidence)

    def _apply(self) -> None:
        """Take away what may not be seen, before anything new is shown."""
        state, window, blinding = self._state, self._window, self._state.blinding
        if not blinding.map_allowed:
            window.phrase_bar.set_text("")
            for text in state.phrases.texts:
                state.phrases.remove(text)
            state.phrases.show_word(None)
            state.review.set_pending(False)
            state.review.show_picture(None)
        else:
            if state.review.picture is None:  # a phrase from before, as of --phrase, was not answered: ask it anew
                window.phrase_bar.set_text("")
            state.overlay.set_visible(True)
        if not blinding.marks_allowed:
            state.case.show([mark for mark in state.case.marks if mark.reader == state.drawing.reader])
            self._controller.agreeing.panel.close_large()
        window.permit(blinding.permits)
        window.side.permit(blinding.permits_panel)
        for part in (window.phrase_bar, window.legend):
            part.setVisible(blinding.map_allowed)
        window.cases.hide()
        self._ask()

    def _ask(self) -> None:
        """Ask for the map of the finding that is answered, where it may be seen."""
        reading = self._reading
        if reading.opened is not None and self._state.blinding.map_allowed and reading.map_shown:
            phrase = reading.study.phrase(reading.finding)
            if phrase != self._state.review.phrase:
                self._window.phrase_bar.set_text(phrase)

    def _show(self) -> None:
        reading = self._reading
        self._ask()
        self._show_marks()
        self._state.drawing.set_finding(reading.finding)
        self.panel.show_place(*_place(reading))
        self.panel.show_findings(
            [
                FindingRow(finding, answer.present, answer.confidence, finding == reading.finding)
                for finding, answer in reading.answers.items()
            ],
            answerable=reading.stage is Stage.READING and not reading.paused,
        )
        self.panel.show_note(_HOLD if reading.stage is Stage.LOOKING else reading.note)
        self.panel.show_next(_next(reading))
        self.panel.show_paused(reading.paused, possible=reading.stage in (Stage.READING, Stage.LOOKING))
        cover = _cover(reading)
        if cover is None:
            self.cover.hide()
        else:
            self.cover.show_text(*cover)
        self._window.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_marks(self) -> None:
        """Show the marks of others where the arm does."""
        reading, film = self._reading, self._state.review.film
        found = ImageMarks()
        if reading.marks_shown and film is not None and reading.opened is not None:
            others = reading.opened.others.get(reading.step.case, ())
            found = all_in_film(others, film.radiograph.shape)
        self._controller.case_files.marks.show_beside(found)


def _place(reading: Reading) -> tuple[str, str, float]:
    """Return which case it is, in which arm, and what share of all is done."""
    if not reading.steps:
        return "", "", 0.0
    number, cases, period = reading.case_place
    done = len(reading.steps) if reading.stage is Stage.DONE else reading.step.number
    arm = reading.step.arm if len(reading.study.arms) > 1 else ""
    if reading.steps[-1].period > 1:
        arm = f"{arm}, period {period}"
    if not reading.study.hide_file_names and reading.opened is not None:
        arm = f"{arm} · {reading.opened.files[reading.step.case].name}"
    return f"Case {number} of {cases}", arm, done / len(reading.steps)


def _next(reading: Reading) -> str:
    if reading.paused:
        return "Go on"
    return {
        Stage.WELCOME: "Begin",
        Stage.OPENING: "",
        Stage.READING: "Next",
        Stage.LOOKING: "Next case",
        Stage.UNREADABLE: "Leave this case out",
        Stage.BETWEEN: "Close",
        Stage.DONE: "Close",
    }[reading.stage]


def _cover(reading: Reading) -> tuple[str, str] | None:
    """Return what is seen in the place of the film; None for the film."""
    if reading.paused:
        return "Paused", "No time runs. Press Enter to go on."
    study = reading.study
    if reading.stage is Stage.WELCOME:
        number, cases, _ = reading.case_place
        begun = reading.step.number > 0 or any(answer.present is not None for answer in reading.answers.values())
        where = f"You go on with case {number} of {cases}." if begun else f"There are {cases} cases."
        return study.title, "\n\n".join(part for part in (study.instructions, where, "Press Enter to begin.") if part)
    if reading.stage is Stage.OPENING:
        return "", ""
    if reading.stage is Stage.UNREADABLE:
        return "This film cannot be opened", "Press Enter to leave it out; that is recorded."
    if reading.stage is Stage.BETWEEN:
        return _PERIOD_READ, _COME_BACK.format(days=study.washout_days)
    if reading.stage is Stage.DONE:
        return "All cases are read", "Thank you. Everything is saved; press Enter to close the window."
    return None
