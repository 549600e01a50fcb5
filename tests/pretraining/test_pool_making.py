"""The pool: which films findings are drawn on, and what is known of each of its rows."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from afloc_core.modeling.efficientnet_lite import EfficientNetLite0
from afloc_core.pretraining.films import Film, read_films
from afloc_core.pretraining.pool import TrainingPool
from afloc_core.pretraining.pool_making import _Part, _views, make_pool
from afloc_core.pretraining.recipe import Data, Pool, Recipe
from afloc_core.pretraining.simulation.anatomy import FRAME
from afloc_core.pretraining.simulation.finding import DEVICES
from afloc_core.pretraining.simulation.phantom import phantom

SIMULATED, ON_ABNORMAL, VIEWS, OF_ABNORMAL = 2, 6, 1, 4


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Film]:
    """Three normal bodies and one with a read effusion."""
    folder = tmp_path_factory.mktemp("films")
    rows = [(f"{number}.png", "No Finding" if number < 3 else "Effusion|Mass") for number in range(4)]
    for number, (image, _) in enumerate(rows):
        film = phantom(np.random.default_rng(number)).film
        Image.fromarray(np.round(255 * film).astype(np.uint8)).save(folder / image)
    lines = [f"{image},train,{findings}" for image, findings in rows]
    (folder / "labels.csv").write_text("\n".join(["image,split,findings", *lines]))
    (folder / "readings.csv").write_text("image,finding,side,zones\n3,Effusion,right,lower\n3,pacemaker,left,\n")
    return read_films(Data(str(folder), str(folder / "labels.csv"), str(folder / "readings.csv")), "train")


@pytest.fixture(scope="module")
def pool(films: list[Film], tmp_path_factory: pytest.TempPathFactory) -> TrainingPool:
    numbers = Pool(SIMULATED, ON_ABNORMAL, VIEWS, OF_ABNORMAL)
    recipe = Recipe("test", Data("", ""), threads=1, pool=numbers)
    return make_pool(tmp_path_factory.mktemp("run") / "pool", films, EfficientNetLite0(1), recipe)


def test_readings_belong_to_their_film(films: list[Film]) -> None:
    assert [len(film.seen) for film in films] == [0, 0, 0, 2]
    assert not films[3].without_devices


def test_every_row_was_made_and_each_film_has_the_views_it_should(pool: TrainingPool) -> None:
    assert len(pool.samples) == 3 * SIMULATED + ON_ABNORMAL + 3 * VIEWS + OF_ABNORMAL
    assert pool.inputs.shape[0] == len(pool.samples)
    assert np.abs(pool.inputs.astype(np.float32)).reshape(len(pool.samples), -1).max(axis=1).min() > 0
    views = [sample for sample in pool.samples if sample.findings is None]
    assert [bool(sample.labels) for sample in views] == [False] * 3 + [True] * OF_ABNORMAL


def test_an_abnormal_film_gets_findings_that_it_does_not_have(pool: TrainingPool) -> None:
    drawn = [sample for sample in pool.samples if sample.findings is not None and sample.labels]
    assert len(drawn) == ON_ABNORMAL
    kinds = {item.kind for sample in drawn for item in sample.findings or ()}
    assert kinds
    # A mass could be a nodule or a hernia, an effusion a thickened pleura; the pacemaker was read.
    assert not kinds & {"effusion", "mass", "nodule", "pleural thickening", "pacemaker"}
    assert len({sample.base for sample in pool.samples if sample.findings is not None}) == 4


def test_every_other_view_is_the_mirror_image_of_the_one_before(films: list[Film]) -> None:
    part = _Part(0, 0, 3, 1, 0, None, (films[3],), (3,))
    (first, one), (second, other), (third, _) = _views(part, np.random.default_rng(0))
    np.testing.assert_array_equal(first[:, ::-1], second)
    assert np.abs(first - third).mean() > 0.01
    effusions = [sample.seen[0].side for sample in (one, other)]
    assert effusions == ["right", "left"]


def test_what_was_read_changes_sides_with_the_film(pool: TrainingPool) -> None:
    sides = [sample.seen[0].side for sample in pool.samples if sample.seen and sample.findings is None]
    assert sides == ["right", "left", "right", "left"]
    simulated = [sample.seen[0].side for sample in pool.samples if sample.seen and sample.findings is not None]
    assert simulated == ["right", "right", "left"] * 2
    assert {item.kind for sample in pool.samples for item in sample.seen} <= {"effusion", *DEVICES}


def test_a_recipe_that_trains_the_first_stages_keeps_frames(films: list[Film], tmp_path: Path) -> None:
    recipe = Recipe("test", Data("", ""), threads=1, train_first_stages=True, pool=Pool(1, 0, 2))
    pool = make_pool(tmp_path / "frames", films, EfficientNetLite0(1), recipe)
    assert pool.of_frames
    assert pool.inputs.shape == (len(pool.samples), 1, FRAME, FRAME)
    views = [row for row, sample in enumerate(pool.samples) if sample.findings is None]
    view, mirrored = pool.read(views[:2])
    assert -1.0 <= float(view.min()) < float(view.max()) <= 1.0
    torch.testing.assert_close(view.flip(-1), mirrored)


def test_another_process_opens_a_pool_again_instead_of_being_sent_it(pool: TrainingPool) -> None:
    sent = pickle.dumps(pool)
    assert len(sent) < pool.inputs.nbytes / 10
    np.testing.assert_array_equal(pickle.loads(sent).inputs, pool.inputs)
