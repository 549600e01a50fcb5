"""A study in a window of its own process: keys come on standard input, what is on screen goes to standard output.

``python -m tests.e2e.study_process STUDY.toml --reader NAME`` presses each line of standard input as a key, wherever
the keyboard is, and prints the screen as JSON whenever it changed.
"""

from __future__ import annotations

import json
import sys
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

import app.session as session_module
from app import application
from tests.app.fakes import FakeLocalizer

if TYPE_CHECKING:
    from app.session import Session

MODEL = FakeLocalizer()


def screen(session: Session, pressed: int) -> dict[str, object]:
    """Return what is on screen, in JSON values, and how many keys were pressed."""
    state, reading = session.state, session.controller.studying.reading
    labels = {label.accessibleName(): label.text() for label in session.window.findChildren(QLabel)}
    return {
        "case": labels.get("Case", ""),
        "arm": labels.get("Arm", ""),
        "said": labels.get("What is to be done", ""),
        "how": labels.get("How to go on", ""),
        "message": session.window.message_bar.text,
        "stage": reading.stage.value,
        "step": reading.step.number if reading.steps else -1,
        "id": reading.step.case if reading.steps else "",
        "finding": reading.finding,
        "answers": {finding: [answer.present, answer.confidence] for finding, answer in reading.answers.items()},
        "map": state.review.picture is not None,
        "asked": list(MODEL.asked),
        "pressed": pressed,
        "busy": session.controller.studying.busy or session.controller.opening or state.review.pending,
    }


class Keyboard(QObject):
    """Presses what it is told to."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.window)
        self._session = session
        self._told = ""
        self._pressed = 0
        self._keys: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(10)

    def _listen(self) -> None:
        for line in sys.stdin:
            self._keys.put(line.strip())

    def _look(self) -> None:
        try:
            key = self._keys.get_nowait()
        except Empty:
            key = ""
        if key:
            at = QApplication.focusWidget() or self._session.window
            QTest.keyClick(at, QKeySequence(key)[0].key(), QKeySequence(key)[0].keyboardModifiers())
            self._pressed += 1
        now = json.dumps(screen(self._session, self._pressed))
        if now != self._told:
            self._told = now
            sys.stdout.write(f"{now}\n")
            sys.stdout.flush()


def main() -> int:
    """Run the application with a keyboard."""
    assemble, run = session_module.assemble, session_module.run

    def watched(*arguments: object, **options: object) -> Session:
        made: Session = assemble(*arguments, **options)  # type: ignore[arg-type]
        Keyboard(made)
        return made

    session_module.assemble = watched
    session_module.run = lambda arguments: run(arguments, lambda: MODEL)  # type: ignore[assignment]
    return application.main()


if __name__ == "__main__":
    sys.exit(main())
