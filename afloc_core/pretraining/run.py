"""`afloc pretrain`: from a recipe to a model folder."""

from __future__ import annotations

import copy
import logging
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from afloc_core.errors import RecipeError
from afloc_core.modeling.efficientnet_lite import EfficientNetLite0
from afloc_core.pretraining.distributed import processes, wait_for_all
from afloc_core.pretraining.films import read_films
from afloc_core.pretraining.finish import finish
from afloc_core.pretraining.phantom_films import on_phantoms, phantom_recipe, write_phantom_card
from afloc_core.pretraining.pool import open_pool
from afloc_core.pretraining.pool_making import make_pool
from afloc_core.pretraining.recipe import read_recipe
from afloc_core.pretraining.self_training import pseudo_label
from afloc_core.pretraining.start import continue_from, first_stages_digest, freeze, starting_model
from afloc_core.pretraining.train import Trainer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afloc_core.pretraining.distributed import Processes
    from afloc_core.pretraining.films import Film
    from afloc_core.pretraining.recipe import Recipe

log = logging.getLogger(__name__)
_STEPS_A_MINUTE = {"cpu": 120, "cuda": 900}
_SHOWINGS = 8
"""How often a run that is cut short may show a sample of the pool: preparing one costs more than a look at it."""


def pretrain(
    recipe_file: str | Path, output: str | Path, *, phantoms: int | None = None, minutes: float | None = None
) -> Path:
    """Train a model by a recipe; an interrupted run goes on where its last checkpoint is.

    Started by ``torchrun``, the processes take every step together; the output folder must be one that all of them see.

    Parameters
    ----------
    recipe_file : path
        TOML, see `Recipe`.
    output : path
        Working folder. It receives a pool of films, ``checkpoint.pt``, ``curve.csv`` and, at the end,
        ``model/``; of several runs each has a folder for checkpoint and curve.
    phantoms : int, optional
        Use so many phantom films in training and as many in validation instead of the recipe's own films.
    minutes : float, optional
        End training after so many minutes of steps, over all runs, if the recipe's steps take longer; the rest is done
        all the same.

    Returns
    -------
    Path
        The model folder, ready for `Localizer.from_pretrained`.

    Raises
    ------
    RecipeError
        If the recipe or its data cannot be used, or the phantoms are too few for a batch.
    """
    recipe = read_recipe(recipe_file)
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(recipe.threads)
    with processes() as here:
        if phantoms is not None:
            make = on_phantoms if here.first else phantom_recipe
            recipe = make(recipe, phantoms, folder / "phantoms")
            wait_for_all()
        films = read_films(recipe.data, "train")
        if minutes is not None:
            recipe, films = cut_short(recipe, films, minutes, _STEPS_A_MINUTE[here.device.type])
        trainers = _train(recipe, films, folder, minutes, here)
        if here.first:
            log.info("calibrating and measuring")
            done = replace(recipe, training=replace(recipe.training, steps=min(one.step for one in trainers)))
            first, *others = trainers
            runs = [copy.deepcopy(one.model) for one in trainers] if others else []
            if others:
                first.adopt_mean(others)
            finish(first.model, first.processor, done, folder / "model", folder / "boxes", runs)
            if phantoms is not None:
                write_phantom_card(folder / "model", done, phantoms)
            log.info("the model is finished")
    return folder / "model"


def _train(
    recipe: Recipe, films: Sequence[Film], folder: Path, minutes: float | None, here: Processes
) -> list[Trainer]:
    """Make the pool and its pseudo-labels, unless they are there, and train on them run by run.

    The first process makes them for all.
    """
    model, processor = starting_model(recipe.name, films, recipe.seed, recipe.head)
    taught = bool(recipe.start and recipe.training.pseudo_label_weight)
    same_head = continue_from(model, recipe.start)
    if not 0 <= recipe.start_share < 1 or (recipe.start and recipe.start_share and not same_head):
        raise RecipeError(
            "“start_share” must lie from 0 to below 1, and be 0 where the model that the recipe starts from has "
            "another head."
        )
    if not same_head and taught:
        raise RecipeError(
            "The model that the recipe starts from has another head and cannot give pseudo-labels; correct “head”, or "
            "set “pseudo_label_weight” to 0."
        )
    freeze(model, first_stages=not recipe.train_first_stages)
    backbone = model.vision.backbone
    assert isinstance(backbone, EfficientNetLite0)
    kept = folder / ("frames" if recipe.train_first_stages else f"pool-{first_stages_digest(model)}")
    if here.first and open_pool(kept) is None:
        make_pool(kept, films, backbone, recipe)
    wait_for_all()
    pool = open_pool(kept)
    assert pool is not None
    pseudo_labels = None
    if taught:
        if here.first:
            pseudo_labels = pseudo_label(kept, pool, model, processor, here.device)
        wait_for_all()
        pseudo_labels = pseudo_labels or pseudo_label(kept, pool, model, processor, here.device)
    trainers = []
    for number in range(recipe.runs):
        own = folder if recipe.runs == 1 else folder / f"run-{number + 1}"
        own.mkdir(exist_ok=True)
        trained = replace(recipe, seed=recipe.seed + number)
        share = None if minutes is None else minutes / recipe.runs
        trainers.append(Trainer(copy.deepcopy(model), processor, pool, trained, own, share, here, pseudo_labels))
        trainers[-1].run()
    return trainers


def cut_short(
    recipe: Recipe, films: Sequence[Film], minutes: float, steps_a_minute: float
) -> tuple[Recipe, list[Film]]:
    """Return recipe and films with no larger a pool than a run of so many minutes looks at.

    Parameters
    ----------
    recipe : Recipe
    films : sequence of Film
        Training films.
    minutes : float
        Of steps.
    steps_a_minute : float
        How many there can be at best.

    Returns
    -------
    Recipe
        Of one run, with fewer simulations and views of a film; the same if the time may be enough for all steps.
    list of Film
        Drawn at random, normal ones first; all of them if the time may be enough.
    """
    training, pool = recipe.training, recipe.pool
    steps = math.ceil(steps_a_minute * minutes)
    if steps >= training.steps * recipe.runs:
        return recipe, list(films)
    simulations = math.ceil(steps * training.bases * training.variants / _SHOWINGS)
    views = math.ceil(steps * training.real / _SHOWINGS)
    order = np.random.default_rng(recipe.seed).permutation(len(films))
    normal, abnormal = ([films[i] for i in order if films[i].normal is kind] for kind in (True, False))
    normal = normal[: max(math.ceil(simulations / training.variants), 2 * training.bases)]
    chosen = [*normal, *abnormal[: max(views, training.real)]]
    per_film = max(training.variants, math.ceil(simulations / max(1, len(normal))))
    cut = replace(
        pool,
        simulations_per_film=min(pool.simulations_per_film, per_film),
        simulations_per_abnormal_film=min(pool.simulations_per_abnormal_film, per_film),
        views_per_film=min(pool.views_per_film, math.ceil(views / len(chosen))),
        views_per_abnormal_film=min(pool.views_per_abnormal_film, math.ceil(views / len(chosen))),
    )
    return replace(recipe, runs=1, pool=cut), chosen
