"""Whatever happens to files, folders and other windows: marks on screen are kept, and nobody else's are lost."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from afloc_core.annotations import store
from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import Review, open_review
from afloc_core.localization.pipelines import Pipeline
from app.models.preferences import Preferences
from app.session import assemble
from tests.app.fakes import FakeLocalizer
from tests.e2e.test_marks_of_readers import ANNA, BORIS, CLARA, document, reader_names, rest, write_marks
from tests.e2e.test_reviews import arrange, films, with_marks, with_review

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

__all__ = ["films"]

DORAS = Mark("a.png", Box(1, 2, 3, 4), "mass", "Dora")


def window_on(data: Path, films: Path, marks: Path | None, qtbot: QtBot) -> Session:
    """Open a window whose reviews that no one named are kept in a folder, as after a start by a reader."""
    session = assemble(FakeLocalizer, Preferences(None), data_folder=data)
    qtbot.addWidget(session.window)
    session.window.show()
    session.controller.start((films,), "", Pipeline.ALIGNED)
    session.controller.case_files.start(None, () if marks is None else (marks,))
    qtbot.waitUntil(lambda: marks is None or bool(session.state.case.readers), timeout=20_000)
    rest(session, qtbot)
    return session


@pytest.fixture
def unkept(films: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    """Return a window with marks on screen that no review could be made for."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "reviews").write_text("not a folder", encoding="utf-8")
    session = window_on(data, films, films.parent / "marks.json", qtbot)
    assert session.controller.case_files.review.address == ""
    yield session
    session.window.close()
    assert session.controller.ended


def kept_marks(place: Path, image: str = "a.png") -> list[str]:
    """Return whose marks a review holds of an image."""
    with open_review(place, create=False) as review:
        review.check()
        return sorted(stored.mark.reader for stored in review.marks(image))


def team_review(place: Path) -> Path:
    """Make a review that holds a mark of Dora's."""
    with open_review(place) as review:
        review.add_document(document("a.png"), "Dora")
        review.add(DORAS, "Dora")
    return place


def test_marks_that_no_review_could_be_made_for_are_in_the_file_that_is_saved(
    unkept: Session, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    unkept.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(unkept, qtbot)
    assert unkept.window.message_bar.text.startswith("The review is kept in this file now")
    assert len(unkept.state.case.marks) == 3
    assert kept_marks(tmp_path / "mine.afreview", "b.png") == [ANNA, ANNA, BORIS]
    with open_review(tmp_path / "mine.afreview") as review:
        assert [entry.file for entry in review.images] == [films / "a.png", films / "b.png"]
        assert [reading.reader for reading in review.readings("a.png")] == [CLARA]


def test_marks_opened_after_the_folder_was_mended_take_those_before_along(
    unkept: Session, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "data" / "reviews").unlink()
    unkept.controller.case_files.open_marks((write_marks(tmp_path / "more.json", document("c.png")),))
    rest(unkept, qtbot)
    address = Path(unkept.controller.case_files.review.address)
    assert [len(kept_marks(address, name)) for name in ("a.png", "b.png", "c.png")] == [3, 3, 3]
    with open_review(address) as review:
        assert [entry.file for entry in review.images] == [films / name for name in ("a.png", "b.png", "c.png")]


def test_a_review_saved_before_the_first_one_was_made_holds_the_marks(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*arguments: Any, **options: Any) -> Review:  # noqa: ANN401  (passed on as they came)
        time.sleep(0.8)
        return open_review(*arguments, **options)

    monkeypatch.setattr(store, "open_review", slow)
    session = open_window((films,))
    session.controller.case_files.open_marks((films.parent / "marks.json",))
    qtbot.waitUntil(lambda: bool(session.state.case.readers))
    assert session.controller.case_files.review.address == ""
    session.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(session, qtbot)
    assert session.controller.case_files.review.address == str(tmp_path / "mine.afreview")
    assert kept_marks(tmp_path / "mine.afreview") == [ANNA, ANNA, BORIS]


def test_saving_replaces_a_review_and_adds_nothing_to_it(unkept: Session, tmp_path: Path, qtbot: QtBot) -> None:
    place = team_review(tmp_path / "team.afreview")
    unkept.controller.case_files.save_as(place)
    rest(unkept, qtbot)
    assert kept_marks(place) == [ANNA, ANNA, BORIS]


def test_a_review_that_is_open_elsewhere_is_not_replaced(unkept: Session, tmp_path: Path, qtbot: QtBot) -> None:
    place = team_review(tmp_path / "team.afreview")
    with open_review(place) as theirs:
        unkept.controller.case_files.save_as(place)
        qtbot.waitUntil(lambda: "is open in a window" in unkept.window.message_bar.text)
        rest(unkept, qtbot)
        theirs.add(Mark("a.png", Box(9, 9, 9, 9), "mass", "Emil"), "Emil")
    assert kept_marks(place) == [ANNA, ANNA, BORIS, "Dora", "Emil"]
    assert len(unkept.state.case.marks) == 3
    unkept.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(unkept, qtbot)
    assert kept_marks(tmp_path / "mine.afreview") == [ANNA, ANNA, BORIS], "another name is still possible"


def test_a_review_whose_films_are_away_keeps_its_case_and_phrases(
    open_window: OpenWindow, films: Path, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    place = tmp_path / "far" / "off" / "mine.afreview"
    place.parent.mkdir(parents=True)
    first = with_marks(open_window, films, qtbot)
    first.controller.case_files.save_as(place)
    arrange(first, qtbot)
    first.window.close()
    with open_review(place) as review:
        left = review.view()
    moved = films.rename(tmp_path / "elsewhere")
    again = open_window((film_file,))
    again.controller.case_files.open_review(str(place))
    qtbot.waitUntil(lambda: again.window.message_bar.text.startswith("None of this review's films"))
    again.state.camera.look(1.5, (30, 40))
    qtbot.wait(300)
    rest(again, qtbot)
    with open_review(place) as review:
        kept = review.view()
    names = ("case", "camera", "window", "finding", "phrase", "phrases", "compare")
    assert {name: kept[name] for name in names} == {name: left[name] for name in names}
    again.controller.open((moved / "b.png",))
    qtbot.waitUntil(lambda: again.state.case.finding == "nodule")
    rest(again, qtbot)
    assert again.state.camera.view.scale == left["camera"]["scale"]
    again.controller.step(-1)
    qtbot.waitUntil(lambda: len(again.state.case.marks) == 3 and again.state.case.marks[0].image == "a.png")
    again.window.close()
    with open_review(place) as review:
        assert review.view()["case"] == {"image": "a.png"}, "from now on it is kept again"


def test_a_kill_right_after_marks_were_saved_does_not_double_them(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, killed, marks = tmp_path / "mine.afreview", tmp_path / "killed.afreview", tmp_path / "marks.json"
    add_document = Review.add_document

    def add_and_look(review: Review, *arguments: Any, **options: Any) -> object:  # noqa: ANN401  (passed on)
        added = add_document(review, *arguments, **options)
        with closing(sqlite3.connect(place)) as now, closing(sqlite3.connect(killed)) as copy:
            now.backup(copy)
        return added

    open_review(place).close()
    session = open_window((films,))
    session.controller.case_files.open_review(str(place))
    rest(session, qtbot)
    with monkeypatch.context() as patched:
        patched.setattr(Review, "add_document", add_and_look)
        session.controller.case_files.open_marks((marks,))
        qtbot.waitUntil(lambda: bool(session.state.case.readers))
        rest(session, qtbot)
    session.window.close()
    write_marks(marks, document("a.png", "b.png", "c.png"))
    again = open_window((films,))
    again.controller.case_files.open_review(str(killed))
    rest(again, qtbot)
    again.window.close()
    assert kept_marks(killed) == [ANNA, ANNA, BORIS]


def test_an_unsaved_file_that_is_gone_is_complained_of_once(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    place = team_review(tmp_path / "mine.afreview")
    with open_review(place) as review:
        review.save_view({"files being saved": [str(tmp_path / "gone.json"), str(tmp_path / "marks.json")]})
    session = open_window((films,))
    session.controller.case_files.open_review(str(place))
    qtbot.waitUntil(lambda: "Dora" in reader_names(session))
    rest(session, qtbot)
    session.window.close()
    with open_review(place) as review:
        assert review.view()["files being saved"] == []
    assert kept_marks(place, "b.png") == [ANNA, ANNA, BORIS]


def test_folders_are_listed_off_the_main_thread(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = with_marks(open_window, films, qtbot)
    first.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(first, qtbot)
    first.window.close()
    listed: list[str] = []
    iterdir = Path.iterdir

    def watched(path: Path) -> Iterator[Path]:
        listed.append(threading.current_thread().name)
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", watched)
    again = with_review(open_window, tmp_path / "mine.afreview", qtbot)
    assert "1 of 3" in again.window.status_line.text
    assert listed
    assert threading.main_thread().name not in listed


def test_films_that_moved_are_found_also_after_another_window_added_marks(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    place = tmp_path / "far" / "off" / "mine.afreview"
    place.parent.mkdir(parents=True)
    first = with_marks(open_window, films, qtbot)
    first.controller.case_files.save_as(place)
    rest(first, qtbot)
    first.window.close()
    moved = films.rename(tmp_path / "elsewhere")
    again = open_window((), wait=False)
    again.controller.case_files.open_review(str(place))
    qtbot.waitUntil(lambda: again.window.message_bar.text.startswith("None of this review's films"))
    with open_review(place) as theirs:
        theirs.add_document(document("x.png"), "Dora")
    qtbot.wait(1_500)
    rest(again, qtbot)
    again.controller.open((moved,))
    qtbot.waitUntil(lambda: reader_names(again) == [ANNA, BORIS, CLARA])
    rest(again, qtbot)


def test_an_unnamed_review_stays_for_the_other_window_that_shows_it(films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    first = window_on(tmp_path / "data", films, films.parent / "marks.json", qtbot)
    place = Path(first.controller.case_files.review.address)
    second = window_on(tmp_path / "data", films, None, qtbot)
    second.controller.case_files.open_review(str(place))
    qtbot.waitUntil(lambda: reader_names(second) == [ANNA, BORIS, CLARA])
    rest(second, qtbot)
    first.window.close()
    assert place.exists()
    second.controller.case_files.review.change(lambda review, by: review.add(DORAS, by))
    qtbot.waitUntil(lambda: "Dora" in reader_names(second), timeout=10_000)
    second.window.close()
    assert first.controller.ended
    assert second.controller.ended
    assert kept_marks(place) == [ANNA, ANNA, BORIS, "Dora"]


def test_the_last_window_takes_an_unnamed_review_with_it(films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    first = window_on(tmp_path / "data", films, films.parent / "marks.json", qtbot)
    place = Path(first.controller.case_files.review.address)
    second = window_on(tmp_path / "data", films, None, qtbot)
    second.controller.case_files.open_review(str(place))
    rest(second, qtbot)
    first.window.close()
    second.window.close()
    assert first.controller.ended
    assert second.controller.ended
    assert list((tmp_path / "data" / "reviews").iterdir()) == []


def test_a_film_that_was_only_looked_at_leaves_nothing_behind(films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    session = window_on(tmp_path / "data", films, None, qtbot)
    qtbot.waitUntil(lambda: session.controller.case_files.review.address != "")
    assert session.window.message_bar.text == ""
    session.window.close()
    assert session.controller.ended
    assert list((tmp_path / "data" / "reviews").iterdir()) == []
    assert list((tmp_path / "data" / "open").glob("*.json")) == []


class Typist:
    """Types names into the dialog that asks where to save, and says yes or no to what it asks."""

    def __init__(self, *names: str, replace: bool = True) -> None:
        self.asked: list[str] = []
        self._names = list(names)
        self._replace = replace
        self._timer = QTimer()
        self._timer.timeout.connect(self._act)

    def __enter__(self) -> Self:
        self._timer.start(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()

    def _act(self) -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QMessageBox):
            self.asked.append(dialog.text())
            button = QMessageBox.StandardButton.Yes if self._replace else QMessageBox.StandardButton.No
            dialog.button(button).click()
        elif isinstance(dialog, QFileDialog) and self._names:
            name = self._names.pop(0)
            if name:
                dialog.findChildren(QLineEdit)[0].setText(name)
            QTimer.singleShot(0, dialog.accept)  # a timer does not fire while the dialog asks from within it
        elif isinstance(dialog, QFileDialog):
            dialog.reject()


@pytest.mark.parametrize("typed", ["Chest 2024.05", "Chest 2024.05.afreview", "Chest 2024.05.AFREVIEW", "Chest"])
def test_a_review_is_saved_under_a_name_with_the_ending_of_reviews(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, typed: str
) -> None:
    window = open_window((film_file,)).window
    with Typist(str(tmp_path / typed)) as typist:
        place = window.ask_review_place()
    assert place == tmp_path / (typed if typed.lower().endswith(".afreview") else f"{typed}.afreview")
    assert typist.asked == []


def test_the_dialog_asks_before_a_review_is_replaced_also_where_the_ending_was_left_out(
    open_window: OpenWindow, film_file: Path, tmp_path: Path
) -> None:
    place = team_review(tmp_path / "Chest 2024.05.afreview")
    window = open_window((film_file,)).window
    for replace in (False, True):
        with Typist(str(tmp_path / "Chest 2024.05"), "", replace=replace) as typist:
            assert window.ask_review_place() == (place if replace else None)
        assert len(typist.asked) == 1


def test_saving_on_the_sample_film_says_that_its_readers_are_not_in_the_review(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    unsaved = "The marks of the sample's illustrative readers are not saved in it"
    session = open_window(())
    rest(session, qtbot)
    files, bar = session.controller.case_files, session.window.message_bar
    illustrative = set(reader_names(session))
    assert illustrative
    files.save_as(tmp_path / "sample.afreview")
    rest(session, qtbot)
    assert bar.isVisible()
    assert unsaved in bar.text
    with open_review(tmp_path / "sample.afreview", create=False) as review:
        assert not illustrative & {reader.name for reader in review.readers}, "else the sentence is wrong"
    session.controller.open((films,))
    qtbot.waitUntil(lambda: not session.controller.sample_shown)
    rest(session, qtbot)
    files.save_as(tmp_path / "other.afreview")
    rest(session, qtbot)
    assert "is kept in this file now" in bar.text
    assert unsaved not in bar.text


def test_saving_to_a_folder_that_is_gone_is_a_sentence_and_the_marks_stay(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, qtbot)
    session.controller.case_files.save_as(tmp_path / "nowhere" / "mine.afreview")
    qtbot.waitUntil(lambda: session.window.message_bar.text.startswith("The disk did not take"))
    rest(session, qtbot)
    assert len(session.state.case.marks) == 3
