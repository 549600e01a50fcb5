"""Shapes under a hand: handles where they are seen, drags that do what they look like, masks at a stroke's cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afloc_core.annotations.shapes import Bounds, Box, Mask, Points, Polygon
from app.models import editing
from app.models.drawing import Stroke
from app.models.measuring import distance, measured

BOX = Box(10, 20, 40, 30)
TRIANGLE = Polygon(((10.0, 10.0), (50.0, 10.0), (30.0, 40.0)))
FILM = (100, 120)


def test_a_box_has_eight_handles_and_each_moves_only_its_own_sides() -> None:
    assert len(editing.handles(BOX)) == 8
    assert editing.resized(BOX, 0, (0.0, 0.0)).bounds == Bounds(0, 0, 50, 50)
    assert editing.resized(BOX, 3, (90.0, 0.0)).bounds == Bounds(10, 20, 90, 50)
    assert editing.resized(BOX, 4, (5.0, 5.0)).bounds == Bounds(5, 5, 10, 20), "dragged across, it turns over"
    assert editing.resized(BOX, 3, (10.0, 0.0)) == BOX, "nothing loses its area"


def test_the_nearest_handle_within_reach_is_taken() -> None:
    assert editing.handle_at(BOX, (11.0, 21.0), 3) == 0
    assert editing.handle_at(BOX, (30.0, 35.0), 3) is None
    assert editing.handle_at(TRIANGLE, (31.0, 39.0), 3) == 2


def test_a_corner_of_an_outline_moves_alone_and_one_with_many_corners_is_resized_as_a_whole() -> None:
    dragged = editing.resized(TRIANGLE, 2, (30.0, 60.0))
    assert isinstance(dragged, Polygon)
    assert dragged.points == ((10.0, 10.0), (50.0, 10.0), (30.0, 60.0))
    turns = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    circle = Polygon(tuple(zip((50 + 20 * np.cos(turns)).tolist(), (50 + 20 * np.sin(turns)).tolist(), strict=True)))
    assert len(editing.handles(circle)) == 8
    wide = editing.resized(circle, 3, (110.0, 50.0))
    assert wide.bounds == pytest.approx((30, 30, 110, 70))


def test_corners_come_and_go_and_three_stay() -> None:
    edge = editing.edge_at(TRIANGLE, (30.0, 11.0), 3)
    assert edge == 0
    four = editing.with_corner(TRIANGLE, edge, (30.0, 5.0))
    assert four.points == ((10.0, 10.0), (30.0, 5.0), (50.0, 10.0), (30.0, 40.0))
    assert editing.without_corner(four, 1) == TRIANGLE
    assert editing.without_corner(TRIANGLE, 0) == TRIANGLE


@pytest.mark.parametrize(
    ("shape", "inside", "outside"),
    [
        (BOX, (30.0, 30.0), (70.0, 30.0)),
        (TRIANGLE, (30.0, 20.0), (12.0, 35.0)),
        (Points(((5.0, 5.0),)), (6.0, 6.0), (30.0, 5.0)),
        (Mask.from_array(BOX.to_mask(FILM)), (30.0, 30.0), (70.0, 30.0)),
    ],
)
def test_a_place_is_in_a_shape_or_not(
    shape: Box | Polygon | Points | Mask, inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    assert editing.holds(shape, inside, 2)
    assert not editing.holds(shape, outside, 2)


def test_nothing_is_moved_off_the_film() -> None:
    assert editing.shift_within(BOX.bounds, -100, 500, FILM) == (-10, 50)
    assert editing.on_film((-3.0, 400.0), FILM) == (0.0, 100.0)
    assert editing.moved(BOX, *editing.shift_within(BOX.bounds, 999, 0, FILM)).bounds.right == 120


def test_a_mask_moves_by_whole_pixels() -> None:
    mask = Mask.from_array(BOX.to_mask(FILM))
    there = editing.moved(mask, 5.4, -2.6)
    assert isinstance(there, Mask)
    assert there == Mask.from_array(Box(15, 17, 40, 30).to_mask(FILM))


def test_shift_makes_a_square_on_the_longer_side() -> None:
    box = editing.box_between((50.0, 50.0), (20.0, 60.0), square=True)
    assert box is not None
    assert box.bounds == Bounds(20, 50, 50, 80)
    assert editing.box_between((50.0, 50.0), (50.0, 60.0)) is None


def test_a_stroke_covers_what_the_brush_went_over_and_erasing_takes_it_away() -> None:
    stroke = Stroke(((30.0, 50.0), (80.0, 50.0)), 10.0)
    mask = editing.painted(None, stroke, FILM)
    assert mask is not None
    assert mask.area == pytest.approx(50 * 20 + np.pi * 100, rel=0.04)
    more = editing.painted(mask, Stroke(((80.0, 50.0), (80.0, 90.0)), 10.0), FILM)
    assert more is not None
    assert more.area > mask.area
    less = editing.painted(more, Stroke(((80.0, 50.0), (80.0, 95.0)), 12.0, erases=True), FILM)
    assert less is not None
    assert less.area < mask.area
    assert editing.painted(mask, Stroke(((0.0, 50.0), (120.0, 50.0)), 30.0, erases=True), FILM) is None
    assert editing.painted(None, Stroke(((30.0, 50.0),), 4.0, erases=True), FILM) is None


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12), st.integers(1, 12), st.integers(-8, 30), st.integers(-8, 24), st.sampled_from([0.2, 0.7, 1.0]),
    st.integers(0, 10_000),
)  # fmt: skip
def test_a_window_of_a_mask_is_encoded_as_the_whole_image_is(
    height: int, width: int, left: int, top: int, share: float, seed: int
) -> None:
    window = np.random.default_rng(seed).random((height, width)) < share
    whole = np.zeros((20, 26), dtype=np.bool_)
    for row, column in zip(*np.nonzero(window), strict=True):
        if 0 <= row + top < 20 and 0 <= column + left < 26:
            whole[row + top, column + left] = True
    assert Mask.from_window(window, (left, top), (20, 26)) == Mask.from_array(whole)


def test_a_freehand_line_becomes_an_outline_without_corners_it_can_do_without() -> None:
    line = [*((x, 10.0) for x in range(10, 61)), *((60.0, y) for y in range(10, 61)), (10.0, 60.0)]
    outline = editing.outline_drawn(line, 0.5)
    assert outline is not None
    assert outline.freehand
    assert len(outline.points) == 4
    assert editing.area_of(outline.points) == pytest.approx(2500)
    assert editing.outline_drawn(line[:2], 0.5) is None
    assert editing.outline_drawn([(0.0, 0.0), (5.0, 0.0), (10.0, 0.0)], 0.5) is None


def test_sizes_are_in_millimetres_and_in_pixels_where_the_spacing_is_unknown() -> None:
    assert measured(BOX, (0.2, 0.1)) == "4.0 × 6.0 mm · 0.2 cm²"
    assert measured(BOX, None) == "40 × 30 px · 1,200 px²"
    assert measured(BOX, (1.0, 1.0), "at the detector") == "40.0 × 30.0 mm · 12.0 cm² · at the detector"
    assert measured(TRIANGLE, None) == "40 × 30 px · longest 40 px · 600 px²"
    assert measured(Mask.from_array(BOX.to_mask(FILM)), (1.0, 1.0)) == "40.0 × 30.0 mm · 12.0 cm²"
    assert measured(Points(((3.7, 4.2),)), (1.0, 1.0)) == "x 3 y 4"


def test_a_distance_takes_the_spacing_of_both_directions() -> None:
    assert distance((0.0, 0.0), (30.0, 40.0), (1.0, 1.0)) == "50.0 mm"
    assert distance((0.0, 0.0), (30.0, 40.0), (2.0, 1.0)) == "85.4 mm"
    assert distance((0.0, 0.0), (30.0, 40.0), None) == "50 px"
    assert distance((0.0, 0.0), (300.0, 400.0), (1.0, 1.0), "at the detector") == "500 mm · at the detector"
