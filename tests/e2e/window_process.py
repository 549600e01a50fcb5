"""A window in a process of its own, to be killed: says on standard output what is on its screen.

``python -m tests.e2e.window_process watch [ARGUMENTS]`` prints the screen as JSON whenever it changed;
``arrange`` first makes everything other than it is by default, once marks are shown, and ``look`` does so without any;
``mark`` adds one mark after the other; ``draw`` draws two boxes and names them; ``close`` closes the window once marks
are shown and saved.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest

import app.session as session_module
from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Box
from app import application
from app.models.compare_mode import CompareMode
from tests.app.fakes import FakeLocalizer

if TYPE_CHECKING:
    from app.session import Session


def screen(session: Session) -> dict[str, object]:
    """Return what is on screen, in JSON values."""
    state, film = session.state, session.controller.shown.current
    camera = state.camera.view
    return {
        "film": "" if film is None else film.name,
        "sample": session.controller.sample_shown,
        "phrase": state.review.phrase,
        "kept phrases": list(state.phrases.texts),
        "finding": state.case.finding,
        "readers": [[one.name, one.colour, one.visible] for one in state.case.readers],
        "marks": len(state.case.marks),
        "mode": state.comparison.mode.value,
        "window": [state.viewing.window.center, state.viewing.window.width, state.viewing.inverted],
        "camera": [camera.scale, *camera.centre],
        "said": session.window.message_bar.text,
    }


class Hand(QObject):
    """Does to a window what the process was asked to."""

    def __init__(self, session: Session, task: str) -> None:
        super().__init__(session.window)
        self._session = session
        self._task = task
        self._told = ""
        self._added = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(20)

    def _look(self) -> None:
        session = self._session
        if session.state.review.film is None or session.controller.opening:
            return
        if self._task == "arrange" and session.state.case.marks and not session.controller.case_files.busy:
            self._task = "watch"
            self._arrange()
        if self._task == "look":
            self._task = "watch"
            self._arrange()
        if self._task == "mark" and session.controller.case_files.marks.image is not None:
            self._mark()
        if self._task == "draw" and not session.controller.case_files.busy:
            self._task = "watch"
            self._draw()
        if self._task == "close" and session.state.case.marks and not session.controller.case_files.busy:
            session.window.close()
            return
        now = json.dumps(screen(session))
        if now != self._told:
            self._told = now
            sys.stdout.write(f"{now}\n")
            sys.stdout.flush()

    def _arrange(self) -> None:
        state = self._session.state
        self._session.window.phrase_bar.set_text("left effusion")
        state.phrases.pin("nodule")
        state.case.look_for("nodule")
        state.case.set_visible("Boris", False)
        state.comparison.set_mode(CompareMode.SIDE_BY_SIDE)
        state.viewing.adjust(0.1, 0.5)
        state.camera.look(2.5, (100, 120))

    def _draw(self) -> None:
        canvas = self._session.window.canvas
        QTest.keyClick(canvas, Qt.Key.Key_B)
        for x, key in ((200, Qt.Key.Key_M), (400, Qt.Key.Key_N)):
            start, end = QPoint(x, 200), QPoint(x + 80, 300)
            QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
            QTest.mouseMove(canvas, end)
            QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)
            QTest.keyClick(canvas, key)

    def _mark(self) -> None:
        shown = sum(mark.reader == "Dora" for mark in self._session.state.case.marks)
        if shown >= self._added:  # what an earlier process added may be shown at once, or come later
            self._added = shown + 1
            image = self._session.controller.case_files.marks.image
            mark = Mark(image.key if image else "", Box(self._added, 5, 20, 20), "mass", "Dora")
            self._session.controller.case_files.review.change(lambda review, _by: review.add(mark, "Dora"))
            self._session.controller.case_files.marks.show()


def main() -> int:
    """Run the application with a hand on it."""
    assemble, run = session_module.assemble, session_module.run
    task = sys.argv.pop(1)

    def watched(*arguments: object, **options: object) -> Session:
        made: Session = assemble(*arguments, **options)  # type: ignore[arg-type]
        Hand(made, task)
        return made

    session_module.assemble = watched
    session_module.run = lambda arguments: run(arguments, FakeLocalizer)  # type: ignore[assignment]
    return application.main()


if __name__ == "__main__":
    sys.exit(main())
