"""The mean pyramid keeps means, sizes and dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from afloc_core.imaging.pyramid import mean_pyramid

DTYPES: list[type[Any]] = [np.uint8, np.uint16, np.int16, np.int32, np.float32]


def slow_half(values: np.ndarray) -> np.ndarray:
    """Return the 2 x 2 means pixel by pixel, of those that exist at an edge."""
    height, width = (values.shape[0] + 1) // 2, (values.shape[1] + 1) // 2
    return np.array(
        [
            [values[2 * y : 2 * y + 2, 2 * x : 2 * x + 2].astype(float).mean() for x in range(width)]
            for y in range(height)
        ]
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(300, 40), (301, 39), (17, 259)])
def test_levels_are_means_of_four(dtype: type, shape: tuple[int, int]) -> None:
    low, high = (0, 2**15) if dtype == np.float32 else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    values: np.ndarray = np.random.default_rng(1).integers(low, high, shape, endpoint=True).astype(dtype)
    levels = mean_pyramid(values)
    assert levels[0] is values
    assert len(levels) == 2
    assert levels[1].dtype == dtype
    tolerance = 1e-3 if dtype == np.float32 else 0.5
    assert np.abs(levels[1].astype(float) - slow_half(values)).max() <= tolerance


def test_extremes_do_not_overflow() -> None:
    for dtype in DTYPES[:4]:
        for value in (np.iinfo(dtype).min, np.iinfo(dtype).max):
            assert (mean_pyramid(np.full((301, 301), value, dtype))[-1] == value).all()


def test_last_level_is_small_and_small_pictures_stay() -> None:
    levels = mean_pyramid(np.zeros((3056, 2544), np.uint16))
    assert [level.shape for level in levels] == [(3056, 2544), (1528, 1272), (764, 636), (382, 318), (191, 159)]
    assert len(mean_pyramid(np.zeros((256, 30), np.uint8))) == 1


def test_a_thin_line_survives() -> None:
    values = np.zeros((1024, 1024), np.uint16)
    values[:, 501] = 4000
    assert (mean_pyramid(values)[2].max(axis=1) == 1000).all()
