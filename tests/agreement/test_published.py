"""The published figures through the published protocol, from the published grids and boxes."""

from __future__ import annotations

import json
from math import isnan, nan

import numpy as np
import pytest

from afloc_core.agreement.measures import PUBLISHED_THRESHOLDS
from afloc_core.agreement.published import marks_in_frame, score_published
from afloc_core.annotations.shapes import Box, Mask, Polygon
from afloc_core.errors import MarkError
from afloc_core.imaging.letterbox import Letterbox
from afloc_core.localization.features import EncodedPhrase
from afloc_core.localization.geometry import MapGeometry
from afloc_core.localization.heatmap import DisplayScale, Heatmap, ModelIdentity
from afloc_core.localization.pipelines import Pipeline
from tests.published_weights import REFERENCE

FIGURES = json.loads((REFERENCE / "reference.json").read_text())["images"]
ARRAYS = np.load(REFERENCE / "reference.npz")


def published_heatmap(image: int, prompt: int) -> Heatmap:
    shape = (FIGURES[image]["height"], FIGURES[image]["width"])
    return Heatmap(
        grid=ARRAYS[f"dot_grid_{image}_{prompt}"],
        phrase=EncodedPhrase("", "", ()),
        pipeline=Pipeline.PUBLISHED,
        geometry=MapGeometry(Letterbox.fit(shape, 224), 299, 16),
        sigma=1.5,
        scale=DisplayScale(0.0, 2.0, "dot product", calibrated=False),
        model=ModelIdentity("published", "", "afloc"),
        match=0.5,
    )


@pytest.mark.parametrize("image", range(3))
@pytest.mark.parametrize("prompt", range(5))
def test_published_iou_and_cnr_are_reproduced(image: int, prompt: int) -> None:
    wanted = FIGURES[image]["metrics"][prompt]
    heatmap = published_heatmap(image, prompt)
    counts = marks_in_frame([Box(*FIGURES[image]["box_xywh"])], heatmap.image_shape)
    found = score_published(heatmap.published_frame(), counts)
    assert {str(t): value for t, value in found.iou.items()} == pytest.approx(wanted["iou"], abs=1e-9)
    assert found.cnr == pytest.approx(wanted["cnr"], abs=1e-6)  # published in float32
    assert found.mean_iou == pytest.approx(np.mean(list(wanted["iou"].values())), abs=1e-9)


@pytest.mark.parametrize("image", range(3))
def test_boxes_land_where_the_published_code_puts_them(image: int) -> None:
    figures = FIGURES[image]
    x, y, width, height = figures["box_in_model_frame_xywh"]
    expected = np.zeros((224, 224), dtype=np.uint8)
    expected[y : y + height, x : x + width] = 1
    counts = marks_in_frame([Box(*figures["box_xywh"])], (figures["height"], figures["width"]))
    assert np.array_equal(counts, expected)


def test_a_pixel_in_two_boxes_is_neither_inside_nor_outside_for_the_cnr() -> None:
    frame = np.zeros((224, 224), dtype=np.float32)
    frame[50:70, 50:70], frame[60:70, 60:70], frame[20:30, 20:30] = 1.0, 5.0, 0.5
    counts = marks_in_frame([Box(50, 50, 20, 20), Box(60, 60, 10, 10)], (224, 224))
    found = score_published(frame, counts)
    n, background = 196 * 196 - 400, 100
    outside = background * 0.5 / n
    spread = np.sqrt(background * 0.25 / n - outside**2)
    assert found.cnr == pytest.approx((1.0 - outside) / spread, rel=1e-6)
    assert found.iou[0.5] == pytest.approx(100 / 400)  # only the fives lie above 0.5 of [-1, 1]
    assert found.dice[0.5] == pytest.approx(200 / 500)
    assert found.hit == 1.0


def test_masks_count_where_half_of_a_frame_pixel_is_marked() -> None:
    mask = np.zeros((448, 448), dtype=bool)
    mask[100:103, 100:102] = True
    counts = marks_in_frame([Mask.from_array(mask)], (448, 448))
    assert np.argwhere(counts).tolist() == [[50, 50], [51, 50]]
    outline = Polygon(((100, 100), (200, 100), (200, 200), (100, 200)))
    assert marks_in_frame([outline], (448, 448))[50:100, 50:100].all()


def test_marks_in_the_rim_and_empty_maps_have_no_figures() -> None:
    frame = np.arange(224 * 224, dtype=np.float32).reshape(224, 224)
    nothing = score_published(frame, marks_in_frame([Box(0, 0, 10, 10)], (224, 224)))
    assert all(isnan(value) for value in (nothing.cnr, nothing.hit, nothing.mean_iou, nothing.mean_dice))
    flat = score_published(np.ones_like(frame), marks_in_frame([Box(50, 50, 9, 9)], (224, 224)))
    assert all(isnan(flat.iou[t]) for t in PUBLISHED_THRESHOLDS)
    assert isnan(flat.cnr)
    assert isnan(flat.hit)


def test_another_frame_is_refused() -> None:
    with pytest.raises(MarkError, match="224 x 224"):
        score_published(np.full((10, 10), nan, dtype=np.float32), np.zeros((10, 10), dtype=np.uint8))
