"""A reader opens what others marked, finds it on the film, and looks at one of them or at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QListWidget, QToolButton, QTreeWidget

from afloc_core.annotations.formats import save_annotations
from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Polygon
from app.models.compare_mode import CompareMode
from app.views.problems_sheet import ProblemsSheet
from tests.app.conftest import control, write_film
from tests.e2e.test_opening_files import drop

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

ANNA, BORIS, CLARA = "Anna", "Boris", "Clara"


def document(*names: str, size: tuple[int, int] | None = (300, 240)) -> Document:
    """Return marks of three readers on each image; Clara saw nothing."""
    images = {name: MarkedImage(name, name, size=size) for name in names}
    marks: list[Mark] = []
    for name in names:
        marks.append(Mark(name, Box(20, 30, 40, 50), "nodule", ANNA))
        marks.append(Mark(name, Box(120, 130, 60, 50), "effusion", ANNA))
        marks.append(Mark(name, Polygon(((10, 10), (60, 10), (60, 70))), "nodule", BORIS))
    return Document("native", images, tuple(marks), tuple(Reading(name, CLARA) for name in names))


def write_marks(path: Path, made: Document) -> Path:
    save_annotations(made, path, "native")
    return path


def reader_names(session: Session) -> list[str]:
    return [one.name for one in session.state.case.readers]


def seen(session: Session) -> list[str]:
    return [one.name for one in session.state.case.readers if one.visible]


def rest(session: Session, qtbot: QtBot) -> None:
    """Wait until all that was opened is on screen and saved."""
    qtbot.waitUntil(lambda: not session.controller.case_files.busy and not session.controller.opening, timeout=20_000)
    qtbot.wait(30)
    qtbot.waitUntil(lambda: not session.controller.case_files.busy and not session.controller.opening, timeout=20_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of three films of which the first two are in the file of marks beside it."""
    films = tmp_path / "films"
    films.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        write_film(films / name)
    write_marks(tmp_path / "marks.json", document("a.png", "b.png", *(f"away{n}.png" for n in range(8))))
    return films


@pytest.fixture
def session(open_window: OpenWindow, folder: Path, qtbot: QtBot) -> Session:
    """Return a window on the films, with the marks."""
    opened = open_window((folder,))
    opened.controller.case_files.open_marks((folder.parent / "marks.json",))
    rest(opened, qtbot)
    return opened


def test_marks_find_their_films_and_one_sentence_says_how_many(session: Session) -> None:
    assert session.window.message_bar.text == "2 of 10 films found here."
    assert reader_names(session) == [ANNA, BORIS, CLARA]
    assert len(session.state.case.marks) == 3
    assert session.state.case.findings == ("effusion", "nodule")


def test_files_that_name_one_film_differently_add_up(
    open_window: OpenWindow, folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    other = replace(document("a"), marks=(Mark("a", Box(30, 30, 40, 50), "nodule", "Dora"),), readings=())
    opened = open_window((folder,))
    opened.controller.case_files.open_marks((tmp_path / "marks.json", write_marks(tmp_path / "other.json", other)))
    rest(opened, qtbot)
    assert reader_names(opened) == [ANNA, BORIS, CLARA, "Dora"]
    assert len(opened.state.case.marks) == 4
    assert opened.window.message_bar.text == "2 of 10 films found here."
    kept = tmp_path / "kept.afreview"
    opened.controller.case_files.save_as(kept)
    rest(opened, qtbot)
    opened.controller.step(1)
    qtbot.waitUntil(lambda: len(opened.state.case.marks) == 3)
    opened.controller.case_files.open_review(str(kept))
    rest(opened, qtbot)
    opened.controller.step(-1)
    qtbot.waitUntil(lambda: len(opened.state.case.marks) == 4)
    assert "Dora" in reader_names(opened)


def test_a_film_without_marks_has_no_readers_and_the_next_marked_one_is_a_key_away(
    session: Session, qtbot: QtBot
) -> None:
    session.controller.step(2)
    qtbot.waitUntil(lambda: "3 of 3" in session.window.status_line.text)
    rest(session, qtbot)
    assert reader_names(session) == []
    assert not control(session.window, QTreeWidget, "Readers").isVisible()
    QTest.keyClick(session.window, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "2 of 3" in session.window.status_line.text)
    qtbot.waitUntil(lambda: reader_names(session) == [ANNA, BORIS, CLARA])


def test_readers_keep_colour_and_tick_from_film_to_film(session: Session, qtbot: QtBot) -> None:
    colours = {one.name: one.colour for one in session.state.case.readers}
    session.state.case.set_visible(BORIS, False)
    for step in (2, -1):
        session.controller.step(step)
        qtbot.waitUntil(lambda: not session.controller.opening)
        rest(session, qtbot)
    assert {one.name: one.colour for one in session.state.case.readers} == colours
    assert seen(session) == [ANNA, CLARA]


def test_the_section_lists_readers_with_their_counts(session: Session) -> None:
    tree = control(session.window, QTreeWidget, "Readers")
    rows = [(tree.topLevelItem(n).text(0), tree.topLevelItem(n).text(1)) for n in range(3)]  # type: ignore[union-attr]
    assert rows == [(ANNA, "2"), (BORIS, "1"), (CLARA, "saw none")]
    box = control(session.window, QComboBox, "Finding")
    assert [box.itemText(n) for n in range(box.count())] == ["All findings", "Effusion", "Nodule"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert session.state.case.finding == "effusion"
    assert [tree.topLevelItem(n).text(1) for n in range(3)] == ["1", "only others", "saw none"]  # type: ignore[union-attr]


def test_space_hides_a_reader_and_enter_or_a_double_click_shows_only_this_one(session: Session) -> None:
    tree = control(session.window, QTreeWidget, "Readers")
    first, second = tree.topLevelItem(0), tree.topLevelItem(1)
    assert first is not None
    assert second is not None
    tree.setFocus()
    tree.setCurrentItem(first)
    QTest.keyClick(tree, Qt.Key.Key_Space)
    assert seen(session) == [BORIS, CLARA]
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert seen(session) == [ANNA]
    place = tree.visualItemRect(second).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert seen(session) == [BORIS]
    QTest.mouseClick(control(session.window, QToolButton, "Show all readers"), Qt.MouseButton.LeftButton)
    assert seen(session) == [ANNA, BORIS, CLARA]


def test_keys_walk_through_readers_and_findings(session: Session) -> None:
    canvas, shift = session.window.canvas, Qt.KeyboardModifier.ShiftModifier
    walked = []
    for _ in range(4):
        QTest.keyClick(canvas, Qt.Key.Key_E, shift)
        walked.append(seen(session))
    assert walked == [[ANNA], [BORIS], [CLARA], [ANNA, BORIS, CLARA]]
    QTest.keyClick(canvas, Qt.Key.Key_E)
    assert seen(session) == []
    assert not session.window.actions_by_id["readers"].isChecked()
    QTest.keyClick(canvas, Qt.Key.Key_E)
    assert seen(session) == [ANNA, BORIS, CLARA]
    findings = []
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_F, shift)
        findings.append(session.state.case.finding)
    assert findings == ["effusion", "nodule", ""]


def test_a_dropped_file_of_marks_is_opened_as_marks(open_window: OpenWindow, folder: Path, qtbot: QtBot) -> None:
    session = open_window((folder,))
    drop(session, folder.parent / "marks.json")
    qtbot.waitUntil(lambda: reader_names(session) == [ANNA, BORIS, CLARA])
    assert session.window.message_bar.text == "2 of 10 films found here."
    rest(session, qtbot)


def test_marks_and_films_dropped_together_are_both_opened(
    open_window: OpenWindow, folder: Path, film_file: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,))
    drop(session, folder, folder.parent / "marks.json")
    qtbot.waitUntil(lambda: reader_names(session) == [ANNA, BORIS, CLARA])
    assert "1 of 3" in session.window.status_line.text
    rest(session, qtbot)


def test_marks_without_films_open_the_films_that_lie_beside_them(
    open_window: OpenWindow, folder: Path, qtbot: QtBot
) -> None:
    beside = write_marks(folder / "marks.json", document("b.png"))
    session = open_window(())
    session.controller.case_files.open_marks((beside,))
    qtbot.waitUntil(lambda: "2 of 3" in session.window.status_line.text)
    rest(session, qtbot)
    assert reader_names(session) == [ANNA, BORIS, CLARA]
    assert session.window.message_bar.text == "1 of 1 film found here."


def test_marks_whose_films_are_nowhere_say_what_to_do(open_window: OpenWindow, folder: Path, qtbot: QtBot) -> None:
    alone = write_marks(folder.parent / "alone.json", document("x.png", "y.png"))
    session = open_window((folder,))
    session.controller.case_files.open_marks((alone,))
    rest(session, qtbot)
    assert session.window.message_bar.text.endswith("(2 films) is open: open the folder they are in.")
    films = folder.parent / "other"
    films.mkdir()
    write_film(films / "x.png")
    session.controller.open((films,))
    qtbot.waitUntil(lambda: reader_names(session) == [ANNA, BORIS, CLARA])
    rest(session, qtbot)


def test_marks_drawn_at_another_size_are_carried_to_the_film(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    image = MarkedImage("film.png", "film.png", size=(600, 480))
    made = Document("native", {image.key: image}, (Mark(image.key, Box(100, 200, 40, 60), "nodule", ANNA),))
    session = open_window((film_file,))
    session.controller.case_files.open_marks((write_marks(film_file.with_name("marks.json"), made),))
    qtbot.waitUntil(lambda: len(session.state.case.marks) == 1)
    assert session.state.case.marks[0].shape == Box(50, 100, 20, 30)
    rest(session, qtbot)
    assert session.state.case.marks[0].shape == Box(50, 100, 20, 30), "the same once it comes from the review"


def test_marks_of_a_picture_of_another_shape_are_left_out_with_a_sentence(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    import numpy as np

    made = Document(
        "native",
        {"film.png": MarkedImage("film.png", "film.png")},
        (Mark("film.png", Mask.from_array(np.ones((10, 10), dtype=bool)), "nodule", ANNA),),
    )
    session = open_window((film_file,))
    session.controller.case_files.open_marks((write_marks(film_file.with_name("marks.json"), made),))
    rest(session, qtbot)
    assert "10 x 10" in session.window.message_bar.text
    assert session.state.case.marks == ()


def test_what_could_not_be_used_is_counted_and_listed(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    table = film_file.with_name("boxes.csv")
    rows = ["film,Mass,10,20,30,40", "film,Mass,10,20,none,40", "film,Mass,10,20,-3,40"]
    table.write_text("\n".join(["Image Index,Finding Label,Bbox [x,y,w,h],,,", *rows]), encoding="utf-8")
    session = open_window((film_file,))
    session.controller.case_files.open_marks((table,))
    rest(session, qtbot)
    said = session.window.message_bar.text
    assert said == "1 of 1 film found here; 2 entries could not be used, see Problems in the menu Marks."
    session.window.actions_by_id["problems"].trigger()
    (sheet,) = session.window.findChildren(ProblemsSheet)
    assert control(sheet, QListWidget, "Problems").count() == 2
    assert control(sheet, QLabel, "How many problems").text().startswith("2 things could not be used")
    sheet.close()


def test_a_file_that_is_no_marks_is_one_sentence_without_its_name(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    bad = film_file.with_name("jane_doe.json")
    bad.write_text("[1, 2", encoding="utf-8")
    session = open_window((film_file,))
    drop(session, bad)
    qtbot.waitUntil(lambda: session.window.message_bar.text != "")
    assert "jane" not in session.window.message_bar.text
    assert session.state.case.readers == ()
    assert session.controller.case_files.review.address == "", "nothing is kept of what could not be read"


def test_the_sample_lists_its_readers_and_shows_their_marks_only_when_asked(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    session = open_window(())
    qtbot.waitUntil(lambda: bool(session.state.case.readers))
    assert reader_names(session) == ["Illustrative reader A", "Illustrative reader B"]
    assert seen(session) == []
    note = control(session.window, QLabel, "About these marks")
    assert note.isVisible()
    assert "not by radiologists" in note.text()
    assert control(session.window, QTreeWidget, "Readers").isVisible()
    assert session.controller.case_files.review.address == "", "looking at the sample leaves nothing behind"
    session.state.comparison.set_mode(CompareMode.SIDE_BY_SIDE)
    assert seen(session) == reader_names(session)
    rest(session, qtbot)


def test_the_marks_of_the_sample_lie_on_the_film(open_window: OpenWindow, qtbot: QtBot) -> None:
    session = open_window(())
    qtbot.waitUntil(lambda: bool(session.state.case.marks))
    film = session.state.review.film
    assert film is not None
    for mark in session.state.case.marks:
        left, top, right, bottom = mark.shape.bounds
        assert 0 < left < right < film.width
        assert 0 < top < bottom < film.height
        assert (mark.finding, mark.phrase) == ("mass", "multiple lung masses")
    rest(session, qtbot)


def test_without_marks_nothing_of_readers_is_seen(open_window: OpenWindow, film_file: Path) -> None:
    window = open_window((film_file,)).window
    assert not control(window, QTreeWidget, "Readers").isVisible()
    assert not control(window, QToolButton, "Readers").isVisible()


def test_a_folded_section_stays_folded(session: Session) -> None:
    heading, tree = control(session.window, QToolButton, "Readers"), control(session.window, QTreeWidget, "Readers")
    assert tree.isVisible()
    heading.setFocus()
    QTest.keyClick(heading, Qt.Key.Key_Space)
    assert not tree.isVisible()
    assert heading.isVisible()
    assert "Readers" in session.window.side.folded
