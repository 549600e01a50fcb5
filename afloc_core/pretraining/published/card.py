"""The model card of a run of the published recipe: what it was made from, and that nothing more is known of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.pretraining.published.pairs import Pairs
    from afloc_core.pretraining.published.recipe import PublishedRecipe
    from afloc_core.pretraining.published.train import Progress

_CARD = """# {name}

An AFLoc model (Yang et al., Nature Biomedical Engineering 2026) made by the published recipe. **Research use only. Not
a medical device.** It is not the published checkpoint.

**Not calibrated and not measured on marks.** No normal films set the scale of its maps, so an absent finding need not
look cold, and the match is the published zero-shot score. How well it localises is unknown until `afloc evaluate` or a
reader says so.

## Made from

* {train} training pairs of image and report{train_left_out}.
* {validation} validation pairs{validation_left_out}.
* Images that could not be opened when it was their turn: {faults} in training, {validation_faults} in validation;
  others took their place.
* {start}
* {steps} steps of {batch} pairs ({epochs:.2f} epochs of at most {all_epochs}), {hours:.2f} hours of steps, {processes},
  {precision}. The weights are those after step {best_step}, where the validation loss was lowest.

The licence of the weights follows the licences of the images, the reports and the starting weights.

## Measured

Validation pairs, whole reports, in batches of {validation_batch}: loss {total:.4f} (report {report:.4f}, sentence
{sentence:.4f}, word {word:.4f}; a model that knows nothing has about {chance:.2f} for the report). Among {pairs} pairs,
by global and report embeddings:

| | own one nearest | among the nearest five |
|---|---|---|
| report of an image | {report_at_1:.1%} | {report_at_5:.1%} |
| image of a report | {image_at_1:.1%} | {image_at_5:.1%} |
| chance | {chance_at_1:.1%} | {chance_at_5:.1%} |

## Recipe

```json
{recipe}
```
"""


def card(
    recipe: PublishedRecipe,
    pairs: Mapping[str, Pairs],
    progress: Progress,
    figures: Mapping[str, Any],
    *,
    steps_per_epoch: int,
    validation_batch: int,
    chance: float,
    processes: int,
) -> str:
    """Write the card.

    Parameters
    ----------
    recipe : PublishedRecipe
    pairs : mapping of str to Pairs
        The splits ``train`` and ``validation``.
    progress : Progress
        At the end of the run.
    figures : mapping
        Of the validation after the best step, as `Figures` names them.
    steps_per_epoch, validation_batch, processes : int
    chance : float
        Report loss of a model that knows nothing.
    """
    found = figures["retrieval"]
    return _CARD.format(
        name=recipe.name,
        train=len(pairs["train"]),
        train_left_out=_left_out(pairs["train"]),
        validation=len(pairs["validation"]),
        validation_left_out=_left_out(pairs["validation"]),
        faults=len(progress.faults),
        validation_faults=figures["faults"],
        start=starting_weights(recipe),
        steps=progress.step,
        batch=recipe.training.batch,
        epochs=progress.step / steps_per_epoch,
        all_epochs=recipe.training.epochs,
        hours=progress.seconds / 3600,
        processes="one process" if processes == 1 else f"{processes} processes",
        precision="bf16 where torch's autocast has it" if progress.bf16 else "float32",
        best_step=progress.best_step,
        validation_batch=validation_batch,
        chance=chance,
        chance_at_1=1 / figures["pairs"],
        chance_at_5=min(1.0, 5 / figures["pairs"]),
        recipe=json.dumps(recipe.without_paths(), indent=1, ensure_ascii=False),
        **{key: figures[key] for key in ("total", "report", "sentence", "word", "pairs")},
        **found,
    )


def starting_weights(recipe: PublishedRecipe) -> str:
    """Say what the run starts from."""
    parts = {"image encoder": recipe.start.image, "text encoder": recipe.start.text}
    given = [name for name, place in parts.items() if place]
    random = [name for name, place in parts.items() if not place]
    said = [f"Starting weights of the {' and the '.join(given)} were given."] if given else []
    if random:
        said.append(f"The {' and the '.join(random)} started from random weights, which the published run did not.")
    return " ".join(said)


def _left_out(pairs: Pairs) -> str:
    if not pairs.left_out:
        return ""
    parts = ", ".join(f"{number} with {reason}" for reason, number in sorted(pairs.left_out.items()))
    return f"; left out: {parts}"
