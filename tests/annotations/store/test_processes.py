"""Reviews under real processes: killed at random moments, writing at once, and on a disk that is full."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from afloc_core.annotations.store import StoredMark, open_review
from afloc_core.errors import ReviewError
from tests.annotations.store.examples import BOX, FILM, document
from tests.annotations.store.postgresql import plain
from tests.annotations.store.writers import Writers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL")

KILLS = 50


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    with Writers() as parent:
        yield parent


@pytest.fixture
def made(address: str) -> str:
    with open_review(address) as review:
        review.add_document(document(), "Ada")
    return address


def _killed(writers: Writers, after: str, seconds: float, task: str, *arguments: object) -> list[Any]:
    """Kill a process some time after it started, or after it first said something; give all it said."""
    child = writers.start(task, *arguments)
    said = writers.lines()
    first = [next(said)] if after == "first word" else []
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return [*first, *said]


def _integrity(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def test_a_process_killed_fifty_times_loses_nothing_it_had_saved(writers: Writers, tmp_path: Path) -> None:
    path = tmp_path / "a.afreview"
    with open_review(path) as review:
        review.add_document(document(), "Ada")
    moments = random.Random()
    said: dict[int, list[Any]] = {}
    for i in range(KILLS):
        after = "first word" if i % 2 else "start"
        reported = _killed(writers, after, moments.uniform(0.0, 0.1), "write_without_end", str(path))
        said.update({line[0]: line for line in reported})
        kept = _kept(path)
        assert all(_holds(kept.get(mark_id), line) for mark_id, line in said.items())
        assert _integrity(path) == "ok"
    assert len(said) >= KILLS // 2
    assert len(kept) <= len(said) + KILLS + 3, "more marks than were made"


def _kept(path: Path) -> dict[int, StoredMark]:
    with open_review(path) as review:
        numbers = [action.sequence for action in review.changes_since(0)]
        assert numbers == list(range(1, len(numbers) + 1))
        return {stored.id: stored for stored in review.marks(FILM, removed=True)}


def _holds(stored: StoredMark | None, line: list[Any]) -> bool:
    """Whether a mark is as it was last reported, or one step newer: saved, but killed before it was reported."""
    if stored is None:
        return False
    _, revision, removed, comment = line
    if stored.revision == revision:
        return (stored.removed, stored.mark.comment) == (removed, comment)
    return bool(stored.revision == revision + 1)


def test_a_process_killed_while_making_a_review_leaves_none_or_a_sound_one(writers: Writers, tmp_path: Path) -> None:
    moments = random.Random()
    for i in range(12):
        path = tmp_path / f"{i}.afreview"
        said = _killed(writers, "start", moments.uniform(0.0, 0.15), "create", str(path))
        assert path.exists() or "made" not in said
        with open_review(path) as review:
            assert len(review.marks(FILM)) in ((3,) if "filled" in said else (0, 3))
            review.check()


def test_two_processes_writing_at_once_both_land(writers: Writers, made: str) -> None:
    with Writers() as others, open_review(made) as review:
        seen = review.sequence
        for parent, reader in ((writers, "Ben"), (others, "Cleo")):
            parent.start("add", made, reader, 40)
        polled: list[int] = []
        deadline = time.monotonic() + 60
        while len(polled) < 80 and time.monotonic() < deadline:
            polled += [action.sequence for action in review.changes_since(polled[-1] if polled else seen)]
        said = {"Ben": list(writers.lines()), "Cleo": list(others.lines())}
        assert polled == list(range(seen + 1, seen + 81)), "a polling window missed or doubled an action"
        for reader, ids in said.items():
            assert [one.id for one in review.marks(FILM) if one.created_by == reader] == ids
            assert len(ids) == 40


def test_two_processes_changing_one_mark_lose_no_change(writers: Writers, made: str) -> None:
    with open_review(made) as review:
        stored = review.add(replace(BOX, comment="0"), "Ada")
        with Writers() as others:
            writers.start("count_up", made, stored.id, "Ben", 30)
            others.start("count_up", made, stored.id, "Cleo", 30)
            conflicts = [*writers.lines(), *others.lines()]
        now = review.mark(stored.id)
    assert (now.mark.comment, now.revision) == ("60", 61)
    assert len(conflicts) == 2


def test_whoever_waits_too_long_is_told_and_can_still_read(made: str) -> None:
    with open_review(made, wait_seconds=0.2) as review, _holding(made):
        assert len(review.marks(FILM)) == 3
        with pytest.raises(ReviewError, match="Another window or reader is writing to this review"):
            review.add(BOX, "Ada")
    with open_review(made) as review:
        assert review.add(BOX, "Ada").revision == 1


def _holding(address: str) -> Any:  # noqa: ANN401  (connections of either kind)
    """Hold the review like a writer that does not finish."""
    if "://" not in address:
        connection = sqlite3.connect(address, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        return closing(connection)
    import psycopg

    held = psycopg.connect(plain(address))
    held.execute("SELECT * FROM afreview FOR UPDATE")
    return closing(held)


def test_a_file_that_can_grow_no_more_keeps_what_was_saved(writers: Writers, tmp_path: Path) -> None:
    path = tmp_path / "a.afreview"
    with open_review(path) as review:
        review.add_document(document(), "Ada")
    writers.start("fill_disk", str(path), 400_000)
    *ids, sentence, present, after, added = writers.lines()
    assert sentence == "The disk did not take the last action, so it was not saved; check the disk and its free space."
    assert len(ids) > 5
    assert (present, added) == (len(ids) + 3, len(ids) + 1)
    with open_review(path) as review:
        assert [one.id for one in review.marks(FILM)[3:]] == [*ids, after]
    assert _integrity(path) == "ok"


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.afreview"
    with open_review(path) as review:
        review.add_document(document(), "Ada")
    pages = path.stat().st_size // 4096

    def bound(raw: sqlite3.Connection, _entry: object) -> None:
        raw.execute(f"PRAGMA max_page_count = {pages + 5}")

    saved = []
    event.listen(Engine, "connect", bound)
    try:
        with open_review(path) as review:
            with pytest.raises(ReviewError, match="The disk is full, so the last action was not saved"):
                for _ in range(1000):
                    saved.append(review.add(replace(BOX, comment="x" * 1000), "Ada"))
            assert review.marks(FILM)[3:] == tuple(saved)
    finally:
        event.remove(Engine, "connect", bound)
    with open_review(path) as review:
        assert review.marks(FILM)[3:] == tuple(saved)
        assert review.add(BOX, "Ada").id > saved[-1].id
        review.check()
