"""The training pool: films prepared once, kept as the output of the frozen first stages of the backbone.

Simulating, augmenting and the frozen convolutions cost more than a training step, so they are done before training
starts and their result is kept on disk (half precision, about 110 KB a film).
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from afloc_core.pretraining.augmentation import augment
from afloc_core.pretraining.samples import Sample
from afloc_core.pretraining.simulation.anatomy import find_lungs, mean_lungs, mirror, plausible
from afloc_core.pretraining.simulation.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.modeling.efficientnet_lite import EfficientNetLite0
    from afloc_core.pretraining.films import Film
    from afloc_core.pretraining.recipe import Recipe
    from afloc_core.pretraining.simulation.anatomy import Anatomy

log = logging.getLogger(__name__)
_CHUNK = 32


@dataclass(frozen=True, eq=False)
class TrainingPool:
    """Prepared samples and their early features.

    Attributes
    ----------
    features : ndarray of float16, shape (n, channels, h, w)
        Output of `EfficientNetLite0.early`, memory-mapped.
    samples : list of Sample
        One per row of ``features``.
    """

    features: NDArray[np.float16]
    samples: list[Sample]


def normal_anatomies(films: Sequence[Film]) -> list[Anatomy]:
    """Find the lungs of the normal films; films whose lungs are not found or not plausible are left out."""
    found = [anatomy for film in films if film.normal and (anatomy := find_lungs(film.frame())) is not None]
    mean = mean_lungs(found)
    return [anatomy for anatomy in found if plausible(anatomy, mean)]


def open_pool(folder: Path) -> TrainingPool | None:
    """Open a pool that an earlier run finished; None when there is none."""
    if not (folder / "samples.jsonl").is_file():
        return None
    with (folder / "samples.jsonl").open(encoding="utf-8") as file:
        samples = [Sample.from_dict(json.loads(line)) for line in file]
    return TrainingPool(np.load(folder / "features.npy", mmap_mode="r"), samples)


def make_pool(folder: Path, films: Sequence[Film], backbone: EfficientNetLite0, recipe: Recipe) -> TrainingPool:
    """Prepare the pool of a recipe and write it to ``folder``.

    Parameters
    ----------
    folder : Path
        Created; the list of samples is written last, so a pool that was interrupted is made again.
    films : sequence of Film
        Training films, normal and abnormal.
    backbone : EfficientNetLite0
        Its first stages must not change afterwards.
    recipe : Recipe
    """
    folder.mkdir(parents=True, exist_ok=True)
    anatomies = normal_anatomies(films)
    count = len(anatomies) * recipe.pool.simulations_per_film + len(films) * recipe.pool.views_per_film
    log.info("pool of %d films: %d normal films with lungs found, %d real films", count, len(anatomies), len(films))
    features: NDArray[np.float16] | None = None
    samples: list[Sample] = []
    for frames, chunk in _chunks(_prepared(anatomies, films, recipe)):
        with torch.inference_mode():
            early = backbone.early(torch.from_numpy(frames * 2 - 1)[:, None]).half().numpy()
        if features is None:
            features = np.lib.format.open_memmap(
                folder / "features.npy", mode="w+", dtype=np.float16, shape=(count, *early.shape[1:])
            )
        features[len(samples) : len(samples) + len(chunk)] = early
        samples += chunk
        if len(samples) % 1024 < _CHUNK:
            log.info("pool: %d of %d", len(samples), count)
    assert features is not None
    features.flush()  # type: ignore[attr-defined]  # it is a memory map
    with (folder / "samples.jsonl.part").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(sample.as_dict()) + "\n" for sample in samples)
    (folder / "samples.jsonl.part").replace(folder / "samples.jsonl")
    return TrainingPool(features, samples)


def _prepared(
    anatomies: Sequence[Anatomy], films: Sequence[Film], recipe: Recipe
) -> Iterator[tuple[NDArray[np.float32], Sample]]:
    rng = np.random.default_rng(recipe.seed)
    for base, anatomy in enumerate(anatomies):
        for number in range(recipe.pool.simulations_per_film):
            # A third are mirrored; the lungs change names, so "right" is always the image's left.
            simulated = simulate(mirror(anatomy) if number % 3 == 2 else anatomy, rng)
            sample = Sample(base, tuple(simulated.findings))
            yield augment(simulated.film, rng), sample
    for number, film in enumerate(films):
        frame = film.frame()
        for view in range(recipe.pool.views_per_film):
            # A finding list names no sides, so it stays true of a mirrored film.
            seen = frame[:, ::-1] if view % 2 else frame
            yield augment(np.ascontiguousarray(seen), rng), Sample(len(anatomies) + number, None, film.labels)


def _chunks(
    prepared: Iterator[tuple[NDArray[np.float32], Sample]],
) -> Iterator[tuple[NDArray[np.float32], list[Sample]]]:
    frames: list[NDArray[np.float32]] = []
    samples: list[Sample] = []
    for frame, sample in prepared:
        frames.append(frame)
        samples.append(sample)
        if len(frames) == _CHUNK:
            yield np.stack(frames), samples
            frames, samples = [], []
    if frames:
        yield np.stack(frames), samples


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
