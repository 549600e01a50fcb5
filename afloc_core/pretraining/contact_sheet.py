"""`afloc pretrain --contact-sheet`: simulated films to look at, one row a finding, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from afloc_core.errors import RecipeError
from afloc_core.pretraining.films import read_films
from afloc_core.pretraining.language import evaluation_phrase
from afloc_core.pretraining.pool_making import normal_anatomies
from afloc_core.pretraining.recipe import read_recipe
from afloc_core.pretraining.simulation.anatomy import FRAME
from afloc_core.pretraining.simulation.finding import KINDS
from afloc_core.pretraining.simulation.simulate import simulate_kinds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.anatomy import Anatomy
    from afloc_core.pretraining.simulation.finding import SimulatedFilm

COLUMNS = 4
CAPTION = 16
"""Height of the strip of words above each row, in pixels."""
_NORMAL_FILMS = 60
_OUTLINE = (255, 210, 0)
_INK = (235, 235, 235)


def contact_sheet(recipe_file: str | Path, picture: str | Path) -> Path:
    """Simulate every kind of finding on the recipe's normal films and draw them side by side.

    Parameters
    ----------
    recipe_file : path
        TOML, see `Recipe`.
    picture : path
        The picture to write, PNG or JPEG by its ending.

    Returns
    -------
    Path
        The picture: a row for each of ``finding.KINDS``, in it pairs of a film and the film with the finding's outline.

    Raises
    ------
    RecipeError
        If the recipe or its films cannot be used, or the picture cannot be written.
    """
    recipe = read_recipe(recipe_file)
    normal = [film for film in read_films(recipe.data, "train") if film.normal][:_NORMAL_FILMS]
    found = [anatomy for _, anatomy in normal_anatomies(normal)] if normal else []
    if not found:
        raise RecipeError(
            "No lungs were found on the recipe's normal films; name frontal chest films without findings."
        )
    rng = np.random.default_rng(recipe.seed)
    sheet = Image.fromarray(np.concatenate([_row(kind, found, rng) for kind in KINDS]))
    target = Path(picture)
    try:
        sheet.save(target)
    except (OSError, ValueError):
        raise RecipeError("The contact sheet cannot be written; name a .png file in a folder that exists.") from None
    return target


def _row(kind: str, anatomies: Sequence[Anatomy], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the pairs of pictures of one kind under their captions."""
    pictures = []
    captions = []
    for _ in range(COLUMNS):
        simulated = simulate_kinds(anatomies[int(rng.integers(len(anatomies)))], (kind,), rng)
        pictures += [_grey(simulated), _outlined(simulated)]
        captions.append(", ".join(evaluation_phrase(item) for item in simulated.findings) or f"{kind}: does not fit")
    strip = Image.new("RGB", (2 * COLUMNS * FRAME, CAPTION))
    pen = ImageDraw.Draw(strip)
    for number, caption in enumerate(captions):
        pen.text((2 * number * FRAME + 4, 2), caption, fill=_INK)
    return np.concatenate([np.asarray(strip), np.concatenate(pictures, axis=1)])


def _grey(simulated: SimulatedFilm) -> NDArray[np.uint8]:
    grey = np.round(255 * simulated.film).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _outlined(simulated: SimulatedFilm) -> NDArray[np.uint8]:
    picture = _grey(simulated)
    for item in simulated.findings:
        picture[ndimage.binary_dilation(item.mask) & ~item.mask] = _OUTLINE
    return picture
