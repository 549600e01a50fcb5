"""A researcher sees in each of the small multiples what the readers marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from tests.app.conftest import write_film
from tests.e2e.test_marks_of_readers import ANNA, BORIS, CLARA, document, rest, write_marks
from tests.e2e.test_several_phrases import keep
from tests.e2e.test_small_multiples import open_page, shown

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from app.views.canvas import Canvas
    from tests.app.conftest import OpenWindow


@pytest.fixture
def session(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> Session:
    """Return a window on a film with marks, and three kept phrases."""
    opened = open_window((write_film(tmp_path / "film.png"),))
    opened.controller.case_files.open_marks((write_marks(tmp_path / "marks.json", document("film.png")),))
    rest(opened, qtbot)
    keep(opened, qtbot, "absent mass", "absent nodule", "absent effusion")
    opened.window.phrase_bar.set_text("")
    qtbot.waitUntil(lambda: opened.state.review.picture is None)
    opened.window.canvas.setFocus()
    return opened


def pixels_of(session: Session, canvas: Canvas, reader: str) -> int:
    """Count the pixels in about a reader's colour."""
    (layer,) = (one for one in session.state.case.readers if one.name == reader)
    colour = QColor(layer.colour)
    distance = abs(shown(canvas).astype(int) - [colour.red(), colour.green(), colour.blue()]).max(axis=2)
    return int((distance < 30).sum())


def test_every_cell_draws_the_marks_of_the_readers_who_are_shown(session: Session) -> None:
    grid = open_page(session)
    assert len(grid.canvases) == 3
    for canvas in grid.canvases:
        assert pixels_of(session, canvas, ANNA) > 100
        assert pixels_of(session, canvas, BORIS) > 50
    session.state.case.show_only(BORIS)
    assert [pixels_of(session, canvas, ANNA) for canvas in grid.canvases] == [0, 0, 0]
    assert pixels_of(session, grid.canvases[2], BORIS) > 50
    session.state.case.set_all_visible(True)
    before = pixels_of(session, grid.canvases[1], ANNA)
    session.state.case.look_for("effusion")
    assert 0 < pixels_of(session, grid.canvases[1], ANNA) < before
    assert pixels_of(session, grid.canvases[1], BORIS) == 0


def test_a_phrase_kept_meanwhile_comes_with_marks(session: Session, qtbot: QtBot) -> None:
    grid = open_page(session)
    session.state.phrases.pin("absent opacity")
    qtbot.waitUntil(lambda: session.state.phrases.picture("absent opacity") is not None)
    assert pixels_of(session, grid.canvases[3], ANNA) > 100


def test_space_and_h_look_beneath_the_marks_in_every_cell(session: Session) -> None:
    grid = open_page(session)
    QTest.keyPress(grid.canvases[0], Qt.Key.Key_Space)
    assert [pixels_of(session, canvas, ANNA) for canvas in grid.canvases] == [0, 0, 0]
    QTest.keyRelease(grid.canvases[0], Qt.Key.Key_Space)
    assert pixels_of(session, grid.canvases[1], ANNA) > 100
    session.controller.toggle_visible()
    assert [pixels_of(session, canvas, ANNA) for canvas in grid.canvases] == [0, 0, 0]


def test_the_mark_under_the_cursor_says_what_it_is(session: Session) -> None:
    canvas = open_page(session).canvases[1]
    session.state.case.show_only(ANNA)
    plain = shown(canvas)
    x, y = session.state.camera.view.to_screen(40, 55)  # inside Anna's nodule
    QTest.mouseMove(canvas, QPoint(round(x), round(y)))
    assert (shown(canvas) != plain).any(), "its label"


def test_marks_go_with_their_film(session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    grid = open_page(session)
    session.controller.open((write_film(tmp_path / "unmarked.png"),))
    qtbot.waitUntil(lambda: session.state.case.readers == ())
    rest(session, qtbot)
    coloured = shown(grid.canvases[0]).astype(int)
    assert (coloured.max(axis=2) - coloured.min(axis=2)).max() < 25
    assert CLARA not in [one.name for one in session.state.case.readers]
