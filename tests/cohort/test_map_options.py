"""What is done differently to maps and phrases when it is asked for, and that nothing is when it is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.cli import main
from afloc_core.cohort.map_options import PLAIN, MapOptions
from afloc_core.localization.localizer import Localizer
from tests.cohort.small_cohort import localizer, some_boxes, write_boxes, write_films

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(0).normal(0.2, 0.1, (20, 30)).astype(np.float32)


def test_plain_changes_nothing(values: np.ndarray) -> None:
    assert PLAIN.values(values, None) is values
    assert PLAIN.phrase("Small left effusion") == "Small left effusion"
    assert PLAIN.words == ""


def test_sharpening_keeps_the_order_and_centres_on_mean_plus_deviation(values: np.ndarray) -> None:
    sharp = MapOptions(sharpen=True).values(values, None)
    assert (np.argsort(sharp, axis=None) == np.argsort(values, axis=None)).all()
    assert ((sharp > 0.5) == (values > values.mean() + values.std())).mean() > 0.995


def test_fusing_weighs_both_maps_by_their_spread(values: np.ndarray) -> None:
    shallow = np.random.default_rng(1).normal(5, 40, values.shape).astype(np.float32)
    fused = MapOptions(fuse=True).values(values, shallow)
    expected = (values - values.mean()) / values.std() + 0.5 * (shallow - shallow.mean()) / shallow.std()
    np.testing.assert_allclose(fused, expected, atol=1e-4)


def test_a_constant_map_stays_constant() -> None:
    constant = np.full((4, 4), 0.3, dtype=np.float32)
    assert np.ptp(MapOptions(sharpen=True, fuse=True).values(constant, constant)) == 0


@pytest.mark.parametrize(
    ("phrase", "pruned"),
    [
        ("Small left pleural effusion", "left pleural effusion"),
        ("mild to moderate cardiomegaly", "cardiomegaly"),
        ("left-sided pneumothorax", "left-sided pneumothorax"),
        ("large", "large"),
    ],
)
def test_pruning_drops_size_and_severity(phrase: str, pruned: str) -> None:
    assert MapOptions(prune=True).phrase(phrase) == pruned


def test_each_option_is_said_and_measured_against_the_plain_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Localizer, "from_pretrained", classmethod(lambda _cls, _folder=None: localizer()))
    names = write_films(tmp_path / "films", 5)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A"]))
    given = ["evaluate", "--images", str(tmp_path / "films"), "--annotations", str(marks), "--output"]
    assert main([*given, str(tmp_path / "plain")]) == 0
    assert main([*given, str(tmp_path / "sharp"), "--sharpen", "--fuse", "--compare", str(tmp_path / "plain")]) == 0
    summary = json.loads((tmp_path / "sharp" / "summary.json").read_text())
    assert summary["model"]["map"] == "sharpened, fused with shallow features"
    assert summary["comparison"]["overall"]["iou"]["difference"]["n"] == summary["overall"]["iou"]["n"]
    assert summary["comparison"]["overall"]["iou"]["difference"]["mean"] != 0
