"""When a review is made for what is on screen, and when one is on its way already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from afloc_core.annotations.marks import Document
from app.marks_saving import MarksSaving
from app.models.review_book import ReadMarks, ReviewBook
from app.services.open_reviews import OpenReviews
from app.services.opened_review import OpenedReview

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Missed = Callable[[str], None]


class View:
    """A view that is never saved."""

    on = True

    def save_now(self) -> None:
        """Save nothing."""


@dataclass
class Keeping:
    """Answers what it is asked when the test says so."""

    address: str = ""
    asked: list[str] = field(default_factory=list)
    saved: dict[str, Callable[[OpenedReview], None]] = field(default_factory=dict)
    missed: dict[str, Missed] = field(default_factory=dict)

    def open(self, _place: str, done: Callable[[OpenedReview], None], missed: Missed, *, create: bool) -> None:
        assert create
        self._ask("make", done, missed)

    def save_as(
        self, _place: Path, _waiting: object, _files: object, done: Callable[[OpenedReview], None], missed: Missed
    ) -> None:
        self._ask("save as", done, missed)

    def add_document(self, *_: object) -> None:
        self.asked.append("add")

    def discard_if_worthless(self, _is_unnamed: object) -> None:
        """Discard nothing."""

    def keep_files(self, _files: object) -> None:
        """Keep nothing."""

    def _ask(self, what: str, done: Callable[[OpenedReview], None], missed: Missed) -> None:
        self.asked.append(what)
        self.saved[what], self.missed[what] = done, missed


def read(name: str) -> ReadMarks:
    return ReadMarks(Path(name), Document("native", {}, ()), {}, ())


@pytest.fixture
def keeping() -> Keeping:
    """Return a review that nobody has made yet."""
    return Keeping()


@pytest.fixture
def saving(keeping: Keeping, tmp_path: Path, qtbot: QtBot) -> MarksSaving:
    """Return what is tested, over it."""
    return MarksSaving(ReviewBook(), cast(Any, keeping), OpenReviews(tmp_path), cast(Any, View()))


def test_no_review_is_made_while_one_is_being_saved_under_a_name(saving: MarksSaving, keeping: Keeping) -> None:
    saving.add(read("a.json"))
    saving.save_as(Path("mine.afreview"))
    keeping.missed["make"]("The disk is full.")
    saving.add(read("b.json"))
    assert keeping.asked == ["make", "add", "save as", "add"], "what is opened now goes into the named one"
    keeping.missed["save as"]("The disk is full.")
    saving.add(read("c.json"))
    assert keeping.asked[4] == "make", "nothing is on its way any more"


def test_what_could_not_be_saved_is_told_with_what_could(saving: MarksSaving, keeping: Keeping, qtbot: QtBot) -> None:
    saving.save_as(Path("mine.afreview"))
    with qtbot.waitSignal(saving.failed) as failed:
        keeping.saved["save as"](OpenedReview("mine.afreview", refusal="This was refused."))
    assert failed.args == ["This was refused. The rest is kept in this file now."]
