"""A researcher opens one annotation file per reader, in formats that name no reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QTreeWidget

from tests.app.conftest import control
from tests.e2e.test_marks_of_readers import reader_names, rest

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.conftest import OpenWindow


def labelme(path: Path, left: int) -> Path:
    """Write one box on ``film.png`` as LabelMe does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = {"label": "nodule", "shape_type": "rectangle", "points": [[left, 20], [left + 60, 90]]}
    content = {"shapes": [shape], "imagePath": "film.png", "imageHeight": 300, "imageWidth": 240}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (("anna/film.json", "boris/film.json"), ["anna", "boris"]),
        (("film_anna.json", "film_boris.json"), ["anna", "boris"]),
        (("one/by hand.json", "two/by hand.json"), ["by hand", "by hand 2"]),
    ],
)
def test_they_are_listed_apart_and_compared(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot, files: tuple[str, str], names: list[str]
) -> None:
    session = open_window((film_file,))
    marks = tuple(labelme(tmp_path / file, 20 + 30 * at) for at, file in enumerate(files))
    session.controller.case_files.open_marks(marks)
    qtbot.waitUntil(lambda: reader_names(session) == names)
    rest(session, qtbot)
    tree = control(session.window, QTreeWidget, "Readers")
    assert [tree.topLevelItem(at).text(0) for at in range(2)] == names  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: len(session.state.agreement.result.pairs) == 3)  # with their consensus
    pair = session.state.agreement.result.pairs[0]
    assert (pair.first, pair.second) == tuple(names)
    assert pair.iou == pytest.approx(30 / 90)


def test_the_same_file_again_adds_nothing_though_it_was_renamed(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,))
    first = labelme(tmp_path / "anna.json", 20)
    session.controller.case_files.open_marks((first,))
    rest(session, qtbot)
    session.controller.case_files.open_marks((first.rename(tmp_path / "second.json"),))
    rest(session, qtbot)
    assert "already holds everything of this file" in session.window.message_bar.text
    assert reader_names(session) == ["anna"]
    assert len(session.state.case.marks) == 1


def test_the_review_keeps_the_names(open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,))
    session.controller.case_files.open_marks((labelme(tmp_path / "anna.json", 20), labelme(tmp_path / "b.json", 30)))
    rest(session, qtbot)
    kept = tmp_path / "kept.afreview"
    session.controller.case_files.save_as(kept)
    rest(session, qtbot)
    again = open_window(())
    again.controller.case_files.open_review(str(kept))
    rest(again, qtbot)
    assert reader_names(again) == ["anna", "b"]
    assert "anna" not in again.window.windowTitle()


def test_a_finding_that_two_files_write_in_other_cases_is_one(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,))
    other = labelme(tmp_path / "boris.json", 50)
    other.write_text(other.read_text(encoding="utf-8").replace("nodule", "Nodule"), encoding="utf-8")
    session.controller.case_files.open_marks((labelme(tmp_path / "anna.json", 20), other))
    rest(session, qtbot)
    (finding,) = session.state.case.findings
    session.state.case.look_for(finding)
    assert [len(session.state.case.marks_of(name)) for name in ("anna", "boris")] == [1, 1]
