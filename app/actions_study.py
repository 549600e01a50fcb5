"""The commands of reading studies, and the keys with which a case is answered."""

from __future__ import annotations

from dataclasses import dataclass

from afloc_core.study.events import LEAST_CONFIDENCE, MOST_CONFIDENCE
from app.command import Command, InStudy, Menu

STUDY: tuple[Command, ...] = (
    Command(
        "new-study",
        "New study…",
        (),
        Menu.FILE,
        "Make the file of a reading study: cases, findings, arms.",
        lambda c: c.studying.ask_new(),
        separated=True,
    ),
    Command(
        "study-results",
        "Study results…",
        (),
        Menu.FILE,
        "Sum up what was read in a study, and export it as CSV and JSON with a codebook.",
        lambda c: c.studying.ask_results(),
    ),
    Command(
        "pause-study",
        "Pause the study",
        ("Ctrl+P",),
        Menu.FILE,
        "While a study is read: cover the film, so that no time runs, or go on.",
        lambda c: c.studying.toggle_pause(),
        checkable=True,
        in_study=InStudy.ALWAYS,
    ),
)


@dataclass(frozen=True, slots=True)
class AnswerKeys:
    """Keys that work while a case is read, in place of what they do otherwise.

    Attributes
    ----------
    present, absent : str
    confidence : tuple of str
        From guessing to certain.
    submit : tuple of str
    """

    present: str = "S"
    absent: str = "N"
    confidence: tuple[str, ...] = tuple(str(sure) for sure in range(LEAST_CONFIDENCE, MOST_CONFIDENCE + 1))
    submit: tuple[str, ...] = ("Return", "Enter", "Ctrl+Return", "Ctrl+Enter")
    next_finding: str = "Down"
    previous_finding: str = "Up"


ANSWER_KEYS = AnswerKeys()
