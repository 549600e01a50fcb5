"""What the tables of a cohort come to in a sentence."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from afloc_core.cohort.comparison import Beside, Comparison
from afloc_core.cohort.human_range import HumanRange, Standing
from afloc_core.cohort.results import Difference, Estimate
from afloc_core.cohort.statistics import Summary
from app.views.cohort_figures import beside_of, difference_sentence, humans_of, readers_of, standing_sentence

if TYPE_CHECKING:
    from afloc_core.cohort.evaluation import Evaluation

MODEL, HUMANS = Estimate(0.4, 0.3, 0.5, 8), Estimate(0.6, 0.5, 0.7, 8)
GAP = Difference(-0.2, -0.3, -0.1, 0.002, 8)


def ranged(finding: str, standing: Standing, measure: str = "iou") -> HumanRange:
    return HumanRange(finding, measure, 2, 0.55, 0.65, HUMANS, MODEL, GAP, standing)


RANGES = (
    ranged("", Standing.INSIDE),
    ranged("mass", Standing.ABOVE),
    ranged("edema", Standing.BELOW),
    ranged("hernia", Standing.BELOW),
    ranged("mass", Standing.INSIDE, "hit"),
)


def test_the_sentence_names_findings_above_inside_and_below_the_range() -> None:
    assert standing_sentence(RANGES, "iou") == (
        "By IoU the model is above the readers' range on mass; inside it on none; below it on edema, hernia."
    )
    hits = "By Hit the model is above the readers' range on none; inside it on mass; below it on none."
    assert standing_sentence(RANGES, "hit") == hits
    assert not standing_sentence(RANGES, "cnr")


def test_the_mean_over_findings_comes_last_and_intervals_are_there_to_point_at() -> None:
    figures = humans_of(RANGES, "iou")
    assert [row[0].text for row in figures.rows] == ["mass", "edema", "hernia", "Mean of findings"]
    assert figures.total == 1
    first = dict(zip(figures.titles, figures.rows[0], strict=True))
    assert (first["Model"].text, first["Model"].hint) == ("0.400", "0.400  (0.300 to 0.500)")
    assert first["Their range"].text == "0.550 to 0.650"
    assert first["Difference"].text == "-0.200  (-0.300 to -0.100)"
    assert (first["p"].text, first["Model is"].text) == ("0.002", "above")


def test_a_reader_who_only_points_has_the_cases_of_the_hits() -> None:
    nothing, hits = Estimate(nan, nan, nan, 0), Estimate(0.5, 0.4, 0.6, 6)
    measures = {"iou": nothing, "dice": nothing, "cnr": nothing, "hit": hits}
    evaluation = SimpleNamespace(by_reader={"Ada": Summary({"mass": measures}, measures, measures)})
    (row,) = readers_of(cast("Evaluation", evaluation)).rows
    assert [cell.text for cell in row] == ["Ada", "6", "–", "–", "0.500  (0.400 to 0.600)"]


def test_two_runs_are_compared_in_a_sentence_and_a_table() -> None:
    beside = Beside(MODEL, HUMANS, GAP)
    comparison = Comparison("AFLoc-mini", "d", "sharpened", {"mass": {"iou": beside}}, {"iou": beside})
    assert difference_sentence(comparison, "iou") == (
        "Beside AFLoc-mini, sharpened: this run less the other is \u22120.200 in mean IoU (\u22120.300 to \u22120.100, "
        "p 0.002)."
    )
    few = replace(comparison.overall["iou"], difference=replace(GAP, p=nan))
    assert difference_sentence(replace(comparison, overall={"iou": few}), "iou").endswith(
        "to \u22120.100, no p-value: fewer than 5 images or patients)."
    )
    assert difference_sentence(comparison, "cnr") == "Beside AFLoc-mini, sharpened: no case has a CNR in both runs."
    assert [row[0].text for row in beside_of(comparison, "iou").rows] == ["mass", "Mean of findings"]
