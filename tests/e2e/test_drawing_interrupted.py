"""What is drawn or dragged is dropped by Escape, another tool or another film, and changes nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from afloc_core.annotations.store import open_review
from app.models.drawing import Tool
from tests.app.conftest import write_film
from tests.e2e.test_drawing import CONTROL, LEFT, at, drag, kept, near, press, save, session
from tests.e2e.test_marks_of_readers import rest

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.models.drawing import Place
    from app.session import Session
    from tests.app.conftest import OpenWindow

__all__ = ["session"]


def hold(session: Session, start: Place, end: Place) -> None:
    """Press at a place of the film and drag to another, and keep the button down."""
    canvas = session.window.canvas
    QTest.mousePress(canvas, LEFT, pos=at(session, start))
    for share in (0.3, 0.6, 1.0):
        between = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        QTest.mouseMove(canvas, at(session, between))


def let_go(session: Session, *places: Place) -> None:
    """Drag on, and let go at the last place."""
    canvas = session.window.canvas
    for place in places:
        QTest.mouseMove(canvas, at(session, place))
    QTest.mouseRelease(canvas, LEFT, pos=at(session, places[-1]))


@pytest.mark.parametrize("tool", ["B", "J", "U", "Q"])
def test_escape_drops_what_is_being_drawn_however_the_hand_goes_on(session: Session, tool: str, qtbot: QtBot) -> None:
    press(session, getattr(Qt.Key, f"Key_{tool}"))
    hold(session, (60, 80), (130, 160))
    assert session.state.drawing.draft is not None
    press(session, Qt.Key.Key_Escape)
    let_go(session, (140, 100), (150, 170))
    save(session, qtbot)
    assert (session.state.drawing.draft, session.state.drawing.own) == (None, ())
    assert session.state.drawing.tool is not Tool.LOOK, "the tool stays in hand"
    drag(session, (60, 80), (130, 160), (50, 170))
    save(session, qtbot)
    assert len(kept(session)) == 1, "the next drag draws"


def test_escape_drops_the_change_of_a_mark(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    press(session, Qt.Key.Key_V)
    for start in ((130, 160), (100, 120)):  # a handle, and the inside
        hold(session, start, (170, 200))
        press(session, Qt.Key.Key_Escape)
        let_go(session, (150, 190), (160, 210))
    save(session, qtbot)
    assert near(kept(session)[0].shape.bounds, (60, 80, 130, 160))


def test_another_tool_does_not_finish_what_the_one_before_began(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    hold(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_Q)
    let_go(session, (140, 170))
    save(session, qtbot)
    assert session.state.drawing.own == ()


@pytest.mark.parametrize("tool", ["V", "U"])
def test_a_mark_that_is_held_while_another_film_comes_stays_on_its_own(
    open_window: OpenWindow, tmp_path: Path, tool: str, qtbot: QtBot
) -> None:
    for name in ("a.png", "b.png"):
        write_film(tmp_path / name)
    session = open_window((tmp_path,))
    rest(session, qtbot)
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    save(session, qtbot)
    (before,) = kept(session)
    press(session, getattr(Qt.Key, f"Key_{tool}"))
    hold(session, (100, 120), (110, 130))
    press(session, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: session.controller.shown.position == 1)
    rest(session, qtbot)
    let_go(session, (140, 150), (150, 160))
    save(session, qtbot)
    assert session.state.drawing.own == ()
    assert kept(session) == [before], "neither moved nor on another film"


def test_a_mark_that_was_undone_while_it_is_held_does_not_come_back(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_Return)
    press(session, Qt.Key.Key_V)
    save(session, qtbot)
    hold(session, (100, 120), (110, 130))
    press(session, Qt.Key.Key_Z, CONTROL)
    save(session, qtbot)
    let_go(session, (140, 150), (150, 160))
    save(session, qtbot)
    assert (kept(session), session.state.drawing.own) == ([], ())


def test_a_mark_that_was_deleted_elsewhere_while_it_is_held_does_not_come_back(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    place = tmp_path / "mine.afreview"
    session.controller.case_files.save_as(place)
    rest(session, qtbot)
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    press(session, Qt.Key.Key_V)
    save(session, qtbot)
    hold(session, (100, 120), (110, 130))
    with open_review(place) as review:
        (stored,) = review.marks(kept(session)[0].image)
        review.remove(review.change(stored, replace(stored.mark, finding="nodule"), "Boris"), "Boris")
    qtbot.waitUntil(lambda: session.state.drawing.own == (), timeout=10_000)
    let_go(session, (140, 150), (150, 160))
    save(session, qtbot)
    assert (kept(session), session.state.drawing.own) == ([], ())
