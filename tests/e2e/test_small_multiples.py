"""The film once for each phrase: titles, one camera, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from app.models.comparison import CompareMode
from app.views.canvas import Canvas
from app.views.multiples import Multiples, best_columns
from tests.app.conftest import control
from tests.app.fakes import radiograph
from tests.app.test_actions import nameless
from tests.e2e.test_several_phrases import keep, type_phrase

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow


@pytest.fixture
def session(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> Session:
    opened = open_window((film_file,), open_file=lambda _path: radiograph())
    keep(opened, qtbot, "mass", "absent nodule")
    type_phrase(opened, qtbot, "left effusion")
    opened.window.canvas.setFocus()
    return opened


def page(session: Session) -> Multiples:
    (found,) = session.window.findChildren(Multiples)
    return found


def open_page(session: Session) -> Multiples:
    QTest.keyClick(session.window, Qt.Key.Key_G)
    assert page(session).isVisible()
    return page(session)


def count(grid: Multiples) -> int:
    return len(grid.canvases)


def sees_through(session: Session, canvas: Canvas) -> bool:
    """Whether the camera has the size of a canvas."""
    return session.state.camera.view.viewport == (canvas.width(), canvas.height())


def shown(canvas: Canvas) -> NDArray[np.uint8]:
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def coloured(canvas: Canvas) -> int:
    seen = shown(canvas).astype(int)
    return int(((seen.max(axis=2) - seen.min(axis=2)) > 25).sum())


def test_g_shows_a_cell_for_each_phrase_and_the_one_film_again(session: Session, qtbot: QtBot) -> None:
    before = session.window.canvas.grab().toImage()
    grid = open_page(session)
    assert [canvas.accessibleName() for canvas in grid.canvases] == [
        "Radiograph, left effusion",
        "Radiograph, mass",
        "Radiograph, absent nodule",
    ]
    assert "peak 0.3" in grid.canvases[1].accessibleDescription()
    assert not session.window.canvas.isVisible()
    assert session.window.actions_by_id["compare-small-multiples"].isChecked()
    assert grid.canvases[0].hasFocus()
    QTest.keyClick(grid.canvases[0], Qt.Key.Key_G)
    assert session.state.comparison.mode is CompareMode.OVERLAY
    assert not session.window.actions_by_id["compare-small-multiples"].isChecked()
    assert session.window.canvas.hasFocus()
    qtbot.waitUntil(lambda: session.window.canvas.size() == before.size())  # the bar of modes leaves, too
    assert session.window.canvas.grab().toImage() == before, "the one film is as it was"


def test_each_cell_has_its_own_map_and_threshold(session: Session) -> None:
    grid = open_page(session)
    first, mass, absent = grid.canvases
    assert coloured(first) > 100
    assert coloured(mass) > 100
    assert coloured(absent) == 0
    session.state.phrases.set_threshold("mass", 1.0)
    assert coloured(mass) == 0
    assert coloured(first) > 100


def test_all_cells_are_of_one_size_and_show_the_same_part(session: Session) -> None:
    grid = open_page(session)
    assert len({(canvas.width(), canvas.height()) for canvas in grid.canvases}) == 1
    assert sees_through(session, grid.canvases[0])
    canvas = grid.canvases[1]
    start = session.state.camera.view
    place = QPointF(canvas.width() * 0.6, canvas.height() * 0.4)
    under = start.to_image(place.x(), place.y())
    wheel = QWheelEvent(
        place, QPointF(canvas.mapToGlobal(place.toPoint())), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, wheel)
    view = session.state.camera.view
    assert view.scale == pytest.approx(start.scale * 1.44)
    assert view.to_image(place.x(), place.y()) == pytest.approx(under)
    session.state.overlay.set_visible(False)
    one, other = shown(grid.canvases[0]), shown(grid.canvases[2])
    np.testing.assert_array_equal(one, other)


def test_dragging_window_and_hovering_work_in_a_cell(session: Session) -> None:
    grid = open_page(session)
    canvas = grid.canvases[2]
    before = session.state.viewing.window
    centre = canvas.rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.RightButton, pos=centre)
    QTest.mouseMove(canvas, centre + QPoint(60, 0))
    QTest.mouseRelease(canvas, Qt.MouseButton.RightButton, pos=centre + QPoint(60, 0))
    assert session.state.viewing.window.width > before.width
    assert "x 1" in session.window.status_line.text
    with_heat = coloured(grid.canvases[0])
    QTest.keyPress(grid.canvases[0], Qt.Key.Key_Space)
    assert coloured(grid.canvases[0]) == 0
    assert coloured(grid.canvases[1]) == 0, "Space looks beneath in every cell"
    QTest.keyRelease(grid.canvases[0], Qt.Key.Key_Space)
    assert coloured(grid.canvases[0]) == with_heat


def test_phrases_come_and_go_in_the_grid(session: Session, qtbot: QtBot) -> None:
    grid = open_page(session)
    session.state.phrases.set_visible("absent nodule", False)
    assert count(grid) == 2
    session.state.phrases.pin("scoliosis")
    assert count(grid) == 3
    qtbot.waitUntil(lambda: session.state.phrases.picture("scoliosis") is not None)
    assert coloured(grid.canvases[2]) > 100
    session.controller.phrasing.toggle_difference()
    assert grid.canvases[-1].accessibleName() == "Radiograph, scoliosis − left effusion"
    for text in session.state.phrases.texts:
        session.state.phrases.remove(text)
    session.window.phrase_bar.set_text("")
    qtbot.waitUntil(lambda: session.state.review.picture is None)
    assert [canvas.accessibleName() for canvas in grid.canvases] == ["Radiograph, no phrase yet"]
    assert nameless(session.window) == []


def test_another_film_comes_into_every_cell(session: Session, qtbot: QtBot, film_file: Path) -> None:
    grid = open_page(session)
    before = session.state.review.film
    session.controller.open((film_file,))
    qtbot.waitUntil(lambda: session.state.review.film is not before)
    qtbot.waitUntil(
        lambda: all(session.state.phrases.picture(text) is not None for text in session.state.phrases.texts)
    )
    assert coloured(grid.canvases[1]) > 100
    assert session.state.camera.fitted


def test_the_bar_of_modes_leads_out_again(session: Session) -> None:
    open_page(session)
    button = control(session.window, QToolButton, "Overlay")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert session.window.canvas.isVisible()
    canvas = session.window.canvas
    assert sees_through(session, canvas)


def test_a_window_made_larger_meanwhile_is_no_trouble(session: Session, qtbot: QtBot) -> None:
    grid = open_page(session)
    session.window.resize(1000, 700)
    qtbot.wait(20)
    assert sees_through(session, grid.canvases[0])
    QTest.keyClick(session.window, Qt.Key.Key_G)
    canvas = session.window.canvas
    qtbot.waitUntil(lambda: sees_through(session, canvas))


@pytest.mark.parametrize(
    ("count", "room", "columns"),
    [(1, (900, 700), 1), (2, (900, 700), 2), (4, (900, 700), 2), (6, (900, 700), 3), (3, (500, 1500), 1)],
)
def test_columns_make_the_film_as_large_as_it_can_be(count: int, room: tuple[int, int], columns: int) -> None:
    assert best_columns(count, room, (2544, 3056)) == columns
