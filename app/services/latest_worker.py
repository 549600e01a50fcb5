"""One thread that always works on what was asked last.

A forward pass cannot be interrupted, so requests are coalesced: at most one is being worked on and at most one waits;
a newer one takes the place of the one that waits, and the answer to an older one is dropped.

Beside it waits work that is never in its way: what is asked aside is taken up only while nothing else waits, one piece
at a time, and newest-wins holds for each key of it.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Task:
    generation: int
    request: Any
    key: Hashable = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    task: _Task
    value: Any


class LatestWorker(QObject):
    """A long-lived thread with one place to wait in, and a queue beside it.

    Parameters
    ----------
    work : callable
        Turns a request into an answer, on the thread. It returns errors as values; what it raises is a defect, which
        is logged by its type (its text could name a file) and answered by None.
    prepare : callable or None
        Called once on the thread before anything else, for what is slow to load; its result comes by ``prepared``.

    Signals
    -------
    prepared(object), answered(object)
        Delivered on the thread that owns this object.
    answered_aside(object, object)
        Key and answer of what was asked aside; delivered there too.
    """

    prepared = Signal(object)
    answered = Signal(object)
    answered_aside = Signal(object, object)
    _arrived = Signal(object)

    def __init__(
        self,
        work: Callable[[Any], Any],
        prepare: Callable[[], Any] | None = None,
        *,
        name: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._prepare = prepare
        self._condition = threading.Condition()
        self._waiting: _Task | None = None
        self._aside: OrderedDict[Hashable, _Task] = OrderedDict()
        self._unanswered: dict[Hashable, int] = {}
        self._generation = 0
        self._aside_generation = 0
        self._stopped = False
        # A daemon: quitting while a library is being imported must not wait for it.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._arrived.connect(self._deliver)

    @property
    def waiting(self) -> int:
        """How many requests wait: 0 or 1."""
        with self._condition:
            return 0 if self._waiting is None else 1

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def submit(self, request: object) -> None:
        """Ask for work; whatever was asked before is not answered any more."""
        with self._condition:
            self._generation += 1
            self._waiting = _Task(self._generation, request)
            self._condition.notify()

    def submit_aside(self, key: Hashable, request: object, *, first: bool = False) -> None:
        """Ask for work that waits while anything submitted waits.

        Parameters
        ----------
        key : hashable
            Whatever was asked aside under the same key before is not answered any more.
        request : object
        first : bool, optional
            Put it before the other work aside.
        """
        with self._condition:
            self._aside_generation += 1
            self._unanswered[key] = self._aside_generation
            self._aside[key] = _Task(self._aside_generation, request, key, aside=True)
            if first:
                self._aside.move_to_end(key, last=False)
            self._condition.notify()

    def forget(self) -> None:
        """Answer nothing that was submitted until now; work aside goes on."""
        with self._condition:
            self._generation += 1
            self._waiting = None

    def forget_aside(self, key: Hashable) -> None:
        """Answer nothing that was asked aside under a key."""
        with self._condition:
            self._unanswered.pop(key, None)
            self._aside.pop(key, None)

    def stop(self, timeout: float) -> bool:
        """End the thread and say whether it ended within ``timeout`` seconds; nothing is answered from now on."""
        with self._condition:
            self._stopped = True
            self._waiting = None
            self._aside.clear()
            self._condition.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _deliver(self, answer: _Answer) -> None:
        task = answer.task
        if self._stopped:
            return
        if not task.aside:
            if task.generation == self._generation:
                self.answered.emit(answer.value)
        elif self._unanswered.get(task.key) == task.generation:
            del self._unanswered[task.key]
            self.answered_aside.emit(task.key, answer.value)

    def _run(self) -> None:
        if self._prepare is not None:
            self._emit(self.prepared, self._guarded(self._prepare))
        while (task := self._take()) is not None:
            self._emit(self._arrived, _Answer(task, self._guarded(self._work, task.request)))

    def _take(self) -> _Task | None:
        with self._condition:
            self._condition.wait_for(lambda: self._stopped or self._waiting is not None or bool(self._aside))
            if self._stopped:
                return None
            if self._waiting is None:
                return self._aside.popitem(last=False)[1]
            task, self._waiting = self._waiting, None
            return task

    def _guarded(self, call: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        try:
            return call(*arguments)
        except BaseException as error:  # a Rust panic is one; nothing may end the thread unanswered
            _log.error("%s failed: %s", self._thread.name, type(error).__name__)
            return None

    def _emit(self, signal: Any, value: object) -> None:  # noqa: ANN401
        with self._condition:
            if not self._stopped:
                signal.emit(value)
