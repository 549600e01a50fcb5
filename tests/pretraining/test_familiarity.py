"""How references are chosen, and what is measured with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from afloc_core.localization.afloc_method import AFLocMethod
from afloc_core.localization.localizer import Localizer
from afloc_core.pretraining.familiarity import measure_familiarity, spread
from afloc_core.pretraining.films import Film
from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding
from tests.small_model import small_model

if TYPE_CHECKING:
    from pathlib import Path


def test_references_cover_rare_vectors_before_repeating_common_ones() -> None:
    common = np.tile(np.array([1, 0, 0], dtype=np.float32), (50, 1))
    rare = np.array([[0, 1, 0], [0, 0, 1]], dtype=np.float32)
    chosen = spread(np.concatenate([common, rare]), 3)
    assert sorted(map(tuple, chosen)) == [(0, 0, 1), (0, 1, 0), (1, 0, 0)]


def test_references_are_never_more_than_there_are() -> None:
    vectors = np.eye(4, dtype=np.float32)
    np.testing.assert_array_equal(np.unique(spread(vectors, 9), axis=0), np.unique(vectors, axis=0))


def real_films(folder: Path, count: int, split: str) -> list[Film]:
    """Write films of one bright disc each, a little different."""
    rows, columns = np.mgrid[0:120, 0:120]
    films = []
    for number in range(count):
        disc = (rows - 50 - number) ** 2 + (columns - 60) ** 2 < 900
        path = folder / f"{split}{number}.png"
        Image.fromarray((40 + 180 * disc + rows // 4).astype(np.uint8)).save(path)
        films.append(Film(path, ("Effusion",) if number else (), split))
    return films


def test_thresholds_come_from_what_should_be_known(tmp_path: Path) -> None:
    model, processor = small_model()
    films = {split: real_films(tmp_path, 2, split) for split in ("train", "validation")}
    frame = films["train"][0].frame()
    mask = np.zeros(frame.shape, dtype=bool)
    finding = SimulatedFinding("mass", "right", ("upper",), 1, "small", mask, (("right", "upper"),), ())
    simulated = [SimulatedFilm(frame, (finding,))] * 8
    familiarity, figures = measure_familiarity(
        Localizer(AFLocMethod(model, processor, digest="")), simulated, simulated, films
    )
    assert familiarity.fits(model.config.projection_dim)
    assert (familiarity.least_phrase, familiarity.least_film) == (
        figures["phrases"]["least"],
        figures["pictures"]["least"],
    )
    assert figures["phrases"]["grammar"] <= 0.2
    assert figures["phrases"]["lay"] <= 0.05
    assert figures["pictures"]["films"] == 0, "nothing is nearer to the training films than films like them"
    assert figures["pictures"]["other pictures"] > 0.5
    np.testing.assert_array_equal(familiarity.words, familiarity.words.astype(np.float16).astype(np.float32))
