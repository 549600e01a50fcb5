"""One thread that always works on what was asked last.

A forward pass cannot be interrupted, so requests are coalesced: at most one is being worked on and at most one waits;
a newer one takes the place of the one that waits, and the answer to an older one is dropped.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Answer:
    generation: int
    value: Any


class LatestWorker(QObject):
    """A long-lived thread with one place to wait in.

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
    """

    prepared = Signal(object)
    answered = Signal(object)
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
        self._waiting: tuple[int, Any] | None = None
        self._generation = 0
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
            self._waiting = (self._generation, request)
            self._condition.notify()

    def forget(self) -> None:
        """Answer nothing that was asked until now."""
        with self._condition:
            self._generation += 1
            self._waiting = None

    def stop(self, timeout: float) -> bool:
        """End the thread and say whether it ended within ``timeout`` seconds; nothing is answered from now on."""
        with self._condition:
            self._stopped = True
            self._waiting = None
            self._condition.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _deliver(self, answer: _Answer) -> None:
        if answer.generation == self._generation and not self._stopped:
            self.answered.emit(answer.value)

    def _run(self) -> None:
        if self._prepare is not None:
            self._emit(self.prepared, self._guarded(self._prepare))
        while (taken := self._take()) is not None:
            generation, request = taken
            value = self._guarded(self._work, request)
            self._emit(self._arrived, _Answer(generation, value))

    def _take(self) -> tuple[int, Any] | None:
        with self._condition:
            self._condition.wait_for(lambda: self._stopped or self._waiting is not None)
            taken, self._waiting = self._waiting, None
            return None if self._stopped else taken

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
