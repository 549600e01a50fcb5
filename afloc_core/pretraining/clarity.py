"""How good a model is on faint and on clear findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.language import evaluation_phrase
from afloc_core.pretraining.simulation.clarity import clarity
from afloc_core.pretraining.validation import EIGHT, film_radiograph, macro, means_by_kind, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.localization.localizer import Localizer
    from afloc_core.pretraining.simulation.finding import SimulatedFilm
    from afloc_core.pretraining.validation import Localisation

CLARITIES = ("faint", "middling", "clear")


def localisation_by_clarity(
    localizer: Localizer, films: Sequence[SimulatedFilm], originals: Sequence[NDArray[np.float32]]
) -> dict[str, Localisation]:
    """Measure the faintest, the middle and the clearest third of each kind of finding; means over eight kinds.

    Parameters
    ----------
    localizer : Localizer
    films : sequence of SimulatedFilm
    originals : sequence of ndarray of float32, shape (S, S)
        Each film before anything was drawn on it.
    """
    rows: dict[str, list[tuple[float, tuple[float, float, float]]]] = {}
    for film, original in zip(films, originals, strict=True):
        radiograph = film_radiograph(film.film)
        for finding in film.findings:
            if finding.kind in EIGHT:
                values = localizer.locate(radiograph, evaluation_phrase(finding)).in_image()
                clear = clarity(film.film, original, finding.mask)
                rows.setdefault(finding.kind, []).append((clear, measure(values, finding.mask)))
    thirds: list[list[tuple[str, tuple[float, float, float]]]] = [[] for _ in CLARITIES]
    for kind, found in rows.items():
        order = sorted(range(len(found)), key=lambda index: found[index][0])
        for third, indices in zip(thirds, np.array_split(order, len(CLARITIES)), strict=True):
            third += [(kind, found[int(index)][1]) for index in indices]
    return {name: macro(means_by_kind(third), EIGHT) for name, third in zip(CLARITIES, thirds, strict=True) if third}
