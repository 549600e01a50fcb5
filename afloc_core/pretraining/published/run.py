"""`afloc pretrain` with a published recipe: from a table of pairs to a model folder."""

from __future__ import annotations

import logging
import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.errors import RecipeError
from afloc_core.pretraining.distributed import processes
from afloc_core.pretraining.published.card import card, starting_weights
from afloc_core.pretraining.published.pairs import read_pairs
from afloc_core.pretraining.published.recipe import read_published_recipe
from afloc_core.pretraining.published.start import starting_model
from afloc_core.pretraining.published.state import BEST, read_state
from afloc_core.pretraining.published.train import PublishedTrainer

if TYPE_CHECKING:
    from afloc_core.modeling.modeling_afloc import AFLocModel
    from afloc_core.modeling.processing_afloc import AFLocProcessor

log = logging.getLogger(__name__)


def pretrain_published(recipe_file: str | Path, output: str | Path, *, minutes: float | None = None) -> Path:
    """Train a model on image-report pairs; an interrupted run goes on where its last checkpoint is.

    Started by ``torchrun``, the processes share every batch; the output folder must be one that all of them see.

    Parameters
    ----------
    recipe_file : path
        TOML, see `PublishedRecipe`.
    output : path
        Working folder. It receives ``checkpoint.pt``, ``best.pt``, ``curve.csv``, ``validation.csv`` and, at the end,
        ``model/``.
    minutes : float, optional
        End training after so many minutes of steps, if the recipe's epochs take longer.

    Returns
    -------
    Path
        The model folder, ready for `Localizer.from_pretrained`.

    Raises
    ------
    RecipeError
        If the recipe, its table or its starting weights cannot be used.
    ModelError
        If no tokenizer fits the text encoder.
    """
    recipe = read_published_recipe(recipe_file)
    folder = Path(output)
    with processes() as here:
        pairs = read_pairs(recipe.pairs)
        for split, one in pairs.items():
            log.info("%s: %d pairs; left out: %s", split, len(one), one.left_out or "none")
        model, processor = starting_model(recipe)
        log.info("%s", starting_weights(recipe))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise RecipeError("The output folder cannot be made; choose another place.") from None
        trainer = PublishedTrainer(model, processor, pairs, recipe, folder, here, minutes)
        trainer.run()
        if here.first and (best := read_state(folder / BEST)) is not None:
            model.load_state_dict(best["model"])
            batch = trainer.validation_batch
            text = card(
                recipe, pairs, trainer.progress, best["figures"],
                steps_per_epoch=trainer.schedule.steps_per_epoch, validation_batch=batch,
                chance=2 * math.log(batch / recipe.loss.groups), processes=here.size,
            )  # fmt: skip
            write_model(model, processor, text, folder / "model")
            log.info("the model is finished: %s", folder / "model")
    return folder / "model"


def write_model(model: AFLocModel, processor: AFLocProcessor, text: str, folder: Path) -> None:
    """Write a model folder with its card; it is whole or not there.

    Parameters
    ----------
    model : AFLocModel
    processor : AFLocProcessor
    text : str
        The card.
    folder : Path
        Replaced if it is there.
    """
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    model.cpu().save_pretrained(part)
    processor.save_pretrained(part)
    (part / "README.md").write_text(text, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
