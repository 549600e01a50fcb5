"""A published checkpoint becomes a model folder, and one that means harm becomes a sentence."""

from __future__ import annotations

import argparse
import json
import resource
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

from afloc_core.errors import ModelError
from afloc_core.imaging.open import open_radiograph
from afloc_core.localization.localizer import Localizer
from afloc_core.modeling.checkpoint import read_checkpoint, setting
from afloc_core.modeling.convert import convert_checkpoint
from tests.checkpoints import (
    PUBLISHED_SETTINGS,
    TRAINING_SECTIONS,
    old_omegaconf_stream,
    prefixed_state,
    pretend_class,
    save_checkpoint,
    small_state,
    splice,
)
from tests.published_weights import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIGURES = json.loads((REFERENCE / "reference.json").read_text())
ARRAYS = np.load(REFERENCE / "reference.npz")
PROMPTS = [*FIGURES["prompts"], FIGURES["single_word_prompt"]]
RELATIVE = 1e-4
TEMP1 = ("model", "afloc", "temp1")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh", *(f"##{letter}" for letter in "abcdefgh")]
WORDS += [f"word{number}" for number in range(40 - len(WORDS))]


def assert_one_sentence(error: pytest.ExceptionInfo[ModelError], file: Path | None = None) -> None:
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 260
    assert file is None or file.name not in text


@pytest.fixture(scope="module")
def small() -> dict[str, torch.Tensor]:
    return small_state()


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    folder = tmp_path / "bert"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    return folder


@pytest.fixture(autouse=True)
def room(tmp_path: Path) -> Iterator[None]:
    """Give the 200 MB of a test's two files back at once."""
    yield
    shutil.rmtree(tmp_path)


@pytest.fixture(scope="module")
def published_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("published")
    settings = OmegaConf.create(PUBLISHED_SETTINGS)
    checkpoint = save_checkpoint(place / "Pretrained_CXR.ckpt", prefixed_state(), hyper_parameters=settings)
    folder = convert_checkpoint(checkpoint, REFERENCE, place / "made" / "afloc")
    checkpoint.unlink()
    yield folder
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def localizer(published_folder: Path) -> Localizer:
    return Localizer.from_pretrained(published_folder)


def assert_close(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= RELATIVE * np.abs(theirs).max()


def test_the_folder_is_complete_and_says_what_it_is(published_folder: Path) -> None:
    assert {file.name for file in published_folder.parent.iterdir()} == {"afloc"}
    assert {file.name for file in published_folder.iterdir()} == {"config.json", "model.safetensors", "tokenizer.json"}
    config = json.loads((published_folder / "config.json").read_text())
    assert (config["name"], config["method"], config["calibrated"]) == ("AFLoc", "afloc", False)
    assert config["text_config"] == {
        "vocab_size": 30522,
        "hidden_size": 768,
        "num_hidden_layers": 4,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
    }
    assert (config["last_layers"], config["word_slots"]) == (4, 97)


def test_who_may_read_the_folder_may_read_the_weights(published_folder: Path) -> None:
    assert len({file.stat().st_mode for file in published_folder.iterdir()}) == 1


@pytest.mark.parametrize("number", range(len(PROMPTS)))
def test_converted_report_embeddings_are_the_published_ones(localizer: Localizer, number: int) -> None:
    report = localizer.encode_phrase(PROMPTS[number], pipeline="published").report
    assert_close(report, ARRAYS[f"report_{number}"])


@pytest.mark.parametrize("image", range(3))
def test_converted_maps_are_the_published_ones(localizer: Localizer, image: int) -> None:
    radiograph = open_radiograph(REFERENCE / f"image_{image}.png")
    for number, prompt in enumerate(FIGURES["prompts"]):
        heatmap = localizer.locate(radiograph, prompt, pipeline="published")
        assert_close(heatmap.grid, ARRAYS[f"dot_grid_{image}_{number}"])
        assert_close(heatmap.published_frame()[1::7, 3::7], ARRAYS[f"heatmap224_{image}_{number}"])


# Small text encoders, and what the configuration can look like


def test_sizes_are_read_from_the_weights(tmp_path: Path, small: dict[str, torch.Tensor], vocabulary: Path) -> None:
    checkpoint = splice(tmp_path / "old.ckpt", "hyper_parameters", old_omegaconf_stream(), small)
    folder = convert_checkpoint(checkpoint, vocabulary, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    assert config["text_config"]["num_attention_heads"] == 1
    assert (config["text_config"]["num_hidden_layers"], config["projection_dim"]) == (2, 64)
    assert (config["last_layers"], config["word_slots"]) == (3, 90)
    sharpness = [config[f"{kind}_sharpness"] for kind in ("attention", "pooling", "contrast")]
    assert sharpness == [4.5, 5.5, 11.0]
    localizer = Localizer.from_pretrained(folder)
    assert localizer.encode_phrase("ABBA Cafe").phrase.words == ("abba", "cafe")


def test_a_safetensors_file_and_its_half_precision_twin(
    tmp_path: Path, small: dict[str, torch.Tensor], vocabulary: Path
) -> None:
    single, half = tmp_path / "weights.safetensors", tmp_path / "half.ckpt"
    save_file({name.removeprefix("afloc."): value.contiguous() for name, value in small.items()}, single)
    torch.save({name: value.half() if value.is_floating_point() else value for name, value in small.items()}, half)
    made = [
        load_file(convert_checkpoint(file, vocabulary / "vocab.txt", tmp_path / file.stem) / "model.safetensors")
        for file in (single, half)
    ]
    assert made[0].keys() == made[1].keys()
    for name, value in made[0].items():
        assert value.dtype == made[1][name].dtype
        torch.testing.assert_close(value, made[1][name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        OmegaConf.create(PUBLISHED_SETTINGS),
        OmegaConf.create({**PUBLISHED_SETTINGS, **TRAINING_SECTIONS}),
        PUBLISHED_SETTINGS,
        {"cfg": OmegaConf.create(PUBLISHED_SETTINGS)},
        {"model": argparse.Namespace(afloc=argparse.Namespace(temp1=4.0))},
        argparse.Namespace(**PUBLISHED_SETTINGS),
    ],
    ids=["omegaconf", "with-train", "dict", "nested", "namespaces", "namespace"],
)
def test_every_shape_of_configuration_is_read(tmp_path: Path, settings: object) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", {"x": torch.ones(2)}, hyper_parameters=settings, epoch=4)
    assert setting(read_checkpoint(file).hyper_parameters, *TEMP1) == 4.0


def test_old_omegaconf_is_read(tmp_path: Path) -> None:
    read = read_checkpoint(splice(tmp_path / "a.ckpt", "hyper_parameters", old_omegaconf_stream())).hyper_parameters
    assert setting(read, *TEMP1) == 4.5
    assert setting(read, "model", "text", "bert_type") == "emilyalsentzer/Bio_ClinicalBERT"
    assert setting(read, "train", "batch_size") is None
    assert setting(read, "model", "afloc") is None


def test_what_lightning_adds_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "a.ckpt"
    with (
        pretend_class("pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint") as callback,
        pretend_class("pytorch_lightning.utilities.parsing.AttributeDict", dict) as attributes,
    ):
        save_checkpoint(
            file,
            {"x": torch.ones(2)},
            hyper_parameters=attributes(model={"afloc": {"temp1": 6}}),
            hparams_type=type(OmegaConf.create({})),
            callbacks={callback: {"best_model_score": torch.tensor(1.5)}},
            optimizer_states=[{"state": {0: {"exp_avg": torch.ones(2)}}, "param_groups": [{"betas": (0.5, 0.999)}]}],
            lr_schedulers=[{"gamma": 0.9}],
        )
        file_read = read_checkpoint(file)
    assert setting(file_read.hyper_parameters, *TEMP1) == 6
    assert file_read.weights["x"].tolist() == [1, 1]


@pytest.mark.parametrize(
    "settings",
    [
        None,
        "text",
        {"model": {"afloc": {"temp1": "${x}", "temp2": -1, "temp3": 2**900}, "text": 5}},
        {"model": [], "data": {"text": {"word_num": True}}},
    ],
)
def test_defaults_where_the_configuration_is_unreadable(
    tmp_path: Path, small: dict[str, torch.Tensor], vocabulary: Path, settings: object
) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", small, hyper_parameters=settings)
    config = json.loads((convert_checkpoint(file, vocabulary, tmp_path / "model") / "config.json").read_text())
    sharpness = [config[f"{kind}_sharpness"] for kind in ("attention", "pooling", "contrast")]
    assert sharpness == [4, 5, 10]
    assert config["word_slots"] == 97
    assert config["last_layers"] == 3  # two layers and the embeddings are all that the published slice of four gets


@pytest.mark.parametrize(
    "settings",
    [
        {"model": {"text": {"norm": True}}},
        {"model": {"text": {"aggregate_method": "mean"}}},
        {"transforms": {"norm": "imagenet"}},
    ],
)
def test_arithmetic_that_the_model_does_not_have(tmp_path: Path, settings: dict[str, object]) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", {"x": torch.ones(2)}, hyper_parameters=settings)
    with pytest.raises(ModelError, match=r"norm = True|aggregate_method = mean|norm = imagenet") as error:
        convert_checkpoint(file, REFERENCE, tmp_path / "model")
    assert_one_sentence(error)


# Weights that are not AFLoc's


def without(state: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    return {key: value for key, value in state.items() if key != name}


BIAS = "afloc.img_encoder.global_embedder.bias"
WORD_EMBEDDINGS = "afloc.text_encoder.model.embeddings.word_embeddings.weight"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda state: without(state, BIAS), "vision.global_projection.bias"),
        (lambda state: without(state, WORD_EMBEDDINGS), "word_embeddings"),
        (lambda state: {**state, "afloc.extra.weight": torch.ones(1)}, "afloc.extra.weight"),
        (lambda state: {**state, "x.afloc.img_encoder.global_embedder.bias": state[BIAS]}, "x.afloc"),
        (lambda state: {**state, BIAS.removeprefix("afloc."): state[BIAS]}, "twice"),
        (lambda state: {**state, BIAS: torch.ones(63)}, "global_embedder.bias.* is 63 .* needs 64"),
        (lambda state: {**state, WORD_EMBEDDINGS: torch.ones(40)}, "word_embeddings.* needs a matrix"),
        (lambda state: {**state, WORD_EMBEDDINGS: torch.ones(40, 63)}, "63 wide"),
        (lambda state: {**state, BIAS: torch.full((64,), torch.nan)}, "global_embedder.bias.* not finite"),
        (lambda state: {**state, BIAS: torch.full((64,), 1e300, dtype=torch.float64)}, "not finite"),
        (lambda state: {**state, BIAS: torch.ones(64, dtype=torch.int64)}, "right kind of number"),
        (lambda state: {**state, BIAS: torch.ones(64, dtype=torch.complex64)}, "right kind of number"),
        (lambda state: {**state, BIAS: "weights"}, "something else than named weights"),
        (lambda state: {**state, 7: state[BIAS]}, "something else than named weights"),
        (lambda state: {}, "no weights"),
    ],
)
def test_weights_that_do_not_fit_are_named(
    tmp_path: Path, small: dict[str, torch.Tensor], vocabulary: Path, change: Callable[[Any], Any], named: str
) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", change(small))
    with pytest.raises(ModelError, match=named) as error:
        convert_checkpoint(file, vocabulary, tmp_path / "model")
    assert_one_sentence(error, file)
    assert {place.name for place in tmp_path.iterdir()} == {"a.ckpt", "bert"}


# Tokenizers


def test_a_tokenizer_saved_with_padding_and_truncation(
    tmp_path: Path, small: dict[str, torch.Tensor], vocabulary: Path
) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", small)
    first = convert_checkpoint(file, vocabulary, tmp_path / "first") / "tokenizer.json"
    padding = Tokenizer.from_file(str(first))
    padding.enable_padding(length=30)
    padding.enable_truncation(3)
    (tmp_path / "padded").mkdir()
    padding.save(str(tmp_path / "padded" / "tokenizer.json"))
    second = convert_checkpoint(file, tmp_path / "padded", tmp_path / "second") / "tokenizer.json"
    assert json.loads(second.read_text()) == json.loads(first.read_text())


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("no/such/folder", "nothing is downloaded"),
        ("emilyalsentzer/Bio_ClinicalBERT-not-here", "nothing is downloaded"),
        ("x" * 5000, "nothing is downloaded"),
        ("empty", "neither tokenizer.json nor vocab.txt"),
        ("short", "39 entries but the checkpoint's text encoder 40; give the tokenizer of my/bert"),
        ("broken", "cannot be read"),
        ("unframed", "around a text"),
    ],
)
def test_tokenizers_that_do_not_fit(
    tmp_path: Path, small: dict[str, torch.Tensor], source: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "short", "broken", "unframed"):
        Path(name).mkdir()
    Path("short/vocab.txt").write_text("\n".join(WORDS[:-1]))
    Path("broken/tokenizer.json").write_text("{")
    unframed = Tokenizer(WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    unframed.save("unframed/tokenizer.json")
    file = save_checkpoint(Path("a.ckpt"), small, hyper_parameters={"model": {"text": {"bert_type": "my/bert"}}})
    with pytest.raises(ModelError, match=said) as error:
        convert_checkpoint(file, source, "model")
    assert_one_sentence(error)
    assert not Path("model").exists()


# The output folder


def test_an_empty_output_folder_is_used(tmp_path: Path, small: dict[str, torch.Tensor], vocabulary: Path) -> None:
    (tmp_path / "model").mkdir()
    file = save_checkpoint(tmp_path / "a.ckpt", small)
    assert (convert_checkpoint(file, vocabulary, tmp_path / "model") / "config.json").is_file()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_an_output_that_exists_is_kept(tmp_path: Path, kind: str) -> None:
    kept = tmp_path / "model" / "notes.txt" if kind == "folder" else tmp_path / "model"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("mine")
    with pytest.raises(ModelError, match="already holds something") as error:
        convert_checkpoint(tmp_path / "a.ckpt", tmp_path, tmp_path / "model")
    assert_one_sentence(error)
    assert kept.read_text() == "mine"


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, small: dict[str, torch.Tensor], vocabulary: Path) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", small)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(ModelError, match="could not be written") as error:
            convert_checkpoint(file, vocabulary, tmp_path / "model")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_one_sentence(error)
    assert {place.name for place in tmp_path.iterdir()} == {"a.ckpt", "bert"}


def test_a_full_disk_is_seen_beforehand(
    tmp_path: Path, small: dict[str, torch.Tensor], vocabulary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = save_checkpoint(tmp_path / "a.ckpt", small)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    with pytest.raises(ModelError, match=r"too full: .* needs 1.. MB") as error:
        convert_checkpoint(file, vocabulary, tmp_path / "model")
    assert_one_sentence(error)
    assert {place.name for place in tmp_path.iterdir()} == {"a.ckpt", "bert"}
