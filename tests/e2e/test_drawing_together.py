"""Two windows on one review show each other's marks and lose none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from afloc_core.annotations.store import open_review
from app.models.preferences import Preferences
from tests.e2e.test_drawing import (
    CONTROL,
    LEFT,
    at,
    click,
    drag,
    kept,
    press,
    save,
    session,
    turn_to,
)
from tests.e2e.test_marks_of_readers import rest

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

__all__ = ["session"]


def test_two_windows_on_one_review_see_each_other_s_marks(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    place, sessions = tmp_path / "team.afreview", []
    for name in ("Anna", "Boris"):
        preferences = Preferences(None)
        preferences.save_reader(name)
        one = open_window((film_file,), preferences=preferences)
        rest(one, qtbot)
        sessions.append(one)
    anna, boris = sessions
    anna.controller.case_files.save_as(place)
    rest(anna, qtbot)
    boris.controller.case_files.open_review(str(place))
    rest(boris, qtbot)
    turn_to(anna, qtbot)
    press(anna, Qt.Key.Key_B)
    drag(anna, (60, 80), (130, 160))
    press(anna, Qt.Key.Key_M)
    canvas = boris.window.canvas
    turn_to(boris, qtbot)
    press(boris, Qt.Key.Key_B)
    QTest.mousePress(canvas, LEFT, pos=at(boris, (20, 20)))
    QTest.mouseMove(canvas, at(boris, (50, 50)))
    draft = boris.state.drawing.draft
    qtbot.waitUntil(lambda: [mark.reader for mark in boris.state.case.marks] == ["Anna"], timeout=10_000)
    assert boris.state.drawing.draft == draft is not None, "the own drag goes on"
    QTest.mouseMove(canvas, at(boris, (70, 70)))
    QTest.mouseRelease(canvas, LEFT, pos=at(boris, (70, 70)))
    press(boris, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: len(anna.state.case.marks) == 2, timeout=10_000)
    save(boris, qtbot)
    assert sorted(mark.reader for mark in kept(boris)) == ["Anna", "Boris"]
    assert [own.mark.finding for own in anna.state.drawing.own] == ["Mass"]
    for _ in range(3):
        press(boris, Qt.Key.Key_Escape)
    click(boris, (100, 120))
    assert boris.state.drawing.selected is None
    assert boris.state.drawing.other is not None
    before = kept(boris)
    press(boris, Qt.Key.Key_Delete)
    save(boris, qtbot)
    assert kept(boris) == before, "another reader's mark is not changed"
    press(boris, Qt.Key.Key_D, CONTROL)
    save(boris, qtbot)
    copied = kept(boris)[-1]
    assert (copied.reader, copied.finding, copied.shape) == ("Boris", "Mass", before[0].shape)


def test_of_two_windows_of_one_reader_the_later_change_does_not_overwrite_the_one_it_did_not_see(
    open_window: OpenWindow, session: Session, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    place = tmp_path / "mine.afreview"
    session.controller.case_files.save_as(place)
    rest(session, qtbot)
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    save(session, qtbot)
    with open_review(place) as review:
        (stored,) = review.marks(kept(session)[0].image)
        review.change(stored, replace(stored.mark, finding="nodule"), session.state.drawing.reader)
    press(session, Qt.Key.Key_9)
    save(session, qtbot)
    assert "was not overwritten" in session.window.message_bar.text
    assert [(mark.finding, mark.confidence) for mark in kept(session)] == [("nodule", None)]
    assert session.state.drawing.own[0].mark.finding == "nodule"
