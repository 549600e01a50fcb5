"""Steps are taken back in the order they were made, whatever they were of, also after reopening."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider

from tests.app.conftest import control, write_film
from tests.e2e.test_drawing import CONTROL, LEFT, SHIFT, at, click, drag, kept, near, press, save, session
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


def test_undo_in_the_phrase_bar_is_the_window_s_undo(session: Session, qtbot: QtBot) -> None:
    line, state = session.window.phrase_bar.line, session.state
    press(session, Qt.Key.Key_Slash)
    QTest.keyClicks(line, "mass")
    QTest.keyClick(line, Qt.Key.Key_Z, CONTROL)
    assert (line.text(), state.review.phrase) == ("", "")
    QTest.keyClick(line, Qt.Key.Key_Y, CONTROL)
    assert (line.text(), state.review.phrase) == ("mass", "mass")
    QTest.keyClick(line, Qt.Key.Key_Z, CONTROL)
    QTest.keyClicks(line, "nodule")
    qtbot.waitUntil(lambda: state.review.phrase == "nodule")
    assert not session.window.actions_by_id["redo"].isEnabled()


def test_undo_takes_a_corner_back_while_an_outline_is_drawn(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_Y)
    for place in ((20, 20), (80, 25), (200, 200), (70, 70)):
        click(session, place)
        if place == (200, 200):
            press(session, Qt.Key.Key_Z, CONTROL)
    QTest.mouseDClick(session.window.canvas, LEFT, pos=at(session, (70, 70)))
    save(session, qtbot)
    (mark,) = kept(session)
    assert near(mark.shape.bounds, (20, 20, 80, 70))


def test_whatever_the_hand_does_the_screen_shows_the_review_and_undo_takes_all_of_it_back(
    session: Session, qtbot: QtBot
) -> None:
    chance = random.Random(7)
    tools = [Qt.Key.Key_B, Qt.Key.Key_Y, Qt.Key.Key_J, Qt.Key.Key_U, Qt.Key.Key_Q, Qt.Key.Key_V]
    others = [Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Delete, Qt.Key.Key_N, Qt.Key.Key_5, Qt.Key.Key_Z]
    with_control = [Qt.Key.Key_Z, Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_D]
    for _ in range(90):
        kind = chance.random()
        if kind < 0.5:
            drag(session, *((chance.uniform(0, 240), chance.uniform(0, 300)) for _ in range(chance.choice((2, 3)))))
        elif kind < 0.85:
            press(session, chance.choice(tools + others))
        else:
            press(session, chance.choice(with_control), CONTROL)
    for _ in range(4):
        press(session, Qt.Key.Key_Escape)
    save(session, qtbot)
    assert [own.mark for own in session.state.drawing.own] == list(session.state.case.marks) == kept(session)
    assert len(kept(session)) > 3
    while session.window.actions_by_id["undo"].isEnabled():
        press(session, Qt.Key.Key_Z, CONTROL)
        save(session, qtbot)
    assert kept(session) == []


def test_a_mark_made_under_another_name_is_taken_back_and_done_again(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    save(session, qtbot)
    session.controller.marking.take_name("Anna")
    drag(session, (150, 180), (200, 220))
    press(session, Qt.Key.Key_N)
    save(session, qtbot)
    for left in (2, 1, 1, 0):  # named, drawn, named, drawn
        press(session, Qt.Key.Key_Z, CONTROL)
        save(session, qtbot)
        assert len(kept(session)) == left
    for _ in range(4):
        press(session, Qt.Key.Key_Y, CONTROL)
        save(session, qtbot)
    assert [(mark.reader == "Anna", mark.finding) for mark in kept(session)] == [(False, "Mass"), (True, "Nodule")]


def test_undo_begins_at_the_phrase_that_the_program_starts_with(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,), phrase="mass")
    rest(session, qtbot)
    state, window = session.state, session.window
    window.canvas.setFocus()
    undo = window.actions_by_id["undo"]
    assert (undo.text(), undo.isEnabled()) == ("Undo", False)
    press(session, Qt.Key.Key_Z, CONTROL)
    assert (window.phrase_bar.line.text(), state.review.phrase) == ("mass", "mass")
    assert state.review.picture is not None
    press(session, Qt.Key.Key_Slash)
    QTest.keyClicks(window.phrase_bar.line, "effusion")
    qtbot.waitUntil(lambda: state.review.phrase == "effusion")
    window.canvas.setFocus()
    for _ in range(3):
        press(session, Qt.Key.Key_Z, CONTROL)
    assert (window.phrase_bar.line.text(), state.review.phrase) == ("mass", "mass")
    qtbot.waitUntil(lambda: state.review.picture is not None and not state.review.pending)


def test_undo_begins_at_what_a_review_brings_back(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,), phrase="mass")
    session.controller.case_files.save_as(tmp_path / "mine.afreview")
    session.state.overlay.set_threshold(0.7)
    save(session, qtbot)
    session.window.close()
    again = open_window((), wait=False)
    again.controller.case_files.open_review(str(tmp_path / "mine.afreview"))
    qtbot.waitUntil(lambda: again.state.review.phrase == "mass", timeout=10_000)
    rest(again, qtbot)
    assert not again.window.actions_by_id["undo"].isEnabled()
    press(again, Qt.Key.Key_Z, CONTROL)
    assert (again.state.review.phrase, again.state.overlay.settings.threshold) == ("mass", 0.7)
