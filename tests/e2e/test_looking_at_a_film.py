"""A reader's hands on the film: window and level, zoom, pan, presets, full screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.views.help_sheet import HelpSheet
from tests.app.fakes import radiograph

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow


def pixels(session: Session) -> NDArray[np.uint8]:
    """Return what the canvas shows, uint8 of shape (height, width, 3)."""
    image = session.window.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def drag(session: Session, button: Qt.MouseButton, by: tuple[int, int]) -> None:
    canvas = session.window.canvas
    start = canvas.rect().center()
    QTest.mousePress(canvas, button, pos=start)
    QTest.mouseMove(canvas, start + QPoint(by[0] // 2, by[1] // 2))
    QTest.mouseMove(canvas, start + QPoint(*by))
    QTest.mouseRelease(canvas, button, pos=start + QPoint(*by))


@pytest.fixture
def session(open_window: OpenWindow, film_file: Path) -> Session:
    return open_window((film_file,), open_file=lambda _path: radiograph())


def test_right_drag_changes_window_and_level(session: Session) -> None:
    before, shown = session.state.viewing.window, pixels(session)
    drag(session, Qt.MouseButton.RightButton, (120, 0))
    wider = session.state.viewing.window
    assert wider.width > before.width * 1.3
    assert wider.center == pytest.approx(before.center)
    drag(session, Qt.MouseButton.RightButton, (0, 120))
    brighter = session.state.viewing.window
    assert brighter.center < wider.center
    assert brighter.width == pytest.approx(wider.width)
    assert pixels(session).mean() > shown.mean()
    assert f"WL {brighter.center:.0f}/{brighter.width:.0f}" in session.window.status_line.text


def test_downwards_is_brighter_for_either_polarity(open_window: OpenWindow, film_file: Path) -> None:
    turned = open_window((film_file,), open_file=lambda _path: radiograph(inverted=True))
    before = pixels(turned).mean()
    drag(turned, Qt.MouseButton.RightButton, (0, 120))
    assert pixels(turned).mean() > before


def test_window_and_level_never_ask_the_model(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,), phrase="mass")
    before = session.state.review.picture
    drag(session, Qt.MouseButton.RightButton, (80, 40))
    QTest.keyClick(session.window.canvas, Qt.Key.Key_I)
    qtbot.wait(200)
    assert session.state.review.picture is before


def test_the_wheel_zooms_about_the_cursor(session: Session) -> None:
    canvas, camera = session.window.canvas, session.state.camera
    place = QPointF(canvas.width() * 0.6, canvas.height() * 0.3)
    under = camera.view.to_image(place.x(), place.y())
    scale = camera.view.scale
    for turn in (120, 120, 240, -120):
        wheel = QWheelEvent(
            place, canvas.mapToGlobal(place), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas, wheel)
    assert camera.view.scale == pytest.approx(scale * 1.2**3)
    assert camera.view.to_image(place.x(), place.y()) == pytest.approx(under)


@pytest.mark.parametrize("button", [Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton])
def test_dragging_moves_the_film_with_the_hand(session: Session, button: Qt.MouseButton) -> None:
    before = session.state.camera.view.to_screen(100, 100)
    drag(session, button, (40, -30))
    after = session.state.camera.view.to_screen(100, 100)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((40, -30))


def test_keys_zoom_fit_and_show_actual_pixels(session: Session) -> None:
    canvas, camera = session.window.canvas, session.state.camera
    fitted = camera.view
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert camera.view.scale > fitted.scale
    QTest.keyClick(canvas, Qt.Key.Key_A)
    assert camera.view.scale == 1
    QTest.keyClick(canvas, Qt.Key.Key_F)
    assert camera.view == fitted


def test_presets_invert_and_reset(session: Session) -> None:
    canvas, viewing = session.window.canvas, session.state.viewing
    QTest.keyClick(canvas, Qt.Key.Key_2)
    assert viewing.window.name == "Lung"
    QTest.keyClick(canvas, Qt.Key.Key_9)
    assert viewing.window.name == "Lung", "a preset that does not exist changes nothing"
    before = pixels(session)
    QTest.keyClick(canvas, Qt.Key.Key_I)
    middle = before.shape[0] // 2, before.shape[1] // 2
    assert int(pixels(session)[middle][0]) == pytest.approx(255 - int(before[middle][0]), abs=1)
    QTest.keyClick(canvas, Qt.Key.Key_R)
    assert (viewing.window.name, viewing.inverted) == ("Default", False)
    names = [session.window.actions_by_id[f"preset-{number}"].text() for number in (1, 2)]
    assert names == ["Default", "Lung"]
    assert not session.window.actions_by_id["preset-9"].isVisible()


def test_full_screen_hides_the_menus_keeps_the_keys_and_escape_returns(session: Session) -> None:
    window = session.window
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    assert not window.menuBar().isVisible()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_I)
    assert session.state.viewing.inverted, "shortcuts work without the menu bar"
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert window.menuBar().isVisible()


def test_escape_leaves_full_screen_from_the_phrase_and_a_maximised_window_returns(session: Session) -> None:
    window = session.window
    window.showMaximized()
    session.controller.toggle_full_screen()
    window.phrase_bar.line.setFocus()
    QTest.keyClick(window.phrase_bar.line, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert window.isMaximized()


def test_panels_fold_on_one_key_each_and_the_film_grows(session: Session, qtbot: QtBot) -> None:
    window = session.window
    before = window.canvas.width()
    for key, part, command in (
        (Qt.Key.Key_L, window.side, "layers-panel"),
        (Qt.Key.Key_K, window.legend, "legend"),
    ):
        QTest.keyClick(window.canvas, key)
        assert not part.isVisible()
        assert not window.actions_by_id[command].isChecked()
    gained = window.side.width() + window.legend.sizeHint().width()
    qtbot.waitUntil(lambda: window.canvas.width() == before + gained)
    QTest.keyClick(window.canvas, Qt.Key.Key_L)
    assert window.side.isVisible()


def test_the_status_says_what_is_under_the_cursor(open_window: OpenWindow, film_file: Path) -> None:
    session = open_window((film_file,), phrase="mass", open_file=lambda _path: radiograph())
    canvas, camera = session.window.canvas, session.state.camera
    x, y = camera.view.to_screen(168.5, 210.5)
    QTest.mouseMove(canvas, QPoint(round(x), round(y)))
    u, v = camera.view.to_image(round(x), round(y))
    picture = session.state.review.picture
    assert picture is not None
    assert f"x {int(u)} y {int(v)}  {picture.value_at(u, v):.2f}" in session.window.status_line.text
    assert "1 px = 0.14 mm at the detector" in session.window.status_line.text
    QTest.mouseMove(canvas, QPoint(2, 2))
    assert "  x " not in session.window.status_line.text


def test_the_help_sheet_opens_by_key(session: Session) -> None:
    QTest.keyClick(session.window, Qt.Key.Key_F1)
    (sheet,) = session.window.findChildren(HelpSheet)
    assert sheet.isVisible()
    sheet.reject()
