"""`afloc pretrain`: a recipe becomes a model folder, or a sheet of simulated films to look at first."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from afloc_core.errors import RecipeError
from afloc_core.pretraining.contact_sheet import contact_sheet
from afloc_core.pretraining.published.recipe import is_published
from afloc_core.pretraining.published.run import pretrain_published
from afloc_core.pretraining.run import pretrain

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    """Train, with progress on standard error; with ``--contact-sheet`` only draw what training would see.

    Raises
    ------
    RecipeError
        If the recipe cannot be run, or switches for training are given where nothing is trained.
    """
    published = is_published(options.recipe)
    if published and (options.contact_sheet is not None or options.phantoms is not None):
        raise RecipeError("This recipe simulates no films; give --output, and --phantoms only with the bundled recipe.")
    if options.contact_sheet is not None:
        if options.phantoms is not None or options.minutes is not None:
            raise RecipeError("--phantoms and --minutes are for training; give --output instead of --contact-sheet.")
        contact_sheet(options.recipe, options.contact_sheet)
        return
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if published:
        pretrain_published(options.recipe, options.output, minutes=options.minutes)
        return
    pretrain(options.recipe, options.output, phantoms=options.phantoms, minutes=options.minutes)
