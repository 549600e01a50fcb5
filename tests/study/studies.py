"""Study files and readers for tests: what a reader does is said in events, with a clock of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.study.events import Answer, Answers, Event, EventKind, answers_json
from afloc_core.study.replay import events_by_step, position
from tests.app.conftest import write_film

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from afloc_core.study.record import StudyRecord

SECOND = 1_000_000_000

STUDY = """
title = "Effusion with and without the map"
findings = ["effusion", "nodule"]
cases = ["films"]
seed = 7

[[arms]]
name = "unaided"

[[arms]]
name = "aided"
map = "shown"
"""


def write_study(folder: Path, text: str = STUDY, films: int = 3) -> Path:
    """Write a study file and its films, and return its place."""
    (folder / "films").mkdir(parents=True, exist_ok=True)
    for number in range(1, films + 1):
        if not (place := folder / "films" / f"Doe_Jane_{number}.png").exists():
            write_film(place, 60, 48)
    place = folder / "study.toml"
    place.write_text(text, encoding="utf-8")
    return place


class Reader:
    """A reader at a record, whose clock is set by hand."""

    def __init__(self, record: StudyRecord, name: str) -> None:
        self.record = record
        self.me = record.join(name)
        self.sitting = record.begin(self.me.name, {"program": "test"})
        self.clock = 0

    def log(self, kind: EventKind, step: int | None, after: float = 0.0, **detail: object) -> None:
        """Let time go by, in seconds, and keep an event."""
        self.clock += round(after * SECOND)
        self.record.log(self.sitting, Event(kind, step, self.clock, detail))

    def read(self, seconds: float, answer: Callable[[str, str, str], Answer]) -> None:
        """Read the next step: ``answer`` takes case, arm and finding."""
        at = position(self.record.study, self.me, self.record.events(self.me.name))
        step = self.me.steps[at.step]
        answers: Answers = dict(at.answers)
        self.log(EventKind.CASE, step.number, 0.5, answers=answers_json(answers), digest="d" * 64)
        for finding in self.record.study.findings:
            answers[finding] = given = answer(step.case, step.arm, finding)
            self.log(EventKind.ANSWER, step.number, finding=finding, present=given.present, confidence=given.confidence)
        self.log(EventKind.SUBMIT, step.number, seconds, answers=answers_json(answers))

    def events_of(self, step: int) -> list[Event]:
        """Return the events of a step."""
        return events_by_step(self.record.events(self.me.name))[step]
