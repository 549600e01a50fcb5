"""Every measure of a pair against figures computed by hand and against pycocotools."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from afloc_core.agreement.curve import iou_curve
from afloc_core.agreement.disagreements import Parts, disagreements
from afloc_core.agreement.measures import intersection_over_union
from afloc_core.agreement.pairwise import Role, Source, compare, compare_all, mean_with_readers, reader_spread


def block(top: int, left: int, height: int, width: int, shape: tuple[int, int] = (20, 30)) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[top : top + height, left : left + width] = True
    return mask


def reader(name: str, mask: np.ndarray) -> Source:
    return Source(name, Role.READER, mask)


def test_two_readers_by_hand() -> None:
    pair = compare(reader("a", block(0, 0, 4, 6)), reader("b", block(2, 3, 4, 6)), (0.5, 0.25))
    assert pair.iou == pytest.approx(6 / 42, abs=1e-9)
    assert pair.dice == pytest.approx(12 / 48, abs=1e-9)
    assert pair.distance_px == pytest.approx(sqrt(3**2 + 2**2), abs=1e-9)
    assert pair.distance_mm == pytest.approx(sqrt((3 * 0.25) ** 2 + (2 * 0.5) ** 2), abs=1e-9)
    assert (pair.area_first, pair.area_second) == (24, 24)
    assert isnan(pair.cnr)
    assert isnan(pair.hit)
    assert "continuous map" in pair.reasons["cnr"]


def test_a_model_by_hand() -> None:
    values = np.full((2, 4), 1.0, dtype=np.float32)
    values[0, 0], values[0, 1] = 3.0, 5.0
    model = Source("model", Role.MODEL, values > 2, values)
    marked = np.zeros((2, 4), dtype=bool)
    marked[0, :2] = True
    pair = compare(model, reader("a", marked))
    assert pair.cnr == pytest.approx(3.0, abs=1e-9)
    assert pair.hit == 1.0
    assert pair.iou == 1.0
    assert pair.reasons == {"distance_mm": "the pixel spacing is unknown"}
    assert compare(reader("a", ~marked), model).hit == 0.0


def test_who_marked_nothing_is_named() -> None:
    pair = compare(reader("Ann", block(0, 0, 2, 2)), reader("Ben", np.zeros((20, 30), dtype=bool)), (1, 1))
    assert isnan(pair.iou)
    assert isnan(pair.distance_mm)
    assert pair.reasons["iou"] == "Ben marked nothing"
    values = np.zeros((20, 30), dtype=np.float32)
    pair = compare(Source("model", Role.MODEL, values > 1, values), reader("Ben", np.zeros((20, 30), dtype=bool)))
    assert pair.reasons["iou"] == "model and Ben marked nothing"
    assert pair.reasons["hit"] == "Ben marked nothing"


@given(st.integers(0, 2**32 - 1), st.integers(1, 23), st.integers(1, 19))
def test_iou_and_dice_agree_with_pycocotools(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.random((height, width)) < share for share in (0.3, 0.6))
    pair = compare(reader("a", a), reader("b", b))
    codes = [coco.encode(np.asfortranarray(m, dtype=np.uint8)) for m in (a, b)]
    if a.any() and b.any():
        assert pair.iou == pytest.approx(float(coco.iou(codes[:1], codes[1:], [0])[0, 0]), abs=1e-9)
        assert pair.dice == pytest.approx(2 * float(coco.area(coco.merge(codes, True))) / (a.sum() + b.sum()), abs=1e-9)
    else:
        assert isnan(pair.iou)


def test_all_pairs_and_the_spread_of_the_readers() -> None:
    sources = [reader(n, block(0, left, 4, 4)) for n, left in (("a", 0), ("b", 2), ("c", 4))]
    model = Source("model", Role.MODEL, block(0, 0, 4, 8))
    pairs = compare_all([model, *sources])
    assert [(p.first, p.second) for p in pairs][:3] == [("model", "a"), ("model", "b"), ("model", "c")]
    assert len(pairs) == 6
    assert reader_spread(pairs, ["a", "b", "c"]) == pytest.approx((0.0, (1 / 3 + 0 + 1 / 3) / 3, 1 / 3))
    assert reader_spread(pairs, ["a"]) is None


@given(st.integers(0, 2**32 - 1))
def test_the_curve_equals_one_iou_at_a_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 12, (9, 7)).astype(np.float32) / 10  # many values equal a threshold
    values[rng.random((9, 7)) < 0.1] = np.nan
    mask = rng.random((9, 7)) < 0.4
    thresholds = np.arange(13) / 10
    expected = [intersection_over_union(values > np.float32(t), mask) for t in thresholds]
    np.testing.assert_allclose(iou_curve(values, mask, thresholds), expected, atol=1e-12)


def test_disagreements_are_the_parts_the_other_left_out() -> None:
    seen_by_both, missed, barely = block(1, 1, 4, 4), block(10, 2, 3, 5), block(10, 20, 5, 4)
    first = reader("a", seen_by_both | missed | barely)
    second = reader("b", block(2, 2, 4, 4) | block(10, 20, 1, 4))
    found = disagreements([(first, second), (second, first)])
    assert [(d.marked_by, d.missed_by, d.area_px, d.box) for d in found] == [
        ("a", "b", 20, (20, 10, 4, 5)),
        ("a", "b", 15, (2, 10, 5, 3)),
    ]
    assert [d.covered for d in found] == pytest.approx([0.2, 0.0])


def test_parts_that_touch_over_a_corner_are_one() -> None:
    corner = block(0, 0, 2, 2) | block(2, 2, 2, 2)
    found = disagreements([(reader("a", corner), reader("b", np.zeros_like(corner)))])
    assert [(d.area_px, d.box) for d in found] == [(8, (0, 0, 4, 4))]


def test_the_mean_of_the_model_leaves_out_readers_who_marked_nothing() -> None:
    model = Source("model", Role.MODEL, block(0, 0, 4, 8))
    people = [reader("a", block(0, 0, 4, 8)), reader("b", block(0, 4, 4, 8)), reader("c", block(0, 0, 1, 1) & False)]
    pairs = compare_all([model, *people])
    assert mean_with_readers(pairs, "model", ["a", "b", "c"]) == pytest.approx((1 + 16 / 48) / 2, abs=1e-9)
    assert isnan(mean_with_readers(pairs, "model", ["c"]))


def test_another_threshold_changes_the_mask_and_not_what_is_known_of_the_map() -> None:
    values = np.arange(600, dtype=np.float32).reshape(20, 30)
    marked = reader("a", block(10, 0, 10, 30))
    low = Source("model", Role.MODEL, values > 100, values)
    high = low.with_mask(values > 500)
    first, second = compare(low, marked, (1, 1)), compare(high, marked, (1, 1))
    fresh = compare(Source("model", Role.MODEL, values > 500, values), marked, (1, 1))
    assert second == fresh
    assert (first.cnr, first.hit) == (second.cnr, second.hit)
    assert first.iou != second.iou


def test_parts_known_from_before_give_the_same_disagreements() -> None:
    first, second = reader("a", block(0, 0, 5, 5) | block(10, 10, 4, 4)), reader("b", block(0, 0, 5, 5))
    known: dict[Source, Parts] = {}
    pairs = [(first, second), (second, first)]
    assert disagreements(pairs, known) == disagreements(pairs, known) == disagreements(pairs)
    assert set(known) == {first, second}


@pytest.mark.parametrize("step", [1, 40])
def test_the_outline_of_a_place_surrounds_it(step: int) -> None:
    mask = np.zeros((20 * step, 30 * step), dtype=bool)
    mask[5 * step : 9 * step, 10 * step : 22 * step] = True
    (place,) = disagreements([(reader("a", mask), reader("b", np.zeros_like(mask)))])
    (line,) = place.outline()
    slack = max(1, 12 * step // 256 + 1)
    assert line.min(axis=0) == pytest.approx((10 * step, 5 * step), abs=slack)
    assert line.max(axis=0) == pytest.approx((22 * step, 9 * step), abs=slack)
    assert line[0].tolist() == line[-1].tolist()
