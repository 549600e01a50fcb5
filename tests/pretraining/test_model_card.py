"""What a model card says of several runs, of real boxes and of where findings were simulated."""

from __future__ import annotations

from afloc_core.pretraining.model_card import _on_abnormal, _read_boxes, _runs, _shown, _started


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
    said = _read_boxes(rows)
    assert "round 3 labelled findings" in said
    assert "| Mass | 2 | 0.50 / 0.20 / 1.50 | 0.00 / 0.10 / 1.00 | 1.00 / 0.30 / 0.50 |" in said
    assert "| **all** | 3 | 0.67 /" in said
    assert "| **all but hearts** | 2 | 0.50 /" in said
    assert _read_boxes([]) == ""


def test_a_card_says_which_films_findings_were_on_abnormal() -> None:
    assert _on_abnormal({"simulations_per_abnormal_film": 0}) == ""
    assert "14 on abnormal ones" in _on_abnormal({"simulations_per_abnormal_film": 14})


def test_a_card_says_what_training_started_from_what_stays_of_it_and_whether_it_taught() -> None:
    training = {"pseudo_label_weight": 0.0}
    recipe = {"start": "earlier", "start_share": 0.0, "training": training}
    assert _started(recipe | {"start": ""}) == ""
    assert _started(recipe).endswith("from an earlier model (earlier)")
    assert "a share of 30% in" in _started(recipe | {"start_share": 0.3})
    assert "pseudo-labels" in _started(recipe | {"training": {"pseudo_label_weight": 0.5}})


def test_a_card_says_how_many_boxed_findings_show_a_region() -> None:
    read, drawn = [{"shown": True}, {"shown": False}], [{"shown": False}]
    assert "1 of the 2 read boxes and 0 of the 1 boxes" in _shown({"read_boxes": read, "boxes": drawn})
    assert _shown({"read_boxes": [], "boxes": []}) == ""
