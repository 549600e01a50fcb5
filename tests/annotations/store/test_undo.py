"""Undo and redo of marks, from the log alone, with several readers and after reopening."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afloc_core.annotations.store import ActionKind, MarkConflictError, Review, history, open_review
from tests.annotations.store.examples import BOX, FILM, document

if TYPE_CHECKING:
    from collections.abc import Sequence


def _comments(review: Review) -> list[str]:
    return [one.mark.comment for one in review.marks(FILM)[3:]]


def test_undo_and_redo_walk_the_whole_history(review: Review) -> None:
    stored = review.add(replace(BOX, comment="one"), "Ada")
    changed = review.change(stored, replace(BOX, comment="two"), "Ada")
    review.remove(changed, "Ada")
    seen = []
    while review.undo("Ada"):
        seen.append(_comments(review))
    assert seen == [["two"], ["one"], []]
    assert review.redo("Ada")[0].mark.comment == "one"
    assert review.redo("Ada")[0].mark.comment == "two"
    assert review.redo("Ada")[0].removed
    assert review.redo("Ada") == ()
    assert len(review.marks(FILM, removed=True)) == 4


def test_reopening_restores_the_history(address: str) -> None:
    with open_review(address) as review:
        review.add_document(document(), "Ada")
        stored = review.add(replace(BOX, comment="one"), "Ada")
        review.change(stored, replace(BOX, comment="two"), "Ada")
        review.undo("Ada")
    with open_review(address) as review:
        assert _comments(review) == ["one"]
        redo, undo = review.next_redo("Ada"), review.next_undo("Ada")
        assert redo is not None
        assert undo is not None
        assert (redo.kind, undo.kind) == (ActionKind.CHANGE, ActionKind.ADD)
        review.redo("Ada")
        assert _comments(review) == ["two"]
    with open_review(address) as review:
        review.undo("Ada")
        review.undo("Ada")
        assert _comments(review) == []
        assert review.next_undo("Ada") is None


def test_a_new_action_ends_redo(review: Review) -> None:
    review.add(replace(BOX, comment="one"), "Ada")
    review.undo("Ada")
    review.add(replace(BOX, comment="two"), "Ada")
    assert review.next_redo("Ada") is None
    assert review.redo("Ada") == ()
    assert _comments(review) == ["two"]


def test_each_reader_undoes_their_own(review: Review) -> None:
    review.add(replace(BOX, comment="Ada's"), "Ada")
    review.add(replace(BOX, comment="Ben's"), "Ben")
    review.undo("Ada")
    assert _comments(review) == ["Ben's"]
    assert review.undo("Ada") == ()
    assert review.undo("nobody yet") == ()
    review.undo("Ben")
    assert _comments(review) == []


def test_undo_of_several_marks_takes_all_back(review: Review) -> None:
    review.add_all([replace(BOX, comment=str(i)) for i in range(3)], "Ada")
    assert len(review.undo("Ada")) == 3
    assert _comments(review) == []
    review.redo("Ada")
    assert _comments(review) == ["0", "1", "2"]


def test_undo_never_overwrites_somebody_elses_change(review: Review) -> None:
    older = review.add(replace(BOX, comment="older"), "Ada")
    stored = review.add(replace(BOX, comment="mine"), "Ada")
    newer = review.change(stored, replace(BOX, comment="Ben's"), "Ben")
    with pytest.raises(MarkConflictError, match="Somebody else changed this mark after that step") as caught:
        review.undo("Ada")
    assert caught.value.newer == newer == review.mark(stored.id)
    assert review.undo("Ada")[0].id == older.id
    assert _comments(review) == ["Ben's"]


def test_undo_works_again_when_the_other_has_undone_too(review: Review) -> None:
    stored = review.add(replace(BOX, comment="mine"), "Ada")
    review.change(stored, replace(BOX, comment="Ben's"), "Ben")
    review.undo("Ben")
    assert review.undo("Ada")[0].removed


def test_redo_never_overwrites_somebody_elses_change(review: Review) -> None:
    stored = review.add(replace(BOX, comment="mine"), "Ada")
    back = review.undo("Ada")[0]
    restored = review.restore(back, "Ben")
    with pytest.raises(MarkConflictError):
        review.redo("Ada")
    assert review.mark(stored.id) == restored
    assert review.next_redo("Ada") is None


def test_undo_is_an_action_of_the_log(review: Review) -> None:
    review.add(BOX, "Ada")
    added = review.sequence
    review.undo("Ada")
    undone = review.changes_since(added)
    assert [(action.kind, action.target) for action in undone] == [(ActionKind.UNDO, added)]
    assert undone[0].images == (FILM,)


def test_an_import_is_not_undone(review: Review) -> None:
    assert review.next_undo("Ada") is None
    assert review.undo("Ada") == ()
    assert len(review.marks(FILM)) == 3


@given(st.lists(st.sampled_from("dduurp"), max_size=60), st.integers(0, 60))
def test_a_log_cut_at_its_old_end_gives_the_upper_part(steps: list[str], cut: int) -> None:
    entries: list[history.Entry] = []
    for step in steps:
        undo, redo = history.stacks(entries)
        kind, stack = {
            "d": (ActionKind.ADD, None),
            "u": (ActionKind.UNDO, undo),
            "r": (ActionKind.REDO, redo),
            "p": (ActionKind.PASS, undo or redo),
        }[step]
        if stack is None or stack:
            entries.append(history.Entry(len(entries) + 1, kind, stack[-1] if stack else None))
    whole, part = history.stacks(entries), history.stacks(entries[cut:])
    for long, short in zip(whole, part, strict=True):
        assert _ends_with(long, short)
    assert not set(whole[0]) & set(whole[1])


def _ends_with(long: Sequence[int], short: Sequence[int]) -> bool:
    return list(long[len(long) - len(short) :]) == list(short)
