"""The AFLoc model, in the transformers convention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from transformers import PreTrainedModel

from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.modeling.image_encoder import ImageEmbeddings, ImageEncoder
from afloc_core.modeling.losses import AlignmentLosses, alignment_losses
from afloc_core.modeling.text_encoder import TextBatch, TextEmbeddings, TextEncoder

if TYPE_CHECKING:
    from torch import Tensor


class AFLocModel(PreTrainedModel):
    """Image encoder and text encoder with a common embedding space (Yang et al. 2026)."""

    config_class = AFLocConfig
    base_model_prefix = "afloc"
    main_input_name = "pixel_values"

    def __init__(self, config: AFLocConfig) -> None:
        super().__init__(config)
        self.vision = ImageEncoder(config)
        self.text = TextEncoder(config)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: torch.nn.Module) -> None:
        """Keep torch's own initialisation: weights come from a folder, a checkpoint or a recipe."""

    def encode_image(self, pixel_values: Tensor) -> ImageEmbeddings:
        """Encode frames (B, C, frame, frame), see `ImageEncoder.forward`."""
        embeddings: ImageEmbeddings = self.vision(pixel_values)
        return embeddings

    def encode_text(self, batch: TextBatch) -> TextEmbeddings:
        """Encode a text batch, see `TextEncoder.forward`."""
        embeddings: TextEmbeddings = self.text(batch)
        return embeddings

    def forward(self, pixel_values: Tensor, batch: TextBatch) -> AlignmentLosses:
        """Return the three published losses of matching images and texts."""
        return alignment_losses(self.encode_image(pixel_values), self.encode_text(batch), batch, self.config)
