"""The program is killed: nothing that was on screen is lost, and the next start shows it again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from afloc_core.annotations.store import open_review
from app.services.open_reviews import OpenReviews
from tests.app.conftest import write_film
from tests.e2e.test_marks_of_readers import document, write_marks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KILLS = 5
PATIENCE = 90.0


class Process:
    """A window in its own process, and what it said last of its screen."""

    def __init__(self, home: Path, *arguments: str) -> None:
        environment = os.environ | {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
        command = [sys.executable, "-m", "tests.e2e.window_process", *arguments]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read until the screen is as wanted."""
        assert self.process.stdout is not None
        until = time.monotonic() + PATIENCE
        seen: dict[str, Any] = {}
        while time.monotonic() < until:
            line = self.process.stdout.readline()
            assert line, f"the window ended; last seen: {seen}"
            seen = json.loads(line)
            if wanted(seen):
                return seen
        raise AssertionError(f"not seen in time; last seen: {seen}")

    def kill(self) -> list[dict[str, Any]]:
        """Kill the process and return what else it had said of its screen."""
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGKILL)
        rest = self.process.stdout.read()
        self.process.wait(10)
        whole = rest[: rest.rfind("\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]


@contextmanager
def window(home: Path, *arguments: object) -> Iterator[Process]:
    """Run a window, and kill it at the end whatever happened."""
    running = Process(home, *map(str, arguments))
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait(10)
        assert running.process.stdout is not None
        running.process.stdout.close()


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Return a folder of two films, marks of both beside it."""
    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        write_film(folder / name)
    write_marks(tmp_path / "marks.json", document("a.png", "b.png"))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an account's home that nobody used before."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_after_a_kill_the_next_start_shows_what_was_on_screen(films: Path, home: Path) -> None:
    with window(home, "arrange", films / "b.png", "--annotations", films.parent / "marks.json") as first:
        left = first.wait(lambda seen: seen["phrase"] == "left effusion" and seen["finding"] == "nodule")
        time.sleep(1.0)
        left = [left, *first.kill()][-1]
    with window(home, "watch") as second:
        again = second.wait(lambda seen: bool(seen["readers"]) and seen["finding"] == "nodule")
        assert again["said"].startswith("The program ended unexpectedly last time")
        assert {**again, "said": ""} == {**left, "said": ""}
        assert again["film"] == "b.png"
        assert again["mode"] == "side by side"
    with window(home, "watch") as third:
        assert third.wait(lambda seen: bool(seen["readers"]))["film"] == "b.png", "it was killed as well"


def test_after_a_kill_a_film_without_marks_is_shown_again_as_it_was(films: Path, home: Path) -> None:
    with window(home, "look", films / "b.png") as first:
        left = first.wait(lambda seen: seen["phrase"] == "left effusion" and seen["film"] == "b.png")
        time.sleep(1.0)
        left = [left, *first.kill()][-1]
    with window(home, "watch") as second:
        again = second.wait(lambda seen: seen["camera"] == left["camera"] and seen["said"] != "")
        assert again["said"].startswith("The program ended unexpectedly last time")
        assert {**again, "said": ""} == {**left, "said": ""}
        assert again["film"] == "b.png"


def test_after_a_good_end_the_next_start_shows_the_sample(films: Path, home: Path) -> None:
    with window(home, "close", films, "--annotations", films.parent / "marks.json") as first:
        assert first.process.wait(PATIENCE) == 0
    assert list((home / "AFLoc Review" / "reviews").iterdir()) == []
    with window(home, "watch") as second:
        assert second.wait(lambda seen: bool(seen["film"]))["sample"]


def test_a_window_that_is_still_open_is_left_alone(films: Path, home: Path) -> None:
    with window(home, "watch", films, "--annotations", films.parent / "marks.json") as first:
        first.wait(lambda seen: bool(seen["readers"]))
        with window(home, "watch") as second:
            assert second.wait(lambda seen: bool(seen["film"]))["sample"]


def test_no_mark_that_was_on_screen_is_lost_however_often_the_program_is_killed(films: Path, home: Path) -> None:
    chance = random.Random(7)
    arguments: list[object] = [films, "--annotations", films.parent / "marks.json"]
    on_screen = 3
    for _ in range(KILLS):
        with window(home, "mark", *arguments) as running:
            seen = running.wait(lambda seen, before=on_screen: seen["marks"] > before)  # type: ignore[misc]
            time.sleep(chance.uniform(0.0, 0.5))
            on_screen = max([seen["marks"], *(one["marks"] for one in running.kill())])
        reviews = list((home / "AFLoc Review" / "reviews").glob("*.afreview"))
        assert len(reviews) == 1, "each start goes on with the review of the one before"
        with open_review(reviews[0], create=False) as review:
            review.check()
            kept = len(review.marks("a.png"))
            assert kept >= on_screen
            on_screen = kept
        arguments = []
    assert on_screen >= 3 + KILLS


def test_marks_drawn_on_a_film_that_nobody_marked_are_there_after_a_kill(films: Path, home: Path) -> None:
    with window(home, "draw", films / "b.png") as first:
        first.wait(lambda seen: seen["marks"] == 2)
        first.kill()
    with window(home, "watch") as second:
        again = second.wait(lambda seen: seen["marks"] == 2)
        assert again["film"] == "b.png"
    (review,) = (home / "AFLoc Review" / "reviews").glob("*.afreview")
    with open_review(review, create=False) as kept:
        assert [one.mark.finding for one in kept.marks("b.png")] == ["Mass", "Nodule"]


def test_a_password_is_never_written(tmp_path: Path) -> None:
    notes = OpenReviews(tmp_path)
    notes.enter("postgresql+psycopg://anna:secret@host/database")
    (note,) = (tmp_path / "open").glob("*.json")
    assert "secret" not in note.read_text()
    assert "postgresql+psycopg://anna@host/database" in note.read_text()
    assert OpenReviews(tmp_path).take_abandoned() is None, "the window is still open"
    notes.leave()
    assert list((tmp_path / "open").iterdir()) == []
    for address in (
        "postgresql://u:se/cret@host/db",
        "postgresql://host/db?password=secret",
        "postgresql://u:a@cret@host/db",
    ):
        notes.enter(address)
        (note,) = (tmp_path / "open").glob("*.json")
        assert "cret" not in note.read_text()
