"""The end of a run: a model folder with calibration, figures and card."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.localization.afloc_method import AFLocMethod
from afloc_core.localization.localizer import Localizer
from afloc_core.pretraining.box_figures import box_figures, box_summary, read_boxes
from afloc_core.pretraining.calibration import calibrate
from afloc_core.pretraining.clarity import localisation_by_clarity
from afloc_core.pretraining.familiarity import measure_familiarity
from afloc_core.pretraining.films import read_films, read_patients
from afloc_core.pretraining.intervals import with_intervals
from afloc_core.pretraining.model_card import write_card
from afloc_core.pretraining.open_vocabulary import wording_agreement
from afloc_core.pretraining.pool_making import normal_anatomies
from afloc_core.pretraining.validation import (
    EIGHT,
    centre_localisation,
    localisation,
    macro,
    mean_area,
    mean_map_localisation,
    measure_findings,
    negation_ratio,
    side_preference,
    simulated_set,
    zero_shot_matches,
    zone_preference,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.modeling.modeling_afloc import AFLocModel
    from afloc_core.modeling.processing_afloc import AFLocProcessor
    from afloc_core.pretraining.films import Film
    from afloc_core.pretraining.intervals import Figure
    from afloc_core.pretraining.recipe import Recipe
    from afloc_core.pretraining.simulation.finding import SimulatedFilm
    from afloc_core.pretraining.validation import Localisation, Matches, Measured, Preference

log = logging.getLogger(__name__)
_SIMULATIONS_PER_FILM = 8
_SEEDS = {"calibration": 1001, "figures": 1002}


def finish(
    model: AFLocModel,
    processor: AFLocProcessor,
    recipe: Recipe,
    folder: Path,
    pictures: Path,
    runs: Sequence[AFLocModel] = (),
) -> None:
    """Calibrate a trained model, measure it, and write its folder in half precision.

    Calibration and figures use the same validation patients but different simulated findings.

    Parameters
    ----------
    model : AFLocModel
        With the weights to ship.
    processor : AFLocProcessor
    recipe : Recipe
    folder : Path
        Receives ``model.safetensors``, ``config.json``, ``tokenizer.json``, ``familiarity.safetensors``,
        ``figures.json`` and ``README.md``.
    pictures : Path
        Folder for pictures of the films with boxes, where the recipe names some.
    runs : sequence of AFLocModel
        The models whose mean the model is, to say how far they lie apart.
    """
    model.half().float()  # what is measured is what is shipped
    config = model.config
    for one in (model, *runs):
        one.config.match_sharpness = recipe.training.focus_sharpness
    films = {split: read_films(recipe.data, split) for split in ("train", "validation")}
    validation = films["validation"]
    patients = read_patients(recipe.data)
    bases = normal_anatomies(validation)
    anatomies = [anatomy for _, anatomy in bases]
    patient_of = [patients[film.path] for film, _ in bases for _ in range(_SIMULATIONS_PER_FILM)]
    simulated = {name: simulated_set(anatomies, _SIMULATIONS_PER_FILM, seed) for name, seed in _SEEDS.items()}
    localizer = Localizer(AFLocMethod(model, processor, digest=""))
    calibration = calibrate(localizer, simulated["calibration"], validation, config.match_sharpness)
    log.info("calibration: %s", calibration)
    for name in ("display_cold", "display_hot", "match_scale", "match_bias"):
        for one in (model, *runs):
            setattr(one.config, name, getattr(calibration, name))
            one.config.calibrated = True  # else the match is another one
    localizer = Localizer(AFLocMethod(model, processor, digest=""))
    familiarity, familiarity_figures = measure_familiarity(
        localizer, simulated["calibration"], simulated["figures"], films
    )
    originals = [anatomy.film for anatomy in anatomies for _ in range(_SIMULATIONS_PER_FILM)]
    measured = measure_findings(localizer, simulated["figures"])
    by_clarity = localisation_by_clarity(measured, simulated["figures"], originals)
    matches = zero_shot_matches(localizer, validation)
    figures: dict[str, Any] = {
        "model": _table(localisation(measured)),
        "macro_of_eight": _macro_of_eight(measured, patient_of),
        "clarity": {name: asdict(row) for name, row in by_clarity.items()},
        "mean_map": _table(mean_map_localisation(localizer, simulated["figures"], films["train"])),
        "centre": _table(centre_localisation(simulated["figures"])),
        "side_preference": _preference(side_preference(localizer, simulated["figures"]), patient_of),
        "zone_preference": _preference(zone_preference(localizer, simulated["figures"]), patient_of),
        "negation_ratio": negation_ratio(localizer, simulated["figures"]),
        "zero_shot_auc": matches.areas(),
        "mean_auc": _mean_auc(matches, [patients[film.path] for film in validation]),
        "wordings": [one.as_dict() for one in wording_agreement(localizer, simulated["figures"])],
        "runs": [_figures_of_run(run, processor, simulated["figures"], validation) for run in runs],
        "read_boxes": _boxes(localizer, recipe, "read_boxes", films["train"], pictures / "read", patients),
        "boxes": _boxes(localizer, recipe, "boxes", films["train"], pictures, patients),
        "calibration": calibration._asdict(),
        "familiarity": familiarity_figures,
        "films": {split: len(rows) for split, rows in films.items()},
        "recipe": recipe.as_dict(),
    }
    figures["recipe"]["readings"] = bool(recipe.data.readings)
    figures["recipe"]["data"] = {}  # paths say something of a machine, nothing of the model
    figures["recipe"]["start"] = Path(recipe.start).name
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)
    processor.save_pretrained(folder)
    familiarity.save(folder)
    model.float()
    (folder / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    write_card(folder, figures)


def _table(by_kind: dict[str, Localisation]) -> dict[str, dict[str, float]]:
    rows = {kind: asdict(row) for kind, row in by_kind.items()}
    return {**rows, "macro": asdict(macro(by_kind)), "macro of eight": asdict(macro(by_kind, EIGHT))}


def _macro_of_eight(measured: Sequence[Measured], patients: Sequence[str]) -> list[Figure]:
    """Pointing, IoU, CNR and pointing near; ``patients`` says whose each simulated film is."""

    def means(chosen: NDArray[np.int64]) -> tuple[float, float, float, float]:
        rows = [measured[int(index)] for index in chosen]
        mean = macro(localisation(rows), EIGHT)
        near = [[row.near for row in rows if row.kind == kind] for kind in EIGHT]
        return mean.pointing, mean.iou, mean.cnr, float(np.mean([np.mean(of_kind) for of_kind in near if of_kind]))

    return with_intervals([patients[one.film] for one in measured], means)


def _preference(preference: Preference, patients: Sequence[str]) -> dict[str, Any]:
    """Sum up a preference; ``patients`` says whose each simulated film is."""
    shares = with_intervals([patients[film] for film in preference.film], preference.shares)
    return {"cases": len(preference.seen), "seen": int(preference.seen.sum()), "shares": shares}


def _mean_auc(matches: Matches, patients: Sequence[str]) -> list[Figure]:
    """Mean area over the labels that have enough films among all."""
    labels = matches.areas().keys()

    def mean(chosen: NDArray[np.int64]) -> list[float]:
        areas = matches.of(chosen).areas(least=1)
        return [mean_area({label: area for label, area in areas.items() if label in labels})]

    return with_intervals(patients, mean)


def _figures_of_run(
    model: AFLocModel, processor: AFLocProcessor, simulated: Sequence[SimulatedFilm], films: Sequence[Film]
) -> dict[str, float]:
    localizer = Localizer(AFLocMethod(model.half().float(), processor, digest=""))
    means = macro(localisation(measure_findings(localizer, simulated)), EIGHT)
    return {
        "pointing": means.pointing,
        "iou": means.iou,
        "cnr": means.cnr,
        "side": side_preference(localizer, simulated).shares()[0],
        "zone": zone_preference(localizer, simulated).shares()[0],
        "auc": mean_area(zero_shot_matches(localizer, films).areas()),
    }


def _boxes(
    localizer: Localizer,
    recipe: Recipe,
    key: str,
    training: Sequence[Film],
    pictures: Path,
    patients: Mapping[Path, str],
) -> dict[str, Any]:
    """Measure the boxes of one table of the recipe, if it names one."""
    file = str(getattr(recipe.data, key))
    boxed = read_boxes(file, recipe.data.films, key) if file else []
    if not boxed:
        return {"rows": [], "summary": {}}
    rows = box_figures(localizer, boxed, training, pictures)
    return {"rows": rows, "summary": box_summary(rows, [patients.get(one.path, one.path.name) for one in boxed])}
