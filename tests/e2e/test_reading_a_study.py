"""A study of ten cases in two arms is read by keyboard alone, killed in the middle, resumed, and exported."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from afloc_core.cli import main
from afloc_core.study.record import open_record
from tests.study.studies import STUDY, write_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 60.0
CASES = 10
FINDINGS = ("effusion", "nodule")
CLOSED_SECONDS = 4.0

Screen = dict[str, Any]


class Window:
    """A window in its own process, a keyboard, and what is on its screen."""

    def __init__(self, home: Path, *arguments: str) -> None:
        environment = os.environ | {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        command = [sys.executable, "-m", "tests.e2e.study_process", *arguments]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)
        self.seen: Screen = {}
        self.all_seen: list[Screen] = []
        self._pressed = 0

    def wait(self, wanted: Callable[[Screen], bool]) -> Screen:
        """Read until the screen is as wanted."""
        assert self.process.stdout is not None
        until = time.monotonic() + PATIENCE
        while not (self.seen and wanted(self.seen)):
            assert time.monotonic() < until, f"not seen in time; last seen: {self.seen}"
            line = self.process.stdout.readline()
            assert line, f"the window ended; last seen: {self.seen}"
            self.seen = json.loads(line)
            self.all_seen.append(self.seen)
        return self.seen

    def press(self, *keys: str) -> Screen:
        """Press keys one after the other, each once the one before is done."""
        assert self.process.stdin is not None
        for key in keys:
            self._pressed += 1
            self.process.stdin.write(f"{key}\n")
            self.process.stdin.flush()
            self.wait(lambda seen: seen["pressed"] == self._pressed and not seen["busy"])
        return self.seen


@contextmanager
def window(home: Path, *arguments: object) -> Iterator[Window]:
    """Run a window, and kill it at the end whatever happened."""
    running = Window(home, *map(str, arguments))
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait(10)
        for stream in (running.process.stdin, running.process.stdout):
            assert stream is not None
            stream.close()


def answer(step: int, finding: str) -> tuple[bool, int]:
    """Return what is answered: depends on step and finding, so that no two steps in a row are alike."""
    number = step * 3 + FINDINGS.index(finding)
    return number % 3 == 0, number % 5 + 1


def give(running: Window, step: int, finding: str) -> None:
    """Answer a finding by keys."""
    present, sure = answer(step, finding)
    assert running.seen["finding"] == finding
    running.press("S" if present else "N", str(sure))


def read_step(running: Window, step: int) -> None:
    """Read a step by keys, and go on."""
    running.wait(lambda seen: seen["step"] == step and seen["stage"] == "reading" and not seen["busy"])
    aided = step % 2 == 1
    assert running.seen["arm"] == ("aided" if aided else "unaided")
    if aided:
        running.wait(lambda seen: seen["map"])
        before = [list(answer(step - 1, finding)) for finding in FINDINGS]
        assert list(running.seen["answers"].values()) == before, "the answers of the unaided arm are carried over"
    give(running, step, "effusion")
    if aided:
        running.press("Down")  # all is answered already, so that nothing is chosen by itself
    give(running, step, "nodule")
    running.press("Return")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an account's home that nobody used before."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a study of ten cases."""
    return write_study(tmp_path, STUDY, films=CASES)


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """Read an exported table."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_study_is_read_by_keyboard_killed_resumed_and_exported(study: Path, home: Path) -> None:
    killed_at = 8  # an unaided step
    order: dict[int, str] = {}
    with window(home, study, "--reader", "Anna") as first:
        first.wait(lambda seen: seen["stage"] == "welcome" and seen["step"] == 0)
        assert first.seen["said"] == "Effusion with and without the map"
        first.press("Return")
        for step in range(killed_at):
            read_step(first, step)
            order[step] = next(seen["id"] for seen in first.all_seen if seen["step"] == step)
        first.wait(lambda seen: seen["step"] == killed_at and seen["stage"] == "reading" and not seen["busy"])
        give(first, killed_at, "effusion")
        first.press("S")  # the second finding is half answered
        left = first.seen
        assert left["answers"]["nodule"] == [True, None]
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(10)
        assert not any(seen["map"] for seen in first.all_seen if seen["arm"] == "unaided")
    time.sleep(CLOSED_SECONDS)
    with window(home, study, "--reader", "Anna") as second:
        second.wait(lambda seen: seen["stage"] == "welcome" and seen["step"] == killed_at)
        assert second.seen["how"].startswith("You go on with case 5 of 10.")
        second.press("Return")
        second.wait(lambda seen: seen["stage"] == "reading" and not seen["busy"])
        again = second.seen
        assert (again["id"], again["arm"], again["answers"]) == (left["id"], left["arm"], left["answers"])
        assert again["finding"] == "nodule", "the first that is not answered"
        give(second, killed_at, "nodule")
        second.press("Return")
        order[killed_at] = again["id"]
        for step in range(killed_at + 1, 2 * CASES):
            read_step(second, step)
            order[step] = next(seen["id"] for seen in second.all_seen if seen["step"] == step)
        second.wait(lambda seen: seen["stage"] == "done")
        assert second.seen["said"] == "All cases are read"
        assert second.process.stdin is not None
        second.process.stdin.write("Return\n")
        second.process.stdin.flush()
        assert second.process.wait(PATIENCE) == 0
        assert not any(seen["map"] for seen in second.all_seen if seen["arm"] == "unaided")
    folder = study.parent / "out"
    assert main(["study", "export", str(study), "--output", str(folder)]) == 0
    check_answers(table(folder, "answers"), order)
    check_readings(table(folder, "readings"), killed_at)
    check_events(table(folder, "events"), killed_at)


def check_answers(rows: list[dict[str, str]], order: dict[int, str]) -> None:
    """Hold the table of answers against what was pressed."""
    assert len(rows) == 2 * CASES * len(FINDINGS)
    assert sorted(order.values()) == sorted([f"case-{number:03d}" for number in range(1, CASES + 1)] * 2)
    for row in rows:
        step = int(row["order"]) - 1
        present, sure = answer(step, row["finding"])
        assert row["case"] == order[step]
        assert row["arm"] == ("aided" if step % 2 else "unaided")
        assert (row["present"], row["confidence"]) == (str(int(present)), str(sure))
        assert row["map_seen"] == str(step % 2), "both maps in the aided arm, none in the other"


def check_readings(rows: list[dict[str, str]], killed_at: int) -> None:
    """Hold the table of readings against what was done."""
    assert [int(row["order"]) for row in rows] == list(range(1, 2 * CASES + 1))
    assert {row["status"] for row in rows} == {"done"}
    assert [row["sittings"] for row in rows] == ["2" if at == killed_at else "1" for at in range(2 * CASES)]
    assert all(float(row["reading_s"]) > 0 and float(row["idle_s"]) == 0 for row in rows)
    assert float(rows[killed_at]["reading_s"]) < CLOSED_SECONDS, "no time runs while the program is closed"
    # Where the answers of the aided arm are looked at, a map came on screen; in the unaided arm none ever did.
    assert all((int(row["reveals"]) > 0) == (row["arm"] == "aided") for row in rows)
    assert all(len(row["film_digest"]) == 64 for row in rows)


def check_events(rows: list[dict[str, str]], killed_at: int) -> None:
    """Hold the log against what was done."""
    assert [row["kind"] for row in rows if row["kind"] in ("begin", "end")] == ["begin", "begin", "end"]
    cut_off = [row for row in rows if row["sitting"] == "1"][-1]
    assert (cut_off["kind"], cut_off["order"]) == ("answer", str(killed_at + 1))
    assert json.loads(cut_off["detail"]) == {"finding": "nodule", "present": True, "confidence": None}
    for sitting in ("1", "2"):
        clocks = [float(row["clock_s"]) for row in rows if row["sitting"] == sitting]
        assert clocks == sorted(clocks), "the clock of a sitting only goes forward"
    revealed = [row for row in rows if row["kind"] == "reveal"]
    assert {row["arm"] for row in revealed} == {"aided"}
    assert "AFLoc-fake" in json.loads(revealed[0]["detail"])["model"]


def test_answers_that_hold_come_before_the_map_where_the_arm_says_so(tmp_path: Path, home: Path) -> None:
    one_arm = STUDY.split("[[arms]]")[0] + '[[arms]]\nname = "answer first"\nmap = "after answer"\n'
    study = write_study(tmp_path, one_arm, films=2)
    with window(home, "--study", study, "--reader", "B 7") as running:
        running.wait(lambda seen: seen["stage"] == "welcome" and seen["step"] == 0)
        running.press("Return")
        running.wait(lambda seen: seen["stage"] == "reading" and not seen["busy"])
        running.press("Return")
        assert running.seen["stage"] == "reading", "nothing is answered yet"
        running.press("S", "2", "N", "3")
        assert running.seen["asked"] == [], "the model is not even asked"
        running.press("Return")
        running.wait(lambda seen: seen["stage"] == "looking" and seen["map"])
        answered = running.seen["answers"]
        running.press("N", "5")
        assert running.seen["answers"] == answered, "the answers hold"
        running.press("Return")
        running.wait(lambda seen: seen["step"] == 1 and seen["stage"] == "reading" and not seen["busy"])
        assert not running.seen["map"]
    with open_record(study, create=False) as record:
        kinds = [event.kind.value for event in record.events() if event.step == 0]
    assert kinds[:2] == ["case", "answer"]
    assert kinds.index("submit") < kinds.index("reveal") < kinds.index("next")


def test_a_study_that_cannot_be_read_says_why_and_shows_nothing(tmp_path: Path, home: Path) -> None:
    study = write_study(tmp_path, STUDY.replace("seed = 7", "sead = 7"), films=1)
    with window(home, study, "--reader", "Anna") as running:
        running.wait(lambda seen: "sead" in seen["message"])
        assert running.seen["said"] == "This study cannot be read"
        running.press("Return", "PgDown")
        assert running.seen["step"] == -1 and running.seen["asked"] == []


def test_a_reader_cannot_have_a_study_open_twice(study: Path, home: Path) -> None:
    with window(home, study, "--reader", "Anna") as first:
        first.wait(lambda seen: seen["step"] == 0)
        with window(home, study, "--reader", "Anna") as second:
            second.wait(lambda seen: "another window" in seen["message"])
        with window(home, study, "--reader", "Boris") as other:
            other.wait(lambda seen: seen["step"] == 0 and seen["stage"] == "welcome")
