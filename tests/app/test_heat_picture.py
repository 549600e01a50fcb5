"""Colours mean similarities: an absent finding stays cold unless the reader asks for min–max."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyqtgraph
import pytest

from afloc_core.exporting import colour_maps
from afloc_core.localization.pipelines import Pipeline
from app.models.heat_picture import HeatPicture, colour_table, describe, describe_cold, prepare_picture
from app.models.overlay import LEVELS, OverlaySettings, ScaleMode
from tests.app.fakes import COLD, HOT, heatmap

SHAPE = (600, 480)
ABSENT = ((0.7, 0.7, 0.14),)


def picture(spots: tuple[tuple[float, float, float], ...] = ((0.7, 0.7, 0.45),)) -> HeatPicture:
    return prepare_picture(heatmap(SHAPE, spots=spots))


def test_an_absent_finding_is_transparent_on_the_absolute_scale_and_hot_on_min_max() -> None:
    settings = OverlaySettings()
    alpha = np.array(colour_table(settings)) >> 24
    absent = picture(ABSENT)
    assert alpha[absent.indices(ScaleMode.ABSOLUTE)].max() == 0
    assert absent.indices(ScaleMode.MIN_MAX).max() == LEVELS + 1


def test_the_scale_runs_from_cold_to_hot() -> None:
    shown = picture()
    assert shown.ends(ScaleMode.ABSOLUTE) == (COLD, HOT)
    assert shown.ends(ScaleMode.MIN_MAX) == (shown.least, shown.greatest)
    assert shown.threshold_value(OverlaySettings(threshold=0.25)) == pytest.approx(COLD + 0.25 * (HOT - COLD))


def test_what_was_not_scored_is_transparent_and_has_no_value() -> None:
    shown = prepare_picture(heatmap(SHAPE, pipeline=Pipeline.PUBLISHED))
    assert np.isnan(shown.values[0, 0])
    assert shown.indices(ScaleMode.ABSOLUTE)[0, 0] == 0
    assert colour_table(OverlaySettings(threshold=0))[0] >> 24 == 0
    assert shown.value_at(1, 1) is None
    assert shown.value_at(-1, 5) is None
    assert shown.value_at(300, 300) == pytest.approx(shown.values[300, 300])


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 1.0])
def test_the_threshold_cuts_and_the_heat_fades_in_above_it(threshold: float) -> None:
    settings = OverlaySettings(threshold=threshold)
    shown = picture()
    shares = shown.shares(shown.values, ScaleMode.ABSOLUTE).ravel()
    alpha = (np.array(colour_table(settings)) >> 24)[shown.indices(ScaleMode.ABSOLUTE).ravel()]
    clear = np.abs(shares - threshold) > 1e-5
    assert ((alpha > 0) == (shares >= threshold))[clear].all()
    by_heat = alpha[np.argsort(shares)].astype(int)
    assert (np.diff(by_heat) >= 0).all()


def test_the_contour_is_where_the_map_equals_the_threshold() -> None:
    shown = picture()
    settings = OverlaySettings(threshold=0.5)
    (line,) = shown.contours(settings)
    values = [shown.value_at(u, v) for u, v in line]
    assert np.abs(np.array(values) - shown.threshold_value(settings)).max() < 0.01
    peak = shown.heatmap.peak
    assert line[:, 0].min() < peak[0] < line[:, 0].max() and line[:, 1].min() < peak[1] < line[:, 1].max()


def test_a_one_pixel_film_has_a_map_and_no_contour() -> None:
    assert prepare_picture(heatmap((1, 1))).contours(OverlaySettings()) == ()


def test_words_say_where_the_peak_is() -> None:
    assert describe(picture(((0.85, 0.9, 0.45),)), OverlaySettings()).endswith("in the lower third, image right")
    absent = picture(ABSENT)
    said = describe(absent, OverlaySettings())
    assert said == f"peak {absent.heatmap.peak_value:.2f}, below the threshold {absent.heatmap.scale.middle:.2f}"
    assert describe_cold(absent, OverlaySettings()) == said
    assert describe_cold(picture(), OverlaySettings()) == ""
    assert "below" not in describe(picture(ABSENT), OverlaySettings(scale=ScaleMode.MIN_MAX))


def test_words_say_when_nothing_was_scored() -> None:
    shown = picture()
    empty = replace(shown, values=np.full_like(shown.values, np.nan))
    assert describe(empty, OverlaySettings()) == "nothing was scored"


@pytest.mark.parametrize("name", colour_maps.NAMES)
def test_colour_maps_are_the_published_ones(name: str) -> None:
    published = pyqtgraph.colormap.get(name).getLookupTable(0, 1, 256)[:, :3]
    assert np.abs(colour_maps.colours(name).astype(int) - published).max() <= 3
