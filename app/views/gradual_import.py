"""The library of plots, imported a little at a time, because only the window's thread may import it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLICE_S = 0.004


class GradualImport(QObject):
    """Imports pyqtgraph between the frames.

    It copies every class of Qt, and PySide6 makes each of them on first use: two thirds of the time that the import
    takes. They are used one after the other here first. On another thread, making them ends the process.

    Signals
    -------
    finished()
        It is imported.
    """

    finished = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps = _steps()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    def start(self) -> None:
        """Begin; a second time does nothing."""
        self._timer.start()

    def _go_on(self) -> None:
        end = time.perf_counter() + _SLICE_S
        for _ in self._steps:
            if time.perf_counter() > end:
                return
        self._timer.stop()
        self.finished.emit()


def _steps() -> Iterator[None]:
    from PySide6 import QtCore, QtGui, QtWidgets

    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            getattr(module, name, None)
            yield
    import pyqtgraph  # noqa: F401

    yield  # the plot is made in the next turn
