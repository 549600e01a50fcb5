"""A localizer without a network, and films without files: quick, deterministic, built on the real value classes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from afloc_core.errors import PhraseError
from afloc_core.imaging.letterbox import Letterbox
from afloc_core.imaging.radiograph import Radiograph, Window
from afloc_core.localization.features import EncodedPhrase
from afloc_core.localization.geometry import MapGeometry
from afloc_core.localization.heatmap import DisplayScale, Heatmap, ModelIdentity
from afloc_core.localization.pipelines import Pipeline
from app.models.film import Film
from app.services.loading import make_film

CELLS = 19
COLD, HOT = 0.10, 0.50
IDENTITY = ModelIdentity("AFLoc-fake", "0" * 64, "afloc")


def heatmap(
    shape: tuple[int, int],
    phrase: str = "left pleural effusion",
    spots: tuple[tuple[float, float, float], ...] = ((0.7, 0.7, 0.45),),
    pipeline: Pipeline = Pipeline.ALIGNED,
    match: float = 0.81,
) -> Heatmap:
    """Return a map with round hot spots, each given as (x, y, similarity), x and y as shares of the image."""
    geometry = MapGeometry(Letterbox.fit(shape, 224), 224, 224 // (CELLS - 1))
    places = [geometry.cells_of_image(np.linspace(0, side - 1, 64), axis)[[0, -1]] for axis, side in enumerate(shape)]
    rows, columns = np.mgrid[0:CELLS, 0:CELLS]
    grid = np.full((CELLS, CELLS), 0.04)
    for x, y, value in spots:
        row = places[0][0] + y * (places[0][1] - places[0][0])
        column = places[1][0] + x * (places[1][1] - places[1][0])
        distance = (rows - row) ** 2 + (columns - column) ** 2
        grid = np.maximum(grid, value * np.exp(-distance / (2 * 1.6**2)))
    words = tuple(phrase.split())
    return Heatmap(
        grid=grid.astype(np.float32),
        phrase=EncodedPhrase(phrase, " ".join(words).lower(), words),
        pipeline=pipeline,
        geometry=geometry,
        sigma=0.8,
        scale=DisplayScale(COLD, HOT, "cosine similarity", calibrated=True),
        model=IDENTITY,
        match=match,
    )


class Panic(BaseException):
    """What a panic inside a library in Rust becomes: not an ``Exception``."""


@dataclass
class FakeLocalizer:
    """Answers after ``delay`` seconds; a phrase with “nonsense” is refused, one with “absent” stays cold.

    ``gate``, where given, is waited for before each answer, so that a test decides when the model is done.
    """

    delay: float = 0.0
    gate: threading.Event | None = None
    asked: list[str] = field(default_factory=list)
    identity: ModelIdentity = IDENTITY

    def locate(self, radiograph: Radiograph, phrase: str, pipeline: str = "aligned") -> Heatmap:
        self.asked.append(phrase)
        time.sleep(self.delay)
        if self.gate is not None:
            self.gate.wait(10)
        if "nonsense" in phrase:
            raise PhraseError("This phrase cannot be read; use English words.")
        if "defect" in phrase:
            raise ZeroDivisionError
        if "panic" in phrase:
            raise Panic
        value = 0.12 if "absent" in phrase else 0.45
        dropped = pipeline == "published" and " " not in phrase
        made = heatmap(radiograph.shape, phrase, ((0.7, 0.7, value),), Pipeline(pipeline))
        return replace(made, phrase=EncodedPhrase(phrase, "", ())) if dropped else made

    def locate_word(self, radiograph: Radiograph, phrase: str, position: int, pipeline: str = "aligned") -> Heatmap:
        """Make a map that is hot at the image left, the more to the right the later the word."""
        self.asked.append(f"{phrase}[{position}]")
        if self.gate is not None:
            self.gate.wait(10)
        words = phrase.split()
        if not 0 <= position < len(words):
            raise PhraseError("The phrase has not so many words; choose one of them.")
        made = heatmap(radiograph.shape, phrase, ((0.2 + 0.15 * position, 0.3, 0.31),), Pipeline(pipeline))
        return replace(made, phrase=EncodedPhrase(phrase, words[position], (words[position],)))


def radiograph(height: int = 300, width: int = 240, *, inverted: bool = False) -> Radiograph:
    """Return a film of 12 bits with a ramp and a disc."""
    rows, columns = np.mgrid[0:height, 0:width]
    values = 4095 * columns / max(width - 1, 1)
    values[(rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (width / 6) ** 2] = 3000
    return from_values(values.astype(np.uint16), inverted=inverted)


def from_values(values: NDArray[np.uint16], *, inverted: bool = False) -> Radiograph:
    """Return a radiograph of given values, windowed over all 12 bits."""
    dense = values.astype(np.float32) / np.float32(4095)
    return Radiograph(
        pixels=np.float32(1) - dense if inverted else dense,
        values=values,
        inverted=inverted,
        windows=(Window("Default", 0, 4095), Window("Lung", 500, 2500)),
        spacing_mm=(0.14, 0.14),
        spacing_note="at the detector",
        kind="DICOM",
        view="PA",
    )


def film(height: int = 300, width: int = 240) -> Film:
    """Return a prepared film."""
    return make_film(radiograph(height, width))
