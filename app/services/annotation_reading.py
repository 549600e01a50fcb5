"""Annotation files to documents, and documents to files, off the main thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject

from afloc_core.cohort.manifest import lists_cases
from afloc_core.imaging.files import TABLE_SUFFIXES
from app.models.folder import SUFFIXES, is_file, openable_files
from app.models.review_book import ReadMarks, by_image
from app.services.ordered_worker import OrderedWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from afloc_core.annotations.marks import Document

T = TypeVar("T")

_ANNOTATION_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.66.4",  # segmentation
    "1.2.840.10008.5.1.4.1.1.88.",  # structured reports
    "1.2.840.10008.5.1.4.1.1.11.",  # presentation states
)
_SOP_CLASS_UID = 0x00080016


@dataclass(frozen=True, slots=True)
class Sorted:
    """Files by what they are."""

    films: tuple[Path, ...] = ()
    marks: tuple[Path, ...] = ()
    reviews: tuple[Path, ...] = ()
    studies: tuple[Path, ...] = ()


class AnnotationReading(QObject):
    """Reads, matches and sorts files one after the other; each answer comes by callback."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = OrderedWorker("annotations", parent=self)

    @property
    def busy(self) -> bool:
        """Whether something is being read or matched."""
        return self._worker.unanswered > 0

    def read(self, path: Path, done: Callable[[ReadMarks], None], failed: Callable[[str], None]) -> None:
        """Read an annotation file."""
        self._worker.submit(lambda: _read(path), done, failed)

    def match(
        self,
        documents: tuple[Document, ...],
        files: Sequence[Path],
        done: Callable[[Mapping[str, Path]], None],
        failed: Callable[[str], None],
    ) -> None:
        """Find the files of the images of documents, each by itself; ``done`` gets them by image key."""
        self._worker.submit(lambda: _match(documents, files), done, failed)

    def sort(self, paths: tuple[Path, ...], done: Callable[[Sorted], None], failed: Callable[[str], None]) -> None:
        """Tell films, annotation files and reviews apart."""
        self._worker.submit(lambda: sort_files(paths), done, failed)

    def prepare(self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """Do something else with marks that takes its time."""
        self._worker.submit(work, done, failed)

    def stop(self, timeout: float) -> bool:
        """End the worker and say whether it ended in time (seconds)."""
        return self._worker.stop(timeout)


def sort_files(paths: tuple[Path, ...]) -> Sorted:
    """Tell films, annotation files and reviews apart.

    Parameters
    ----------
    paths : tuple of Path
        Files and folders; folders are taken for folders of films.

    Returns
    -------
    Sorted
        Pictures and DICOM images are films, and so are tables that list cases; DICOM files of the annotation classes
        are marks, ``*.afreview`` are reviews, ``*.toml`` and ``*.afstudy`` studies; a file without an ending is a
        film, with any other ending it is marks.
    """
    films: list[Path] = []
    marks: list[Path] = []
    reviews: list[Path] = []
    studies: list[Path] = []
    for path in paths:
        suffix = path.suffix.lower()
        if suffix == ".afreview":
            reviews.append(path)
        elif suffix in (".toml", ".afstudy"):
            studies.append(path)
        elif suffix in TABLE_SUFFIXES and not path.is_dir():
            (films if lists_cases(path) else marks).append(path)
        elif path.is_dir() or suffix in SUFFIXES or not suffix[1:].isalpha():
            (marks if _annotates(path) else films).append(path)
        else:
            marks.append(path)
    return Sorted(tuple(films), tuple(marks), tuple(reviews), tuple(studies))


def _annotates(path: Path) -> bool:
    """Say whether a DICOM file is of a class that annotates images."""
    try:
        with path.open("rb") as stream:
            if stream.read(132)[128:] != b"DICM":
                return False
    except OSError:
        return False
    from pydicom.filereader import read_partial

    try:
        with path.open("rb") as stream:
            header = read_partial(stream, stop_when=lambda tag, _vr, _length: tag > _SOP_CLASS_UID)
        return str(header.get("SOPClassUID", "")).startswith(_ANNOTATION_CLASSES)
    except Exception:  # a broken file can fail in any way; opening it says how
        return False


def _read(path: Path) -> ReadMarks:
    from afloc_core.annotations.formats import open_annotations
    from afloc_core.annotations.given_readers import with_given

    document = with_given(open_annotations(path), path)
    return ReadMarks(path, document, by_image(document), openable_files(path.absolute().parent))


def _match(documents: tuple[Document, ...], files: Sequence[Path]) -> Mapping[str, Path]:
    from afloc_core.annotations.matching import match_images

    here = [file for file in files if is_file(file)]
    pairs = (pair for document in documents for pair in match_images(document, here).pairs.items())
    return {key: match.file for key, match in pairs}
