"""How well findings are told from whole images, against counting by hand."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.cli import main
from afloc_core.cohort.zero_shot import best_mcc, ranked
from afloc_core.imaging.open import open_radiograph
from afloc_core.localization.localizer import Localizer
from tests.cohort.small_cohort import localizer, some_boxes, write_boxes, write_films

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def case() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    scores = np.round(rng.random(60), 1)  # with many ties
    return scores, rng.random(60) < 0.2 + 0.5 * scores


def area(scores: np.ndarray, labels: np.ndarray) -> float:
    wins = [(p > n) + 0.5 * (p == n) for p in scores[labels] for n in scores[~labels]]
    return float(np.mean(wins))


def precision(scores: np.ndarray, labels: np.ndarray) -> float:
    total = 0.0
    for threshold in sorted(set(scores)):
        above = scores >= threshold
        total += (labels & (scores == threshold)).sum() * (labels & above).sum() / above.sum()
    return float(total / labels.sum())


def test_area_and_precision_are_those_of_counting(case: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = case
    weights = np.random.default_rng(3).integers(0, 3, (5, 60))
    areas, precisions = ranked(scores, labels, weights)
    for weight, found, average in zip(weights, areas, precisions, strict=True):
        drawn = np.repeat(np.arange(60), weight)
        assert found == pytest.approx(area(scores[drawn], labels[drawn]), abs=1e-12)
        assert average == pytest.approx(precision(scores[drawn], labels[drawn]), abs=1e-12)


def test_without_both_labels_there_is_nothing_to_tell(case: tuple[np.ndarray, np.ndarray]) -> None:
    scores, _ = case
    for labels in (np.zeros(60, bool), np.ones(60, bool)):
        assert np.isnan(ranked(scores, labels, np.ones((1, 60)))).all()
        assert np.isnan(best_mcc(scores, labels)).all()


def test_the_best_threshold_is_the_best_of_all(case: tuple[np.ndarray, np.ndarray]) -> None:
    scores, labels = case
    threshold, mcc = best_mcc(scores, labels)
    every = {level: np.corrcoef(scores >= level, labels)[0, 1] for level in sorted(set(scores))[1:]}
    assert mcc == pytest.approx(max(every.values()), abs=1e-12)
    assert every[threshold] == pytest.approx(mcc, abs=1e-12)


def test_labels_give_scores_of_averaged_prompts_and_patients_are_drawn_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(Localizer, "from_pretrained", classmethod(lambda _cls, _folder=None: localizer()))
    names = write_films(tmp_path / "films", 8)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A"]))
    with (tmp_path / "labels.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["image", "patient", "split", "Edema", "Mass"])
        for n, name in enumerate(names):
            writer.writerow([name, n // 2, "test" if n < 7 else "train", n % 2, "" if n == 3 else int(n < 3)])
        writer.writerow(["elsewhere.png", 9, "test", 1, 1])
    prompts = {"edema": {"positive": ["oedema", "wet lungs"], "negative": ["no oedema"]}}
    (tmp_path / "prompts.json").write_text(json.dumps(prompts))
    given = ["--images", tmp_path / "films", "--annotations", marks, "--protocol", "published", "--split", "test"]
    given += ["--labels", tmp_path / "labels.csv", "--prompts", tmp_path / "prompts.json", "--output", tmp_path / "out"]
    assert main(["evaluate", *map(str, given)]) == 0
    said = capsys.readouterr().err
    assert "\r8 of 8 labelled images\n" in said, "whoever watches sees how far it is"
    assert "\r8 of 8 images\n" in said
    with (tmp_path / "out" / "zero_shot.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 7 + 6
    model = localizer()

    def report(text: str) -> np.ndarray:
        return model.encode_phrase(text, "published").report.astype(float)

    pairs = {
        "Edema": (report("oedema") + report("wet lungs")) / 2 - report("no oedema"),
        "Mass": report("Findings suggesting mass.") - report("no mass."),
    }
    for row in rows:
        film = model.encode_image(open_radiograph(tmp_path / "films" / row["image"]), "published")
        expected = 1 / (1 + np.exp(-(film.image.astype(float) @ pairs[row["finding"]])))
        assert float(row["score"]) == pytest.approx(expected, abs=1e-6)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    found = summary["zero-shot"]["findings"]
    for finding in ("Edema", "Mass"):
        some = [row for row in rows if row["finding"] == finding]
        scores, labels = (
            np.array([float(row["score"]) for row in some]),
            np.array([row["label"] == "1" for row in some]),
        )
        assert found[finding]["auc"]["mean"] == pytest.approx(area(scores, labels), abs=1e-12)
        assert found[finding]["average precision"]["mean"] == pytest.approx(precision(scores, labels), abs=1e-12)
        assert found[finding]["brier"] == pytest.approx(np.mean((scores - labels) ** 2), abs=1e-12)
    assert summary["problems"]["counts"]["labels without an image"] == 1
    assert "Findings without training" in (tmp_path / "out" / "report.html").read_text()


def test_a_damaged_file_of_prompts_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = write_films(tmp_path / "films", 2)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A", "B"]))
    (tmp_path / "prompts.json").write_text('{"edema": {"positive": "one"}}')
    given = ["evaluate", "--annotations", marks, "--model", "none", "--prompts", tmp_path / "prompts.json"]
    assert main([*map(str, given), "--output", str(tmp_path / "out")]) == 2
    assert "no file of prompts" in capsys.readouterr().err
