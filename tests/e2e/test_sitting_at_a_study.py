"""A reader types faster than a disk writes, pauses, goes away, waits for the model, and meets a film that is broken."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from afloc_core.errors import ModelError
from afloc_core.study.events import Answer, EventKind
from afloc_core.study.record import open_record
from app.models.reading import Stage
from tests.app.conftest import control
from tests.app.fakes import FakeLocalizer
from tests.e2e.study_window import CROSSOVER, Sit, begin, press, read_first_period, readings
from tests.study.studies import STUDY, Reader, write_study

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


_K = Qt.Key


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
