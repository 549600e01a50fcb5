"""`afloc pretrain`: from a recipe to a model folder."""

from __future__ import annotations

import logging
from pathlib import Path

import torch

from afloc_core.modeling.efficientnet_lite import EfficientNetLite0
from afloc_core.pretraining.films import read_films
from afloc_core.pretraining.finish import finish
from afloc_core.pretraining.pool import make_pool, open_pool
from afloc_core.pretraining.recipe import read_recipe
from afloc_core.pretraining.start import freeze, starting_model
from afloc_core.pretraining.train import Trainer

log = logging.getLogger(__name__)


def pretrain(recipe_file: str | Path, output: str | Path) -> Path:
    """Train a model by a recipe; an interrupted run goes on where its last checkpoint is.

    Parameters
    ----------
    recipe_file : path
        TOML, see `Recipe`.
    output : path
        Working folder. It receives ``pool/``, ``checkpoint.pt``, ``curve.csv`` and, at the end, ``model/``.

    Returns
    -------
    Path
        The model folder, ready for `Localizer.from_pretrained`.

    Raises
    ------
    RecipeError
        If the recipe or its data cannot be used.
    """
    recipe = read_recipe(recipe_file)
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(recipe.threads)
    films = read_films(recipe.data, "train")
    model, processor = starting_model(recipe.name, films, recipe.seed)
    freeze(model)
    backbone = model.vision.backbone
    assert isinstance(backbone, EfficientNetLite0)
    pool = open_pool(folder / "pool") or make_pool(folder / "pool", films, backbone, recipe)
    trainer = Trainer(model, processor, pool, recipe, folder)
    trainer.run()
    return finish(model, processor, recipe, folder / "model")
