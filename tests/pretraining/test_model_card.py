"""What a model card says of several runs, of real boxes and of where findings were simulated."""

from __future__ import annotations

import numpy as np
import pytest

from afloc_core.pretraining.box_figures import box_summary
from afloc_core.pretraining.finish import _macro_of_eight
from afloc_core.pretraining.finish import _preference as _preference_of
from afloc_core.pretraining.model_card import _on_abnormal, _preference, _read_boxes, _runs, _shown, _started
from afloc_core.pretraining.validation import Measured, Preference


def test_a_card_says_how_far_runs_lie_apart() -> None:
    runs = [
        {"pointing": 0.70, "iou": 0.30, "cnr": 2.0, "side": 0.9, "zone": 0.8, "auc": 0.66},
        {"pointing": 0.74, "iou": 0.28, "cnr": 2.1, "side": 0.8, "zone": 0.8, "auc": 0.70},
    ]
    said = _runs(runs)
    assert "mean of 2 runs" in said
    assert "pointing 0.70 to 0.74, IoU 0.28 to 0.30, CNR 2.00 to 2.10" in said
    assert "zone preference 0.80, mean AUC 0.66 to 0.70" in said


def test_a_card_of_one_run_says_so() -> None:
    assert _runs([]) == "One seed."


def test_boxes_that_were_read_are_summed_up_by_finding_with_hearts_apart() -> None:
    rows = [
        {"finding": finding, "model": [hit, 0.2, 1.5], "mean_map": [0.0, 0.1, 1.0], "centre": [1.0, 0.3, 0.5]}
        for finding, hit in (("Mass", 1.0), ("Mass", 0.0), ("Cardiomegaly", 1.0))
    ]
    said = _read_boxes({"rows": rows, "summary": box_summary(rows, ["one", "another", "a third"])})
    assert "round 3 labelled findings" in said
    assert "| Mass | 2 | 0.50 / 0.20 / 1.50 | 0.00 / 0.10 / 1.00 | 1.00 / 0.30 / 0.50 |" in said
    assert "| **all** | 3 | 0.67 /" in said
    assert "| **all but hearts** | 2 | 0.50 /" in said
    assert "All: hit 0.67 (0.00 to 1.00), IoU 0.20 (0.20 to 0.20), CNR 1.50 (1.50 to 1.50);" in said
    assert "All but hearts: hit 0.50 (0.00 to 1.00)" in said
    assert (
        "more than the mean map by hit 0.50 (0.00 to 1.00), IoU 0.10 (0.10 to 0.10), CNR 0.50 (0.50 to 0.50)." in said
    )
    assert _read_boxes({"rows": [], "summary": {}}) == ""


def test_boxes_of_one_patient_are_drawn_together() -> None:
    rows = [
        {"finding": finding, "model": [hit, 0.2, 1.5], "mean_map": [0.0, 0.1, 1.0]}
        for finding, hit in (("Cardiomegaly", 1.0), ("Mass", 1.0), ("Mass", 0.0))
    ]
    apart, together = (box_summary(rows, of)["all but hearts"][0] for of in (["a", "a", "b"], ["a", "b", "b"]))
    assert (apart["value"], apart["low"], apart["high"]) == (0.5, 0.0, 1.0)
    assert (together["value"], together["low"], together["high"]) == (0.5, 0.5, 0.5)


def test_findings_of_one_patient_are_drawn_together() -> None:
    measured = [Measured(film, "mass", (float(film < 2), 0.2, 1.0), film < 2) for film in range(4)]
    for patients, ends in (("aabb", (0.0, 1.0)), ("abab", (0.5, 0.5))):
        pointing, iou, _, near = _macro_of_eight(measured, patients)
        assert (pointing["value"], pointing["low"], pointing["high"]) == (0.5, *ends)
        assert (near["low"], near["high"]) == ends
        assert iou["low"] == pytest.approx(0.2)
    right = np.array([True, True, False, False])
    won, seen = _preference_of(Preference(np.arange(4), right, right), "abab")["shares"]
    assert (won["value"], won["low"], won["high"]) == (0.5, 0.5, 0.5)
    assert seen["value"] == 1.0


def test_boxes_of_hearts_alone_are_summed_up_too() -> None:
    row = {"finding": "Cardiomegaly", "model": [1.0, 0.2, 1.5], "mean_map": [0.0, 0.1, 1.0], "centre": [1.0, 0.3, 0.5]}
    said = _read_boxes({"rows": [row], "summary": box_summary([row], ["one"])})
    assert "| **all** | 1 | 1.00 /" in said
    assert "but hearts" not in said


def test_a_card_tells_what_is_not_seen_from_what_is_misplaced() -> None:
    shares = [{"value": 0.9, "low": 0.8, "high": 0.95}, {"value": 0.98, "low": 0.9, "high": 1.0}]
    said = _preference({"cases": 20, "seen": 15, "shares": shares})
    assert said == (
        "0.90 (0.80 to 0.95) of 20 cases\n"
        "(0.98 (0.90 to 1.00) of the 15 where either map rises above the cold end of the scale)"
    )


def test_a_card_says_which_films_findings_were_on_abnormal() -> None:
    assert _on_abnormal({"simulations_per_abnormal_film": 0}) == ""
    assert "14 on abnormal ones" in _on_abnormal({"simulations_per_abnormal_film": 14})


def test_a_card_says_what_training_started_from_what_stays_of_it_and_whether_it_taught() -> None:
    training = {"pseudo_label_weight": 0.0}
    recipe = {"start": "earlier", "start_share": 0.0, "training": training}
    assert _started(recipe | {"start": ""}) == ""
    assert _started(recipe).endswith("from an earlier model of its kind")
    assert "a share of 30% in" in _started(recipe | {"start_share": 0.3})
    assert "pseudo-labels" in _started(recipe | {"training": {"pseudo_label_weight": 0.5}})


def test_a_card_says_how_many_boxed_findings_show_a_region() -> None:
    read = [{"shown": True, "model": [1.0]}, {"shown": True, "model": [0.0]}, {"shown": False, "model": [1.0]}]
    drawn = [{"shown": False, "model": [1.0]}]
    said = _shown({"read_boxes": {"rows": read}, "boxes": {"rows": drawn}})
    assert "2 of 3 findings with read boxes have a region, whose hottest place lies in a box in 1;" in said
    assert "0 of 1 of those of radiologists have a region, whose hottest place lies in a box in 0" in said
    assert _shown({"read_boxes": {"rows": []}, "boxes": {"rows": []}}) == ""
