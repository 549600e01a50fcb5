"""The published losses over a batch that several processes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from afloc_core.modeling.losses import AlignmentLosses, cosine_matrix, local_similarity, symmetric_cross_entropy
from afloc_core.pretraining.distributed import exact, gather_rows

if TYPE_CHECKING:
    from afloc_core.modeling.modeling_afloc import AFLocModel
    from afloc_core.modeling.text_encoder import TextBatch


class Contrasted(NamedTuple):
    """The losses of the whole batch of B pairs, and this process's global and report embeddings (b, D)."""

    losses: AlignmentLosses
    images: Tensor
    reports: Tensor


class ContrastiveModel(nn.Module):
    """A model with its training losses.

    Each process encodes its own pairs, compares its images with the texts of all, and puts its rows of the similarity
    beside those of the others. With one process and one group this is ``AFLocModel.forward``.

    Parameters
    ----------
    model : AFLocModel
    groups : int
        Parts of a batch that are contrasted on their own.
    """

    def __init__(self, model: AFLocModel, groups: int = 1) -> None:
        super().__init__()
        self.model, self.groups = model, groups

    def forward(self, pixel_values: Tensor, batch: TextBatch) -> Contrasted:
        """Compute the losses of frames (b, C, S, S) and their texts, b the same in every process."""
        image, text = self.model.encode_image(pixel_values), self.model.encode_text(batch)
        config = self.model.config
        attention, pooling, contrast = config.attention_sharpness, config.pooling_sharpness, config.contrast_sharpness

        def local(cells: Tensor, units: Tensor, counts: Tensor) -> Tensor:
            everywhere = gather_rows(exact(_in_slots(units, config.word_slots)))
            return self._loss(contrast * local_similarity(cells, everywhere, gather_rows(counts), attention, pooling))

        losses = AlignmentLosses(
            self._loss(contrast * cosine_matrix(exact(image.image), gather_rows(exact(text.report)))),
            local(image.deep, text.sentences, batch.sentence_units),
            local(image.shallow, text.words, batch.word_units),
        )
        return Contrasted(losses, exact(image.image), exact(text.report))

    def _loss(self, rows: Tensor) -> Tensor:
        """Mean over the groups of the cross-entropies of the similarity whose rows (b, B) this process has."""
        similarity = gather_rows(exact(rows))
        side = similarity.shape[0] // self.groups
        blocks = [similarity[i : i + side, i : i + side] for i in range(0, similarity.shape[0], side)]
        return torch.stack([symmetric_cross_entropy(block) for block in blocks]).mean()


def _in_slots(units: Tensor, slots: int) -> Tensor:
    """Pad (b, U, D) with zeros to the word slots: the longest text differs from process to process."""
    return F.pad(units, (0, 0, 0, slots - units.shape[1]))
