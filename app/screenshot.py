"""The window's own picture: wait until everything asked for is on screen, write it, quit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.models.compare_mode import CompareMode
from app.models.review import ModelState

if TYPE_CHECKING:
    from pathlib import Path

    from app.session import Session

_PATIENCE_MS = 300_000
_SETTLE_MS = 250  # longer than very many marks stay drawn roughly
_GRACE_MS = 2_000
_LOOK_MS, _LOOKS = 100, 2  # one answer can start another question in the next turn of the event loop
_BAD_INPUT = 2


class Screenshot(QObject):
    """Quits the application with status 0 after writing the picture, or with 2 and a sentence in ``error``.

    Parameters
    ----------
    session : Session
    target : Path
        A PNG file is written there.
    """

    def __init__(self, session: Session, target: Path) -> None:
        super().__init__(session.window)
        self.error = ""
        self._session = session
        self._target = target
        self._done = False
        self._at_rest = 0
        session.controller.complained.connect(self._fail)
        # Looked at again and again: what ends last differs from run to run, and not everything that ends says so.
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(_LOOK_MS)
        QTimer.singleShot(_PATIENCE_MS, self, lambda: self._fail("The heatmap did not come within five minutes."))

    def _look(self) -> None:
        self._at_rest = 0 if self._awaits() else self._at_rest + 1
        if self._done or self._at_rest < _LOOKS:
            return
        if self._lacks_marks():
            if self._at_rest * _LOOK_MS > _GRACE_MS:
                self._fail("There are no marks on this film to compare; name a file of marks with --annotations.")
            return
        self._done = True
        QTimer.singleShot(_SETTLE_MS, self, self._write)

    def _awaits(self) -> bool:
        """Say whether something that was asked for is on its way."""
        review, controller = self._session.state.review, self._session.controller
        answered = not review.pending and (review.picture is not None or not review.phrase)
        return (
            review.film is None
            or review.model_state is not ModelState.READY
            or not answered
            or controller.case_files.busy
            or controller.case_listing.pending
            or controller.comparing.pending
            or controller.agreeing.pending
            or controller.agreeing.panel.curve.building
        )

    def _lacks_marks(self) -> bool:
        state = self._session.state
        unmarked = (CompareMode.OVERLAY, CompareMode.MULTIPLES)
        return state.comparison.mode not in unmarked and not state.case.readers

    def _write(self) -> None:
        QApplication.sendPostedEvents()
        if self._session.window.grab().save(str(self._target), "PNG"):
            QApplication.exit(0)
        else:
            self._done = False
            self._fail("The picture could not be written there; choose a folder that exists and may be written to.")

    def _fail(self, sentence: str) -> None:
        if not self._done:
            self._done = True
            self.error = sentence
            # Later, because the event loop may not run yet.
            QTimer.singleShot(0, self, lambda: QApplication.exit(_BAD_INPUT))
