"""Who reads what in which order follows from the seed, and is balanced."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from afloc_core.study.plan import plan
from afloc_core.study.study_file import Arm, Design, MapShown, Order, Study

ARMS = (Arm("unaided"), Arm("aided", MapShown.SHOWN))
CASES = [f"c{number}" for number in range(10)]
SEQUENTIAL = Study("a study", ("effusion",), ("films",), ARMS, 7)
CROSSOVER = replace(SEQUENTIAL, design=Design.CROSSOVER)
REPEATED = replace(CROSSOVER, repeat=True)


def test_sequential_reads_every_case_in_both_arms_one_after_the_other() -> None:
    steps = plan(SEQUENTIAL, CASES, 0)
    assert len(steps) == 20
    assert [step.number for step in steps] == list(range(20))
    for first, second in zip(steps[::2], steps[1::2], strict=True):
        assert (first.case, first.arm) == (second.case, "unaided")
        assert second.arm == "aided"


def test_order_is_the_same_for_the_same_seed_and_another_for_another_reader_or_seed() -> None:
    def order(study: Study, reader: int) -> list[str]:
        return [step.case for step in plan(study, CASES, reader)]

    assert order(SEQUENTIAL, 0) == order(SEQUENTIAL, 0)
    assert order(SEQUENTIAL, 0) != order(SEQUENTIAL, 1)
    assert order(SEQUENTIAL, 0) != order(replace(SEQUENTIAL, seed=8), 0)
    assert order(replace(SEQUENTIAL, order=Order.LISTED), 3)[::2] == CASES
    # Golden: written down from the first run, so that a change of the drawing is noticed; records keep their own plan.
    assert order(SEQUENTIAL, 0)[::2] == GOLDEN


GOLDEN = ["c5", "c4", "c0", "c2", "c7", "c3", "c9", "c8", "c6", "c1"]


@pytest.mark.parametrize("reader", range(4))
def test_a_crossover_reads_each_case_once_half_of_them_in_each_arm(reader: int) -> None:
    steps = plan(CROSSOVER, CASES, reader)
    assert sorted(step.case for step in steps) == CASES
    assert Counter(step.arm for step in steps) == {"unaided": 5, "aided": 5}


def test_the_next_reader_of_a_crossover_reads_each_case_in_the_other_arm() -> None:
    first, second = ({step.case: step.arm for step in plan(CROSSOVER, CASES, reader)} for reader in (0, 1))
    assert all(first[case] != second[case] for case in CASES)


def test_a_crossover_that_repeats_has_a_period_for_each_arm() -> None:
    steps = plan(REPEATED, CASES, 0)
    assert Counter(step.period for step in steps) == {1: 10, 2: 10}
    assert len({(step.case, step.arm) for step in steps}) == 20
    assert [step.period for step in steps] == [1] * 10 + [2] * 10
    assert [step.case for step in steps[:10]] != [step.case for step in steps[10:]]
