"""The model that the published recipe starts from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from transformers import BertModel, PreTrainedTokenizerFast, ResNetBackbone
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from afloc_core.errors import RecipeError
from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.modeling.image_encoder import ResNet50
from afloc_core.modeling.modeling_afloc import AFLocModel
from afloc_core.modeling.processing_afloc import AFLocProcessor
from afloc_core.modeling.tokenizer_source import find_tokenizer
from afloc_core.pretraining.published.recipe import heads

if TYPE_CHECKING:
    from torch import nn

    from afloc_core.pretraining.published.recipe import PublishedRecipe

_BERT_KEYS = (
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
    "max_position_embeddings", "type_vocab_size", "layer_norm_eps",
)  # fmt: skip


def starting_model(recipe: PublishedRecipe) -> tuple[AFLocModel, AFLocProcessor]:
    """Build the model of a recipe with its starting weights; random ones are drawn from the recipe's seed.

    Nothing is downloaded, and weights that come as a pickle are read without running it.

    Raises
    ------
    RecipeError
        If a folder cannot be used, or its network has another width than the recipe.
    ModelError
        If there is no tokenizer that fits.
    """
    disable_progress_bar()
    set_verbosity_error()  # its report would drown our sentence
    size, loss, start = recipe.size, recipe.loss, recipe.start
    bert = _pretrained(BertModel, start.text, "text", add_pooling_layer=False) if start.text else None
    text = _random_text(recipe) if bert is None else {key: getattr(bert.config, key) for key in _BERT_KEYS}
    if text["hidden_size"] != size.width:
        raise RecipeError(f"The text encoder is {text['hidden_size']} wide and “width” in [size] is not; correct it.")
    config = AFLocConfig(
        name=recipe.name,
        frame_size=size.frame_size,
        input_size=size.input_size,
        projection_dim=size.width,
        text_config={
            **text,
            "hidden_dropout_prob": size.dropout,
            "attention_probs_dropout_prob": size.dropout,
        },
        attention_sharpness=loss.attention_sharpness,
        pooling_sharpness=loss.pooling_sharpness,
        contrast_sharpness=loss.contrast_sharpness,
    )
    torch.manual_seed(recipe.seed)
    model = AFLocModel(config)
    if bert is not None:
        model.text.bert.load_state_dict(bert.state_dict())
    if start.image:
        stages = ["stage2", "stage3", "stage4"]
        backbone = _pretrained(ResNetBackbone, start.image, "image", out_features=stages)
        assert isinstance(model.vision.backbone, ResNet50)
        _adopt(model.vision.backbone, backbone)
    if not (source := start.tokenizer or start.text):
        raise RecipeError("A text encoder with random weights needs a vocabulary; give “tokenizer” in [start].")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=find_tokenizer(source, text["vocab_size"], "the text encoder"), cls_token="[CLS]",
        sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]", model_max_length=10**9,
    )  # fmt: skip
    return model, AFLocProcessor(tokenizer, config)


def _random_text(recipe: PublishedRecipe) -> dict[str, Any]:
    size = recipe.size
    return {
        "vocab_size": size.vocabulary,
        "hidden_size": size.width,
        "num_hidden_layers": size.text_layers,
        "num_attention_heads": heads(size.width),
        "intermediate_size": 4 * size.width,
    }


def _pretrained(kind: Any, folder: str, key: str, **options: object) -> Any:  # noqa: ANN401  (transformers classes)
    """Load a network with every one of its weights."""
    if not (Path(folder) / "config.json").is_file():
        raise RecipeError(f"The folder “{key}” in [start] has no config.json; give a folder in transformers' format.")
    try:
        model, report = kind.from_pretrained(
            folder, local_files_only=True, dtype=torch.float32, output_loading_info=True, **options
        )
    except Exception as error:  # transformers and safetensors raise whatever the broken file provokes
        raise RecipeError(f"The weights in the folder “{key}” of [start] cannot be read; copy them again.") from error
    if report["missing_keys"] or report["mismatched_keys"]:
        raise RecipeError(f"The folder “{key}” in [start] holds the weights of another network; give the right one.")
    return model


def _adopt(network: ResNet50, source: nn.Module) -> None:
    try:
        network.model.load_state_dict(source.state_dict())
    except RuntimeError:
        raise RecipeError("The folder “image” in [start] is not of a ResNet-50; give one that is.") from None
