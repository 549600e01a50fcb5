"""Every stage of the network against the figures of the published implementation (tests/data/reference)."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
import torch
from PIL import Image

from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.modeling.image_encoder import ImageEmbeddings
from afloc_core.modeling.losses import alignment_losses
from afloc_core.modeling.modeling_afloc import AFLocModel
from afloc_core.modeling.processing_afloc import AFLocProcessor, load_tokenizer
from afloc_core.modeling.published_names import our_name
from afloc_core.modeling.text_preparation import our_cleaning, published_cleaning
from tests.published_weights import REFERENCE, published_state

FIGURES = json.loads((REFERENCE / "reference.json").read_text())
ARRAYS = np.load(REFERENCE / "reference.npz")
PROMPTS = [*FIGURES["prompts"], FIGURES["single_word_prompt"]]
IMAGES = range(3)
RELATIVE = 1e-4


@cache
def published() -> tuple[AFLocModel, AFLocProcessor]:
    config = AFLocConfig(text_config={"vocab_size": 30522, "num_hidden_layers": 4})
    model = AFLocModel(config).eval()
    ours = {our_name(name): value for name, value in published_state().items()}
    ours.pop(None, None)
    model.load_state_dict(ours, strict=True)
    return model, AFLocProcessor(load_tokenizer(REFERENCE / "tokenizer.json"), config)


@cache
def encoded_image(number: int) -> ImageEmbeddings:
    model, processor = published()
    codes = ARRAYS[f"input_{number}"].astype(np.float32)
    frame = (codes / np.float32(255) - np.float32(0.5)) / np.float32(0.5)
    with torch.inference_mode():
        return model.encode_image(processor.tensor(frame[None]))


def assert_close(ours: torch.Tensor, theirs: np.ndarray) -> None:
    assert tuple(ours.shape) == theirs.shape
    assert np.abs(ours.numpy() - theirs).max() <= RELATIVE * np.abs(theirs).max()


@pytest.mark.parametrize("number", IMAGES)
def test_network_input_is_the_published_one(number: int) -> None:
    _, processor = published()
    pixels = np.asarray(Image.open(REFERENCE / f"image_{number}.png"), dtype=np.float32) / 255
    frame, _ = processor.published_input(pixels)
    levels = np.abs(np.rint((frame * 0.5 + 0.5) * 255) - ARRAYS[f"input_{number}"])
    assert levels.max() <= 1
    assert (levels > 0).mean() <= 0.002


@pytest.mark.parametrize("number", IMAGES)
def test_image_features(number: int) -> None:
    features = encoded_image(number)
    assert_close(features.deep[0, ::24], ARRAYS[f"deep_local_{number}"])
    assert_close(features.shallow[0].mean(dim=(1, 2)), ARRAYS[f"shallow_local_mean_{number}"])
    assert_close(features.shallow[0].norm(dim=0), ARRAYS[f"shallow_local_grid_{number}"])
    assert_close(features.image[0], ARRAYS[f"global_{number}"])


@pytest.mark.parametrize("number", range(len(PROMPTS)))
def test_text_features(number: int) -> None:
    model, processor = published()
    cleaned = published_cleaning(PROMPTS[number])
    batch = processor.encode([cleaned])
    with torch.inference_mode():
        text = model.encode_text(batch)
    assert batch.input_ids[0].tolist() == ARRAYS[f"token_ids_{number}"].tolist()
    assert ["[CLS]", *processor.words(cleaned), "[SEP]"] == FIGURES["words"][number]
    assert_close(text.report[0], ARRAYS[f"report_{number}"])
    assert_close(text.words[0], ARRAYS[f"words_{number}"])
    # The published code gives an empty phrase one sentence of NaN; ours gives it none.
    sentences = ARRAYS[f"sentences_{number}"]
    assert_close(text.sentences[0], sentences[~np.isnan(sentences).any(axis=1)])


def test_padding_changes_nothing() -> None:
    model, processor = published()
    texts = [published_cleaning(prompt) for prompt in PROMPTS[:3]]
    with torch.inference_mode():
        padded = model.encode_text(processor.encode(texts, pad_to=97))
        alone = [model.encode_text(processor.encode([text])).report[0] for text in texts]
    assert_close(padded.report, torch.stack(alone).numpy())


def test_losses() -> None:
    model, processor = published()
    image = ImageEmbeddings(*(torch.cat(parts) for parts in zip(*map(encoded_image, IMAGES), strict=True)))
    batch = processor.encode(FIGURES["losses"]["batch_text"])
    with torch.inference_mode():
        losses = alignment_losses(image, model.encode_text(batch), batch, model.config)
    expected = FIGURES["losses"]
    assert float(losses.report) == pytest.approx(expected["global_report_loss"], rel=1e-3)
    assert float(losses.sentence) == pytest.approx(expected["local_sent_loss"], rel=1e-3)
    assert float(losses.word) == pytest.approx(expected["local_word_loss"], rel=1e-3)
    assert float(losses.total) == pytest.approx(expected["loss"], rel=1e-3)


@pytest.mark.parametrize(
    ("typed", "ours", "theirs"),
    [
        ("pneumothorax", "pneumothorax", ""),
        ("2.cardiomegaly", "cardiomegaly", ""),
        ("A 3.5 cm nodule.", "a 3.5 cm nodule", "5 cm nodule"),
        ("1. Mass. 2. Small effusion!", "mass small effusion", "small effusion"),
        ("Épanchement pleural", "epanchement pleural", "panchement pleural"),
        ("肺炎", "", ""),
        ("opacity\nleft base", "opacity left base", "opacity left base"),
    ],
)
def test_cleaning(typed: str, ours: str, theirs: str) -> None:
    assert our_cleaning(typed) == ours
    assert published_cleaning(typed) == theirs
