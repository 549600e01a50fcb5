"""A researcher opens marks that were drawn on a larger copy of the film than the one at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel

from afloc_core.annotations.marks import Document, Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from app.models.compare_mode import CompareMode
from app.models.comparison import EVERY_READER, MODEL, Party, Role
from tests.app.conftest import control, write_film
from tests.e2e.test_marks_of_readers import ANNA, BORIS, reader_names, rest, write_marks

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

HEADER = "Image Index,Finding Label,Bbox [x,y,w,h],,,"


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """Return a film of 512 x 512 pixels, as smaller copies of the NIH films are."""
    return write_film(tmp_path / "film.png", 512, 512)


def test_boxes_of_the_nih_list_lie_where_they_belong_and_one_sentence_says_so(
    open_window: OpenWindow, half: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "boxes.csv").write_text(f"{HEADER}\nfilm.png,Mass,600,700,200,100\n", encoding="utf-8")
    session = open_window((half,))
    session.controller.case_files.open_marks((tmp_path / "boxes.csv",))
    rest(session, qtbot)
    assert [mark.shape for mark in session.state.case.marks] == [Box(300, 350, 100, 50)]
    said = "Marks given in pixels of 1024 x 1024 pictures were scaled to this film of 512 x 512."
    note = control(session.window, QLabel, "About these marks")
    assert (note.text(), note.isVisible()) == (said, True)
    assert not session.state.case.misplaced
    assert session.window.message_bar.text == "1 of 1 film found here."


@pytest.fixture
def doubtful(open_window: OpenWindow, half: Path, tmp_path: Path, qtbot: QtBot) -> Session:
    """Return a window with marks of Boris on the film, and of Anna on one that was larger."""
    marks = (
        Mark("film.png", Box(400, 380, 40, 40), "nodule", ANNA),
        Mark("film.png", Box(700, 800, 60, 60), "nodule", ANNA),
        Mark("film.png", Box(390, 380, 40, 40), "nodule", BORIS),
    )
    made = Document("native", {"film.png": MarkedImage("film.png", "film.png")}, marks)
    session = open_window((half,), phrase="nodule")
    session.controller.case_files.open_marks((write_marks(tmp_path / "marks.json", made),))
    rest(session, qtbot)
    qtbot.waitUntil(lambda: session.state.agreement.result.left_out == (ANNA,))
    return session


def test_of_marks_that_belong_nobody_knows_where_no_figures_are_made(doubtful: Session) -> None:
    assert doubtful.window.message_bar.text.startswith("Some marks lie outside this film")
    assert reader_names(doubtful) == [ANNA, BORIS]
    assert len(doubtful.state.case.marks) == 3, "they are kept, and drawn"
    result = doubtful.state.agreement.result
    assert [(pair.first, pair.second) for pair in result.pairs] == [("Model", BORIS)]
    label = control(doubtful.window, QLabel, "Who is left out")
    assert label.isVisible()
    assert label.text().startswith("Left out: Anna. Marks lie outside this film")
    assert ANNA not in repr(doubtful.state.agreement.places.places)


def test_the_note_about_who_is_left_out_goes_with_the_film(doubtful: Session, film_file: Path, qtbot: QtBot) -> None:
    doubtful.controller.open((film_file,))
    qtbot.waitUntil(lambda: reader_names(doubtful) == [])
    rest(doubtful, qtbot)
    qtbot.waitUntil(lambda: not control(doubtful.window, QLabel, "Who is left out").isVisible())
    assert not doubtful.state.case.misplaced


@pytest.mark.parametrize(("side", "made"), [(ANNA, False), (BORIS, True), ("", True)])
def test_no_difference_is_made_of_them(doubtful: Session, qtbot: QtBot, side: str, made: bool) -> None:
    comparison = doubtful.state.comparison
    comparison.set_sides(MODEL, Party(Role.READER, side) if side else EVERY_READER)
    comparison.set_mode(CompareMode.DIFFERENCE)
    qtbot.waitUntil(lambda: not doubtful.controller.comparing.pending)
    assert (doubtful.window.canvas._drawn.difference_layer.difference is not None) == made
