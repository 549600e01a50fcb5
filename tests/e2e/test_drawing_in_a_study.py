"""What a blinded reader draws is kept and logged, and the keys that answer go on answering."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from afloc_core.study.record import open_record
from afloc_core.study.replay import drawn_marks
from app.models.reading import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

from tests.e2e.blinded_reader import Reader

_K = Qt.Key
_M = Qt.KeyboardModifier


def drag(reader: Reader, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Drag on the film with the left button."""
    canvas = reader.session.window.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, _M.NoModifier, QPoint(*start))
    QTest.mouseMove(canvas, QPoint((start[0] + end[0]) // 2, (start[1] + end[1]) // 2))
    QTest.mouseMove(canvas, QPoint(*end))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, _M.NoModifier, QPoint(*end))


def test_what_a_blinded_reader_draws_is_kept_logged_and_undone(
    blinded: Reader, qtbot: QtBot, tmp_path: Path, answers_nothing: list[str]
) -> None:
    window, state = blinded.session.window, blinded.session.state
    reading = blinded.session.controller.studying.reading

    def press(*keys: Qt.Key, modifier: Qt.KeyboardModifier = _M.NoModifier) -> None:
        for key in keys:
            QTest.keyClick(window.canvas, key, modifier)
            qtbot.waitUntil(lambda: not blinded.session.controller.marking.busy)
            blinded.settle(qtbot)

    def drawn() -> list[tuple[str, str]]:
        assert reading.opened is not None
        with open_record(tmp_path / "study" / "study.toml") as record:
            marks = drawn_marks(reading.opened.reader, record.events("R7"))
        return [(one["arm"], one["finding"]) for found in marks.values() for one in found.values()]

    window.actions_by_id["tool-box"].trigger()
    middle = window.canvas.width() // 2, window.canvas.height() // 2
    drag(blinded, (middle[0] - 60, middle[1] - 60), (middle[0], middle[1]))
    press(_K.Key_Down)
    drag(blinded, (middle[0] + 10, middle[1] + 10), (middle[0] + 80, middle[1] + 80))
    press(_K.Key_Up)
    assert drawn() == [("unaided", "effusion"), ("unaided", "nodule")]
    press(_K.Key_Z, modifier=_M.ControlModifier)
    assert drawn() == [("unaided", "effusion")]
    assert blinded.model.asked == []
    assert {mark.reader for mark in state.case.marks} == {"R7"}
    press(_K.Key_Escape, _K.Key_S, _K.Key_5, _K.Key_N, _K.Key_5)
    press(_K.Key_Return)
    assert reading.step.arm == "aided"
    for _ in reading.study.findings:  # each map is looked at before Enter goes on
        qtbot.waitUntil(lambda: state.review.picture is not None and not state.review.pending)
        press(_K.Key_Return)
    qtbot.waitUntil(lambda: reading.step.number == 2 and reading.stage is Stage.READING)
    blinded.settle(qtbot)
    assert state.case.marks == (), "nothing of the case before"
    press(_K.Key_Z, modifier=_M.ControlModifier)
    assert drawn() == [("unaided", "effusion")], "a case that was answered stays as it is"


def test_keys_answer_while_a_tool_is_in_hand_and_a_mark_is_selected(blinded: Reader, qtbot: QtBot) -> None:
    window, reading = blinded.session.window, blinded.session.controller.studying.reading
    QTest.keyClick(window.canvas, _K.Key_B)
    middle = window.canvas.width() // 2, window.canvas.height() // 2
    drag(blinded, (middle[0] - 60, middle[1] - 60), middle)
    qtbot.waitUntil(lambda: not blinded.session.controller.marking.busy)
    assert blinded.session.state.drawing.selected is not None
    for key in (_K.Key_S, _K.Key_5, _K.Key_N, _K.Key_4, _K.Key_Return):
        QTest.keyClick(window.canvas, key)
    qtbot.waitUntil(lambda: reading.step.number == 1 and not blinded.session.controller.studying.busy)
    assert [answer.confidence for answer in reading.answers.values()] == [5, 4]
    (mark,) = blinded.session.state.drawing.own
    assert (mark.mark.finding, mark.mark.confidence) == ("effusion", None), "keys answered the study, not the mark"
