"""A reviewer sees how far model and readers agree, moves the threshold, and goes to where they differ."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QScrollArea, QToolButton, QWidget

from afloc_core.agreement.consensus import Consensus
from afloc_core.annotations.marks import Mark, Reading
from afloc_core.annotations.shapes import Box
from app.views.agreement_curve import CurveView
from tests.app.conftest import control
from tests.app.test_actions import nameless

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

EFFUSION = "Effusion"
MARKS = (
    Mark("film", Box(140, 180, 60, 60), EFFUSION, "Ann"),
    Mark("film", Box(150, 190, 50, 40), EFFUSION, "Ben"),
    Mark("film", Box(10, 20, 20, 10), "Nodule", "Ben"),
)
READINGS = (Reading("film", "Cleo"),)


@pytest.fixture
def session(open_window: OpenWindow, qtbot: QtBot, film_file: Path) -> Session:
    """Return a window with a map and the marks of three readers, measured."""
    opened = open_window((film_file,), phrase="left pleural effusion")
    opened.state.case.show(MARKS, READINGS)
    opened.state.case.look_for(EFFUSION)
    measured(opened, qtbot)
    qtbot.waitUntil(lambda: opened.controller.agreeing.panel.curve.plot is not None)
    return opened


def measured(session: Session, qtbot: QtBot) -> None:
    """Wait until figures and places belong to what is on screen."""
    state = session.state

    def settled() -> bool:
        picture = state.review.picture
        wanted = picture.threshold_value(state.overlay.settings) if picture is not None else float("nan")
        result = state.agreement.result
        return bool(result.pairs) and result.threshold == wanted and result.finding == state.case.finding

    qtbot.waitUntil(settled)
    qtbot.waitUntil(lambda: bool(state.agreement.places.places))


def test_names_have_what_the_first_figures_leave_and_no_column_is_cut(session: Session) -> None:
    table = session.controller.agreeing.panel.table
    shown = sum(table.columnWidth(column) for column in range(5))
    assert shown == table.viewport().width()
    titles = [table.model().headerData(column, Qt.Orientation.Horizontal) for column in range(5)]
    assert titles == ["Pair", "IoU", "Dice", "CNR", "Hit"]


def cells(session: Session) -> dict[tuple[str, str], list[str]]:
    """Return what the table says, by pair."""
    model = session.controller.agreeing.panel.table.model()
    rows = [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]
    return {(first, second): row[1:] for row in rows for first, second in [row[0].split(" · ")]}


def test_nothing_is_shown_without_marks(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,), phrase="left pleural effusion")
    headings = [button for button in session.window.side.findChildren(QToolButton) if button.isVisible()]
    assert not {"Agreement", "Disagreements"} & {button.accessibleName() for button in headings}
    session.state.case.show(MARKS)
    session.state.case.look_for("")
    measured(session, qtbot)
    assert control(session.window.side, QToolButton, "Agreement").isVisible()
    session.state.case.show(())
    assert not control(session.window.side, QToolButton, "Agreement").isVisible()
    qtbot.waitUntil(lambda: not session.state.agreement.result.pairs)


def test_the_table_shows_the_figures_model_first(session: Session) -> None:
    shown, result = cells(session), session.state.agreement.result
    assert next(iter(shown)) == ("Model", "Ann")
    assert [(pair.first, pair.second) for pair in result.pairs] == list(shown)
    for pair in result.pairs:
        row = shown[pair.first, pair.second]
        figures = (pair.iou, pair.dice, pair.cnr)
        assert row[:3] == ["–" if isnan(value) else f"{value:.2f}" for value in figures]
        assert row[4] == ("–" if isnan(pair.distance_px) else f"{pair.distance_px:.0f}")  # a PNG has no spacing
        assert row[5:] == [str(pair.area_first), str(pair.area_second)]
    assert shown["Ann", "Ben"][0] == f"{2000 / 3600:.2f}"


def test_figures_are_pending_until_they_are_of_what_is_on_screen(session: Session, qtbot: QtBot) -> None:
    agreeing, state = session.controller.agreeing, session.state
    qtbot.waitUntil(lambda: not agreeing.pending)
    with qtbot.waitSignal(agreeing.settled):
        state.overlay.set_threshold(0.7)
        assert agreeing.pending, "a picture of the window waits"
    picture = state.review.picture
    assert picture is not None
    assert not agreeing.pending
    assert state.agreement.result.threshold == picture.threshold_value(state.overlay.settings)


def test_the_first_rows_are_seen_in_a_window_of_usual_size(session: Session, qtbot: QtBot) -> None:
    window, table = session.window, session.controller.agreeing.panel.table
    window.resize(1500, 950)
    qtbot.waitUntil(lambda: window.size().height() == 950)
    model = table.model()
    titles = [model.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) for at in range(5)]
    assert titles == ["Pair", "IoU", "Dice", "CNR", "Hit"]
    for row in range(3):
        for column in range(5):
            cell = table.visualRect(model.index(row, column))
            shown = QRegion(cell) & table.viewport().visibleRegion()
            assert shown.boundingRect() == cell, f"row {row}, {titles[column]}"


def test_a_dash_says_why(session: Session) -> None:
    model = session.controller.agreeing.panel.table.model()
    row = list(cells(session)).index(("Ann", "Cleo"))
    cell = model.index(row, 1)
    assert cell.data() == "–"
    for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        assert cell.data(role) == "IoU: no value, Cleo marked nothing"
    assert "continuous map" in model.index(row, 3).data(Qt.ItemDataRole.ToolTipRole)


def test_a_hit_says_what_it_means(session: Session) -> None:
    table = session.controller.agreeing.panel.table.model()
    column = [table.headerData(at, Qt.Orientation.Horizontal, 0) for at in range(table.columnCount())].index("Hit")
    index = table.index(0, column)
    assert table.data(index) == "yes"
    hint = str(table.data(index, Qt.ItemDataRole.ToolTipRole))
    assert hint.startswith("yes: the hottest place of the map lies in these marks. The threshold plays no part")
    key = control(session.window, QLabel, "Key to the table")
    assert key.isVisible()
    assert "hottest place" in key.text()


def test_the_plot_comes_between_frames(session: Session, qtbot: QtBot) -> None:
    curve = CurveView()
    assert session.controller.agreeing.panel.curve.plot is not None, "the library is there already"
    qtbot.addWidget(curve)
    curve.build()
    assert (curve.plot is None, curve.building) == (True, True)
    with qtbot.waitSignal(curve.built):
        curve.build()
    assert curve.plot is not None
    assert not curve.building


def test_sentence_and_protocol_are_there(session: Session) -> None:
    panel = session.controller.agreeing.panel
    sentence = control(panel, QLabel, "Where the model stands").text()
    result = session.state.agreement.result
    assert f"mean IoU {result.model_mean:.2f}" in sentence
    assert result.spread is not None
    assert f"{result.spread[0]:.2f} to {result.spread[2]:.2f}" in sentence
    assert "native" in control(panel, QLabel, "Protocol").text()


def test_the_marks_of_the_finding_that_is_asked_for_are_measured(session: Session, qtbot: QtBot) -> None:
    case, protocol = session.state.case, control(session.controller.agreeing.panel, QLabel, "Protocol")
    case.look_for("")
    qtbot.waitUntil(lambda: "marks of all findings together" in protocol.text())
    session.window.phrase_bar.set_text("right upper lobe nodules")
    assert case.finding == "Nodule"
    measured(session, qtbot)
    assert "marks of Nodule" in protocol.text()
    session.window.phrase_bar.set_text("cardiomegaly")
    assert case.finding == "", "a phrase that names no marked finding is held against all"
    session.window.phrase_bar.set_text("effusion")
    case.show(MARKS[2:])
    assert case.finding == "", "the next film has none of it"
    case.show(MARKS)
    assert case.finding == EFFUSION, "and the one after has it again"


def test_the_line_on_the_curve_is_the_threshold(session: Session, qtbot: QtBot) -> None:
    curve = session.controller.agreeing.panel.curve
    plot = curve.plot
    assert plot is not None
    session.state.overlay.set_threshold(0.2)
    picture = session.state.review.picture
    assert picture is not None
    assert plot.line.value() == pytest.approx(0.1 + 0.2 * 0.4)
    reveal(session, curve)
    box = plot.widget.getPlotItem().vb
    start, end = (plot.widget.mapFromScene(box.mapViewToScene(QPointF(x, 0.5))) for x in (0.18, 0.35))
    drag(plot.widget.viewport(), start, end)
    assert session.state.overlay.settings.threshold == pytest.approx((0.35 - 0.1) / 0.4, abs=0.02)
    assert plot.line.value() == pytest.approx(picture.threshold_value(session.state.overlay.settings))
    measured(session, qtbot)
    curve.setFocus()
    before = session.state.overlay.settings.threshold
    QTest.keyClick(curve, Qt.Key.Key_Left)
    assert session.state.overlay.settings.threshold == pytest.approx(before - 0.02)


def test_a_consensus_can_be_chosen(session: Session, qtbot: QtBot) -> None:
    panel = session.controller.agreeing.panel
    assert ("Model", "Consensus (majority)") in cells(session)
    reveal(session, control(panel, QCheckBox, "Consensus: Union"))
    control(panel, QCheckBox, "Consensus: Union").click()
    control(panel, QCheckBox, "Consensus: Majority").click()
    assert session.state.agreement.kinds == (Consensus.UNION,)
    qtbot.waitUntil(lambda: ("Model", "Consensus (union)") in cells(session))
    assert ("Model", "Consensus (majority)") not in cells(session)


def test_sorting_keeps_dashes_last_and_what_was_chosen(session: Session, qtbot: QtBot) -> None:
    table = session.controller.agreeing.panel.table
    names = list(cells(session))
    table.selectRow(names.index(("Ann", "Ben")))
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        table.sortByColumn(1, order)
        column = [row[0] for row in cells(session).values()]
        known = [float(text) for text in column if text != "–"]
        assert known == sorted(known, reverse=order is Qt.SortOrder.DescendingOrder)
        assert column[len(known) :] == ["–"] * (len(column) - len(known))
        (chosen,) = table.selectionModel().selectedRows()
        assert list(cells(session))[chosen.row()] == ("Ann", "Ben")
    session.state.overlay.set_threshold(0.3)
    measured(session, qtbot)
    (chosen,) = table.selectionModel().selectedRows()
    assert list(cells(session))[chosen.row()] == ("Ann", "Ben")
    table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert list(cells(session)) == names


def test_copying_gives_every_figure_in_full(session: Session) -> None:
    table, result = session.controller.agreeing.panel.table, session.state.agreement.result
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    heading = lines[0].split("\t")
    rows = [dict(zip(heading, line.split("\t"), strict=True)) for line in lines[1:]]
    assert [(row["first"], row["second"]) for row in rows] == [(pair.first, pair.second) for pair in result.pairs]
    for row, pair in zip(rows, result.pairs, strict=True):
        for measure in ("iou", "dice", "cnr", "hit", "distance_px", "distance_mm", "area_first", "area_second"):
            assert float(row[measure]) == pytest.approx(getattr(pair, measure), abs=0, nan_ok=True)
        assert (row["finding"], row["protocol"]) == (EFFUSION, result.protocol)
    table.selectRow(1)
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 2


def test_a_disagreement_leads_to_its_place_and_flashes_it(session: Session, qtbot: QtBot) -> None:
    session.state.case.look_for("")
    agreeing, camera = session.controller.agreeing, session.state.camera
    nodule = (10, 20, 20, 10)
    qtbot.waitUntil(lambda: nodule in [place.box for place in session.state.agreement.places.places])
    places = session.state.agreement.places.places
    at = [place.box for place in places].index(nodule)
    agreeing.places.setFocus()
    agreeing.places.selectRow(at)
    QTest.keyClick(agreeing.places, Qt.Key.Key_Return)
    assert camera.view.centre == pytest.approx((20, 25))
    assert agreeing.flash.isVisible()
    bounds = agreeing.flash.lines[0].boundingRect()
    assert (bounds.left(), bounds.top(), bounds.width(), bounds.height()) == pytest.approx((10, 20, 20, 10), abs=1.1)
    qtbot.waitUntil(lambda: not agreeing.flash.isVisible(), timeout=5000)
    other = next(row for row, place in enumerate(places) if place.box != nodule)
    reveal(session, agreeing.places)
    agreeing.places.scrollTo(agreeing.places.model().index(other, 0))
    spot = agreeing.places.visualRect(agreeing.places.model().index(other, 0)).center()
    QTest.mouseClick(agreeing.places.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    x, y, width, height = places[other].box
    assert camera.view.centre == pytest.approx((x + width / 2, y + height / 2))


def test_keys_step_through_the_disagreements(session: Session) -> None:
    window, places = session.window, session.state.agreement.places.places
    window.canvas.setFocus()
    centres = []
    for key in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        QTest.keyClick(window.canvas, Qt.Key.Key_N, key)
        centres.append(session.state.camera.view.centre)
    x, y, width, height = places[0].box
    assert centres[0] == centres[2] == pytest.approx((x + width / 2, y + height / 2))
    assert session.controller.agreeing.places.currentIndex().row() == 0


def test_the_large_table_shows_the_same(session: Session, qtbot: QtBot) -> None:
    panel = session.controller.agreeing.panel
    reveal(session, control(panel, QPushButton, "Enlarge the agreement table"))
    control(panel, QPushButton, "Enlarge the agreement table").click()
    large = control(session.window, QWidget, "Agreement of every pair, large")
    assert large.isVisible()
    session.state.case.show(())
    qtbot.waitUntil(lambda: not large.isVisible())


def test_everything_has_a_name_for_those_who_do_not_see_it(session: Session) -> None:
    session.controller.agreeing.panel.show_large()
    assert nameless(session.window) == []
    description = session.controller.agreeing.panel.curve.accessibleDescription()
    assert f"mean IoU {session.state.agreement.result.model_mean:.2f} at this threshold" in description


def test_twenty_readers_make_every_pair(session: Session, qtbot: QtBot) -> None:
    names = [f"Reader {number:02}" for number in range(20)]
    marks = [Mark("film", Box(100 + at, 150 + at, 60, 60), EFFUSION, name) for at, name in enumerate(names)]
    session.state.case.show(marks)
    qtbot.waitUntil(lambda: len(session.state.agreement.result.readers) == 20)
    shown = cells(session)
    assert len(shown) == 22 * 21 / 2  # and the model, and a consensus
    assert shown["Reader 00", "Reader 01"][0] == f"{59 * 59 / (2 * 3600 - 59 * 59):.2f}"


def test_the_map_of_a_word_leaves_the_figures_alone(session: Session, qtbot: QtBot) -> None:
    state = session.state
    picture, before = state.review.picture, state.agreement.result
    assert picture is not None
    state.review.show_picture(replace(picture, word="left"))
    qtbot.wait(150)
    assert state.agreement.result is before
    state.review.show_picture(None)
    qtbot.waitUntil(lambda: state.agreement.result.model == "")
    assert "Ask for a finding" in control(session.controller.agreeing.panel, QLabel, "Where the model stands").text()
    assert not session.controller.agreeing.panel.curve.isVisible()


def reveal(session: Session, widget: QWidget) -> None:
    """Scroll the side panel to a control."""
    session.window.side.findChild(QScrollArea).ensureWidgetVisible(widget)
    QTest.qWait(20)


def drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    """Drag with the left button."""
    QTest.mouseMove(widget, start)
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 11):
        QTest.mouseMove(widget, start + (end - start) * step / 10)
        QTest.qWait(10)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)
