"""What training minimises: which sentences are true of which films, and where.

Three contrasts, one per level of alignment. Sentences against deep-local cells by sharp multiple-instance pooling,
with entailment (true, false, unknown) instead of identity as the target; reports against global features; words
against shallow-local cells through the published attention, which trains the shallow projection alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from afloc_core.modeling.losses import cosine_matrix, local_similarity, sharp_pool
from afloc_core.modeling.text_preparation import our_cleaning
from afloc_core.pretraining.extent import extent_of
from afloc_core.pretraining.language import exchange_side, exchange_zone
from afloc_core.pretraining.simulation.finding import DEVICES
from afloc_core.pretraining.whereabouts import ANYWHERE, region_of, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from afloc_core.modeling.configuration_afloc import AFLocConfig
    from afloc_core.modeling.image_encoder import ImageEmbeddings
    from afloc_core.modeling.text_encoder import TextBatch, TextEmbeddings
    from afloc_core.pretraining.language import Statement
    from afloc_core.pretraining.recipe import Training
    from afloc_core.pretraining.samples import Sample
    from afloc_core.pretraining.self_training import PseudoTargets

_MOST_SENTENCES = 3
_WORD_FILMS = 6  # the attention of every word over all shallow cells of every film costs more than all the rest
_TRUE, _FALSE, _UNKNOWN = 1, 0, -1
_COLD, _HOT, _MOST_RAISED = 0.3, 0.6, 2.0
"""Cosines, about the ends of the display scale, and how far an earlier model's map is raised: more makes noise hot."""
_HALO = 3.0  # the halo ends where a finding this many times as large as expected would


@dataclass(frozen=True, eq=False)
class Target:
    """Sentences of a batch and what is true.

    Attributes
    ----------
    texts : list of str
        Cleaned sentences, first those of the reports, then the exchanged ones.
    kinds : list of str
        What each names.
    owner : Tensor of int64, shape (n_reported,)
        Which film each reported sentence belongs to.
    truth : Tensor of int8, shape (films, sentences)
        1 true, 0 false, -1 unknown.
    weight : Tensor of float32, shape (films, sentences)
        Weight of each entry in the multiple-instance loss; 0 for sentences that point at no place.
    negated : Tensor of bool, shape (sentences,)
        Denials, which should light up nowhere whether they are true or not.
    least, most : Tensor of float32, shape (films, sentences)
        Share of a film that what the sentence names covers at least and at most.
    region : Tensor of float32, shape (films, sentences, 4)
        Where it can lie in the film, as `Region`; the whole film for all but true sentences with a known place, and
        those of hearts and hernias, which lie where they lie in everybody.
    """

    texts: list[str]
    kinds: list[str]
    owner: Tensor
    truth: Tensor
    weight: Tensor
    negated: Tensor
    least: Tensor
    most: Tensor
    region: Tensor

    def to(self, device: torch.device) -> Target:
        """Return the same target with its tensors on a device."""
        tensors = (self.owner, self.truth, self.weight, self.negated, self.least, self.most, self.region)
        return Target(self.texts, self.kinds, *(tensor.to(device) for tensor in tensors))


def make_target(samples: Sequence[Sample], rng: np.random.Generator, exchange: bool, options: Training) -> Target:
    """Write sentences for a batch of films and decide which are true of which film.

    Parameters
    ----------
    samples : sequence of Sample
    rng : Generator
    exchange : bool
        Whether side- and zone-exchanged sentences are added and misplaced findings weigh ``exchange_weight``.
    options : Training
    """
    reported: list[Statement] = []
    owner: list[int] = []
    for number, sample in enumerate(samples):
        sentences = sample.report(rng)[:_MOST_SENTENCES]
        reported += sentences
        owner += [number] * len(sentences)
    extra = _exchanged(reported, rng) if exchange else []
    statements = reported + extra
    heavy = options.exchange_weight if exchange else 1.0
    truth, weight = zip(*(_row(sample, statements, heavy, options.device_weight) for sample in samples), strict=True)
    region = [
        [
            region_of(statement.kind, sample.places(statement))
            if known == _TRUE and not statement.negated
            else ANYWHERE
            for known, statement in zip(row, statements, strict=True)
        ]
        for row, sample in zip(truth, samples, strict=True)
    ]
    kinds = [statement.kind for statement in statements]
    extents = torch.tensor([[extent_of(kind, sample.simulated(kind)) for kind in kinds] for sample in samples])
    return Target(
        [our_cleaning(statement.text) for statement in statements],
        kinds,
        torch.tensor(owner),
        torch.tensor(truth, dtype=torch.int8),
        torch.tensor(weight),
        torch.tensor([statement.negated for statement in statements]),
        extents[..., 0],
        extents[..., 1],
        torch.tensor(region),
    )


def _exchanged(statements: Sequence[Statement], rng: np.random.Generator) -> list[Statement]:
    placed = [s for s in statements if not s.negated and s.kind != "normal"]
    swapped = [exchange_side(s) for s in placed] + [exchange_zone(s) for s in placed if rng.random() < 0.5]
    return [s for s in swapped if s is not None]


def _row(
    sample: Sample, statements: Sequence[Statement], misplaced: float, device: float
) -> tuple[list[int], list[float]]:
    """Truth and multiple-instance weight of every statement for one film."""
    truth, weight = [], []
    for statement in statements:
        known = sample.truth(statement)
        truth.append(_UNKNOWN if known is None else int(known))
        if statement.kind == "normal" or (known is None and not statement.negated):
            weight.append(0.0)
        elif known and not statement.negated and statement.kind in DEVICES:
            weight.append(device)
        elif statement.negated or known or statement.kind not in sample.kinds:
            weight.append(1.0)
        else:
            weight.append(misplaced)
    return truth, weight


class Losses(NamedTuple):
    """The terms of the objective, each a scalar."""

    place: Tensor
    report: Tensor
    word: Tensor
    extent: Tensor
    area: Tensor
    background: Tensor
    pseudo: Tensor


class Objective(nn.Module):
    """The three contrasts with the learned scale and bias of the multiple-instance logit.

    Attributes
    ----------
    log_scale, bias : Parameter
        ``logit = exp(log_scale) * pooled cosine + bias``; after training they calibrate the match.
    """

    def __init__(self, training: Training, config: AFLocConfig) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(2.3))
        self.bias = nn.Parameter(torch.tensor(training.first_bias))
        self.training_options = training
        self.config = config

    def forward(
        self,
        image: ImageEmbeddings,
        text: TextEmbeddings,
        batch: TextBatch,
        target: Target,
        pseudo: PseudoTargets,
        focused: bool,
    ) -> Losses:
        """Compute the terms for one batch; ``focused`` chooses the sharper pooling."""
        cells = image.deep.flatten(2)
        inside = within(target.region, image.deep.shape[-2], image.deep.shape[-1])
        cosine = F.normalize(text.report, dim=-1) @ cells / cells.norm(dim=1).clamp(min=1e-8)[:, None]
        return Losses(
            self._place(cosine.masked_fill(~inside, -1.0), target, focused),
            self._report(image, text, target),
            self._word(image, text, batch, target),
            *self._extent(cosine.masked_fill(~inside, -1.0), target),
            self._background(cosine, inside, target),
            self._pseudo_labelled(cosine, inside, pseudo),
        )

    def _place(self, cosine: Tensor, target: Target, focused: bool) -> Tensor:
        options = self.training_options
        pooled = sharp_pool(cosine, options.focus_sharpness if focused else options.sharpness)
        logit = self.log_scale.exp() * pooled + self.bias
        present = ((target.truth == _TRUE) & ~target.negated).float()
        loss = F.binary_cross_entropy_with_logits(logit, present, reduction="none")
        positive, negative = target.weight * present, target.weight * (1 - present)
        return (loss * positive).sum() / positive.sum().clamp(min=1) + (loss * negative).sum() / negative.sum()

    def _extent(self, cosine: Tensor, target: Target) -> tuple[Tensor, Tensor]:
        """Where a finding is present, as many cells as it covers at least say so, all but those it covers at most deny.

        Which cells these are the map itself decides: its hottest ones. Those next in line, the halo of a finding, would
        hardly count among all the others, and count once more.
        """
        present = (target.truth == _TRUE) & ~target.negated & (target.weight > 0)
        logit = self.log_scale.exp() * cosine[present].sort(dim=-1, descending=True).values + self.bias
        share = torch.arange(logit.shape[-1], device=logit.device) / logit.shape[-1]
        inside = (share < target.least[present][:, None]).float()
        most = target.most[present][:, None]
        outside, halo = (share >= most).float(), ((share >= most) & (share < _HALO * most)).float()
        found = (F.softplus(-logit) * inside).sum(-1) / inside.sum(-1)
        no = F.softplus(logit)
        denied = (no * outside).sum(-1) / outside.sum(-1) + (no * halo).sum(-1) / halo.sum(-1).clamp(min=1)
        count = max(1, len(logit))  # a batch can have nothing but denials
        return found.sum() / count, denied.sum() / count

    def _background(self, cosine: Tensor, inside: Tensor, target: Target) -> Tensor:
        """Where a sentence is false, or denies, and beside where a true one points, every cell should say no."""
        present = (target.truth == _TRUE) & ~target.negated
        empty = (~(present[..., None] & inside)).float()
        cells = empty.sum(dim=-1)
        weight = target.weight * (cells > 0)
        each = (F.softplus(self.log_scale.exp() * cosine + self.bias) * empty).sum(dim=-1) / cells.clamp(min=1)
        return (each * weight).sum() / weight.sum()

    def _pseudo_labelled(self, cosine: Tensor, inside: Tensor, pseudo: PseudoTargets) -> Tensor:
        """Where an earlier model's map of a true sentence is hot, cells should say yes, and no where it is cold.

        The earlier model may be unsure of what is known to be there: its map is raised, at most twofold, until the
        hottest place within the sentence's region is hot; a map that is not even warm then counts nothing. It may be
        wrong about where: outside the region its map is cold. Between cold and hot, cells count the less the nearer
        they are to the middle. Maps lie within a cell or two of the film, which was shaken since.
        """
        where = pseudo.film, pseudo.sentence
        maps = pseudo.maps * inside[where]
        peak = maps.amax(dim=-1, keepdim=True).clamp(min=1e-3)
        raised = maps * (_HOT / peak).clamp(1.0, _MOST_RAISED)
        middle, half = (_HOT + _COLD) / 2, (_HOT - _COLD) / 2
        hot, cold = ((raised - middle) / half).clamp(0.0, 1.0), ((middle - raised) / half).clamp(0.0, 1.0)
        logit = self.log_scale.exp() * cosine[where] + self.bias
        yes = (F.softplus(-logit) * hot).sum(-1) / hot.sum(-1).clamp(min=1e-6)
        no = (F.softplus(logit) * cold).sum(-1) / cold.sum(-1).clamp(min=1e-6)
        warm = (hot.sum(-1) > 0).float()
        return ((yes + no) * warm).sum() / warm.sum().clamp(min=1)

    def _report(self, image: ImageEmbeddings, text: TextEmbeddings, target: Target) -> Tensor:
        films, owner = target.truth.shape[0], target.owner
        member = F.one_hot(owner, films).to(text.report)
        reports = member.T @ text.report[: len(owner)]
        reported = target.truth[:, : len(owner)]
        false = (reported == _FALSE).float() @ member > 0
        unknown = (reported == _UNKNOWN).float() @ member > 0
        truth = torch.where(false, _FALSE, torch.where(unknown, _UNKNOWN, _TRUE)).fill_diagonal_(_TRUE)
        return several_positives(self.config.contrast_sharpness * cosine_matrix(image.image, reports), truth)

    def _word(self, image: ImageEmbeddings, text: TextEmbeddings, batch: TextBatch, target: Target) -> Tensor:
        films = torch.arange(0, target.truth.shape[0], self.training_options.variants)[:_WORD_FILMS]
        first = torch.stack([(target.owner == film).nonzero()[0, 0] for film in films])
        similarity = local_similarity(
            image.shallow[films],
            text.words[first].detach(),
            batch.word_units[first],
            self.config.attention_sharpness,
            self.config.pooling_sharpness,
        )
        truth = target.truth[films][:, first].clone().fill_diagonal_(_TRUE)
        return several_positives(self.config.contrast_sharpness * similarity, truth)


def several_positives(similarity: Tensor, truth: Tensor) -> Tensor:
    """Two-way cross-entropy in which a row can have several true partners and unknown ones count nowhere.

    Parameters
    ----------
    similarity : Tensor, shape (B, B)
    truth : Tensor of int, shape (B, B)
        1 true, 0 false, -1 unknown; the diagonal must be true.
    """

    def one_way(logits: Tensor, known: Tensor) -> Tensor:
        reference = logits.masked_fill(known == _UNKNOWN, -torch.inf).logsumexp(dim=1)
        return (reference - logits.masked_fill(known != _TRUE, -torch.inf).logsumexp(dim=1)).mean()

    return one_way(similarity, truth) + one_way(similarity.T, truth.T)
