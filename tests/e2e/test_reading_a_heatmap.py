"""A reader judges the heat: colours that mean something, a threshold, a peak, and a key that takes it all away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QSlider

from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Box
from app.models.overlay import ScaleMode
from tests.app.fakes import COLD, HOT, FakeLocalizer, radiograph
from tests.e2e.test_looking_at_a_film import pixels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow


def coloured(session: Session) -> int:
    """Return how many pixels of the canvas are clearly not grey."""
    shown = pixels(session).astype(int)
    return int(((shown.max(axis=2) - shown.min(axis=2)) > 25).sum())


def colour_at_peak(session: Session) -> NDArray[np.int64]:
    picture = session.state.review.picture
    assert picture is not None
    x, y = session.state.camera.view.to_screen(*picture.heatmap.peak)
    colour: NDArray[np.int64] = pixels(session)[round(y) + 3, round(x) + 3].astype(np.int64)
    return colour


@pytest.fixture
def session(open_window: OpenWindow, film_file: Path) -> Session:
    return open_window((film_file,), phrase="mass", open_file=lambda _path: radiograph())


def test_the_heat_lies_on_the_finding_and_nowhere_else(session: Session) -> None:
    red, _, blue = colour_at_peak(session)
    assert red > blue + 40
    shown = pixels(session).astype(int)
    x, y = session.state.camera.view.to_screen(0.25 * 240, 0.25 * 300)
    assert np.ptp(shown[round(y), round(x)]) == 0


def test_an_absent_finding_stays_grey_until_min_max_which_says_so(open_window: OpenWindow, film_file: Path) -> None:
    session = open_window((film_file,), phrase="absent mass", open_file=lambda _path: radiograph())
    assert coloured(session) == 0
    assert "below the threshold" in session.window.status_line.text
    assert "absolute scale" in session.window.legend.caption()
    QTest.keyClick(session.window.canvas, Qt.Key.Key_M)
    assert coloured(session) > 1000
    assert "min–max of this map" in session.window.legend.caption()
    assert "min–max scale" in session.window.status_line.text
    picture = session.state.review.picture
    assert picture is not None
    assert f"from {picture.least:.2f} to {picture.greatest:.2f}" in session.window.legend.caption()


def test_h_hides_every_overlay_and_space_looks_beneath(session: Session) -> None:
    canvas = session.window.canvas
    with_heat = pixels(session)
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    bare = pixels(session)
    assert coloured(session) == 0
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert np.array_equal(pixels(session), with_heat)
    QTest.keyClick(canvas, Qt.Key.Key_H)
    assert np.array_equal(pixels(session), bare)
    QTest.keyClick(canvas, Qt.Key.Key_H)
    assert np.array_equal(pixels(session), with_heat)


def test_threshold_keys_move_it_in_the_units_of_the_map(session: Session) -> None:
    before = coloured(session)
    for _ in range(5):
        QTest.keyClick(session.window.canvas, Qt.Key.Key_BracketRight)
    assert session.state.overlay.settings.threshold == pytest.approx(0.6)
    assert f"threshold {COLD + 0.6 * (HOT - COLD):.2f}" in session.window.legend.caption()
    assert coloured(session) < before
    for _ in range(60):
        QTest.keyClick(session.window.canvas, Qt.Key.Key_BracketLeft)
    assert session.state.overlay.settings.threshold == 0


def test_dragging_in_the_legend_moves_the_threshold(session: Session) -> None:
    legend = session.window.legend
    bar = legend.bar()
    place = QPoint(round(bar.center().x()), round(bar.bottom() - 0.75 * bar.height()))
    QTest.mousePress(legend, Qt.MouseButton.LeftButton, pos=place)
    assert session.state.overlay.settings.threshold == pytest.approx(0.75, abs=0.01)
    QTest.mouseMove(legend, QPoint(place.x(), -50))
    assert session.state.overlay.settings.threshold == 1
    legend.setFocus()
    QTest.keyClick(legend, Qt.Key.Key_Down)
    assert session.state.overlay.settings.threshold == pytest.approx(0.98)


def test_contour_and_peak_come_and_go(session: Session) -> None:
    everything = pixels(session)
    QTest.keyClick(session.window.canvas, Qt.Key.Key_C)
    without_contour = pixels(session)
    QTest.keyClick(session.window.canvas, Qt.Key.Key_P)
    without_both = pixels(session)
    changed = (everything != without_contour).any(axis=2)
    view, picture = session.state.camera.view, session.state.review.picture
    assert picture is not None
    (line,) = picture.contours(session.state.overlay.settings)
    at = [view.to_screen(u, v) for u, v in line]
    assert np.mean([changed[round(y - 0.5), round(x - 0.5)] for x, y in at]) > 0.9
    rows, columns = np.nonzero((without_contour != without_both).any(axis=2))
    x, y = view.to_screen(picture.heatmap.peak[0] + 0.5, picture.heatmap.peak[1] + 0.5)
    assert columns.min() < x < columns.max()
    assert abs((rows.min() + rows.max()) / 2 - y) < 3


def test_the_value_of_the_peak_is_read_over_outlines_of_marks(session: Session) -> None:
    picture = session.state.review.picture
    assert picture is not None
    u, v = picture.heatmap.peak

    def figures(left: float, top: float) -> NDArray[np.bool_]:
        """Return what is white where the value is written, with outlines from there on."""
        edges = range(0, 40, 4)
        session.state.case.show([Mark("film", Box(left + at, top, 55, 80), "mass", f"Reader {at}") for at in edges], ())
        QApplication.processEvents()
        shown = pixels(session)
        x, y = session.state.camera.view.to_screen(u + 0.5, v + 0.5)
        return np.asarray(shown[round(y) - 6 : round(y) + 7, round(x) + 14 : round(x) + 60].min(axis=2) == 255)

    aside = figures(2, 2)
    assert aside.sum() > 40, "figures are drawn there"
    assert np.array_equal(figures(u - 40, v - 40), aside), "no outline lies over them"


def test_an_empty_legend_says_what_it_is_for(open_window: OpenWindow, film_file: Path) -> None:
    session = open_window((film_file,), open_file=lambda _path: radiograph())
    legend = session.window.legend

    def inked() -> int:
        grab = legend.grab().toImage()
        backdrop = grab.pixel(1, 1)
        middle = range(legend.height() // 2 - 40, legend.height() // 2 + 40)
        return sum(grab.pixel(x, y) != backdrop for y in middle for x in range(0, legend.width(), 2))

    assert inked() > 50
    assert legend.caption() == "No heatmap"


def test_controls_in_the_panel_do_what_they_say(session: Session, qtbot: QtBot) -> None:
    panel, overlay = session.window.side, session.state.overlay
    sliders = {slider.accessibleName(): slider for slider in panel.findChildren(QSlider)}
    boxes = {box.accessibleName(): box for box in panel.findChildren(QComboBox)}
    heat = colour_at_peak(session)
    sliders["Opacity"].setValue(sliders["Opacity"].maximum())
    assert overlay.settings.opacity == 1
    assert np.abs(colour_at_peak(session) - heat).max() > 20
    boxes["Colours"].setFocus()
    QTest.keyClick(boxes["Colours"], Qt.Key.Key_Down)
    assert overlay.settings.colour_map == "magma"
    QTest.keyClick(boxes["Scale"], Qt.Key.Key_Down)
    assert overlay.settings.scale is ScaleMode.MIN_MAX
    QTest.keyClick(session.window.canvas, Qt.Key.Key_M)
    assert boxes["Scale"].currentText() == "Absolute"
    QTest.keyClick(session.window.canvas, Qt.Key.Key_Comma)
    assert sliders["Opacity"].value() == pytest.approx(0.95 * sliders["Opacity"].maximum(), abs=1)


def test_the_pipeline_is_asked_for_and_always_shown(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    model = FakeLocalizer()
    session = open_window((film_file,), phrase="mass", load=lambda: model)
    assert "aligned" in session.window.status_line.text
    QTest.keyClick(session.window.canvas, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(model.asked) == 2 and not session.state.review.pending)
    picture = session.state.review.picture
    assert picture is not None
    assert picture.heatmap.pipeline.value == "published"
    assert "published" in session.window.status_line.text
    assert session.window.actions_by_id["published"].isChecked()
    assert session.window.message_bar.text.startswith("The published text cleaning drops one-word phrases")
    session.window.phrase_bar.set_text("lung mass")
    qtbot.waitUntil(lambda: len(model.asked) == 3 and not session.state.review.pending)
    assert session.window.message_bar.text == ""
