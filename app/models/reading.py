"""Where the reader of a study is: which case, in which arm, and what is answered so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from afloc_core.study.events import Answer
from afloc_core.study.study_file import MapShown, MarksShown

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.annotations.marks import MarkedImage
    from afloc_core.study.events import Answers, StudyReader
    from afloc_core.study.plan import Step
    from afloc_core.study.replay import Drawn, Position
    from afloc_core.study.study_file import Arm, Study
    from app.models.review_book import ImageMarks


class Stage(Enum):
    """What the reader is doing."""

    WELCOME = "welcome"
    """Reads what is to be done; no time runs."""
    OPENING = "opening"
    READING = "reading"
    LOOKING = "looking"
    """At the map that was revealed after the answers."""
    UNREADABLE = "unreadable"
    """The film of the case cannot be opened."""
    BETWEEN = "between"
    """Has read a period; the next one begins after the days between two of them."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class OpenedStudy:
    """A study that was opened for a reader.

    Attributes
    ----------
    study : Study
    reader : StudyReader
    files : dict of case id to Path
    others : dict of case id to tuple of (ImageMarks, MarkedImage)
        Marks of other readers that arms may show, in the pixels that their file gives.
    position : Position
        Where the reader goes on.
    record : Path
        Where the record is.
    drawn : dict of (case id, period) to dict of id to mark
        What the reader drew until now, as it was logged.
    """

    study: Study
    reader: StudyReader
    files: dict[str, Path]
    others: dict[str, tuple[tuple[ImageMarks, MarkedImage], ...]]
    position: Position
    record: Path
    drawn: Drawn = field(default_factory=dict)

    def marks_place(self, period: int) -> Path:
        """Return where the marks are kept that the reader draws in a period."""
        return self.record.with_name(f"{self.record.stem}-R{self.reader.number + 1}-{period}.afreview")


class Reading(QObject):
    """The reader's way through a study; ``changed`` after each change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opened: OpenedStudy | None = None
        self._number = 0
        self._stage = Stage.WELCOME
        self._paused = False
        self._answers: Answers = {}
        self._finding = ""
        self._note = ""
        self._revealed: set[str] = set()
        self._sent: set[str] = set()

    @property
    def opened(self) -> OpenedStudy | None:
        """The study; None until it is opened."""
        return self._opened

    @property
    def study(self) -> Study:
        """The study, once it is opened."""
        assert self._opened is not None
        return self._opened.study

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the reader reads."""
        return () if self._opened is None else self._opened.reader.steps

    @property
    def step(self) -> Step:
        """What is read now."""
        return self.steps[self._number]

    @property
    def arm(self) -> Arm:
        """The arm that it is read in."""
        return self.study.arm(self.step.arm)

    @property
    def stage(self) -> Stage:
        """What the reader is doing."""
        return self._stage

    @property
    def paused(self) -> bool:
        """Whether the film is covered on the reader's wish."""
        return self._paused

    @property
    def answers(self) -> Answers:
        """By finding, as they stand."""
        return dict(self._answers)

    @property
    def finding(self) -> str:
        """The finding that keys answer now."""
        return self._finding

    @property
    def note(self) -> str:
        """What the reader has to do first; empty for nothing."""
        return self._note

    @property
    def map_shown(self) -> bool:
        """Whether the reader may see the map now."""
        if self._paused:
            return False
        shown = self.arm.map if self._stage in (Stage.READING, Stage.LOOKING) else MapShown.HIDDEN
        return shown is MapShown.SHOWN or (shown is MapShown.AFTER_ANSWER and self._stage is Stage.LOOKING)

    @property
    def marks_shown(self) -> bool:
        """Whether the reader may see the marks of others now."""
        reading = self._stage in (Stage.READING, Stage.LOOKING) and not self._paused
        return reading and self.arm.marks is MarksShown.SHOWN

    @property
    def unanswered(self) -> str:
        """The first finding whose answer is not complete; empty when all are."""
        return next((finding for finding in self.study.findings if not self._answers[finding].complete), "")

    @property
    def seen(self) -> bool:
        """Whether the map of the chosen finding was on screen in this reading."""
        return self._was_seen(self._finding)

    @property
    def unseen(self) -> str:
        """The next finding whose map was not on screen in this reading; empty when none is left to be looked at."""
        if not self.map_shown:
            return ""
        findings = self.study.findings
        here = findings.index(self._finding)
        others = findings[here + 1 :] + findings[:here]
        return next((one for one in others if one not in self._sent and not self._was_seen(one)), "")

    @property
    def case_place(self) -> tuple[int, int, int]:
        """Which case of the period this is, of how many, and the period."""
        now = self.step
        cases = list(dict.fromkeys(step.case for step in self.steps if step.period == now.period))
        return cases.index(now.case) + 1, len(cases), now.period

    def take(self, opened: OpenedStudy) -> None:
        """Begin with a study where its reader left it."""
        self._opened = opened
        last = len(self.steps) - 1
        self._number = min(opened.position.step, last)
        self._answers = dict(opened.position.answers)
        self._stage = Stage.WELCOME if opened.position.step <= last else Stage.DONE
        self._choose_open()
        self.changed.emit()

    def begin(self, stage: Stage) -> None:
        """Go to another stage of the same step."""
        self._stage, self._note = stage, ""
        self._revealed, self._sent = set(), set()
        if stage in (Stage.READING, Stage.LOOKING):
            self._choose_open()
        self.changed.emit()

    def reveal(self, phrase: str) -> None:
        """Take it that the map of a phrase came on screen."""
        self._revealed.add(_collapsed(phrase))

    def send(self, finding: str) -> None:
        """Have the reader look at the map of a finding, once: a map that cannot be made holds nobody up."""
        self._sent.add(finding)
        self.choose(finding)

    def advance(self, answers: Answers, *, same_case: bool) -> None:
        """Go to the next step with the answers it begins with, or to the end, of the study or of a period."""
        period = self.step.period
        self._number += 1
        self._answers, self._note = dict(answers), ""
        if self._number >= len(self.steps):
            self._number, self._stage = len(self.steps) - 1, Stage.DONE
        elif self.step.period != period and self.study.washout_days:
            self._stage = Stage.BETWEEN
        else:
            self._stage = Stage.READING if same_case else Stage.OPENING
        self._choose_open()
        self.changed.emit()

    def answer(self, finding: str, answer: Answer) -> None:
        """Take an answer that was kept; the next unanswered finding is answered next."""
        self._answers[finding] = answer
        self._note = ""
        if answer.complete and finding == self._finding and self.unanswered:
            self._finding = self.unanswered
        self.changed.emit()

    def choose(self, finding: str) -> None:
        """Have keys answer another finding."""
        if finding in self._answers and finding != self._finding:
            self._finding, self._note = finding, ""
            self.changed.emit()

    def pause(self, paused: bool) -> None:
        """Cover the film, or go on."""
        if paused != self._paused:
            self._paused = paused
            self.changed.emit()

    def say(self, note: str) -> None:
        """Say what the reader has to do first."""
        self._note = note
        self.changed.emit()

    def with_answer(self, *, present: bool | None = None, confidence: int | None = None) -> Answer:
        """Return the answer of the chosen finding with one part changed."""
        known = self._answers[self._finding]
        return Answer(
            known.present if present is None else present, known.confidence if confidence is None else confidence
        )

    def _was_seen(self, finding: str) -> bool:
        return _collapsed(self.study.phrase(finding)) in self._revealed

    def _choose_open(self) -> None:
        findings = self.study.findings
        self._finding = next((one for one in findings if not self._answers.get(one, Answer()).complete), findings[0])


def _collapsed(phrase: str) -> str:
    return " ".join(phrase.split())
