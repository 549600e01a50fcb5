"""How fast a run goes beside the image encoder alone, and a second phrase beside the first."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from afloc_core.annotations.marks import Document, Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from afloc_core.cohort.cases import make_cohort
from afloc_core.cohort.conduct import Setup, conduct
from afloc_core.cohort.feature_cache import FeatureCache
from afloc_core.cohort.film_scoring import Rules
from afloc_core.cohort.protocols import NATIVE
from afloc_core.cohort.run import side_by_side
from afloc_core.imaging.letterbox import area_resize
from afloc_core.imaging.open import open_radiograph
from afloc_core.imaging.sample import sample_film

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from afloc_core.localization.localizer import Localizer

_FILMS = 160  # enough that what a run does once, the intervals, does not count
_SIDE = 512


@dataclass(frozen=True)
class Pace:
    """What was measured.

    Attributes
    ----------
    encoder, run : float
        Processor time a film, seconds: the encoder alone on opened films, and a whole run from files to scores.
    encoder_wall, run_wall : float
        The same by the clock: what is left when threads wait for each other, for the disk, or for other programs.
    first, second : float
        Seconds a film from file to map: of the first phrase, and of another over kept features.
    """

    encoder: float
    run: float
    encoder_wall: float
    run_wall: float
    first: float
    second: float


def measure_pace(localizer: Localizer, fresh: Localizer, folder: Path) -> Pace:
    """Measure on small variants of the sample film.

    Parameters
    ----------
    localizer, fresh : Localizer
        Of the same model, the second with nothing in memory.
    folder : Path
        An empty folder to work in.
    """
    files = _films(folder / "films")
    marks = tuple(Mark(file.name, Box(100, 100, 150, 150), "Mass") for file in files)
    document = Document("native", {file.name: MarkedImage(file.name) for file in files}, marks)
    cohort = make_cohort(document, folder / "films")
    opened = [open_radiograph(file) for file in files]
    torch.set_num_threads(1)  # as a run has it in its threads
    dict(side_by_side(enumerate(opened[:2]), localizer.encode_image))
    encoder = _timed(lambda: dict(side_by_side(enumerate(opened[2:]), localizer.encode_image)), _FILMS - 2)
    (folder / "out").mkdir()
    run = _timed(lambda: conduct(Setup(cohort, Rules(NATIVE), fresh, document.format, folder / "out")), _FILMS)
    cache = FeatureCache(fresh, NATIVE.pipeline, folder / "cache")
    times = []
    for phrase in ("mass", "pleural effusion"):
        fresh.encode_phrase(phrase)
        began = time.process_time()
        for file in files:
            found = cache.features(file)
            fresh.map_of(found.features, phrase, image_known=found.known)
        times.append((time.process_time() - began) / _FILMS)
    return Pace(encoder[0], run[0], encoder[1], run[1], times[0], times[1])


def _timed(do: Callable[[], object], films: int) -> tuple[float, float]:
    """Return seconds a film: of the processor, and by the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    do()
    return (time.process_time() - processor) / films, (time.perf_counter() - clock) / films


def _films(folder: Path) -> list[Path]:
    folder.mkdir()
    radiograph = open_radiograph(sample_film())
    factor = _SIDE / max(radiograph.shape)
    pixels = area_resize(radiograph.pixels, (int(radiograph.shape[0] * factor), int(radiograph.shape[1] * factor)))
    files = []
    for number in range(_FILMS):
        shown = np.clip(pixels * (1 - number / 400) * 255, 0, 255).astype(np.uint8)
        files.append(folder / f"film{number}.jpg")
        Image.fromarray(shown).save(files[-1], quality=90)
    return files
