"""The real films a run starts from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.errors import RecipeError
from afloc_core.imaging.letterbox import Letterbox, area_resize
from afloc_core.imaging.open import open_radiograph
from afloc_core.modeling.processing_afloc import stretch_contrast
from afloc_core.pretraining.readings import FilmReading, ReadFinding, read_readings
from afloc_core.pretraining.recipe_file import read_table
from afloc_core.pretraining.simulation.anatomy import FRAME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.pretraining.recipe import Data

STRETCH = (0.5, 99.7)
_NORMAL = "No Finding"
_UNREAD = FilmReading()


@dataclass(frozen=True)
class Film:
    """One row of the labels file.

    Attributes
    ----------
    path : Path
    labels : tuple of str
        Findings; empty for a normal film.
    split : str
    reading : FilmReading
        Where findings were seen, as far as that was read off the film.
    """

    path: Path
    labels: tuple[str, ...]
    split: str
    reading: FilmReading = _UNREAD

    @property
    def seen(self) -> tuple[ReadFinding, ...]:
        """Findings and devices whose places were read."""
        return self.reading.seen

    @property
    def without_devices(self) -> bool:
        """Whether no tube, line or pacemaker lies on the film."""
        return self.reading.without_devices

    @property
    def normal(self) -> bool:
        """Whether the report named no finding."""
        return not self.labels

    def frame(self) -> NDArray[np.float32]:
        """Open the film as the network sees it: float32 (FRAME, FRAME) in [0, 1]."""
        pixels = open_radiograph(self.path).pixels
        box = Letterbox.fit((pixels.shape[0], pixels.shape[1]), FRAME)
        return box.place(stretch_contrast(area_resize(pixels, box.scaled_shape), STRETCH))


def read_films(data: Data, split: str) -> list[Film]:
    """Read the films of one split, in the order of the file.

    Raises
    ------
    RecipeError
        If the labels file or the readings are missing or lack a column, or no film is of that split.
    """
    rows = read_table(data.labels, "labels", ("image", "split", "findings"))
    readings = read_readings(data.readings) if data.readings else {}
    films = [
        Film(
            Path(data.films) / row["image"],
            tuple(name for name in row["findings"].split("|") if name and name != _NORMAL),
            row["split"],
            readings.get(Path(row["image"]).stem, _UNREAD),
        )
        for row in rows
        if row["split"] == split
    ]
    if not films:
        raise RecipeError(f"The labels file has no film of the split “{split}”.")
    return films


def read_patients(data: Data) -> dict[Path, str]:
    """Read whose film each is, of all splits; without a column ``patient`` every film is somebody else's.

    Raises
    ------
    RecipeError
        If the labels file is missing or lacks a column.
    """
    rows = read_table(data.labels, "labels", ("image", "split", "findings"))
    return {Path(data.films) / row["image"]: row.get("patient") or row["image"] for row in rows}
