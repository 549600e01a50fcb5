"""What a training step needs, made from the recipe's seed and the number of the step alone.

A resumed run sees the same batches as one that was never interrupted, and other processes can make them ahead of time:
deciding which of hundreds of sentences are true of which films takes a processor longer than the step takes a GPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from afloc_core.modeling.text_encoder import TextBatch
from afloc_core.pretraining.augmentation import shake
from afloc_core.pretraining.objective import Target, make_target
from afloc_core.pretraining.pool import BatchSampler
from afloc_core.pretraining.self_training import PseudoTargets, no_pseudo_targets
from afloc_core.pretraining.simulation.anatomy import FRAME

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import Tensor

    from afloc_core.modeling.processing_afloc import AFLocProcessor
    from afloc_core.pretraining.pool import TrainingPool
    from afloc_core.pretraining.recipe import Recipe
    from afloc_core.pretraining.self_training import PseudoLabels


class Batch(NamedTuple):
    """Films and sentences of one step.

    Attributes
    ----------
    inputs : Tensor of float32, shape (films, C, h, w)
        Early features, or frames in [-1, 1].
    target : Target
    unique : TextBatch
        Each different sentence once.
    place : Tensor of int64, shape (sentences,)
        Which of them each sentence of the target is.
    pseudo : PseudoTargets
    """

    inputs: Tensor
    target: Target
    unique: TextBatch
    place: Tensor
    pseudo: PseudoTargets

    def to(self, device: torch.device) -> Batch:
        """Return the same batch on a device."""
        unique = TextBatch(*(part.to(device) for part in self.unique))
        return Batch(
            self.inputs.to(device), self.target.to(device), unique, self.place.to(device), self.pseudo.to(device)
        )


class Batches(Dataset[Batch]):
    """The batches of a run, by number of the step.

    Parameters
    ----------
    pool : TrainingPool
    processor : AFLocProcessor
    recipe : Recipe
    cells : int
        Of a map of the model.
    pseudo_labels : PseudoLabels or None
    rank : int
        Of several processes each sees batches of its own.
    """

    def __init__(
        self,
        pool: TrainingPool,
        processor: AFLocProcessor,
        recipe: Recipe,
        cells: int,
        pseudo_labels: PseudoLabels | None,
        rank: int,
    ) -> None:
        self._pool, self._processor, self._recipe, self._cells = pool, processor, recipe, cells
        self._pseudo_labels, self._rank = pseudo_labels, rank
        self._sampler = BatchSampler(pool.samples)

    def __getitem__(self, step: int) -> Batch:
        """Make the batch of a step, on the processor."""
        options = self._recipe.training
        rng = np.random.default_rng([self._recipe.seed, step, *([self._rank] if self._rank else [])])
        rows = self._rows(rng)
        samples = [self._pool.samples[row] for row in rows]
        target = make_target(samples, rng, step >= options.exchange_from, options)
        unique = list(dict.fromkeys(target.texts))
        where = {text: number for number, text in enumerate(unique)}
        return Batch(
            self._inputs(rows, rng),
            target,
            self._processor.encode(unique),
            torch.tensor([where[text] for text in target.texts]),
            self._pseudo_labels.of(rows, target) if self._pseudo_labels else no_pseudo_targets(self._cells),
        )

    def inputs(self, rng: np.random.Generator) -> Tensor:
        """Draw a batch of films without sentences."""
        return self._inputs(self._rows(rng), rng)

    def from_step(self, first: int, workers: int) -> Generator[Batch]:
        """Yield the batches from a step to the last.

        Parameters
        ----------
        first : int
        workers : int
            How many processes make them ahead of time; 0 makes each when it is asked for.
        """
        steps = range(first, self._recipe.training.steps)
        how = "spawn" if workers else None  # a fork of a process with threads and a GPU can hang
        if steps:
            yield from DataLoader(
                self,
                batch_size=None,
                sampler=steps,
                num_workers=workers,
                collate_fn=_as_it_is,
                multiprocessing_context=how,
            )

    def _rows(self, rng: np.random.Generator) -> list[int]:
        options = self._recipe.training
        return [int(row) for row in self._sampler.rows(rng, options.bases, options.variants, options.real)]

    def _inputs(self, rows: list[int], rng: np.random.Generator) -> Tensor:
        options = self._recipe.training
        inputs = self._pool.read(rows)
        return shake(inputs, rng, round(options.shake_shift * inputs.shape[-1] / FRAME), options.shake_gain)


def _as_it_is(batch: Any) -> Any:  # noqa: ANN401  (the loader promises no more)
    return batch
