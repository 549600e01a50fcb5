"""The record of a study off the main thread: each event is kept before the reader goes on."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLockFile, QObject, Signal

from afloc_core.annotations.marks import AI_ASSISTED
from afloc_core.errors import AFLocError, StudyError
from app.models.reading import OpenedStudy
from app.models.review_book import ImageMarks, by_image
from app.services.ordered_worker import OrderedWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from afloc_core.annotations.marks import Mark, MarkedImage
    from afloc_core.study.events import EventKind, StudyReader
    from afloc_core.study.record import StudyRecord
    from afloc_core.study.replay import Position

    Others = dict[str, tuple[tuple[ImageMarks, MarkedImage], ...]]

_ELSEWHERE = "This reader has the study open in another window; close it first."


class StudyKeeping(QObject):
    """Opens a study for a reader and keeps what happens, in the order of happening.

    Signals
    -------
    failed(str)
        Something could not be kept.
    """

    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = OrderedWorker("study", finish=self._close, parent=self)
        # Only the worker touches these, until the study is open.
        self._record: StudyRecord | None = None
        self._lock: QLockFile | None = None
        self._sitting = 0
        self._base = 0

    @property
    def busy(self) -> bool:
        """Whether something is being kept."""
        return self._worker.unanswered > 0

    @property
    def clock(self) -> int:
        """Nanoseconds since the sitting began, by a monotonic clock."""
        return time.monotonic_ns() - self._base

    def open(
        self,
        place: Path,
        reader: str,
        detail: Mapping[str, object],
        done: Callable[[OpenedStudy], None],
        failed: Callable[[str], None],
    ) -> None:
        """Open the study file of a place for a reader; their sitting begins."""
        self._worker.submit(lambda: self._open(place, reader, detail), done, failed)

    def log(
        self,
        kind: EventKind,
        step: int | None,
        detail: Mapping[str, object],
        done: Callable[[int], None] | None = None,
        *,
        clock: int | None = None,
    ) -> None:
        """Keep an event that happens now, or happened at a ``clock``; ``done`` is called once it is kept."""
        at = self.clock if clock is None else clock
        self._worker.submit(lambda: self._log(kind, step, at, detail), done or _ignore, self.failed.emit)

    def beat(self, last_input: int) -> None:
        """Note that the sitting goes on."""
        if not self._worker.unanswered:
            clock = self.clock
            self._worker.submit(lambda: self._beat(clock, last_input), _ignore, self.failed.emit)

    def stop(self, timeout: float) -> bool:
        """Keep what waits, close, and say whether that took no longer than ``timeout`` seconds."""
        return self._worker.stop(timeout)

    # What follows runs on the worker.

    def _open(self, place: Path, reader: str, detail: Mapping[str, object]) -> OpenedStudy:
        from afloc_core.study.record import open_record
        from afloc_core.study.replay import drawn_marks, position
        from afloc_core.study.study_file import record_place

        record = open_record(place)
        try:
            me = record.join(reader)
            at = position(record.study, me, record.events(me.name))
            _refuse_early(record, me, at)
            others = _marks_of_others(record)
            home = record_place(place)
            lock = QLockFile(str(home.with_name(f".{home.stem}.{me.number + 1}.lock")))
            lock.setStaleLockTime(0)  # held for as long as its process lives
            if not lock.tryLock(0):
                raise StudyError(_ELSEWHERE)
            self._sitting = record.begin(me.name, detail)
        except BaseException:
            record.close()
            raise
        self._base = time.monotonic_ns()
        self._record, self._lock = record, lock
        files = {case.id: case.file for case in record.cases}
        return OpenedStudy(record.study, me, files, others, at, home, drawn_marks(me, record.events(me.name)))

    def _log(self, kind: EventKind, step: int | None, clock: int, detail: Mapping[str, object]) -> int:
        from afloc_core.study.events import Event

        return self._require().log(self._sitting, Event(kind, step, clock, detail))

    def _beat(self, clock: int, last_input: int) -> None:
        self._require().beat(self._sitting, clock, last_input)

    def _require(self) -> StudyRecord:
        if self._record is None:
            raise StudyError("No study is open; open its file again.")
        return self._record

    def _close(self) -> None:
        from afloc_core.study.events import EventKind

        if self._record is not None:
            with suppress(AFLocError):  # what was kept is kept
                self._log(EventKind.END, None, self.clock, {})
            self._record.close()
            self._record = None
        if self._lock is not None:
            self._lock.unlock()


def mark_detail(mark: Mark) -> dict[str, Any]:
    """Return what the log says of a mark; neither who made it nor on which film."""
    from afloc_core.annotations.store.codec import shape_to_json

    return {
        "finding": mark.finding,
        "confidence": mark.confidence,
        "assisted": AI_ASSISTED in mark.extra,
        "shape": json.loads(shape_to_json(mark.shape)),
    }


def _refuse_early(record: StudyRecord, reader: StudyReader, at: Position) -> None:
    """Refuse a period that begins before the days between two of them are over.

    Raises
    ------
    StudyError
    """
    from afloc_core.study.events import EventKind

    study, steps = record.study, reader.steps
    if not study.washout_days or not 0 < at.step < len(steps) or steps[at.step].period == steps[at.step - 1].period:
        return
    ends = (EventKind.SUBMIT, EventKind.NEXT)
    last = max(event.at for event in record.events(reader.name) if event.kind in ends)
    begins = datetime.fromtimestamp(last / 1e6).astimezone() + timedelta(days=study.washout_days)
    if datetime.now().astimezone() < begins:
        raise StudyError(f"The next period of this study begins on {begins:%d %B %Y at %H:%M}; come back then.")


def _marks_of_others(record: StudyRecord) -> Others:
    """Read the marks that arms may show, by case, the readers named as the study allows."""
    import afloc_core.annotations.frames  # noqa: F401  (the window needs it at once, and it takes long to import)
    from afloc_core.study.cases import annotation_document, match_cases

    document = annotation_document(record.study, "others")
    if document is None:
        return {}
    hidden = record.study.hide_reader_names
    names = {
        name: f"Other reader {number}" if hidden else f"{name} (given)"
        for number, name in enumerate(document.readers, start=1)
    }
    renamed = replace(
        document,
        marks=tuple(replace(mark, reader=names[mark.reader]) for mark in document.marks),
        readings=tuple(replace(one, reader=names[one.reader]) for one in document.readings),
    )
    found = by_image(renamed)
    return {
        case: ((found.get(key, ImageMarks()), document.images[key]),)
        for key, case in match_cases(document, record.cases).items()
    }


def _ignore(_answer: object) -> None:
    """Nobody waits for this answer."""
