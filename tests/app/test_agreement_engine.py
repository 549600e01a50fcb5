"""What is measured live equals the core's own figures to the last bit, whatever was kept from the request before."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from afloc_core.agreement.consensus import Consensus, consensus
from afloc_core.agreement.curve import iou_curve
from afloc_core.agreement.disagreements import disagreements
from afloc_core.agreement.pairwise import Role, Source, compare_all, reader_spread
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.localization.pipelines import Pipeline
from app.models.agreement import AgreementResult, standing
from app.models.agreement_table import area_text, columns
from app.models.heat_picture import prepare_picture
from app.models.overlay import Overlay, ScaleMode
from app.services.agreement import AgreementRequest, Engine, MapOnScreen, ReaderMarks
from tests.app.fakes import heatmap

SHAPE = (300, 240)
READERS = (
    ReaderMarks("Ann", (Box(140, 180, 60, 60), Polygon(((20, 20), (60, 25), (40, 70))))),
    ReaderMarks("Ben", (Box(150, 190, 50, 40),)),
    ReaderMarks("Cleo", ()),
    ReaderMarks("Dan", (Mask.from_array(np.pad(np.ones((40, 40), dtype=bool), ((190, 70), (150, 50)))),)),
)
MAP = heatmap(SHAPE)


def request(threshold: float = 0.3, **changes: object) -> AgreementRequest:
    shown = MapOnScreen(MAP, (MAP.scale.cold, MAP.scale.hot), threshold)
    wanted = AgreementRequest(SHAPE, (0.2, 0.1), READERS, (Consensus.MAJORITY, Consensus.UNION), shown, "effusion")
    return replace(wanted, **changes)


def sources(threshold: float, kinds: tuple[Consensus, ...]) -> list[Source]:
    """Return the sources as anyone would make them with the core alone."""
    values = MAP.in_image(max(SHAPE))
    masks = []
    for reader in READERS:
        mask = np.zeros(SHAPE, dtype=bool)
        for shape in reader.shapes:
            mask |= shape.to_mask(SHAPE)
        masks.append(mask)
    model = Source("Model", Role.MODEL, values > np.float32(threshold), values)
    people = [Source(one.name, Role.READER, mask) for one, mask in zip(READERS, masks, strict=True)]
    agreed = [Source(f"Consensus ({kind.value})", Role.CONSENSUS, consensus(masks, kind)) for kind in kinds]
    return [model, *people, *agreed]


def same(result: AgreementResult, threshold: float, kinds: tuple[Consensus, ...]) -> None:
    assert repr(result.pairs) == repr(compare_all(sources(threshold, kinds), (0.2, 0.1)))  # NaN equals NaN in words


def test_every_figure_is_the_cores_own_whatever_came_before() -> None:
    engine = Engine()
    both = (Consensus.MAJORITY, Consensus.UNION)
    for threshold in (0.3, 0.2, 0.3, 0.9):
        same(engine.measure(request(threshold)), threshold, both)
    kinds = (Consensus.INTERSECTION,)
    same(engine.measure(request(0.2, kinds=kinds)), 0.2, kinds)
    same(engine.measure(request(0.2)), 0.2, both)


def test_the_curve_is_the_cores_own_and_agrees_with_the_table() -> None:
    picture, overlay, engine = prepare_picture(MAP), Overlay(), Engine()
    for scale in ScaleMode:
        overlay.set_scale(scale)
        for share in (0.0, 0.1, 0.308, 0.5, 0.732):
            overlay.set_threshold(share)
            settings = overlay.settings
            threshold = picture.threshold_value(settings)
            result = engine.measure(request(shown=MapOnScreen(MAP, picture.ends(scale), threshold)))
            assert result.curves is not None
            at = round(settings.threshold * 250)
            assert result.curves.thresholds[at] == threshold
            named = {pair.second: pair.iou for pair in result.pairs if pair.first == "Model"}
            for curve in result.curves.each:
                assert curve.iou[at] == pytest.approx(named[curve.name], abs=0, nan_ok=True)
    values = MAP.in_image(max(SHAPE))
    expected = iou_curve(values, sources(0.3, ())[1].mask, result.curves.thresholds)
    np.testing.assert_array_equal(result.curves.each[0].iou, expected)


def test_places_are_the_cores_own() -> None:
    model, *people, agreed = sources(0.3, (Consensus.MAJORITY,))
    pairs = [(model, one) for one in people] + [(agreed, one) for one in people]
    expected = disagreements([pair for a, b in pairs for pair in ((a, b), (b, a))])
    engine = Engine()
    wanted = request(kinds=(Consensus.MAJORITY,))
    assert engine.places(wanted).places == engine.places(wanted).places == expected
    assert expected


def test_dragging_the_threshold_keeps_masks_pairs_and_curves() -> None:
    engine = Engine()
    first, second = engine.measure(request(0.3)), engine.measure(request(0.31))
    assert second.curves is first.curves
    assert all(a is b for a, b in zip(first.pairs, second.pairs, strict=True) if a.first != "Model")
    moved = replace(READERS[0], shapes=(Box(0, 0, 9, 9),))
    third = engine.measure(request(0.31, readers=(moved, *READERS[1:])))
    assert third.curves is not second.curves
    kept = {(pair.first, pair.second): pair for pair in third.pairs}
    assert all(
        kept["Ben", name] is pair
        for pair in second.pairs
        for name in ("Dan",)
        if pair.first == "Ben" and pair.second == name
    )


def test_where_the_model_stands_is_said_with_its_numbers() -> None:
    result = Engine().measure(request(0.3))
    low, mean, high = reader_spread(result.pairs, ["Ann", "Ben", "Cleo", "Dan"]) or (0, 0, 0)
    sentence = standing(result)
    place = "inside" if low <= result.model_mean <= high else "below" if result.model_mean < low else "above"
    assert sentence.startswith(f"Model {place} the readers' range: mean IoU {result.model_mean:.2f}")
    assert f"{mean:.2f} with each other ({low:.2f} to {high:.2f})" in sentence
    assert standing(replace(result, model_mean=0.0)).startswith("Model below")
    assert standing(replace(result, model_mean=1.0)).startswith("Model above")


def test_what_cannot_be_said_is_explained() -> None:
    engine = Engine()
    above_all = engine.measure(request(0.9))
    assert isnan(above_all.model_mean)
    assert "IoU of the model" in standing(above_all)
    alone = engine.measure(request(readers=READERS[1:2]))
    assert alone.consensus == ()
    assert "no two readers" in standing(alone)
    silent = engine.measure(request(readers=READERS[2:3]))
    assert "Cleo marked nothing" in standing(silent)
    without = engine.measure(request(shown=None))
    assert without.model == ""
    assert without.curves is None
    assert "Ask for a finding" in standing(without)
    assert all(pair.first != "Model" for pair in without.pairs)


def test_a_reader_called_model_is_not_taken_for_the_model() -> None:
    result = Engine().measure(request(readers=(replace(READERS[0], name="Model"), READERS[1])))
    assert result.model == "Model (AFLoc)"
    assert len({(pair.first, pair.second) for pair in result.pairs}) == len(result.pairs)


def test_the_protocol_names_threshold_and_unscored_rim() -> None:
    published = heatmap(SHAPE, pipeline=Pipeline.PUBLISHED)
    result = Engine().measure(request(shown=MapOnScreen(published, (0.1, 0.5), 0.3)))
    assert "native" in result.protocol
    assert "cosine similarity 0.300" in result.protocol
    assert "rim" in result.protocol
    assert "rim" not in Engine().measure(request()).protocol


def test_points_have_no_area() -> None:
    pointing = ReaderMarks("Pia", (Points(((30.0, 40.0), (50.0, 60.0))),))
    both = replace(READERS[1], shapes=(*READERS[1].shapes, Points(((3.0, 4.0),))))
    result = Engine().measure(request(readers=(READERS[0], both, pointing)))
    areas = {pair.second: pair.area_second for pair in result.pairs if pair.first == result.model}
    plain = Engine().measure(request(readers=READERS[:2]))
    assert areas[both.name] == {pair.second: pair.area_second for pair in plain.pairs}[both.name]
    assert areas["Pia"] == 0
    reasons = [pair.reasons for pair in result.pairs if "Pia" in (pair.first, pair.second)]
    assert all("Pia marked points only, which have no area" in one["iou"] for one in reasons)
    assert all(place.area_px > 1 for place in Engine().places(request(readers=(both, pointing))).places)


def test_staple_takes_part() -> None:
    result = Engine().measure(request(kinds=(Consensus.STAPLE,)))
    same(result, 0.3, (Consensus.STAPLE,))


def test_distances_and_areas_have_the_units_of_the_film() -> None:
    pair = next(one for one in Engine().measure(request()).pairs if (one.first, one.second) == ("Ben", "Dan"))
    said = {column.title: column.cell(pair) for column in columns((0.2, 0.1))}
    assert said["Dist. mm"] == f"{pair.distance_mm:.1f}"
    assert said["Area 1 cm²"] == f"{2000 * 0.02 / 100:.1f}"
    assert {column.title: column.cell(pair) for column in columns(None)}["Area 1 px"] == "2000"
    assert area_text(2000, None) == "2000 px"
    assert area_text(2000, (0.2, 0.1)) == "0.4 cm²"
