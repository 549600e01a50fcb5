"""All cases of the list scored in the window, and looked at one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QPushButton

from afloc_core import Localizer
from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.marks import Document, Mark, MarkedImage
from afloc_core.annotations.shapes import Box, Points
from afloc_core.cli import main
from afloc_core.commands.evaluate import INCOMPLETE
from app.views.cohort_points import REACH
from tests.app.conftest import control, write_film
from tests.e2e.test_case_list import key, listed, names, shown
from tests.e2e.test_reviews import rest

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from app.views.cohort_window import CohortWindow
    from tests.app.conftest import OpenWindow

FILMS = ("a.png", "b.png", "c.png")


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Return a folder of four films, and beside it marks of two readers on three of them."""
    folder = tmp_path / "films"
    folder.mkdir()
    for number, name in enumerate((*FILMS, "d.png")):
        write_film(folder / name, 240 + 20 * number)
    marks = [
        Mark(name, Box(40 + 6 * place + aside, 60 + aside, 80, 70 + 4 * place), finding, reader)
        for place, name in enumerate(FILMS)
        for aside, reader in ((0, "Ada"), (9, "Ben"))
        for finding in ("mass", "effusion")[: 1 + place % 2]
    ]
    images = {name: MarkedImage(name, name) for name in FILMS}
    save_annotations(Document("native", images, tuple(marks)), tmp_path / "marks.json", "native")
    return folder


def with_marks(open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot, *, model: bool) -> Session:
    load = (lambda: Localizer.from_pretrained(None)) if model else None
    session = open_window((films,), load=load, wait=False) if load else open_window((films,))
    listed(session, qtbot, 4)
    session.controller.case_files.open_marks((tmp_path / "marks.json",))
    rest(session, qtbot)
    session.controller.case_files.save_as(tmp_path / "mine.afreview")
    rest(session, qtbot)
    qtbot.waitUntil(lambda: session.state.review.identity is not None, timeout=60_000)
    return session


def cohort(session: Session, qtbot: QtBot) -> CohortWindow:
    session.window.canvas.setFocus()
    key(session, Qt.Key.Key_F6)
    view = session.controller.cohort.view
    assert view is not None
    assert view.isVisible()
    qtbot.waitUntil(lambda: view.built, timeout=60_000)
    return view


def press(view: CohortWindow, name: str) -> None:
    button = control(view, QPushButton, name)
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def page(view: CohortWindow, title: str) -> None:
    bar = view.pages.tabBar()
    (place,) = [at for at in range(bar.count()) if bar.tabText(at).startswith(title)]
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(place).center())
    assert view.pages.currentIndex() == place


def by_command(films: Path, tmp_path: Path, output: Path, *more: str) -> dict[str, object]:
    arguments = ["evaluate", "--images", str(films), "--annotations", str(tmp_path / "mine.afreview")]
    assert main([*arguments, "--protocol", "native", "--output", str(output), *more]) in (0, INCOMPLETE)
    return dict(json.loads((output / "summary.json").read_text(encoding="utf-8")))


def test_readers_are_compared_and_a_row_opens_its_case(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=False)
    view = cohort(session, qtbot)
    view.show_model("")
    press(view, "Start")
    qtbot.waitUntil(lambda: session.controller.cohort.result is not None, timeout=60_000)
    page(view, "Cases")
    rows, table = view.cases.rows, view.cases.table
    assert rows.rowCount() == 8
    assert view.findings.table.rows.rowCount() == 3
    wanted = rows.row(7)
    session.controller.step(3)
    qtbot.waitUntil(lambda: shown(session) == "d.png" and not session.controller.opening)
    table.scrollTo(rows.index(7, 0))
    at = table.visualRect(rows.index(7, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: shown(session) == wanted.image)
    qtbot.waitUntil(lambda: session.state.review.phrase == wanted.finding)


def test_the_window_and_the_command_give_the_same_numbers_after_an_end_and_going_on(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    viewing = session.controller.cohort
    done: list[tuple[int, int]] = []
    viewing.run.progressed.connect(lambda *some: done.append(some))

    def end_after_one(number: int, _total: int) -> None:
        if number >= 1:
            viewing.run.end()

    viewing.run.progressed.connect(end_after_one, Qt.ConnectionType.DirectConnection)
    press(view, "Start")
    qtbot.waitUntil(lambda: "Start goes on" in view.state, timeout=120_000)
    assert viewing.result is None
    viewing.run.progressed.disconnect(end_after_one)
    done.clear()
    press(view, "Start")
    qtbot.waitUntil(lambda: viewing.result is not None, timeout=120_000)
    assert done[0][0] >= 1, "what was done is not done again"
    view.folder_chosen.emit(tmp_path / "window")
    qtbot.waitUntil(lambda: (tmp_path / "window" / "report.html").exists() and not viewing.run.running, timeout=120_000)
    ours = json.loads((tmp_path / "window" / "summary.json").read_text(encoding="utf-8"))
    theirs = by_command(films, tmp_path, tmp_path / "command")
    assert ours == theirs
    cases = [(tmp_path / made / "cases.csv").read_bytes() for made in ("window", "command")]
    assert cases[0] == cases[1]
    assert not any(path.is_file() for path in viewing.run.folder.rglob("*")), "nothing is left of a complete run"


def test_a_point_opens_its_case_with_the_phrase_that_was_asked(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    press(view, "Start")
    qtbot.waitUntil(lambda: session.controller.cohort.result is not None, timeout=120_000)
    page(view, "Cases")
    points = view.cases.points
    assert points is not None
    result = session.controller.cohort.result
    assert result is not None
    row = result.table.rows[4]
    view.grab()
    viewport = points.widget.viewport()
    beside = points.place_of(4) + QPoint(0, REACH - 4)
    assert viewport.rect().contains(beside)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=beside)
    qtbot.waitUntil(lambda: shown(session) == row.image)
    qtbot.waitUntil(lambda: session.state.review.phrase == row.asked)


def test_a_held_run_waits_and_goes_on(open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    viewing = session.controller.cohort
    press(view, "Start")
    press(view, "Pause")
    assert view.state.endswith(", paused")
    qtbot.wait(1500)
    assert viewing.run.running
    assert viewing.result is None
    assert view.state.endswith(", paused")
    press(view, "Pause")
    qtbot.waitUntil(lambda: viewing.result is not None, timeout=120_000)


def test_without_marks_it_is_said_what_to_do(open_window: OpenWindow, films: Path, qtbot: QtBot) -> None:
    session = open_window((films,))
    listed(session, qtbot, 4)
    view = cohort(session, qtbot)
    press(view, "Start")
    assert "open marks with Ctrl+M" in view.state
    assert names(session) == ["a", "b", "c", "d"]
    assert control(view, QComboBox, "Protocol").isEnabled()


@pytest.mark.parametrize("protocol", ["native", "published"])
def test_points_and_shared_phrases_are_treated_as_by_the_command(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot, protocol: str
) -> None:
    document = open_annotations(tmp_path / "marks.json")
    pointed = tuple(Mark(name, Points(((80.0, 100.0),)), "mass", "Cy") for name in FILMS)
    shared = tuple(replace(mark, phrase="dense round shadow") for mark in document.marks)
    save_annotations(replace(document, marks=(*shared, *pointed)), tmp_path / "marks.json", "native")
    session = with_marks(open_window, films, tmp_path, qtbot, model=False)
    view = cohort(session, qtbot)
    view.show_model("")
    choice = control(view, QComboBox, "Protocol")
    choice.setCurrentIndex(choice.findData(protocol))
    press(view, "Start")
    qtbot.waitUntil(lambda: session.controller.cohort.result is not None, timeout=60_000)
    result = session.controller.cohort.result
    assert result is not None
    assert result.evaluation is not None
    assert {row.against for row in result.evaluation.main_rows if row.reader == "Ada"} == {"Ben"}
    view.folder_chosen.emit(tmp_path / "window")
    qtbot.waitUntil(lambda: (tmp_path / "window" / "report.html").exists() and not result_running(session))
    by_command(films, tmp_path, tmp_path / "command", "--model", "none", "--protocol", protocol)
    cases = [(tmp_path / made / "cases.csv").read_bytes() for made in ("window", "command")]
    assert cases[0] == cases[1]


def result_running(session: Session) -> bool:
    return session.controller.cohort.run.running


def test_a_study_folds_the_cohort_away(open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=False)
    view = cohort(session, qtbot)
    view.show_model("")
    press(view, "Start")
    qtbot.waitUntil(lambda: session.controller.cohort.result is not None, timeout=60_000)
    session.state.blinding.begin()
    assert not view.isVisible(), "what the model and others found is on screen"
    session.controller.cohort.show_window()
    assert not view.isVisible()
