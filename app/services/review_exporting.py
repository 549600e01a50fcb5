"""All films of a review exported by `afloc export` in a process of its own, so that the window stays quick."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

# Asked to end before the handler is set it ends at once, and has written nothing; afterwards it cleans up. Interrupts
# would be lost: a program that was started in the background of a shell passes on that they are ignored.
_PROGRAM = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.default_int_handler); "
    "from afloc_core.cli import main; sys.exit(main(sys.argv[1:]))"
)
_PROGRESS = re.compile(r"(\d+) of (\d+)(?:: .*)?")
_WAIT_MS = 3000
_ENDED = "The export ended before all films were written; those that are in the folder are whole."


class ReviewExporting(QObject):
    """Runs one export of a review at a time.

    Signals
    -------
    progressed(int, int)
        How many films are done, of how many.
    ended(str)
        What went wrong in one sentence; empty when every film was written.
    """

    progressed = Signal(int, int)
    ended = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._rest = ""
        self._last = ""

    @property
    def running(self) -> bool:
        """Whether films are being written."""
        return self._process is not None

    def start(self, arguments: Sequence[str]) -> None:
        """Begin; nothing while another export runs.

        Parameters
        ----------
        arguments : sequence of str
            Of ``afloc export``, the first being the review.
        """
        if self._process is not None:
            return
        self._rest = self._last = ""
        process = QProcess(self)
        process.setStandardOutputFile(QProcess.nullDevice())
        process.readyReadStandardError.connect(self._read)
        process.finished.connect(lambda code, _status: self._finish(code))
        process.errorOccurred.connect(self._fail)
        self._process = process
        process.start(sys.executable, ["-c", _PROGRAM, "export", *arguments])

    def stop(self) -> None:
        """Ask it to end; what is written stays, and it takes a file that is half written away itself."""
        process, self._process = self._process, None
        if process is None:
            return
        for told in (process.readyReadStandardError, process.finished, process.errorOccurred):
            told.disconnect()
        process.finished.connect(process.deleteLater)
        process.errorOccurred.connect(process.deleteLater)  # one that had not begun never finishes
        _end(process)

    def close(self) -> bool:
        """End it, wait a moment for that, and say whether no process is left that had to be killed."""
        self.stop()
        left = [one for one in self.findChildren(QProcess) if one.state() != QProcess.ProcessState.NotRunning]
        late = [process for process in left if not process.waitForFinished(_WAIT_MS)]
        for process in late:
            process.kill()
            process.waitForFinished(_WAIT_MS)
        return not late

    def _read(self) -> None:
        if self._process is None:
            return
        self._rest += bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        *lines, self._rest = self._rest.split("\n")
        for line in lines:
            self._last = line or self._last
            if found := _PROGRESS.fullmatch(line):
                self.progressed.emit(int(found[1]), int(found[2]))

    def _finish(self, code: int) -> None:
        self._read()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
            sentence = self._last if self._last.endswith(".") else _ENDED
            self.ended.emit("" if code == 0 else sentence)

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._finish(1)


def _end(process: QProcess) -> None:
    """Ask a process to end: where there are signals it cleans up first."""
    if sys.platform == "win32":
        process.kill()
    elif process.processId():
        os.kill(process.processId(), signal.SIGTERM)
