"""Study files and results: opened, made and taken away, with the dialogs for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QInputDialog

from app.services.ordered_worker import OrderedWorker
from app.services.study_results import export_results, summarise_results, write_study
from app.views.new_study import NewStudyDialog
from app.views.study_results import StudyResultsDialog

if TYPE_CHECKING:
    from pathlib import Path

    from app.controller import Controller
    from app.services.study_results import Summed
    from app.views.main_window import MainWindow

_TOPIC = "study"
_FILTER = "Studies (*.toml *.afstudy)"
_MADE = (
    "The study file is written. Open it with Ctrl+O to read; all readers open this one file, a copy is another study."
)
_EXPORTED = "The results are written: tables as CSV, study.json, and a codebook that says what each column means."


class StudyFiles(QObject):
    """Asks for study files and folders, and has the work done aside.

    Parameters
    ----------
    window : MainWindow
    controller : Controller
    """

    def __init__(self, window: MainWindow, controller: Controller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._controller = window, controller
        self._worker = OrderedWorker("study files", parent=self)
        self.wanted: tuple[Path, str] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being summed up or written."""
        return self._worker.unanswered > 0

    def ask_reader(self) -> str:
        """Ask who reads; empty if they change their mind."""
        name, agreed = QInputDialog.getText(
            self._window, "Read a study", "Your name or code as a reader; with the same one you go on where you were:"
        )
        return " ".join(name.split()) if agreed else ""

    def open(self, place: Path) -> None:
        """Ask who reads, and close the window in favour of one that shows nothing but the study."""
        if reader := self.ask_reader():
            self.wanted = (place, reader)
            self._window.close()

    def ask_new(self) -> None:
        """Let a researcher make a study file."""
        dialog = NewStudyDialog(self._window)
        dialog.written.connect(
            lambda study, place: self._worker.submit(
                lambda: write_study(study, place), lambda remark: self._tell(dialog, remark), dialog.refuse
            )
        )
        dialog.open()

    def ask_results(self) -> None:
        """Ask which study is to be summed up."""
        from pathlib import Path

        name, _ = QFileDialog.getOpenFileName(self._window, "Results of a study", "", _FILTER)
        if name:
            self.show_results(Path(name))

    def show_results(self, place: Path) -> None:
        """Show reading time and accuracy of a study, and offer to export them."""
        self._worker.submit(lambda: summarise_results(place), self._show_results, self._complain)

    def stop(self) -> bool:
        """End the worker and say whether it ended in time."""
        return self._worker.stop(1.0)

    def _show_results(self, summed: Summed) -> None:
        dialog = StudyResultsDialog(summed.title, summed.text, self._window)
        dialog.export_wanted.connect(
            lambda folder, with_names: self._worker.submit(
                lambda: export_results(summed.place, folder, with_names),
                lambda _: dialog.tell(_EXPORTED),
                dialog.tell,
            )
        )
        dialog.open()

    def _tell(self, dialog: NewStudyDialog, remark: str) -> None:
        dialog.accept()
        self._controller.note(_TOPIC, f"{_MADE} {remark}".strip())

    def _complain(self, sentence: str) -> None:
        self._controller.complain(_TOPIC, sentence)
