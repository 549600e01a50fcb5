"""Shapes become the pixels whose centres they hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError


def test_a_box_holds_whole_pixels() -> None:
    mask = Box(1, 2, 3, 2).to_mask((6, 8))
    assert mask.sum() == 6
    assert mask[2:4, 1:4].all()
    assert not Box(0.6, 0.6, 0.3, 0.3).to_mask((3, 3)).any()
    assert Box(-5, -5, 100, 100).to_mask((3, 4)).all()


def test_a_polygon_like_a_box_holds_the_same_inside() -> None:
    polygon = Polygon(((1, 2), (5, 2), (5, 6), (1, 6)))
    box = Box(1, 2, 4, 4)
    assert np.array_equal(polygon.to_mask((9, 9)), box.to_mask((9, 9)))
    assert polygon.bounds == box.bounds == (1, 2, 5, 6)


def test_a_triangle_by_hand() -> None:
    expected = np.tri(4, dtype=bool)
    assert np.array_equal(Polygon(((0, -0.2), (4.2, 4), (0, 4))).to_mask((4, 4)), expected)


def test_points_outside_count_nowhere() -> None:
    mask = Points(((0.2, 0.9), (2.999, 1.0), (-0.1, 0), (3, 0))).to_mask((2, 3))
    assert np.argwhere(mask).tolist() == [[0, 0], [1, 2]]


@given(st.integers(1, 17), st.integers(1, 17), st.integers(0, 2**32 - 1))
def test_a_mask_comes_back_as_it_was(height: int, width: int, seed: int) -> None:
    array = np.random.default_rng(seed).random((height, width)) < 0.5
    mask = Mask.from_array(array)
    assert np.array_equal(mask.to_mask((height, width)), array)
    if array.any():
        rows, columns = np.nonzero(array)
        assert mask.bounds == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_a_mask_of_another_size_gives_a_sentence() -> None:
    with pytest.raises(MarkError, match="4 x 3 pixels, this one has 3 x 4"):
        Mask.from_array(np.ones((3, 4), dtype=bool)).to_mask((4, 3))


@pytest.mark.parametrize("values", [(0, 0, 0, 5), (0, 0, 5, -1), (float("nan"), 0, 1, 1), (0, float("inf"), 1, 1)])
def test_boxes_that_are_none(values: tuple[float, ...]) -> None:
    with pytest.raises(MarkError):
        Box(*values)


def test_outlines_that_are_none() -> None:
    with pytest.raises(MarkError, match="2 points"):
        Polygon(((0, 0), (1, 1)))
    with pytest.raises(MarkError):
        Points(())
    with pytest.raises(MarkError):
        Points(((0, float("nan")),))
    with pytest.raises(MarkError):
        Mask((0, 3), "x")
