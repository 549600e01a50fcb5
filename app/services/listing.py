"""Cases listed off the main thread: folders, tables and files become columns, a part of them after the other."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from afloc_core.cohort.manifest import Manifest, joined, of_files, stream_manifest
from afloc_core.errors import AFLocError
from afloc_core.imaging.files import looks_like_dicom
from afloc_core.natural_order import natural_text_key
from app.models.case_columns import CaseColumns, Tallied
from app.models.listed_files import texts_of
from app.models.name_search import NameSearch
from app.services.latest_worker import LatestWorker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.cohort.dicom_listing import Header
    from afloc_core.cohort.manifest import Texts

_PATIENCE_S = 0.5
_GROWTH = 4
_DEFECT = "The cases could not be listed because of a fault in the program; open them again."


@dataclass(frozen=True, slots=True)
class Listing:
    """Cases as far as they are known.

    Attributes
    ----------
    columns : CaseColumns
    complete : bool
        Whether these are all.
    to_head : array of int or None
        Rows of films that may be DICOM and of whose study nothing is known; None while the names are not sorted yet.
    error : str
        One sentence that says why there are no more; empty where all is well.
    """

    columns: CaseColumns
    complete: bool
    to_head: NDArray[np.intp] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Request:
    """What is still to be read, and what was read until now."""

    parts: Iterator[Manifest]
    known: Manifest | None = None


@dataclass(frozen=True, slots=True)
class _Headers:
    """Headers of some rows of a list that is complete."""

    manifest: Manifest
    headers: Sequence[Header]
    rows: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Finish:
    """What takes longest: the order of names, which nobody needs for seeing the list."""

    columns: CaseColumns


@dataclass(frozen=True, slots=True)
class _Answer:
    listing: Listing
    rest: _Request | _Finish | None = None


class ListingService(QObject):
    """Lists the cases asked for last; ``listed(Listing)`` several times, each with more than before.

    The first part comes as soon as it is there, the next ones each time there are four times as many or half a second
    has passed: putting the columns together costs the most, and is done few times however many cases there are.
    """

    listed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = LatestWorker(_work, name="listing", parent=self)
        self._worker.answered.connect(self._take)
        self._started = False

    def list_places(self, places: tuple[Path, ...]) -> None:
        """List folders, tables of cases and files."""
        self._submit(_Request(stream_manifest(places)))

    def list_files(self, files: Sequence[Path]) -> None:
        """List files that are known."""
        self._submit(_Request(_known(files)))

    def add_headers(self, columns: CaseColumns, headers: Sequence[Header], rows: NDArray[np.intp]) -> None:
        """List the same cases again by their studies, with what DICOM headers say of these rows."""
        self._submit(_Headers(columns.manifest, headers, rows))

    def _submit(self, request: _Request | _Headers | _Finish) -> None:
        if not self._started:
            self._started = True
            self._worker.start()
        self._worker.submit(request)

    def stop(self, timeout: float) -> bool:
        """End the worker and say whether it ended in time (seconds)."""
        return self._worker.stop(timeout)

    def _take(self, answer: _Answer | None) -> None:
        if answer is None:
            self.listed.emit(Listing(_columns(joined(())), complete=True, error=_DEFECT))
            return
        if answer.rest is not None:
            self._submit(answer.rest)
        self.listed.emit(answer.listing)


def _known(files: Sequence[Path]) -> Iterator[Manifest]:
    yield of_files(texts_of(files))


def _work(request: _Request | _Headers | _Finish) -> _Answer:
    if isinstance(request, _Finish):
        ranked = replace(request.columns, name_rank=_name_rank(request.columns.manifest.ids))
        return _Answer(Listing(ranked, complete=True, to_head=_to_head(ranked.manifest)))
    if isinstance(request, _Headers):
        from afloc_core.cohort.dicom_listing import by_study, with_headers

        manifest = with_headers(request.manifest, request.headers, request.rows)
        return _complete(manifest.take(by_study(manifest)))
    known = [] if request.known is None else [request.known]
    enough = _GROWTH * sum(map(len, known))
    end = time.monotonic() + _PATIENCE_S
    try:
        for part in request.parts:
            known.append(part)
            if sum(map(len, known)) >= enough or time.monotonic() > end:
                manifest = joined(known)
                listing = Listing(_columns(manifest.merged()), complete=False)
                return _Answer(listing, _Request(request.parts, manifest))
    except AFLocError as refusal:
        return _complete(joined(known).merged(), str(refusal))
    return _complete(joined(known).merged())


def _complete(manifest: Manifest, error: str = "") -> _Answer:
    columns = _columns(manifest)
    return _Answer(Listing(columns, complete=True, error=error), _Finish(columns))


def _columns(manifest: Manifest) -> CaseColumns:
    return CaseColumns(
        manifest=manifest,
        search=NameSearch.of(manifest.ids.tolist()),
        name_rank=np.arange(len(manifest)),
        splits=tuple(sorted({str(name) for name in manifest.splits.tolist()} - {""})),
        studies=study_numbers(manifest.studies),
        tallied=Tallied.nothing(len(manifest)),
    )


def _to_head(manifest: Manifest) -> NDArray[np.intp]:
    """Return the rows of films that may be DICOM and of whose study or view nothing is known."""
    unknown = np.flatnonzero((manifest.studies == "") & (manifest.views == "")).tolist()
    paths = manifest.paths.tolist()
    return np.array([row for row in unknown if looks_like_dicom(paths[row])], np.intp)


def _name_rank(names: Texts) -> NDArray[np.intp]:
    listed = names.tolist()
    order = sorted(range(len(listed)), key=lambda row: natural_text_key(listed[row]))
    rank = np.empty(len(listed), np.intp)
    rank[order] = np.arange(len(listed))
    return rank


def study_numbers(studies: Texts) -> NDArray[np.int32]:
    """Return the number of each film's study: those of several films, from 1 in their order, else 0."""
    if not (studies != "").any():
        return np.zeros(len(studies), np.int32)
    names, first, places, counts = np.unique(studies, return_index=True, return_inverse=True, return_counts=True)
    several = (counts > 1) & (names != "")
    numbers = np.zeros(len(names), np.int32)
    numbers[np.flatnonzero(several)[np.argsort(first[several])]] = np.arange(1, several.sum() + 1)
    numbered: NDArray[np.int32] = numbers[places]
    return numbered
