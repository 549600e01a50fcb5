"""A cohort of small films with known answers, and a method of localisation that costs nothing."""

from __future__ import annotations

import csv
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from afloc_core.errors import PhraseError
from afloc_core.imaging.letterbox import Letterbox
from afloc_core.localization.features import EncodedPhrase, ImageFeatures, PhraseFeatures
from afloc_core.localization.geometry import MapGeometry
from afloc_core.localization.heatmap import DisplayScale, ModelIdentity
from afloc_core.localization.localizer import Localizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.familiarity import Familiarity
    from afloc_core.localization.pipelines import Pipeline

_FRAME = 64
_STRIDE = 8
_CELLS = _FRAME // _STRIDE


class BrightSpots:
    """Finds what is bright; each phrase prefers another part of the film."""

    def __init__(self, name: str = "spots") -> None:
        self.identity = ModelIdentity(name, sha256(name.encode()).hexdigest(), "spots")
        self.familiarity: Familiarity | None = None
        self.needs_negation = False
        self.images_encoded = 0

    def clean(self, text: str, pipeline: Pipeline) -> str:
        if not text.isascii():
            raise PhraseError("The model reads English words only; write the phrase in English.")
        return text.lower()

    def image_key(self, pipeline: Pipeline) -> str:
        return "spots"

    def encode_image(self, radiograph: Radiograph, pipeline: Pipeline) -> ImageFeatures:
        self.images_encoded += 1
        letterbox = Letterbox.fit(radiograph.shape, _FRAME)
        rows, columns = (np.linspace(0, side - 1, _CELLS).astype(int) for side in radiograph.shape)
        bright = radiograph.pixels[np.ix_(rows, columns)].astype(np.float32)
        low, right = np.mgrid[0:_CELLS, 0:_CELLS].astype(np.float32) / _CELLS
        deep = np.ascontiguousarray(np.stack([bright, low, right], axis=-1))
        geometry = MapGeometry(letterbox, _FRAME, _STRIDE)
        return ImageFeatures(deep, deep, deep.mean(axis=(0, 1)), geometry, geometry, radiograph.digest)

    def encode_phrase(self, typed: str, cleaned: str) -> PhraseFeatures:
        parts = sha256(cleaned.encode()).digest()
        report = np.array([1.0, parts[0] / 512, parts[1] / 512], dtype=np.float32)
        words = np.tile(report, (3, 1))
        return PhraseFeatures(EncodedPhrase(typed, cleaned, (cleaned,)), words, words, report)

    def grid(self, image: ImageFeatures, phrase: PhraseFeatures, pipeline: Pipeline) -> NDArray[np.float32]:
        return np.asarray(image.deep @ phrase.report, dtype=np.float32)

    def word_grid(
        self, image: ImageFeatures, phrase: PhraseFeatures, position: int, pipeline: Pipeline
    ) -> NDArray[np.float32]:
        return self.grid(image, phrase, pipeline)

    def match(self, image: ImageFeatures, phrase: PhraseFeatures, negation: PhraseFeatures | None) -> float:
        return float(1 / (1 + np.exp(-(image.image @ phrase.report))))

    def sigma(self, pipeline: Pipeline) -> float:
        return 0.7

    def scale(self, pipeline: Pipeline) -> DisplayScale:
        return DisplayScale(0.0, 2.0, "dot product", calibrated=False)


def localizer(name: str = "spots") -> Localizer:
    return Localizer(BrightSpots(name))


def write_films(folder: Path, count: int, shape: tuple[int, int] = (60, 48)) -> list[str]:
    """Write films called film0.png and so on, of noise with one bright place each."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(3)
    names = []
    for number in range(count):
        pixels = rng.integers(0, 90, shape).astype(np.uint8)
        top, left = rng.integers(5, 35), rng.integers(5, 30)
        pixels[top : top + 14, left : left + 12] += 150
        names.append(f"film{number}.png")
        Image.fromarray(pixels).save(folder / names[-1])
    return names


def write_boxes(file: Path, rows: Iterable[Sequence[object]]) -> Path:
    """Write a plain table of image, finding, x, y, w, h and reader."""
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["image", "finding", "x", "y", "w", "h", "reader"])
        writer.writerows(rows)
    return file


def some_boxes(names: Sequence[str], readers: Sequence[str], seed: int = 5) -> list[list[object]]:
    """Draw boxes of two findings, which readers mark a little differently or not at all."""
    rng = np.random.default_rng(seed)
    rows: list[list[object]] = []
    for name in names:
        for finding in ("Mass", "Pleural_Effusion"):
            if rng.random() < 0.2:
                continue
            x, y = rng.integers(2, 25, 2)
            for reader in readers:
                dx, dy, dw, dh = rng.integers(-2, 3, 4)
                if len(readers) > 1 and rng.random() < 0.15:
                    continue
                rows.append([name, finding, x + dx, y + dy, 16 + dw, 18 + dh, reader])
                if rng.random() < 0.3:
                    rows.append([name, finding, x + 4, y + 6, 15.5, 12, reader])
    return rows
