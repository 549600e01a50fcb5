"""What happens beside the answers of a study: maps that come on screen, marks that are drawn, a reader who is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from afloc_core.study.events import EventKind
from app.models.reading import Stage
from app.services.study_keeping import mark_detail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.store import StoredMark
    from app.controller import Controller
    from app.models.reading import Reading
    from app.models.state import State
    from app.services.study_keeping import StudyKeeping
    from app.views.main_window import MainWindow

    Keep = Callable[[EventKind, Mapping[str, object]], None]

BEAT_MS = 2000
"""How often a sign of life is kept; so much at most is not counted of a sitting that is cut off."""
_INPUT = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel})


class StudyNoting(QObject):
    """Keeps what it notices.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller
    reading : Reading
    keeping : StudyKeeping
    keep : callable
        Keeps an event of the step that is read.
    """

    def __init__(
        self,
        state: State,
        window: MainWindow,
        controller: Controller,
        reading: Reading,
        keeping: StudyKeeping,
        keep: Keep,
    ) -> None:
        super().__init__(window)
        self._state, self._window, self._controller = state, window, controller
        self._reading, self._keeping, self._keep = reading, keeping, keep
        self._last_input = 0
        self._hidden = not state.overlay.settings.visible
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(lambda: keeping.beat(self._last_input))

    def start(self) -> None:
        """Notice from now on: the study is open."""
        self._beat.start()
        self._state.review.picture_changed.connect(self._note_reveal)
        self._state.overlay.changed.connect(self._note_hiding)
        self._controller.case_files.marks.own_read.connect(self._note_marks)
        for action in self._window.actions_by_id.values():
            action.triggered.connect(self.touch)  # keys that are a command's never reach the window
        if (handle := self._window.windowHandle()) is not None:
            handle.installEventFilter(self)

    def stop(self) -> None:
        """Give no sign of life any more."""
        self._beat.stop()

    def restart(self) -> None:
        """Take the reader to be there from now on: a film came on screen."""
        self._last_input = self._keeping.clock

    def touch(self, *_: object) -> None:
        """Note that the reader is there; if they were not for long, that they were idle."""
        now, reading = self._keeping.clock, self._reading
        if reading.opened is None:
            return
        gap = now - self._last_input
        running = reading.stage is Stage.READING and not reading.paused
        if running and gap > reading.study.idle_seconds * 1e9:
            self._keep(EventKind.IDLE, {"from": self._last_input, "to": now})
        self._last_input = now

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice keys and mouse."""
        if event.type() in _INPUT:
            self.touch()
        return super().eventFilter(watched, event)

    def _note_reveal(self) -> None:
        picture, reading, model = self._state.review.picture, self._reading, self._state.review.identity
        if picture is None or model is None or not reading.map_shown:
            return
        phrase = picture.heatmap.phrase.typed
        reading.reveal(phrase)
        detail = {"finding": reading.finding, "phrase": phrase, "model": f"{model.name} {model.digest}"}
        self._keep(EventKind.REVEAL, detail)

    def _note_hiding(self) -> None:
        hidden = not self._state.overlay.settings.visible
        if hidden != self._hidden:
            self._hidden = hidden
            if self._reading.map_shown:
                self._keep(EventKind.HIDE if hidden else EventKind.SHOW, {})

    def _note_marks(self, kept: tuple[tuple[StoredMark, Mark], ...]) -> None:
        """Keep what became of the reader's marks since the last time, be it that a kill came in between."""
        reading = self._reading
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
