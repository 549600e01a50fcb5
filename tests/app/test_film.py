"""Values become brightness as DICOM says, and nothing is rounded on the way that need not be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.imaging.radiograph import Window
from afloc_core.imaging.voi import exact_window, linear_window, sigmoid_window
from app.models.film import Film, brightness_table, index_values
from app.models.viewing import Viewing
from app.presenter import window_text
from app.services.loading import make_film
from tests.app.fakes import film, radiograph

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.int32])
def test_whole_numbers_are_kept_exactly(dtype: type[np.integer]) -> None:
    limits = np.iinfo(dtype)
    values = np.array([[max(limits.min, -30000), 0], [7, min(limits.max, 30000)]], dtype)
    indices, low, _, step = index_values(values)
    assert step == 1
    assert np.array_equal(low + indices.astype(np.int64), values)


def test_fractions_and_wide_ranges_keep_sixteen_bits() -> None:
    for values in (np.linspace(-1, 1, 100, dtype=np.float32)[None], np.array([[-(2**30), 5, 2**30]], np.int32)):
        indices, low, high, step = index_values(values)
        assert np.abs(low + indices * step - values).max() <= step * 0.51
        assert high == values.max()


def test_not_a_number_counts_as_the_smallest_value() -> None:
    indices, low, _, _ = index_values(np.array([[np.nan, 2.0, 3.0]], np.float32))
    assert (indices[0, 0], low) == (0, 2.0)


def at(film: Film, window: Window, inverted: bool, value: float) -> int:
    return int(brightness_table(film, window, inverted)[round((value - film.low) / film.step)])


def test_a_window_is_linear_between_its_ends() -> None:
    window = Window("", 1000, 3000)
    assert [at(film(), window, False, value) for value in (0, 1000, 2000, 3000, 4000)] == [0, 0, 128, 255, 255]


def test_polarity_comes_from_the_file_and_the_reader() -> None:
    window = Window("", 0, 4095)
    turned = make_film(radiograph(inverted=True))
    assert at(turned, window, False, 0) == 255
    assert at(turned, window, True, 0) == 0
    assert at(film(), window, True, 0) == 255


def test_a_curve_is_followed() -> None:
    curve = np.array([0, 0, 1], np.float32)
    window = Window("", 0, 4000, curve)
    assert [at(film(), window, False, value) for value in (1000, 2000, 3000)] == [0, 0, 128]


def test_presets_begin_with_those_of_the_file_and_fit_the_nine_keys() -> None:
    many = tuple(Window(f"W{number}", number, 100 + number) for number in range(12))
    crowded = make_film(replace(radiograph(), windows=many))
    assert [window.name for window in film().presets()][:2] == ["Default", "Lung"]
    assert len(crowded.presets()) == 9


def test_presets_of_a_sigmoid_file_keep_its_curve_and_its_numbers() -> None:
    file = sigmoid_window("File 1", 2048, 1000)
    found = make_film(replace(radiograph(), windows=(file,)))
    higher = next(window for window in found.presets() if window.name == "Higher contrast")
    assert at(found, higher, False, 2048) == pytest.approx(128, abs=1)
    assert at(found, higher, False, 2548) > at(found, file, False, 2548) > 200
    assert window_text(higher) == "WL 2048/667"


@pytest.mark.parametrize("make", [linear_window, exact_window, sigmoid_window])
def test_the_numbers_are_those_of_the_file_and_follow_the_hand(make: Callable[[str, float, float], Window]) -> None:
    window = make("File 1", 41, 400)
    assert window_text(window) == "WL 41/400"
    viewing = Viewing()
    viewing.show_film(make_film(replace(radiograph(), windows=(window,))))
    viewing.adjust(0.1, 2)
    assert window_text(viewing.window) == "WL 81/800"
    assert viewing.window.high - viewing.window.low == pytest.approx(2 * (window.high - window.low), rel=0.01)


def test_a_flat_film_can_be_drawn() -> None:
    flat = make_film(replace(radiograph(8, 8), values=np.full((8, 8), 5, np.uint16)))
    assert len(brightness_table(flat, flat.presets()[-1], False)) == 1
