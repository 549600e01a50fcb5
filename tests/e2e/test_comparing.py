"""A reader compares the model with people: five ways, by key and by mouse, on one film."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton, QWidget

from afloc_core.agreement.pairwise import Role, Source, compare
from afloc_core.annotations.marks import Mark, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from app.models.comparison import MODEL, CompareMode, Party
from tests.app.conftest import control, write_film
from tests.app.fakes import FakeLocalizer
from tests.e2e.test_screenshot import start

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from app.session import Session
    from app.views.canvas import Canvas
    from tests.app.conftest import OpenWindow

PLAIN = Qt.KeyboardModifier.NoModifier
KEYS = {
    CompareMode.OVERLAY: (Qt.Key.Key_O, PLAIN),
    CompareMode.SIDE_BY_SIDE: (Qt.Key.Key_S, PLAIN),
    CompareMode.SWIPE: (Qt.Key.Key_W, PLAIN),
    CompareMode.BLINK: (Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier),
    CompareMode.DIFFERENCE: (Qt.Key.Key_D, PLAIN),
}
ANNA, BEN = Party(Role.READER, "Anna"), Party(Role.READER, "Ben")


def marks() -> list[Mark]:
    """Return marks of two readers on a film of 240 x 300 pixels, one of each shape."""
    blob = np.zeros((300, 240), dtype=np.bool_)
    blob[180:240, 140:200] = True
    return [
        Mark("film", Box(30, 40, 60, 50), "nodule", "Anna", confidence=0.8),
        Mark("film", Mask.from_array(blob), "effusion", "Anna"),
        Mark("film", Polygon(((150.0, 190.0), (215.0, 190.0), (180.0, 250.0))), "effusion", "Ben"),
        Mark("film", Points(((60.0, 65.0),)), "nodule", "Ben"),
    ]


def pixels(canvas: Canvas) -> NDArray[np.int16]:
    """Return what a canvas shows, int16 of shape (height, width, 3)."""
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(np.int16)


def coloured(canvas: Canvas, share: tuple[float, float] = (0.0, 1.0)) -> int:
    """Count the pixels of a vertical strip that are not grey."""
    shown = pixels(canvas)
    strip = shown[:, int(share[0] * shown.shape[1]) : int(share[1] * shown.shape[1])]
    return int((strip.max(axis=2) - strip.min(axis=2) > 30).sum())


@pytest.fixture
def session(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> Session:
    """Return a film with a map and the marks of Anna and Ben; Cleo read it and marked nothing."""
    opened = open_window((film_file,), phrase="effusion")
    opened.state.case.show(marks(), [Reading("film", "Cleo")])
    opened.state.case.look_for("")  # not only at what the phrase names
    settle(opened, qtbot)
    opened.window.canvas.setFocus()
    return opened


def settle(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not session.controller.comparing.pending)


def press(session: Session, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(session.window.canvas, key, modifier)


def test_without_marks_the_window_stays_as_quiet_as_it_was(open_window: OpenWindow, film_file: Path) -> None:
    session = open_window((film_file,), phrase="effusion")
    assert not session.window.middle.bar.isVisible()
    before = pixels(session.window.canvas)
    for key in KEYS.values():
        press(session, *key)
    assert (pixels(session.window.canvas) == before).all()
    assert not session.window.canvas_beside.isVisible()


@pytest.mark.parametrize("mode", KEYS)
def test_every_mode_has_a_key_a_tick_and_a_button(session: Session, mode: CompareMode) -> None:
    press(session, Qt.Key.Key_W if mode is CompareMode.OVERLAY else Qt.Key.Key_O)
    press(session, *KEYS[mode])
    assert session.state.comparison.mode is mode
    ticked = [name for name, action in session.window.actions_by_id.items() if action.isChecked()]
    assert [name for name in ticked if name.startswith("compare-")] == [f"compare-{mode.slug}"]
    buttons = session.window.middle.bar.findChildren(QToolButton, "mode")
    assert [button.text() for button in buttons if button.isChecked()] == [mode.value.capitalize()]
    press(session, *KEYS[mode])
    assert session.window.actions_by_id[f"compare-{mode.slug}"].isChecked(), "chosen twice is still chosen"


def test_marks_of_every_shape_are_drawn_in_the_colours_of_their_readers(session: Session) -> None:
    state, canvas = session.state, session.window.canvas
    state.comparison.set_sides(ANNA, BEN)
    shown, view = pixels(canvas), state.camera.view
    colours = {
        reader.name: np.array(list(bytes.fromhex(reader.colour[1:])), dtype=np.int16) for reader in state.case.readers
    }
    for name, (u, v) in (("Anna", (60, 40)), ("Anna", (140, 210)), ("Ben", (180, 190)), ("Ben", (60, 65))):
        x, y = (round(place) for place in view.to_screen(u, v))
        near = shown[y - 4 : y + 5, x - 4 : x + 5].reshape(-1, 3)
        assert np.abs(near - colours[name]).max(axis=1).min() < 45, f"a mark of {name} at {u}, {v}"


def test_hidden_readers_and_h_take_marks_away(session: Session) -> None:
    canvas, case = session.window.canvas, session.state.case
    session.state.comparison.set_sides(ANNA, BEN)
    both = coloured(canvas)
    case.set_visible("Ben", False)
    one = coloured(canvas)
    assert 0 < one < both
    press(session, Qt.Key.Key_H)
    assert coloured(canvas) == 0
    press(session, Qt.Key.Key_H)
    assert coloured(canvas) == one


def test_space_shows_the_film_alone_in_every_mode(session: Session, qtbot: QtBot) -> None:
    for key in KEYS.values():
        press(session, *key)
        settle(session, qtbot)
        QTest.keyPress(session.window.canvas, Qt.Key.Key_Space)
        assert coloured(session.window.canvas) == 0
        assert coloured(session.window.canvas_beside) == 0 or not session.window.canvas_beside.isVisible()
        QTest.keyRelease(session.window.canvas, Qt.Key.Key_Space)
    assert coloured(session.window.canvas) > 0


def test_labels_are_there_while_marks_are_few_and_follow_the_cursor_when_many(session: Session, qtbot: QtBot) -> None:
    canvas, case = session.window.canvas, session.state.case
    session.state.comparison.set_sides(ANNA, BEN)
    layer = canvas._drawn.mark_layer
    many = [Mark("film", Box(10 + 20 * n, 10, 12, 12), "x", "Anna") for n in range(9)]
    case.show([*marks(), *many])
    case.look_for("")
    settle(session, qtbot)
    before = pixels(canvas)
    x, y = session.state.camera.view.to_screen(60, 60)
    QTest.mouseMove(canvas, QPoint(round(x), round(y)))
    assert (pixels(canvas) != before).any(), "a label appears"
    under = layer.under(35.0, 45.0, session.state.camera.view, [ANNA, BEN])
    assert under is not None
    assert under.label == "Anna · nodule · 80%"
    assert layer.under(60.0, 65.0, session.state.camera.view, [ANNA, BEN]) is not under, "the smaller mark comes first"
    QTest.mouseMove(canvas, QPoint(3, 3))
    assert (pixels(canvas) == before).all()


def test_side_by_side_is_one_film_twice(session: Session) -> None:
    window, camera = session.window, session.state.camera
    press(session, Qt.Key.Key_S)
    left, right = window.canvas, window.canvas_beside
    assert left.size() == right.size()
    assert abs(left.width() * 2 - window.middle.width()) <= 2
    for action in (partial(camera.zoom, 1.6, (100, 100)), partial(camera.pan, 30, -20)):
        action()
        session.state.overlay.set_visible(False)
        assert (pixels(left) == pixels(right)).all(), "zoomed and moved as one"
        session.state.overlay.set_visible(True)
    assert (pixels(left) != pixels(right)).any(), "the map is on one side, the marks on the other"
    before = session.state.viewing.window
    QTest.mousePress(right, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    QTest.mouseMove(right, QPoint(160, 100))
    QTest.mouseRelease(right, Qt.MouseButton.RightButton, pos=QPoint(160, 100))
    assert session.state.viewing.window != before, "window and level from the right side too"
    QTest.mouseClick(right, Qt.MouseButton.LeftButton)
    assert left.hasFocus(), "keys go on working"
    press(session, Qt.Key.Key_O)
    assert not right.isVisible()
    assert left.width() == window.middle.width()


def test_the_swipe_line_moves_by_mouse_and_keyboard(session: Session) -> None:
    state, canvas = session.state, session.window.canvas
    state.comparison.set_sides(MODEL, Party(Role.READER, "Cleo"))  # she marked nothing
    press(session, Qt.Key.Key_W)
    middle = QPoint(canvas.width() // 2, 120)
    view = state.camera.view
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(canvas, QPoint(canvas.width() - 40, 130))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(canvas.width() - 40, 130))
    assert state.comparison.swipe == pytest.approx(1 - 40 / canvas.width(), abs=0.01)
    assert state.camera.view == view, "the film stays where it is"
    heat = coloured(canvas)
    state.comparison.set_swipe(0.0)
    assert coloured(canvas) == 0 < heat
    for _ in range(3):
        press(session, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert state.comparison.swipe == pytest.approx(0.06)
    press(session, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert state.comparison.swipe == pytest.approx(0.04)


def test_blinking_takes_turns_at_the_chosen_rate_and_waits_while_space_is_held(session: Session, qtbot: QtBot) -> None:
    comparison, turns = session.state.comparison, []
    comparison.set_period(350)
    press(session, *KEYS[CompareMode.BLINK])
    comparison.changed.connect(lambda: turns.append(comparison.right_on_top))
    qtbot.waitUntil(lambda: turns[:2] == [True, False], timeout=3000)
    QTest.keyPress(session.window.canvas, Qt.Key.Key_Space)
    seen = len(turns)
    qtbot.wait(500)
    assert len(turns) == seen
    QTest.keyRelease(session.window.canvas, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(turns) > seen, timeout=3000)
    press(session, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert comparison.period_ms == 500
    press(session, Qt.Key.Key_O)
    seen = len(turns)
    qtbot.wait(700)
    assert len(turns) == seen, "nothing blinks any more"


def test_the_difference_is_that_of_the_table(session: Session, qtbot: QtBot) -> None:
    state = session.state
    press(session, Qt.Key.Key_D)
    state.comparison.set_sides(MODEL, ANNA)
    for threshold in (0.3, 0.5):
        state.overlay.set_threshold(threshold)
        settle(session, qtbot)
        found = session.window.canvas._drawn.difference_layer.difference
        picture = state.review.picture
        assert found is not None
        assert picture is not None
        values = picture.heatmap.in_image(300)
        anna = np.logical_or.reduce([mark.shape.to_mask((300, 240)) for mark in marks() if mark.reader == "Anna"])
        model = values > np.float32(picture.threshold_value(state.overlay.settings))
        agreed = compare(Source("Model", Role.MODEL, model), Source("Anna", Role.READER, anna))
        assert found.counts[2] / found.marked == pytest.approx(agreed.iou, abs=1e-12)
    assert "only Anna" in session.window.middle.bar.accessibleDescription()


@pytest.mark.parametrize("mode", [CompareMode.SIDE_BY_SIDE, CompareMode.DIFFERENCE])
def test_a_map_below_its_threshold_says_so_on_its_side(session: Session, qtbot: QtBot, mode: CompareMode) -> None:
    def shown(threshold: float) -> NDArray[np.int16]:
        session.state.overlay.set_threshold(threshold)
        settle(session, qtbot)
        return pixels(canvas)[10:80, 10:300]

    canvas = session.window.canvas
    press(session, *KEYS[mode])
    settle(session, qtbot)
    assert "below the threshold" not in canvas.accessibleDescription()
    warm, cold = shown(0.1), shown(0.99)
    assert "below the threshold" in canvas.accessibleDescription()
    assert ((cold > 150) & (warm < 100)).any(axis=2).sum() > 100, "light words over the dark margin of the film"
    assert (session.window.canvas_beside.isVisible()) == (mode is CompareMode.SIDE_BY_SIDE)


@pytest.mark.parametrize("typed_late", [False, True])
def test_a_map_that_was_asked_for_is_on_its_way_while_the_model_loads(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot, typed_late: bool
) -> None:
    gate = threading.Event()

    def load() -> FakeLocalizer:
        gate.wait(20)
        return FakeLocalizer()

    session = open_window((film_file,), phrase="" if typed_late else "effusion", load=load, wait=False)
    state, layer = session.state, session.window.canvas._drawn.difference_layer
    sentence = control(session.window, QLabel, "Where the model stands")
    qtbot.waitUntil(lambda: state.review.film is not None)
    state.case.show(marks())
    state.comparison.set_mode(CompareMode.DIFFERENCE)
    if typed_late:
        qtbot.waitUntil(lambda: layer._message.endswith("ask for a finding"))
        qtbot.waitUntil(lambda: sentence.text().startswith("Ask for a finding"))
        session.window.phrase_bar.set_text("effusion")
    qtbot.waitUntil(lambda: layer._message == "The model's map is on its way")
    qtbot.waitUntil(lambda: sentence.text() == "The model's map is on its way.")
    gate.set()
    qtbot.waitUntil(lambda: layer.difference is not None)
    qtbot.waitUntil(lambda: sentence.text().startswith("Model "))
    qtbot.waitUntil(lambda: session.controller.agreeing.panel.curve.plot is not None)
    settle(session, qtbot)


def test_sides_are_chosen_and_exchanged(session: Session, qtbot: QtBot) -> None:
    bar, comparison = session.window.middle.bar, session.state.comparison
    left, right = control(bar, QComboBox, "Left side"), control(bar, QComboBox, "Right side")
    listed = [left.itemText(at) for at in range(left.count())]
    assert listed[:5] == ["Model", "All readers", "Anna", "Ben", "Cleo"]
    assert "Consensus (majority)" in listed
    session.state.case.set_visible("Ben", False)
    left.setFocus()
    left.setCurrentIndex(listed.index("Ben"))
    left.activated.emit(listed.index("Ben"))
    assert comparison.left == BEN
    assert all(reader.visible for reader in session.state.case.readers), "who is chosen is shown"
    right.activated.emit(listed.index("Consensus (majority)"))
    settle(session, qtbot)
    session.window.canvas.setFocus()
    press(session, Qt.Key.Key_X)
    assert (comparison.left.title, comparison.right) == ("Consensus (majority)", BEN)
    assert (left.currentText(), right.currentText()) == ("Consensus (majority)", "Ben")


def test_marks_never_stay_on_the_next_film(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    files = (write_film(tmp_path / "one.png"), write_film(tmp_path / "two.png"))
    session = open_window(files)
    session.state.case.show(marks())
    settle(session, qtbot)
    press(session, Qt.Key.Key_S)
    assert coloured(session.window.canvas_beside) > 0
    first = session.state.review.film
    press(session, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: session.state.review.film is not first)
    assert not session.window.middle.bar.isVisible()
    assert not session.window.canvas_beside.isVisible()
    assert coloured(session.window.canvas) == 0


@pytest.mark.parametrize("width", [420, 760, 1100, 1400])
def test_the_bar_fits_any_window(session: Session, qtbot: QtBot, width: int) -> None:
    session.window.resize(width, 600)
    qtbot.wait(10)
    bar = session.window.middle.bar
    assert session.window.width() <= max(width, 760), "the bar never makes the window wider"
    assert bar.height() <= 40
    way = control(bar, QComboBox, "Way of comparing")
    assert way.isVisible() == (width < 1200)
    press(session, *KEYS[CompareMode.BLINK])
    qtbot.wait(10)
    parts = [part for part in bar.findChildren(QWidget) if part.isVisible() and part.parent() is bar]
    assert width < 700 or max(part.geometry().right() for part in parts) < bar.width(), "nothing is cut off"
    way.activated.emit(way.findText("Swipe"))
    assert session.state.comparison.mode is CompareMode.SWIPE


def test_the_wheel_zooms_both_sides_about_the_cursor(session: Session) -> None:
    press(session, Qt.Key.Key_S)
    right = session.window.canvas_beside
    place = QPointF(80.0, 90.0)
    view = session.state.camera.view
    under = view.to_image(place.x(), place.y())
    session.state.camera.zoom(2.0, (place.x(), place.y()))
    after = session.state.camera.view
    assert after.to_image(place.x(), place.y()) == pytest.approx(under)
    assert (right.width(), right.height()) == after.viewport


@pytest.mark.parametrize("mode", ["overlay", "side-by-side", "swipe", "blink", "difference"])
def test_the_program_pictures_every_mode(tmp_path: Path, mode: str) -> None:
    target = tmp_path / "out.png"
    done = start("--phrase", "round masses", "--compare", mode, "--screenshot", str(target), home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert target.stat().st_size > 10_000


def test_a_picture_of_a_comparison_without_marks_is_refused(film_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    done = start(str(film_file), "--compare", "swipe", "--screenshot", str(target), home=tmp_path)
    assert done.returncode == 2
    assert "--annotations" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not target.exists()
