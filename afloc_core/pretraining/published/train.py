"""The published training loop: resumable, on one process or many."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from afloc_core.errors import RecipeError
from afloc_core.modeling.text_encoder import TextBatch
from afloc_core.pretraining.distributed import from_first, share_batch_norm, shared_model, union
from afloc_core.pretraining.published.batches import PairDataset, Schedule, batches
from afloc_core.pretraining.published.captions import shortened
from afloc_core.pretraining.published.contrast import ContrastiveModel
from afloc_core.pretraining.published.state import BEST, CHECKPOINT, Curve, read_state, write_state
from afloc_core.pretraining.published.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from afloc_core.modeling.losses import AlignmentLosses
    from afloc_core.modeling.modeling_afloc import AFLocModel
    from afloc_core.modeling.processing_afloc import AFLocProcessor
    from afloc_core.pretraining.distributed import Processes
    from afloc_core.pretraining.published.batches import Batch
    from afloc_core.pretraining.published.contrast import Contrasted
    from afloc_core.pretraining.published.pairs import Pairs
    from afloc_core.pretraining.published.recipe import PublishedRecipe

log = logging.getLogger(__name__)
_RECORDS = 2000
"""Rows of the curve, at most."""
_TIMED_STEPS = 3
_FAULTS_SAID = 10
_LOSSES = ("report", "sentence", "word", "total")
_CURVE = ("step", *_LOSSES, "learning_rate", "seconds_a_step")
_VALIDATION = ("step", *_LOSSES, "report_at_1", "report_at_5", "image_at_1", "image_at_5")


@dataclass
class Progress:
    """Where a run is; kept in its checkpoint.

    Attributes
    ----------
    step : int
        Steps taken.
    seconds : float
        Spent in steps.
    bf16 : bool or None
        Whether steps compute in bf16; None before it is decided.
    best_step : int
    best_total : float
        Step with the lowest validation loss, and that loss; -1 and infinite before there is one.
    faults : list of int
        Training rows whose images could not be opened.
    """

    step: int = 0
    seconds: float = 0.0
    bf16: bool | None = None
    best_step: int = -1
    best_total: float = math.inf
    faults: list[int] = field(default_factory=list)


class PublishedTrainer:
    """Trains a model on pairs.

    All that is random in a step (order, captions, crops, dropout) is drawn from the seed, the step and the row or the
    process, so the step is all of the generators' state, and a resumed run takes the steps an uninterrupted one would.

    Parameters
    ----------
    model : AFLocModel
    processor : AFLocProcessor
    pairs : dict of str to Pairs
        The splits ``train`` and ``validation``.
    recipe : PublishedRecipe
    folder : Path
        Where checkpoint, best weights and curves are kept.
    here : Processes
    minutes : float, optional
        End after so many minutes of steps.

    Raises
    ------
    RecipeError
        If the pairs are too few for a batch, a batch cannot be shared among the processes, or the folder holds another
        run.
    """

    def __init__(
        self,
        model: AFLocModel,
        processor: AFLocProcessor,
        pairs: dict[str, Pairs],
        recipe: PublishedRecipe,
        folder: Path,
        here: Processes,
        minutes: float | None = None,
    ) -> None:
        self.processor, self.recipe, self.folder, self.here = processor, recipe, folder, here
        self.limit = math.inf if minutes is None else 60 * minutes
        self.progress = Progress()
        options, train, validation = recipe.training, pairs["train"], pairs["validation"]
        self._check(len(train), len(validation))
        side, seed = recipe.size.frame_size, recipe.seed
        self._train = PairDataset(
            *(train, side, seed),
            drawn=True,
            whole_reports=recipe.pairs.whole_reports,
            random_crop=recipe.pairs.random_crop,
        )
        self._validation = PairDataset(validation, side, seed, drawn=False, random_crop=False)
        self.schedule = Schedule(len(train), options.batch, options.epochs, seed)
        unit = math.lcm(here.size, recipe.loss.groups)
        share = min(options.batch, len(validation)) // unit * unit
        self._validation_schedule = Schedule(len(validation), share, 1, seed, shuffled=False)
        share_batch_norm(model, here)
        self.model = ContrastiveModel(model.to(here.device), recipe.loss.groups)
        self._step_model = shared_model(self.model, here)
        self.optimizer = torch.optim.Adam(
            model.parameters(),
            lr=options.learning_rate,
            betas=(options.beta1, options.beta2),
            weight_decay=options.weight_decay,
        )
        self._resume()
        self._curve = Curve(folder / "curve.csv", _CURVE, self.progress.step) if here.first else None
        self._validations = Curve(folder / "validation.csv", _VALIDATION, self.progress.step) if here.first else None

    def run(self) -> None:
        """Train to the last step or the end of the time, validating after every epoch."""
        progress, schedule = self.progress, self.schedule
        record_every = max(1, min(10, schedule.steps // _RECORDS))
        saved = started = time.monotonic()
        validated = progress.step > 0 and progress.step % schedule.steps_per_epoch == 0
        for batch in self.training_batches():
            self._note_faults(batch)
            if progress.bf16 is None:
                self.decide_precision(batch)
                started = time.monotonic()
            losses = self.update(batch)
            progress.step += 1
            now = time.monotonic()
            pace, started = now - started, now
            progress.seconds += pace
            if progress.step % record_every == 0:
                self._record(losses, pace)
            if validated := progress.step % schedule.steps_per_epoch == 0:
                self._validate()
            if validated or now - saved > 60 * self.recipe.training.checkpoint_minutes:
                self._save()
                saved = time.monotonic()
            started = time.monotonic()
            if self._out_of_time(pace):
                break
        if not validated and progress.step:
            self._validate()
            self._save()
        progress.faults = sorted(union(set(progress.faults)))

    @property
    def validation_batch(self) -> int:
        """Pairs that are contrasted at once in validation."""
        return self._validation_schedule.batch

    def training_batches(self) -> Iterator[Batch]:
        """Yield this process's share of every batch that is still to come."""
        return batches(self._train, self.schedule, self.progress.step, self.here, self.recipe.pairs.workers)

    def update(self, batch: Batch) -> AlignmentLosses:
        """Take one step with this process's share of a batch; return the losses of the whole batch."""
        options = self.recipe.training
        epoch = self.progress.step // self.schedule.steps_per_epoch
        for group in self.optimizer.param_groups:
            group["lr"] = options.learning_rate * options.decay**epoch
        losses = self._gradient(batch, self.progress.bf16 is True)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), options.clip)
        self.optimizer.step()
        return losses

    def _gradient(self, batch: Batch, bf16: bool) -> AlignmentLosses:
        key = np.random.SeedSequence([self.recipe.seed, self.progress.step, self.here.rank])
        torch.manual_seed(int(key.generate_state(1)[0]))  # of dropout
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        losses = self._contrast(self._step_model, batch, bf16).losses
        self._weighted(losses).backward()  # type: ignore[no-untyped-call]
        return losses

    def _contrast(self, model: torch.nn.Module, batch: Batch, bf16: bool) -> Contrasted:
        device = self.here.device
        captions = [shortened(caption, self.processor) for caption in batch.captions]
        text = TextBatch(*(part.to(device) for part in self.processor.encode(captions)))
        frames = batch.frames.to(device, non_blocking=True)[:, None].expand(-1, 3, -1, -1)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            found: Contrasted = model(frames, text)
        return found

    def _weighted(self, losses: AlignmentLosses) -> torch.Tensor:
        weight = self.recipe.loss
        return weight.report * losses.report + weight.sentence * losses.sentence + weight.word * losses.word

    def decide_precision(self, batch: Batch) -> None:
        """Take the recipe's precision, or time a few steps both ways and take the faster."""
        asked = self.recipe.training.precision
        if asked != "auto":
            self.progress.bf16 = asked == "bf16"
            return
        kept = {name: buffer.clone() for name, buffer in self.model.named_buffers()}
        seconds = [self._seconds_a_gradient(batch, bf16) for bf16 in (False, True)]
        for name, buffer in self.model.named_buffers():  # steps that are not taken leave no trace
            buffer.copy_(kept[name])
        self.progress.bf16 = from_first(seconds[1] < seconds[0])
        log.info(
            "float32 takes %.3f s a step and bf16 %.3f s: training in %s",
            *(*seconds, "bf16" if self.progress.bf16 else "float32"),
        )

    def _seconds_a_gradient(self, batch: Batch, bf16: bool) -> float:
        times = []
        for _ in range(_TIMED_STEPS + 1):
            started = time.perf_counter()
            losses = self._gradient(batch, bf16)
            losses.report.item()
            if self.here.device.type == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - started)
        return min(times[1:])  # the first also builds things

    def _validate(self) -> None:
        self.model.eval()
        weight, progress = self.recipe.loss, self.progress
        workers = min(2, self.recipe.pairs.workers)
        figures = validate(
            lambda batch: self._contrast(self.model, batch, progress.bf16 is True),
            batches(self._validation, self._validation_schedule, 0, self.here, workers),
            (weight.report, weight.sentence, weight.word),
        )
        found = figures.retrieval
        log.info(
            "step %d, validation: total %.4f (report %.4f sentence %.4f word %.4f); of %d pairs %.1f %% of images find "
            "their report first and %.1f %% of reports their image",
            *(progress.step, figures.total, figures.report, figures.sentence, figures.word, figures.pairs),
            *(100 * found.report_at_1, 100 * found.image_at_1),
        )
        if not math.isfinite(figures.total):
            log.warning("the validation loss is not a number: these weights are of no use")
        best = figures.total < progress.best_total or progress.best_step < 0
        if best:
            progress.best_step = progress.step
            progress.best_total = figures.total if math.isfinite(figures.total) else math.inf
        if self._validations is not None:
            losses = (figures.report, figures.sentence, figures.word, figures.total)
            self._validations.add(progress.step, [*losses, *found])
            if best:
                weights = {"model": self.model.model.state_dict(), "step": progress.step}
                write_state({**weights, "figures": figures._asdict() | {"retrieval": found._asdict()}}, self._at(BEST))

    def _record(self, losses: AlignmentLosses, pace: float) -> None:
        step, rate = self.progress.step, self.optimizer.param_groups[0]["lr"]
        values = [float(value.detach()) for value in (*losses, self._weighted(losses))]
        left = min(self.limit - self.progress.seconds, pace * (self.schedule.steps - step))
        log.info(
            "step %d of %d: report %.4f sentence %.4f word %.4f total %.4f, %.2f s a step, %.1f minutes left",
            *(step, self.schedule.steps, *values, pace, max(0.0, left) / 60),
        )
        if self._curve is not None:
            self._curve.add(step, [*values, rate, pace])

    def _note_faults(self, batch: Batch) -> None:
        faults = self.progress.faults
        for row, sentence in batch.faults.items():
            if row in faults:
                continue
            faults.append(row)
            if len(faults) <= _FAULTS_SAID:
                log.warning("an image of the table is skipped, row %d of its split: %s", row + 1, sentence)

    def _out_of_time(self, pace: float) -> bool:
        if self.limit == math.inf:
            return False
        return from_first(self.progress.seconds + pace > self.limit)

    def _check(self, train: int, validation: int) -> None:
        batch, size, groups = self.recipe.training.batch, self.here.size, self.recipe.loss.groups
        if train < batch:
            raise RecipeError(f"There are {train} training pairs, fewer than a batch of {batch}; lower “batch”.")
        if batch % size:
            raise RecipeError(f"A batch of {batch} cannot be shared among {size} processes; correct “batch”.")
        least = max(2 * groups, math.lcm(size, groups))
        if validation < least:
            raise RecipeError(f"There are {validation} validation pairs; give at least {least}.")

    def _identity(self) -> list[int]:
        """Return what must be equal for a resumed run to see the batches of the interrupted one."""
        return [self.recipe.seed, self.recipe.training.batch, self.schedule.rows]

    def _save(self) -> None:
        if not self.here.first:
            return
        state: dict[str, Any] = {
            "identity": self._identity(),
            "progress": vars(self.progress),
            "model": self.model.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        write_state(state, self._at(CHECKPOINT))

    def _resume(self) -> None:
        state = read_state(self._at(CHECKPOINT))
        if state is None:
            return
        if state.get("identity") != self._identity():
            raise RecipeError(
                "The output folder holds a run with another seed, batch or number of pairs; give another folder."
            )
        try:
            self.model.model.load_state_dict(state["model"])
        except RuntimeError:
            raise RecipeError("The output folder holds a run of another size; give another folder.") from None
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])
        log.info("resumed at step %d", self.progress.step)

    def _at(self, name: str) -> Path:
        return self.folder / name
