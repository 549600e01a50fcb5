"""A reader points at the words of a phrase to see which of them moves the heat."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.app.fakes import FakeLocalizer, radiograph
from tests.e2e.test_looking_at_a_film import pixels

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

PHRASE = "left pleural effusion"


@pytest.fixture
def gate() -> threading.Event:
    opened = threading.Event()
    opened.set()
    return opened


@pytest.fixture
def model(gate: threading.Event) -> FakeLocalizer:
    return FakeLocalizer(gate=gate)


@pytest.fixture
def session(open_window: OpenWindow, film_file: Path, model: FakeLocalizer) -> Session:
    return open_window((film_file,), phrase=PHRASE, load=lambda: model, open_file=lambda _path: radiograph())


def point(session: Session, word: int) -> None:
    words = session.window.phrase_bar.words
    place = words.place_of(word)
    assert not place.isEmpty()
    QTest.mouseMove(words, place.center().toPoint())


def leave(session: Session) -> None:
    QTest.mouseMove(session.window.phrase_bar.words, QPoint(-40, 10))
    QTest.mouseMove(session.window.canvas, QPoint(2, 2))


def shown_word(session: Session) -> str:
    word = session.state.phrases.word
    return "" if word is None else word.word


def wait_for(session: Session, qtbot: QtBot, word: str) -> None:
    qtbot.waitUntil(lambda: shown_word(session) == word)


def test_the_encoded_words_are_a_row_and_each_shows_its_map(session: Session, qtbot: QtBot) -> None:
    words = session.window.phrase_bar.words
    assert words.words == ("left", "pleural", "effusion")
    whole, legend = pixels(session), session.window.legend.caption()
    places = []
    for number, word in enumerate(words.words):
        point(session, number)
        wait_for(session, qtbot, word)
        picture = session.state.phrases.word
        assert picture is not None
        places.append(picture.heatmap.peak[0])
        assert f"word “{word}”: peak" in session.window.status_line.text
        assert not np.array_equal(pixels(session), whole)
    assert places == sorted(set(places)), "each word has a map of its own"
    caption = session.window.legend.caption()
    assert caption.startswith("word similarity from ")
    assert "this map's own range" in caption
    leave(session)
    qtbot.waitUntil(lambda: session.state.phrases.word is None)
    np.testing.assert_array_equal(pixels(session), whole)
    assert session.window.legend.caption() == legend
    assert "word" not in session.window.status_line.text


def test_the_phrase_itself_is_not_asked_again(session: Session, qtbot: QtBot, model: FakeLocalizer) -> None:
    before = session.state.review.picture
    point(session, 1)
    qtbot.waitUntil(lambda: shown_word(session) == "pleural")
    leave(session)
    qtbot.wait(30)
    assert model.asked == [PHRASE, f"{PHRASE}[1]"]
    assert session.state.review.picture is before


def test_by_the_keyboard_word_by_word(session: Session, qtbot: QtBot) -> None:
    words = session.window.phrase_bar.words
    seen = []
    words.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (None, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Home):
        if key is not None:
            QTest.keyClick(words, key)
        current = words.current
        assert current is not None
        looked_at = words.words[current]
        wait_for(session, qtbot, looked_at)
        seen.append(looked_at)
    assert seen == ["left", "pleural", "effusion", "effusion", "pleural", "left"]
    assert words.accessibleDescription() == f"encoded: {PHRASE}; word 1 of 3: left"
    QTest.keyClick(words, Qt.Key.Key_Escape)
    assert session.window.canvas.hasFocus()
    assert session.state.phrases.word is None


def test_tab_reaches_the_words_only_while_there_are_some(session: Session, qtbot: QtBot) -> None:
    words = session.window.phrase_bar.words
    assert words.focusPolicy() == Qt.FocusPolicy.TabFocus
    session.window.phrase_bar.set_text("")
    qtbot.waitUntil(lambda: session.state.review.picture is None)
    assert words.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert words.text() == ""


def test_a_word_that_comes_too_late_is_not_shown(session: Session, qtbot: QtBot, gate: threading.Event) -> None:
    gate.clear()
    point(session, 2)
    leave(session)
    gate.set()
    qtbot.wait(60)
    assert session.state.phrases.word is None


def test_sweeping_over_the_words_shows_the_last_only(
    session: Session, qtbot: QtBot, gate: threading.Event, model: FakeLocalizer
) -> None:
    gate.clear()
    for number in (0, 1, 2, 1):
        point(session, number)
        qtbot.wait(5)
    gate.set()
    qtbot.waitUntil(lambda: shown_word(session) == "pleural")
    assert len(model.asked) <= 3


def test_the_phrase_may_change_while_a_word_is_pointed_at(
    session: Session, qtbot: QtBot, gate: threading.Event, model: FakeLocalizer
) -> None:
    point(session, 2)
    qtbot.waitUntil(lambda: shown_word(session) == "effusion")
    gate.clear()
    session.window.phrase_bar.set_text("mass")
    assert session.state.phrases.word is None, "the word belongs to the phrase before"
    point_anywhere(session)
    gate.set()
    qtbot.waitUntil(lambda: session.window.phrase_bar.words.words == ("mass",))
    qtbot.wait(30)
    assert session.state.phrases.word is None
    assert session.window.message_bar.text == ""
    assert model.asked[-1] == "mass"


def point_anywhere(session: Session) -> None:
    words = session.window.phrase_bar.words
    for x in range(0, 300, 20):
        QTest.mouseMove(words, QPoint(x, 22))


def test_typing_and_pointing_at_once_is_never_an_error(session: Session, qtbot: QtBot) -> None:
    texts = ("mass", "", "left mass", "nonsense", "right lower lobe mass", "absent", PHRASE)
    for text in texts * 3:
        session.window.phrase_bar.set_text(text)
        point_anywhere(session)
        qtbot.wait(3)
    qtbot.waitUntil(lambda: session.window.phrase_bar.words.words == ("left", "pleural", "effusion"))
    leave(session)
    qtbot.wait(50)
    assert session.state.phrases.word is None
    assert session.window.message_bar.text == ""


def test_another_film_ends_a_word_and_the_keyboard_s_comes_again(
    session: Session, qtbot: QtBot, film_file: Path
) -> None:
    words = session.window.phrase_bar.words
    words.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(words, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: shown_word(session) == "pleural")
    before = session.state.phrases.word
    session.controller.open((film_file,))
    qtbot.waitUntil(lambda: session.state.phrases.word not in (None, before))
    assert shown_word(session) == "left"


def test_a_long_phrase_scrolls_to_the_word_looked_at(session: Session, qtbot: QtBot) -> None:
    text = " ".join(f"{word}{number}" for number in range(8) for word in ("left", "basal", "consolidation"))
    session.window.phrase_bar.set_text(text)
    words = session.window.phrase_bar.words
    qtbot.waitUntil(lambda: len(words.words) == 24)
    assert words.place_of(23).isEmpty()
    words.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(words, Qt.Key.Key_End)
    assert words.rect().toRectF().contains(words.place_of(23))
    QTest.keyClick(words, Qt.Key.Key_Home)
    assert words.rect().toRectF().contains(words.place_of(0))


def test_settings_act_on_the_word_s_map_as_on_any_other(session: Session, qtbot: QtBot) -> None:
    words = session.window.phrase_bar.words
    words.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: shown_word(session) == "left")
    session.state.overlay.set_threshold(0.8)
    picture = session.state.phrases.word
    assert picture is not None
    expected = picture.least + 0.8 * (picture.greatest - picture.least)
    assert f"threshold {expected:.2f}" in session.window.legend.caption()
    session.controller.toggle_scale()
    assert f"threshold {expected:.2f}" in session.window.legend.caption(), "a word has no absolute scale"
