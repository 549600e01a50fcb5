"""A review is left for another one, or kept under a name: each holds what is its own, and nothing else is deleted."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog
from sqlalchemy.exc import OperationalError

from afloc_core.annotations import store
from afloc_core.annotations.store import Review, open_review
from afloc_core.annotations.store.sentences import plain_errors
from afloc_core.imaging.open import open_radiograph
from app.services import annotation_reading
from tests.e2e.test_keeping_reviews import DORAS, kept_marks, team_review, unkept, window_on
from tests.e2e.test_marks_of_readers import ANNA, BORIS, CLARA, document, reader_names, rest, write_marks
from tests.e2e.test_reviews import films

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from afloc_core.annotations.marks import Document
    from afloc_core.annotations.store import AddedDocument
    from afloc_core.imaging.radiograph import Radiograph
    from app.models.review_book import ReadMarks
    from app.session import Session
    from tests.app.conftest import OpenWindow

__all__ = ["films", "unkept"]


def test_a_review_the_reader_named_stays_wherever_it_is(films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    session = window_on(tmp_path / "data", films, films.parent / "marks.json", qtbot)
    place = tmp_path / "data" / "reviews" / "Ward 3.afreview"
    session.controller.case_files.save_as(place)
    rest(session, qtbot)
    session.window.close()
    assert session.controller.ended
    assert kept_marks(place) == [ANNA, ANNA, BORIS]
    assert list(place.parent.iterdir()) == [place], "the one that no one named is gone"


def test_the_dialog_to_save_starts_among_the_documents(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window((film_file,)).window
    documents = tmp_path / "documents"
    documents.mkdir()
    shown: list[str] = []
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _kind: str(documents))
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: shown.append(dialog.directory().absolutePath()))
    assert window.ask_review_place() is None
    assert [Path(folder) for folder in shown] == [documents]


def test_the_dialog_to_save_starts_at_home_where_there_is_no_folder_of_documents(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window((film_file,)).window
    home = tmp_path / "home"
    home.mkdir()
    places = {QStandardPaths.StandardLocation.HomeLocation: home}
    shown: list[str] = []
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda kind: str(places.get(kind, home / "Documents")))
    monkeypatch.setattr(QFileDialog, "exec", lambda dialog: shown.extend(dialog.selectedFiles()))
    assert window.ask_review_place() is None
    assert [Path(place) for place in shown] == [home / "review.afreview"]


def test_a_document_that_is_refused_does_not_keep_the_others_from_being_saved(
    unkept: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    same = replace(document("a.png", "b.png"), extra={"made by": "another program"})
    paths = (write_marks(tmp_path / "same.json", same), write_marks(tmp_path / "more.json", document("c.png")))
    unkept.controller.case_files.open_marks(paths)
    rest(unkept, qtbot)
    unkept.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(unkept, qtbot)
    assert unkept.window.message_bar.text.startswith("The review already holds everything of this file")
    assert unkept.controller.case_files.review.address == str(tmp_path / "mine.afreview")
    for image in ("a.png", "b.png", "c.png"):
        assert kept_marks(tmp_path / "mine.afreview", image) == [ANNA, ANNA, BORIS]


def test_nothing_is_replaced_where_every_document_is_refused(
    unkept: Session, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = team_review(tmp_path / "team.afreview")
    image = document("a.png").images["a.png"]
    contradicting = tuple(store.ReviewImage(replace(image, size=size)) for size in ((300, 240), (30, 24)))

    def refuse(review: Review, *_: object, **__: object) -> None:
        review.add_images(contradicting, "Ada")

    monkeypatch.setattr(Review, "add_document", refuse)
    unkept.controller.case_files.save_as(place)
    rest(unkept, qtbot)
    assert unkept.controller.case_files.review.address == ""
    assert len(unkept.state.case.marks) == 3
    monkeypatch.undo()
    assert kept_marks(place) == [ANNA, ANNA, BORIS, "Dora"]


def test_nothing_is_replaced_where_the_disk_takes_only_a_part(
    unkept: Session, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, add_document = team_review(tmp_path / "team.afreview"), Review.add_document
    before = kept_marks(place)
    unkept.controller.case_files.open_marks((write_marks(tmp_path / "more.json", document("c.png")),))
    rest(unkept, qtbot)

    def add_or_fill(review: Review, made: Document, *arguments: Any, **options: Any) -> AddedDocument:  # noqa: ANN401  (passed on)
        if "c.png" in made.images:
            with plain_errors():
                raise OperationalError(None, None, disk_full())
        return add_document(review, made, *arguments, **options)

    monkeypatch.setattr(Review, "add_document", add_or_fill)
    unkept.controller.case_files.save_as(place)
    rest(unkept, qtbot)
    assert unkept.window.message_bar.text.startswith("The disk is full")
    assert kept_marks(place) == before
    monkeypatch.undo()
    unkept.controller.case_files.save_as(place)
    rest(unkept, qtbot)
    assert kept_marks(place, "c.png") == [ANNA, ANNA, BORIS], "nothing of it was forgotten"


def disk_full() -> sqlite3.OperationalError:
    """Return what the driver says of a full disk."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorname = "SQLITE_FULL"
    return error


@pytest.mark.parametrize("opening", [False, True], ids=["open", "on its way"])
def test_marks_that_were_read_for_one_review_do_not_get_into_the_next(
    open_window: OpenWindow,
    films: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    opening: bool,
) -> None:
    first, second = tmp_path / "first.afreview", team_review(tmp_path / "second.afreview")
    with open_review(first) as review:
        review.save_view({"files being saved": [str(tmp_path / "marks.json")]})
    before = kept_marks(second)
    go_on, read = threading.Event(), annotation_reading._read

    def read_late(path: Path) -> ReadMarks:
        go_on.wait(10)
        return read(path)

    def open_late(address: str, **options: Any) -> Review:  # noqa: ANN401  (passed on as they came)
        if opening and address == str(second):
            go_on.set()
            time.sleep(0.5)
        return open_review(address, **options)

    monkeypatch.setattr(annotation_reading, "_read", read_late)
    monkeypatch.setattr(store, "open_review", open_late)
    session = open_window((films,))
    case_files = session.controller.case_files
    case_files.open_review(str(first))
    if not opening:
        qtbot.waitUntil(lambda: case_files.review.address == str(first))
        qtbot.wait(50)
    case_files.open_review(str(second))
    qtbot.waitUntil(lambda: case_files.review.address == str(second))
    go_on.set()
    rest(session, qtbot)
    session.window.close()
    assert kept_marks(second) == before
    assert kept_marks(second, "b.png") == []
    with open_review(first) as review:
        assert review.view()["files being saved"] == [str(tmp_path / "marks.json")], "they come back with their own"


def test_the_next_review_is_open_also_where_the_one_before_cannot_be_deleted(
    films: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window_on(tmp_path / "data", films, films.parent / "marks.json", qtbot)
    left, place = Path(session.controller.case_files.review.address), team_review(tmp_path / "team.afreview")
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == left:
            raise PermissionError
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    session.controller.case_files.open_review(str(place))
    rest(session, qtbot)
    assert session.controller.case_files.review.address == str(place)
    session.controller.case_files.review.change(lambda review, by: review.add(DORAS, by))
    rest(session, qtbot)
    session.window.close()
    assert session.controller.ended
    assert kept_marks(place) == [ANNA, ANNA, BORIS, "Dora", "Dora"]


def test_marks_that_arrive_while_stepping_are_shown_on_the_film_that_comes(
    open_window: OpenWindow, films: Path, qtbot: QtBot
) -> None:
    come = threading.Event()

    def open_file(path: Path) -> Radiograph:
        if path.name == "b.png":
            come.wait(10)
        return open_radiograph(path)

    session = open_window((films,), open_file=open_file)
    session.controller.step(1)
    session.controller.case_files.open_marks((films.parent / "marks.json",))
    qtbot.wait(50)
    qtbot.waitUntil(lambda: not session.controller.case_files.busy, timeout=20_000)
    assert session.controller.opening
    come.set()
    rest(session, qtbot)
    assert "2 of 3" in session.window.status_line.text
    assert reader_names(session) == [ANNA, BORIS, CLARA]
    assert len(session.state.case.marks) == 3
