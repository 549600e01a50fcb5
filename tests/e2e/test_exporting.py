"""Someone takes a picture away: looks at it, blacks out what is burned in, and writes or copies it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QProcess, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLabel, QPushButton

from afloc_core.annotations.marks import Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import ReviewImage, open_review
from afloc_core.cli import main
from afloc_core.exporting.inspecting import provenance_of
from afloc_core.imaging.open import open_radiograph
from afloc_core.localization.localizer import Localizer
from app.services.review_exporting import ReviewExporting
from tests.app.conftest import control, write_film
from tests.app.test_actions import nameless
from tests.exporting.patient import patient_film, secrets
from tests.exporting.pictures import traces

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.session import Session
    from app.views.export_dialog import ExportDialog
    from tests.app.conftest import OpenWindow

MARKS = (Mark("a", Box(40, 50, 60, 70), finding="mass", reader="Dr. Ada"),)


def opened(session: Session, qtbot: QtBot) -> ExportDialog:
    """Press Ctrl+E and wait for the preview."""
    session.window.activateWindow()
    qtbot.waitUntil(session.window.isActiveWindow)
    QTest.keyClick(session.window.canvas, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = session.controller.exporting.dialog
    assert dialog is not None and dialog.isVisible()
    qtbot.waitUntil(lambda: not dialog.preview.image.isNull())
    return dialog


def saved(session: Session, dialog: ExportDialog, place: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Press Save, choose a place, and wait for the file."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(place), ""))
    QTest.mouseClick(control(dialog, QPushButton, "Save"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.controller.exporting.dialog is None, timeout=20_000)
    return place.read_bytes()


def choose(dialog: ExportDialog, name: str, part: str) -> None:
    """Choose the entry of a box whose text begins so."""
    box = control(dialog, QComboBox, name)
    box.setCurrentIndex(next(at for at in range(box.count()) if box.itemText(at).startswith(part)))


def test_the_window_and_the_command_line_write_the_same_file(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    localizer = Localizer.from_pretrained(None)  # before the window, which waits for seconds only
    localizer.locate(open_radiograph(film_file), "left pleural effusion")
    session = open_window((film_file,), phrase="left pleural effusion", load=lambda: localizer)
    dialog = opened(session, qtbot)
    choose(dialog, "Layout", "Slide")
    content = saved(session, dialog, tmp_path / "window.png", qtbot, monkeypatch)
    output = tmp_path / "line.png"
    arguments = ["--phrase", "left pleural effusion", "--layout", "slide", "--output", str(output)]
    assert main(["export", str(film_file), *arguments]) == 0
    first, second = (np.asarray(Image.open(io.BytesIO(one))) for one in (content, output.read_bytes()))
    assert first.shape == (1080, 1920, 3) and np.array_equal(first, second)
    assert provenance_of(content) == provenance_of(output.read_bytes())


def test_an_area_drawn_on_the_preview_is_black_in_the_file(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_window((film_file,), phrase="left pleural effusion")
    dialog = opened(session, qtbot)
    (film,) = dialog.preview.film_places()
    before = dialog.preview.image
    start = QPoint(round(film.left() + 0.25 * film.width()), round(film.top() + 0.5 * film.height()))
    end = QPoint(round(film.left() + 0.75 * film.width()), round(film.bottom() + 40))
    QTest.mousePress(dialog.preview, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(dialog.preview, end)
    QTest.mouseRelease(dialog.preview, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    (area,) = dialog.settings.blackouts
    assert (area.left, area.top, area.right, area.bottom) == pytest.approx((60, 150, 180, 300), abs=2)
    qtbot.waitUntil(lambda: dialog.preview.image != before)
    take_back = control(dialog, QPushButton, "Take the last area back")
    assert take_back.isEnabled()
    choose(dialog, "Format", "TIFF")
    control(dialog, QCheckBox, "Scale bar").setChecked(False)
    content = saved(session, dialog, tmp_path / "out.tif", qtbot, monkeypatch)
    pixels = np.asarray(Image.open(io.BytesIO(content)))
    assert pixels[154:300, 64:176].max() == 0
    assert pixels[:140, 200:235].max() > 0
    dialog = opened(session, qtbot)
    assert dialog.settings.blackouts == () and not control(dialog, QCheckBox, "Include patient data").isChecked()
    QTest.mouseClick(control(dialog, QPushButton, "Cancel"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.controller.exporting.dialog is None)


def test_a_patients_film_is_written_without_the_patient_and_with_a_warning(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_window((patient_film(tmp_path, BurnedInAnnotation="YES"),), phrase="mass")
    session.state.case.show(MARKS)
    dialog = opened(session, qtbot)
    assert "burned into this film" in control(dialog, QLabel, "Words in the film").text()
    assert "no names" in control(dialog, QLabel, "Patient data").text()
    content = saved(session, dialog, tmp_path / "out.png", qtbot, monkeypatch)
    assert traces(content, (*secrets(), "Dr. Ada")) == []
    assert "patient" not in str(session.state.preferences.phrases)
    dialog = opened(session, qtbot)
    control(dialog, QCheckBox, "Include patient data").setChecked(True)
    assert "will say who" in control(dialog, QLabel, "Patient data").text()
    content = saved(session, dialog, tmp_path / "named.png", qtbot, monkeypatch)
    assert "Zweigelt" in traces(content, secrets())
    dialog = opened(session, qtbot)
    assert not dialog.settings.patient
    dialog.reject()


def test_a_phrase_with_the_patients_name_is_said_in_the_dialog_and_not_written(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    session = open_window((patient_film(tmp_path),), phrase="mass of Quirina")
    QTest.keyClick(session.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = session.controller.exporting.dialog
    assert dialog is not None
    said = control(dialog, QLabel, "What went wrong")
    qtbot.waitUntil(lambda: "patient's name" in said.text())
    assert not control(dialog, QPushButton, "Save").isEnabled()
    dialog.reject()


def test_the_picture_is_copied_with_one_key(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,), phrase="left pleural effusion")
    session.state.case.show(MARKS)
    QTest.keyClick(session.window.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    clipboard = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: clipboard.mimeData() is not None and clipboard.mimeData().hasFormat("image/png"))
    content = bytes(clipboard.mimeData().data("image/png").data())
    entries = provenance_of(content)
    assert entries["maps"][0]["phrase"] == "left pleural effusion"
    assert "Ada" not in json.dumps(entries)
    assert clipboard.image().width() == Image.open(io.BytesIO(content)).width


def test_a_place_that_cannot_be_written_is_said_and_the_dialog_stays(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_window((film_file,))
    dialog = opened(session, qtbot)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "no" / "out.png"), ""))
    QTest.mouseClick(control(dialog, QPushButton, "Save"), Qt.MouseButton.LeftButton)
    said = control(dialog, QLabel, "What went wrong")
    qtbot.waitUntil(lambda: "could not be written" in said.text())
    assert dialog.isVisible() and control(dialog, QPushButton, "Save").isEnabled()
    dialog.reject()


def test_all_films_of_a_review_are_written_into_a_folder(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_film(film_file.parent / "other.png", 200, 260)
    with open_review(tmp_path / "case.afreview") as review:
        for place, size in ((film_file, (300, 240)), (other, (200, 260))):
            review.add_images([ReviewImage(MarkedImage(place.name, path=place.name, size=size), place)], "me")
            review.add(Mark(place.name, Box(20, 30, 50, 60), "mass", reader="Dr. Ada"), "me")
    session = open_window((), wait=False)
    session.controller.case_files.open_review(str(tmp_path / "case.afreview"))
    qtbot.waitUntil(lambda: bool(session.state.case.marks), timeout=10_000)
    dialog = opened(session, qtbot)
    button = control(dialog, QPushButton, "All films of the review")
    assert button.isVisible() and "2 films" in button.text()
    choose(dialog, "Format", "JPEG")
    control(dialog, QCheckBox, "Legend").setChecked(False)
    out = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(out))
    said = control(dialog, QLabel, "What went wrong")
    seen: list[str] = []
    session.controller.exporting.findChildren(ReviewExporting)[0].progressed.connect(
        lambda *_: seen.append(said.text())
    )
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.controller.exporting.dialog is None, timeout=60_000)
    assert seen == ["1 of 2 films…", "2 of 2 films…"]
    written = {path.name: provenance_of(path.read_bytes()) for path in out.iterdir()}
    assert sorted(written) == ["film-0001.jpg", "film-0002.jpg"]
    for entries in written.values():
        assert [one["name"] for one in entries["readers"]] == ["Reader 1"] and "legend" not in entries["parts"]
    dialog = opened(session, qtbot)
    QTest.mouseClick(control(dialog, QPushButton, "All films of the review"), Qt.MouseButton.LeftButton)
    assert dialog.settings.kind == "png"
    dialog.reject()  # while it runs: the process ends with the dialog
    (service,) = session.controller.exporting.findChildren(ReviewExporting)
    assert not service.running
    qtbot.waitUntil(lambda: not service.findChildren(QProcess), timeout=20_000)
    assert sorted(path.name for path in out.iterdir()) == ["film-0001.jpg", "film-0002.jpg"]


def test_every_control_of_the_dialog_has_a_name(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    dialog = opened(open_window((film_file,)), qtbot)
    assert nameless(dialog) == []
    assert dialog.preview.accessibleName() == "Preview"
    dialog.reject()


def test_nothing_to_export_is_said(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    session = open_window((empty,), wait=False)
    qtbot.waitUntil(lambda: session.window.message_bar.isVisible())
    session.controller.exporting.ask()
    assert session.controller.exporting.dialog is None


def test_a_name_typed_without_an_ending_gets_that_of_the_format(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_window((film_file,))
    dialog = opened(session, qtbot)
    choose(dialog, "Format", "PDF")
    there = tmp_path / "Chest 2024.05.pdf"
    there.write_text("somebody's")
    asked: list[str] = []

    def answer(_parent: object, _title: str, offered: str, _filter: str) -> tuple[str, str]:
        asked.append(offered)
        return str(tmp_path / ("Chest 2024.05" if len(asked) == 1 else "mine")), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    QTest.mouseClick(control(dialog, QPushButton, "Save"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.controller.exporting.dialog is None, timeout=20_000)
    assert asked[1:] == [str(there)], "what is there is asked about by its whole name"
    assert there.read_text() == "somebody's"
    assert (tmp_path / "mine.pdf").read_bytes().startswith(b"%PDF")


def test_a_note_is_in_the_file_only_where_marks_it_is_about_are_drawn(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_window((film_file,))
    case, said = session.state.case, "Illustrative marks."
    assisted = Mark("a", Box(4, 5, 60, 70), finding="mass", reader="Ben", extra={"ai_assisted": {"phrase": "mass"}})
    case.show((*MARKS, assisted), notes={"Dr. Ada": said})
    for number, (visible, noted) in enumerate(((True, said), (False, ""))):
        case.set_visible("Dr. Ada", visible)
        place = tmp_path / f"{number}.png"
        entries = provenance_of(saved(session, opened(session, qtbot), place, qtbot, monkeypatch))
        assert entries["note"] == noted
        assert [mark.get("ai_assisted") for mark in entries["readers"][0]["marks"]] == [True]
    case.set_visible("Dr. Ada", True)
    dialog = opened(session, qtbot)
    control(dialog, QCheckBox, "Readers' marks").setChecked(False)
    assert provenance_of(saved(session, dialog, tmp_path / "none.png", qtbot, monkeypatch))["note"] == ""
