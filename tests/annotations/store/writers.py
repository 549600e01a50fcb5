"""Real processes that write to a review, started quickly: one parent imports, and forks a child for each order.

As a program: an order (a JSON list: name of a task and its arguments) a line on standard input; on standard output
what the child prints, then ``ended``. `Writers` is the other side of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from afloc_core.annotations.store import ActionKind, MarkConflictError, open_review
from afloc_core.errors import ReviewError
from tests.annotations.store.examples import BOX, FILM, document

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]


class Writers:
    """The parent of writing processes; one child at a time."""

    def __init__(self) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.annotations.store.writers"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._line() == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(30)
        self._parent.stdout.close()

    def start(self, task: str, *arguments: object) -> int:
        """Start a child; returns its process id."""
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps([task, *arguments]) + "\n")
        self._parent.stdin.flush()
        return int(self._line())

    def lines(self) -> Iterator[Any]:
        """Give what the child prints until it ends, however it ends."""
        while (line := self._line()) != "ended":
            yield json.loads(line)

    def _line(self) -> str:
        assert self._parent.stdout is not None
        line = self._parent.stdout.readline()
        assert line, "the parent of the writers has ended"
        return line.strip()


def say(value: object) -> None:
    """Print a line in one write, so that a kill cuts none in two."""
    os.write(1, json.dumps(value).encode() + b"\n")


def write_without_end(address: str) -> None:
    """Add, change and remove marks; say each one's id, revision and state after it was saved."""
    with open_review(address) as review:
        for number in count():
            saved = review.add(replace(BOX, comment=f"{os.getpid()} {number}"), "Ada")
            say([saved.id, saved.revision, saved.removed, saved.mark.comment])
            if number % 3 == 1:
                saved = review.change(saved, replace(saved.mark, comment=saved.mark.comment + " changed"), "Ada")
            elif number % 3 == 2:
                saved = review.undo("Ada")[0]
            say([saved.id, saved.revision, saved.removed, saved.mark.comment])


def create(address: str) -> None:
    """Make a review with the invented document in it, and wait to be killed."""
    with open_review(address) as review:
        say("made")
        review.add_document(document(), "Ada")
        say("filled")
    time.sleep(60)


def add(address: str, reader: str, number: int) -> None:
    """Add marks of one reader."""
    with open_review(address) as review:
        for i in range(number):
            say(review.add(replace(BOX, reader=reader, comment=str(i)), reader).id)


def count_up(address: str, mark_id: int, reader: str, number: int) -> None:
    """Add one to the number in a mark's comment, again and again, reading it anew when somebody was faster."""
    conflicts = 0
    with open_review(address) as review:
        stored = review.mark(mark_id)
        for _ in range(number):
            while True:
                try:
                    stored = review.change(
                        stored, replace(stored.mark, comment=str(int(stored.mark.comment) + 1)), reader
                    )
                    break
                except MarkConflictError as error:
                    stored = error.newer
                    conflicts += 1
            time.sleep(0.002)
    say(conflicts)


def fill_disk(address: str, room: int) -> None:
    """Add marks until files may grow no more, then with room again."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    with open_review(address) as review:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            while True:
                say(review.add(replace(BOX, comment="x" * 1000), "Ada").id)
        except ReviewError as error:
            say(str(error))
        say(len(review.marks(FILM)))
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        say(review.add(BOX, "Ada").id)
        say([action.kind == ActionKind.ADD for action in review.changes_since(1)].count(True))
        review.check()


TASKS = {task.__name__: task for task in (write_without_end, create, add, count_up, fill_disk)}


def main() -> None:
    """Fork a child for each order."""
    assert "torch" not in sys.modules, "the store must not load torch"
    os.write(1, b"ready\n")
    for line in sys.stdin:
        task, *arguments = json.loads(line)
        child = os.fork()
        if not child:
            try:
                say(os.getpid())
                TASKS[task](*arguments)
            except BaseException:
                traceback.print_exc()
            os._exit(0)
        os.waitpid(child, 0)
        os.write(1, b"ended\n")


if __name__ == "__main__":
    main()
