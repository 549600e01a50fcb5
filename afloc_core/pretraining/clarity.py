"""How good a model is on faint and on clear findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.pretraining.simulation.clarity import clarity
from afloc_core.pretraining.validation import EIGHT, macro, means_by_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.pretraining.simulation.finding import SimulatedFilm
    from afloc_core.pretraining.validation import Localisation, Measured

CLARITIES = ("faint", "middling", "clear")


def localisation_by_clarity(
    measured: Sequence[Measured], films: Sequence[SimulatedFilm], originals: Sequence[NDArray[np.float32]]
) -> dict[str, Localisation]:
    """Sum up the faintest, the middle and the clearest third of each kind of finding; means over eight kinds.

    Parameters
    ----------
    measured : sequence of Measured
        What `measure_findings` returned of the films.
    films : sequence of SimulatedFilm
    originals : sequence of ndarray of float32, shape (S, S)
        Each film before anything was drawn on it.
    """
    findings = [finding for film in films for finding in film.findings]
    rows: dict[str, list[tuple[float, tuple[float, float, float]]]] = {}
    for one, finding in zip(measured, findings, strict=True):
        if one.kind in EIGHT:
            clear = clarity(films[one.film].film, originals[one.film], finding.mask)
            rows.setdefault(one.kind, []).append((clear, one.figures))
    thirds: list[list[tuple[str, tuple[float, float, float]]]] = [[] for _ in CLARITIES]
    for kind, found in rows.items():
        order = sorted(range(len(found)), key=lambda index: found[index][0])
        for third, indices in zip(thirds, np.array_split(order, len(CLARITIES)), strict=True):
            third += [(kind, found[int(index)][1]) for index in indices]
    return {name: macro(means_by_kind(third), EIGHT) for name, third in zip(CLARITIES, thirds, strict=True) if third}
