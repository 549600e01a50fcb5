"""What a model card says of several runs."""

from __future__ import annotations

from afloc_core.pretraining.model_card import _runs


def test_a_card_says_how_far_runs_lie_apart() -> None:
    runs = [
        {"pointing": 0.70, "iou": 0.30, "cnr": 2.0, "side": 0.9, "zone": 0.8, "auc": 0.66},
        {"pointing": 0.74, "iou": 0.28, "cnr": 2.1, "side": 0.8, "zone": 0.8, "auc": 0.70},
    ]
    said = _runs(runs)
    assert "mean of 2 runs" in said
    assert "pointing 0.70 to 0.74, IoU 0.28 to 0.30, CNR 2.00 to 2.10" in said
    assert "mean AUC 0.66 to 0.70" in said


def test_a_card_of_one_run_says_so() -> None:
    assert _runs([]) == "One seed."
