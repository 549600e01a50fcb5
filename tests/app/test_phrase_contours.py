"""Contours of many phrases: moved a few at a time, all of them in the end, and none made twice for going back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.models.heat_picture import HeatPicture, prepare_picture
from app.models.overlay import ScaleMode
from app.models.phrase_layers import PhraseLayer
from app.views import phrase_contours
from app.views.phrase_contours import PhraseContours
from tests.app.fakes import heatmap

if TYPE_CHECKING:
    from collections.abc import Sequence

Phrases = list[tuple[PhraseLayer, HeatPicture]]


@pytest.fixture
def phrases() -> Phrases:
    made = []
    for number in range(5):
        spots = ((0.2 + 0.15 * number, 0.5, 0.45),)
        made.append((PhraseLayer(f"phrase {number}", "#4477aa"), prepare_picture(heatmap((300, 240), spots=spots))))
    return made


@pytest.fixture
def paths_made(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the thresholds of the lines that are made; no time is left for more than one in a turn."""
    made: list[float] = []
    path = phrase_contours._path

    def counted(picture: HeatPicture, threshold: float, scale: ScaleMode) -> object:
        made.append(threshold)
        return path(picture, threshold, scale)

    monkeypatch.setattr(phrase_contours, "_path", counted)
    monkeypatch.setattr(phrase_contours, "_AT_ONCE_S", -1.0)
    return made


def turns(contours: PhraseContours, phrases: Sequence[tuple[PhraseLayer, HeatPicture]], scale: ScaleMode) -> int:
    """Return after how many calls all lines are where they belong."""
    number = 1
    while not contours.set_phrases(phrases, scale):
        number += 1
    return number


def test_new_phrases_are_drawn_at_once(phrases: Phrases, paths_made: list[float]) -> None:
    contours = PhraseContours()
    assert turns(contours, phrases, ScaleMode.ABSOLUTE) == 1
    assert contours.names == tuple(f"phrase {number}" for number in range(5))
    assert len(paths_made) == 5


def test_another_scale_moves_them_a_few_at_a_time_and_back_again_at_once(
    phrases: Phrases, paths_made: list[float]
) -> None:
    contours, fresh = PhraseContours(), PhraseContours()
    contours.set_phrases(phrases, ScaleMode.ABSOLUTE)
    paths_made.clear()
    assert turns(contours, phrases, ScaleMode.MIN_MAX) == 5
    fresh.set_phrases(phrases, ScaleMode.MIN_MAX)
    assert [one.path for one in contours._shown] == [one.path for one in fresh._shown]
    paths_made.clear()
    assert turns(contours, phrases, ScaleMode.ABSOLUTE) == turns(contours, phrases, ScaleMode.MIN_MAX) == 1
    assert paths_made == []


def test_a_threshold_that_moves_is_followed_at_once(phrases: Phrases, paths_made: list[float]) -> None:
    contours = PhraseContours()
    contours.set_phrases(phrases, ScaleMode.ABSOLUTE)
    (layer, picture), *others = phrases
    for threshold in (0.6, 0.7, 0.8):
        moved = PhraseLayer(layer.text, layer.colour, threshold)
        assert turns(contours, [(moved, picture), *others], ScaleMode.ABSOLUTE) == 1
        assert contours._shown[0].layer.threshold == threshold


def test_a_map_of_another_film_is_never_drawn_with_the_lines_of_the_one_before(
    phrases: Phrases, paths_made: list[float]
) -> None:
    contours = PhraseContours()
    contours.set_phrases(phrases, ScaleMode.ABSOLUTE)
    other = [(layer, prepare_picture(heatmap((300, 240), spots=((0.5, 0.2, 0.45),)))) for layer, _ in phrases]
    assert contours.set_phrases(other, ScaleMode.ABSOLUTE)
    assert [one.picture for one in contours._shown] == [picture for _, picture in other]
