"""The record keeps every event, goes on after it was cut off, and counts no time while it is closed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from afloc_core.errors import StudyError
from afloc_core.study.events import Answer, EventKind
from afloc_core.study.record import open_record
from afloc_core.study.replay import position, times
from tests.study.studies import SECOND, STUDY, Reader, write_study

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.study.record import StudyRecord
    from afloc_core.study.replay import Times

YES = Answer(True, 4)
IDLE = 60 * SECOND


def spent(record: StudyRecord, reader: Reader, step: int = 0) -> Times:
    """Return the times of a step."""
    return times(reader.events_of(step), {one.number: one for one in record.sittings}, IDLE)


def test_a_reader_keeps_their_plan_and_the_next_one_gets_another(tmp_path: Path) -> None:
    place = write_study(tmp_path)
    with open_record(place) as record:
        anna, boris = record.join("Anna"), record.join("Boris")
        assert (anna.number, boris.number) == (0, 1)
    with open_record(place) as record:
        assert record.join(" Anna ") == anna
        assert record.join("anna") == anna, "who types it in another way is no other reader"
        assert record.readers == (anna, boris)
        with pytest.raises(StudyError, match="needs a name"):
            record.join("  ")


def test_answers_are_carried_to_the_next_arm_and_reading_goes_on_there(tmp_path: Path) -> None:
    place = write_study(tmp_path)
    with open_record(place) as record:
        reader = Reader(record, "Anna")
        reader.read(2, lambda *_: YES)
    with open_record(place) as record:
        me = record.join("Anna")
        at = position(record.study, me, record.events("Anna"))
        assert (at.step, at.submitted) == (1, False)
        assert at.answers == {"effusion": YES, "nodule": YES}
        assert me.steps[1].case == me.steps[0].case


def test_what_was_answered_before_a_kill_stands_when_it_goes_on(tmp_path: Path) -> None:
    with open_record(write_study(tmp_path)) as record:
        reader = Reader(record, "Anna")
        reader.log(EventKind.CASE, 0, answers={}, digest="")
        reader.log(EventKind.ANSWER, 0, finding="nodule", present=False, confidence=None)
        at = position(record.study, reader.me, record.events("Anna"))
    assert at.step == 0
    assert at.answers == {"effusion": Answer(), "nodule": Answer(False, None)}


def test_time_runs_until_the_last_sign_of_life_and_not_while_the_program_is_closed(tmp_path: Path) -> None:
    with open_record(write_study(tmp_path)) as record:
        reader = Reader(record, "Anna")
        reader.log(EventKind.CASE, 0, 5, answers={}, digest="")
        record.beat(reader.sitting, 15 * SECOND, 14 * SECOND)  # killed after it
        again = Reader(record, "Anna")
        again.log(EventKind.CASE, 0, 100, answers={}, digest="")
        again.log(EventKind.SUBMIT, 0, 3, answers={})
        found = spent(record, again)
    assert found.reading == (10 + 3) * SECOND
    assert (found.idle, found.paused, found.sittings) == (0, 0, 2)


def test_pauses_and_idle_time_are_told_apart(tmp_path: Path) -> None:
    with open_record(write_study(tmp_path)) as record:
        reader = Reader(record, "Anna")
        reader.log(EventKind.CASE, 0, 10, answers={}, digest="")
        reader.log(EventKind.PAUSE, 0, 2)
        reader.log(EventKind.RESUME, 0, 30)
        reader.log(EventKind.IDLE, 0, 100, **{"from": 50 * SECOND, "to": 142 * SECOND})
        reader.log(EventKind.SUBMIT, 0, 1, answers={})
        found = spent(record, reader)
    assert found.paused == 30 * SECOND
    assert found.idle == 92 * SECOND
    assert found.reading == (2 + 8 + 1) * SECOND


def test_a_reader_who_was_away_when_it_was_cut_off_counts_as_idle(tmp_path: Path) -> None:
    with open_record(write_study(tmp_path)) as record:
        reader = Reader(record, "Anna")
        reader.log(EventKind.CASE, 0, 10, answers={}, digest="")
        record.beat(reader.sitting, 310 * SECOND, 20 * SECOND)
        found = spent(record, reader)
    assert found.reading == 10 * SECOND
    assert found.idle == 290 * SECOND


def test_time_with_a_map_that_comes_after_the_answer_is_no_reading_time(tmp_path: Path) -> None:
    text = STUDY.replace('map = "shown"', 'map = "after answer"')
    with open_record(write_study(tmp_path, text)) as record:
        reader = Reader(record, "Anna")
        reader.log(EventKind.CASE, 1, 0, answers={}, digest="")
        reader.log(EventKind.SUBMIT, 1, 4, answers={})
        reader.log(EventKind.REVEAL, 1, 1, finding="effusion")
        reader.log(EventKind.PAUSE, 1, 1)
        reader.log(EventKind.RESUME, 1, 60)
        reader.log(EventKind.NEXT, 1, 5)
        found = spent(record, reader, 1)
    assert (found.reading, found.looking, found.paused) == (4 * SECOND, 7 * SECOND, 60 * SECOND)


def test_a_study_file_that_was_changed_is_refused_once_somebody_read(tmp_path: Path) -> None:
    place = write_study(tmp_path)
    open_record(place).close()
    write_study(tmp_path, STUDY.replace("seed = 7", "seed = 8"))
    with open_record(place) as record:
        assert record.study.seed == 8, "nobody had read yet"
        record.join("Anna")
    write_study(tmp_path, STUDY.replace("seed = 7", "seed = 9"))
    with pytest.raises(StudyError, match="“seed”"):
        open_record(place)
    write_study(tmp_path, STUDY.replace("seed = 7", "seed = 8"), films=4)
    with pytest.raises(StudyError, match="“cases”"):
        open_record(place)
    (tmp_path / "films" / "Doe_Jane_4.png").unlink()
    write_study(tmp_path, STUDY.replace("seed = 7", 'seed = 8\ninstructions = "Look well."'))
    with open_record(place) as record:
        assert record.study.instructions == "Look well."


def test_another_file_in_the_place_of_the_record_is_left_alone(tmp_path: Path) -> None:
    place = write_study(tmp_path)
    place.with_suffix(".afstudy").write_text("mine")
    with pytest.raises(StudyError, match="not the record"):
        open_record(place)
    assert place.with_suffix(".afstudy").read_text() == "mine"


def test_a_folder_that_may_not_be_written_to_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = write_study(tmp_path)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("afloc_core.study.record.make_file", refuse)
    with pytest.raises(StudyError, match="may write in the folder"):
        open_record(place)


def test_what_a_process_logged_is_there_after_it_was_killed(tmp_path: Path) -> None:
    place = write_study(tmp_path)
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from afloc_core.study.record import open_record\n"
        "from tests.study.studies import Reader, EventKind\n"
        "reader = Reader(open_record(Path(sys.argv[1])), 'Anna')\n"
        "reader.log(EventKind.ANSWER, 0, 1, finding='nodule', present=True, confidence=2)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(place)], timeout=60, check=False)
    assert done.returncode == -9
    with open_record(place) as record:
        assert [event.kind for event in record.events()] == [EventKind.BEGIN, EventKind.ANSWER]
        assert not record.sittings[0].ended
