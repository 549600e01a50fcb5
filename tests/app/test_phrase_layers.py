"""Kept phrases as state: each once, a colour each, thresholds on the levels, and no map of another film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.models.heat_picture import prepare_picture
from app.models.phrase_difference import difference_of
from app.models.phrase_layers import MOST, TYPED, PhraseLayer, PhraseLayers
from app.models.reader_colours import phrase_colour, reader_colour
from tests.app.fakes import heatmap

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def phrases() -> PhraseLayers:
    kept = PhraseLayers()
    for text in ("left effusion", "mass"):
        kept.pin(text)
    return kept


def test_each_phrase_is_kept_once_and_has_its_own_colour(phrases: PhraseLayers) -> None:
    assert not phrases.pin("  left   effusion ")
    assert not phrases.pin("   ")
    assert phrases.pin(" right  effusion")
    assert phrases.texts == ("left effusion", "mass", "right effusion")
    assert len({layer.colour for layer in phrases.layers}) == 3
    for number in range(2 * MOST):
        phrases.pin(f"p{number}")
    assert len(phrases.layers) == MOST
    assert len({layer.colour for layer in phrases.layers}) == MOST


def test_a_colour_stays_when_another_phrase_goes_and_is_given_again(phrases: PhraseLayers) -> None:
    first, second = phrases.layers
    phrases.remove("left effusion")
    phrases.pin("nodule")
    assert [layer.text for layer in phrases.layers] == ["mass", "nodule"]
    assert [layer.colour for layer in phrases.layers] == [second.colour, first.colour]


def test_phrases_and_readers_have_no_colour_in_common() -> None:
    readers: set[str] = set()
    kept: set[str] = set()
    for _ in range(8):
        readers.add(reader_colour(readers))
        kept.add(phrase_colour(kept))
    assert not readers & kept
    assert (len(readers), len(kept)) == (8, 8)


def test_a_threshold_belongs_to_one_phrase_and_lies_on_a_level(phrases: PhraseLayers, qtbot: QtBot) -> None:
    with qtbot.waitSignal(phrases.changed):
        phrases.set_threshold("mass", 0.30123)
    assert [layer.threshold for layer in phrases.layers] == [0.5, 0.3]
    with qtbot.assertNotEmitted(phrases.changed):
        phrases.set_threshold("mass", 0.3001)
        phrases.set_visible("nowhere", False)
    phrases.set_threshold("mass", 7)
    phrases.set_visible("mass", False)
    assert phrases.layers[1].threshold == 1
    assert [layer.visible for layer in phrases.layers] == [True, False]


def test_maps_come_and_are_dropped(phrases: PhraseLayers) -> None:
    told: list[str] = []
    phrases.answered.connect(told.append)
    picture = prepare_picture(heatmap((300, 240)))
    phrases.show_picture("mass", picture)
    phrases.show_picture("left effusion", None, "It cannot be read.")
    phrases.show_picture("never kept", picture)
    assert phrases.picture("mass") is picture
    assert phrases.first_picture is picture
    assert phrases.error("left effusion") == "It cannot be read."
    assert phrases.picture("never kept") is None
    phrases.drop_pictures()
    assert not any(phrases.picture(text) or phrases.error(text) for text in phrases.texts)
    assert told == ["mass", "left effusion", "left effusion", "mass"]


def test_a_removed_phrase_comes_back_without_its_old_map(phrases: PhraseLayers) -> None:
    phrases.show_picture("mass", prepare_picture(heatmap((300, 240))))
    phrases.remove("mass")
    phrases.pin("mass")
    assert phrases.picture("mass") is None


def test_a_difference_ends_when_one_of_its_phrases_goes(phrases: PhraseLayers) -> None:
    phrases.set_sides(("mass", TYPED))
    phrases.exchange()
    phrases.remove("left effusion")
    seen = [phrases.sides]
    phrases.remove("mass")
    seen.append(phrases.sides)
    phrases.exchange()
    seen.append(phrases.sides)
    assert seen == [(TYPED, "mass"), None, None]


def test_restoring_takes_the_place_of_what_is_there(phrases: PhraseLayers) -> None:
    phrases.show_picture("mass", prepare_picture(heatmap((300, 240))))
    kept = (PhraseLayer("mass", "#123456", 0.2, visible=False), PhraseLayer("nodule", "#654321"))
    phrases.restore(kept)
    assert phrases.layers == kept
    assert phrases.picture("mass") is None


def test_restoring_takes_what_is_sound_of_a_damaged_file(phrases: PhraseLayers) -> None:
    phrases.restore(
        (
            PhraseLayer("  left  mass ", "#AABBCC", 0.30123),
            PhraseLayer("left mass", "#000000"),
            PhraseLayer("", "#000001"),
            PhraseLayer("nodule", "red; border: 9px", float("nan")),
            PhraseLayer("effusion", "#aabbcc", 77.0),
            *(PhraseLayer(f"p{number}", "#010203") for number in range(40)),
        )
    )
    assert len(phrases.layers) == MOST
    assert phrases.texts[:3] == ("left mass", "nodule", "effusion")
    assert [layer.threshold for layer in phrases.layers[:3]] == [0.3, 0.5, 1.0]
    assert phrases.layers[0].colour == "#aabbcc"
    assert len({layer.colour for layer in phrases.layers}) == MOST
    phrases.set_sides(("left mass", "never kept"))
    assert phrases.sides is None


def test_what_lies_over_the_film_is_told_once(phrases: PhraseLayers, qtbot: QtBot) -> None:
    one, other = (prepare_picture(heatmap((300, 240), phrase)) for phrase in ("left effusion", "mass"))
    difference = difference_of(one, other)
    with qtbot.waitSignal(phrases.overlaid):
        phrases.show_difference(difference)
    with qtbot.assertNotEmitted(phrases.overlaid):
        phrases.show_difference(difference)
        phrases.show_word(None)
    with qtbot.waitSignal(phrases.overlaid):
        phrases.show_word(one)
    assert (phrases.word, phrases.difference) == (one, difference)


def test_every_phrase_that_can_be_kept_is_warmer_than_any_reader() -> None:
    """Lines of the model and of readers are told apart by hue: red outweighs blue for the one."""
    kept: set[str] = set()
    for _ in range(MOST):
        kept.add(phrase_colour(kept))
    assert len(kept) == MOST
    assert all(int(colour[1:3], 16) - int(colour[5:7], 16) > 40 for colour in kept)
