"""A researcher makes a study in a dialog, opens it from a window with something else in it, and takes results away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
)

from afloc_core.study.events import Answer
from afloc_core.study.record import open_record
from afloc_core.study.study_file import Design, MapShown, read_study
from app.views.new_study import NewStudyDialog
from app.views.study_results import StudyResultsDialog
from tests.app.conftest import control
from tests.study.studies import Reader, write_study

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.session import Session
    from tests.app.conftest import OpenWindow

PROGRAM = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QInputDialog
from app import application, session
from tests.app.fakes import FakeLocalizer

QInputDialog.getText = staticmethod(lambda *_, **__: ("Anna", True))
study, sessions = Path(sys.argv.pop()), []
assemble, run = session.assemble, session.run

def look():
    one = sessions[-1]
    reading = one.controller.studying.reading
    if len(sessions) == 1 and one.state.review.film is not None and not one.controller.opening:
        one.state.review.ask("effusion")
        one.controller.case_files.open_any((study,))
        timer.stop()
    elif len(sessions) == 2 and reading.opened is not None:
        timer.stop()
        state = one.state
        print(json.dumps([reading.opened.reader.name, state.review.film is None, state.review.phrase,
                          one.controller.studying.reading.stage.value]))
        one.window.close()

def watched(*arguments, **options):
    sessions.append(assemble(*arguments, **options))
    timer.start(20)
    return sessions[-1]

session.assemble = watched
session.run = lambda arguments: run(arguments, FakeLocalizer)
app = QApplication([])
timer = QTimer()
timer.timeout.connect(look)
sys.exit(application.main())
"""


def test_a_study_gets_a_window_in_which_nothing_was_opened_before(film_file: Path, tmp_path: Path) -> None:
    study = write_study(tmp_path / "study")
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(film_file), str(study)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == ["Anna", True, "", "welcome"]


def test_a_reader_who_changes_their_mind_stays_where_they_are(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    session = open_window((film_file,))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("", False))
    session.controller.case_files.open_any((write_study(tmp_path / "study"),))
    qtbot.waitUntil(lambda: not session.controller.case_files.busy)
    assert session.window.isVisible()
    assert session.controller.studying.follow_up is None


@pytest.fixture
def dialog(open_window: OpenWindow, film_file: Path) -> tuple[Session, NewStudyDialog]:
    """Return a window and its dialog for a new study."""
    session = open_window((film_file,))
    session.window.actions_by_id["new-study"].trigger()
    (found,) = session.window.findChildren(NewStudyDialog)
    return session, found


def fill(dialog: NewStudyDialog, place: Path, monkeypatch: pytest.MonkeyPatch, cases: str) -> None:
    """Fill the dialog in and save it."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(place), ""))
    control(dialog, QLineEdit, "Title").setText('Effusion, "with" and without')
    control(dialog, QLineEdit, "Cases").setText(cases)
    control(dialog, QPlainTextEdit, "Findings").setPlainText("pneumothorax\n\n pleural effusion ")
    control(dialog, QComboBox, "Arms").setCurrentIndex(2)
    control(dialog, QLineEdit, "Seed").setText("11")
    control(dialog, QPushButton, "Save the study file").click()


def test_the_dialog_writes_a_file_that_can_be_read(
    dialog: tuple[Session, NewStudyDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    write_study(tmp_path / "made")
    place = tmp_path / "made" / "reading"
    session, asked = dialog
    fill(asked, place, monkeypatch, str(tmp_path / "made" / "films"))
    qtbot.waitUntil(lambda: not asked.isVisible())
    study = read_study(place.with_suffix(".toml"))
    assert study.title == 'Effusion, "with" and without'
    assert study.findings == ("pneumothorax", "pleural effusion")
    assert study.cases == ("films",), "as seen from the study file, so that both can be moved"
    assert (study.design, study.repeat, study.seed) == (Design.CROSSOVER, True, 11)
    assert [arm.map for arm in study.arms] == [MapShown.HIDDEN, MapShown.SHOWN]
    assert session.window.message_bar.text.startswith("The study file is written.")


def test_the_dialog_says_that_the_reference_standard_is_to_follow(
    dialog: tuple[Session, NewStudyDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    write_study(tmp_path / "made")
    place = tmp_path / "made" / "reading.toml"
    session, asked = dialog
    control(asked, QLineEdit, "Reference standard").setText(str(tmp_path / "made" / "consensus.json"))
    fill(asked, place, monkeypatch, str(tmp_path / "made" / "films"))
    qtbot.waitUntil(lambda: not asked.isVisible())
    assert read_study(place).reference == "consensus.json"
    assert "“reference” names consensus.json, which does not exist yet" in session.window.message_bar.text


def test_the_dialog_says_what_is_wrong_and_writes_nothing(
    dialog: tuple[Session, NewStudyDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    place = tmp_path / "reading.toml"
    _, asked = dialog
    fill(asked, place, monkeypatch, "")
    said = control(asked, QLabel, "What is wrong")
    qtbot.waitUntil(lambda: "“cases”" in said.text())
    assert asked.isVisible() and not place.exists()
    asked.reject()


def test_results_are_summed_up_and_exported_from_the_window(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    study = write_study(tmp_path / "study")
    with open_record(study) as record:
        reader = Reader(record, "Anna")
        for number in range(6):
            reader.read(30.0 - 10 * (number % 2), lambda *_: Answer(True, 3))
    session = open_window((film_file,))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(study), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    session.window.actions_by_id["study-results"].trigger()
    qtbot.waitUntil(lambda: bool(session.window.findChildren(StudyResultsDialog)))
    (shown,) = session.window.findChildren(StudyResultsDialog)
    assert "aided - unaided: -10.000" in control(shown, QPlainTextEdit, "Figures").toPlainText()
    control(shown, QPushButton, "Export the results").click()
    qtbot.waitUntil(lambda: control(shown, QLabel, "What became of the export").text() != "")
    assert not (tmp_path / "out" / "names.csv").exists()
    assert len((tmp_path / "out" / "answers.csv").read_text().splitlines()) == 1 + 6 * 2
    control(shown, QCheckBox, "With names").setChecked(True)
    control(shown, QPushButton, "Export the results").click()
    qtbot.waitUntil(lambda: (tmp_path / "out" / "names.csv").exists())
    shown.close()


def test_a_study_that_nobody_read_is_said(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    session = open_window((film_file,))
    place = str(write_study(tmp_path / "study"))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (place, ""))
    session.window.actions_by_id["study-results"].trigger()
    qtbot.waitUntil(lambda: session.window.message_bar.text.startswith("Nobody has read this study yet"))
