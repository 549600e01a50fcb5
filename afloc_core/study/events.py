"""What happens in a reading study, as the record keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.study.plan import Step

LEAST_CONFIDENCE, MOST_CONFIDENCE = 1, 5


class EventKind(StrEnum):
    """Kinds of events; what their ``detail`` holds is said at each."""

    BEGIN = "begin"
    """A sitting begins: ``program``, ``model`` where it is loaded."""
    END = "end"
    """A sitting ends as it should; one without this was cut off."""
    CASE = "case"
    """The film of a step is on screen and its time runs: ``answers`` as they stand, ``digest`` of the film's pixels."""
    FAILED = "failed"
    """The film of a step could not be opened; the step has no answers."""
    ANSWER = "answer"
    """An answer was given or changed: ``finding``, ``present``, ``confidence``."""
    MARK = "mark"
    """A mark was drawn, changed or removed: ``id``, ``change``, and ``mark`` as it is now."""
    REVEAL = "reveal"
    """A map came on screen: ``finding``, ``phrase``, ``model``."""
    HIDE = "hide"
    """The reader hid the map."""
    SHOW = "show"
    """The reader brought the hidden map back."""
    PAUSE = "pause"
    """The film was covered on the reader's wish."""
    RESUME = "resume"
    """The reader goes on."""
    IDLE = "idle"
    """The reader came back after neither key nor mouse: ``from`` and ``to`` in nanoseconds of the sitting's clock."""
    SUBMIT = "submit"
    """The answers of a step hold: ``answers``, and ``view``: how film and map were seen then."""
    NEXT = "next"
    """The reader has looked at what was revealed after the answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of a finding.

    Attributes
    ----------
    present : bool or None
        None as long as nothing was said.
    confidence : int or None
        1 (guessing) to 5 (certain).
    """

    present: bool | None = None
    confidence: int | None = None

    @property
    def complete(self) -> bool:
        """Whether both are said."""
        return self.present is not None and self.confidence is not None


Answers = dict[str, Answer]
"""By finding."""


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log.

    Attributes
    ----------
    kind : EventKind
    step : int or None
        Number of the step in the reader's plan.
    clock : int
        Nanoseconds of a monotonic clock since the sitting began.
    detail : mapping
        JSON values.
    sequence : int
        Order in the record, from 1; 0 for one that is not kept yet.
    reader : str
    sitting : int
        From 1, in the order of all sittings of the record.
    at : int
        Microseconds since 1970, UTC, by the wall clock.
    """

    kind: EventKind
    step: int | None
    clock: int
    detail: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0
    reader: str = ""
    sitting: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True)
class Sitting:
    """One time that a reader sat down.

    Attributes
    ----------
    number : int
    reader : str
    began : int
        Microseconds since 1970, UTC.
    clock : int
        Nanoseconds since then by the monotonic clock, when last heard of.
    last_input : int
        Clock of the last key or movement of the mouse known then.
    ended : bool
        Whether it ended as it should.
    """

    number: int
    reader: str
    began: int
    clock: int
    last_input: int
    ended: bool


@dataclass(frozen=True, slots=True)
class StudyReader:
    """A reader with what is planned for them.

    Attributes
    ----------
    name : str
    number : int
        From 0, in the order of joining.
    steps : tuple of Step
    """

    name: str
    number: int
    steps: tuple[Step, ...]


def answers_json(answers: Answers) -> dict[str, list[object]]:
    """Return answers as JSON values."""
    return {finding: [answer.present, answer.confidence] for finding, answer in answers.items()}


def answers_of(value: Mapping[str, Any]) -> Answers:
    """Return what `answers_json` wrote."""
    return {finding: Answer(present, confidence) for finding, (present, confidence) in value.items()}
