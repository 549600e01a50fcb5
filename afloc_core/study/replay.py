"""From the log to where a reader is, what they answered, and how long it took. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from afloc_core.study.events import Answer, Answers, Event, EventKind, Sitting, answers_of
from afloc_core.study.study_file import Design, MapShown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from afloc_core.study.events import StudyReader
    from afloc_core.study.study_file import Study


Drawn = dict[tuple[str, int], dict[str, dict[str, Any]]]
"""Marks by case and period, then by id; each with the arm it was drawn or changed in last."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader is.

    Attributes
    ----------
    step : int
        Number of the step that is to be read or gone on with; the number of steps when all is read.
    answers : dict of finding to Answer
        As they stand for that step.
    submitted : bool
        Whether they hold already and only what was revealed after them is looked at.
    """

    step: int
    answers: Answers
    submitted: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """How long a step took, in nanoseconds; nothing counts while the program is closed.

    Attributes
    ----------
    reading : int
        From the film on screen to the answers, without pauses and idle time.
    idle, paused : int
    looking : int
        After the answers, at what was revealed then.
    sittings : int
        How many times the reader sat down to it.
    """

    reading: int = 0
    idle: int = 0
    paused: int = 0
    looking: int = 0
    sittings: int = 0


@dataclass(slots=True)
class _Span:
    """The time of one sitting at one step."""

    from_: int
    until: int
    answered: int | None = None
    pauses: list[tuple[int, int]] = field(default_factory=list)
    idle: list[tuple[int, int]] = field(default_factory=list)


def position(study: Study, reader: StudyReader, events: Sequence[Event]) -> Position:
    """Return where a reader goes on, by everything they did."""
    by_step = events_by_step(events)
    for step in reader.steps:
        done = by_step.get(step.number, ())
        if not is_done(study, step.arm, done):
            answers = answers_after(study, done) if done else carried(study, reader, step.number, by_step)
            return Position(step.number, answers, any(event.kind is EventKind.SUBMIT for event in done))
    return Position(len(reader.steps), {})


def events_by_step(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Return the events of each step, those of one reader given."""
    by_step: dict[int, list[Event]] = {}
    for event in events:
        if event.step is not None:
            by_step.setdefault(event.step, []).append(event)
    return by_step


def is_done(study: Study, arm: str, events: Iterable[Event]) -> bool:
    """Say whether a step is over, by its events."""
    kinds = {event.kind for event in events}
    if study.arm(arm).map is MapShown.AFTER_ANSWER:
        return EventKind.NEXT in kinds
    return bool(kinds & {EventKind.SUBMIT, EventKind.NEXT})


def answers_after(study: Study, events: Iterable[Event]) -> Answers:
    """Return the answers of a step after its events."""
    answers = {finding: Answer() for finding in study.findings}
    for event in events:
        if event.kind in (EventKind.CASE, EventKind.SUBMIT):
            answers |= answers_of(event.detail["answers"])
        elif event.kind is EventKind.ANSWER:
            answers[event.detail["finding"]] = Answer(event.detail["present"], event.detail["confidence"])
    return answers


def carried(study: Study, reader: StudyReader, step: int, by_step: Mapping[int, Sequence[Event]]) -> Answers:
    """Return the answers with which a step begins: those of the arm before, where the design is sequential."""
    if study.design is Design.SEQUENTIAL and step and reader.steps[step - 1].case == reader.steps[step].case:
        return answers_after(study, by_step.get(step - 1, ()))
    return {finding: Answer() for finding in study.findings}


def drawn_marks(reader: StudyReader, events: Iterable[Event]) -> Drawn:
    """Return the marks of a reader as they were logged last, by case and period, then by id."""
    drawn: Drawn = {}
    for event in events:
        if event.kind is EventKind.MARK and event.step is not None:
            step = reader.steps[event.step]
            take_mark(drawn.setdefault((step.case, step.period), {}), step.arm, event)
    return drawn


def take_mark(drawn: dict[str, dict[str, Any]], arm: str, event: Event) -> None:
    """Take an event that says what became of a mark."""
    number, mark = str(event.detail["id"]), event.detail.get("mark")
    if mark is None:
        drawn.pop(number, None)
    else:
        drawn[number] = {"arm": arm, **mark}


def times(events: Sequence[Event], sittings: Mapping[int, Sitting], idle_after: int) -> Times:
    """Return how long a step took.

    Parameters
    ----------
    events : sequence of Event
        Those of the step, in order.
    sittings : dict of number to Sitting
    idle_after : int
        Nanoseconds without input after which a reader who was cut off counts as idle.
    """
    spans = [span for number in _sittings_of(events) if (span := _span(events, sittings[number], idle_after))]
    reading = idle = paused = looking = 0
    for span in spans:
        end = span.until if span.answered is None else span.answered
        pauses = _cut(span.pauses, span.from_, end)
        idles = [part for one in _cut(span.idle, span.from_, end) for part in _without(one, pauses)]
        paused += _sum(_cut(span.pauses, span.from_, span.until))
        idle += _sum(idles)
        reading += end - span.from_ - _sum(pauses) - _sum(idles)
        looking += span.until - end - _sum(_cut(span.pauses, end, span.until))
    return Times(reading, idle, paused, looking, len(spans))


def _sittings_of(events: Iterable[Event]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(event.sitting for event in events))


def _span(events: Sequence[Event], sitting: Sitting, idle_after: int) -> _Span | None:
    """Return one sitting's time at a step, None if the film was not on screen in it."""
    mine = [event for event in events if event.sitting == sitting.number]
    first = next((event for event in mine if event.kind is EventKind.CASE), None)
    if first is None:
        return None
    submitted_before = any(event.kind is EventKind.SUBMIT and event.sitting < sitting.number for event in events)
    span = _Span(first.clock, sitting.clock, first.clock if submitted_before else None)
    paused_at: int | None = None
    closed = False
    for event in mine:
        if event.kind is EventKind.PAUSE:
            paused_at = event.clock
        elif event.kind is EventKind.RESUME and paused_at is not None:
            span.pauses.append((paused_at, event.clock))
            paused_at = None
        elif event.kind is EventKind.IDLE:
            span.idle.append((event.detail["from"], event.detail["to"]))
        elif event.kind is EventKind.SUBMIT:
            span.answered = event.clock
            span.until, closed = event.clock, True
        elif event.kind is EventKind.NEXT:
            span.until, closed = event.clock, True
    _cut_off(span, mine, sitting, idle_after, paused_at, closed=closed)
    return span


def _cut_off(
    span: _Span, mine: Sequence[Event], sitting: Sitting, idle_after: int, paused_at: int | None, *, closed: bool
) -> None:
    """Count what a sitting that ended within a step had not told yet."""
    if closed and mine[-1].kind in (EventKind.SUBMIT, EventKind.NEXT):
        return
    span.until = max(sitting.clock, mine[-1].clock)
    last_input = max(sitting.last_input, *(event.clock for event in mine))
    if paused_at is not None:
        span.pauses.append((paused_at, span.until))
    elif span.until - last_input > idle_after:
        span.idle.append((last_input, span.until))


def _cut(parts: Iterable[tuple[int, int]], low: int, high: int) -> list[tuple[int, int]]:
    cut = [(max(a, low), min(b, high)) for a, b in parts]
    return [(a, b) for a, b in cut if b > a]


def _without(part: tuple[int, int], others: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what of a part lies in none of the others."""
    left = [part]
    for low, high in others:
        left = [piece for a, b in left for piece in ((a, min(b, low)), (max(a, high), b)) if piece[1] > piece[0]]
    return left


def _sum(parts: Iterable[tuple[int, int]]) -> int:
    return sum(b - a for a, b in parts)
