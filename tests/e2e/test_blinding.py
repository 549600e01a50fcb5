"""A blinded reader cannot see the map, other readers' marks or a file's name by any command, key, widget or file."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QToolButton,
    QWidget,
)

from afloc_core.localization.pipelines import Pipeline
from app.actions import COMMANDS
from app.actions_study import ANSWER_KEYS
from app.arguments import parse_arguments
from app.command import InStudy
from app.models.compare_mode import CompareMode
from app.models.reading import Stage
from app.services.localisation import LocalisationRequest
from tests.e2e.test_marks_of_readers import document, write_marks
from tests.study.studies import STUDY, write_study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

from tests.e2e.blinded_reader import Reader

LOOKING = frozenset(
    {"fit", "actual-size", "zoom-in", "zoom-out", "layers-panel", "full-screen", "invert", "reset-window"}
    | {"help", "quit", "pause-study"}
)
DRAWING = frozenset(
    {"undo", "redo", "duplicate-mark", "delete-mark", "next-mark", "previous-mark", "brush-larger", "brush-smaller"}
    | {"tool-look", "tool-box", "tool-polygon", "tool-freehand", "tool-brush", "tool-point", "tool-ruler"}
)
AT_THE_MAP = frozenset(
    {"legend", "visible", "contour", "peak", "threshold-down", "threshold-up", "opacity-down", "opacity-up"}
    | {"take-region"}
)
_K = Qt.Key
KEYS = [*range(_K.Key_A, _K.Key_Z + 1), *range(_K.Key_0, _K.Key_9 + 1), *range(_K.Key_F1, _K.Key_F12 + 1)] + [
    key.value
    for key in (
        *(_K.Key_Space, _K.Key_Tab, _K.Key_Backtab, _K.Key_Escape, _K.Key_Delete, _K.Key_Backspace, _K.Key_Insert),
        *(_K.Key_Left, _K.Key_Right, _K.Key_Up, _K.Key_Down, _K.Key_PageUp, _K.Key_PageDown, _K.Key_Home, _K.Key_End),
        *(_K.Key_Slash, _K.Key_Question, _K.Key_BracketLeft, _K.Key_BracketRight, _K.Key_Comma, _K.Key_Period),
        *(_K.Key_Plus, _K.Key_Minus, _K.Key_Equal, _K.Key_Return, _K.Key_Enter),
    )
]
_M = Qt.KeyboardModifier
MODIFIERS = (_M.NoModifier, _M.ShiftModifier, _M.ControlModifier, _M.ControlModifier | _M.ShiftModifier, _M.AltModifier)


def use_every_command(reader: Reader) -> None:
    """Choose every command in its menu, and press its keys wherever they work."""
    window = reader.session.window
    for command in COMMANDS:
        if command.id in ("quit", "help", "full-screen", "pause-study"):
            continue
        window.actions_by_id[command.id].trigger()
        for key in (*command.keys, *command.canvas_keys):
            if key not in (ANSWER_KEYS.present, ANSWER_KEYS.absent, *ANSWER_KEYS.submit):
                pressed = QKeySequence(key)[0]
                QTest.keyClick(window.canvas, pressed.key(), pressed.keyboardModifiers())


def ask_by_widgets(reader: Reader) -> None:
    """Have every widget say what it can say, as if somebody had used it."""
    window = reader.session.window
    bar, panel = window.phrase_bar, window.layers_panel
    bar.set_text("left effusion")
    bar.line.setText("nodule")
    bar.line.returnPressed.emit()
    bar.pin()
    bar.committed.emit("mass")
    bar.words.looked_at.emit(0)
    panel.visible_chosen.emit(True)
    panel.pipeline_chosen.emit(Pipeline.PUBLISHED)
    panel.pipeline_chosen.emit(Pipeline.ALIGNED)
    window.middle.bar.mode_chosen.emit(CompareMode.SIDE_BY_SIDE)
    for widget in window.findChildren(QWidget):
        # Who closes the window, dismisses a message or goes on to the next case does not look at anything.
        if widget.accessibleName() in ("Go on", "Pause the study") or " absent" in widget.accessibleName():
            continue
        menu = isinstance(widget, QToolButton) and (widget.menu() or widget.objectName().startswith("qt_"))
        if isinstance(widget, QAbstractButton) and not menu and not widget.accessibleName().endswith(" present"):
            widget.click()
        elif isinstance(widget, QComboBox):
            for at in range(widget.count()):
                widget.setCurrentIndex(at)
                widget.activated.emit(at)
        elif isinstance(widget, QAbstractSlider):
            widget.setValue(widget.maximum() // 2)


def open_everything(reader: Reader) -> None:
    """Drop, choose and step to everything there is."""
    controller, window = reader.session.controller, reader.session.window
    for place in (reader.marks, reader.review, reader.film.parent, reader.film):
        window.dropped.emit((place,))
        window.canvas.dropped.emit((place,))
        controller.case_files.open_any((place,))
    controller.open((reader.film,))
    controller.open_sample()
    controller.step(1)
    controller.case_files.open_marks((reader.marks,))
    controller.case_files.open_review(str(reader.review))
    controller.case_files.step_marked(1)
    window.recent_chosen.emit(reader.film)


WAYS = (use_every_command, ask_by_widgets, open_everything)


@pytest.mark.parametrize("way", WAYS)
def test_no_way_reveals_anything_to_a_blinded_reader(
    blinded: Reader, way: Callable[[Reader], None], qtbot: QtBot, answers_nothing: list[str]
) -> None:
    before = blinded.session.controller.shown.current
    way(blinded)
    blinded.settle(qtbot)
    assert blinded.revealed() == []
    assert blinded.session.controller.shown.current == before, "no other film was opened"
    assert answers_nothing == [], "nothing asks for a file"
    reading = blinded.session.controller.studying.reading
    assert (reading.step.number, reading.stage) == (0, Stage.READING)


@pytest.mark.parametrize("way", (ask_by_widgets, open_everything))
def test_the_same_ways_reveal_something_to_somebody_who_is_not_blinded(
    unblinded: Reader, way: Callable[[Reader], None], qtbot: QtBot, answers_nothing: list[str]
) -> None:
    way(unblinded)
    unblinded.settle(qtbot)
    qtbot.waitUntil(lambda: bool({"a map", "marks"} & set(unblinded.revealed())))


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_no_key_reveals_anything(
    blinded: Reader, modifier: Qt.KeyboardModifier, qtbot: QtBot, answers_nothing: list[str]
) -> None:
    window = blinded.session.window
    for key in KEYS:
        plain = modifier in (_M.NoModifier, _M.ShiftModifier)
        closes = key == _K.Key_Q and modifier == _M.ControlModifier
        answers = key in (_K.Key_S, _K.Key_N) and modifier == _M.NoModifier  # so that Enter does not go on
        covers = key == _K.Key_P and modifier == _M.ControlModifier
        if not (closes or answers or covers or key in (_K.Key_F1, _K.Key_Question)) and (plain or key < _K.Key_Escape):
            QTest.keyClick(window.canvas, _K(key), modifier)
        while (popup := QApplication.activePopupWidget()) is not None:  # Alt opens menus
            popup.close()
    blinded.settle(qtbot)
    assert blinded.revealed() == []
    assert answers_nothing == []
    assert blinded.session.controller.studying.reading.step.number == 0


def test_every_spot_of_the_window_can_be_pointed_at_and_clicked(blinded: Reader, qtbot: QtBot) -> None:
    window = blinded.session.window
    for x, y in product(range(10, window.width(), 90), range(60, window.height(), 60)):
        widget = window.childAt(x, y)
        if widget is None or isinstance(widget, (QAbstractButton, QComboBox)):
            continue
        at = widget.mapFrom(window, QPoint(x, y))
        QTest.mouseMove(widget, at)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    blinded.settle(qtbot)
    assert blinded.revealed() == []


def test_what_asks_the_service_past_everybody_gets_no_answer(blinded: Reader, qtbot: QtBot) -> None:
    session = blinded.session
    film = session.state.review.film
    assert film is not None
    request = LocalisationRequest(film.radiograph, "effusion", Pipeline.ALIGNED)
    session.localisation.request(request)
    session.localisation.request_aside("somebody's own export", request)
    qtbot.wait(200)
    assert blinded.revealed() == []


def test_a_map_on_its_way_when_the_next_case_begins_is_not_shown(
    blinded: Reader, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, canvas = blinded.session.controller.studying.reading, blinded.session.window.canvas
    monkeypatch.setattr(blinded.model, "delay", 0.4)

    def press(*keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(canvas, key)
            blinded.settle(qtbot)

    press(_K.Key_S, _K.Key_5, _K.Key_N, _K.Key_5, _K.Key_Return)
    review = blinded.session.state.review
    assert (reading.step.arm, review.picture) == ("aided", None)
    for _ in reading.study.findings:  # each map is looked at before Enter goes on
        qtbot.waitUntil(lambda: reading.seen and not review.pending)
        if reading.unseen:
            press(_K.Key_Return)
    press(_K.Key_Up)  # asks for the first map anew
    press(_K.Key_Return)
    qtbot.waitUntil(lambda: reading.step.number == 2 and reading.stage is Stage.READING)
    qtbot.wait(900)
    blinded.model.asked.clear()
    assert reading.step.arm == "unaided"
    assert blinded.revealed() == []


def test_a_command_nobody_thought_of_is_forbidden() -> None:
    allowed = {command.id for command in COMMANDS if command.in_study is InStudy.ALWAYS}
    with_map = {command.id for command in COMMANDS if command.in_study is InStudy.WITH_MAP}
    assert allowed == LOOKING | DRAWING
    assert with_map == AT_THE_MAP


def test_keys_that_answer_do_nothing_else_in_a_study() -> None:
    keys = ANSWER_KEYS
    answering = {keys.present, keys.absent, *keys.confidence, *keys.submit, keys.next_finding, keys.previous_finding}
    for command in COMMANDS:
        if command.in_study is not InStudy.NEVER:
            assert not answering & {*command.keys, *command.canvas_keys}, command.id


@pytest.mark.parametrize(
    "more",
    [
        ["--phrase", "effusion"],
        ["--screenshot", "out.png"],
        ["--annotations", "marks.json"],
        ["--compare", "overlay"],
        ["--pipeline", "published"],
        ["film.png"],
        ["kept.afreview"],
        ["other.toml"],
        ["--study", "other.toml"],
    ],
)
def test_a_command_line_opens_nothing_beside_a_study(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_arguments(["study.toml", *more, "--reader", "Anna"])
    assert caught.value.code == 2
    assert "a study is opened alone" in capsys.readouterr().err.lower()
    assert parse_arguments(["study.toml"]).study is not None


def test_marks_of_others_are_shown_where_the_arm_says_so_and_without_names(
    make_reader: Callable[[], Reader], tmp_path: Path, qtbot: QtBot
) -> None:
    text = STUDY.replace("seed = 7", 'seed = 7\nothers = "marks.json"').replace('map = "shown"', 'marks = "shown"')
    study = write_study(tmp_path / "study", text)
    write_marks(study.parent / "marks.json", document(*(f"Doe_Jane_{number}.png" for number in range(1, 4))))
    reader = make_reader()
    session = reader.session
    session.controller.studying.start(study, "R7")
    session.controller.start((), "", Pipeline.ALIGNED, sample=False)
    reading = session.controller.studying.reading
    qtbot.waitUntil(lambda: reading.opened is not None)
    for key in (_K.Key_Return, _K.Key_S, _K.Key_5, _K.Key_N, _K.Key_5):
        QTest.keyClick(session.window.canvas, key)
        qtbot.waitUntil(lambda: reading.stage is Stage.READING)
        reader.settle(qtbot)
    assert reader.revealed() == []
    QTest.keyClick(session.window.canvas, _K.Key_Return)
    qtbot.waitUntil(lambda: reading.step.arm == "aided" and bool(session.state.case.marks))
    assert {mark.reader for mark in session.state.case.marks} <= {"Other reader 1", "Other reader 2", "Other reader 3"}
    assert set(reader.revealed()) <= {"marks", "readers", "figures of agreement"}
