"""The seeded weights that the reference figures of the published implementation were measured with.

Each parameter is filled from its name alone, so the figures need no checkpoint.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import torch

REFERENCE = Path(__file__).parent / "data" / "reference"


def seeded_array(name: str, shape: list[int]) -> np.ndarray:
    """Make the value of one published parameter or buffer."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if name.endswith("position_ids"):
        return np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, dtype=np.int64)
    if name.endswith("running_var"):
        return rng.uniform(0.8, 1.6, size=shape).astype(np.float32)
    z = rng.standard_normal(shape).astype(np.float32)
    if name.endswith("running_mean"):
        return np.float32(0.1) * z
    if name.endswith("bias"):
        return np.float32(0.05) * z
    if len(shape) == 1:
        return np.float32(0.7) + np.float32(0.1) * z
    return z * np.float32(1.2 / np.sqrt(np.prod(shape[1:])))


@cache
def published_state() -> dict[str, torch.Tensor]:
    """Make the published state dict, names without the prefix ``afloc.``."""
    shapes = json.loads((REFERENCE / "state_dict_shapes.json").read_text())
    return {name: torch.from_numpy(np.ascontiguousarray(seeded_array(name, shape))) for name, shape in shapes.items()}
