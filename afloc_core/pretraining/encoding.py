"""From what a pool holds to image features, on any device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from afloc_core.modeling.efficientnet_lite import EfficientNetLite0
from afloc_core.modeling.image_encoder import ImageEmbeddings

if TYPE_CHECKING:
    from torch import Tensor

    from afloc_core.modeling.modeling_afloc import AFLocModel


def encode_inputs(model: AFLocModel, inputs: Tensor, *, frames: bool) -> ImageEmbeddings:
    """Encode rows of a pool; on a GPU in bfloat16, which is faster there.

    Parameters
    ----------
    model : AFLocModel
    inputs : Tensor of float32, shape (B, C, h, w)
        Moved to the model's device.
    frames : bool
        Whether they are frames in [-1, 1], else early features.

    Returns
    -------
    ImageEmbeddings
        As float32.
    """
    backbone = model.vision.backbone
    assert isinstance(backbone, EfficientNetLite0)
    moved = inputs.to(next(model.parameters()).device).contiguous(memory_format=torch.channels_last)
    with torch.autocast(moved.device.type, torch.bfloat16, enabled=moved.is_cuda):
        early = backbone.early(moved) if frames else moved
        embeddings = model.vision.project(early, *backbone.late(early))
    return ImageEmbeddings(*(part.float() for part in embeddings))
