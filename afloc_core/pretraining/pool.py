"""The training pool: films prepared once, kept as the output of the first stages of the backbone or as they are.

Simulating, augmenting and the first stages cost more than a training step on a processor, so they are done before
training starts and their result is kept on disk (half precision, about 100 KB a film). Where the first stages are
trained too, which a GPU is fast enough for, films are kept as frames (83 KB).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from afloc_core.pretraining.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

FEATURES, FRAMES, SAMPLES, PARTS = "features.npy", "frames.npy", "samples-2.jsonl", "parts-2"
"""2: views of real films lie in pairs, each beside its mirror image."""


@dataclass(frozen=True, eq=False)
class TrainingPool:
    """Prepared samples and their pixels.

    Attributes
    ----------
    inputs : ndarray, shape (n, channels, h, w)
        Memory-mapped: outputs of `EfficientNetLite0.early` as float16, or frames with one channel as uint8.
    samples : list of Sample
        One per row of ``inputs``.
    """

    inputs: NDArray[np.float16] | NDArray[np.uint8]
    samples: list[Sample]

    def __reduce__(self) -> tuple[Any, ...]:
        """Let another process open the file again instead of sending it gigabytes."""
        if isinstance(self.inputs, np.memmap) and self.inputs.filename is not None:
            return _reopen, (Path(self.inputs.filename), self.samples)
        return TrainingPool, (self.inputs, self.samples)

    @property
    def of_frames(self) -> bool:
        """Whether films are kept as frames."""
        return self.inputs.dtype == np.uint8

    def read(self, rows: Iterable[int]) -> torch.Tensor:
        """Read rows as float32: early features, or frames in [-1, 1]."""
        values = torch.from_numpy(np.stack([self.inputs[row] for row in rows])).float()
        return values / 127.5 - 1 if self.of_frames else values


def _reopen(file: Path, samples: list[Sample]) -> TrainingPool:
    return TrainingPool(np.load(file, mmap_mode="r"), samples)


def open_pool(folder: Path) -> TrainingPool | None:
    """Open a pool that an earlier run finished; None when there is none."""
    if not (folder / SAMPLES).is_file():
        return None
    kept = folder / FRAMES if (folder / FRAMES).is_file() else folder / FEATURES
    return _reopen(kept, read_samples(folder / SAMPLES))


def read_samples(file: Path) -> list[Sample]:
    """Read the samples of a pool, or of a part of it."""
    with file.open(encoding="utf-8") as lines:
        return [Sample.from_dict(json.loads(line)) for line in lines]


def write_samples(file: Path, samples: Sequence[Sample]) -> None:
    """Write samples; the file is there whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(sample.as_dict()) + "\n" for sample in samples)
    part.replace(file)


class BatchSampler:
    """Draws the rows of a training batch.

    Several simulations of one film share a batch: the same patient with another lesion is the hardest negative. Real
    films are mostly abnormal and drawn by the inverse square root of how common their rarest finding is.
    """

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._variants: dict[int, list[int]] = {}
        self._real: list[int] = []
        for row, sample in enumerate(samples):
            if sample.findings is None:
                self._real.append(row)
            else:
                self._variants.setdefault(sample.base, []).append(row)
        self._bases = list(self._variants)
        counts: dict[str, int] = {}
        for row in self._real:
            for label in samples[row].labels:
                counts[label] = counts.get(label, 0) + 1
        abnormal = [row for row in self._real if samples[row].labels]
        weights = np.array([max(counts[label] ** -0.5 for label in samples[row].labels) for row in abnormal])
        share = dict(zip(abnormal, 0.8 * weights / weights.sum(), strict=True))
        normal = 0.2 / max(1, len(self._real) - len(abnormal))
        shares = np.array([share.get(row, normal) for row in self._real])
        self._real_shares = shares / shares.sum()

    def rows(self, rng: np.random.Generator, bases: int, variants: int, real: int) -> NDArray[np.int64]:
        """Draw ``bases * variants`` simulated rows followed by ``real`` real rows."""
        chosen = rng.choice(self._bases, size=bases, replace=False)
        simulated = [rng.choice(self._variants[int(base)], size=variants, replace=False) for base in chosen]
        films = rng.choice(self._real, size=real, replace=False, p=self._real_shares)
        return np.concatenate([*simulated, films])
