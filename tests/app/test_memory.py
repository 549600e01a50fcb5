"""What is remembered: phrases, files, places in a folder; and what is not, because it could name a patient."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.models.folder import FileSequence, openable_files
from app.models.history import PhraseHistory
from app.models.preferences import Preferences


def test_history_is_walked_like_that_of_a_shell() -> None:
    history = PhraseHistory(["effusion", "mass"])
    assert history.older("draft") == "mass"
    assert history.older("mass") == "effusion"
    assert history.older("effusion") == "effusion"
    assert history.newer("effusion") == "mass"
    assert history.newer("mass") == "draft"
    assert history.newer("draft") == "draft"


def test_history_keeps_each_phrase_once_and_fifty_in_all() -> None:
    history = PhraseHistory([f"p{number}" for number in range(60)])
    history.commit("  p20 ")
    history.commit("")
    history.commit("x" * 5000)
    assert len(history.phrases) == 50
    assert history.phrases[-1] == "p20"
    assert history.phrases.count("p20") == 1
    history.clear()
    assert (history.phrases, history.older("typed")) == ((), "typed")


def store(path: Path) -> QSettings:
    return QSettings(str(path), QSettings.Format.IniFormat)


def test_recent_dicom_files_are_never_written_and_never_named(tmp_path: Path) -> None:
    place = tmp_path / "settings.ini"
    preferences = Preferences(store(place))
    preferences.add_recent(tmp_path / "DOE^JANE" / "doe_jane.dcm", "DICOM")
    preferences.add_recent(tmp_path / "DOE^JANE" / "12345", "DICOM")
    preferences.add_recent(tmp_path / "film.png", "PNG")
    preferences.sync()
    assert "doe" not in place.read_text().lower()
    assert "12345" not in place.read_text()
    labels = [file.label for file in preferences.recent_files]
    assert labels[0] == "film.png"
    assert all("doe" not in label.lower() and label.startswith("DICOM radiograph") for label in labels[1:])
    assert [file.label for file in Preferences(store(place)).recent_files] == ["film.png"]


def test_recent_files_are_few_and_can_be_forgotten(tmp_path: Path) -> None:
    place = tmp_path / "settings.ini"
    preferences = Preferences(store(place))
    for number in (*range(12), 5):
        preferences.add_recent(Path(f"/films/{number}.png"), "PNG")
    assert [file.label for file in preferences.recent_files][:2] == ["5.png", "11.png"]
    assert len(preferences.recent_files) == 8
    preferences.forget_recent()
    preferences.sync()
    assert [*preferences.recent_files, *Preferences(store(place)).recent_files] == []


def test_phrases_and_the_first_run_are_remembered(tmp_path: Path) -> None:
    place = tmp_path / "settings.ini"
    preferences = Preferences(store(place))
    preferences.save_phrases(["only one"])
    assert preferences.take_first_run()
    preferences.sync()
    again = Preferences(store(place))
    assert (again.phrases, again.take_first_run()) == (("only one",), False)


def test_a_folder_lists_what_may_be_a_radiograph_in_the_order_of_numbers(tmp_path: Path) -> None:
    for name in ("film10.png", "film2.PNG", "film1.dcm", "notes.txt", ".hidden.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "IM0001").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "README").write_bytes(b"text")
    (tmp_path / "inside.png").mkdir()
    assert [path.name for path in openable_files(tmp_path)] == ["film1.dcm", "film2.PNG", "film10.png", "IM0001"]
    assert openable_files(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(("position", "by", "expected"), [(0, 1, 1), (1, -1, 0), (0, -1, None), (2, 1, None)])
def test_stepping_stops_at_both_ends(position: int, by: int, expected: int | None) -> None:
    sequence = FileSequence((Path("a"), Path("b"), Path("c")), position)
    step = sequence.step(by)
    assert (None if step is None else step.position) == expected


def test_a_file_outside_the_sequence_becomes_its_own() -> None:
    sequence = FileSequence((Path("a"), Path("b")), 0)
    assert sequence.at(Path("b")).position == 1
    assert sequence.at(Path("z")) == FileSequence((Path("z"),), 0)
