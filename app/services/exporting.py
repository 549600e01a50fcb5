"""Pictures to export, drawn and written off the main thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from afloc_core.errors import AFLocError
from app.models.export_settings import ExportSettings, chosen, preview_of
from app.services.latest_worker import LatestWorker
from app.services.ordered_worker import OrderedWorker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from afloc_core.exporting.drawing import Area
    from afloc_core.exporting.picture import Picture

_DEFECT = "The picture cannot be drawn because of a fault in the program."


@dataclass(frozen=True, eq=False, slots=True)
class ExportRequest:
    """A picture, the film's file, and what was chosen."""

    picture: Picture
    film: Path
    settings: ExportSettings


@dataclass(frozen=True, eq=False, slots=True)
class Preview:
    """How an export will look.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (h, w, 3), or None
        None where it cannot be drawn.
    films : tuple of Area
        Where the film is in it.
    warning : str
        What the file says of words that are burned into it; empty where it says that there are none.
    error : str
        One sentence; empty where it can be exported.
    """

    pixels: NDArray[np.uint8] | None = None
    films: tuple[Area, ...] = ()
    warning: str = ""
    error: str = ""


class ExportingService(QObject):
    """Previews, the newest of which wins, and files, none of which is left out.

    Signals
    -------
    previewed(Preview)
    """

    previewed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._previews = LatestWorker(_preview, name="export previews", parent=self)
        self._previews.answered.connect(lambda preview: self.previewed.emit(preview or Preview(error=_DEFECT)))
        self._files = OrderedWorker("exports", parent=self)
        self._started = False

    @property
    def busy(self) -> bool:
        """Whether a file is being written."""
        return self._files.unanswered > 0

    def preview(self, request: ExportRequest) -> None:
        """Ask for a preview."""
        if not self._started:
            self._started = True
            self._previews.start()
        self._previews.submit(request)

    def write(
        self, request: ExportRequest, place: Path, done: Callable[[None], None], failed: Callable[[str], None]
    ) -> None:
        """Write a file in the place of what is there; the reader was asked."""
        self._files.submit(lambda: _write(request, place), done, failed)

    def encode(self, request: ExportRequest, done: Callable[[bytes], None], failed: Callable[[str], None]) -> None:
        """Make the content of a file for the clipboard."""
        self._files.submit(lambda: _content(request), done, failed)

    def stop(self, timeout: float) -> bool:
        """Finish what is being written, end, and say whether that took no longer than ``timeout`` seconds."""
        return all([self._previews.stop(0.3), self._files.stop(timeout)])


def _write(request: ExportRequest, place: Path) -> None:
    from afloc_core.exporting.writing import check_not_source, write_whole

    check_not_source(place, (request.film,))
    write_whole(place, _content(request), overwrite=True)


def _content(request: ExportRequest) -> bytes:
    # Slow to import, and not needed before something is exported.
    from afloc_core.exporting.encoding import encode_picture
    from afloc_core.exporting.writers import PictureFormat

    settings = request.settings
    picture = _safe(request)
    if settings.kind in tuple(PictureFormat):
        return encode_picture(picture, PictureFormat(settings.kind))
    from afloc_core.exporting.dicom import encode_object

    return encode_object(picture, settings.kind, request.film, patient=settings.patient)


def _safe(request: ExportRequest) -> Picture:
    from afloc_core.exporting.deidentification import for_whom, read_header

    picture, settings = chosen(request.picture, request.settings), request.settings
    return for_whom(picture, read_header(request.film), patient=settings.patient, reader_names=settings.reader_names)


def _preview(request: ExportRequest) -> Preview:
    from afloc_core.exporting.deidentification import read_header, warning_of
    from afloc_core.exporting.encoding import checked_drawing
    from afloc_core.exporting.painter import paint

    warning = warning_of(read_header(request.film))
    try:
        checked = _safe(request)
        drawing = checked_drawing(preview_of(checked))
        return Preview(paint(drawing), drawing.films, warning)
    except AFLocError as error:
        return Preview(warning=warning, error=str(error))
