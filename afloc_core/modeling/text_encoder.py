"""From token ids to word, sentence and report embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BertConfig, BertModel

if TYPE_CHECKING:
    from afloc_core.modeling.configuration_afloc import AFLocConfig


class TextBatch(NamedTuple):
    """Token ids and how they group into units; made by `AFLocProcessor`.

    Attributes
    ----------
    input_ids, attention_mask : Tensor of int64, shape (B, T)
    word_index : Tensor of int64, shape (B, T)
        Word slot of each token: ``[CLS]`` 0, the words from 1, ``[SEP]`` last; -1 on padding.
    sentence_index : Tensor of int64, shape (B, W)
        Sentence slot of each word slot: ``[CLS]`` 0, the sentences from 1, ``[SEP]`` last; -1 on padding and on full
        stops, which belong to no sentence.
    """

    input_ids: Tensor
    attention_mask: Tensor
    word_index: Tensor
    sentence_index: Tensor

    @property
    def word_units(self) -> Tensor:
        """Units that the word loss aligns: ``[CLS]`` and the words, not ``[SEP]``; shape (B,)."""
        return self.word_index.amax(dim=1)

    @property
    def sentence_units(self) -> Tensor:
        """Units that the sentence loss aligns: ``[CLS]`` and the sentences, not ``[SEP]``; shape (B,)."""
        return self.sentence_index.amax(dim=1)


class TextEmbeddings(NamedTuple):
    """Text embeddings of a batch, unnormalised: (B, W, dim), (B, S, dim) and (B, dim); unused slots are zero."""

    words: Tensor
    sentences: Tensor
    report: Tensor


class TextEncoder(nn.Module):
    """BERT and the aggregation of its last layers.

    Sub-tokens of a word are summed, words of a sentence averaged, the report is the mean over the word slots of the
    published batch (empty slots count as zero), and the last layers are summed.
    """

    def __init__(self, config: AFLocConfig) -> None:
        super().__init__()
        text_config = BertConfig(**config.text_config)
        self.bert = BertModel(text_config, add_pooling_layer=False)
        width = text_config.hidden_size
        self.norm = nn.LayerNorm(width) if config.text_projection else None
        self.projection = nn.Linear(width, config.projection_dim) if config.text_projection else None
        self.last_layers = config.last_layers
        self.word_slots = config.word_slots

    def forward(self, batch: TextBatch) -> TextEmbeddings:
        """Encode a batch of texts, padded to the longest or not at all."""
        states = self.bert(
            input_ids=batch.input_ids, attention_mask=batch.attention_mask, output_hidden_states=True
        ).hidden_states
        return self.aggregate(torch.stack(states[-self.last_layers :]).sum(dim=0), batch)

    def aggregate(self, tokens: Tensor, batch: TextBatch) -> TextEmbeddings:
        """Aggregate the summed last layers (B, T, width) into the three levels."""
        if self.projection is not None and self.norm is not None:
            tokens = self.projection(self.norm(tokens))
        words = _sum_groups(tokens, batch.word_index)
        sentences = _mean_groups(words, batch.sentence_index)
        return TextEmbeddings(words, sentences, words.sum(dim=1) / self.word_slots)


def _sum_groups(values: Tensor, index: Tensor) -> Tensor:
    """Sum (B, N, D) over equal ``index`` (B, N); negative indices are left out. Result (B, groups, D)."""
    return torch.einsum("bng,bnd->bgd", _membership(values, index), values)


def _mean_groups(values: Tensor, index: Tensor) -> Tensor:
    """Average (B, N, D) over equal ``index`` (B, N); an empty group gives zero. Result (B, groups, D)."""
    member = _membership(values, index)
    sums = torch.einsum("bng,bnd->bgd", member, values)
    return sums / member.sum(dim=1).clamp(min=1)[..., None]


def _membership(values: Tensor, index: Tensor) -> Tensor:
    groups = int(index.max()) + 1
    return F.one_hot(index.clamp(min=0), groups).to(values) * (index >= 0).to(values)[..., None]
