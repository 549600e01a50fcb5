"""Checkpoints like the published one, and checkpoints that mean harm."""

from __future__ import annotations

import base64
import io
import sys
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch

from tests.published_weights import published_state, seeded_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLISHED_SETTINGS: dict[str, Any] = {
    "phase": "pretrain",
    "trial_name": None,
    "model": {
        "norm": False,
        "afloc": {"temp1": 4.0, "temp2": 5.0, "temp3": 10.0, "use_ce_loss": False},
        "vision": {"model_name": "resnet_50"},
        "text": {
            "bert_type": "emilyalsentzer/Bio_ClinicalBERT",
            "last_n_layers": 4,
            "aggregate_method": "sum",
            "norm": False,
            "embedding_dim": 768,
            "agg_tokens": True,
            "take_sent_as_units": True,
        },
    },
    "data": {"text": {"word_num": 97}, "image": {"imsize": 256, "flag": 0}},
    "transforms": {"norm": "half", "random_crop": {"crop_size": 224}},
}
TRAINING_SECTIONS: dict[str, Any] = {
    "train": {"batch_size": 128, "optimizer": {"name": "Adam", "weight_decay": 1e-6}, "seeds": [1, 2]},
    "lightning": {"trainer": {"gpus": "0,1", "max_epochs": 5}},
}
# A configuration with temperatures 4.5, 5.5 and 11, 3 layers and 90 words, pickled by omegaconf 2.0.6, which no
# current pip installs; the published checkpoint's was pickled by 2.0.
_OMEGACONF_2_0 = (
    "eNptlfefE0UYh496sAeIJ8WOnohBuaOJHYSjqUDUETGisG42k8zCZjff3c1B0FcBRQ/sXbFzdsTeG3bsYO/6rzgzyXC3B/lpsp+Z533mnXfe"
    "2TjQDcu85LhhUOwoeG6iBl7JWiCH8+tDNE3ehAGEgZnc8KamJrvME6fgJA4G9Vmad2JuyQWJ4wU8WtaYYmGwXDuEMDSTGybXRrxoJ7UKR7Nr"
    "2/mq5ydeYNuWimthWK5FTgnza7ib1GcNz+pVYSXxwsDxYXXnBsn/a3kNLdncEDks+k4pxgjCyNwozY9Dv4tHtuu4gmOU64a+L3FyeWwVeNGp"
    "+kk92CFi2BaMZjhUR5DEesTWbG6E/M99XuZBw+KwbDWfa1Y7rziR/IoxdS1bbjxR/8cSxmW0TkXINGB8n7wEYYHH1ryglpUDC4fLdBxBODIj"
    "Dkheb86OkpOOJhyTEc2uNPCCkgJYOFYMzwqrW7SI8UJueYIYJfQ2jmM4vpoXY8SA3GDl1SVT1aYVKxFPInkiOEFuwZIfkshzfDtwyhwThZI5"
    "kTBJyggV8yRCRsYUvXEmqjiTTZyTGU6pxxFtKidqx2W5LR9ThKqRdkKHYqkzn0qYlmZNUazphjWDYaZozQqVXE2USTw1o/2DMCpjlrY7jXC6"
    "sTuDcGaaOEsRzzLEsxnO0ax20ba1YecU/dDFbG03h3CusZtLmJdmzVasTsOaz7Cgj127sltYP+KElyvTsUjrLSacZ/TOJ1yQRi5SyCUGuZRh"
    "mYbNEW2L57Y26V9DUzFnIKuZFxIuMsyLCSzNzCrmJYa5nOHSXua4A5gzsUIzLyPkDPNywso0c4ViXmGYVzKs6mVOMsyqxA6Voy4vlpcJq3VK"
    "bcJVJqUOIZ/mrlZc13ALDLx/Sou6JnUJ1WuypHUFwTO6awhr09iSwvoGW2YINNAWbbo9yRYQ8MSeNQ1hNR9L68E6GesTVLQzCJFxjglJGl5R"
    "8KqBdzGs6++8vt4F8zxqtIeadt5AuNo4X0OgNLamsNca7HUMGzUQ0nmCajdlz685fiybyQYeTe30Qnu+7wWe6/idC9lybJLbGCnn+U6c2IHt"
    "OzUexdisA19PuMEE3kK4MR14swp8kwnczbDVBF4ySEJHqztSKkWyESVcNXYRFrBNc28m3GK4txJuS3O3Ke7thnsHw537N6Q6dFwt4y75pX6L"
    "7ybcY1D3Eu47yC2+36AeYHjQoLY2mpY0tJNwLQ9ibNfAhwgPG+AjhEfTwO0K+JgBPs7whAF26zquNopCv2E7dFH0EJ40RfEU4ek0cIcCPmOA"
    "zzI8179zPZ/RD4QixjzBzj693fdi86YulUPzpr4gI+0ivGiivkR4uRE19TSq5RZeqYvsVCKvGpHXGF4XrenZoXwr8IZx6xFjV+FNnbK3CG+b"
    "lL1DeDe1wyVNCvyeAb/P8IFev0sep27yXtlz8WE178jP9Wu0m/CRcf+Y8MlBrtGnhvcZw+d9MtajMvaFfp/WhVHBDmSx7NGSXxK+MpJfE75J"
    "Q/co6LcG+h3D9xq3W9bySn3Vq/sfOSeIi/IVibFXy+4j/GBkfyT8lObuVdyfDfcXhl/7H+9vjUL+nfCH8fuT8NdBCvlvw/mH4V9N2CeTqMpN"
    "OH4R/xnRjv8BjKAU2g=="
)


def old_omegaconf_stream() -> bytes:
    """Return a pickle of omegaconf 2.0.6, protocol 2."""
    return zlib.decompress(base64.b64decode(_OMEGACONF_2_0))


def prefixed_state() -> dict[str, torch.Tensor]:
    """Return the seeded published weights, four BERT layers, with prefix and ``position_ids`` as in a checkpoint."""
    state = {f"afloc.{name}": value for name, value in published_state().items()}
    state.setdefault("afloc.text_encoder.model.embeddings.position_ids", torch.arange(512)[None])
    return state


def small_state(width: int = 64, layers: int = 2, vocabulary: int = 40) -> dict[str, torch.Tensor]:
    """Seeded weights with the published image encoder and a small text encoder."""
    sizes = {768: width, 3072: 2 * width, 30522: vocabulary}
    state = {}
    for name, value in published_state().items():
        if any(f".encoder.layer.{number}." in name for number in range(layers, 4)):
            continue
        text = name.startswith("text_encoder.")
        shape = [sizes.get(n, n) if text or "embedder" in name else n for n in value.shape]
        state[f"afloc.{name}"] = value if shape == list(value.shape) else torch.from_numpy(seeded_array(name, shape))
    return state


def save_checkpoint(file: Path, state: dict[str, torch.Tensor], **sections: object) -> Path:
    """Write a checkpoint with a state dict and whatever other sections."""
    torch.save({"state_dict": state, **sections}, file)
    return file


def splice(file: Path, section: str, stream: bytes, state: dict[str, Any] | None = None) -> Path:
    """Write a checkpoint in which a section's value is unpickled from a stream of protocol 2 of one's own."""
    value = stream.removeprefix(b"\x80\x02").removesuffix(b".")
    key = section.encode()
    return rewrite(
        file, state, lambda pickled: pickled[:-1] + b"X" + len(key).to_bytes(4, "little") + key + value + b"s."
    )


def rewrite(file: Path, state: dict[str, Any] | None, change: Callable[[bytes], bytes]) -> Path:
    """Write a checkpoint whose pickle is what ``change`` makes of the proper one."""
    proper = io.BytesIO()
    torch.save({"state_dict": {"afloc.x": torch.ones(2)} if state is None else state}, proper)
    with zipfile.ZipFile(proper) as source, zipfile.ZipFile(file, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry.filename, change(content) if entry.filename.endswith("/data.pkl") else content)
    return file


def call(name: str, argument: str) -> bytes:
    """Return a stream that calls a global with one string."""
    module, _, function = name.rpartition(".")
    text = argument.encode()
    return b"c%b\n%b\nX%b%b\x85R." % (module.encode(), function.encode(), len(text).to_bytes(4, "little"), text)


@contextmanager
def pretend_class(name: str, base: type = object) -> Iterator[type]:
    """Make an importable class of a package that is not installed, as long as the context lasts."""
    module_name, _, class_name = name.rpartition(".")
    parts = module_name.split(".")
    names = [".".join(parts[: number + 1]) for number in range(len(parts))]
    before = {part: sys.modules[part] for part in names if part in sys.modules}
    made = type(class_name, (base,), {"__module__": module_name})
    try:
        for part in names:
            sys.modules.setdefault(part, ModuleType(part))
        setattr(sys.modules[module_name], class_name, made)
        yield made
    finally:
        for part in names:
            if part not in before:
                del sys.modules[part]
