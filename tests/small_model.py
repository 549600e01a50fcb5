"""An AFLoc model small enough to build in a test: the real layers, random weights, a two-layer text encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.modeling.modeling_afloc import AFLocModel
from afloc_core.modeling.processing_afloc import AFLocProcessor, load_tokenizer
from tests.published_weights import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path


def small_model(seed: int = 0, head: str = "fine") -> tuple[AFLocModel, AFLocProcessor]:
    """Build a model shaped like the bundled one."""
    config = AFLocConfig(
        name="small",
        backbone="efficientnet_lite0",
        image_channels=1,
        deep_head=head,
        frame_size=288,
        input_size=288,
        stretch=(0.5, 99.7),
        projection_dim=16,
        text_config={
            "vocab_size": 30522, "hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 2,
            "intermediate_size": 64, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
        },
        text_projection=True,
        similarity="cosine",
        cell_offset=7 / 16,
        sigma=0.6,
    )  # fmt: skip
    torch.manual_seed(seed)
    return AFLocModel(config).eval(), AFLocProcessor(load_tokenizer(REFERENCE / "tokenizer.json"), config)


def write_small_model(folder: Path) -> Path:
    """Write its folder."""
    model, processor = small_model()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
