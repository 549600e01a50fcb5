"""Small pictures and DICOM headers of listed films, read by a process of their own while nobody waits for a film.

The process has a low priority, and neither Python's lock nor the decoders' is shared with it. While a film is being
opened it does nothing at all: what it is in the middle of is broken off and done again afterwards.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.models.small_picture import SmallPicture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.dicom_listing import Header

SIDE = 96
"""Pixels on the long side of a small picture."""

HEADERS_AT_ONCE = 100


class Aside(QObject):
    """One process, one thread that talks with it, and what waits for them.

    Parameters
    ----------
    command : sequence of str or None
        Starts the process; None for the real one.

    Signals
    -------
    pictured(object)
        A `SmallPicture`.
    headed(object)
        Tuple of `Header`, for the files that `read_headers` was last asked for, when all were read.
    """

    pictured = Signal(object)
    headed = Signal(object)

    def __init__(self, command: Sequence[str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command or (sys.executable, "-m", "afloc_core.cohort.aside", str(SIDE))
        self._condition = threading.Condition()
        self._films: deque[str] = deque()
        self._files: tuple[str, ...] = ()
        self._headers: list[Header] = []
        self._paused = self._stopped = False
        self._busy = self._broken_off = False
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="aside", daemon=True)

    @property
    def busy(self) -> bool:
        """Whether the process is at work now."""
        return self._busy

    @property
    def waiting(self) -> int:
        """How many small pictures wait."""
        with self._condition:
            return len(self._films)

    def picture(self, paths: Iterable[str]) -> None:
        """Make small pictures of these files, in this order, and no longer of those asked for before."""
        self._ask(lambda: setattr(self, "_films", deque(paths)))

    def read_headers(self, paths: Sequence[str]) -> None:
        """Read the headers of these files when no small picture waits, and no longer of those asked for before."""

        def ask() -> None:
            self._files, self._headers = tuple(paths), []

        self._ask(ask)

    def pause(self, paused: bool) -> None:
        """Do nothing from now on, or go on."""
        with self._condition:
            self._paused = paused
            if paused and self._busy:
                self._break_off()
            self._condition.notify()

    def stop(self, timeout: float) -> bool:
        """End thread and process and say whether that took no longer than ``timeout`` seconds."""
        with self._condition:
            self._stopped = True
            self._break_off()
            self._condition.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _ask(self, change: Callable[[], None]) -> None:
        with self._condition:
            change()
            self._condition.notify()
            if self._thread.ident is None and not self._stopped:
                self._thread.start()

    def _break_off(self) -> None:
        self._broken_off = True
        if self._process is not None:
            self._process.kill()

    # What follows runs on the thread.

    def _run(self) -> None:
        while (request := self._take()) is not None:
            answer = self._talk(request)
            with self._condition:
                self._busy = False
                again = answer is None and self._broken_off
            if not again:
                self._answer(request, answer or {})
        self._end()

    def _take(self) -> dict[str, Any] | None:
        """Return what to do next, which stays in its queue until it is answered."""
        with self._condition:
            self._condition.wait_for(lambda: self._stopped or (not self._paused and (self._films or self._left())))
            if self._stopped:
                return None
            self._busy, self._broken_off = True, False
            return {"thumbnail": self._films[0]} if self._films else {"headers": self._left()}

    def _left(self) -> tuple[str, ...]:
        return self._files[len(self._headers) : len(self._headers) + HEADERS_AT_ONCE]

    def _talk(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer of the process; None where it ended instead."""
        try:
            process = self._started()
            cast("IO[str]", process.stdin).write(f"{json.dumps(request)}\n")
            cast("IO[str]", process.stdin).flush()
            line = cast("IO[str]", process.stdout).readline()
        except OSError:
            line = ""
        if not line:
            self._end()
            return None
        found: dict[str, Any] = json.loads(line)
        return found

    def _started(self) -> subprocess.Popen[str]:
        """Return the process; outside the lock, because starting one takes a while that nobody should wait for."""
        process = self._process or subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a decoder says could name a patient
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            encoding="utf-8",
        )
        with self._condition:
            self._process = process
            if self._broken_off:
                raise BrokenPipeError
        return process

    def _answer(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        """Tell what was found; a file at which the process ended is no radiograph."""
        if "thumbnail" in request:
            path = request["thumbnail"]
            with self._condition:
                if self._films and self._films[0] == path:
                    self._films.popleft()
            self._emit(self.pictured, SmallPicture(path, _pixels(answer)))
            return
        from afloc_core.cohort.dicom_listing import Header  # pydicom takes its time to load

        asked = request["headers"]
        said = [Header(*one) for one in answer.get("headers", ())] or [Header()] * len(asked)
        with self._condition:
            if self._left() != asked:
                return  # others are asked for now
            self._headers += said
            complete = tuple(self._headers) if not self._left() else ()
        if complete:
            self._emit(self.headed, complete)

    def _emit(self, signal: Any, value: object) -> None:  # noqa: ANN401
        with self._condition:
            if not self._stopped:
                signal.emit(value)

    def _end(self) -> None:
        with self._condition:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                with suppress(OSError):
                    cast("IO[str]", stream).close()
            process.wait()


def _pixels(answer: dict[str, Any]) -> NDArray[np.uint8] | None:
    size = answer.get("size")
    if not size:
        return None
    return np.frombuffer(base64.b64decode(answer["pixels"]), np.uint8).reshape(size)
