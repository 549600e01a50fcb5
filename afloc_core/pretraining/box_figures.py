"""Real films with boxes: looked at when a model is finished, never trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from afloc_core.annotations.shapes import Box
from afloc_core.exporting.overlay import overlay_picture
from afloc_core.imaging.open import open_radiograph
from afloc_core.pretraining.intervals import with_intervals
from afloc_core.pretraining.recipe_file import read_table
from afloc_core.pretraining.validation import LABEL_PHRASES, centre_map, mean_maps, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.heatmap import Heatmap
    from afloc_core.localization.localizer import Localizer
    from afloc_core.pretraining.films import Film
    from afloc_core.pretraining.intervals import Figure

HEARTS = "Cardiomegaly"
_BOX_INK = (90, 220, 255)


class BoxedFinding(NamedTuple):
    """A film, a label, and the boxes that readers drew for it, in film pixels."""

    path: Path
    finding: str
    boxes: tuple[Box, ...]


def read_boxes(file: str, films: str, key: str = "boxes") -> list[BoxedFinding]:
    """Read the boxes whose film is there, by film and finding; ``key`` names the file in the recipe.

    Raises
    ------
    RecipeError
        If the file is missing or lacks a column.
    """
    rows = read_table(file, key, ("image", "finding", "x", "y", "w", "h"))
    found: dict[tuple[Path, str], list[Box]] = {}
    for row in rows:
        path = Path(films) / row["image"]
        if path.is_file():
            box = Box(*(float(row[key]) for key in ("x", "y", "w", "h")))
            found.setdefault((path, row["finding"]), []).append(box)
    return [BoxedFinding(path, finding, tuple(boxes)) for (path, finding), boxes in found.items()]


def box_figures(
    localizer: Localizer, boxed: Sequence[BoxedFinding], training: Sequence[Film], pictures: Path
) -> list[dict[str, Any]]:
    """Measure every boxed finding, beside the phrase's mean map over training films and the image centre.

    Parameters
    ----------
    localizer : Localizer
    boxed : sequence of BoxedFinding
    training : sequence of Film
    pictures : Path
        Folder that receives a picture of each map with its boxes; the films in them belong in no repository.

    Returns
    -------
    list of dict
        ``finding``, ``phrase``, whether a region is ``shown`` at the default threshold, and by ``model``, ``mean_map``
        and ``centre`` a list of hit, mean IoU and CNR.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    phrases = [_PHRASES.get(one.finding, one.finding.lower().replace("_", " ")) for one in boxed]
    means = mean_maps(localizer, sorted(set(phrases)), training)
    for number, (one, phrase) in enumerate(zip(boxed, phrases, strict=True), 1):
        radiograph = open_radiograph(one.path)
        heatmap = localizer.locate(radiograph, phrase)
        _draw(radiograph, heatmap, one.boxes).save(pictures / f"{number:02d}-{one.finding.lower()}.png")
        own = heatmap.in_image()
        marked = _marked(one.boxes, radiograph, own.shape)
        prior = replace(heatmap, grid=means[phrase].grid).in_image()
        maps = {"model": own, "mean_map": prior, "centre": centre_map(own.shape)}
        figures = {name: list(measure(values, marked)) for name, values in maps.items()}
        shown = heatmap.peak_value > heatmap.scale.middle
        rows.append({"finding": one.finding, "phrase": phrase, "shown": shown, **figures})
    return rows


def box_summary(rows: Sequence[dict[str, Any]], patients: Sequence[str]) -> dict[str, list[Figure]]:
    """Sum up what `box_figures` returned, over all findings and over all but hearts.

    Returns
    -------
    dict
        For ``all`` and ``all but hearts`` hit, IoU and CNR of the model and their gaps to the mean map; without those
        there are no findings of.
    """
    own, prior = (np.array([row[source] for row in rows], dtype=np.float64) for source in ("model", "mean_map"))
    values = np.concatenate([own, own - prior], axis=1)
    chosen = {"all": range(len(rows)), "all but hearts": [i for i, row in enumerate(rows) if row["finding"] != HEARTS]}
    return {
        which: with_intervals(
            [patients[i] for i in indices],
            lambda drawn, of=values[list(indices)]: np.nanmean(of[drawn], axis=0),  # type: ignore[misc]
        )
        for which, indices in chosen.items()
        if indices
    }


_PHRASES = {**LABEL_PHRASES, "Infiltrate": "infiltration"}


def _marked(boxes: Sequence[Box], radiograph: Radiograph, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Carry boxes to the samples of a map over the same film."""
    height, width = radiograph.shape
    rows, columns = shape[0] / height, shape[1] / width
    marked = np.zeros(shape, dtype=bool)
    for box in boxes:
        marked |= Box(box.x * columns, box.y * rows, box.width * columns, box.height * rows).to_mask(shape)
    return marked


def _draw(radiograph: Radiograph, heatmap: Heatmap, boxes: Sequence[Box]) -> Image.Image:
    picture = overlay_picture(radiograph, heatmap)
    factor = min(1.0, 1024 / max(radiograph.shape))
    pen = ImageDraw.Draw(picture)
    for box in boxes:
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        pen.rectangle([round(value * factor) for value in corners], outline=_BOX_INK, width=3)
    return picture
