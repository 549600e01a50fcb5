"""The picture that `afloc locate` writes is made from the data."""

from __future__ import annotations

import numpy as np

from afloc_core.exporting.colour_maps import NAMES, colours
from afloc_core.exporting.heat_colours import heat_over_grey, shares_of
from afloc_core.exporting.overlay import overlay_picture
from afloc_core.imaging.compose import compose_radiograph
from afloc_core.localization.pipelines import Pipeline
from tests.exporting.pictures import is_contour
from tests.localization.test_geometry import heatmap


def test_cold_and_unscored_pixels_stay_plain_radiograph() -> None:
    grey = np.full((2, 2), 128, dtype=np.uint8)
    values = np.array([[-1.0, 0.0], [np.nan, 1.0]], dtype=np.float32)
    shown = heat_over_grey(grey, shares_of(values, 0.0, 1.0), 0.5, 0.6, "inferno")
    assert (shown[0, 0] == 128).all() and (shown[0, 1] == 128).all() and (shown[1, 0] == 128).all()
    expected = 0.4 * 128 + 0.6 * colours("inferno")[255].astype(float)
    np.testing.assert_allclose(shown[1, 1], expected, atol=1)


def test_the_contour_lies_where_the_map_crosses_the_middle() -> None:
    grid = np.zeros((19, 19))
    grid[:, :9] = 0.5  # the scale of the fixture ends there, so its middle is at cell 8.5
    film = compose_radiograph(np.full((578, 578), 1000, dtype=np.uint16), "PNG")
    picture = np.asarray(overlay_picture(film, heatmap(grid, (578, 578))))[50:500, :578]
    columns = is_contour(picture).any(axis=0).nonzero()[0]
    assert abs(columns.mean() - (8.5 * 32 + 0.5)) <= 2


def test_the_published_rim_draws_no_stray_lines() -> None:
    grid = np.zeros((19, 19))
    grid[:, :9] = 0.5  # crosses the rim at the top and at the bottom
    film = compose_radiograph(np.full((224, 224), 1000, dtype=np.uint16), "PNG")
    published = heatmap(grid, (224, 224), Pipeline.PUBLISHED, frame=224, input_size=299)
    rows, columns = is_contour(np.asarray(overlay_picture(film, published))[:190, 60:180]).nonzero()
    assert len(rows) > 100
    assert rows.min() >= 12
    assert np.ptp(columns) <= 3


def test_a_thread_thin_film_is_drawn_without_a_contour() -> None:
    film = compose_radiograph(np.full((16000, 20), 1000, dtype=np.uint16), "PNG")
    assert overlay_picture(film, heatmap(np.ones((19, 19)), (16000, 20))).height == 1024


def test_colour_maps_get_lighter_all_the_way() -> None:
    for name in NAMES:
        light = colours(name).astype(float) @ (0.2126, 0.7152, 0.0722)
        assert light[-1] > light[0]
        assert np.diff(light[::8]).min() > -1
