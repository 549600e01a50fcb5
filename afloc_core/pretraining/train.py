"""The training loop: resumable, logged, averaged."""

from __future__ import annotations

import csv
import logging
import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import BatchNorm1d, BatchNorm2d

from afloc_core.errors import RecipeError
from afloc_core.modeling.image_encoder import ContextHead, FineHead
from afloc_core.modeling.text_encoder import TextBatch, TextEmbeddings
from afloc_core.pretraining.batches import Batches
from afloc_core.pretraining.distributed import ALONE, average_gradients, from_first
from afloc_core.pretraining.encoding import encode_inputs
from afloc_core.pretraining.objective import Losses, Objective

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import Tensor

    from afloc_core.modeling.image_encoder import ImageEmbeddings
    from afloc_core.modeling.modeling_afloc import AFLocModel
    from afloc_core.modeling.processing_afloc import AFLocProcessor
    from afloc_core.pretraining.batches import Batch
    from afloc_core.pretraining.distributed import Processes
    from afloc_core.pretraining.pool import TrainingPool
    from afloc_core.pretraining.recipe import Recipe
    from afloc_core.pretraining.self_training import PseudoLabels

log = logging.getLogger(__name__)
_CHECKPOINT = "checkpoint.pt"
_CURVE = "curve.csv"
_RECORD_EVERY, _RECORD_EVERY_WHEN_CUT = 10, 1
_NORM_BATCHES, _NORM_SEED = 16, (0, 1)
_WARMUP_SHARE = 0.2  # of the time there is, at most


class Trainer:
    """Trains a model on a pool.

    Every step draws from a generator seeded with the recipe's seed and the step, so a resumed run sees the same
    batches as one that was never interrupted. Of several processes each draws a batch of its own, contrasts within it,
    and all take the step of the mean gradient.

    Parameters
    ----------
    model : AFLocModel
        Already frozen where it should be.
    processor : AFLocProcessor
    pool : TrainingPool
    recipe : Recipe
    folder : Path
        Where the checkpoint and the curve are kept.
    minutes : float, optional
        End after so many minutes of steps. What the recipe does from a step on stays at that step, so a run that is cut
        short is the beginning of a whole one, but for the learning rate, which falls in the time there is.
    here : Processes
    pseudo_labels : PseudoLabels, optional
        Maps of real films by an earlier model.
    """

    def __init__(
        self,
        model: AFLocModel,
        processor: AFLocProcessor,
        pool: TrainingPool,
        recipe: Recipe,
        folder: Path,
        minutes: float | None = None,
        here: Processes = ALONE,
        pseudo_labels: PseudoLabels | None = None,
    ) -> None:
        self.model, self.processor, self.pool, self.recipe, self.folder = model, processor, pool, recipe, folder
        self.here = here
        model.to(here.device)
        self.objective = Objective(recipe.training, model.config).to(here.device)
        cells = (model.config.input_size // model.vision.deep_stride) ** 2
        self.batches = Batches(pool, processor, recipe, cells, pseudo_labels, here.rank)
        self.step = 0
        self._limit = math.inf if minutes is None else 60 * minutes
        self._seconds = 0.0
        self._record_every = _RECORD_EVERY if minutes is None else _RECORD_EVERY_WHEN_CUT
        self._trained = {
            **{name: p for name, p in model.named_parameters() if p.requires_grad},
            **{f"objective.{name}": p for name, p in self.objective.named_parameters()},
        }
        self._start = {name: p.detach().clone() for name, p in self._trained.items()}
        self._average = {name: value.clone() for name, value in self._start.items()}
        self.optimizer = torch.optim.AdamW(self._groups(), betas=(0.9, 0.98), weight_decay=recipe.training.weight_decay)
        self._blind_head()
        self._resume()

    def run(self) -> None:
        """Train to the last step or the end of the time, then put the averaged weights into the model."""
        options = self.recipe.training
        saved = started = time.monotonic()
        first, before = self.step, self._seconds
        pace = 0.0
        self.model.train()
        batches = self.batches.from_step(first, self.recipe.threads if self.here.device.type == "cuda" else 0)
        while self.step < options.steps and self._seconds + pace <= self._limit:
            losses = self._update(next(batches))
            self.step += 1
            now = time.monotonic()
            self._seconds = from_first(before + now - started)
            pace = (self._seconds - before) / (self.step - first)
            if self.step % self._record_every == 0:
                self._record(losses, pace)
            if now - saved > 60 * options.checkpoint_minutes:
                self._save()
                saved = now
        if self.step > first:
            self._save()
        batches.close()
        self.adopt_average()

    @torch.no_grad()
    def adopt_average(self) -> None:
        """Put the averaged weights, with the recipe's share of those at the start, into the model and the objective."""
        self._adopt(self._average)

    @torch.no_grad()
    def adopt_mean(self, others: Sequence[Trainer]) -> None:
        """Put the mean of these weights and those of other runs, all run already, into the model."""
        self.model.to(self.here.device)  # where the features go that norms are measured on
        runs = (self, *others)
        self._adopt({name: torch.stack([run._average[name] for run in runs]).mean(dim=0) for name in self._trained})

    def _adopt(self, weights: Mapping[str, Tensor]) -> None:
        share = self.recipe.start_share if self.recipe.start else 0.0
        for name, parameter in self._trained.items():
            parameter.copy_(weights[name].lerp(self._start[name], share))
        self._blind_head()  # what the earlier model may have used
        self._measure_norms()
        self.model.eval().cpu()

    def _measure_norms(self) -> None:
        """Take the statistics of the normalisations anew: training left those of weights that were not averaged."""
        norms = [module for module in self.model.modules() if isinstance(module, BatchNorm2d | BatchNorm1d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the mean over all batches
        rng = np.random.default_rng([self.recipe.seed, *_NORM_SEED])
        self.model.train()
        for _ in range(_NORM_BATCHES):
            self._encode_images(self.batches.inputs(rng))

    def _update(self, made: Batch) -> Losses:
        options = self.recipe.training
        batch = made.to(self.here.device)
        image = self._encode_images(batch.inputs)
        once = self.model.encode_text(batch.unique)
        text = TextEmbeddings(*(part[batch.place] for part in once))
        words = TextBatch(*(part[batch.place] for part in batch.unique))
        focused = self.step >= options.focus_from
        losses: Losses = self.objective(image, text, words, batch.target, batch.pseudo, focused)
        total = losses.place + options.global_weight * losses.report + options.word_weight * losses.word
        if focused:
            total = total + options.extent_weight * losses.extent + options.area_weight * losses.area
            total = total + options.background_weight * losses.background + options.pseudo_label_weight * losses.pseudo
        for group in self.optimizer.param_groups:
            group["lr"] = group["base"] * self._pace()
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        average_gradients(self._trained.values())
        torch.nn.utils.clip_grad_norm_(self._trained.values(), options.clip)
        self.optimizer.step()
        self._blind_head()
        self._update_average()
        return losses

    def _encode_images(self, inputs: Tensor) -> ImageEmbeddings:
        return encode_inputs(self.model, inputs, frames=self.pool.of_frames)

    def _pace(self) -> float:
        """Share of the base learning rate: linear warm-up, then a cosine to 3 % at the last step or when time is up."""
        options = self.recipe.training
        spent = min(1.0, self._seconds / self._limit)
        warm = min(1.0, max((self.step + 1) / options.warmup, spent / _WARMUP_SHARE))
        done = max(self.step / options.steps, spent)
        return warm * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * done)))

    def _blind_head(self) -> None:
        """Hide positions from the deep head at first, and the last stage later on."""
        head, options = self.model.vision.deep_projection, self.recipe.training
        assert isinstance(head, FineHead | ContextHead)
        head.hide(places=self.step < options.positions_from, focused=self.step >= options.focus_from)

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(self.recipe.training.average, (self.step + 1) / (self.step + 10))
        for name, parameter in self._trained.items():
            self._average[name].lerp_(parameter, 1 - decay)

    def _groups(self) -> list[dict[str, Any]]:
        options = self.recipe.training
        groups: dict[str, tuple[list[Tensor], float]] = {
            "backbone": ([], options.learning_rate_backbone),
            "bert": ([], options.learning_rate_text),
            "heads": ([], options.learning_rate_heads),
        }
        for name, parameter in self._trained.items():
            kind = "backbone" if ".backbone." in name else "bert" if ".bert." in name else "heads"
            groups[kind][0].append(parameter)
        return [{"params": parameters, "base": rate, "lr": rate} for parameters, rate in groups.values()]

    def _record(self, losses: Losses, pace: float) -> None:
        if not self.here.first:
            return
        values = [f"{float(value.detach()):.4f}" for value in losses]
        left = min(self._limit - self._seconds, pace * (self.recipe.training.steps - self.step))
        log.info(
            "step %d: place %s report %s word %s extent %s area %s background %s pseudo-labels %s, %.2f s a step, "
            "%.1f minutes left",
            *(self.step, *values, pace, max(0.0, left) / 60),
        )
        with (self.folder / _CURVE).open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow([self.step, *values, f"{pace:.3f}"])

    def _save(self) -> None:
        if not self.here.first:
            return
        part = self.folder / f"{_CHECKPOINT}.part"
        torch.save(
            {
                "step": self.step,
                "seconds": self._seconds,
                "trained": {name: parameter.detach() for name, parameter in self._trained.items()},
                "average": self._average,
                "optimizer": self.optimizer.state_dict(),
            },
            part,
        )
        part.replace(self.folder / _CHECKPOINT)

    @torch.no_grad()
    def _resume(self) -> None:
        file = self.folder / _CHECKPOINT
        if not file.is_file():
            return
        state = torch.load(file, weights_only=True, map_location=self.here.device)
        if state["trained"].keys() != self._trained.keys():
            raise RecipeError("The folder holds a run of another head or of other stages; choose another folder.")
        for name, parameter in self._trained.items():
            parameter.copy_(state["trained"][name])
        self._average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        self._seconds = state.get("seconds", 0.0)  # older checkpoints lack it
        log.info("resumed at step %d", self.step)
