"""`afloc convert`: a published checkpoint becomes a model folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.modeling.convert import convert_checkpoint

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    """Convert the checkpoint."""
    convert_checkpoint(options.checkpoint, options.tokenizer, options.output)
