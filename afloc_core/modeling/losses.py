"""The alignment losses (Yang et al. 2026, equations of section 2; the attention form is GLoRIA's, Huang et al. 2021).

Three contrasts share two functions: report with global image, sentences with deep-local cells, words with
shallow-local cells. Each is the sum of the image-to-text and the text-to-image cross-entropy over the batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

if TYPE_CHECKING:
    from afloc_core.modeling.configuration_afloc import AFLocConfig
    from afloc_core.modeling.image_encoder import ImageEmbeddings
    from afloc_core.modeling.text_encoder import TextBatch, TextEmbeddings


class AlignmentLosses(NamedTuple):
    """The three published losses, each a scalar with weight 1 in the total."""

    report: Tensor
    sentence: Tensor
    word: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum."""
        return self.report + self.sentence + self.word


def alignment_losses(
    image: ImageEmbeddings, text: TextEmbeddings, batch: TextBatch, config: AFLocConfig
) -> AlignmentLosses:
    """Compute the three published losses of a batch of matching images and texts."""
    attention, pooling, contrast = config.attention_sharpness, config.pooling_sharpness, config.contrast_sharpness

    def local(cells: Tensor, units: Tensor, counts: Tensor) -> Tensor:
        return symmetric_cross_entropy(contrast * local_similarity(cells, units, counts, attention, pooling))

    return AlignmentLosses(
        symmetric_cross_entropy(contrast * cosine_matrix(image.image, text.report)),
        local(image.deep, text.sentences, batch.sentence_units),
        local(image.shallow, text.words, batch.word_units),
    )


def cosine_matrix(images: Tensor, texts: Tensor) -> Tensor:
    """Cosine of each image (B, D) with each text (T, D): (B, T)."""
    return F.normalize(images, dim=-1, eps=1e-8) @ F.normalize(texts, dim=-1, eps=1e-8).T


def symmetric_cross_entropy(similarity: Tensor) -> Tensor:
    """Sum of row-wise and column-wise cross-entropy of a (B, B) similarity with matching pairs on the diagonal."""
    target = torch.arange(similarity.shape[0], device=similarity.device)
    return F.cross_entropy(similarity, target) + F.cross_entropy(similarity.T, target)


def local_similarity(cells: Tensor, units: Tensor, counts: Tensor, attention: float, pooling: float) -> Tensor:
    """Similarity of images and texts through attention of each text unit over the cells.

    Parameters
    ----------
    cells : Tensor, shape (B, D, H, W)
        Local image features.
    units : Tensor, shape (T, U, D)
        Word or sentence embeddings.
    counts : Tensor of int64, shape (T,)
        How many of the units of each text count, from the first.
    attention, pooling : float
        ``temp1`` and ``temp2``.

    Returns
    -------
    Tensor, shape (B, T)
        Log of the sum over units of ``exp(pooling * cosine)``.
    """
    flat = cells.flatten(2)
    columns = []
    for text, count in zip(units, counts.tolist(), strict=True):
        query = text[:count]
        share = torch.einsum("bdn,ud->bun", flat, query).softmax(dim=1)
        weight = (attention * share).softmax(dim=2)
        context = torch.einsum("bun,bdn->bud", weight, flat)
        cosine = F.cosine_similarity(context, query[None], dim=-1, eps=1e-8)
        columns.append(torch.logsumexp(pooling * cosine, dim=1))
    return torch.stack(columns, dim=1)


def sharp_pool(similarity: Tensor, sharpness: float) -> Tensor:
    """Log-mean-exp over the last axis: between the mean (sharpness 0) and the maximum (infinite)."""
    n = torch.tensor(float(similarity.shape[-1]))
    return (torch.logsumexp(sharpness * similarity, dim=-1) - n.log()) / sharpness
