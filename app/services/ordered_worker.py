"""One thread that does everything it is asked, in the order of asking: for what must not be skipped, such as saving."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal

from afloc_core.errors import AFLocError

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_DEFECT = "This could not be done because of a fault in the program; what was saved before is safe."

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Task:
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Answer:
    task: _Task
    value: Any
    error: str


class OrderedWorker(QObject):
    """A long-lived thread with a queue.

    Parameters
    ----------
    name : str
        Of the thread.
    finish : callable or None
        Called on the thread as the last thing.
    """

    _arrived = Signal(object)

    def __init__(self, name: str, finish: Callable[[], None] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._finish = finish
        self._condition = threading.Condition()
        self._queue: deque[_Task] = deque()
        self._unanswered = 0  # only the owner's thread counts
        self._stopped = False
        # A daemon: a library that cannot be interrupted must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._arrived.connect(self._deliver)

    @property
    def unanswered(self) -> int:
        """How many pieces of work wait, are being done, or have an answer that was not delivered yet."""
        return self._unanswered

    def submit(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Ask for work.

        Parameters
        ----------
        work : callable
            Called on the thread, which is started with the first of them.
        done : callable
            Takes what ``work`` returned, on the thread that owns this object.
        failed : callable
            Takes one sentence, there too, when ``work`` raised.
        """
        with self._condition:
            if self._stopped:
                return
            self._unanswered += 1
            self._queue.append(_Task(work, done, failed))
            self._condition.notify()
        if self._thread.ident is None:
            self._thread.start()

    def stop(self, timeout: float) -> bool:
        """Do what is still in the queue, end, and say whether that took no longer than ``timeout`` seconds.

        Nothing is answered from now on.
        """
        with self._condition:
            self._stopped = True
            self._condition.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (task := self._take()) is not None:
            answer = self._answer(task)
            with self._condition:
                if not self._stopped:
                    self._arrived.emit(answer)
        if self._finish is not None:
            self._answer(_Task(self._finish, _nothing, _nothing))

    def _take(self) -> _Task | None:
        with self._condition:
            self._condition.wait_for(lambda: self._stopped or bool(self._queue))
            if not self._queue:
                return None
            return self._queue.popleft()

    def _answer(self, task: _Task) -> _Answer:
        try:
            return _Answer(task, task.work(), "")
        except AFLocError as error:
            return _Answer(task, None, str(error))
        except BaseException as error:  # nothing may end the thread with work in the queue
            _log.error("%s failed: %s", self._thread.name, type(error).__name__)
            return _Answer(task, None, _DEFECT)

    def _deliver(self, answer: _Answer) -> None:
        self._unanswered -= 1
        if self._stopped:
            return
        if answer.error:
            answer.task.failed(answer.error)
        else:
            answer.task.done(answer.value)


def _nothing(_value: object) -> None:
    """Nobody waits for the last thing a thread does."""
