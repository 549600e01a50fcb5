"""How clear a finding is, and figures of faint and clear findings apart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from afloc_core.pretraining.clarity import localisation_by_clarity
from afloc_core.pretraining.simulation.clarity import clarity
from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding
from afloc_core.pretraining.validation import measure_findings

SIDE = 64
MASK = np.zeros((SIDE, SIDE), dtype=bool)
MASK[20:30, 20:30] = True
ORIGINAL = np.random.default_rng(0).normal(0.5, 0.05, (SIDE, SIDE)).astype(np.float32)


def with_mass(strength: float) -> SimulatedFilm:
    finding = SimulatedFinding("mass", "left", ("upper",), 1, "", MASK, (("left", "upper"),))
    return SimulatedFilm(ORIGINAL + strength * MASK.astype(np.float32), (finding,))


class SeesWhatIsClear:
    """Stands for a model whose map is right where the film is changed by more than a tenth, and elsewhere wrong."""

    def locate(self, radiograph: Any, _phrase: str) -> Any:  # noqa: ANN401  (has a map, that is all)
        seen = (radiograph.pixels - ORIGINAL).max() > 0.1
        values = (MASK if seen else ~MASK) + ORIGINAL
        return SimpleNamespace(in_image=lambda: values)


def test_clarity_is_the_change_over_what_varies_there_anyway() -> None:
    assert clarity(with_mass(0.1).film, ORIGINAL, MASK) == pytest.approx(0.1 / 0.05, rel=0.1)
    assert clarity(with_mass(-0.1).film, ORIGINAL, MASK) == pytest.approx(0.1 / 0.05, rel=0.1)
    assert clarity(ORIGINAL + 0.2, ORIGINAL, MASK) == pytest.approx(0, abs=1e-4), (
        "what changed everywhere is no finding"
    )


def test_faint_and_clear_findings_are_measured_apart() -> None:
    strengths = (0.3, 0.02, 0.05, 0.25, 0.12, 0.04)
    films = [with_mass(strength) for strength in strengths]
    measured = measure_findings(SeesWhatIsClear(), films)  # type: ignore[arg-type]
    found = localisation_by_clarity(measured, films, [ORIGINAL] * len(films))
    assert {name: (row.pointing, row.cases) for name, row in found.items()} == {
        "faint": (0.0, 2),
        "middling": (0.5, 2),
        "clear": (1.0, 2),
    }
