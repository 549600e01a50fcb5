"""Figures about a model: which peaks they compare, and which cases they leave out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding
from afloc_core.pretraining.validation import (
    LABEL_PHRASES,
    Localisation,
    Matches,
    distance_of_peak,
    macro,
    negation_ratio,
    side_preference,
    zone_preference,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

FILM = np.zeros((8, 8), dtype=np.float32)
MASK = np.ones((8, 8), dtype=bool)


def found(kind: str, *places: tuple[str, str]) -> SimulatedFinding:
    sides = {side for side, _ in places}
    zones = tuple(zone for zone in ("upper", "middle", "lower") if any(zone == name for _, name in places))
    return SimulatedFinding(kind, sides.pop() if len(sides) == 1 else "both", zones, 1, "", MASK, places)


class Peaks:
    """Stands for a model that answers known phrases with known peaks, and no others."""

    def __init__(self, peaks: Mapping[str, float]) -> None:
        self.peaks = peaks

    def locate(self, _radiograph: object, phrase: str) -> Any:  # noqa: ANN401  (has a peak, that is all)
        return SimpleNamespace(peak_value=self.peaks[phrase], scale=SimpleNamespace(cold=0.45))


UPPER = SimulatedFilm(FILM, (found("mass", ("right", "upper")),))
LOWER = SimulatedFilm(FILM, (found("mass", ("left", "lower")),))
WIDE = SimulatedFilm(FILM, (found("mass", ("left", "upper"), ("left", "lower")),))
BOTH = SimulatedFilm(FILM, (found("mass", ("right", "upper")), found("mass", ("left", "upper"))))
NAMES = ("right upper lobe mass", "left upper lobe mass", "right lower lobe mass", "left lower lobe mass")


def test_the_right_side_is_preferred_where_its_phrase_peaks_higher() -> None:
    model = Peaks(dict(zip(NAMES, (0.5, 0.4, 0.6, 0.3), strict=True)))
    assert side_preference(model, [UPPER]).shares() == (1.0, 1.0)  # type: ignore[arg-type]  # what it needs of a localizer
    both = side_preference(model, [UPPER, LOWER])  # type: ignore[arg-type]
    assert both.film.tolist() == [0, 1]
    assert both.shares() == (0.5, 0.5)
    assert both.shares(np.array([0, 0, 1])) == pytest.approx((2 / 3, 2 / 3))
    faint = Peaks(dict(zip(NAMES, (0.5, 0.4, 0.4, 0.3), strict=True)))
    assert side_preference(faint, [UPPER, LOWER]).shares() == (0.5, 1.0), "both of the lower are cold"  # type: ignore[arg-type]


def test_the_right_zone_is_preferred_where_its_phrase_peaks_higher() -> None:
    model = Peaks(dict(zip(NAMES, (0.5, 0.4, 0.6, 0.3), strict=True)))
    assert zone_preference(model, [UPPER]).shares() == (0.0, 0.0)  # type: ignore[arg-type]
    equal, seen = zone_preference(Peaks(dict.fromkeys(NAMES, 0.2)), [LOWER]).shares()  # type: ignore[arg-type]
    assert equal == 0.0, "equal is not higher"
    assert np.isnan(seen)


def test_what_is_true_of_both_places_is_not_asked() -> None:
    assert np.isnan(side_preference(Peaks({}), [BOTH]).shares()).all()  # type: ignore[arg-type]
    assert np.isnan(zone_preference(Peaks({}), [WIDE]).shares()).all()  # type: ignore[arg-type]


def test_a_denial_is_held_against_the_finding() -> None:
    peaks = {"right upper lobe mass": 0.5, "no right upper lobe mass": 0.1}
    assert negation_ratio(Peaks(peaks), [UPPER]) == pytest.approx(0.2)  # type: ignore[arg-type]
    peaks["no right upper lobe mass"] = -0.4
    assert negation_ratio(Peaks(peaks), [UPPER]) == 0.0  # type: ignore[arg-type]
    peaks["right upper lobe mass"] = -0.1
    assert negation_ratio(Peaks(peaks), [UPPER]) == 1.0, "a finding that stays cold is not told from its denial"  # type: ignore[arg-type]


def test_means_leave_tubes_and_lines_out() -> None:
    rows = {kind: Localisation(value, value, value, 2) for kind, value in (("mass", 0.5), ("effusion", 1.0))}
    rows["pacemaker"] = Localisation(0.0, 0.0, 0.0, 9)
    assert macro(rows) == Localisation(0.75, 0.75, 0.75, 4)


def test_areas_are_of_labels_with_enough_films() -> None:
    scores = np.zeros((4, len(LABEL_PHRASES)))
    positive = np.zeros((4, len(LABEL_PHRASES)), dtype=bool)
    scores[:, 0] = (0.1, 0.4, 0.3, 0.9)
    positive[:, 0] = (False, True, False, True)
    scores[:, 1] = (0.9, 0.1, 0.1, 0.1)
    positive[0, 1] = True
    matches = Matches(scores, positive)
    first, second, *_ = LABEL_PHRASES
    assert matches.areas(least=2) == {first: (1.0, 2)}
    assert matches.areas(least=1) == {first: (1.0, 2), second: (1.0, 1)}
    assert matches.of(np.array([0, 1, 1])).areas(least=2) == {first: (1.0, 2)}, "a film drawn twice counts twice"


def test_a_peak_is_as_far_from_a_finding_as_its_nearest_pixel() -> None:
    values, mask = np.zeros((9, 9), np.float32), np.zeros((9, 9), bool)
    values[1, 2] = 1
    assert distance_of_peak(values, mask) == np.inf
    mask[4:, 6:] = True
    assert distance_of_peak(values, mask) == 5.0
    mask[1, 2] = True
    assert distance_of_peak(values, mask) == 0.0
