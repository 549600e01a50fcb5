"""A review is kept while one looks: it comes back as it was left, and others see what one adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import open_review
from afloc_core.localization.pipelines import Pipeline
from app.models.compare_mode import CompareMode
from app.models.preferences import Preferences
from app.services.review_keeping import reader_name
from app.session import assemble
from tests.annotations.store.conftest import database, server
from tests.app.fakes import FakeLocalizer
from tests.e2e.test_marks_of_readers import ANNA, BORIS, CLARA, document, reader_names, rest, seen, write_marks
from tests.e2e.test_opening_files import drop

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

__all__ = ["database", "server"]


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Return a folder of three films, marks of the first two beside it."""
    from tests.app.conftest import write_film

    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("a.png", "b.png", "c.png"):
        write_film(folder / name)
    write_marks(tmp_path / "marks.json", document("a.png", "b.png"))
    return folder


def with_marks(open_window: OpenWindow, films: Path, qtbot: QtBot) -> Session:
    session = open_window((films,))
    session.controller.case_files.open_marks((films.parent / "marks.json",))
    rest(session, qtbot)
    assert reader_names(session) == [ANNA, BORIS, CLARA]
    return session


def with_review(open_window: OpenWindow, address: Path | str, qtbot: QtBot) -> Session:
    """Open a window as the command line with the address of a review does."""
    session = open_window((), wait=False)
    session.controller.case_files.open_review(str(address))
    qtbot.waitUntil(lambda: bool(session.state.case.readers), timeout=20_000)
    rest(session, qtbot)
    return session


def arrange(session: Session, qtbot: QtBot) -> None:
    """Make everything on screen other than it is by default."""
    session.controller.step(1)
    qtbot.waitUntil(lambda: "2 of 3" in session.window.status_line.text)
    rest(session, qtbot)
    session.window.phrase_bar.set_text("left effusion")
    qtbot.waitUntil(lambda: session.state.review.picture is not None)
    state = session.state
    state.phrases.pin("nodule")
    state.phrases.set_threshold("nodule", 0.3)
    state.case.look_for("nodule")
    state.case.set_visible(BORIS, False)
    state.comparison.set_mode(CompareMode.SWIPE)
    state.comparison.set_swipe(0.25)
    state.overlay.set_opacity(0.4)
    state.overlay.set_threshold(0.7)
    state.viewing.adjust(0.1, 0.5)
    state.viewing.set_inverted(True)
    state.camera.look(2.5, (100, 120))


def screen(session: Session) -> dict[str, object]:
    """Return what is on screen as far as a review keeps it."""
    state, film = session.state, session.state.review.film
    assert film is not None
    return {
        "case": session.controller.shown.current,
        "place": session.window.status_line.text.split("·")[2].strip(),
        "phrase": (state.review.phrase, session.window.phrase_bar.line.text()),
        "phrases": [(one.text, one.threshold) for one in state.phrases.layers],
        "finding": state.case.finding,
        "readers": [(one.name, one.colour, one.visible) for one in state.case.readers],
        "marks": state.case.marks,
        "compare": (state.comparison.mode, state.comparison.swipe),
        "overlay": state.overlay.settings,
        "window": (state.viewing.window.center, state.viewing.window.width, state.viewing.inverted),
        "camera": (state.camera.view.scale, state.camera.view.centre),
    }


def test_a_review_comes_back_as_it_was_left(open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    place = tmp_path / "kept" / "mine.afreview"
    place.parent.mkdir()
    first = with_marks(open_window, films, qtbot)
    first.controller.case_files.save_as(place)
    rest(first, qtbot)
    assert first.window.message_bar.text.startswith("The review is kept in this file now")
    arrange(first, qtbot)
    left = screen(first)
    first.window.close()
    again = with_review(open_window, place, qtbot)
    qtbot.waitUntil(lambda: again.state.review.picture is not None)
    assert screen(again) == left


def test_a_review_that_was_dropped_on_the_window_opens(
    open_window: OpenWindow, films: Path, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    first = with_marks(open_window, films, qtbot)
    first.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(first, qtbot)
    first.window.close()
    other = open_window((film_file,))
    drop(other, tmp_path / "mine.afreview")
    qtbot.waitUntil(lambda: reader_names(other) == [ANNA, BORIS, CLARA])
    rest(other, qtbot)


def test_a_review_moved_with_its_films_finds_them(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    first = with_marks(open_window, films, qtbot)
    first.controller.case_files.save_as(films / "mine.afreview")
    rest(first, qtbot)
    first.window.close()
    moved = films.rename(tmp_path / "elsewhere")
    again = with_review(open_window, moved / "mine.afreview", qtbot)
    assert again.controller.shown.current == moved / "a.png"


def test_a_review_whose_films_are_gone_says_so_and_takes_them_from_another_folder(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    first = with_marks(open_window, films, qtbot)
    (tmp_path / "far" / "off").mkdir(parents=True)
    first.controller.case_files.save_as(tmp_path / "far" / "off" / "mine.afreview")
    rest(first, qtbot)
    first.window.close()
    moved = films.rename(tmp_path / "elsewhere")
    again = open_window((), wait=False)
    again.controller.case_files.open_review(str(tmp_path / "far" / "off" / "mine.afreview"))
    qtbot.waitUntil(lambda: again.window.message_bar.text.startswith("None of this review's films"))
    again.controller.open((moved,))
    qtbot.waitUntil(lambda: reader_names(again) == [ANNA, BORIS, CLARA])
    rest(again, qtbot)


def test_a_file_that_is_no_review_is_a_sentence(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,))
    drop(session, write_marks(film_file.with_name("fake.afreview"), document("film.png")))
    qtbot.waitUntil(lambda: session.window.message_bar.text.startswith("The file is not a review"))
    assert session.controller.case_files.review.address == ""


def test_two_windows_on_one_review_see_each_others_marks(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    first = with_marks(open_window, films, qtbot)
    first.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(first, qtbot)
    second = with_review(open_window, tmp_path / "mine.afreview", qtbot)
    added = Mark("a.png", Box(5, 5, 9, 9), "mass", "Dora")
    second.controller.case_files.review.change(lambda review, by: review.add(added, by))
    for session in (first, second):
        qtbot.waitUntil(lambda session=session: added in session.state.case.marks, timeout=10_000)
        assert "Dora" in reader_names(session)


def test_marks_that_another_window_opens_appear_on_films_it_did_not_have(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    first = with_marks(open_window, films, qtbot)
    first.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(first, qtbot)
    second = with_review(open_window, tmp_path / "mine.afreview", qtbot)  # opens where the first is
    first.controller.step(2)
    qtbot.waitUntil(lambda: "3 of 3" in first.window.status_line.text)
    rest(first, qtbot)
    second.controller.case_files.open_marks((write_marks(tmp_path / "more.json", document("c.png")),))
    rest(second, qtbot)
    qtbot.waitUntil(lambda: reader_names(first) == [ANNA, BORIS, CLARA], timeout=10_000)


def test_a_review_of_nothing_but_opened_files_goes_with_the_window(films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    data = tmp_path / "data"
    kept = []
    for own_mark in (False, True):
        session = assemble(FakeLocalizer, Preferences(None), data_folder=data)
        qtbot.addWidget(session.window)
        session.window.show()
        session.controller.start((films,), "", Pipeline.ALIGNED)
        session.controller.case_files.start(None, (films.parent / "marks.json",))
        qtbot.waitUntil(lambda session=session: bool(session.state.case.readers), timeout=20_000)
        rest(session, qtbot)
        address = session.controller.case_files.review.address
        assert data in type(films)(address).parents
        assert list(films.glob("*.afreview")) == []
        if own_mark:
            mark = Mark("a.png", Box(1, 2, 3, 4), "mass", "Dora")
            session.controller.case_files.review.change(lambda review, by, mark=mark: review.add(mark, by))
        session.window.close()
        assert session.controller.ended
        kept.append(type(films)(address).exists())
    assert kept == [False, True], "a mark of one's own is never thrown away"
    assert list((data / "open").glob("*.json")) == []


def test_opening_the_same_marks_twice_adds_nothing(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    session = with_marks(open_window, films, qtbot)
    session.controller.case_files.open_marks((films.parent / "marks.json",))
    qtbot.waitUntil(lambda: "already holds everything" in session.window.message_bar.text)
    rest(session, qtbot)
    assert len(session.state.case.marks) == 3


def test_a_copy_holds_the_whole_history(open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    session = with_marks(open_window, films, qtbot)
    mark = Mark("a.png", Box(1, 2, 3, 4), "mass", "Dora")
    session.controller.case_files.review.change(lambda review, _by: review.add(mark, "Dora"))
    session.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(session, qtbot)
    with open_review(tmp_path / "mine.afreview", create=False) as review:
        review.check()
        assert review.next_undo("Dora") is not None
        assert [entry.file for entry in review.images][:2] == [films / "a.png", films / "b.png"]


def test_films_can_be_walked_while_the_review_is_kept(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    session = with_marks(open_window, films, qtbot)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        QTest.keyClick(session.window.canvas, key)
    qtbot.waitUntil(lambda: not session.controller.opening)
    rest(session, qtbot)
    assert "2 of 3" in session.window.status_line.text
    assert seen(session) == [ANNA, BORIS, CLARA]


def test_a_review_in_a_database_is_shared_and_each_reader_has_their_own_view(
    open_window: OpenWindow, films: Path, database: str, qtbot: QtBot
) -> None:
    open_review(database).close()
    first = open_window((films,))
    first.controller.case_files.open_review(database)
    rest(first, qtbot)
    first.controller.case_files.open_marks((films.parent / "marks.json",))
    qtbot.waitUntil(lambda: reader_names(first) == [ANNA, BORIS, CLARA])
    rest(first, qtbot)
    arrange(first, qtbot)
    left = screen(first)
    qtbot.wait(300)
    rest(first, qtbot)
    second = with_review(open_window, database, qtbot)
    qtbot.waitUntil(lambda: second.state.review.picture is not None)
    assert screen(second) == left
    added = Mark("b.png", Box(5, 5, 9, 9), "nodule", "Dora")
    second.controller.case_files.review.change(lambda review, by: review.add(added, by))
    qtbot.waitUntil(lambda: added in first.state.case.marks, timeout=10_000)
    first.controller.case_files.save_as(films / "copy.afreview")
    qtbot.waitUntil(lambda: first.window.message_bar.text.startswith("A review in a database stays there"))
    with open_review(database) as review:
        assert review.view("") == {}
        assert review.view(reader_name())["phrase"] == "left effusion"


def test_marks_that_were_seen_but_not_saved_when_the_program_ended_are_read_again(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    with open_review(tmp_path / "mine.afreview") as review:
        review.save_view({"files being saved": [str(tmp_path / "marks.json")], "case": {"file": str(films / "b.png")}})
    session = with_review(open_window, tmp_path / "mine.afreview", qtbot)
    assert session.controller.shown.current == films / "b.png"
    assert reader_names(session) == [ANNA, BORIS, CLARA]
    session.window.close()
    with open_review(tmp_path / "mine.afreview") as review:
        assert len(review.marks("b.png")) == 3
        assert review.view()["files being saved"] == []


def test_marks_are_seen_even_where_no_review_can_be_kept(films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "reviews").write_text("not a folder", encoding="utf-8")
    session = assemble(FakeLocalizer, Preferences(None), data_folder=data)
    qtbot.addWidget(session.window)
    session.window.show()
    session.controller.start((films,), "", Pipeline.ALIGNED)
    session.controller.case_files.start(None, (films.parent / "marks.json",))
    qtbot.waitUntil(lambda: bool(session.state.case.readers), timeout=20_000)
    qtbot.waitUntil(lambda: session.window.message_bar.text != "")
    rest(session, qtbot)
    session.controller.step(1)
    qtbot.waitUntil(lambda: "2 of 2" in session.window.status_line.text or "2 of 3" in session.window.status_line.text)
    qtbot.waitUntil(lambda: bool(session.state.case.readers))
    session.window.close()
    assert session.controller.ended
