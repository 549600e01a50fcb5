"""Consensus of readers by hand, and STAPLE against SimpleITK where it is installed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afloc_core.agreement.consensus import Consensus, consensus
from afloc_core.errors import MarkError

A = np.array([[1, 1, 1, 0, 0]], dtype=bool)
B = np.array([[0, 1, 1, 1, 0]], dtype=bool)
C = np.array([[0, 0, 1, 1, 1]], dtype=bool)
NOTHING = np.zeros_like(A)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Consensus.UNION, [1, 1, 1, 1, 1]),
        (Consensus.INTERSECTION, [0, 0, 1, 0, 0]),
        (Consensus.MAJORITY, [0, 1, 1, 1, 0]),
    ],
)
def test_three_readers_by_hand(kind: Consensus, expected: list[int]) -> None:
    assert consensus([A, B, C], kind).tolist() == [[bool(v) for v in expected]]


def test_half_of_the_readers_is_no_majority() -> None:
    assert not consensus([A, NOTHING], Consensus.MAJORITY).any()
    assert consensus([A, B], Consensus.MAJORITY).tolist() == (A & B).tolist()


def test_a_reader_who_marked_nothing_counts() -> None:
    assert consensus([A, B, NOTHING], Consensus.MAJORITY).tolist() == (A & B).tolist()
    assert not consensus([A, B, NOTHING], Consensus.INTERSECTION).any()


def test_more_than_255_readers_are_counted() -> None:
    assert consensus([A] * 300, Consensus.MAJORITY).tolist() == A.tolist()


def test_nobody_gives_a_sentence() -> None:
    with pytest.raises(MarkError, match="no reader"):
        consensus([], Consensus.UNION)


def test_staple_trusts_two_who_agree_over_one_who_does_not() -> None:
    truth = np.zeros((40, 40), dtype=bool)
    truth[10:25, 10:25] = True
    lost = np.zeros_like(truth)
    lost[30:35, 2:8] = True
    estimate = consensus([truth, truth, lost], Consensus.STAPLE)
    assert estimate.tolist() == truth.tolist()
    assert not consensus([NOTHING, NOTHING], Consensus.STAPLE).any()
    assert consensus([A], Consensus.STAPLE).tolist() == A.tolist()


@settings(deadline=None)  # importing SimpleITK takes a while
@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.sampled_from(["noise", "shifted", "apart"]))
def test_staple_equals_simpleitk(seed: int, readers: int, kind: str) -> None:
    itk = pytest.importorskip("SimpleITK")
    rng = np.random.default_rng(seed)
    truth = np.zeros((17, 23), dtype=bool)
    truth[4:11, 6:15] = True
    masks = {
        "noise": [truth ^ (rng.random(truth.shape) < rng.uniform(0, 0.5)) for _ in range(readers)],
        "shifted": [np.roll(truth, rng.integers(-4, 5, 2), (0, 1)) & (rng.random() < 0.9) for _ in range(readers)],
        "apart": [np.arange(truth.size).reshape(truth.shape) // 30 == number for number in range(readers)],
    }[kind]
    if not np.any(masks) or all(np.array_equal(masks[0], mask) for mask in masks):
        return  # its filter has nothing to divide by
    images = [itk.GetImageFromArray(mask.astype(np.uint8)) for mask in masks]
    probability = itk.GetArrayFromImage(itk.STAPLE(images, 1.0))
    clear = np.abs(probability - 0.5) > 1e-6  # a tie may fall either way
    assert np.array_equal(consensus(masks, Consensus.STAPLE)[clear], (probability > 0.5)[clear])
