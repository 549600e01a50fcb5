"""What is asked of the ordered worker is all done, in order, and answered where it was asked."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from afloc_core.errors import ReviewError
from app.services.ordered_worker import OrderedWorker

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_everything_is_done_in_order_on_one_thread_and_answered_here(qtbot: QtBot) -> None:
    worker = OrderedWorker("test")
    done: list[tuple[int, bool]] = []
    threads: set[int] = set()

    def work(number: int) -> int:
        threads.add(threading.get_ident())
        return number

    for number in range(20):
        worker.submit(
            lambda number=number: work(number),
            lambda answer: done.append((answer, threading.current_thread() is threading.main_thread())),
            lambda _sentence: None,
        )
    assert worker.unanswered == 20
    qtbot.waitUntil(lambda: worker.unanswered == 0)
    assert done == [(number, True) for number in range(20)]
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert worker.stop(1)


def test_a_failure_is_a_sentence_and_the_next_piece_is_done(qtbot: QtBot) -> None:
    worker = OrderedWorker("test")
    said: list[str] = []
    done: list[int] = []

    def refuse() -> int:
        raise ReviewError("The disk is full.")

    def break_down() -> int:
        raise ZeroDivisionError

    for work in (refuse, break_down, lambda: 3):
        worker.submit(work, done.append, said.append)
    qtbot.waitUntil(lambda: worker.unanswered == 0)
    assert done == [3]
    assert said[0] == "The disk is full."
    assert "fault in the program" in said[1]
    assert worker.stop(1)


def test_what_waits_is_still_done_when_the_worker_is_stopped() -> None:
    finished: list[str] = []
    worker = OrderedWorker("test", finish=lambda: finished.append("end"))
    gate = threading.Event()
    worker.submit(lambda: gate.wait(5), lambda _answer: None, lambda _sentence: None)
    for name in ("a", "b"):
        worker.submit(lambda name=name: finished.append(name), lambda _answer: None, lambda _sentence: None)
    assert not worker.stop(0.05), "it says that it is not done"
    gate.set()
    assert worker.stop(5)
    assert finished == ["a", "b", "end"]
    worker.submit(lambda: finished.append("late"), lambda _answer: None, lambda _sentence: None)
    assert finished == ["a", "b", "end"]
