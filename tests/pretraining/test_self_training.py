"""Self-training: maps of real films by an earlier model, and what is believed of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from afloc_core.modeling.text_preparation import our_cleaning
from afloc_core.pretraining.objective import Objective, make_target
from afloc_core.pretraining.pool import SAMPLES, TrainingPool, write_samples
from afloc_core.pretraining.readings import ReadFinding
from afloc_core.pretraining.recipe import Data, Recipe, Training
from afloc_core.pretraining.samples import Sample
from afloc_core.pretraining.self_training import (
    PseudoLabels,
    PseudoTargets,
    labelled_findings,
    no_pseudo_targets,
    pseudo_label,
)
from afloc_core.pretraining.start import freeze
from afloc_core.pretraining.train import Trainer
from tests.small_model import small_model

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.modeling.modeling_afloc import AFLocModel

SIDE = 36
RIGHT = ReadFinding("effusion", (("right", "lower"),))
FILMS = [
    Sample(0, ()),
    Sample(1, None, ("Effusion", "Mass"), (RIGHT,)),
    Sample(1, None, ("Effusion", "Mass"), (RIGHT.mirrored(),)),
    Sample(2, None),
    Sample(3, None, ("Pleural_Thickening",)),
]


def pool() -> TrainingPool:
    """Features of a real film and its mirror image, among others."""
    features = np.random.default_rng(0).normal(size=(len(FILMS), 40, SIDE, SIDE)).astype(np.float16)
    return TrainingPool(features, FILMS)


def test_pseudo_labels_are_of_the_labelled_findings_of_real_films() -> None:
    expected = [(1, "effusion"), (1, "mass"), (2, "effusion"), (2, "mass"), (4, "pleural thickening")]
    assert labelled_findings(FILMS) == expected


def given(folder: Path, model: AFLocModel | None = None) -> tuple[PseudoLabels, np.ndarray]:
    """Let a small model label the pool; the labels and the file they are kept in."""
    own, processor = small_model()
    write_samples(folder / SAMPLES, FILMS)
    labels = pseudo_label(folder, pool(), model or own, processor)
    return labels, np.load(max(folder.glob("pseudo-labels-*.npy"), key=lambda file: file.stat().st_mtime_ns))


def test_a_pseudo_label_is_the_mean_of_the_map_of_a_film_and_of_its_mirror_image(tmp_path: Path) -> None:
    _, kept = given(tmp_path)
    maps = kept.astype(np.float32)
    model, processor = small_model()
    with torch.inference_mode():
        early = torch.from_numpy(pool().inputs.astype(np.float32))
        deep = model.eval().vision.project(early, *model.vision.backbone.late(early)).deep
        report = model.encode_text(processor.encode([our_cleaning("lung mass")])).report
    cosine = F.cosine_similarity(deep, report[0][None, :, None, None], dim=1).numpy()
    mean = (cosine[1] + cosine[2][:, ::-1]) / 2
    np.testing.assert_allclose(maps[1], mean, atol=2e-3)
    np.testing.assert_allclose(maps[3], mean[:, ::-1], atol=2e-3)
    assert np.abs(cosine[1] - mean).max() > 0.02, "the two views differ"


def test_a_pool_is_labelled_once_by_each_model(tmp_path: Path) -> None:
    given(tmp_path)
    (file,) = tmp_path.glob("pseudo-labels-*.npy")
    written = file.stat().st_mtime_ns
    given(tmp_path)
    assert file.stat().st_mtime_ns == written
    other, _ = small_model()
    with torch.no_grad():
        other.vision.deep_projection.project.weight.mul_(-1)
    given(tmp_path, other)
    assert len(list(tmp_path.glob("pseudo-labels-*.npy"))) == 2


def test_a_batch_gets_the_maps_of_its_true_sentences() -> None:
    maps = np.arange(5, dtype=np.float16)[:, None, None] * np.ones((5, SIDE, SIDE), np.float16)
    rows = [0, 2, 4]
    target = make_target([FILMS[row] for row in rows], np.random.default_rng(3), exchange=True, options=Training())
    pseudo = PseudoLabels(maps, FILMS).of(rows, target)
    place = {(1, "effusion"): 2, (1, "mass"): 3, (2, "pleural thickening"): 4}
    expected = {
        (film, sentence): place[film, kind]
        for film in range(3)
        for sentence, kind in enumerate(target.kinds)
        if target.truth[film, sentence] == 1 and not target.negated[sentence] and (film, kind) in place
    }
    assert expected
    got = {
        (int(film), int(sentence)): float(one.mean())
        for film, sentence, one in zip(pseudo.film, pseudo.sentence, pseudo.maps, strict=True)
    }
    assert got == expected


def test_a_batch_without_labelled_films_gets_none() -> None:
    target = make_target([FILMS[0], FILMS[3]], np.random.default_rng(0), exchange=False, options=Training())
    pseudo = PseudoLabels(np.zeros((5, SIDE, SIDE), np.float16), FILMS).of([0, 3], target)
    assert pseudo.maps.shape == (0, SIDE * SIDE)


def test_training_follows_pseudo_labels_as_far_as_the_recipe_says(tmp_path: Path) -> None:
    model, processor = small_model()
    freeze(model)
    hot = np.zeros((5, SIDE, SIDE), np.float16)
    hot[:, 20:30, 4:14] = 0.6
    costs = {}
    for weight in (0.0, 20.0):
        folder = tmp_path / str(weight)
        folder.mkdir()
        options = Training(
            steps=12, warmup=1, bases=1, variants=1, real=2, focus_from=0, exchange_from=0, positions_from=0,
            pseudo_label_weight=weight,
        )  # fmt: skip
        recipe = Recipe("test", Data("", ""), training=options)
        trainer = Trainer(
            copy.deepcopy(model), processor, pool(), recipe, folder, pseudo_labels=PseudoLabels(hot, FILMS)
        )
        trainer.model.train()
        for step in range(12):
            costs[weight] = trainer._update(trainer.batches[step]).pseudo
            trainer.step += 1
    assert costs[20.0] < 0.8 * costs[0.0]


def learned(own: torch.Tensor, taught: torch.Tensor, inside: torch.Tensor) -> float:
    """Cost of a map that was taught another."""
    objective = Objective(Training(first_bias=-5.0), small_model()[0].config)
    one = torch.zeros(1, dtype=torch.long)
    return float(
        objective._pseudo_labelled(own[None, None], inside[None, None], PseudoTargets(one, one, taught[None])).detach()
    )


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
    assert learned(own, spot(40, 0.2), EVERYWHERE) == 0.0


def test_what_lies_where_the_finding_cannot_be_is_not_believed() -> None:
    inside = torch.arange(100) < 50
    taught = spot(10, 0.4) + spot(80, 0.9)
    assert learned(spot(10, 0.9), taught, inside) < learned(spot(80, 0.9), taught, inside)
    assert learned(spot(10, 0.9), taught, inside) == pytest.approx(learned(spot(10, 0.9), spot(10), inside))


def test_without_pseudo_labels_nothing_is_asked() -> None:
    objective = Objective(Training(), small_model()[0].config)
    cost = objective._pseudo_labelled(
        torch.rand(2, 3, 100), torch.ones(2, 3, 100, dtype=torch.bool), no_pseudo_targets(100)
    )
    assert float(cost.detach()) == 0.0
