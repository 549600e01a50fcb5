"""Self-training: maps of real films by an earlier model, and what is believed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from afloc_core.modeling.text_preparation import our_cleaning
from afloc_core.pretraining.objective import Objective, make_target
from afloc_core.pretraining.pool import TrainingPool
from afloc_core.pretraining.readings import ReadFinding
from afloc_core.pretraining.recipe import Training
from afloc_core.pretraining.samples import Sample
from afloc_core.pretraining.self_training import Lesson, Lessons, no_lesson, read_lessons, taught_rows
from tests.small_model import small_model

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 36
RIGHT = ReadFinding("effusion", (("right", "lower"),))
SAMPLES = [
    Sample(0, ()),
    Sample(1, None, ("Effusion", "Mass"), (RIGHT,)),
    Sample(1, None, ("Effusion", "Mass"), (RIGHT.mirrored(),)),
    Sample(2, None),
    Sample(3, None, ("Pleural_Thickening",)),
]


def pool() -> TrainingPool:
    """Features of a real film and its mirror image, among others."""
    features = np.random.default_rng(0).normal(size=(len(SAMPLES), 40, SIDE, SIDE)).astype(np.float16)
    return TrainingPool(features, SAMPLES)


def test_lessons_are_of_the_labelled_findings_of_real_films() -> None:
    expected = [(1, "effusion"), (1, "mass"), (2, "effusion"), (2, "mass"), (4, "pleural thickening")]
    assert taught_rows(SAMPLES) == expected


def test_a_lesson_is_the_mean_of_the_map_of_a_film_and_of_its_mirror_image(tmp_path: Path) -> None:
    model, processor = small_model()
    read_lessons(tmp_path, pool(), model, processor)
    maps = np.load(tmp_path / "lessons.npy").astype(np.float32)
    with torch.inference_mode():
        early = torch.from_numpy(pool().features.astype(np.float32))
        deep = model.eval().vision.project(early, *model.vision.backbone.late(early)).deep
        report = model.encode_text(processor.encode([our_cleaning("lung mass")])).report
    cosine = F.cosine_similarity(deep, report[0][None, :, None, None], dim=1).numpy()
    mean = (cosine[1] + cosine[2][:, ::-1]) / 2
    np.testing.assert_allclose(maps[1], mean, atol=2e-3)
    np.testing.assert_allclose(maps[3], mean[:, ::-1], atol=2e-3)
    assert np.abs(cosine[1] - mean).max() > 0.02, "the two views differ"


def test_lessons_are_drawn_up_once(tmp_path: Path) -> None:
    model, processor = small_model()
    np.save(tmp_path / "lessons.npy", np.zeros((5, SIDE, SIDE), np.float16))
    lessons = read_lessons(tmp_path, pool(), model, processor)
    lesson = lessons.of([1], make_target([SAMPLES[1]], np.random.default_rng(0), exchange=False, options=Training()))
    assert len(lesson.film)
    assert not lesson.maps.any()


def test_a_batch_gets_the_maps_of_its_true_sentences() -> None:
    maps = np.arange(5, dtype=np.float16)[:, None, None] * np.ones((5, SIDE, SIDE), np.float16)
    lessons = Lessons(maps, SAMPLES)
    rows = [0, 2, 4]
    target = make_target([SAMPLES[row] for row in rows], np.random.default_rng(3), exchange=True, options=Training())
    lesson = lessons.of(rows, target)
    place = {"effusion": 2, "mass": 3, "pleural thickening": 4}
    assert len(lesson.film)
    for film, sentence, one in zip(lesson.film, lesson.sentence, lesson.maps, strict=True):
        assert target.truth[film, sentence] == 1
        assert not target.negated[sentence]
        assert (one == place[target.kinds[int(sentence)]]).all()
        assert rows[int(film)] == (4 if one[0] == 4 else 2)


def learned(own: torch.Tensor, taught: torch.Tensor, inside: torch.Tensor) -> float:
    """Cost of a map that was taught another."""
    objective = Objective(Training(first_bias=-5.0), small_model()[0].config)
    one = torch.zeros(1, dtype=torch.long)
    return float(objective._learned(own[None, None], inside[None, None], Lesson(one, one, taught[None])).detach())


def spot(start: int, heat: float = 0.6) -> torch.Tensor:
    cells = torch.zeros(100)
    cells[start : start + 8] = heat
    return cells


EVERYWHERE = torch.ones(100, dtype=torch.bool)


def test_a_map_like_the_taught_one_costs_least() -> None:
    same = learned(spot(10, 0.9), spot(10), EVERYWHERE)
    assert same < 0.5 * learned(spot(10, 0.2), spot(10), EVERYWHERE)
    assert same < 0.2 * learned(spot(60, 0.9), spot(10), EVERYWHERE)


def test_a_faint_map_teaches_as_much_as_a_hot_one_and_one_that_says_nothing_teaches_nothing() -> None:
    own = spot(10, 0.9)
    assert learned(own, spot(10, 0.3), EVERYWHERE) == pytest.approx(learned(own, spot(10), EVERYWHERE))
    nowhere = learned(torch.zeros(100), torch.zeros(100), EVERYWHERE)
    assert learned(torch.zeros(100), spot(40, 0.1), EVERYWHERE) == pytest.approx(nowhere)


def test_what_lies_where_the_finding_cannot_be_is_not_believed() -> None:
    inside = torch.arange(100) < 50
    taught = spot(10, 0.4) + spot(80, 0.9)
    assert learned(spot(10, 0.9), taught, inside) < learned(spot(80, 0.9), taught, inside)
    assert learned(spot(10, 0.9), taught, inside) == pytest.approx(learned(spot(10, 0.9), spot(10), inside))


def test_without_lessons_nothing_is_asked() -> None:
    objective = Objective(Training(), small_model()[0].config)
    cost = objective._learned(torch.rand(2, 3, 100), torch.ones(2, 3, 100, dtype=torch.bool), no_lesson(100))
    assert float(cost.detach()) == 0.0
