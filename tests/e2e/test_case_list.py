"""Many cases in a list: found, opened, filtered, and done one after the other."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QToolButton

from app.models.preferences import Preferences
from app.views.case_table import ROW_HEIGHT
from tests.app.conftest import control, write_film
from tests.app.fakes import radiograph
from tests.cohort.test_dicom_listing import write as write_dicom
from tests.e2e.test_marks_of_readers import ANNA, document, write_marks
from tests.e2e.test_opening_files import drop
from tests.e2e.test_reviews import rest

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from afloc_core.imaging.radiograph import Radiograph
    from app.session import Session
    from tests.app.conftest import OpenWindow


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Return a folder of four films, one of them in a folder inside, and a table of them beside it."""
    folder = tmp_path / "films"
    (folder / "inside").mkdir(parents=True)
    for name in ("a.png", "b.png", "c.png", "inside/d.png"):
        write_film(folder / name)
    rows = "films/c.png,Mass|Nodule,test\nfilms/a.png,,train\nfilms/b.png,Nodule,test\n"
    (tmp_path / "cases.csv").write_text(f"path,findings,split\n{rows}", encoding="utf-8")
    return folder


def names(session: Session) -> list[str]:
    cases = session.state.cases
    return [cases.title(cases.case(place)) for place in range(cases.rowCount())]


def shown(session: Session) -> str:
    path = session.controller.shown.current
    return "" if path is None else path.name


def listed(session: Session, qtbot: QtBot, count: int) -> None:
    listing = session.controller.case_listing
    qtbot.waitUntil(lambda: listing.complete and len(session.state.cases.columns) == count)
    qtbot.waitUntil(lambda: not session.controller.opening)


def click_row(session: Session, place: int, qtbot: QtBot, name: str) -> None:
    table = session.window.cases.table
    at = QPoint(90, table.rowViewportPosition(place) + ROW_HEIGHT // 2)
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: shown(session) == name and not session.controller.opening)


def choose(session: Session, which: str, text: str) -> None:
    """Choose an entry by the keyboard, as a reader does."""
    unfold = control(session.window, QToolButton, "Filter and order")
    if not unfold.isChecked():
        QTest.mouseClick(unfold, Qt.MouseButton.LeftButton)
    box = control(session.window, QComboBox, f"{which} of the cases")
    assert box.isVisible()
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.findText(text)):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == text


def key(session: Session, pressed: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(session.window.focusWidget() or session.window, pressed, modifier)


def test_a_folder_is_listed_with_the_folders_in_it_and_a_click_opens_a_case(
    open_window: OpenWindow, films: Path, qtbot: QtBot
) -> None:
    session = open_window((films,), phrase="left effusion")
    listed(session, qtbot, 4)
    assert session.window.cases.isVisible()
    assert names(session) == ["a", "b", "c", "d"]
    assert shown(session) == "a.png"
    click_row(session, 3, qtbot, "d.png")
    assert "4 of 4" in session.window.status_line.text
    assert session.state.review.phrase == "left effusion"
    qtbot.waitUntil(lambda: session.state.review.picture is not None)


def test_one_film_fills_the_window_and_one_key_shows_its_neighbours(
    open_window: OpenWindow, films: Path, qtbot: QtBot
) -> None:
    session = open_window((films / "b.png",))
    listed(session, qtbot, 3)
    assert session.window.cases.isHidden()
    key(session, Qt.Key.Key_F2)
    assert session.window.cases.isVisible()
    assert names(session) == ["a", "b", "c"]
    assert session.window.cases.table.currentIndex().row() == 1
    key(session, Qt.Key.Key_F2)
    assert session.window.cases.isHidden()


def test_a_list_that_was_folded_away_stays_away(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    session = open_window((films,))
    listed(session, qtbot, 4)
    key(session, Qt.Key.Key_F2)
    session.controller.open((films.parent / "cases.csv",))
    listed(session, qtbot, 3)
    assert session.window.cases.isHidden()


def test_up_and_down_step_through_the_list_and_escape_returns_to_the_film(
    open_window: OpenWindow, films: Path, qtbot: QtBot
) -> None:
    session = open_window((films,))
    listed(session, qtbot, 4)
    key(session, Qt.Key.Key_F2, Qt.KeyboardModifier.ShiftModifier)
    for name in ("b.png", "c.png"):
        key(session, Qt.Key.Key_Down)
        qtbot.waitUntil(lambda name=name: shown(session) == name)
    key(session, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: shown(session) == "b.png")
    assert session.window.cases.table.hasFocus()
    key(session, Qt.Key.Key_Escape)
    assert session.window.canvas.hasFocus()
    key(session, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: shown(session) == "c.png")
    assert session.window.cases.table.currentIndex().row() == 2, "the list follows"


def test_a_table_is_opened_with_its_labels_and_filtered_by_them(
    open_window: OpenWindow, films: Path, qtbot: QtBot
) -> None:
    session = open_window((films.parent / "cases.csv",))
    listed(session, qtbot, 3)
    assert names(session) == ["c", "a", "b"]
    choose(session, "Finding", "Nodule")
    assert names(session) == ["c", "b"]
    session.window.canvas.setFocus()
    key(session, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: shown(session) == "b.png")
    assert "2 of 2" in session.window.status_line.text, "what is filtered out is not stepped to"
    choose(session, "Finding", "Mass")
    assert names(session) == ["c", "b"], "the case on screen stays"
    session.window.canvas.setFocus()
    key(session, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: names(session) == ["c"])
    session.window.actions_by_id["list-all"].trigger()
    assert names(session) == ["c", "a", "b"]
    choose(session, "Order", "Name")
    assert names(session) == ["a", "b", "c"]


def test_a_case_is_found_by_a_part_of_its_name(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    session = open_window((films,))
    listed(session, qtbot, 4)
    search = control(session.window, QLineEdit, "Find a case")
    search.setFocus()
    QTest.keyClicks(search, "D")
    assert names(session) == ["a", "d"], "the case on screen stays"
    table = session.window.cases.table
    assert [index.row() for index in table.selectionModel().selectedRows()] == [0], "and can be told from the others"
    assert session.state.review.phrase == ""
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert session.window.canvas.hasFocus()


def test_a_dropped_table_of_cases_is_told_from_a_file_of_marks(
    open_window: OpenWindow, films: Path, qtbot: QtBot
) -> None:
    session = open_window((films / "a.png",))
    drop(session, films.parent / "cases.csv")
    listed(session, qtbot, 3)
    qtbot.waitUntil(lambda: shown(session) == "c.png")
    marks = films.parent / "boxes.csv"
    marks.write_text("image,finding,x,y,w,h\nc.png,mass,10,10,20,20\n", encoding="utf-8")
    drop(session, marks)
    qtbot.waitUntil(lambda: len(session.state.case.marks) == 1)
    assert len(session.state.cases.columns) == 3


def test_done_cases_are_kept_in_the_review_and_the_next_one_is_a_key_away(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = open_window((films,))
    listed(session, qtbot, 4)
    session.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(session, qtbot)
    key(session, Qt.Key.Key_F4)
    assert session.window.actions_by_id["case-done"].isChecked()
    key(session, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: shown(session) == "b.png" and not session.controller.opening)
    key(session, Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: shown(session) == "c.png" and not session.controller.opening)
    key(session, Qt.Key.Key_F4)
    key(session, Qt.Key.Key_F4)
    assert not session.window.actions_by_id["case-done"].isChecked(), "a second press takes it back"
    rest(session, qtbot)
    session.window.close()

    again = open_window((films,))
    listed(again, qtbot, 4)
    again.controller.case_files.open_review(str(tmp_path / "mine.afreview"))
    rest(again, qtbot)
    qtbot.waitUntil(lambda: list(again.state.cases.columns.tallied.done)[:3] == [True, True, False], timeout=10_000)
    choose(again, "Progress", "Not done")
    assert names(again)[-2:] == ["c", "d"] or names(again) == ["c"]


def test_when_all_are_done_it_is_said(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    session = open_window((films.parent / "cases.csv",))
    listed(session, qtbot, 3)
    for _ in range(3):
        before = shown(session)
        key(session, Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
        last = "done" in session.window.message_bar.text
        qtbot.waitUntil(lambda before=before, last=last: last or shown(session) != before)
        qtbot.waitUntil(lambda: not session.controller.opening)
    assert session.window.message_bar.text == "Every case of this list is done."
    assert session.state.cases.columns.tallied.done.all()


def test_the_sample_film_is_no_case(open_window: OpenWindow, qtbot: QtBot) -> None:
    session = open_window(())
    key(session, Qt.Key.Key_F4)
    assert "The sample film is no case" in session.window.message_bar.text
    assert session.window.cases.isHidden()


def test_cases_are_filtered_by_reader_and_agreement(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    write_marks(films.parent / "marks.json", document("a.png", "b.png"))
    session = open_window((films,))
    listed(session, qtbot, 4)
    session.controller.case_files.open_marks((films.parent / "marks.json",))
    rest(session, qtbot)
    qtbot.waitUntil(lambda: ANNA in session.state.cases.columns.readers, timeout=10_000)
    choose(session, "Reader", ANNA)
    assert names(session) == ["a", "b"]
    row = session.state.cases.case(0)
    assert row.readers == 3
    assert row.findings
    choose(session, "Reader", "Any reader")
    choose(session, "Agreement", "Readers differ")
    differing = [name for name in names(session) if name != "a"]
    choose(session, "Agreement", "Readers agree")
    assert not set(differing) & {name for name in names(session) if name != "a"}


def test_names_can_be_hidden_and_stay_hidden(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    preferences = Preferences(None)
    session = open_window((films,), preferences=preferences)
    listed(session, qtbot, 4)
    key(session, Qt.Key.Key_F2, Qt.KeyboardModifier.ControlModifier)
    assert names(session) == ["Case 1", "Case 2", "Case 3", "Case 4"]
    again = open_window((films,), preferences=preferences)
    listed(again, qtbot, 4)
    assert names(again)[0] == "Case 1"


def test_no_name_is_logged_or_put_in_the_title(
    open_window: OpenWindow, films: Path, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    secret = films / "Doe^Jane.png"
    secret.write_bytes(b"no picture")
    with caplog.at_level(logging.DEBUG):
        session = open_window((films,))
        listed(session, qtbot, 5)
        table = session.window.cases.table
        qtbot.waitUntil(lambda: not table.lacks_picture(str(secret)), timeout=30_000)
        session.controller.open_at(session.controller.shown.at(secret))
        qtbot.waitUntil(lambda: bool(session.window.message_bar.text))
    assert "Doe" not in caplog.text
    assert "Doe" not in session.window.windowTitle() + session.window.message_bar.text
    session.controller.step(-1)
    qtbot.waitUntil(lambda: not session.controller.opening)
    assert session.state.preferences.recent_files == (), "what is come upon in a list is not remembered"


def test_small_pictures_come_by_themselves_and_never_while_a_film_is_opened(
    open_window: OpenWindow, films: Path, qtbot: QtBot
) -> None:
    gate = threading.Event()

    def open_slowly(path: Path) -> Radiograph:
        if path.name == "b.png":
            gate.wait(20)
        return radiograph()

    session = open_window((films / "b.png",), open_file=open_slowly, wait=False)
    aside = session.controller.case_listing.aside
    session.controller.case_listing.toggle_panel()
    qtbot.wait(600)
    assert session.controller.opening
    assert not aside.busy
    gate.set()
    table = session.window.cases.table
    paths = [str(films / name) for name in ("a.png", "b.png", "c.png")]
    qtbot.waitUntil(lambda: not any(map(table.lacks_picture, paths)), timeout=30_000)
    gate.clear()
    session.controller.open_at(session.controller.shown.at(films / "b.png"))
    assert not aside.busy
    gate.set()
    qtbot.waitUntil(lambda: not session.controller.opening)


def test_films_of_one_study_are_listed_together_with_their_views(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "disc"
    folder.mkdir()
    write_dicom(folder / "1.dcm", "1.2.1", "1.2.1.1", "PA")
    write_dicom(folder / "2.dcm", "1.2.2", "1.2.2.1", "AP")
    write_dicom(folder / "3.dcm", "1.2.1", "1.2.1.2", "LL")
    session = open_window((folder,), open_file=lambda _path: radiograph())
    cases = session.state.cases
    qtbot.waitUntil(lambda: cases.rowCount() == 3 and cases.case(0).view == "PA", timeout=30_000)
    rows = [cases.case(place) for place in range(3)]
    assert [(row.id, row.view, row.study) for row in rows] == [("1", "PA", 1), ("3", "LAT", 1), ("2", "AP", 0)]
    qtbot.waitUntil(lambda: session.controller.shown.files is cases.files)
    session.controller.step(1)
    qtbot.waitUntil(lambda: shown(session) == "3.dcm")


def test_a_table_whose_first_film_is_missing_lists_the_others(
    open_window: OpenWindow, films: Path, qtbot: QtBot
) -> None:
    table = films.parent / "odd.csv"
    table.write_text("path\nnone.png\nfilms/a.png\n", encoding="utf-8")
    session = open_window((table,), wait=False)
    listed(session, qtbot, 2)
    assert "There is no such file" in session.window.message_bar.text
    click_row(session, 1, qtbot, "a.png")


def test_a_table_without_paths_is_refused_in_one_sentence(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    table = films.parent / "odd.csv"
    table.write_text("age,sex\n3,F\n", encoding="utf-8")
    session = open_window((films / "a.png",))
    session.controller.open((table,))
    qtbot.waitUntil(lambda: "no column of paths" in session.window.message_bar.text)
    assert shown(session) == "a.png"
