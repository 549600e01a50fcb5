"""Labels of images from a table, and which patient each image is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.columns import TableColumns
from afloc_core.cohort.manifest import read_manifest
from afloc_core.cohort.problems import UNLISTED, Problem
from afloc_core.cohort.run import side_by_side
from afloc_core.cohort.tables import table_chunks
from afloc_core.cohort.zero_shot import Scored
from afloc_core.errors import AFLocError, ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from afloc_core.cohort.feature_cache import FeatureCache, FilmFeatures

_PATIENTS = ("patient", "patientid", "subject", "subjectid")


@dataclass(frozen=True)
class LabelledFilm:
    """An image with labels.

    Attributes
    ----------
    key : str
        Name of its file.
    file : Path
    unit : str
        Its patient where the table says one, else ``key``.
    labels : mapping of finding to bool
        Without findings of which the table says nothing, or that they are uncertain.
    """

    key: str
    file: Path
    unit: str
    labels: Mapping[str, bool] = field(repr=False)


def read_labels(table: Path, images: Path | None, split: str = "") -> tuple[LabelledFilm, ...]:
    """Read the images of a table that have a label and a file.

    Parameters
    ----------
    table : Path
        CSV, TSV or Parquet, see `afloc_core.cohort.manifest`.
    images : Path or None
        Folder that relative paths begin in.
    split : str
        Only rows of this split; empty for all.

    Raises
    ------
    ManifestError
        If the table cannot be used.
    AFLocError
        If it labels nothing.
    """
    manifest = read_manifest(table, root=images)
    if split:
        manifest = manifest.of_split(split)
    patients = read_patients(table)
    films: dict[str, LabelledFilm] = {}
    for row in range(len(manifest)):
        path = manifest.path(row)
        labels = {name: bool(values[row]) for name, values in manifest.labels.items() if not np.isnan(values[row])}
        if labels:
            films.setdefault(path.name, LabelledFilm(path.name, path, patients.get(path.name, path.name), labels))
    if not films:
        raise AFLocError("The table of labels labels no image; check its columns and the name of the split.")
    return tuple(films.values())


def read_patients(table: Path) -> Mapping[str, str]:
    """Return the patient of each image by the name of its file; empty where the table names none."""
    found: dict[str, str] = {}
    for chunk in table_chunks(table):
        plain = {"".join(filter(str.isalnum, name)).casefold(): name for name in chunk}
        patient = next((plain[name] for name in _PATIENTS if name in plain), None)
        if patient is None:
            return {}
        pairs = zip(chunk[TableColumns.of(chunk).path], chunk[patient], strict=True)
        found |= {Path(value).name: who for value, who in pairs if value and who}
    return found


def score_labels(
    films: Sequence[tuple[int, LabelledFilm]],
    cache: FeatureCache,
    score: Callable[[FilmFeatures], Mapping[str, float]],
    workers: int | None,
    done: Callable[[int, Mapping[str, float] | Problem], bool],
) -> bool:
    """Score films by finding, or say what is wrong with them.

    ``done`` is told the number of each film and what it gave; the run ends when it returns False. Returns whether all
    were done.
    """

    def scored(film: LabelledFilm) -> Mapping[str, float] | Problem:
        try:
            return score(cache.features(film.file))
        except ImageError as error:
            if not film.file.exists():
                return Problem(UNLISTED, film.key, "No file of the folder is this image.", loss=False)
            return Problem("unreadable files", film.key, str(error))

    each = side_by_side(films, scored, workers)
    try:
        return all(done(number, one) for number, one in each)
    finally:
        each.close()


def with_labels(film: LabelledFilm, scores: Mapping[str, float]) -> tuple[Scored, ...]:
    """Put scores beside the labels of a film."""
    return tuple(Scored(film.key, film.unit, finding, scores[finding], label) for finding, label in film.labels.items())
