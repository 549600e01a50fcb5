"""Who reads which case in which arm, and in which order: follows from the study and its seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from afloc_core.study.study_file import Design, Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afloc_core.study.study_file import Study


@dataclass(frozen=True, slots=True)
class Step:
    """One reading of a case in an arm.

    Attributes
    ----------
    number : int
        From 0, in the order of reading.
    case : str
        Id of the case.
    arm : str
        Name of the arm.
    period : int
        From 1; more than one only in a crossover that repeats.
    """

    number: int
    case: str
    arm: str
    period: int = 1


def plan(study: Study, cases: Sequence[str], reader: int) -> tuple[Step, ...]:
    """Return what a reader reads, one step after the other.

    The order is drawn for each reader and period by the seed. In a crossover the cases are dealt to the arms evenly, by
    chance but the same for all readers, and each next reader reads every case in the next arm.

    Parameters
    ----------
    study : Study
    cases : sequence of str
        Ids as listed.
    reader : int
        From 0, in the order of joining the study.
    """
    names = [arm.name for arm in study.arms]
    pairs: list[tuple[str, str, int]] = []
    if study.design is Design.SEQUENTIAL:
        pairs = [(case, arm, 1) for case in _ordered(study, cases, reader, 1) for arm in names]
    else:
        dealt = list(cases)
        random.Random(f"{study.seed} arms").shuffle(dealt)
        first = {case: place % len(names) for place, case in enumerate(dealt)}
        for period in range(1, len(names) + 1 if study.repeat else 2):
            shift = reader + period - 1
            ordered = _ordered(study, cases, reader, period)
            pairs += [(case, names[(first[case] + shift) % len(names)], period) for case in ordered]
    return tuple(Step(number, *pair) for number, pair in enumerate(pairs))


def _ordered(study: Study, cases: Sequence[str], reader: int, period: int) -> list[str]:
    ordered = list(cases)
    if study.order is Order.RANDOM:
        random.Random(f"{study.seed} order {reader} {period}").shuffle(ordered)
    return ordered
