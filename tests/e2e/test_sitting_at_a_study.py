"""A reader types faster than a disk writes, pauses, goes away, waits for the model, and meets a film that is broken."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QTextBrowser, QWidget

from afloc_core.errors import ModelError
from afloc_core.localization.pipelines import Pipeline
from afloc_core.study.cases import reference_truth
from afloc_core.study.events import Answer, EventKind
from afloc_core.study.record import open_record
from afloc_core.study.results import ReadingRow, results
from app.models.drawing import Naming
from app.models.preferences import Preferences
from app.models.reading import Stage
from app.session import Session, assemble
from app.views.drawing_layer import DrawingLayer
from app.views.help_sheet import HelpSheet
from app.views.new_study import NewStudyDialog
from app.views.study_results import StudyResultsDialog
from app.views.theme import apply_theme
from tests.app.conftest import control
from tests.app.fakes import FakeLocalizer
from tests.app.test_actions import nameless
from tests.study.studies import STUDY, Reader, write_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from app.services.localisation import LocalizerLike

_K = Qt.Key


class Sit(Protocol):
    """Sits down at a study."""

    def __call__(
        self, study: Path, load: Callable[[], LocalizerLike] = FakeLocalizer, *, wait: bool = True
    ) -> Session: ...


@pytest.fixture
def sit(qtbot: QtBot, qapp: QApplication) -> Iterator[Sit]:
    """Return a function that opens a study in a window, up to its welcome."""
    sessions: list[Session] = []
    apply_theme(qapp)

    def sit_down(study: Path, load: Callable[[], LocalizerLike] = FakeLocalizer, *, wait: bool = True) -> Session:
        session = assemble(load, Preferences(None))
        sessions.append(session)
        qtbot.addWidget(session.window)
        session.window.resize(1200, 800)
        session.window.show()
        session.window.canvas.setFocus()
        session.controller.studying.start(study, "Anna")
        session.controller.start((), "", Pipeline.ALIGNED, sample=False)
        if wait:
            qtbot.waitUntil(lambda: session.controller.studying.reading.opened is not None)
        return session

    yield sit_down
    for session in sessions:
        session.window.close()
    assert all(session.controller.ended for session in sessions)


def press(session: Session, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press keys without waiting for anything in between."""
    for key in keys:
        QTest.keyClick(session.window.canvas, key, modifier)


def begin(session: Session, qtbot: QtBot) -> None:
    """Go to the first case."""
    press(session, _K.Key_Return)
    reading = session.controller.studying.reading
    qtbot.waitUntil(lambda: reading.stage is Stage.READING and not session.controller.studying.busy)


def readings(study: Path) -> tuple[ReadingRow, ...]:
    """Return the table of readings as it is now."""
    with open_record(study) as record:
        return results(record, reference_truth(record.study, record.cases, None)).readings


def test_keys_that_come_faster_than_they_are_kept_all_count_in_order(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    session = sit(write_study(tmp_path))
    begin(session, qtbot)
    reading = session.controller.studying.reading
    press(session, _K.Key_S, _K.Key_4, _K.Key_N, _K.Key_2, _K.Key_Up, _K.Key_5, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.step.number == 1 and not session.controller.studying.busy)
    with open_record(tmp_path / "study.toml") as record:
        (submitted,) = [event for event in record.events() if event.kind is EventKind.SUBMIT]
    assert submitted.detail["answers"] == {"effusion": [True, 5], "nodule": [False, 2]}
    assert set(submitted.detail["view"]) == {"camera", "window"}, "what the map looked like is told where it was seen"


def test_what_is_typed_while_the_next_film_is_opened_answers_nothing(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    one_arm = STUDY.rsplit("[[arms]]", 1)[0]
    session = sit(write_study(tmp_path, one_arm))
    begin(session, qtbot)
    reading = session.controller.studying.reading
    press(session, _K.Key_S, _K.Key_4, _K.Key_N, _K.Key_2, _K.Key_Return, _K.Key_S, _K.Key_1)
    qtbot.waitUntil(lambda: reading.step.number == 1 and reading.stage is Stage.READING)
    assert set(reading.answers.values()) == {Answer()}


def test_a_pause_covers_the_film_and_no_time_runs(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    study = write_study(tmp_path)
    session = sit(study)
    begin(session, qtbot)
    studying, window = session.controller.studying, session.window
    press(session, _K.Key_P, modifier=Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: studying.reading.paused and not studying.busy)
    cover = window.childAt(window.canvas.mapTo(window, window.canvas.rect().center()))
    assert cover is not window.canvas, "the film is not seen"
    press(session, _K.Key_S)
    assert studying.reading.answers["effusion"] == Answer(), "what is not seen is not answered"
    qtbot.wait(1200)
    press(session, _K.Key_Return)
    qtbot.waitUntil(lambda: not studying.reading.paused)
    press(session, _K.Key_S, _K.Key_4, _K.Key_N, _K.Key_2, _K.Key_Return)
    qtbot.waitUntil(lambda: studying.reading.step.number == 1 and not studying.busy)
    row = readings(study)[0]
    assert row.paused_s == pytest.approx(1.2, abs=0.4)
    assert row.reading_s < 1.2


def test_time_without_key_or_mouse_is_told_apart(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    study = write_study(tmp_path, STUDY.replace("seed = 7", "seed = 7\nidle_seconds = 1"))
    session = sit(study)
    begin(session, qtbot)
    studying = session.controller.studying
    for _ in range(4):  # there, only slow
        qtbot.wait(400)
        QTest.mouseMove(session.window.windowHandle(), QPoint(300 + _, 300))
    qtbot.wait(1800)  # gone
    press(session, _K.Key_S, _K.Key_4, _K.Key_N, _K.Key_2, _K.Key_Return)
    qtbot.waitUntil(lambda: studying.reading.step.number == 1 and not studying.busy)
    row = readings(study)[0]
    assert row.idle_s == pytest.approx(1.8, abs=0.4)
    assert row.reading_s == pytest.approx(1.6, abs=0.4)


def test_a_film_that_cannot_be_opened_is_left_out_and_recorded(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    study = write_study(tmp_path, STUDY.rsplit("[[arms]]", 1)[0].replace("seed = 7", 'seed = 7\norder = "listed"'))
    (tmp_path / "films" / "Doe_Jane_1.png").write_bytes(b"no picture")
    session = sit(study)
    press(session, _K.Key_Return)
    reading = session.controller.studying.reading
    qtbot.waitUntil(lambda: reading.stage is Stage.UNREADABLE)
    press(session, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.step.number == 1 and reading.stage is Stage.READING)
    qtbot.waitUntil(lambda: not session.controller.studying.busy)
    assert [row.status for row in readings(study)] == ["failed", "unfinished"]


def test_no_time_runs_while_the_model_loads(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    gate = threading.Event()

    def load() -> FakeLocalizer:
        gate.wait(10)
        return FakeLocalizer()

    session = sit(write_study(tmp_path), load)
    reading = session.controller.studying.reading
    press(session, _K.Key_Return)
    qtbot.wait(300)
    assert (reading.stage, session.state.review.film) == (Stage.WELCOME, None)
    gate.set()
    qtbot.waitUntil(lambda: reading.stage is Stage.READING)


def test_a_study_that_shows_the_map_is_not_read_without_a_model(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    def load() -> FakeLocalizer:
        raise ModelError("The folder holds no model; give another.")

    session = sit(write_study(tmp_path), load)
    press(session, _K.Key_Return)
    qtbot.waitUntil(lambda: "holds no model" in session.window.message_bar.text)
    press(session, _K.Key_Return)
    qtbot.wait(100)
    assert session.controller.studying.reading.stage is Stage.WELCOME


def test_a_study_without_any_map_needs_no_model(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    def load() -> FakeLocalizer:
        raise ModelError("The folder holds no model; give another.")

    session = sit(write_study(tmp_path, STUDY.rsplit("[[arms]]", 1)[0]), load)
    begin(session, qtbot)


CROSSOVER = STUDY.replace("seed = 7", 'seed = 7\ndesign = "crossover"\nrepeat = true')


def read_first_period(study: Path) -> None:
    """Read all cases once, in the arms of the first period."""
    with open_record(study) as record:
        reader = Reader(record, "Anna")
        for _ in range(3):
            reader.read(10, lambda *_: Answer(True, 3))


def test_a_period_does_not_begin_before_the_days_between_are_over(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    study = write_study(tmp_path, CROSSOVER.replace("seed = 7", "seed = 7\nwashout_days = 14"))
    read_first_period(study)
    session = sit(study, wait=False)
    qtbot.waitUntil(lambda: "next period of this study begins on" in session.window.message_bar.text)
    assert session.controller.studying.reading.opened is None
    press(session, _K.Key_Return)
    assert session.state.review.film is None


def test_a_reader_does_not_go_on_into_a_period_before_the_days_between_are_over(
    sit: Sit, tmp_path: Path, qtbot: QtBot
) -> None:
    study = write_study(tmp_path, CROSSOVER.replace("seed = 7", "seed = 7\nwashout_days = 14"), films=1)
    session = sit(study)
    begin(session, qtbot)
    reading = session.controller.studying.reading
    press(session, _K.Key_S, _K.Key_5, _K.Key_N, _K.Key_4, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.stage is Stage.BETWEEN)
    qtbot.waitUntil(lambda: not session.controller.studying.busy)
    said = control(session.window, QLabel, "How to go on")
    assert "begins 14 days from now" in said.text() and said.isVisible()
    assert session.state.review.picture is None
    with open_record(study) as record:
        assert {event.step for event in record.events("Anna")} == {None, 0}, "nothing of the second period was begun"
    press(session, _K.Key_Return)
    assert not session.window.isVisible()


def test_a_period_of_broken_films_is_over_all_the_same(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    study = write_study(tmp_path, CROSSOVER.replace("seed = 7", "seed = 7\nwashout_days = 14"), films=1)
    with open_record(study) as record:
        reader = Reader(record, "Anna")
        reader.log(EventKind.FAILED, 0)
        reader.log(EventKind.NEXT, 0)
    session = sit(study, wait=False)
    qtbot.waitUntil(lambda: "next period of this study begins on" in session.window.message_bar.text)


def test_nothing_is_read_while_what_is_drawn_cannot_be_kept(sit: Sit, tmp_path: Path, qtbot: QtBot) -> None:
    study = write_study(tmp_path)
    place = tmp_path / "study-R1-1.afreview"
    place.write_bytes(b"no review, whatever its name says" * 9)
    session = sit(study)
    reading = session.controller.studying.reading
    press(session, _K.Key_Return)
    qtbot.waitUntil(lambda: bool(session.window.message_bar.text))
    qtbot.waitUntil(lambda: not session.controller.studying.busy)
    assert (reading.stage, session.state.review.film) == (Stage.WELCOME, None)
    place.unlink()
    begin(session, qtbot)
    with open_record(study) as record:
        assert [event.kind for event in record.events("Anna")] == [EventKind.BEGIN, EventKind.CASE]


def test_a_pause_that_comes_with_the_answers_does_not_cover_the_next_case(
    sit: Sit, tmp_path: Path, qtbot: QtBot
) -> None:
    session = sit(write_study(tmp_path))
    begin(session, qtbot)
    reading = session.controller.studying.reading
    press(session, _K.Key_S, _K.Key_5, _K.Key_N, _K.Key_4)
    qtbot.waitUntil(lambda: not reading.unanswered and not session.controller.studying.busy)
    press(session, _K.Key_Return)
    press(session, _K.Key_P, modifier=Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: reading.step.number == 1 and reading.stage is Stage.READING)
    qtbot.waitUntil(lambda: not session.controller.studying.busy)
    assert not reading.paused


def test_a_study_that_was_read_to_its_end_says_so_when_it_is_opened_again(
    sit: Sit, tmp_path: Path, qtbot: QtBot
) -> None:
    study = write_study(tmp_path)
    with open_record(study) as record:
        reader = Reader(record, "Anna")
        for _ in range(6):
            reader.read(10, lambda *_: Answer(True, 3))
    session = sit(study)
    window = session.window
    qtbot.waitUntil(lambda: control(window, QLabel, "What is to be done").text() == "All cases are read")
    qtbot.waitUntil(lambda: not session.controller.studying.busy)
    assert control(window, QLabel, "What is to be done").isVisible()
    assert control(window, QLabel, "Case").text() == "Case 3 of 3"
    assert control(window, QPushButton, "Go on").text().startswith("Close")
    press(session, _K.Key_S, _K.Key_5, _K.Key_Up)
    qtbot.waitUntil(lambda: not session.controller.studying.busy)
    assert session.state.review.film is None and session.state.review.picture is None
    press(session, _K.Key_Return)
    assert not window.isVisible()
    rows = readings(study)
    assert len(rows) == 6 and {row.status for row in rows} == {"done"}


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
