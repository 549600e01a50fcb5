"""What a reader of a study sees: nothing of another reading, what comes next, every map, and what may be done."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QTextBrowser, QWidget

from afloc_core.study.cases import reference_truth
from afloc_core.study.events import Answer
from afloc_core.study.record import open_record
from afloc_core.study.results import results
from app.models.drawing import Naming
from app.models.reading import Stage
from app.views.drawing_layer import DrawingLayer
from app.views.help_sheet import HelpSheet
from app.views.new_study import NewStudyDialog
from app.views.study_results import StudyResultsDialog
from tests.app.conftest import control
from tests.app.fakes import FakeLocalizer
from tests.app.test_actions import nameless
from tests.e2e.study_window import CROSSOVER, Sit, begin, press, read_first_period
from tests.study.studies import STUDY, write_study

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


_K = Qt.Key


def test_a_second_period_shows_nothing_of_the_first(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    study = write_study(tmp_path, CROSSOVER)
    read_first_period(study)
    session = sit(study)
    begin(session, qtbot)
    reading = session.controller.studying.reading
    assert (reading.step.number, reading.step.period) == (3, 2)
    assert set(reading.answers.values()) == {Answer()}
    with open_record(study) as record:
        (anna,) = record.readers
    before = {step.case: step.arm for step in anna.steps if step.period == 1}
    assert before[reading.step.case] != reading.step.arm, "each case comes in the other arm"
    assert not (tmp_path / "study-R1-1.afreview").exists() and (tmp_path / "study-R1-2.afreview").exists()


def test_every_control_of_a_study_has_an_accessible_name(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    session = sit(write_study(tmp_path))
    begin(session, qtbot)
    assert nameless(session.window) == []
    for dialog in (NewStudyDialog(session.window), StudyResultsDialog("title", "figures", session.window)):
        assert nameless(dialog) == []


MANY = STUDY.replace('["effusion", "nodule"]', str([f"finding {number}" for number in range(1, 9)]).replace("'", '"'))


def test_what_is_to_be_done_next_is_seen_however_many_findings_there_are(
    sit: Sit, tmp_path: Path, qtbot: QtBot
) -> None:
    session = sit(write_study(tmp_path, MANY, films=1))
    begin(session, qtbot)
    window = session.window
    panel = control(window, QScrollArea, "Panel").viewport()

    def seen(widget: QWidget) -> bool:
        top = widget.mapTo(panel, QPoint(0, 0)).y()
        return widget.isVisible() and top >= 0 and top + widget.height() <= panel.height()

    press(session, _K.Key_Return)
    note = control(window, QLabel, "What is to be answered first")
    qtbot.waitUntil(lambda: note.isVisible() and seen(note))
    assert seen(control(window, QPushButton, "Go on"))
    for number in range(1, 9):
        row = control(window, QLabel, f"Finding: finding {number}")
        qtbot.waitUntil(lambda row=row: seen(row))
        press(session, _K.Key_S, _K.Key_3)
    qtbot.waitUntil(lambda: not session.controller.studying.reading.unanswered)
    press(session, _K.Key_Down)
    qtbot.waitUntil(lambda: seen(control(window, QLabel, "Case")) and seen(control(window, QPushButton, "Go on")))


def test_enter_goes_on_and_answers_stay_answers_while_a_mark_is_selected(
    sit: Sit, tmp_path: Path, qtbot: QtBot
) -> None:
    session = sit(write_study(tmp_path))
    begin(session, qtbot)
    canvas, reading = session.window.canvas, session.controller.studying.reading
    before = canvas.geometry()
    press(session, _K.Key_B)
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(canvas, middle + QPoint(40, 30))
    QTest.mouseMove(canvas, middle + QPoint(80, 60))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(80, 60))
    qtbot.waitUntil(lambda: not session.controller.marking.busy and bool(session.state.case.readers))
    assert session.state.drawing.selected is not None
    assert canvas.geometry() == before, "the film stays where it is"
    assert not session.window.middle.bar.isVisible()
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(20, 20))
    assert session.state.drawing.naming is Naming.NOTHING, "the mark has its finding"
    press(session, _K.Key_S, _K.Key_5, _K.Key_N, _K.Key_4)
    qtbot.waitUntil(lambda: not reading.unanswered and not session.controller.studying.busy)
    press(session, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.step.number == 1)


def test_enter_goes_to_the_finding_whose_map_was_never_on_screen(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    study = write_study(tmp_path, STUDY, films=1)
    session = sit(study)
    begin(session, qtbot)
    reading, review, studying = session.controller.studying.reading, session.state.review, session.controller.studying
    press(session, _K.Key_S, _K.Key_4, _K.Key_N, _K.Key_2, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.step.number == 1 and reading.stage is Stage.READING and review.picture is not None)
    qtbot.waitUntil(lambda: not studying.busy)
    assert not reading.unanswered, "the answers of the unaided arm are carried over"
    press(session, _K.Key_Return)
    note = control(session.window, QLabel, "What is to be answered first")
    assert (reading.finding, note.isVisible()) == ("nodule", True)
    assert note.text().startswith("First look at the map of nodule")
    assert reading.stage is Stage.READING
    qtbot.waitUntil(lambda: not review.pending and review.phrase == "nodule")
    press(session, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.stage is Stage.DONE and not studying.busy)
    with open_record(study) as record:
        found = results(record, reference_truth(record.study, record.cases, None)).answers
    assert [(row.arm, row.finding, row.map_seen) for row in found] == [
        ("unaided", "effusion", 0),
        ("unaided", "nodule", 0),
        ("aided", "effusion", 1),
        ("aided", "nodule", 1),
    ]


def test_enter_waits_for_a_map_that_is_on_its_way_and_not_for_one_that_cannot_be_made(
    sit: Sit, tmp_path: Path, qtbot: QtBot
) -> None:
    model = FakeLocalizer(gate=threading.Event())
    aided = STUDY.replace('[[arms]]\nname = "unaided"\n', "") + '[phrases]\nnodule = "nonsense"\n'
    session = sit(write_study(tmp_path, aided, films=2), lambda: model)
    begin(session, qtbot)
    reading, studying = session.controller.studying.reading, session.controller.studying
    press(session, _K.Key_S, _K.Key_4, _K.Key_N, _K.Key_2)
    qtbot.waitUntil(lambda: not reading.unanswered and not studying.busy)
    press(session, _K.Key_Return)
    note = control(session.window, QLabel, "What is to be answered first")
    assert note.text().startswith("The map of nodule is on its way") and reading.step.number == 0
    assert model.gate is not None
    model.gate.set()
    qtbot.waitUntil(lambda: not session.state.review.pending)
    press(session, _K.Key_Return)
    assert reading.finding == "effusion" and reading.step.number == 0
    qtbot.waitUntil(lambda: reading.seen and not session.state.review.pending)
    press(session, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.finding == "nodule" and not session.state.review.pending)
    press(session, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.step.number == 1 and not studying.busy)


@pytest.mark.parametrize("tool", [_K.Key_B, _K.Key_J, _K.Key_U])
def test_while_one_draws_it_is_said_what_of(
    sit: Sit, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tool: Qt.Key
) -> None:
    session = sit(write_study(tmp_path))
    begin(session, qtbot)
    written: list[str] = []
    layer, canvas = DrawingLayer._draw_size, session.window.canvas

    def note(self: DrawingLayer, painter: object, view: object, shape: object, words: str = "") -> None:
        written.append(words)
        layer(self, painter, view, shape, words)  # type: ignore[arg-type]

    monkeypatch.setattr(DrawingLayer, "_draw_size", note)
    press(session, _K.Key_S, _K.Key_5)
    qtbot.waitUntil(lambda: session.controller.studying.reading.finding == "nodule")
    press(session, tool)
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    for step in (20, 40, 60):
        QTest.mouseMove(canvas, middle + QPoint(step, step))
    canvas.grab()
    assert written[-1] == "nodule"
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 60))


def test_the_sheet_of_keys_lists_what_may_be_done_in_the_arm(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    session = sit(write_study(tmp_path))
    begin(session, qtbot)

    def listed() -> str:
        session.window.actions_by_id["help"].trigger()
        sheet = [one for one in session.window.findChildren(HelpSheet) if one.isVisible()][-1]
        text = control(sheet, QTextBrowser, "Keys and commands").toPlainText()
        sheet.close()
        session.window.activateWindow()
        return text

    unaided = listed()
    assert "Box" in unaided and "Pause the study" in unaided
    assert "Export" not in unaided and "Higher threshold" not in unaided
    qtbot.waitUntil(session.window.isActiveWindow)
    session.window.canvas.setFocus()
    press(session, _K.Key_S, _K.Key_5, _K.Key_N, _K.Key_4, _K.Key_Return)
    reading = session.controller.studying.reading
    qtbot.waitUntil(lambda: reading.step.number == 1 and reading.stage is Stage.READING)
    aided = listed()
    assert "Higher threshold" in aided and "Export" not in aided
