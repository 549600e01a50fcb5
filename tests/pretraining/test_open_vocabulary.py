"""How far other wordings agree: which films and places count, and what the figures are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from afloc_core.pretraining.open_vocabulary import WORDINGS, wording_agreement
from afloc_core.pretraining.simulation.finding import KINDS, SimulatedFilm, SimulatedFinding

FILM = np.zeros((8, 8), dtype=np.float32)


def film(kind: str, side: str, zone: str, where: tuple[slice, slice]) -> SimulatedFilm:
    mask = np.zeros((8, 8), dtype=bool)
    mask[where] = True
    return SimulatedFilm(FILM, (SimulatedFinding(kind, side, (zone,), 1, "", mask, ((side, zone),)),))


class Model:
    """Stands for a model that peaks at the lower left unless it is asked for something else."""

    def locate(self, _radiograph: object, phrase: str) -> Any:  # noqa: ANN401  (what is read of a heatmap)
        grid = np.zeros((2, 2), dtype=np.float32)
        grid[(1, 0) if "left" in phrase or "effusion" in phrase else (0, 1)] = 1
        row, column = np.unravel_index(int(grid.argmax()), grid.shape)
        return SimpleNamespace(grid=grid, peak=(4.0 * column + 1, 4.0 * row + 1))


def test_a_wording_is_asked_where_its_finding_is_and_scored_by_where_it_peaks() -> None:
    left = film("effusion", "left", "lower", (slice(4, 8), slice(0, 4)))
    right = film("effusion", "right", "lower", (slice(4, 8), slice(4, 8)))
    rows = {row.wording.said: row for row in wording_agreement(Model(), [left, right])}  # type: ignore[arg-type]
    fluid = rows["fluid at the left base"]
    assert (fluid.films, fluid.hit, fluid.plain_hit, fluid.taught) == (1, 1.0, 1.0, True)
    assert fluid.correlation == pytest.approx(1)
    assert fluid.unrelated == pytest.approx(-1 / 3)
    water = rows["water around the right lung"]
    assert (water.films, water.hit, water.plain_hit) == (1, 0.0, 0.0)
    assert water.correlation == pytest.approx(-1 / 3)
    assert not rows["obscured left costophrenic sulcus"].taught
    assert set(rows) == {one.said for one in WORDINGS if one.kind == "effusion"}


def test_wordings_are_of_known_kinds() -> None:
    assert {one.kind for one in WORDINGS} <= set(KINDS)
