"""Sitting down at a study in a real window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from afloc_core.localization.pipelines import Pipeline
from afloc_core.study.cases import reference_truth
from afloc_core.study.events import Answer
from afloc_core.study.record import open_record
from afloc_core.study.results import ReadingRow, results
from app.models.preferences import Preferences
from app.models.reading import Stage
from app.session import Session, assemble
from app.views.theme import apply_theme
from tests.app.fakes import FakeLocalizer
from tests.study.studies import STUDY, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from app.services.localisation import LocalizerLike

_K = Qt.Key


class Sit(Protocol):
    """Sits down at a study."""

    def __call__(
        self, study: Path, load: Callable[[], LocalizerLike] = FakeLocalizer, *, wait: bool = True
    ) -> Session: ...


@pytest.fixture
def sit(qtbot: QtBot, qapp: QApplication) -> Iterator[Sit]:
    """Return a function that opens a study in a window, up to its welcome."""
    sessions: list[Session] = []
    apply_theme(qapp)

    def sit_down(study: Path, load: Callable[[], LocalizerLike] = FakeLocalizer, *, wait: bool = True) -> Session:
        session = assemble(load, Preferences(None))
        sessions.append(session)
        qtbot.addWidget(session.window)
        session.window.resize(1200, 800)
        session.window.show()
        session.window.canvas.setFocus()
        session.controller.studying.start(study, "Anna")
        session.controller.start((), "", Pipeline.ALIGNED, sample=False)
        if wait:
            qtbot.waitUntil(lambda: session.controller.studying.reading.opened is not None)
        return session

    yield sit_down
    for session in sessions:
        session.window.close()
    assert all(session.controller.ended for session in sessions)


def press(session: Session, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press keys without waiting for anything in between."""
    for key in keys:
        QTest.keyClick(session.window.canvas, key, modifier)


def begin(session: Session, qtbot: QtBot) -> None:
    """Go to the first case."""
    press(session, _K.Key_Return)
    reading = session.controller.studying.reading
    qtbot.waitUntil(lambda: reading.stage is Stage.READING and not session.controller.studying.busy)


def readings(study: Path) -> tuple[ReadingRow, ...]:
    """Return the table of readings as it is now."""
    with open_record(study) as record:
        return results(record, reference_truth(record.study, record.cases, None)).readings


CROSSOVER = STUDY.replace("seed = 7", 'seed = 7\ndesign = "crossover"\nrepeat = true')


def read_first_period(study: Path) -> None:
    """Read all cases once, in the arms of the first period."""
    with open_record(study) as record:
        reader = Reader(record, "Anna")
        for _ in range(3):
            reader.read(10, lambda *_: Answer(True, 3))
