"""Batches of pairs: which rows a step sees, and how worker processes prepare them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from afloc_core.errors import ImageError, RecipeError
from afloc_core.imaging.open import open_radiograph
from afloc_core.modeling.processing_afloc import eight_bit_input
from afloc_core.pretraining.published.captions import drawn_caption, whole_caption

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from afloc_core.pretraining.distributed import Processes
    from afloc_core.pretraining.published.pairs import Pairs

_TRIES = 20
_CROP_MARGIN = 256 / 224


class Turn(NamedTuple):
    """One row in one epoch: together with the seed all that a prepared pair depends on."""

    epoch: int
    row: int


@dataclass(frozen=True)
class Schedule:
    """Which rows every step of a run sees.

    It is computed from the seed and the step alone, so that a resumed run sees the batches an uninterrupted one would,
    and so that any number of processes share the same batches.

    Attributes
    ----------
    rows, batch, epochs, seed : int
        Rows there are, rows of a step over all processes, passes over the rows, and the seed of their order. Rows that
        fill no batch wait for the next epoch's order.
    shuffled : bool
        False keeps the order of the table.
    """

    rows: int
    batch: int
    epochs: int
    seed: int
    shuffled: bool = True

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches of an epoch."""
        return self.rows // self.batch

    @property
    def steps(self) -> int:
        """Steps of the run."""
        return self.epochs * self.steps_per_epoch

    def turns(self, step: int) -> list[Turn]:
        """Return the rows of a step, over all processes."""
        epoch, place = divmod(step, self.steps_per_epoch)
        order = _order(self.seed, epoch, self.rows) if self.shuffled else range(self.rows)
        return [Turn(epoch, int(row)) for row in order[place * self.batch : (place + 1) * self.batch]]


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, rows: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(rows)


class Example(NamedTuple):
    """A prepared pair.

    Attributes
    ----------
    frame : Tensor of float32, shape (S, S), range [-1, 1], or None
        None when no image could be opened in many tries.
    caption : str
    faults : dict of int to str
        Rows whose images could not be opened, with the sentence that says why; another row took their place.
    """

    frame: torch.Tensor | None
    caption: str
    faults: dict[int, str]


class Batch(NamedTuple):
    """Prepared pairs: frames of float32 (B, S, S), captions, and faults as in `Example`."""

    frames: torch.Tensor
    captions: list[str]
    faults: dict[int, str]


class PairDataset(Dataset[Example]):
    """Prepares pairs.

    Parameters
    ----------
    pairs : Pairs
    frame_size : int
        Side of the letterboxed frame.
    seed : int
    drawn : bool
        Draw sentences of each report; False shows whole reports.
    whole_reports, random_crop : bool
        See `PairOptions`.
    """

    def __init__(
        self, pairs: Pairs, frame_size: int, seed: int, *, drawn: bool, whole_reports: bool = True, random_crop: bool
    ) -> None:
        self.pairs, self.frame_size, self.seed = pairs, frame_size, seed
        self.drawn, self.whole_reports, self.random_crop = drawn, whole_reports, random_crop

    def __getitem__(self, turn: Turn) -> Example:
        """Prepare a pair; where its image cannot be opened, one that is drawn in its place."""
        rng = np.random.default_rng([self.seed, *turn])
        row, faults = turn.row, dict[int, str]()
        for _ in range(_TRIES):
            try:
                pixels = open_radiograph(self.pairs.image(row)).pixels
            except ImageError as error:
                faults[row] = str(error)
                row = int(rng.integers(len(self.pairs)))
                continue
            frame = prepared_frame(pixels, self.frame_size, rng if self.random_crop else None)
            sentences = self.pairs.sentences(row)
            caption = (
                drawn_caption(sentences, rng, whole_reports=self.whole_reports)
                if self.drawn
                else whole_caption(sentences)
            )
            return Example(torch.from_numpy(frame), caption, faults)
        return Example(None, "", faults)


def prepared_frame(pixels: NDArray[np.float32], side: int, rng: np.random.Generator | None) -> NDArray[np.float32]:
    """Prepare an image as published; with a generator, cut at random from a frame that is 8/7 as large.

    Parameters
    ----------
    pixels : ndarray of float32, shape (H, W), range [0, 1]
    side : int
    rng : numpy Generator or None

    Returns
    -------
    ndarray of float32, shape (side, side), range [-1, 1]
    """
    if rng is None:
        return eight_bit_input(pixels, side)[0]
    larger = round(side * _CROP_MARGIN)
    top, left = rng.integers(larger - side + 1, size=2)
    frame, _ = eight_bit_input(pixels, larger)
    return np.ascontiguousarray(frame[top : top + side, left : left + side])


def batches(data: PairDataset, schedule: Schedule, first: int, here: Processes, workers: int) -> Iterator[Batch]:
    """Yield this process's share of every batch from a step on, prepared ahead by workers.

    Parameters
    ----------
    data : PairDataset
    schedule : Schedule
        Its batch is a multiple of the number of processes.
    first : int
        Step to begin with.
    here : Processes
    workers : int

    Raises
    ------
    RecipeError
        If of many images in a row none can be opened.
    """
    loader = DataLoader(
        data,
        batch_sampler=_Share(schedule, first, here.rank, here.size),
        collate_fn=collated,
        num_workers=workers,
        pin_memory=here.device.type == "cuda",
        # A fork of a process with threads can hang, and there is none on Windows.
        multiprocessing_context="spawn" if workers else None,
    )
    for batch in loader:
        if isinstance(batch, str):
            raise RecipeError(
                f"Of {_TRIES} images of the table in a row none can be opened; correct “images” in [pairs]. The first: "
                f"{batch}"
            )
        yield batch


@dataclass(frozen=True)
class _Share:
    """The rows of one process, step after step."""

    schedule: Schedule
    first: int
    rank: int
    size: int

    def __iter__(self) -> Iterator[list[Turn]]:
        share = self.schedule.batch // self.size
        for step in range(self.first, self.schedule.steps):
            yield self.schedule.turns(step)[self.rank * share : (self.rank + 1) * share]


def collated(examples: Sequence[Example]) -> Batch | str:
    """Put prepared pairs together; the sentence of an image where none could be opened.

    A sentence is returned and not raised: an exception would leave a worker wrapped in its traceback.
    """
    faults = {row: sentence for example in examples for row, sentence in example.faults.items()}
    frames = [example.frame for example in examples if example.frame is not None]
    if len(frames) < len(examples):
        return next(iter(faults.values()))
    return Batch(torch.stack(frames), [example.caption for example in examples], faults)
