"""`afloc pretrain --phantoms`: phantom films in place of a recipe's own, to test the recipe itself."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from afloc_core.errors import RecipeError
from afloc_core.pretraining.recipe import Data
from afloc_core.pretraining.simulation.finding import FINDINGS
from afloc_core.pretraining.simulation.phantom import phantom
from afloc_core.pretraining.simulation.simulate import simulate_kinds

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.pretraining.recipe import Recipe

_SPLITS = ("train", "validation")
_ABNORMAL_EVERY = 3
_SPARE = 4  # a phantom whose lungs are not found serves as no base of simulations
_MOST_BASES, _MOST_VARIANTS, _MOST_REAL, _MOST_WARMUP = 8, 2, 16, 40
_LABELLED = tuple(kind for kind in FINDINGS if kind != "fracture")  # NIH labels are silent about fractures
_CARD = """# {name}

**Trained on phantoms for a test of the recipe; good for nothing else.** No radiograph was used: the {count} training
and {count} validation films are drawings of chests, about every third with one simulated finding. {steps} steps, seed
{seed}. Starting weights: EfficientNet-Lite0 (ImageNet) and all-MiniLM-L6-v2, both Apache-2.0.

`figures.json` holds what was measured on phantoms. It says that measuring works, and nothing of radiographs.
"""


def on_phantoms(recipe: Recipe, count: int, folder: Path) -> Recipe:
    """Draw phantom films and return the recipe that uses them instead of its own.

    Every third film carries one simulated finding under its NIH label; the others are labelled "No Finding".

    Parameters
    ----------
    recipe : Recipe
    count : int
        Films in each split.
    folder : Path
        Receives the films and ``labels.csv``; equal recipes and counts write equal files.

    Returns
    -------
    Recipe
        Its model has "(phantoms)" in its name.

    Raises
    ------
    RecipeError
        If there are too few for a training batch.
    """
    changed = phantom_recipe(recipe, count, folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, split in enumerate(_SPLITS):
        for body in range(count):
            rng = np.random.default_rng([recipe.seed, number, body])
            anatomy = phantom(rng)
            film, label = anatomy.film, "No Finding"
            if body % _ABNORMAL_EVERY == _ABNORMAL_EVERY - 1:
                kind = _LABELLED[body // _ABNORMAL_EVERY % len(_LABELLED)]
                simulated = simulate_kinds(anatomy, (kind,), rng)
                film = simulated.film
                label = "|".join(item.kind.title().replace(" ", "_") for item in simulated.findings) or label
            image = f"{split}-{body:04d}.png"
            Image.fromarray(np.round(255 * film).astype(np.uint8)).save(folder / image)
            rows.append((image, split, label))
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("image", "split", "findings"), *rows])
    return changed


def phantom_recipe(recipe: Recipe, count: int, folder: Path) -> Recipe:
    """Return what `on_phantoms` returns and draw nothing: batches and stages that a processor takes in its stride."""
    options = recipe.training
    training = replace(
        options,
        warmup=min(options.warmup, _MOST_WARMUP),
        bases=min(options.bases, _MOST_BASES),
        variants=min(options.variants, _MOST_VARIANTS),
        real=min(options.real, _MOST_REAL),
    )
    least = max(math.ceil(training.bases * _ABNORMAL_EVERY / (_ABNORMAL_EVERY - 1)) + _SPARE, training.real)
    if count < least:
        raise RecipeError(f"A training batch of this recipe needs more phantoms; give at least {least}.")
    data = Data(str(folder), str(folder / "labels.csv"))
    return replace(
        recipe,
        name=f"{recipe.name} (phantoms)",
        data=data,
        start="",
        start_share=0.0,
        train_first_stages=False,
        training=training,
    )


def write_phantom_card(model_folder: Path, recipe: Recipe, count: int) -> None:
    """Replace a model's card, which speaks of radiographs, by one that says what the model is.

    Parameters
    ----------
    model_folder : Path
        Its ``README.md`` is overwritten.
    recipe : Recipe
        As `on_phantoms` returned it, with the steps that were made.
    count : int
        Phantoms in each split.
    """
    card = _CARD.format(name=recipe.name, count=count, steps=recipe.training.steps, seed=recipe.seed)
    (model_folder / "README.md").write_text(card, encoding="utf-8")
