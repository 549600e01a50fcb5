"""A reader types; the map follows, the newest phrase wins, and nothing blocks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from tests.app.conftest import control
from tests.app.fakes import FakeLocalizer

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

FORTY = "enlarged heart with left pleural effusio"


def test_forty_quick_keys_queue_one_request_and_the_last_map_stays(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    model = FakeLocalizer(delay=0.25)
    session = open_window((film_file,), load=lambda: model)
    line = session.window.phrase_bar.line
    line.setFocus()
    most = 0
    for number, letter in enumerate(FORTY):
        QTest.keyClicks(line, letter)
        if number % 4 == 3:
            # Ask at once, as a slow typist would: the debounce alone must not be what keeps the queue short.
            session.window.phrase_bar.edited.emit(line.text())
        qtbot.wait(5)
        most = max(most, session.localisation.waiting)
    assert len(FORTY) == 40
    assert line.text() == FORTY
    qtbot.waitUntil(lambda: not session.state.review.pending, timeout=10_000)
    qtbot.wait(400)
    assert most == 1
    assert len(model.asked) <= 5
    assert model.asked[-1] == FORTY
    picture = session.state.review.picture
    assert picture is not None
    assert picture.heatmap.phrase.typed == FORTY


def test_quick_typing_is_debounced_into_one_question(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    model = FakeLocalizer()
    session = open_window((film_file,), load=lambda: model)
    QTest.keyClicks(session.window.phrase_bar.line, "mass")
    assert model.asked == []
    qtbot.waitUntil(lambda: session.state.review.picture is not None)
    assert model.asked == ["mass"]
    QTest.keyClicks(session.window.phrase_bar.line, "  ")
    qtbot.wait(250)
    assert model.asked == ["mass"], "spaces alone ask nothing new"


def test_what_was_encoded_and_the_match_are_shown(open_window: OpenWindow, film_file: Path) -> None:
    bar = open_window((film_file,), phrase="Left Pleural Effusion").window.phrase_bar
    assert control(bar, QLabel, "Encoded phrase").text() == "encoded: left pleural effusion"
    assert control(bar, QWidget, "Match of the whole image").accessibleDescription() == "match 0.81"


def test_the_map_before_stays_while_a_new_one_is_made_and_the_bar_says_so(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    gate = threading.Event()
    gate.set()
    session = open_window((film_file,), phrase="mass", load=lambda: FakeLocalizer(gate=gate))
    gate.clear()
    QTest.keyClicks(session.window.phrase_bar.line, "es")
    qtbot.waitUntil(lambda: session.state.review.pending)
    picture = session.state.review.picture
    assert picture is not None
    assert picture.heatmap.phrase.typed == "mass"
    assert control(session.window, QLabel, "Encoded phrase").text() == "updating…"
    gate.set()
    qtbot.waitUntil(lambda: session.state.review.picture is not picture)
    assert control(session.window, QLabel, "Encoded phrase").text() == "encoded: masses"


def test_an_empty_phrase_has_no_map_and_no_error(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,), phrase="mass")
    session.window.phrase_bar.line.selectAll()
    QTest.keyClick(session.window.phrase_bar.line, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: session.state.review.picture is None)
    assert session.window.message_bar.text == ""
    assert not session.state.review.pending


def test_a_refused_phrase_clears_the_map_and_says_why(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,), phrase="mass")
    QTest.keyClicks(session.window.phrase_bar.line, " nonsense")
    qtbot.waitUntil(lambda: session.window.message_bar.text != "")
    assert session.window.message_bar.text == "This phrase cannot be read; use English words."
    assert session.state.review.picture is None
    session.window.phrase_bar.set_text("effusion")
    qtbot.waitUntil(lambda: session.state.review.picture is not None)
    assert session.window.message_bar.text == ""


def test_enter_commits_and_up_and_down_bring_phrases_back(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,))
    line = session.window.phrase_bar.line
    for phrase in ("mass", "effusion"):
        line.selectAll()
        QTest.keyClicks(line, phrase)
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert session.state.preferences.phrases == ("mass", "effusion")
    line.selectAll()
    QTest.keyClicks(line, "dra")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(line, key)
        seen.append(line.text())
    assert seen == ["effusion", "mass", "effusion", "dra"]


def switches(session: Session) -> tuple[bool, bool]:
    """Return whether the overlay is visible, and whether the film is inverted."""
    return session.state.overlay.settings.visible, session.state.viewing.inverted


def test_single_keys_write_while_typing_and_command_on_the_film(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,))
    window = session.window
    QTest.keyClick(window, Qt.Key.Key_Slash)
    assert window.phrase_bar.line.hasFocus()
    QTest.keyClicks(window.phrase_bar.line, "hicf/?1[]")
    assert window.phrase_bar.line.text() == "hicf/?1[]"
    assert switches(session) == (True, False)
    QTest.keyClick(window.phrase_bar.line, Qt.Key.Key_Escape)
    assert window.canvas.hasFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_H)
    QTest.keyClick(window.canvas, Qt.Key.Key_I)
    assert switches(session) == (False, True)
    assert window.phrase_bar.line.text() == "hicf/?1[]"


def test_the_clear_button_empties_the_line(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,), phrase="mass")
    QTest.mouseClick(control(session.window, QToolButton, "Clear the phrase"), Qt.MouseButton.LeftButton)
    assert session.window.phrase_bar.line.text() == ""
    qtbot.waitUntil(lambda: session.state.review.picture is None)
