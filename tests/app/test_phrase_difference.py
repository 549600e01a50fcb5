"""The difference of two maps: signs, absolute colours, and a word for each end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from afloc_core.localization.pipelines import Pipeline
from app.models.heat_picture import HeatPicture, prepare_picture, prepare_word
from app.models.phrase_difference import ZERO, DifferencePicture, difference_of, difference_table, signed
from tests.app.fakes import COLD, HOT, heatmap

SHAPE = (300, 240)


def picture(phrase: str, *spots: tuple[float, float, float], pipeline: Pipeline = Pipeline.ALIGNED) -> HeatPicture:
    return prepare_picture(heatmap(SHAPE, phrase, spots, pipeline))


@pytest.fixture
def left() -> HeatPicture:
    return picture("left effusion", (0.75, 0.7, 0.45))


@pytest.fixture
def right() -> HeatPicture:
    return picture("right effusion", (0.25, 0.3, 0.33))


def made(first: HeatPicture, second: HeatPicture) -> DifferencePicture:
    difference = difference_of(first, second)
    assert difference is not None
    return difference


def test_it_is_first_minus_second_above_cold(left: HeatPicture, right: HeatPicture) -> None:
    difference = made(left, right)
    assert difference.title == "left effusion − right effusion"
    assert difference.limit == pytest.approx(HOT - COLD)
    for row, column in ((210, 180), (90, 60), (150, 120), (5, 5)):
        a, b = (max(float(one.values[row, column]), COLD) for one in (left, right))
        assert float(difference.values[row, column]) == pytest.approx(a - b, abs=1e-6)
        assert difference.value_at(column + 0.5, row + 0.5) == pytest.approx(a - b, abs=1e-6)
    assert difference.value_at(-1, 5) is None
    assert difference.value_at(240, 5) is None
    assert float(difference.values[210, 180]) > 0.2
    assert float(difference.values[90, 60]) < -0.1
    np.testing.assert_array_equal(made(right, left).values, -difference.values)


def test_two_absent_findings_differ_in_nothing() -> None:
    one, other = picture("cardiomegaly", (0.5, 0.6, 0.09)), picture("fracture", (0.2, 0.2, 0.05))
    difference = made(one, other)
    assert not difference.values.any()
    assert set(np.unique(difference.indices)) == {ZERO}
    assert difference_table()[ZERO] >> 24 == 0
    assert difference.words == "no difference anywhere"


def test_colours_are_absolute_and_mirror_each_other(left: HeatPicture, right: HeatPicture) -> None:
    difference = made(left, right)
    expected = np.rint(np.clip(difference.values / (HOT - COLD), -1, 1) * 125) + ZERO
    np.testing.assert_array_equal(difference.indices, expected.astype(np.uint8))
    assert difference.indices.max() < 251, "a difference smaller than the scale does not reach the end of the colours"
    np.testing.assert_array_equal(made(right, left).indices.astype(int) - ZERO, ZERO - difference.indices.astype(int))


def test_the_table_is_transparent_in_the_middle_and_never_red_against_green() -> None:
    table = difference_table()
    alpha = np.array([colour >> 24 for colour in table[1:252]])
    assert table[0] >> 24 == 0
    assert alpha[ZERO - 1] == 0
    assert (np.diff(alpha[: ZERO - 1]) <= 0).all()
    assert (np.diff(alpha[ZERO - 1 :]) >= 0).all()
    np.testing.assert_array_equal(alpha, alpha[::-1])
    less, more = table[1], table[251]
    blue_difference = (less & 255) - (more & 255)
    assert blue_difference > 200, "the two ends differ along blue and yellow, which red-green blindness leaves intact"


def test_where_nothing_was_scored_nothing_is_coloured() -> None:
    one, other = (picture(name, (0.5, 0.5, 0.4), pipeline=Pipeline.PUBLISHED) for name in ("left mass", "right mass"))
    difference = made(one, other)
    unscored = np.isnan(one.values)
    assert unscored.any()
    assert (difference.indices[unscored] == 0).all()
    assert (difference.indices[~unscored] == ZERO).all()
    row, column = np.argwhere(unscored)[0]
    assert difference.value_at(column + 0.5, row + 0.5) is None


def test_unlike_maps_are_not_subtracted(left: HeatPicture) -> None:
    other_way = picture("right effusion", pipeline=Pipeline.PUBLISHED)
    other_film = prepare_picture(heatmap((200, 240), "right effusion"))
    scale = replace(left.heatmap.scale, hot=2.0)
    other_scale = prepare_picture(replace(left.heatmap, scale=scale))
    word = prepare_word(left.heatmap)
    assert [difference_of(left, other) for other in (other_way, other_film, other_scale, word)] == [None] * 4


def test_it_says_in_words_where_either_end_is(left: HeatPicture, right: HeatPicture) -> None:
    assert made(left, right).words == (
        f"A most at {signed(float(made(left, right).values.max()))} in the lower third, image right; "
        f"B most at {signed(float(made(left, right).values.min()))} in the upper third, image left"
    )


@pytest.mark.parametrize(("value", "text"), [(0.314, "+0.31"), (-0.314, "−0.31"), (0.0, "0.00"), (-0.001, "0.00")])
def test_signs(value: float, text: str) -> None:
    assert signed(value) == text


def test_a_word_map_is_shown_over_its_own_range_whatever_scale_is_chosen() -> None:
    from app.models.overlay import OverlaySettings, ScaleMode

    word = prepare_word(heatmap(SHAPE, "effusion", ((0.5, 0.5, 0.3),)))
    assert word.word == "effusion"
    for mode in ScaleMode:
        assert word.ends(mode) == (word.least, word.greatest)
        assert float(np.nanmax(word.shares(word.values, mode))) == 1
        assert float(np.nanmin(word.shares(word.values, mode))) == 0
    middle = (word.least + word.greatest) / 2
    assert word.threshold_value(OverlaySettings(threshold=0.5)) == pytest.approx(middle)
