"""Training by the published recipe on a dozen drawn pairs: it learns, resumes, and skips what cannot be opened."""

from __future__ import annotations

import csv
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, ResNetConfig, ResNetForImageClassification, ResNetModel

from afloc_core import Localizer, open_radiograph
from afloc_core.cli import main
from afloc_core.errors import RecipeError
from afloc_core.pretraining.distributed import processes
from afloc_core.pretraining.published import train
from afloc_core.pretraining.published.contrast import ContrastiveModel
from afloc_core.pretraining.published.pairs import read_pairs
from afloc_core.pretraining.published.recipe import read_published_recipe
from afloc_core.pretraining.published.run import pretrain_published
from afloc_core.pretraining.published.start import starting_model
from afloc_core.pretraining.published.train import PublishedTrainer
from afloc_core.pretraining.published.validation import Figures, Retrieval, retrieval
from tests.pretraining.drawn_pairs import draw_pairs, write_recipe
from tests.published_weights import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from afloc_core.modeling.losses import AlignmentLosses
    from afloc_core.pretraining.published.batches import Batch


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Compute on one thread: sums in another order differ in the last digit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def rows_of(file: Path) -> list[dict[str, float]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)]


def trainer(recipe_file: Path, folder: Path) -> PublishedTrainer:
    recipe = read_published_recipe(recipe_file)
    folder.mkdir(exist_ok=True)
    with processes() as here:
        return PublishedTrainer(*starting_model(recipe), read_pairs(recipe.pairs), recipe, folder, here)


def test_the_loss_falls_and_the_model_locates(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    draw_pairs(tmp_path, train=24)
    recipe = write_recipe(tmp_path, epochs=4)
    with caplog.at_level(logging.INFO):
        model = pretrain_published(recipe, tmp_path / "run")
    assert "started from random weights" in caplog.text
    totals = [row["total"] for row in rows_of(tmp_path / "run" / "curve.csv")]
    assert len(totals) == 24
    assert np.mean(totals[-6:]) < 0.85 * np.mean(totals[:6])
    validations = rows_of(tmp_path / "run" / "validation.csv")
    assert [row["step"] for row in validations] == [6, 12, 18, 24]

    card = (model / "README.md").read_text(encoding="utf-8")
    best = min(validations, key=lambda row: row["total"])
    assert f"after step {best['step']:.0f}, where" in card
    assert "24 training pairs" in card
    assert "Not calibrated" in card
    assert "random weights" in card
    assert str(tmp_path) not in card
    heatmap = Localizer.from_pretrained(model).locate(open_radiograph(tmp_path / "images" / "0.png"), "left effusion")
    assert np.isfinite(heatmap.grid).all()
    assert not heatmap.scale.calibrated


def test_a_killed_run_ends_where_an_uninterrupted_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw_pairs(tmp_path)
    recipe = write_recipe(tmp_path, dropout=0.1)
    recipe.write_text(recipe.read_text() + "checkpoint_minutes = 0.0\n")  # after every step
    whole = trainer(recipe, tmp_path / "whole")
    whole.run()

    seen: list[list[str]] = []
    update = PublishedTrainer.update

    def stopping(self: PublishedTrainer, batch: Batch) -> AlignmentLosses:
        if len(seen) == 4:
            raise KeyboardInterrupt
        seen.append(batch.captions)
        return update(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(PublishedTrainer, "update", stopping)
        with pytest.raises(KeyboardInterrupt):
            trainer(recipe, tmp_path / "cut").run()
    with (tmp_path / "cut" / "curve.csv").open("a", encoding="utf-8") as file:
        file.write("5,1,1,1,1,1,1\n")  # a step whose checkpoint was never written
    resumed = trainer(recipe, tmp_path / "cut")
    assert resumed.progress.step == 4
    resumed.run()
    for name, value in whole.model.state_dict().items():
        torch.testing.assert_close(resumed.model.state_dict()[name], value, msg=name)
    curves = [rows_of(tmp_path / run / "curve.csv") for run in ("whole", "cut")]
    assert [row["total"] for row in curves[0]] == pytest.approx([row["total"] for row in curves[1]])
    assert [row["step"] for row in curves[1]] == [1, 2, 3, 4, 5, 6]


def test_workers_prepare_the_batches_that_the_process_itself_would(tmp_path: Path) -> None:
    draw_pairs(tmp_path)
    recipe = write_recipe(tmp_path, epochs=1)
    own = list(trainer(recipe, tmp_path / "own").training_batches())
    recipe.write_text(recipe.read_text().replace("workers = 0", "workers = 1"))
    workers = list(trainer(recipe, tmp_path / "workers").training_batches())
    assert len(own) == 3
    for one, other in zip(own, workers, strict=True):
        torch.testing.assert_close(one.frames, other.frames)
        assert one.captions == other.captions


def test_a_run_that_is_out_of_time_makes_its_model_and_goes_on_later(tmp_path: Path) -> None:
    draw_pairs(tmp_path)
    recipe = write_recipe(tmp_path, epochs=1)
    assert main(["pretrain", str(recipe), "--output", str(tmp_path / "run"), "--minutes", "1e-6"]) == 0
    assert "1 steps of 4 pairs" in (tmp_path / "run" / "model" / "README.md").read_text(encoding="utf-8")
    pretrain_published(recipe, tmp_path / "run")
    assert "3 steps of 4 pairs" in (tmp_path / "run" / "model" / "README.md").read_text(encoding="utf-8")
    recipe.write_text(recipe.read_text().replace("seed = 3", "seed = 4"))
    with pytest.raises(RecipeError, match="another seed"):
        pretrain_published(recipe, tmp_path / "run")
    (tmp_path / "run" / "checkpoint.pt").write_bytes(b"no checkpoint")
    with pytest.raises(RecipeError, match="cannot be read"):
        pretrain_published(recipe, tmp_path / "run")


def test_images_that_cannot_be_opened_are_skipped_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    draw_pairs(tmp_path)
    recipe = write_recipe(tmp_path, epochs=1)
    (tmp_path / "images" / "3.png").unlink()
    (tmp_path / "images" / "7.png").write_text("no picture")
    model = pretrain_published(recipe, tmp_path / "run")
    assert "row 4 of its split: There is no such file; check the path." in caplog.text
    assert "2 in training, 0 in validation" in (model / "README.md").read_text(encoding="utf-8")
    for image in (tmp_path / "images").iterdir():
        image.unlink()
    with pytest.raises(RecipeError, match=r"none can be opened.*There is no such file"):
        pretrain_published(recipe, tmp_path / "nothing")


def test_both_precisions_are_timed_and_leave_no_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    draw_pairs(tmp_path)
    run = trainer(write_recipe(tmp_path, precision="auto"), tmp_path / "run")
    before = {name: value.clone() for name, value in run.model.state_dict().items()}
    batch = next(run.training_batches())
    with caplog.at_level(logging.INFO):
        run.decide_precision(batch)
    assert "s a step and bf16" in caplog.text
    assert run.progress.bf16 is ("training in bf16" in caplog.text)
    for name, value in run.model.state_dict().items():
        torch.testing.assert_close(value, before[name], msg=name)
    losses = {}
    for bf16 in (False, True):
        run.progress.bf16 = bf16
        run.model.load_state_dict(before)
        losses[bf16] = run.update(batch).report.item()
    assert losses[True] != losses[False]
    assert losses[True] == pytest.approx(losses[False], rel=0.1)


def test_one_process_and_one_group_give_the_losses_of_the_model(tmp_path: Path) -> None:
    draw_pairs(tmp_path)
    model, processor = starting_model(read_published_recipe(write_recipe(tmp_path)))
    model.eval()
    frames = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    batch = processor.encode(["left effusion. small", "right nodule", "no finding", "mass. large. round"])
    with torch.no_grad():
        whole = ContrastiveModel(model)(frames, batch).losses
        halves = ContrastiveModel(model, groups=2)(frames, batch).losses
        for ours, plain in zip(whole, model(frames, batch), strict=True):
            torch.testing.assert_close(ours, plain)
        first, second = (model(frames[part], processor.encode(texts)) for part, texts in (
            (slice(0, 2), ["left effusion. small", "right nodule"]),
            (slice(2, 4), ["no finding", "mass. large. round"]),
        ))  # fmt: skip
    for group, one, other in zip(halves, first, second, strict=True):
        torch.testing.assert_close(group, (one + other) / 2)


def test_a_batch_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    draw_pairs(tmp_path)
    with pytest.raises(RecipeError, match="12 training pairs, fewer than a batch of 16"):
        trainer(write_recipe(tmp_path, batch=16), tmp_path / "run")


def test_starting_weights_are_taken_from_transformers_folders(tmp_path: Path) -> None:
    draw_pairs(tmp_path)
    image, text, recipe = tmp_path / "resnet", tmp_path / "bert", write_recipe(tmp_path)
    network = ResNetForImageClassification(ResNetConfig())
    network.save_pretrained(image)
    bert = BertForMaskedLM(
        BertConfig(
            vocab_size=30522, hidden_size=32, num_hidden_layers=5, num_attention_heads=2, intermediate_size=48
        )
    )  # fmt: skip
    bert.save_pretrained(text)
    (text / "tokenizer.json").write_bytes((REFERENCE / "tokenizer.json").read_bytes())
    plain = recipe.read_text()
    tokenizer = f'tokenizer = "{REFERENCE.as_posix()}"'
    recipe.write_text(plain.replace(tokenizer, 'image = "resnet"\ntext = "bert"'))
    model, processor = starting_model(read_published_recipe(recipe))
    assert model.config.text_config["num_hidden_layers"] == 5
    assert processor.words("left effusion") == ("left", "effusion")
    torch.testing.assert_close(
        model.text.bert.encoder.layer[4].output.dense.weight, bert.bert.encoder.layer[4].output.dense.weight
    )
    torch.testing.assert_close(
        model.vision.backbone.model.state_dict()["encoder.stages.3.layers.2.layer.2.convolution.weight"],
        network.resnet.encoder.stages[3].layers[2].layer[2].convolution.weight,
    )

    recipe.write_text(plain.replace(tokenizer, 'text = "bert"').replace("width = 32", "width = 48"))
    with pytest.raises(RecipeError, match="32 wide"):
        starting_model(read_published_recipe(recipe))
    recipe.write_text(plain.replace(tokenizer, f'{tokenizer}\nimage = "bert"'))
    with pytest.raises(RecipeError, match="“image”"):
        starting_model(read_published_recipe(recipe))
    recipe.write_text(plain.replace(tokenizer, ""))
    with pytest.raises(RecipeError, match="give “tokenizer”"):
        starting_model(read_published_recipe(recipe))
    (image / "model.safetensors").write_bytes(b"nothing")
    recipe.write_text(plain.replace(tokenizer, f'{tokenizer}\nimage = "resnet"'))
    with pytest.raises(RecipeError, match="cannot be read"):
        starting_model(read_published_recipe(recipe))


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[str, bytes]]:
        return _write, (str(self.witness), b"ran")


def _write(place: str, content: bytes) -> None:
    Path(place).write_bytes(content)


def test_pickled_starting_weights_are_read_without_running_them(tmp_path: Path) -> None:
    text, recipe = tmp_path / "bert", write_recipe(tmp_path)
    config = BertConfig(vocab_size=30522, hidden_size=32, num_hidden_layers=4, num_attention_heads=2)
    bert = BertForMaskedLM(config)
    bert.config.save_pretrained(text)
    (text / "tokenizer.json").write_bytes((REFERENCE / "tokenizer.json").read_bytes())
    recipe.write_text(recipe.read_text().replace("[start]", '[start]\ntext = "bert"'))
    state = bert.state_dict()
    # As the published text encoder is stored: a pickle of torch before 1.6.
    torch.save(state, text / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    model, _ = starting_model(read_published_recipe(recipe))
    weight = "encoder.layer.0.output.dense.weight"
    torch.testing.assert_close(model.text.bert.state_dict()[weight], state[f"bert.{weight}"])

    witness = tmp_path / "witness"
    torch.save({**state, "evil": Evil(witness)}, text / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    with pytest.raises(RecipeError, match="cannot be read"):
        starting_model(read_published_recipe(recipe))
    assert not witness.exists()


def test_another_resnet_is_refused(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)
    ResNetModel(ResNetConfig(depths=[1, 1, 1, 1], hidden_sizes=[64, 64, 64, 64])).save_pretrained(tmp_path / "small")
    recipe.write_text(recipe.read_text().replace("[start]", '[start]\nimage = "small"'))
    with pytest.raises(RecipeError, match="not of a ResNet-50"):
        starting_model(read_published_recipe(recipe))


def test_retrieval_counts_only_what_is_nearer() -> None:
    images = torch.eye(6)
    assert retrieval(images, images) == (1, 1, 1, 1)
    swapped = images[[1, 0, 2, 3, 4, 5]]
    assert retrieval(images, swapped) == pytest.approx((4 / 6, 1, 4 / 6, 1))
    assert retrieval(images, torch.ones(6, 6)).report_at_1 == 1  # equal reports: either is right


def test_embeddings_that_are_no_numbers_find_nothing() -> None:
    broken = torch.full((6, 6), float("nan"))
    assert retrieval(broken, torch.eye(6)) == retrieval(torch.eye(6), broken) == (0, 0, 0, 0)
    images = torch.eye(6)
    images[2] = float("nan")
    assert retrieval(images, torch.eye(6)).report_at_1 == pytest.approx(5 / 6)


def test_a_validation_that_gives_no_number_is_not_the_best_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_pairs(tmp_path)
    run = trainer(write_recipe(tmp_path), tmp_path / "run")
    totals = iter((math.nan, 3.0, math.nan, 4.0))

    def figures(*_: object) -> Figures:
        return Figures(1.0, 1.0, 1.0, next(totals), 4, 0, Retrieval(0.5, 1.0, 0.5, 1.0))

    monkeypatch.setattr(train, "validate", figures)
    best = []
    for step in range(1, 5):
        run.progress.step = step
        run._validate()
        best.append(run.progress.best_step)
    assert best == [1, 2, 2, 2]
    assert run.progress.best_total == 3.0
