"""`afloc pretrain`: a recipe becomes a model folder."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from afloc_core.pretraining.run import pretrain

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    """Train, with progress on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    pretrain(options.recipe, options.output)
