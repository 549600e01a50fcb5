"""A reader keeps several phrases on screen: contours, thresholds, and the difference of two."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QSlider, QToolButton, QWidget

from app.models.phrase_difference import signed
from app.models.phrase_layers import MOST
from tests.app.conftest import control
from tests.app.fakes import COLD, HOT, FakeLocalizer, radiograph
from tests.app.test_actions import nameless
from tests.e2e.test_looking_at_a_film import pixels

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def model() -> FakeLocalizer:
    return FakeLocalizer()


@pytest.fixture
def session(open_window: OpenWindow, film_file: Path, model: FakeLocalizer) -> Session:
    return open_window((film_file,), load=lambda: model, open_file=lambda _path: radiograph())


def type_phrase(session: Session, qtbot: QtBot, phrase: str) -> None:
    line = session.window.phrase_bar.line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, phrase)
    qtbot.waitUntil(lambda: typed(session) == phrase and not session.state.review.pending)


def typed(session: Session) -> str:
    picture = session.state.review.picture
    return "" if picture is None else picture.heatmap.phrase.typed


def keep(session: Session, qtbot: QtBot, *phrases: str) -> None:
    """Type phrases and keep them with Ctrl+Enter."""
    for phrase in phrases:
        type_phrase(session, qtbot, phrase)
        QTest.keyClick(session.window.phrase_bar.line, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: all(session.state.phrases.picture(phrase) is not None for phrase in phrases))


def of_colour(session: Session, colour: str) -> int:
    """Return how many pixels of the canvas have nearly a colour."""
    wanted = QColor(colour)
    shown = pixels(session).astype(int)
    distance = np.abs(shown - (wanted.red(), wanted.green(), wanted.blue())).max(axis=2)
    return int((distance < 24).sum())


def kept(session: Session) -> tuple[str, ...]:
    return session.state.phrases.texts


def differing(session: Session) -> bool:
    """Whether a difference is wanted or shown."""
    return session.state.phrases.sides is not None or session.state.phrases.difference is not None


def section_shown(session: Session) -> bool:
    return control(session.window.side, QToolButton, "Phrases").isVisible()


def test_a_newcomer_sees_no_section_of_phrases(session: Session, qtbot: QtBot) -> None:
    assert not section_shown(session)
    type_phrase(session, qtbot, "mass")
    assert not section_shown(session)
    keep(session, qtbot, "mass")
    assert section_shown(session)
    eye = control(session.window, QToolButton, "Show mass")
    eye.setFocus()
    QTest.keyClick(eye, Qt.Key.Key_Delete)
    assert not section_shown(session)
    assert session.window.canvas.hasFocus()


def test_control_enter_keeps_the_phrase_and_the_next_one_types_over_it(
    session: Session, qtbot: QtBot, model: FakeLocalizer
) -> None:
    line = session.window.phrase_bar.line
    line.setFocus()
    QTest.keyClicks(line, "left effusion")
    QTest.keyClick(line, Qt.Key.Key_Return, CONTROL)
    QTest.keyClicks(line, "mass")
    QTest.mouseClick(control(session.window, QToolButton, "Keep the phrase"), Qt.MouseButton.LeftButton)
    assert line.text() == "mass"
    assert session.state.phrases.texts == ("left effusion", "mass")
    qtbot.waitUntil(lambda: all(session.state.phrases.picture(t) is not None for t in session.state.phrases.texts))
    assert session.state.preferences.phrases == ("left effusion", "mass")
    assert control(session.window, QLabel, "Match of mass").text() == "match 0.81"
    assert model.asked.count("mass") == 1, "the map of the typed phrase serves the kept one"


def test_every_kept_phrase_has_a_contour_of_its_own_colour_at_its_own_threshold(session: Session, qtbot: QtBot) -> None:
    keep(session, qtbot, "mass", "nodule")
    type_phrase(session, qtbot, "absent finding")
    first, second = session.state.phrases.layers
    assert of_colour(session, second.colour) > 20, "the later of two equal contours lies on top"
    slider = control(session.window, QSlider, "Threshold of nodule")
    slider.setFocus()
    before = of_colour(session, second.colour)
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert session.state.phrases.layers[1].threshold == 1
    assert control(session.window, QLabel, "Threshold value of nodule").text() == f"{HOT:.2f}"
    assert "below its threshold" in control(session.window, QLabel, "Match of nodule").text()
    assert of_colour(session, second.colour) < before
    assert of_colour(session, first.colour) > 20
    assert session.state.overlay.settings.threshold == 0.5, "the typed phrase keeps its own"
    for _ in range(5):
        QTest.keyClick(slider, Qt.Key.Key_Left)
    assert session.state.phrases.layers[1].threshold == pytest.approx(0.9)
    assert control(session.window, QLabel, "Threshold value of nodule").text() == f"{COLD + 0.9 * (HOT - COLD):.2f}"
    assert slider.hasFocus()


def test_contours_lie_where_the_map_equals_the_threshold(session: Session, qtbot: QtBot) -> None:
    keep(session, qtbot, "mass")
    type_phrase(session, qtbot, "absent finding")
    (layer,) = session.state.phrases.layers
    picture, view = session.state.phrases.picture("mass"), session.state.camera.view
    assert picture is not None
    (line,) = picture.contours(session.state.overlay.settings)
    shown = pixels(session).astype(int)
    wanted = QColor(layer.colour)
    # The lower part of the line: the name stands above the upper one.
    at = [view.to_screen(u, v) for u, v in line if v > picture.heatmap.peak[1]]
    near = [
        np.abs(shown[round(y - 0.5), round(x - 0.5)] - (wanted.red(), wanted.green(), wanted.blue())).max() < 60
        for x, y in at
    ]
    assert np.mean(near) > 0.9


def test_the_eye_hides_one_and_h_and_space_hide_all(session: Session, qtbot: QtBot) -> None:
    keep(session, qtbot, "mass")
    type_phrase(session, qtbot, "absent finding")
    (layer,) = session.state.phrases.layers
    shown = of_colour(session, layer.colour)
    assert shown > 20
    eye = control(session.window, QToolButton, "Show mass")
    QTest.mouseClick(eye, Qt.MouseButton.LeftButton)
    assert of_colour(session, layer.colour) == 0
    eye.setFocus()
    QTest.keyClick(eye, Qt.Key.Key_Space)
    assert of_colour(session, layer.colour) == shown
    canvas = session.window.canvas
    canvas.setFocus()
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    assert of_colour(session, layer.colour) == 0
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert of_colour(session, layer.colour) == shown
    QTest.keyClick(canvas, Qt.Key.Key_H)
    assert of_colour(session, layer.colour) == 0


def test_delete_and_the_cross_remove_a_phrase_and_the_next_row_has_the_keyboard(session: Session, qtbot: QtBot) -> None:
    keep(session, qtbot, "mass", "nodule", "effusion")
    slider = control(session.window, QSlider, "Threshold of mass")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Delete)
    assert kept(session) == ("nodule", "effusion")
    assert control(session.window, QToolButton, "Show nodule").hasFocus()
    QTest.mouseClick(control(session.window, QToolButton, "Remove effusion"), Qt.MouseButton.LeftButton)
    assert kept(session) == ("nodule",)


def test_a_kept_phrase_can_be_asked_again(session: Session, qtbot: QtBot) -> None:
    keep(session, qtbot, "mass", "nodule")
    QTest.mouseClick(control(session.window, QPushButton, "Ask mass again"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: typed(session) == "mass")
    assert session.window.phrase_bar.line.text() == "mass"


def test_another_film_asks_the_typed_phrase_first_then_every_kept_one(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    gate = threading.Event()
    gate.set()
    model = FakeLocalizer(gate=gate)
    session = open_window((film_file,), load=lambda: model, open_file=lambda _path: radiograph())
    keep(session, qtbot, "mass", "nodule")
    type_phrase(session, qtbot, "effusion")
    before = session.state.phrases.picture("mass")
    asked = len(model.asked)
    gate.clear()
    session.controller.open((film_file,))
    qtbot.waitUntil(lambda: len(model.asked) > asked)
    assert session.state.phrases.picture("mass") is None, "a map never stays on another film"
    assert control(session.window, QLabel, "Match of mass").text() == "updating…"
    gate.set()
    qtbot.waitUntil(lambda: all(session.state.phrases.picture(t) is not None for t in ("mass", "nodule")))
    assert model.asked[asked:] == ["effusion", "mass", "nodule"]
    assert session.state.phrases.picture("mass") is not before


def test_another_pipeline_asks_every_kept_phrase_again(session: Session, qtbot: QtBot, model: FakeLocalizer) -> None:
    keep(session, qtbot, "lung mass", "nodule")
    QTest.keyClick(session.window.canvas, Qt.Key.Key_P, SHIFT)
    qtbot.waitUntil(lambda: session.state.phrases.picture("nodule") is not None)
    qtbot.waitUntil(lambda: session.state.phrases.picture("lung mass") is not None)
    picture = session.state.phrases.picture("lung mass")
    assert picture is not None
    assert picture.heatmap.pipeline.value == "published"
    assert "drops this phrase" in control(session.window, QLabel, "Match of nodule").text()


def test_a_kept_phrase_that_is_refused_says_why_in_its_row(session: Session, qtbot: QtBot) -> None:
    type_phrase(session, qtbot, "mass")
    session.state.phrases.pin("nonsense")
    qtbot.waitUntil(lambda: session.state.phrases.error("nonsense") != "")
    assert (
        control(session.window, QLabel, "Match of nonsense").text() == "This phrase cannot be read; use English words."
    )
    assert typed(session) == "mass"


def test_a_thirteenth_phrase_is_refused_with_a_sentence(session: Session, qtbot: QtBot) -> None:
    for number in range(MOST):
        session.state.phrases.pin(f"phrase {number}")
    type_phrase(session, qtbot, "one more")
    QTest.keyClick(session.window.phrase_bar.line, Qt.Key.Key_Return, CONTROL)
    assert len(session.state.phrases.layers) == MOST
    assert "at most" in session.window.message_bar.text
    session.state.phrases.remove("phrase 3")
    assert session.window.message_bar.text == ""


def test_typing_is_not_slowed_by_kept_phrases(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    model = FakeLocalizer(delay=0.05)
    session = open_window((film_file,), load=lambda: model, open_file=lambda _path: radiograph())
    for number in range(8):
        session.state.phrases.pin(f"phrase {number}")
    qtbot.waitUntil(lambda: len(model.asked) == 2)
    session.window.phrase_bar.set_text("typed")
    qtbot.waitUntil(lambda: typed(session) == "typed")
    assert model.asked.index("typed") <= 3
    qtbot.waitUntil(lambda: all(session.state.phrases.picture(t) is not None for t in session.state.phrases.texts))


def test_the_difference_of_a_kept_and_the_typed_phrase(session: Session, qtbot: QtBot) -> None:
    keep(session, qtbot, "left effusion")
    type_phrase(session, qtbot, "absent finding")
    canvas = session.window.canvas
    canvas.setFocus()
    heat = pixels(session)
    QTest.keyClick(canvas, Qt.Key.Key_D, SHIFT)
    difference = session.state.phrases.difference
    assert difference is not None
    assert difference.title == "left effusion − absent finding"
    assert session.window.legend.caption().startswith("A − B, left effusion − absent finding: difference in cosine")
    assert "from −0.40 to +0.40, absolute scale" in session.window.legend.caption()
    assert "left effusion − absent finding: A most at +" in session.window.status_line.text
    assert session.window.actions_by_id["phrase-difference"].isChecked()
    row = np.unravel_index(int(np.nanargmax(difference.values)), difference.values.shape)
    x, y = session.state.camera.view.to_screen(row[1] + 0.5, row[0] + 0.5)
    red, _, blue = pixels(session)[round(y), round(x)].astype(int)
    assert red > blue + 60, "amber where A is more similar"
    QTest.mouseMove(canvas, QPoint(round(x), round(y)))
    assert f"  {signed(float(difference.values.max()))}" in session.window.status_line.text
    QTest.keyClick(canvas, Qt.Key.Key_X, SHIFT)
    assert session.state.phrases.difference is not None
    assert session.state.phrases.difference.title == "absent finding − left effusion"
    red, _, blue = pixels(session)[round(y), round(x)].astype(int)
    assert blue > red + 60, "blue where B is"
    QTest.keyClick(canvas, Qt.Key.Key_D, SHIFT)
    assert not differing(session)
    QTest.mouseMove(canvas, QPoint(3, 3))
    np.testing.assert_array_equal(pixels(session), heat)


def test_the_difference_follows_typing_and_the_lists_choose_others(session: Session, qtbot: QtBot) -> None:
    keep(session, qtbot, "left effusion", "mass")
    type_phrase(session, qtbot, "absent finding")
    QTest.mouseClick(
        control(session.window, QCheckBox, "Difference of two phrases"), Qt.MouseButton.LeftButton, pos=QPoint(8, 10)
    )
    assert session.state.phrases.sides == ("mass", "")
    type_phrase(session, qtbot, "nodule")
    assert session.state.phrases.difference is not None
    assert session.state.phrases.difference.title == "mass − nodule"
    box = control(session.window, QComboBox, "Phrase B of the difference")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    assert session.state.phrases.sides == ("mass", "left effusion")
    QTest.mouseClick(control(session.window, QToolButton, "Exchange A and B"), Qt.MouseButton.LeftButton)
    assert session.state.phrases.difference.title == "left effusion − mass"
    QTest.mouseClick(control(session.window, QToolButton, "Remove mass"), Qt.MouseButton.LeftButton)
    assert not differing(session)


def test_a_difference_needs_two_phrases_and_says_so(session: Session, qtbot: QtBot) -> None:
    type_phrase(session, qtbot, "mass")
    session.window.canvas.setFocus()
    QTest.keyClick(session.window.canvas, Qt.Key.Key_D, SHIFT)
    assert "needs two phrases" in session.window.message_bar.text
    assert session.state.phrases.sides is None
    assert not session.window.actions_by_id["phrase-difference"].isChecked()


def test_every_control_of_the_phrases_has_a_name_and_explains_itself(session: Session, qtbot: QtBot) -> None:
    keep(session, qtbot, "mass", "nodule")
    session.controller.phrasing.toggle_difference()
    assert nameless(session.window) == []
    section = control(session.window, QCheckBox, "Difference of two phrases").parentWidget()
    assert section is not None
    for row in ("Show mass", "Remove mass"):
        assert control(session.window, QToolButton, row).toolTip()
    assert control(session.window, QSlider, "Threshold of mass").toolTip()
    reached: set[str] = set()
    session.window.phrase_bar.line.setFocus()
    for _ in range(80):
        focused = session.window.focusWidget()
        assert isinstance(focused, QWidget)
        reached.add(focused.accessibleName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    wanted = {"Show mass", "Ask mass again", "Remove mass", "Threshold of mass", "Difference of two phrases"}
    wanted |= {"Phrase A of the difference", "Phrase B of the difference", "Exchange A and B", "Keep the phrase"}
    assert wanted <= reached
