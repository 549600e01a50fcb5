"""Measures against hand-computed figures and against the published ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from afloc_core.agreement.measures import (
    PUBLISHED_THRESHOLDS,
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
