"""Geometry: every mapping has its inverse, and the maps lie where they should."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from afloc_core.imaging.letterbox import Letterbox, area_resize, area_resize_8bit
from afloc_core.localization.features import EncodedPhrase
from afloc_core.localization.geometry import (
    Interpolation,
    MapGeometry,
    output_positions,
    output_shape,
    resampling_matrix,
)
from afloc_core.localization.heatmap import DisplayScale, Heatmap, ModelIdentity
from afloc_core.localization.pipelines import Pipeline
from afloc_core.localization.regions import region_outline, regions

sides = st.integers(16, 4000)


def heatmap(
    grid: np.ndarray, image_shape: tuple[int, int], pipeline: Pipeline = Pipeline.ALIGNED, frame: int = 289,
    input_size: int = 289, sigma: float = 0.0, spacing: tuple[float, float] | None = None,
) -> Heatmap:  # fmt: skip
    return Heatmap(
        grid=grid.astype(np.float32),
        phrase=EncodedPhrase("Mass", "mass", ("mass",)),
        pipeline=pipeline,
        geometry=MapGeometry(Letterbox.fit(image_shape, frame), input_size, 16),
        sigma=sigma,
        scale=DisplayScale(0.0, 0.5, "cosine similarity", calibrated=True),
        model=ModelIdentity("test", "00", "afloc"),
        match=0.5,
        spacing_mm=spacing,
    )


@given(sides, sides, st.sampled_from([224, 289]))
def test_letterbox_inverse(height: int, width: int, frame: int) -> None:
    box = Letterbox.fit((height, width), frame)
    for axis, side in enumerate((height, width)):
        positions = np.array([0.0, 1.5, side / 3, side - 1.0])
        there = box.frame_from_image(positions, axis)
        np.testing.assert_allclose(box.image_from_frame(there, axis), positions, atol=1e-6)
        assert there.min() >= box.offset[axis] - 0.5
        assert there.max() <= box.offset[axis] + box.scaled_shape[axis] - 0.5 + 1e-9
    assert max(box.scaled_shape) == frame


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40))
def test_area_resize_keeps_the_range_and_a_constant(h: int, w: int, out_h: int, out_w: int) -> None:
    constant = np.full((h, w), 0.25, dtype=np.float32)
    np.testing.assert_allclose(area_resize(constant, (out_h, out_w)), 0.25, atol=1e-6)
    noise = np.random.default_rng(h * w).random((h, w), dtype=np.float32)
    resized = area_resize(noise, (out_h, out_w))
    assert resized.min() >= noise.min() - 1e-6
    assert resized.max() <= noise.max() + 1e-6


def test_area_resize_is_the_mean_of_blocks() -> None:
    image = np.arange(24, dtype=np.float32).reshape(4, 6)
    np.testing.assert_allclose(area_resize(image, (2, 3)), image.reshape(2, 2, 3, 2).mean(axis=(1, 3)))
    halves = np.array([[0, 1], [0, 1]], dtype=np.uint8)
    assert area_resize_8bit(halves, (1, 1)) == 1  # a factor of two rounds one half up


@pytest.mark.parametrize("aligned_corners", [True, False])
def test_linear_resampling_equals_torch(aligned_corners: bool) -> None:
    values = np.random.default_rng(0).normal(size=19).astype(np.float32)
    theirs = F.interpolate(torch.from_numpy(values)[None, None], 224, mode="linear", align_corners=aligned_corners)
    positions = np.linspace(0, 18, 224) if aligned_corners else output_positions(19, 224)
    np.testing.assert_allclose(resampling_matrix(positions, 19) @ values, theirs[0, 0], atol=1e-5)


def test_cubic_resampling_keeps_samples_and_sums_to_one() -> None:
    matrix = resampling_matrix(np.linspace(-3, 21, 97), 19, Interpolation.CUBIC)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(resampling_matrix(np.arange(19.0), 19, Interpolation.CUBIC), np.eye(19))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 18), st.integers(0, 18), st.sampled_from([(289, 289), (1955, 1841), (500, 900), (900, 300)]))
def test_a_hot_cell_lies_on_its_receptive_field(row: int, column: int, shape: tuple[int, int]) -> None:
    grid = np.zeros((19, 19))
    grid[row, column] = 1
    box = Letterbox.fit(shape, 289)
    x = float(box.image_from_frame(np.array([16.0 * column]), 1)[0])
    y = float(box.image_from_frame(np.array([16.0 * row]), 0)[0])
    if not (0 <= x < shape[1] and 0 <= y < shape[0]):
        return  # the cell lies in the padding
    step = max(shape) / 289
    peak = heatmap(grid, shape).peak
    assert abs(peak[0] - x) <= 1.5 * max(step, max(shape) / 1024)
    assert abs(peak[1] - y) <= 1.5 * max(step, max(shape) / 1024)


def test_aligned_map_of_the_published_network_follows_its_receptive_fields() -> None:
    # Cell i of the layer-3 grid sees input pixel 16 i; in the 224 frame that is 16 i * 223 / 298.
    grid = np.zeros((19, 19))
    grid[4, 9] = 1
    x, y = heatmap(grid, (224, 224), frame=224, input_size=299).peak
    assert x == pytest.approx(16 * 9 * 223 / 298, abs=0.6)
    assert y == pytest.approx(16 * 4 * 223 / 298, abs=0.6)


def test_published_map_is_shifted_and_has_a_rim() -> None:
    grid = np.zeros((19, 19))
    grid[9, 9] = 1
    published = heatmap(grid, (224, 224), Pipeline.PUBLISHED, frame=224, input_size=299)
    values = published.in_image()
    assert np.isnan(values[:14]).all() and np.isnan(values[-14:]).all()
    assert np.isnan(values[:, :14]).all() and np.isnan(values[:, -14:]).all()
    assert np.isfinite(values[14:-14, 14:-14]).all()
    np.testing.assert_allclose(values[14:-14, 14:-14], published.published_frame()[14:-14, 14:-14], atol=1e-6)
    assert not np.isnan(published.published_frame()).any()
    assert published.peak[0] > 16 * 9 * 223 / 298 + 2  # the known shift to the right


def test_map_covers_the_image_and_never_enlarges_it() -> None:
    tall = heatmap(np.random.default_rng(1).random((19, 19)), (1955, 1841))
    assert tall.in_image().shape == (1024, 964)
    assert tall.in_image(256).shape == output_shape((1955, 1841), 256)
    assert heatmap(np.ones((19, 19)), (60, 50)).in_image().shape == (60, 50)
    assert np.isfinite(tall.in_image()).all()


def test_scale_is_absolute() -> None:
    scale = DisplayScale(0.2, 0.6, "cosine similarity", calibrated=True)
    values = np.array([0.0, 0.2, 0.4, 0.6, 0.9, np.nan], dtype=np.float32)
    np.testing.assert_allclose(scale.normalise(values), [0, 0, 0.5, 1, 1, np.nan], atol=1e-6)


def test_regions_are_measured_in_the_image() -> None:
    grid = np.zeros((19, 19))
    grid[4, 4], grid[12, 13] = 1.0, 0.8
    found = regions(heatmap(grid, (578, 578), spacing=(0.5, 0.5)), 0.5)
    assert [round(region.peak_value, 1) for region in found] == [1.0, 0.8]
    for region, cell in zip(found, ((4, 4), (12, 13)), strict=True):
        assert region.peak == pytest.approx((cell[1] * 32 + 0.5, cell[0] * 32 + 0.5), abs=1.5)
        left, top, width, height = region.box
        assert left < region.centroid[0] < left + width
        assert top < region.centroid[1] < top + height
        assert region.area_mm2 == pytest.approx(region.area_px * 0.25)
    assert regions(heatmap(grid, (578, 578)), 2.0) == ()
    assert regions(heatmap(grid, (578, 578)), 0.5)[0].area_mm2 is None


def test_the_outline_of_the_hottest_region_encloses_its_area() -> None:
    grid = np.zeros((19, 19), dtype=np.float32)
    grid[4:7, 4:7], grid[12:15, 12:15] = 0.8, 1.0
    made = heatmap(grid, (578, 578))
    (hottest, _) = regions(made, 0.5)
    corners = np.array(region_outline(made, 0.5))
    x, y = corners.T
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    assert area == pytest.approx(hottest.area_px, rel=0.05)
    left, top, width, height = hottest.box
    assert (x.min(), y.min(), x.max(), y.max()) == pytest.approx((left, top, left + width, top + height), abs=1.0)
    assert region_outline(made, 2.0) == ()
