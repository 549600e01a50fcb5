"""What is on every image, counted, and who is done with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from afloc_core.annotations.marks import MarkedImage
from afloc_core.annotations.store import ActionKind, ReviewImage, open_review
from afloc_core.errors import ReviewError
from tests.annotations.store.examples import BOX, FILM

if TYPE_CHECKING:
    from afloc_core.annotations.store import Review


def test_marks_are_counted_by_image_reader_and_finding(review: Review) -> None:
    review.add(BOX, "Ada")
    review.remove(review.marks("film-2")[0], "Ben")
    found = review.tally()
    assert set(found.marked) == {
        (FILM, "Ada", "effusion", 2),
        (FILM, "Ada", "nodule", 1),
        (FILM, "Ben", "mass", 1),
    }
    assert set(found.looked) == {("film-2", "Ada", ""), ("film-2", "Ada", "mass")}
    assert found.files == {}


def test_files_of_images_are_told(review: Review) -> None:
    review.add_images([ReviewImage(MarkedImage(FILM), Path("/films/one.dcm"))], "Ada")
    assert review.tally().files == {FILM: Path("/films/one.dcm")}


def test_each_reader_is_done_with_an_image_or_not(review: Review, address: str) -> None:
    review.set_done(FILM, True, "Ada")
    review.set_done(FILM, True, "Ben")
    review.set_done(FILM, False, "Ben")
    with open_review(address, create=False) as other:
        assert other.tally().done == {(FILM, "Ada")}


def test_being_done_is_in_the_log_once(review: Review) -> None:
    before = review.sequence
    review.set_done(FILM, True, "Ada")
    review.set_done(FILM, True, "Ada")
    (action,) = review.changes_since(before)
    assert (action.kind, action.by, action.images) == (ActionKind.DONE, "Ada", (FILM,))
    assert action.detail["done"] is True


def test_being_done_is_no_step_that_undo_takes_back(review: Review) -> None:
    stored = review.add(BOX, "Ada")
    review.set_done(FILM, True, "Ada")
    assert [mark.id for mark in review.undo("Ada")] == [stored.id]
    assert review.tally().done == {(FILM, "Ada")}


def test_nobody_is_done_with_an_image_that_is_not_there(review: Review) -> None:
    with pytest.raises(ReviewError, match="not part of this review"):
        review.set_done("film-9", True, "Ada")
