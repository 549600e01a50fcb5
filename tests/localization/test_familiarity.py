"""What a model says it does not know: small invented references, and the bundled model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage import data

from afloc_core import Localizer
from afloc_core.errors import ModelError
from afloc_core.imaging.letterbox import Letterbox
from afloc_core.imaging.radiograph import Radiograph, Window
from afloc_core.localization.familiarity import (
    FAMILIARITY_FILE,
    UNKNOWN_IMAGE,
    UNKNOWN_PHRASE,
    Familiarity,
    film_layout,
    film_likeness,
    phrase_likeness,
    read_familiarity,
)
from afloc_core.localization.features import EncodedPhrase, ImageFeatures, PhraseFeatures
from afloc_core.localization.geometry import MapGeometry
from afloc_core.localization.localizer import BUNDLED
from afloc_core.resource_files import resource_path
from tests.small_model import write_small_model

if TYPE_CHECKING:
    from pathlib import Path

DIM = 4
AXES = np.eye(DIM, dtype=np.float32)


def phrase(*words: np.ndarray) -> PhraseFeatures:
    """Make the features of a phrase; the special tokens look like nothing known."""
    rows = np.array([-AXES[0], *words, -AXES[0]], dtype=np.float32)
    return PhraseFeatures(EncodedPhrase("typed", "typed", ("typed",) * len(words)), rows, rows, rows.mean(axis=0))


def image(shallow: np.ndarray) -> ImageFeatures:
    geometry = MapGeometry(Letterbox.fit((37, 37), 289), 289, 16, 0.0)
    parts = (shallow.astype(np.float32), shallow[::2, ::2], shallow.mean(axis=(0, 1)))
    return ImageFeatures(*parts, geometry, geometry, "digest")


def picture(pixels: np.ndarray) -> Radiograph:
    dense = np.ascontiguousarray(pixels, dtype=np.float32)
    return Radiograph(dense, dense, False, (Window("Full range", 0.0, 1.0),), None, "", "PNG")


def test_a_phrase_is_as_known_as_its_words_are_on_average() -> None:
    known = AXES[:2]
    assert phrase_likeness(phrase(5 * AXES[0], AXES[1]), known) == pytest.approx(1)
    assert phrase_likeness(phrase(AXES[0], AXES[3]), known) == pytest.approx(0.5)
    assert phrase_likeness(phrase(AXES[2] + AXES[1]), known) == pytest.approx(np.sqrt(0.5))


def test_thresholds_decide() -> None:
    rng = np.random.default_rng(0)
    shallow = rng.random((37, 37, DIM)) + 4 * (np.arange(37) < 18)[:, None, None] * AXES[0]
    upright, reversed_rows = image(shallow), image(shallow[::-1])
    familiarity = Familiarity(AXES[:2], film_layout(upright)[None], 0.6, 0.98)
    assert familiarity.knows_phrase(phrase(AXES[0]))
    assert not familiarity.knows_phrase(phrase(AXES[0], AXES[3]))
    assert familiarity.knows_phrase(phrase())
    assert familiarity.knows_image(upright)
    assert not familiarity.knows_image(reversed_rows)


def test_the_layout_depends_on_direction_not_on_strength() -> None:
    shallow = np.random.default_rng(1).random((37, 37, DIM))
    layout = film_layout(image(shallow))
    assert layout.shape == (9 * DIM,)
    assert np.linalg.norm(layout) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(film_layout(image(7 * shallow)), layout, atol=1e-6)


def test_a_picture_is_held_against_the_nearest_films() -> None:
    films = np.array([AXES[0], AXES[0], AXES[0], AXES[1], -AXES[0]])
    assert film_likeness(AXES[0], films) == pytest.approx(1)
    assert film_likeness(AXES[1], films) == pytest.approx(1 / 3)
    assert film_likeness(AXES[1], films[3:4]) == pytest.approx(1)


def test_references_come_back_from_a_folder(tmp_path: Path) -> None:
    assert read_familiarity(tmp_path, DIM) is None
    Familiarity(AXES, np.full((2, 9 * DIM), 0.125, dtype=np.float32), 0.7, -0.25).save(tmp_path)
    back = read_familiarity(tmp_path, DIM)
    assert back is not None
    assert (back.least_phrase, back.least_film) == (0.7, -0.25)
    assert back.words.dtype == np.float32
    np.testing.assert_array_equal(back.words, AXES)
    assert back.films.shape == (2, 9 * DIM)


@pytest.mark.parametrize("damage", ["text", "truncated", "other model", "no limit"])
def test_damaged_references_are_refused(tmp_path: Path, damage: str) -> None:
    folder = write_small_model(tmp_path / "model")
    dim = 8 if damage == "other model" else 16
    limit = float("nan") if damage == "no limit" else 0.5
    films = np.ones((1, 9 * dim), dtype=np.float32)
    Familiarity(np.ones((1, dim), dtype=np.float32), films, limit, 0.5).save(folder)
    file = folder / FAMILIARITY_FILE
    if damage == "text":
        file.write_text("hello")
    elif damage == "truncated":
        file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(ModelError, match=FAMILIARITY_FILE) as caught:
        Localizer.from_pretrained(folder)
    assert "\n" not in str(caught.value)


def test_a_model_without_references_knows_everything(tmp_path: Path) -> None:
    own = Localizer.from_pretrained(write_small_model(tmp_path / "model"))
    assert own.locate(picture(data.camera() / 255), "banana").doubts == ()


def test_a_model_with_references_asks_them(tmp_path: Path, film: Radiograph) -> None:
    folder = write_small_model(tmp_path / "model")
    Familiarity(np.ones((1, 16), dtype=np.float32), np.ones((1, 144), dtype=np.float32), 99.0, 99.0).save(folder)
    heatmap = Localizer.from_pretrained(folder).locate(film, "mass")
    assert heatmap.doubts == (UNKNOWN_IMAGE, UNKNOWN_PHRASE)


@pytest.mark.parametrize("pipeline", ["aligned", "published"])
@pytest.mark.parametrize("text", ["pleural effusion", "enlarged heart", "right upper lobe mass", "pneumothorax"])
def test_taught_phrases_are_known(localizer: Localizer, film: Radiograph, text: str, pipeline: str) -> None:
    assert localizer.locate(film, text, pipeline).doubts == ()


@pytest.mark.parametrize("pipeline", ["aligned", "published"])
@pytest.mark.parametrize("text", ["banana", "quarterly report", "blue car"])
def test_unrelated_phrases_are_not(localizer: Localizer, film: Radiograph, text: str, pipeline: str) -> None:
    assert localizer.locate(film, text, pipeline).doubts == (UNKNOWN_PHRASE,)


@pytest.mark.parametrize("pipeline", ["aligned", "published"])
def test_other_pictures_are_no_films(localizer: Localizer, film: Radiograph, pipeline: str) -> None:
    assert localizer.locate(film, "mass", pipeline).image_known
    assert localizer.locate(picture(data.camera() / 255), "mass", pipeline).doubts == (UNKNOWN_IMAGE,)
    upside_down = replace(film, pixels=np.ascontiguousarray(film.pixels[::-1]))
    assert not localizer.locate(upside_down, "mass", pipeline).image_known


def test_the_map_of_a_word_carries_the_doubts_of_its_phrase(localizer: Localizer, film: Radiograph) -> None:
    assert localizer.locate_word(film, "quarterly report", 0).doubts == (UNKNOWN_PHRASE,)


def test_the_bundled_references_are_small() -> None:
    assert 0 < resource_path("models", BUNDLED, FAMILIARITY_FILE).stat().st_size < 450_000
