"""Measures against hand-computed figures and against the published ones."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afloc_core.agreement.measures import (
    PUBLISHED_THRESHOLDS,
    MapStatistics,
    contrast_to_noise,
    hit,
    intersection_over_union,
    mean_iou,
    rescale,
)
from tests.published_weights import REFERENCE


def test_iou_by_hand() -> None:
    a = np.zeros((4, 4), dtype=bool)
    b = a.copy()
    a[:2], b[1:3] = True, True
    assert intersection_over_union(a, b) == pytest.approx(4 / 12, abs=1e-12)
    assert np.isnan(intersection_over_union(a, np.zeros_like(a)))


def test_cnr_by_hand_and_unscored_pixels() -> None:
    values = np.array([[3.0, 5.0, 1.0, 1.0, np.nan]], dtype=np.float32)
    marked = np.array([[True, True, False, False, True]])
    assert contrast_to_noise(values, marked) == pytest.approx(3.0, abs=1e-9)
    assert np.isnan(contrast_to_noise(values, np.zeros_like(marked)))


def test_mean_iou_and_pointing_by_hand() -> None:
    values = np.array([[0.0, 1.0, 2.0, 4.0]], dtype=np.float32)  # rescaled: -1, -.5, 0, 1
    marked = np.array([[False, False, True, True]])
    assert mean_iou(values, marked, (-0.75, -0.25)) == pytest.approx((2 / 3 + 1) / 2, abs=1e-9)
    assert hit(values, marked)
    assert not hit(-values, marked)
    assert np.isnan(rescale(np.ones((2, 2), dtype=np.float32))).all()


@pytest.mark.parametrize("image", range(3))
def test_thresholds_are_the_published_ones(image: int) -> None:
    figures = json.loads((REFERENCE / "reference.json").read_text())["images"][image]
    assert all(tuple(map(float, row["iou"])) == PUBLISHED_THRESHOLDS for row in figures["metrics"])


@given(st.integers(0, 2**32 - 1), st.floats(-1e3, 1e3))
def test_sums_made_once_give_what_the_pixels_give(seed: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=(300, 11)) + level).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    statistics = MapStatistics(values)
    for share in (0.01, 0.5):
        marked = rng.random(values.shape) < share
        scored = np.isfinite(values)
        inside, outside = (values[part & scored].astype(np.float64) for part in (marked, ~marked))
        expected = (inside.mean() - outside.mean()) / np.sqrt(inside.var() + outside.var())
        assert statistics.contrast_to_noise(marked) == pytest.approx(expected, abs=1e-9)
        assert statistics.hit(marked) == hit(values, marked)


def test_maps_that_vary_nowhere_or_were_not_scored_have_no_cnr() -> None:
    two_levels = np.where(np.arange(12).reshape(3, 4) < 5, np.float32(0.3), np.float32(0.1))
    assert np.isnan(contrast_to_noise(two_levels, two_levels > 0.2))
    unscored = MapStatistics(np.full((2, 2), np.nan, dtype=np.float32))
    assert np.isnan(unscored.contrast_to_noise(np.eye(2, dtype=bool)))
    assert not unscored.hit(np.ones((2, 2), dtype=bool))
