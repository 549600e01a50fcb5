"""What was read, as rows for tables, each column with its meaning and unit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from afloc_core.study.events import EventKind
from afloc_core.study.replay import answers_after, events_by_step, is_done, take_mark, times

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from afloc_core.study.events import Answer, Event, Sitting, StudyReader
    from afloc_core.study.plan import Step
    from afloc_core.study.record import StudyRecord
    from afloc_core.study.study_file import Study

Truth = dict[str, dict[str, bool | None]]
_SECOND = 1e9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _column(means: str, unit: str = "") -> Any:  # noqa: ANN401  (a dataclass field, whatever its type)
    return field(metadata={"means": means, "unit": unit})


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One case read in one arm by one reader."""

    reader: str = _column("Code of the reader by the order of joining, P1 for who joined first; not the name given.")
    order: int = _column("Place of this reading among those of the reader, in the order of reading.", "from 1")
    period: int = _column("Period of a crossover that repeats; 1 otherwise.", "from 1")
    case: str = _column("Id of the case; no file name.")
    arm: str = _column("Name of the arm.")
    status: str = _column("done; unfinished (begun, answers do not hold yet); failed (the film could not be opened).")
    reading_s: float = _column("From the film on screen to the answers, without pauses, idle and closed time.", "s")
    idle_s: float = _column("Time without key or mouse, where that was longer than idle_seconds of the study.", "s")
    paused_s: float = _column("Time in which the reader had the film covered.", "s")
    looking_s: float = _column("After the answers, at the map that was revealed then; without pauses.", "s")
    sittings: int = _column("How many times the program was opened for this reading.", "count")
    answers_changed: int = _column("How often an answer that was complete already was changed.", "count")
    reveals: int = _column("How many times a map came on screen.", "count")
    marks: int = _column("Marks of the reader on the film when the answers held.", "count")
    began: str = _column("When the film came on screen first, by the wall clock.", "UTC, ISO 8601")
    ended: str = _column("When the answers held; empty if they do not.", "UTC, ISO 8601")
    film_digest: str = _column("SHA-256 of the film's pixels as they were shown.")


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What one reader said of one finding of one case in one arm."""

    reader: str = _column("Code of the reader by the order of joining, P1 for who joined first; not the name given.")
    order: int = _column("Place of the reading among those of the reader, in the order of reading.", "from 1")
    period: int = _column("Period of a crossover that repeats; 1 otherwise.", "from 1")
    case: str = _column("Id of the case; no file name.")
    arm: str = _column("Name of the arm.")
    finding: str = _column("The finding that was asked for.")
    present: int | None = _column("Whether the reader says it is there: 1 present, 0 absent, empty not answered.")
    confidence: int | None = _column("How sure the reader is, 1 (guessing) to 5 (certain).")
    rating: int | None = _column(
        "Both in one number: 1 (certainly absent) to 5 (absent, guessing), 6 (present, guessing) to 10 (certainly "
        "present); for ROC curves."
    )
    reference: int | None = _column("What the reference standard says: 1 present, 0 absent, empty unknown.")
    correct: int | None = _column("1 where present equals reference, 0 where not, empty where one is empty.")
    reading_s: float = _column("Reading time of the case in this arm, the same for all its findings.", "s")
    map_seen: int = _column(
        "1 where the map of this finding came on screen in this reading before its answers held, else 0."
    )
    status: str = _column("Status of the reading, see the table readings.")


@dataclass(frozen=True, slots=True)
class MarkRow:
    """What one reader drew, as it was when the answers of a reading held; what came after is in the log alone."""

    reader: str = _column("Code of the reader by the order of joining, P1 for who joined first; not the name given.")
    order: int = _column("Place of the reading among those of the reader, in the order of reading.", "from 1")
    period: int = _column("Period of a crossover that repeats; 1 otherwise.", "from 1")
    case: str = _column("Id of the case; no file name.")
    arm: str = _column("Name of the arm of the reading; a mark that is left as it is has a row in each arm after.")
    changed_in: str = _column("Name of the arm in which the mark was drawn or changed last.")
    mark: str = _column("Number of the mark in the reader's marks.")
    finding: str = _column("The finding that the mark names.")
    confidence: float | None = _column("As given for the mark.", "0 to 1")
    assisted: int = _column("1 where the mark began as a region of the model's map, else 0.")
    shape: str = _column("JSON: kind (box, polygon, points, mask) and its numbers.", "image pixels")


@dataclass(frozen=True, slots=True)
class EventRow:
    """One entry of the log."""

    event: int = _column("Number in the log; the order in which events were kept.", "from 1")
    reader: str = _column("Code of the reader by the order of joining, P1 for who joined first; not the name given.")
    sitting: int = _column("Number of the sitting; each opening of the study is one.", "from 1")
    order: int | None = _column("Place of the reading among those of the reader; empty outside of one.", "from 1")
    case: str = _column("Id of the case; empty outside of a reading.")
    arm: str = _column("Name of the arm; empty outside of a reading.")
    kind: str = _column(
        "begin, end (of a sitting); case (film on screen); failed (film not opened); answer; mark; reveal (map on "
        "screen); hide, show (the reader hid the map, or brought it back); pause, resume; idle; submit (answers hold); "
        "next."
    )
    at: str = _column("When, by the wall clock.", "UTC, ISO 8601")
    clock_s: float = _column("When, by a monotonic clock that begins with the sitting.", "s")
    detail: str = _column("JSON: what belongs to this kind of event.")


@dataclass(frozen=True, slots=True)
class Results:
    """All tables of a study.

    Attributes
    ----------
    readings : tuple of ReadingRow
    answers : tuple of AnswerRow
    marks : tuple of MarkRow
    events : tuple of EventRow
    """

    readings: tuple[ReadingRow, ...]
    answers: tuple[AnswerRow, ...]
    marks: tuple[MarkRow, ...]
    events: tuple[EventRow, ...]


TABLES: dict[str, type] = {"readings": ReadingRow, "answers": AnswerRow, "marks": MarkRow, "events": EventRow}


def reader_codes(readers: Iterable[StudyReader]) -> dict[str, str]:
    """Return the code of each reader by name: P as in participant, because names are often R1, R2 and so on."""
    return {reader.name: f"P{reader.number + 1}" for reader in readers}


def results(record: StudyRecord, truth: Truth) -> Results:
    """Make the tables of a study.

    Parameters
    ----------
    record : StudyRecord
    truth : dict
        What the reference standard says, see `cases.reference_truth`.
    """
    readers = record.readers
    codes = reader_codes(readers)
    sittings = {sitting.number: sitting for sitting in record.sittings}
    everything = record.events()
    readings: list[ReadingRow] = []
    answers: list[AnswerRow] = []
    marks: list[MarkRow] = []
    for reader in readers:
        by_step = events_by_step(event for event in everything if event.reader == reader.name)
        kept: dict[tuple[str, int], dict[str, Any]] = {}
        for step in reader.steps:
            if not (events := by_step.get(step.number)):
                continue
            drawn = kept.setdefault((step.case, step.period), {})
            held = _draw(drawn, step.arm, events)
            row = _reading_row(record.study, codes[reader.name], step, events, sittings, len(held))
            readings.append(row)
            marks += _mark_rows(row, held)
            given = answers_after(record.study, events)
            seen = _maps_seen(record.study, events)
            answers += [
                _answer_row(row, name, given[name], truth[step.case][name], seen=name in seen)
                for name in record.study.findings
            ]
    steps = {(reader.name, step.number): step for reader in readers for step in reader.steps}
    log = tuple(_event_row(event, codes, steps) for event in everything)
    return Results(tuple(readings), tuple(answers), tuple(marks), log)


def codebook() -> list[dict[str, str]]:
    """Return what every column of every table means: ``table``, ``column``, ``meaning``, ``unit``."""
    return [
        {"table": table, "column": one.name, "meaning": one.metadata["means"], "unit": one.metadata["unit"]}
        for table, kind in TABLES.items()
        for one in fields(kind)
    ]


def _reading_row(
    study: Study, code: str, step: Step, events: Sequence[Event], sittings: Mapping[int, Sitting], marks: int
) -> ReadingRow:
    spent = times(events, sittings, round(study.idle_seconds * _SECOND))
    kinds = [event.kind for event in events]
    shown = [event for event in events if event.kind is EventKind.CASE]
    submitted = [event for event in events if event.kind is EventKind.SUBMIT]
    failed = EventKind.FAILED in kinds and not submitted
    done = is_done(study, step.arm, events)
    return ReadingRow(
        reader=code,
        order=step.number + 1,
        period=step.period,
        case=step.case,
        arm=step.arm,
        status="failed" if failed else "done" if done else "unfinished",
        reading_s=_seconds(spent.reading),
        idle_s=_seconds(spent.idle),
        paused_s=_seconds(spent.paused),
        looking_s=_seconds(spent.looking),
        sittings=spent.sittings,
        answers_changed=_changes(events),
        reveals=kinds.count(EventKind.REVEAL),
        marks=marks,
        began=_wall(shown[0].at) if shown else "",
        ended=_wall(submitted[0].at) if submitted else "",
        film_digest=str(shown[0].detail.get("digest", "")) if shown else "",
    )


def _answer_row(row: ReadingRow, finding: str, answer: Answer, truth: bool | None, *, seen: bool) -> AnswerRow:
    said = answer.present
    return AnswerRow(
        reader=row.reader,
        order=row.order,
        period=row.period,
        case=row.case,
        arm=row.arm,
        finding=finding,
        present=None if said is None else int(said),
        confidence=answer.confidence,
        rating=rating(answer),
        reference=None if truth is None else int(truth),
        correct=None if said is None or truth is None else int(said == truth),
        reading_s=row.reading_s,
        map_seen=int(seen),
        status=row.status,
    )


def rating(answer: Answer) -> int | None:
    """Return an answer as one number from 1 (certainly absent) to 10 (certainly present)."""
    if answer.present is None or answer.confidence is None:
        return None
    return 5 + answer.confidence if answer.present else 6 - answer.confidence


def _maps_seen(study: Study, events: Iterable[Event]) -> frozenset[str]:
    """Return the findings whose map came on screen before the answers held; two may share a phrase."""
    before = takewhile(lambda event: event.kind is not EventKind.SUBMIT, events)
    phrases = {" ".join(str(event.detail["phrase"]).split()) for event in before if event.kind is EventKind.REVEAL}
    return frozenset(finding for finding in study.findings if " ".join(study.phrase(finding).split()) in phrases)


def _changes(events: Iterable[Event]) -> int:
    """Count the answers that changed one which was complete."""
    known: dict[str, tuple[object, object]] = {}
    count = 0
    for event in events:
        if event.kind is EventKind.CASE:
            known = {finding: (present, sure) for finding, (present, sure) in event.detail["answers"].items()}
        elif event.kind is EventKind.ANSWER:
            finding = event.detail["finding"]
            count += None not in known.get(finding, (None, None))
            known[finding] = (event.detail["present"], event.detail["confidence"])
    return count


def _draw(drawn: dict[str, Any], arm: str, events: Iterable[Event]) -> dict[str, Any]:
    """Draw what was drawn in a reading, and return how it was when its answers held, or is if they do not yet."""
    held: dict[str, Any] | None = None
    for event in events:
        if event.kind is EventKind.MARK:
            take_mark(drawn, arm, event)
        elif event.kind is EventKind.SUBMIT and held is None:
            held = dict(drawn)
    return dict(drawn) if held is None else held


def _mark_rows(row: ReadingRow, drawn: Mapping[str, Any]) -> list[MarkRow]:
    return [
        MarkRow(
            row.reader,
            row.order,
            row.period,
            row.case,
            row.arm,
            one["arm"],
            number,
            one["finding"],
            one["confidence"],
            int(one["assisted"]),
            json.dumps(one["shape"]),
        )
        for number, one in drawn.items()
    ]


def _event_row(event: Event, codes: Mapping[str, str], steps: Mapping[tuple[str, int], Step]) -> EventRow:
    step = None if event.step is None else steps.get((event.reader, event.step))
    return EventRow(
        event=event.sequence,
        reader=codes[event.reader],
        sitting=event.sitting,
        order=None if step is None else step.number + 1,
        case="" if step is None else step.case,
        arm="" if step is None else step.arm,
        kind=event.kind.value,
        at=_wall(event.at),
        clock_s=_seconds(event.clock),
        detail=json.dumps(dict(event.detail), ensure_ascii=False),
    )


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / _SECOND, 3)


def _wall(microseconds: int) -> str:
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="milliseconds")
