"""Validation of a model in training: the loss and how well images and reports find each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from afloc_core.pretraining.distributed import gather_rows, union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from afloc_core.pretraining.published.batches import Batch
    from afloc_core.pretraining.published.contrast import Contrasted


class Retrieval(NamedTuple):
    """Shares of the validation pairs whose own report (or image) is among the nearest 1 or 5 of all."""

    report_at_1: float
    report_at_5: float
    image_at_1: float
    image_at_5: float


class Figures(NamedTuple):
    """What one validation gives.

    Attributes
    ----------
    report, sentence, word : float
        Mean losses.
    total : float
        Their sum by the recipe's weights, by which the best weights are chosen.
    pairs : int
        Pairs that were looked at.
    faults : int
        Images that could not be opened; other pairs took their place.
    retrieval : Retrieval
    """

    report: float
    sentence: float
    word: float
    total: float
    pairs: int
    faults: int
    retrieval: Retrieval


@torch.no_grad()
def validate(
    contrast: Callable[[Batch], Contrasted], batches: Iterable[Batch], weights: tuple[float, float, float]
) -> Figures:
    """Validate on whole reports; every process gets the figures of all.

    Parameters
    ----------
    contrast : callable
        The model in evaluation mode.
    batches : iterable of Batch
        At least one.
    weights : (float, float, float)
        Of the report, sentence and word loss.
    """
    losses, images, reports, faults = [], [], [], set[int]()
    for batch in batches:
        faults |= batch.faults.keys()
        found = contrast(batch)
        losses.append(torch.stack(list(found.losses)))
        images.append(gather_rows(found.images))
        reports.append(gather_rows(found.reports))
    report, sentence, word = torch.stack(losses).mean(dim=0).tolist()
    total = weights[0] * report + weights[1] * sentence + weights[2] * word
    everything = torch.cat(images), torch.cat(reports)
    return Figures(report, sentence, word, total, len(everything[0]), len(union(faults)), retrieval(*everything))


def retrieval(images: Tensor, reports: Tensor) -> Retrieval:
    """Measure retrieval by the cosine of global and report embeddings.

    Parameters
    ----------
    images, reports : Tensor, shape (N, D)
        Matching rows. Of equal reports (a normal film's standard text) either is right: only nearer ones count. A pair
        whose similarity is not a number is not found.
    """
    similarity = torch.nn.functional.normalize(images, dim=1) @ torch.nn.functional.normalize(reports, dim=1).T
    own = similarity.diagonal()
    nearer_reports = (~(similarity <= own[:, None] + 1e-6)).sum(dim=1)
    nearer_images = (~(similarity <= own[None] + 1e-6)).sum(dim=0)
    found = own.isfinite()
    each = (nearer_reports, nearer_images)
    shares = [float(((nearer < most) & found).float().mean()) for nearer in each for most in (1, 5)]
    return Retrieval(*shares)
