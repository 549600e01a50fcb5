"""Somebody who reads a study blinded, somebody who does not, and everything that either could want to open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QWidget,
)

from afloc_core.annotations.store import open_review
from afloc_core.localization.pipelines import Pipeline
from app.models.preferences import Preferences
from app.models.reading import Stage
from app.session import Session, assemble
from app.views.theme import apply_theme
from tests.app.conftest import write_film
from tests.app.fakes import FakeLocalizer
from tests.e2e.test_marks_of_readers import document, write_marks
from tests.study.studies import STUDY, write_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


class Reader:
    """A window, its model, and everything that somebody could want to open in it."""

    def __init__(self, session: Session, model: FakeLocalizer, folder: Path) -> None:
        self.session, self.model = session, model
        self.film = write_film(folder / "Roe_Richard.png")
        write_marks(folder / "marks.json", document("Roe_Richard.png", *(f"Doe_Jane_{n}.png" for n in range(1, 4))))
        self.marks = folder / "marks.json"
        self.review = folder / "kept.afreview"
        with open_review(self.review) as review:
            review.save_view({"phrase": "effusion"})

    def settle(self, qtbot: QtBot) -> None:
        """Wait until nothing is on its way."""
        session = self.session
        qtbot.wait(30)
        qtbot.waitUntil(lambda: not (session.controller.case_files.busy or session.controller.opening))
        qtbot.waitUntil(lambda: not session.controller.studying.busy)

    def revealed(self) -> list[str]:
        """Return what is seen, or was asked for, that a blinded reader must not see."""
        state, window = self.session.state, self.session.window
        shown = {
            "the model was asked": self.model.asked,
            "a map": state.review.picture,
            "a map is on its way": state.review.pending,
            "maps of kept phrases": [text for text in state.phrases.texts if state.phrases.picture(text)],
            "the map of a word": state.phrases.word,
            "a difference of maps": state.phrases.difference,
            "marks": state.case.marks,
            "readers": state.case.readers,
            "figures of agreement": state.agreement.result.pairs,
            "a list of cases": list(state.cases.files) if self.session.controller.shown.files else [],
            "names": names_on(window),
        }
        return [what for what, value in shown.items() if value]


def names_on(window: QWidget) -> list[str]:
    """Return names of files and readers in any text of any widget, seen or not."""
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        texts = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.windowTitle()]
        texts += [widget.text()] if isinstance(widget, (QLabel, QLineEdit, QAbstractButton)) else []
        found += [text for text in texts if any(name in text for name in ("Doe", "Roe", "Anna", "Boris"))]
    return found + [action.text() for action in window.actions() if "Doe" in action.text() or "Roe" in action.text()]


@pytest.fixture
def answers_nothing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have every dialog dismissed at once, and return which were asked."""
    asked: list[str] = []

    def dismissed(name: str, value: object) -> Callable[..., object]:
        def dialog(*_: object, **__: object) -> object:
            asked.append(name)
            return value

        return dialog

    for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, dismissed(name, ("", "")))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", dismissed("getExistingDirectory", ""))
    monkeypatch.setattr(QFileDialog, "exec", dismissed("exec", 0))
    monkeypatch.setattr(QInputDialog, "getText", dismissed("getText", ("", False)))
    monkeypatch.setattr(QMessageBox, "exec", dismissed("message", 0))
    return asked


@pytest.fixture
def make_reader(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[], Reader]]:
    """Return a function that makes a window in which nothing is open."""
    made: list[Reader] = []
    apply_theme(qapp)

    def make_one() -> Reader:
        model = FakeLocalizer()
        session = assemble(lambda: model, Preferences(None))
        qtbot.addWidget(session.window)
        session.window.resize(1200, 800)
        session.window.show()
        session.window.canvas.setFocus()
        made.append(Reader(session, model, tmp_path))
        return made[-1]

    yield make_one
    for reader in made:
        reader.session.window.close()
    assert all(reader.session.controller.ended for reader in made)


@pytest.fixture
def blinded(make_reader: Callable[[], Reader], tmp_path: Path, qtbot: QtBot) -> Reader:
    """Return a reader at the film of an unaided step."""
    reader = make_reader()
    session = reader.session
    study = write_study(tmp_path / "study", STUDY)
    session.controller.studying.start(study, "R7")
    session.controller.start((), "effusion", Pipeline.ALIGNED, sample=False)
    reading = session.controller.studying.reading
    qtbot.waitUntil(lambda: reading.opened is not None)
    QTest.keyClick(session.window.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: reading.stage is Stage.READING)
    qtbot.waitUntil(lambda: session.state.review.identity is not None)
    reader.settle(qtbot)
    return reader


@pytest.fixture
def unblinded(make_reader: Callable[[], Reader], qtbot: QtBot) -> Reader:
    """Return somebody at a film who is not blinded."""
    reader = make_reader()
    reader.session.controller.start((reader.film,), "", Pipeline.ALIGNED)
    qtbot.waitUntil(lambda: reader.session.state.review.film is not None)
    qtbot.waitUntil(lambda: reader.session.state.review.identity is not None)
    return reader
