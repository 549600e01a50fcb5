"""Making the training pool: many films simulated, altered and run through the first stages, on several processes.

The work is cut into parts: one film to simulate on, or a few to view as they are. A part draws from a generator of its
own and owns its rows, so the pool is the same on any number of processes, and one that was interrupted goes on where it
stopped.
"""

from __future__ import annotations

import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from afloc_core.modeling.efficientnet_lite import EfficientNetLite0
from afloc_core.pretraining.augmentation import augment
from afloc_core.pretraining.entailment import LABELLED, Statement, entails_labels
from afloc_core.pretraining.pool import (
    FEATURES,
    FRAMES,
    PARTS,
    SAMPLES,
    TrainingPool,
    open_pool,
    read_samples,
    write_samples,
)
from afloc_core.pretraining.samples import Sample
from afloc_core.pretraining.simulation.anatomy import FRAME, Anatomy, find_lungs, mean_lungs, mirror, plausible
from afloc_core.pretraining.simulation.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import TypeVar

    from numpy.typing import NDArray

    from afloc_core.pretraining.films import Film
    from afloc_core.pretraining.recipe import Recipe
    from afloc_core.pretraining.simulation.finding import SimulatedFinding

    _Job = TypeVar("_Job")
    _Result = TypeVar("_Result")

log = logging.getLogger(__name__)
_FILMS_A_PART = 16
_AT_ONCE = 4  # larger batches spend their time in fetching memory
_PARTS_A_MESSAGE = 40


@dataclass(frozen=True, eq=False)
class _Part:
    """One film to simulate on, or some to view as they are; the rows of the pool from ``start`` are its own."""

    number: int
    start: int
    rows: int
    seed: int
    base: int
    anatomy: Anatomy | None
    films: tuple[Film, ...]
    places: tuple[int, ...] = ()


def normal_anatomies(films: Sequence[Film]) -> list[tuple[Film, Anatomy]]:
    """Find the lungs of the normal films; films whose lungs are not found or not plausible are left out."""
    return _with_plausible_lungs((film, _lungs(film)) for film in films if film.normal)


def make_pool(folder: Path, films: Sequence[Film], backbone: EfficientNetLite0, recipe: Recipe) -> TrainingPool:
    """Prepare the pool of a recipe and write it to ``folder``, or what an interrupted call left to do of it.

    Parameters
    ----------
    folder : Path
        Created; the list of all samples is written last.
    films : sequence of Film
        Training films, normal and abnormal.
    backbone : EfficientNetLite0
        Its first stages must not change afterwards; where the recipe trains them the pool holds frames instead.
    recipe : Recipe
        Its ``threads`` are how many processes work.
    """
    done = folder / PARTS
    done.mkdir(parents=True, exist_ok=True)
    parts = list(_parts(_bases(films, recipe), films, recipe))
    rows = parts[-1].start + parts[-1].rows
    if recipe.train_first_stages:
        _make_room(folder / FRAMES, (rows, 1, FRAME, FRAME), np.uint8)
    else:
        with torch.inference_mode():
            shape = backbone.early(torch.zeros(1, 1, FRAME, FRAME)).shape[1:]
        _make_room(folder / FEATURES, (rows, *shape), np.float16)
    log.info("pool of %d films, made from %d real ones", rows, len(films))
    early = None if recipe.train_first_stages else backbone.state_dict()
    left = [part for part in parts if not (done / f"{part.number}.jsonl").is_file()]
    workers = _spread(_prepare, left, recipe.threads, _start_worker, (folder, early))
    for number, _ in enumerate(workers, len(parts) - len(left) + 1):
        if number % _PARTS_A_MESSAGE == 0:
            log.info("pool: part %d of %d", number, len(parts))
    samples = [sample for part in parts for sample in read_samples(done / f"{part.number}.jsonl")]
    write_samples(folder / SAMPLES, samples)
    pool = open_pool(folder)
    assert pool is not None
    return pool


def _with_plausible_lungs(found: Iterable[tuple[Film, Anatomy | None]]) -> list[tuple[Film, Anatomy]]:
    """Leave out films without lungs; abnormal ones too are held against the mean of normal lungs."""
    pairs = [(film, anatomy) for film, anatomy in found if anatomy is not None]
    mean = mean_lungs(anatomy for film, anatomy in pairs if film.normal)
    return [(film, anatomy) for film, anatomy in pairs if plausible(anatomy, mean)]


def _lungs(film: Film) -> Anatomy | None:
    return find_lungs(film.frame())


def _bases(films: Sequence[Film], recipe: Recipe) -> list[tuple[Film, Anatomy]]:
    """Find the films to simulate on, normal ones first."""
    abnormal = recipe.pool.simulations_per_abnormal_film > 0
    candidates = [film for film in films if film.normal] + [film for film in films if abnormal and not film.normal]
    bases = _with_plausible_lungs(zip(candidates, _spread(_lungs, candidates, recipe.threads), strict=True))
    normal = sum(film.normal for film, _ in bases)
    log.info("lungs found in %d normal and %d abnormal films", normal, len(bases) - normal)
    return bases


def _parts(bases: Sequence[tuple[Film, Anatomy]], films: Sequence[Film], recipe: Recipe) -> Iterator[_Part]:
    pool = recipe.pool
    number = start = 0
    for base, (film, anatomy) in enumerate(bases):
        rows = pool.simulations_per_film if film.normal else pool.simulations_per_abnormal_film
        yield _Part(number, start, rows, recipe.seed, base, anatomy, (film,))
        number, start = number + 1, start + rows
    for normal in (True, False):
        views = pool.views_per_film if normal else pool.views_per_abnormal_film or pool.views_per_film
        own = [(place, film) for place, film in enumerate(films) if film.normal is normal]
        for first in range(0, len(own), _FILMS_A_PART):
            places, some = zip(*own[first : first + _FILMS_A_PART], strict=True)
            rows = len(some) * views
            yield _Part(number, start, rows, recipe.seed, len(bases), None, some, places)
            number, start = number + 1, start + rows


def _make_room(file: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    """Create the file of features or frames, unless an interrupted call has."""
    if file.is_file():
        return
    part = file.with_name(f"{file.name}.part")
    np.lib.format.open_memmap(part, mode="w+", dtype=dtype, shape=shape).flush()
    part.replace(file)


def _spread(
    work: Callable[[_Job], _Result],
    jobs: Sequence[_Job],
    processes: int,
    start: Callable[..., None] | None = None,
    arguments: Any = (),  # noqa: ANN401  (whatever start takes)
) -> Iterator[_Result]:
    """Do the jobs on several processes, in order; on this one where there is one job or process."""
    if processes < 2 or len(jobs) < 2:
        if start is not None:
            start(*arguments)
        yield from map(work, jobs)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), start, arguments) as executor:
        yield from executor.map(work, jobs)


class _Worker:
    """What a process keeps between parts."""

    folder: Path
    backbone: EfficientNetLite0 | None = None


def _start_worker(folder: Path, state: dict[str, torch.Tensor] | None) -> None:
    torch.set_num_threads(1)
    _Worker.folder, _Worker.backbone = folder, None
    if state is not None:
        backbone = EfficientNetLite0(1)
        backbone.load_state_dict(state)
        _Worker.backbone = backbone.to(torch.bfloat16).eval()  # frozen, so nothing small can get lost; twice as fast


def _prepare(part: _Part) -> None:
    """Write the rows of a part, then its list of samples, which says that the rows are there."""
    rng = np.random.default_rng([part.seed, part.number])
    frames, samples = zip(*(_simulated if part.anatomy else _views)(part, rng), strict=True)
    inputs = np.lib.format.open_memmap(_Worker.folder / (FEATURES if _Worker.backbone else FRAMES), mode="r+")
    for first in range(0, part.rows, _AT_ONCE):
        some = np.stack(frames[first : first + _AT_ONCE])[:, None]
        row = part.start + first
        inputs[row : row + len(some)] = _early(_Worker.backbone, some) if _Worker.backbone else np.rint(some * 255)
    write_samples(_Worker.folder / PARTS / f"{part.number}.jsonl", samples)


def _early(backbone: EfficientNetLite0, frames: NDArray[np.float32]) -> NDArray[np.float16]:
    pixels = torch.from_numpy(frames * 2 - 1).to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        return np.asarray(backbone.early(pixels).to(torch.float16).numpy())


def _simulated(part: _Part, rng: np.random.Generator) -> Iterator[tuple[NDArray[np.float32], Sample]]:
    assert part.anatomy is not None
    (base,) = part.films
    labelled = {kind for kind in LABELLED if entails_labels(base.labels, Statement(kind, kind)) is not False}
    without = labelled | {item.kind for item in base.seen}
    for number in range(part.rows):
        # A third are mirrored; the lungs change names, so "right" is always the image's left.
        mirrored = number % 3 == 2
        film = simulate(mirror(part.anatomy) if mirrored else part.anatomy, rng, without)
        yield augment(film.film, rng), _sample(part.base, tuple(film.findings), base, mirrored=mirrored)


def _views(part: _Part, rng: np.random.Generator) -> Iterator[tuple[NDArray[np.float32], Sample]]:
    """Alter each film and mirror every view: a view and its mirror image follow each other, the last may lack one."""
    views = part.rows // len(part.films)
    for place, film in zip(part.places, part.films, strict=True):
        frame = film.frame()
        for first in range(0, views, 2):
            seen = augment(frame, rng)
            for mirrored in (False, True)[: views - first]:
                view = np.ascontiguousarray(seen[:, ::-1]) if mirrored else seen
                yield view, _sample(part.base + place, None, film, mirrored=mirrored)


def _sample(base: int, findings: tuple[SimulatedFinding, ...] | None, film: Film, *, mirrored: bool) -> Sample:
    seen = tuple(item.mirrored() if mirrored else item for item in film.seen)
    return Sample(base, findings, film.labels, seen, film.without_devices)
