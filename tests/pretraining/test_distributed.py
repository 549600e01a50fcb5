"""Two processes train like one: the same loss, the same gradient, the same model folder."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.modeling.modeling_afloc import AFLocModel
from afloc_core.modeling.processing_afloc import AFLocProcessor, load_tokenizer
from afloc_core.pretraining.distributed import from_first, processes, share_batch_norm, shared_model, union
from afloc_core.pretraining.published.contrast import ContrastiveModel
from afloc_core.pretraining.published.run import pretrain_published
from tests.pretraining.drawn_pairs import draw_pairs, write_recipe
from tests.pretraining.together import run_together, run_torchrun
from tests.published_weights import REFERENCE

if TYPE_CHECKING:
    from torch import Tensor

TEXTS = ("left effusion. it lies low", "right nodule", "no finding. heart is normal. no effusion", "mass")
AFLOC = "import sys; from afloc_core.cli import main; sys.exit(main())"


def gradient(rank: int, folder: Path) -> None:
    """Write losses, gradients and buffers of a batch of four that all processes share."""
    with processes() as here:
        config = AFLocConfig(
            frame_size=64,
            input_size=64,
            projection_dim=32,
            text_config={
                "vocab_size": 30522, "hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 2,
                "intermediate_size": 64, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
            },
        )  # fmt: skip
        torch.manual_seed(0)
        model = AFLocModel(config).double().train()
        processor = AFLocProcessor(load_tokenizer(REFERENCE / "tokenizer.json"), config)
        share_batch_norm(model, here)
        frames = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(1)).double()
        share = 4 // here.size
        own = slice(here.rank * share, (here.rank + 1) * share)
        shared = shared_model(ContrastiveModel(model), here)
        losses = shared(frames[own], processor.encode(TEXTS[own])).losses
        losses.total.backward()
        assert here.rank == rank
        assert from_first(here.rank) == 0
        assert union({here.rank}) == set(range(here.size))
        if here.first:
            state: dict[str, Tensor] = {f"loss {name}": loss.detach() for name, loss in losses._asdict().items()}
            state.update({f"gradient {name}": p.grad for name, p in model.named_parameters() if p.grad is not None})
            state.update({f"buffer {name}": buffer for name, buffer in model.named_buffers()})
            torch.save(state, folder / "state.pt")


def test_two_processes_have_the_loss_and_the_gradient_of_one(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        gradient(0, tmp_path)
    finally:
        torch.set_num_threads(threads)
    shared = run_together(gradient, tmp_path)
    one, two = (torch.load(folder / "state.pt", weights_only=True) for folder in (tmp_path, shared))
    assert one.keys() == two.keys()
    assert sum(name.startswith("gradient") for name in one) > 200
    for name, value in one.items():
        largest = float(value.abs().max())
        torch.testing.assert_close(two[name], value, rtol=0, atol=1e-9 * largest + 1e-12, msg=name)


def test_torchrun_trains_and_writes_once(tmp_path: Path) -> None:
    draw_pairs(tmp_path)
    recipe = write_recipe(tmp_path, epochs=1)
    pretrain_published(recipe, tmp_path / "one")
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--no-python", sys.executable)
    command = [sys.executable, *torchrun, "-c", AFLOC, "pretrain", str(recipe)]
    together, error = run_torchrun(command, tmp_path)
    assert error.count("step 1 of 3") == 1
    first = []
    for folder in (tmp_path / "one", together):
        with (folder / "curve.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["step"] for row in rows] == ["1", "2", "3"]
        first.append([float(rows[0][name]) for name in ("report", "sentence", "word", "total")])
    # Later steps differ: Adam's first steps divide by gradients as small as rounding makes them.
    assert first[1] == pytest.approx(first[0], rel=1e-4)
    assert "2 processes" in (together / "model" / "README.md").read_text(encoding="utf-8")
