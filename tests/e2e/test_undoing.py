"""Steps are taken back in the order they were made, whatever they were of, also after reopening."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider

from tests.app.conftest import control, write_film
from tests.e2e.test_drawing import (
    CONTROL,
    SHIFT,
    drag,
    kept,
    near,
    press,
    save,
    session,
)
from tests.e2e.test_marks_of_readers import rest

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

__all__ = ["session"]


def test_draw_edit_undo_redo_and_reopen(
    open_window: OpenWindow, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    session.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(session, qtbot)
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    press(session, Qt.Key.Key_Escape)
    drag(session, (130, 160), (150, 200))  # the lower right handle
    press(session, Qt.Key.Key_V)
    drag(session, (100, 120), (90, 110))
    save(session, qtbot)
    assert near(kept(session)[0].shape.bounds, (50, 70, 140, 190))
    texts = []
    for _ in range(4):
        texts.append(session.window.actions_by_id["undo"].text())
        press(session, Qt.Key.Key_Z, CONTROL)
        save(session, qtbot)
    assert texts == ["Undo move", "Undo resize", "Undo name finding", "Undo draw box"]
    assert kept(session) == []
    for key, modifiers in ((Qt.Key.Key_Z, CONTROL | SHIFT), (Qt.Key.Key_Y, CONTROL), (Qt.Key.Key_Y, CONTROL)):
        press(session, key, modifiers)
        save(session, qtbot)
    assert near(kept(session)[0].shape.bounds, (60, 80, 150, 200))
    assert kept(session)[0].finding == "Mass"
    session.window.close()
    again = open_window((), wait=False)
    again.controller.case_files.open_review(str(tmp_path / "mine.afreview"))
    qtbot.waitUntil(lambda: len(again.state.drawing.own) == 1, timeout=10_000)
    rest(again, qtbot)
    qtbot.waitUntil(lambda: again.window.actions_by_id["undo"].text() == "Undo changing a mark")
    press(again, Qt.Key.Key_Z, CONTROL)
    save(again, qtbot)
    assert near(kept(again)[0].shape.bounds, (60, 80, 130, 160))
    press(again, Qt.Key.Key_Y, CONTROL)
    save(again, qtbot)
    assert near(kept(again)[0].shape.bounds, (60, 80, 150, 200))
    press(again, Qt.Key.Key_Y, CONTROL)
    save(again, qtbot)
    assert near(kept(again)[0].shape.bounds, (50, 70, 140, 190)), "what was undone before closing is done again too"


def test_undo_takes_back_whatever_was_done_last(session: Session, qtbot: QtBot) -> None:
    window, state = session.window, session.state
    bar = control(window, QSlider, "Threshold")
    first, width = state.overlay.settings.threshold, state.viewing.window.width
    for step in (5, 10, 15):
        bar.setValue(round(first * bar.maximum()) + step)
    QTest.mousePress(window.canvas, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    for step in range(1, 9):
        QTest.mouseMove(window.canvas, QPoint(100 + 10 * step, 100))
    QTest.mouseRelease(window.canvas, Qt.MouseButton.RightButton, pos=QPoint(180, 100))
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_Escape)
    press(session, Qt.Key.Key_Slash)
    QTest.keyClicks(window.phrase_bar.line, "mass")
    qtbot.waitUntil(lambda: state.review.phrase == "mass")
    window.canvas.setFocus()
    press(session, Qt.Key.Key_L)
    save(session, qtbot)
    undo, texts = window.actions_by_id["undo"], []
    changed = (state.overlay.settings.threshold, state.viewing.window.width)
    assert changed[0] > first
    assert changed[1] > width
    while undo.isEnabled():
        texts.append(undo.text())
        press(session, Qt.Key.Key_Z, CONTROL)
        save(session, qtbot)
    assert texts == ["Undo layers panel", "Undo phrase", "Undo draw box", "Undo window", "Undo threshold"]
    assert (state.overlay.settings.threshold, state.viewing.window.width) == (first, width)
    assert (state.review.phrase, kept(session), window.side.isVisible()) == ("", [], True)
    redo = window.actions_by_id["redo"]
    while redo.isEnabled():
        press(session, Qt.Key.Key_Z, CONTROL | SHIFT)
        save(session, qtbot)
    assert (state.overlay.settings.threshold, state.viewing.window.width) == changed
    assert (state.review.phrase, len(kept(session)), window.side.isVisible()) == ("mass", 1, False)


def test_undo_of_a_mark_on_another_film_shows_that_film(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    for name in ("a.png", "b.png"):
        write_film(tmp_path / name)
    session = open_window((tmp_path,))
    rest(session, qtbot)
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    session.state.viewing.choose(1)
    save(session, qtbot)
    session.controller.step(1)
    qtbot.waitUntil(lambda: session.controller.shown.position == 1 and not session.controller.opening)
    rest(session, qtbot)
    window = session.state.viewing.window
    press(session, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: session.controller.shown.position == 0, timeout=10_000)
    save(session, qtbot)
    assert session.state.viewing.window == window, "the window of one film is not put on another"
    assert [mark.finding for mark in kept(session)] == [""]
