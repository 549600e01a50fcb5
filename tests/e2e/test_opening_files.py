"""A reader opens what they have, and the window survives what they have."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget

from afloc_core.errors import ModelError
from app.models.preferences import Preferences
from app.views.main_window import TITLE
from tests.app.conftest import control, write_film
from tests.app.fakes import FakeLocalizer

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow


def drop(session: Session, *paths: Path, on: QWidget | None = None) -> None:
    """Drop files on a widget, by default the canvas, as a file manager does."""
    target = on or session.window.canvas
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(target, event)


def film_height(session: Session) -> int:
    film = session.state.review.film
    return 0 if film is None else film.height


def test_the_radiograph_is_shown_before_the_model_is_there(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    gate = threading.Event()

    def load() -> FakeLocalizer:
        gate.wait(10)
        return FakeLocalizer()

    session = open_window((film_file,), phrase="mass", load=load, wait=False)
    qtbot.waitUntil(lambda: session.state.review.film is not None)
    qtbot.wait(60)
    shown = session.window.canvas.grab().toImage()
    assert shown.pixelColor(shown.width() // 2, shown.height() // 2).lightness() > 100
    assert session.state.review.identity is None
    assert "loading the model" in session.window.status_line.text
    assert control(session.window, QLabel, "Encoded phrase").text() == "waiting for the model…"
    gate.set()
    qtbot.waitUntil(lambda: session.state.review.picture is not None)
    assert session.window.status_line.text.startswith("AFLoc-fake")


@pytest.mark.parametrize(
    "content",
    [b"", b"just text", b"\x89PNG\r\n\x1a\n broken", b"\0" * 128 + b"DICM\x02", b"\xff\xd8\xff\xe0 torn"],
    ids=["empty", "text", "png", "dicom", "jpeg"],
)
def test_a_bad_file_is_one_sentence_and_the_window_stays_usable(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot, tmp_path: Path, content: bytes
) -> None:
    session = open_window((film_file,), phrase="mass")
    bad = tmp_path / "jane_doe.dcm"
    bad.write_bytes(content)
    drop(session, bad)
    qtbot.waitUntil(lambda: session.window.message_bar.text != "")
    said = session.window.message_bar.text
    assert said.endswith("The radiograph shown is still the one before.")
    assert "jane" not in said
    assert film_height(session) == 300
    drop(session, write_film(tmp_path / "good.png", 320))
    qtbot.waitUntil(lambda: film_height(session) == 320)
    assert session.window.message_bar.text == ""


def test_a_missing_file_at_the_start_is_a_sentence(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    session = open_window((tmp_path / "nowhere.dcm",), wait=False)
    qtbot.waitUntil(lambda: session.window.message_bar.text != "")
    assert session.state.review.film is None
    qtbot.waitUntil(lambda: session.state.review.identity is not None)


def test_an_empty_folder_is_a_sentence(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    session = open_window((tmp_path,), wait=False)
    qtbot.waitUntil(lambda: session.window.message_bar.text.startswith("There is no radiograph in this folder"))


def test_a_model_that_cannot_be_loaded_leaves_a_viewer(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    def load() -> FakeLocalizer:
        raise ModelError("This is not a model folder; give one made by afloc convert.")

    session = open_window((film_file,), phrase="mass", load=load, wait=False)
    qtbot.waitUntil(lambda: session.window.message_bar.text.startswith("This is not a model folder"))
    assert not session.state.review.pending
    assert session.window.status_line.text.startswith("no model")
    assert film_height(session) == 300
    session.window.message_bar.clear()
    session.window.phrase_bar.set_text("effusion")
    assert session.window.message_bar.text.startswith("This is not a model folder")


def test_next_and_previous_walk_the_folder_and_the_phrase_stays(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    for number, height in ((1, 300), (2, 310), (10, 320)):
        write_film(tmp_path / f"film{number}.png", height)
    model = FakeLocalizer()
    session = open_window((tmp_path / "film2.png",), phrase="mass", load=lambda: model)
    assert "2 of 3" in session.window.status_line.text
    QTest.keyClick(session.window.canvas, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: film_height(session) == 320)
    QTest.keyClick(session.window.canvas, Qt.Key.Key_Right)
    qtbot.wait(30)
    assert film_height(session) == 320
    QTest.keyClick(session.window, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: film_height(session) == 310)
    QTest.keyClick(session.window.canvas, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: film_height(session) == 300)
    qtbot.waitUntil(lambda: session.state.review.picture is not None)
    picture = session.state.review.picture
    assert picture is not None
    assert (picture.heatmap.phrase.typed, picture.heatmap.image_shape[0]) == ("mass", 300)


def test_a_bad_file_among_good_ones_can_be_stepped_over(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    write_film(tmp_path / "a.png", 300)
    (tmp_path / "b.png").write_bytes(b"torn")
    write_film(tmp_path / "c.png", 320)
    session = open_window((tmp_path,))
    session.controller.step(1)
    qtbot.waitUntil(lambda: session.window.message_bar.text.startswith("File 2 of 3: "))
    assert "1 of 3, 2 not opened" in session.window.status_line.text, "the place is that of the film shown"
    session.controller.step(1)
    qtbot.waitUntil(lambda: film_height(session) == 320)
    assert session.window.message_bar.text == ""


def test_a_map_never_stays_on_another_film(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    gate = threading.Event()
    gate.set()
    session = open_window((film_file,), phrase="mass", load=lambda: FakeLocalizer(gate=gate))
    gate.clear()
    other = write_film(film_file.with_name("other.png"), 320)
    session.controller.open((other,))
    qtbot.waitUntil(lambda: film_height(session) == 320)
    assert session.state.review.picture is None
    assert session.state.review.pending
    gate.set()
    qtbot.waitUntil(lambda: session.state.review.picture is not None)


def test_the_sample_film_opens_and_says_so_on_the_first_run(open_window: OpenWindow) -> None:
    preferences = Preferences(None)
    first = open_window((), preferences=preferences)
    second = open_window((), preferences=preferences)
    assert first.window.message_bar.text.startswith("This is the sample film")
    assert second.window.message_bar.text == ""
    assert preferences.recent_files == ()


def test_the_note_on_the_sample_film_leaves_with_it(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window(())
    assert session.window.message_bar.text.startswith("This is the sample film")
    session.controller.open((film_file,))
    qtbot.waitUntil(lambda: film_height(session) == 300)
    assert session.window.message_bar.text == ""


def test_a_sample_film_that_is_missing_is_a_sentence(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Path:
        raise ModelError("The sample film is missing; install the program again.")

    monkeypatch.setattr("afloc_core.imaging.sample.sample_film", missing)
    preferences = Preferences(None)
    session = open_window((), preferences=preferences, wait=False)
    qtbot.waitUntil(lambda: session.window.message_bar.text.startswith("The sample film is missing"))
    qtbot.waitUntil(lambda: session.state.review.identity is not None)
    assert preferences.take_first_run(), "the note was not used up"


def test_a_step_overtaken_by_a_refused_file_leaves_the_place_of_the_film_shown(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    for name, height in (("a.png", 300), ("b.png", 310), ("c.png", 320)):
        write_film(tmp_path / name, height)
    session = open_window((tmp_path,))
    session.controller.step(1)
    session.controller.open((tmp_path / "nowhere.png",))
    qtbot.waitUntil(lambda: session.window.message_bar.text != "")
    assert film_height(session) == 300
    assert "1 of 3" in session.window.status_line.text
    session.controller.step(1)
    qtbot.waitUntil(lambda: film_height(session) == 310)
    assert "2 of 3" in session.window.status_line.text


def test_files_are_taken_anywhere_in_the_window(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,))
    assert not session.window.phrase_bar.line.acceptDrops()
    drop(session, write_film(film_file.with_name("other.png"), 320), on=session.window)
    qtbot.waitUntil(lambda: film_height(session) == 320)
    assert session.window.phrase_bar.line.text() == ""


def test_neither_title_nor_status_nor_menu_names_a_dicom_file(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = write_film(tmp_path / "DOE_JANE.dcm")
    session = open_window((path,), phrase="mass")
    recent = [action.text() for action in control(session.window, QMenu, "Open recent").actions()]
    assert len(recent) == 1
    seen = " ".join([session.window.windowTitle(), session.window.status_line.text, *recent])
    assert "doe" not in seen.lower()
    assert session.window.windowTitle() == TITLE


def test_a_recent_file_opens_again(open_window: OpenWindow, tmp_path: Path, qtbot: QtBot) -> None:
    first, second = write_film(tmp_path / "a.png", 300), write_film(tmp_path / "b.png", 320)
    session = open_window((first,))
    session.controller.open((second,))
    qtbot.waitUntil(lambda: film_height(session) == 320)
    control(session.window, QMenu, "Open recent").actions()[1].trigger()
    qtbot.waitUntil(lambda: film_height(session) == 300)
