"""Many shapes drawn in their own corners equal the union of their masks over the whole image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afloc_core.agreement.drawing import union_mask
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon, Shape
from afloc_core.errors import MarkError

SHAPE = (37, 53)
place = st.floats(-20, 70, allow_nan=False).map(lambda value: round(value * 2) / 2)  # halves: pixel centres and edges
size = st.floats(0.5, 60).map(lambda value: round(value * 4) / 4 + 0.25)
corner = st.tuples(place, place)
shapes = st.one_of(
    st.builds(Box, place, place, size, size),
    st.builds(Polygon, st.lists(corner, min_size=3, max_size=6).map(tuple)),
    st.builds(Points, st.lists(corner, min_size=1, max_size=3).map(tuple)),
    st.integers(0, 99).map(lambda seed: Mask.from_array(np.random.default_rng(seed).random(SHAPE) < 0.1)),
)


@given(st.lists(shapes, max_size=5))
def test_the_union_equals_that_of_the_whole_masks(drawn: list[Shape]) -> None:
    expected = np.zeros(SHAPE, dtype=bool)
    for shape in drawn:
        expected |= shape.to_mask(SHAPE)
    assert np.array_equal(union_mask(drawn, SHAPE), expected)


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(MarkError, match="4 x 3"):
        union_mask([Mask.from_array(np.ones((3, 4), dtype=bool))], SHAPE)
