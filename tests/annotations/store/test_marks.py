"""Adding, changing and removing marks, alone and with somebody else at the same review."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import numpy as np
import pytest

from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import MarkConflictError, Review, open_review
from afloc_core.errors import MarkError, ReviewError
from tests.annotations.store.examples import BOX, FILM, MARKS


def test_every_shape_comes_back_as_it_was(review: Review) -> None:
    stored = review.marks(FILM) + review.marks("film-2")
    assert tuple(one.mark for one in stored) == MARKS


def test_a_mark_says_who_made_it_and_when(review: Review) -> None:
    before = datetime.now(UTC)
    stored = review.add(BOX, "Cleo")
    assert (stored.mark, stored.revision, stored.removed) == (BOX, 1, False)
    assert (stored.created_by, stored.changed_by, stored.mark.reader) == ("Cleo", "Cleo", "Ada")
    assert before - timedelta(seconds=1) <= stored.created == stored.changed <= datetime.now(UTC)
    assert stored.sequence == review.sequence
    assert review.mark(stored.id) == stored == review.marks(FILM)[-1]
    with pytest.raises(FrozenInstanceError):
        stored.revision = 5  # type: ignore[misc]


def test_a_change_keeps_id_and_maker_and_counts_the_revision(review: Review) -> None:
    stored = review.add(BOX, "Ada")
    moved = replace(BOX, shape=Box(0.1, 0.2, 3, 4), confidence=0.5, reader="Ben", comment="moved")
    changed = review.change(stored, moved, "Ben")
    assert (changed.id, changed.mark, changed.revision) == (stored.id, moved, 2)
    assert (changed.created_by, changed.changed_by) == ("Ada", "Ben")
    assert (changed.created, changed.changed >= stored.changed) == (stored.created, True)
    assert review.mark(stored.id) == changed


def test_a_removed_mark_is_kept_and_comes_back(review: Review) -> None:
    stored = review.marks(FILM)[0]
    removed = review.remove(stored, "Ben")
    assert removed.removed
    assert stored.id not in [one.id for one in review.marks(FILM)]
    assert removed in review.marks(FILM, removed=True)
    assert review.mark_counts() == {FILM: 2, "film-2": 1}
    restored = review.restore(removed, "Ada")
    assert (restored.removed, restored.mark, restored.revision) == (False, stored.mark, 3)
    assert review.mark_counts() == {FILM: 3, "film-2": 1}


def test_several_marks_are_one_action(review: Review) -> None:
    before = review.sequence
    added = review.add_all([BOX, replace(BOX, image="film-2")], "Ada")
    assert [one.mark.image for one in added] == [FILM, "film-2"]
    removed = review.remove_all(added, "Ada")
    assert all(one.removed for one in removed)
    assert review.sequence == before + 2
    assert review.add_all([], "Ada") == ()
    assert review.sequence == before + 2


def test_of_two_changes_of_one_mark_the_second_is_refused(review: Review, address: str) -> None:
    stored = review.marks(FILM)[0]
    with open_review(address) as other:
        seen = other.marks(FILM)[0]
        newer = other.change(seen, replace(seen.mark, comment="mine"), "Ben")
    with pytest.raises(MarkConflictError, match=r"Somebody else changed this mark .* newer one is shown") as caught:
        review.change(stored, replace(stored.mark, comment="yours"), "Ada")
    assert caught.value.newer == newer
    with pytest.raises(MarkConflictError):
        review.remove(stored, "Ada")
    assert review.mark(stored.id) == newer
    assert review.change(newer, replace(newer.mark, comment="both"), "Ada").mark.comment == "both"


def test_a_change_of_a_mark_that_was_removed_is_refused(review: Review, address: str) -> None:
    stored = review.marks(FILM)[0]
    with open_review(address) as other:
        other.remove(other.marks(FILM)[0], "Ben")
    with pytest.raises(MarkConflictError) as caught:
        review.change(stored, replace(stored.mark, comment="late"), "Ada")
    assert caught.value.newer.removed


def test_removing_several_marks_is_all_or_nothing(review: Review) -> None:
    first, second, *_ = review.marks(FILM)
    review.change(second, replace(second.mark, comment="newer"), "Ben")
    before = review.sequence
    with pytest.raises(MarkConflictError):
        review.remove_all([first, second], "Ada")
    assert review.mark(first.id) == first
    assert review.sequence == before


def test_different_marks_of_different_readers_both_land(review: Review, address: str) -> None:
    first, second, *_ = review.marks(FILM)
    with open_review(address) as other:
        other.change(second, replace(second.mark, comment="Ben's"), "Ben")
        review.change(first, replace(first.mark, comment="Ada's"), "Ada")
        assert [one.mark.comment for one in other.marks(FILM)[:2]] == ["Ada's", "Ben's"]


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        (replace(BOX, confidence=math.nan), "confidence of the mark is not a number"),
        (replace(BOX, comment="a\x00b"), "holds a character that cannot be kept"),
        (replace(BOX, finding="half \ud83d"), "holds a character that cannot be kept"),
        (replace(BOX, extra={"when": datetime(2020, 1, 1, tzinfo=UTC)}), "only JSON values can"),
    ],
)
def test_what_no_database_keeps_is_refused_and_nothing_is_logged(review: Review, mark: Mark, sentence: str) -> None:
    before = review.sequence
    with pytest.raises(MarkError, match=sentence):
        review.add(mark, "Ada")
    assert (review.sequence, len(review.marks(FILM))) == (before, 3)


def test_numbers_of_numpy_and_other_mappings_are_kept(review: Review) -> None:
    box = Box(np.float32(0.1), np.int64(2), np.float64(1 / 3), 4)  # type: ignore[arg-type]
    stored = review.add(replace(BOX, shape=box, extra=MappingProxyType({"n": np.int64(3), "m": (1, 2)})), "Ada")
    assert stored.mark.shape == Box(float(np.float32(0.1)), 2, 1 / 3, 4)
    assert stored.mark.extra == {"n": 3, "m": [1, 2]}


def test_marks_need_an_image_of_the_review_and_a_reader_with_a_name(review: Review) -> None:
    with pytest.raises(ReviewError, match="image is not part of this review"):
        review.add(replace(BOX, image="elsewhere"), "Ada")
    with pytest.raises(ReviewError, match="needs a name"):
        review.add(BOX, "")
    with pytest.raises(ReviewError, match="mark is not part of this review"):
        review.mark(10**6)
    with pytest.raises(ReviewError, match="cannot move to another image"):
        review.change(review.marks(FILM)[0], replace(BOX, image="film-2"), "Ada")
    assert review.marks("elsewhere") == ()
