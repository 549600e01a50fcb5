"""The results of a cohort in its window: points, rows and pictures open cases, and hidden names stay hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from tests.app.conftest import control
from tests.e2e.test_case_list import shown
from tests.e2e.test_cohort_options import saved, started
from tests.e2e.test_cohort_window import cohort, films, page, press, with_marks

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.conftest import OpenWindow

__all__ = ["films"]


def test_a_picture_and_enter_on_a_row_open_the_case(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    result = started(session, view, qtbot)
    page(view, "Cases")
    strip = view.cases.best.list
    qtbot.waitUntil(lambda: strip.count() == 4)
    best = max(result.table.rows, key=lambda row: row.score.mean_iou)
    view.grab()
    at = strip.visualItemRect(strip.item(0)).center()
    QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: shown(session) == best.image)
    qtbot.waitUntil(lambda: session.state.review.phrase == best.asked)
    report = saved(session, view, tmp_path / "window", qtbot)["report.html"]
    assert report.count(b"data:image/jpeg") == strip.count() + view.cases.worst.list.count()
    control(view, QCheckBox, "Films in the report").setChecked(False)
    control(view, QCheckBox, "Paths in the results").setChecked(True)
    bare = saved(session, view, tmp_path / "bare", qtbot)
    assert b"data:image/jpeg" not in bare["report.html"], "what was chosen after the run counts"
    assert str(films).encode() in bare["cases.csv"]
    table = view.cases.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(table, Qt.Key.Key_Return)
    last = view.cases.rows.row(view.cases.rows.rowCount() - 1)
    qtbot.waitUntil(lambda: shown(session) == last.image)
    qtbot.waitUntil(lambda: session.state.review.phrase == last.asked)


def test_hidden_names_are_hidden_in_rows_pictures_and_remarks(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    (films / "b.png").write_bytes((films / "a.png").read_bytes())
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    started(session, view, qtbot)
    strip, rows, remarks = view.cases.best.list, view.cases.rows, view.remarks.rows
    qtbot.waitUntil(lambda: strip.count() == 4)

    def said() -> str:
        texts = [strip.item(at).toolTip() for at in range(strip.count())]
        for model in (rows, remarks):
            texts += [
                str(model.data(model.index(row, column))) for row in range(model.rowCount()) for column in range(3)
            ]
        return "\n".join(texts)

    assert "It is the same picture as a.png" in said()
    assert rows.data(rows.index(0, 0)) in ("a", "b", "c")
    session.controller.case_listing.toggle_names()
    assert "a.png" not in said()
    assert "d.png" not in said()
    assert "Not shown while names are hidden." in said()
    assert str(rows.data(rows.index(0, 0))).startswith("Case ")
    assert "Case " in strip.item(0).toolTip()
    session.controller.case_listing.toggle_names()
    assert "It is the same picture as a.png" in said()


def test_every_point_is_hit_by_a_click_where_it_is(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=False)
    view = cohort(session, qtbot)
    view.show_model("")
    result = started(session, view, qtbot)
    page(view, "Cases")
    points = view.cases.points
    assert points is not None
    clicked: list[int] = []
    points.chosen.connect(clicked.append)
    viewport = points.widget.viewport()
    view.grab()
    for at in range(len(result.table.rows)):
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=points.place_of(at))
    assert clicked == list(range(len(result.table.rows)))
    clicked.clear()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().topRight())
    assert not clicked, "far from every point there is none"


def test_closing_ends_the_drawing_of_pictures(
    open_window: OpenWindow, films: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = with_marks(open_window, films, tmp_path, qtbot, model=True)
    view = cohort(session, qtbot)
    viewing = session.controller.cohort
    press(view, "Start")
    qtbot.waitUntil(lambda: viewing.result is not None, timeout=60_000)
    session.window.close()
    assert viewing.ended
