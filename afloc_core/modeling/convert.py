"""From a published checkpoint to a model folder."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from afloc_core.errors import ModelError
from afloc_core.modeling.checkpoint import Checkpoint, read_checkpoint, setting, shown
from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.modeling.modeling_afloc import AFLocModel
from afloc_core.modeling.published_names import our_name
from afloc_core.modeling.tokenizer_source import find_tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokenizers import Tokenizer
    from torch import Tensor

_PREFIX = "afloc."
_WEIGHTS = "model.safetensors"
_LAYER = re.compile(r"text\.bert\.encoder\.layer\.(\d+)\.")
_LAYER_LIMIT = 48  # BERT-large has 24
_HEAD_WIDTH = 64
_SHARPEST = 1e4
_FREE_SPACE = 16 * 2**20
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}(/[\w.-]{1,60})?", re.ASCII)
# Settings that change the arithmetic and that the model has in one way only, with that way.
_ONLY_WAY: tuple[tuple[tuple[str, ...], object], ...] = (
    (("model", "norm"), False),
    (("model", "text", "norm"), False),
    (("model", "text", "agg_tokens"), True),
    (("model", "text", "aggregate_method"), "sum"),
    (("model", "vision", "model_name"), "resnet_50"),
    (("transforms", "norm"), "half"),
)


@dataclass(frozen=True)
class _Parameter:
    """A parameter or buffer and what the checkpoint calls it."""

    published: str
    value: Tensor


def convert_checkpoint(checkpoint: str | Path, tokenizer: str | Path, output: str | Path) -> Path:
    """Convert a published checkpoint into a model folder, without executing anything in it.

    Parameters
    ----------
    checkpoint : path
        A Lightning checkpoint (``state_dict`` and, where present, ``hyper_parameters``), a plain state dict saved by
        torch, or a safetensors file; names with or without the prefix ``afloc.``.
    tokenizer : path or str
        A folder with ``tokenizer.json`` or ``vocab.txt``, one of those files, or the name of a model that the Hugging
        Face cache of this machine holds; nothing is downloaded.
    output : path
        The folder to make; it must not exist yet, or be empty.

    Returns
    -------
    Path
        The folder: ``config.json``, ``model.safetensors`` (float32) and ``tokenizer.json``.

    Raises
    ------
    ModelError
        If anything is refused; no folder is left behind then.
    """
    folder = Path(output)
    _check_output(folder)
    source = read_checkpoint(Path(checkpoint))
    _check_settings(source.hyper_parameters)
    parameters = _renamed(source)
    config = _configuration(parameters, source.hyper_parameters)
    weights = _fitting(parameters, config)
    text_encoder = _text_encoder(source.hyper_parameters)
    _write(folder, config, weights, find_tokenizer(tokenizer, config.text_config["vocab_size"], text_encoder))
    return folder


def _check_output(folder: Path) -> None:
    try:
        taken = folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
    except OSError:
        raise ModelError("The output folder cannot be reached; choose another place.") from None
    if taken:
        raise ModelError("The output folder already holds something; choose a new folder.")


def _check_settings(hyper_parameters: object) -> None:
    for path, only in _ONLY_WAY:
        value = setting(hyper_parameters, *path)
        if value is not None and value != only:
            raise ModelError(
                f"The checkpoint was trained with {'.'.join(path)} = {shown(value)}, which this version does not "
                f"reproduce; it knows {only} only."
            )


def _text_encoder(hyper_parameters: object) -> str | None:
    """Name of the text encoder the checkpoint started from, unless it looks like a place on somebody's disk."""
    name = setting(hyper_parameters, "model", "text", "bert_type")
    return name if isinstance(name, str) and _HUB_NAME.fullmatch(name) else None


def _renamed(source: Checkpoint) -> dict[str, _Parameter]:
    parameters: dict[str, _Parameter] = {}
    for published, value in source.weights.items():
        name = our_name(published.removeprefix(_PREFIX))
        if name is None:
            continue
        if name in parameters:
            raise ModelError(f"The checkpoint holds “{shown(published)}” twice; it is not an AFLoc checkpoint.")
        parameters[name] = _Parameter(published, value)
    return parameters


def _configuration(parameters: Mapping[str, _Parameter], hyper_parameters: object) -> AFLocConfig:
    text = _text_size(parameters)
    return AFLocConfig(
        name="AFLoc",
        architectures=[AFLocModel.__name__],
        text_config=text,
        projection_dim=text["hidden_size"],
        last_layers=_whole(
            setting(hyper_parameters, "model", "text", "last_n_layers"), 4, text["num_hidden_layers"] + 1
        ),
        word_slots=_whole(setting(hyper_parameters, "data", "text", "word_num"), 97, text["max_position_embeddings"]),
        attention_sharpness=_positive(setting(hyper_parameters, "model", "afloc", "temp1"), 4.0),
        pooling_sharpness=_positive(setting(hyper_parameters, "model", "afloc", "temp2"), 5.0),
        contrast_sharpness=_positive(setting(hyper_parameters, "model", "afloc", "temp3"), 10.0),
    )


def _text_size(parameters: Mapping[str, _Parameter]) -> dict[str, int]:
    """Return the size of the BERT that the parameters are of."""
    embeddings = "text.bert.embeddings."
    vocabulary, width = _matrix_shape(parameters, f"{embeddings}word_embeddings.weight")
    layers = {match.group(1) for name in parameters if (match := _LAYER.match(name))}
    if width % _HEAD_WIDTH or width == 0:
        raise ModelError(f"The text encoder is {width} wide, not a multiple of {_HEAD_WIDTH}; it is not a known BERT.")
    if len(layers) > _LAYER_LIMIT:
        raise ModelError(f"The text encoder has more than {_LAYER_LIMIT} layers; it is not a known BERT.")
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "num_hidden_layers": len(layers),
        "num_attention_heads": width // _HEAD_WIDTH,
        "intermediate_size": _matrix_shape(parameters, "text.bert.encoder.layer.0.intermediate.dense.weight")[0],
        "max_position_embeddings": _matrix_shape(parameters, f"{embeddings}position_embeddings.weight")[0],
        "type_vocab_size": _matrix_shape(parameters, f"{embeddings}token_type_embeddings.weight")[0],
    }


def _matrix_shape(parameters: Mapping[str, _Parameter], name: str) -> tuple[int, int]:
    if name not in parameters:
        raise ModelError(f"The checkpoint lacks “{name}”; it is not an AFLoc checkpoint.")
    parameter = parameters[name]
    if parameter.value.ndim != 2 or 0 in parameter.value.shape:
        raise _misshapen(parameter, "a matrix")
    rows, columns = parameter.value.shape
    return rows, columns


def _misshapen(parameter: _Parameter, expected: str) -> ModelError:
    shape = "x".join(map(str, parameter.value.shape)) or "a single number"
    return ModelError(
        f"The checkpoint's “{shown(parameter.published)}” is {shape} where the model needs {expected}; it is not an "
        "AFLoc checkpoint."
    )


def _whole(value: object, default: int, most: int) -> int:
    usable = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return min(value if usable and isinstance(value, int) else default, most)


def _positive(value: object, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if 0 < value < _SHARPEST else default


def _fitting(parameters: Mapping[str, _Parameter], config: AFLocConfig) -> dict[str, Tensor]:
    """Return the weights as the model keeps them, copied out of the file, once they are found to fit it."""
    with torch.device("meta"):
        expected = AFLocModel(config).state_dict()
    for name in expected:
        if name not in parameters:
            raise ModelError(f"The checkpoint lacks “{name}”; it is not an AFLoc checkpoint.")
    for name, parameter in parameters.items():
        if name not in expected:
            raise ModelError(
                f"The checkpoint holds “{shown(parameter.published)}”, which AFLoc does not have; it is not an AFLoc "
                "checkpoint."
            )
        # Counters were vectors of one element before torch 0.4; torch reads them so to this day.
        single = expected[name].ndim == 0 and parameter.value.shape == (1,)
        if parameter.value.shape != expected[name].shape and not single:
            raise _misshapen(parameter, "x".join(map(str, expected[name].shape)) or "a single number")
    return {name: _kept(parameters[name], like) for name, like in expected.items()}


def _kept(parameter: _Parameter, like: Tensor) -> Tensor:
    if parameter.value.is_floating_point() != like.is_floating_point() or parameter.value.is_complex():
        raise ModelError(f"The checkpoint's “{shown(parameter.published)}” is not of the right kind of number.")
    value = parameter.value.to(like.dtype, copy=True, memory_format=torch.contiguous_format).reshape(like.shape)
    if not bool(torch.isfinite(value).all()):
        raise ModelError(
            f"The checkpoint's “{shown(parameter.published)}” is not finite everywhere; the checkpoint is damaged."
        )
    return value


def _write(folder: Path, config: AFLocConfig, weights: dict[str, Tensor], tokenizer: Tokenizer) -> None:
    """Write beside the folder and rename at the end, so that it is whole or not there."""
    beside = folder.absolute().parent / f".{folder.name}-{uuid4().hex}"
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        needed = sum(value.nbytes for value in weights.values()) + _FREE_SPACE
        if shutil.disk_usage(beside.parent).free < needed:
            raise ModelError(f"The disk is too full: the model folder needs {needed / 1e6:.0f} MB; make room.")
        beside.mkdir()
        config.save_pretrained(beside)
        save_file(weights, beside / _WEIGHTS, metadata={"format": "pt"})
        # safetensors makes its file readable for its owner alone, however the rest of the folder is.
        shutil.copymode(beside / "config.json", beside / _WEIGHTS)
        (beside / "tokenizer.json").write_text(tokenizer.to_str(pretty=True), encoding="utf-8")
        if folder.is_dir():
            folder.rmdir()  # empty; Windows does not rename onto a folder
        beside.rename(folder)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            "The model folder could not be written; check that the disk has room and that you may write there."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
