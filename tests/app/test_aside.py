"""Small pictures and headers from a process that steps back for everything else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from app.services.aside import Aside
from tests.app.conftest import write_film
from tests.cohort.test_dicom_listing import write as write_dicom

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# Answers like the real one, but only while a file beside it exists, and ends at a file that is named so.
FAKE = """
import json, pathlib, sys, time
gate = pathlib.Path(sys.argv[1])
for line in sys.stdin:
    path = json.loads(line)["thumbnail"]
    pathlib.Path(str(gate) + ".asked").touch()
    while not gate.exists():
        time.sleep(0.01)
    if "crash" in path:
        sys.exit(3)
    print(json.dumps({"size": [1, 2], "pixels": "AQI="}), flush=True)
"""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "gate"


@pytest.fixture
def fake(gate: Path, qtbot: QtBot) -> Iterator[tuple[Aside, list[tuple[str, object]]]]:
    aside = Aside((sys.executable, "-c", FAKE, str(gate)))
    made: list[tuple[str, object]] = []
    aside.pictured.connect(lambda one: made.append((one.path, None if one.pixels is None else one.pixels.tolist())))
    yield aside, made
    assert aside.stop(5)


def test_pictures_come_in_the_order_asked_for(
    fake: tuple[Aside, list[tuple[str, object]]], gate: Path, qtbot: QtBot
) -> None:
    aside, made = fake
    gate.touch()
    aside.picture(["a", "b"])
    qtbot.waitUntil(lambda: made == [("a", [[1, 2]]), ("b", [[1, 2]])], timeout=10_000)
    assert aside.waiting == 0


def test_what_is_asked_last_replaces_what_waits(
    fake: tuple[Aside, list[tuple[str, object]]], gate: Path, qtbot: QtBot
) -> None:
    aside, made = fake
    aside.picture(["a", "b", "c"])
    qtbot.waitUntil(gate.with_suffix(".asked").exists, timeout=10_000)
    aside.picture(["d"])
    gate.touch()
    qtbot.waitUntil(lambda: ("d", [[1, 2]]) in made, timeout=10_000)
    assert {path for path, _ in made} <= {"a", "d"}


def test_a_pause_breaks_off_at_once_and_the_same_film_is_done_again(
    fake: tuple[Aside, list[tuple[str, object]]], gate: Path, qtbot: QtBot
) -> None:
    aside, made = fake
    aside.picture(["a"])
    qtbot.waitUntil(gate.with_suffix(".asked").exists, timeout=10_000)
    aside.pause(True)
    qtbot.waitUntil(lambda: not aside.busy, timeout=10_000)
    gate.touch()
    qtbot.wait(200)
    assert made == []
    assert aside.waiting == 1
    aside.pause(False)
    qtbot.waitUntil(lambda: made == [("a", [[1, 2]])], timeout=10_000)


def test_a_film_at_which_the_process_ends_is_passed_over(
    fake: tuple[Aside, list[tuple[str, object]]], gate: Path, qtbot: QtBot
) -> None:
    aside, made = fake
    gate.touch()
    aside.picture(["a", "crash", "b"])
    qtbot.waitUntil(lambda: len(made) == 3, timeout=10_000)
    assert made == [("a", [[1, 2]]), ("crash", None), ("b", [[1, 2]])]


def test_a_process_that_cannot_be_started_gives_no_pictures(qtbot: QtBot) -> None:
    aside = Aside(("/nowhere/python",))
    with qtbot.waitSignal(aside.pictured, timeout=10_000) as told:
        aside.picture(["a"])
    assert told.args[0].pixels is None
    assert aside.stop(5)


def test_headers_of_very_many_films_come_together_after_the_pictures(tmp_path: Path, qtbot: QtBot) -> None:
    first = write_dicom(tmp_path / "1.dcm", "1.2.1", "1.2.1.1", "PA")
    film = write_film(tmp_path / "film.png")
    aside = Aside()
    order: list[str] = []
    aside.pictured.connect(lambda _one: order.append("picture"))
    aside.headed.connect(lambda _all: order.append("headers"))
    with qtbot.waitSignal(aside.headed, timeout=60_000) as told:
        aside.pause(True)
        aside.read_headers([str(first)] * 250)
        aside.picture([str(film)])
        aside.pause(False)
    assert order == ["picture", "headers"]
    assert {(one.study, one.view) for one in told.args[0]} == {("1.2.1", "PA")}
    assert len(told.args[0]) == 250
    assert aside.stop(5)
