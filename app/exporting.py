"""Taking pictures away: the dialog, the clipboard, and files written aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage

from afloc_core.imaging.sample import sample_film
from app.models.export_settings import ExportSettings, picture_on_screen
from app.models.review_export import review_arguments
from app.services.exporting import ExportingService, ExportRequest, Preview
from app.services.review_exporting import ReviewExporting
from app.views.export_dialog import ExportDialog

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.exporting.picture import Picture
    from app.models.folder import FileSequence
    from app.models.state import State
    from app.views.main_window import MainWindow

_TOPIC = "export"
_NO_FILM = "There is nothing to export yet; open a radiograph first."
_WRITING = "Writing…"
_WRITTEN = "The file is written; nothing in it says who is on the film."
_WRITTEN_WITH_PATIENT = "The file is written, and says who is on the film."
_FILMS = "All films are written; nothing in the files says who is on them. Look at them before you pass them on."
_FILMS_WITH_PATIENT = "All films are written; the files say who is on them."
_COPIED = "The picture is on the clipboard; nothing in it says who is on the film."
_STOP_SECONDS = 5.0


class Reviewed(Protocol):
    """Who knows the open review."""

    @property
    def review_to_export(self) -> tuple[str, int]:
        """Its file, empty where there is none or a database, and how many of its films have a file."""
        ...


class Shown(Protocol):
    """Who knows the film's file, and says sentences below the phrase bar."""

    @property
    def shown(self) -> FileSequence:
        """The files, at the one on screen."""
        ...

    @property
    def sample_shown(self) -> bool:
        """Whether the sample is on screen."""
        ...

    @property
    def case_files(self) -> Reviewed:
        """Who knows the open review."""
        ...

    def note(self, topic: str, sentence: str) -> None:
        """Say something quietly."""
        ...

    def complain(self, topic: str, sentence: str) -> None:
        """Say what went wrong."""
        ...


class Exporting(QObject):
    """Exports what is on screen.

    Parameters
    ----------
    state : State
    window : MainWindow
    shown : Shown
    service : ExportingService
    """

    def __init__(self, state: State, window: MainWindow, shown: Shown, service: ExportingService) -> None:
        super().__init__(window)
        self._state = state
        self._window = window
        self._shown = shown
        self._service = service
        self._dialog: ExportDialog | None = None
        self._ended = True
        self.model: Path | None = None  # the bundled one
        self._all = ReviewExporting(self)
        self._all.progressed.connect(self._show_films)
        self._all.ended.connect(self._end_films)
        service.previewed.connect(self._show_preview)
        window.closing.connect(self._close)

    @property
    def ended(self) -> bool:
        """Whether the workers had ended when the window was closed."""
        return self._ended

    @property
    def dialog(self) -> ExportDialog | None:
        """The dialog that is open."""
        return self._dialog

    @property
    def busy(self) -> bool:
        """Whether a file is being written."""
        return self._service.busy

    def ask(self) -> None:
        """Open the dialog on what is on screen now."""
        picture = picture_on_screen(self._state)
        if picture is None or (film := self._film()) is None:
            self._shown.complain(_TOPIC, _NO_FILM)
            return
        if self._dialog is not None:
            self._dialog.activateWindow()
            return
        dialog = ExportDialog(ExportSettings(parts=picture.parts), picture, self._window)
        dialog.settings_changed.connect(lambda: self._preview(picture, film))
        dialog.place_chosen.connect(lambda place: self._write(picture, film, place))
        dialog.copy_chosen.connect(lambda: self._copy(ExportRequest(picture, film, dialog.settings)))
        dialog.folder_chosen.connect(lambda folder: self._write_films(picture, folder))
        dialog.finished.connect(self._forget)
        dialog.offer_review(self._shown.case_files.review_to_export[1])
        self._dialog = dialog
        dialog.open()
        self._preview(picture, film)

    def copy(self) -> None:
        """Put the picture of what is on screen on the clipboard."""
        picture = picture_on_screen(self._state)
        if picture is None or (film := self._film()) is None:
            self._shown.complain(_TOPIC, _NO_FILM)
            return
        self._copy(ExportRequest(picture, film, ExportSettings(parts=picture.parts)))

    def _film(self) -> Path | None:
        return sample_film() if self._shown.sample_shown else self._shown.shown.current

    def _preview(self, picture: Picture, film: Path) -> None:
        if self._dialog is not None:
            self._service.preview(ExportRequest(picture, film, self._dialog.settings))

    def _show_preview(self, preview: Preview) -> None:
        if self._dialog is not None:
            self._dialog.show_preview(preview.pixels, preview.films, preview.warning, preview.error)

    def _write(self, picture: Picture, film: Path, place: Path) -> None:
        dialog = self._dialog
        if dialog is None:
            return
        settings = dialog.settings
        dialog.show_progress(_WRITING)

        def done(_nothing: None) -> None:
            self._shown.note(_TOPIC, _WRITTEN_WITH_PATIENT if settings.patient else _WRITTEN)
            if self._dialog is dialog:
                dialog.accept()

        self._service.write(ExportRequest(picture, film, settings), place, done, self._fail)

    def _write_films(self, picture: Picture, folder: Path) -> None:
        review, _films = self._shown.case_files.review_to_export
        if self._dialog is not None and review:
            self._dialog.show_progress(_WRITING)
            self._all.start(review_arguments(review, folder, picture, self._dialog.settings, self.model))

    def _show_films(self, done: int, films: int) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(f"{done:,} of {films:,} films…")

    def _end_films(self, sentence: str) -> None:
        if sentence:
            self._fail(sentence)
        elif self._dialog is not None:
            patient = self._dialog.settings.patient
            self._shown.note(_TOPIC, _FILMS_WITH_PATIENT if patient else _FILMS)
            self._dialog.accept()

    def _copy(self, request: ExportRequest) -> None:
        def done(content: bytes) -> None:
            data = QMimeData()
            data.setImageData(QImage.fromData(content))
            data.setData("image/png", content)  # with the provenance, for programs that take files as they are
            QGuiApplication.clipboard().setMimeData(data)
            self._shown.note(_TOPIC, _COPIED)
            if self._dialog is not None:
                self._dialog.show_progress("Copied.")

        picture = ExportSettings(
            request.settings.layout,
            "png",
            request.settings.size,
            request.settings.parts,
            request.settings.blackouts,
            request.settings.reader_names,
        )
        self._service.encode(ExportRequest(request.picture, request.film, picture), done, self._fail)

    def _fail(self, sentence: str) -> None:
        if self._dialog is not None:
            self._dialog.show_error(sentence)
        else:
            self._shown.complain(_TOPIC, sentence)

    def _forget(self) -> None:
        self._all.stop()
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def _close(self) -> None:
        self._all.close()
        self._ended = self._service.stop(_STOP_SECONDS)
