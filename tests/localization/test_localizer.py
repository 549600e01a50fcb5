"""The localizer: phrases, caches, model folders, and the two pipelines."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core import Localizer
from afloc_core.errors import AFLocError, ModelError, PhraseError
from afloc_core.localization.localizer import BUNDLED
from afloc_core.resource_files import resource_path
from tests.small_model import write_small_model

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.imaging.radiograph import Radiograph


def test_the_map_is_what_the_design_promises(localizer: Localizer, film: Radiograph) -> None:
    heatmap = localizer.locate(film, "multiple lung masses")
    assert heatmap.grid.dtype == np.float32
    assert heatmap.grid.shape == (36, 36)
    values = heatmap.in_image()
    assert values.dtype == np.float32
    assert max(values.shape) == 1024
    assert np.isfinite(values).all()
    x, y = heatmap.peak
    assert 0 <= x < film.shape[1] and 0 <= y < film.shape[0]
    assert 0 <= heatmap.match <= 1
    frame = localizer.locate(film, "multiple lung masses", pipeline="published").published_frame()
    assert frame.shape == (224, 224)
    assert frame.dtype == np.float32


def test_masses_of_the_sample_film_are_hot_and_absent_findings_cold(localizer: Localizer, film: Radiograph) -> None:
    masses = localizer.locate(film, "multiple lung masses")
    level = float(masses.scale.normalise(np.float32(masses.peak_value)))
    assert level > 0.5
    for phrase in ("cardiomegaly", "right pneumothorax"):
        absent = localizer.locate(film, phrase)
        assert float(absent.scale.normalise(np.float32(absent.peak_value))) < level
        assert absent.match < masses.match


def test_a_mirrored_film_gives_the_mirrored_map(localizer: Localizer, film: Radiograph) -> None:
    # Off the middle, because the masses of the film lie much alike on both sides.
    film = replace(film, pixels=np.pad(film.pixels, ((0, 0), (700, 0))))
    mirrored = replace(film, pixels=np.ascontiguousarray(film.pixels[:, ::-1]))
    one, other = (localizer.locate(picture, "mass") for picture in (film, mirrored))
    here, there = one.in_image(256), other.in_image(256)
    assert np.corrcoef(there[:, ::-1].ravel(), here.ravel())[0, 1] > 0.85
    assert np.corrcoef(there.ravel(), here.ravel())[0, 1] < 0.6
    # Cells are seven of these pixels apart: maps laid half a cell to one side would lie a whole one from each other.
    back = there[:, ::-1]
    fits = {by: np.corrcoef(np.roll(back, by, axis=1).ravel(), here.ravel())[0, 1] for by in range(-9, 10)}
    assert abs(max(fits, key=lambda by: fits[by])) <= 2


def test_one_word_phrases_are_kept_here_and_dropped_as_published(localizer: Localizer, film: Radiograph) -> None:
    assert localizer.locate(film, "Pneumothorax").phrase.encoded == "pneumothorax"
    assert localizer.locate(film, "Pneumothorax", pipeline="published").phrase.encoded == ""


def test_equal_text_is_encoded_once_but_keeps_what_was_typed(localizer: Localizer) -> None:
    first = localizer.encode_phrase("Left effusion.")
    again = localizer.encode_phrase("left  effusion")
    assert again.report is first.report
    assert again.phrase.typed == "left  effusion"


def test_a_localizer_apart_is_the_same_model_and_encodes_anew(localizer: Localizer, film: Radiograph) -> None:
    apart = localizer.apart()
    assert apart.identity == localizer.identity
    assert apart.encode_image(film) is not localizer.encode_image(film)
    assert apart.encode_phrase("mass") is not localizer.encode_phrase("mass")


def test_equal_pixels_are_encoded_once(localizer: Localizer, film: Radiograph) -> None:
    assert localizer.encode_image(replace(film)) is localizer.encode_image(film)


@pytest.mark.parametrize("phrase", ["", "   ", "\n\t", "肺炎", "…!?", "mass " * 5000])
def test_unreadable_phrases_get_one_sentence(localizer: Localizer, film: Radiograph, phrase: str) -> None:
    with pytest.raises(PhraseError) as caught:
        localizer.locate(film, phrase)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 200


def test_unknown_pipeline(localizer: Localizer, film: Radiograph) -> None:
    with pytest.raises(AFLocError, match="no pipeline"):
        localizer.locate(film, "mass", pipeline="best")


def test_a_model_folder_loads_from_anywhere(tmp_path: Path, film: Radiograph) -> None:
    folder = write_small_model(tmp_path / "model")
    own = Localizer.from_pretrained(folder)
    assert own.identity.name == "small"
    assert len(own.identity.digest) == 64
    assert own.locate(film, "mass").scale.calibrated is False


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_incomplete_model_folders(tmp_path: Path, missing: str) -> None:
    folder = write_small_model(tmp_path / "model")
    (folder / missing).unlink()
    with pytest.raises(ModelError) as caught:
        Localizer.from_pretrained(folder)
    assert missing in str(caught.value)


@pytest.mark.parametrize(
    "damage",
    ["truncated weights", "text weights", "other size", "method", "config", "tokenizer", "measure", "scale", "slots"],
)
def test_damaged_model_folders(tmp_path: Path, damage: str) -> None:
    folder = write_small_model(tmp_path / "model")
    weights, config = folder / "model.safetensors", folder / "config.json"
    settings = json.loads(config.read_text())
    if damage == "truncated weights":
        weights.write_bytes(weights.read_bytes()[:5000])
    elif damage == "text weights":
        weights.write_text("hello")
    elif damage == "other size":
        config.write_text(json.dumps({**settings, "projection_dim": 24}))
    elif damage == "method":
        config.write_text(json.dumps({**settings, "method": "oracle"}))
    elif damage == "measure":
        config.write_text(json.dumps({**settings, "similarity": "euclid"}))
    elif damage == "scale":
        config.write_text(json.dumps({**settings, "display_hot": settings["display_cold"]}))
    elif damage == "slots":
        config.write_text(json.dumps({**settings, "word_slots": 4000}))
    elif damage == "config":
        config.write_text("[1, 2")
    else:
        (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError) as caught:
        Localizer.from_pretrained(folder)
    assert "\n" not in str(caught.value)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not a model folder"):
        Localizer.from_pretrained(tmp_path / "nowhere")


def test_the_bundled_model_is_complete_and_named() -> None:
    folder = resource_path("models", BUNDLED)
    names = {"config.json", "model.safetensors", "tokenizer.json", "figures.json", "README.md"}
    assert names <= {file.name for file in folder.iterdir()}
    assert json.loads((folder / "config.json").read_text())["calibrated"] is True
