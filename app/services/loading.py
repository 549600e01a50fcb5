"""Files to films off the main thread: decoding, the mean pyramid, and the neighbours in the folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from afloc_core.errors import AFLocError
from app.models.film import Film, index_values
from app.models.folder import FileSequence, openable_files
from app.models.listed_files import ListedFiles
from app.services.latest_worker import LatestWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from afloc_core.imaging.radiograph import Radiograph

_DEFECT = "This file could not be opened because of a fault in the program; try another file."
_NO_FILES = "There is no radiograph in this folder; choose one that holds DICOM, PNG, JPEG or TIFF files."


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What to open.

    Attributes
    ----------
    paths : tuple of Path
        One or more files or folders; the first file is shown, the others can be stepped to.
    known : FileSequence or None
        Given when stepping: the files are known and ``paths`` is not looked at.
    remember : bool
        Whether the file belongs among the recent ones.
    sample : bool
        The film that comes with the program is meant; ``paths`` and ``known`` are not looked at.
    """

    paths: tuple[Path, ...]
    known: FileSequence | None = None
    remember: bool = True
    sample: bool = False


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What came of it: a film, or one sentence that says why there is none; and where one is among the files."""

    film: Film | None
    sequence: FileSequence
    error: str
    stepped: bool = False
    remember: bool = True
    sample: bool = False


class LoadingService(QObject):
    """Opens the newest request; ``requested()`` when asked, ``loaded(LoadResult)`` when done.

    Parameters
    ----------
    open_file : callable or None
        Makes a radiograph of a path; None takes ``open_radiograph``.
    """

    requested = Signal()
    loaded = Signal(object)

    def __init__(self, open_file: Callable[[Path], Radiograph] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = open_file or _open_radiograph
        self._worker = LatestWorker(self._load, name="loading", parent=self)
        self._worker.answered.connect(self._tell)

    def start(self) -> None:
        """Start the worker."""
        self._worker.start()

    def request(self, request: LoadRequest) -> None:
        """Open; an unfinished request before it is forgotten."""
        self.requested.emit()
        self._worker.submit(request)

    def stop(self, timeout: float = 1.0) -> bool:
        """End the worker and say whether it ended in time (seconds)."""
        return self._worker.stop(timeout)

    def _load(self, request: LoadRequest) -> LoadResult:
        try:
            sequence = _sample_sequence() if request.sample else request.known or find_sequence(request.paths)
        except AFLocError as refusal:
            return LoadResult(None, FileSequence(), str(refusal))
        if sequence.current is None:
            return LoadResult(None, sequence, _NO_FILES)
        try:
            film, error = make_film(self._open(sequence.current)), ""
        except AFLocError as refusal:
            film, error = None, str(refusal)
        # Only a file that somebody named is remembered: of a list, every name can be a patient's.
        remember = request.remember and request.known is None and not sequence.origin
        return LoadResult(film, sequence, error, request.known is not None, remember, request.sample)

    def _tell(self, result: LoadResult | None) -> None:
        self.loaded.emit(result or LoadResult(None, FileSequence(), _DEFECT))


def make_film(radiograph: Radiograph) -> Film:
    """Prepare a radiograph for drawing."""
    import scipy.sparse  # noqa: F401  # the first drawing needs it and would wait for the import

    from afloc_core.imaging.pyramid import mean_pyramid

    indices, low, high, step = index_values(radiograph.values)
    _ = radiograph.digest  # needed by the model's cache; computed here, it costs no reader a wait
    return Film(radiograph, mean_pyramid(indices), low, high, step)


def find_sequence(paths: tuple[Path, ...]) -> FileSequence:
    """Return the files to step through: the siblings of a single file, or the files given.

    Of folders, tables of cases and the index of a disc these are the first files, see `FileSequence.origin`.

    Raises
    ------
    ManifestError
        A table or index cannot be used.
    """
    from afloc_core.cohort.manifest import is_list, stream_manifest

    if any(map(is_list, paths)):
        first = next((part.merged() for part in stream_manifest(paths) if len(part)), None)
        if first is None:
            return FileSequence()
        return FileSequence(ListedFiles(first.paths, np.arange(len(first))), 0, paths)
    if len(paths) == 1:
        siblings = FileSequence(openable_files(paths[0].absolute().parent))
        return siblings.at(paths[0].absolute())
    files = tuple(dict.fromkeys(paths))
    return FileSequence(files, 0 if files else -1)


def _sample_sequence() -> FileSequence:
    from afloc_core.imaging.sample import sample_film

    return FileSequence((sample_film(),), 0)


def _open_radiograph(path: Path) -> Radiograph:
    from afloc_core.imaging.open import open_radiograph

    return open_radiograph(path)
