"""The worker answers what was asked last, and nothing can end it but its owner."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from afloc_core.errors import ModelError
from afloc_core.localization.pipelines import Pipeline
from app.services.localisation import LocalisationRequest, LocalisationResult, LocalisationService
from tests.app.fakes import IDENTITY, FakeLocalizer, radiograph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from app.services.localisation import LocalizerLike


class Desk:
    """A service with what it answered."""

    def __init__(self, load: Callable[[], LocalizerLike]) -> None:
        self.service = LocalisationService(load)
        self.answers: list[LocalisationResult] = []
        self.ready: list[object] = []
        self.failures: list[str] = []
        self.service.answered.connect(self.answers.append)
        self.service.ready.connect(self.ready.append)
        self.service.failed.connect(self.failures.append)
        self._film = radiograph()

    def ask(self, phrase: str) -> None:
        self.service.request(LocalisationRequest(self._film, phrase, Pipeline.ALIGNED))


@pytest.fixture
def desks() -> Iterator[list[Desk]]:
    """Collect desks, and stop their workers after the test."""
    made: list[Desk] = []
    yield made
    assert all(ended for ended in [desk.service.stop(5) for desk in made])


def test_at_most_one_runs_and_one_waits(qtbot: QtBot, desks: list[Desk]) -> None:
    gate = threading.Event()
    model = FakeLocalizer(gate=gate)
    desks.append(desk := Desk(lambda: model))
    desk.service.start()
    desk.ask("a0")
    qtbot.waitUntil(lambda: model.asked == ["a0"])
    for number in range(1, 40):
        desk.ask(f"a{number}")
        assert desk.service.waiting == 1
    gate.set()
    qtbot.waitUntil(lambda: len(desk.answers) == 1)
    assert model.asked == ["a0", "a39"]
    assert [answer.request.phrase for answer in desk.answers] == ["a39"]


def test_a_forgotten_request_is_not_answered(qtbot: QtBot, desks: list[Desk]) -> None:
    gate = threading.Event()
    model = FakeLocalizer(gate=gate)
    desks.append(desk := Desk(lambda: model))
    desk.service.start()
    desk.ask("first")
    qtbot.waitUntil(lambda: model.asked == ["first"])
    desk.service.forget()
    gate.set()
    qtbot.wait(50)
    assert desk.answers == []


def answered(desk: Desk, count: int) -> bool:
    return len(desk.answers) == count


def test_a_refused_phrase_and_a_defect_are_sentences_and_work_goes_on(qtbot: QtBot, desks: list[Desk]) -> None:
    desks.append(desk := Desk(FakeLocalizer))
    desk.service.start()
    for number, phrase in enumerate(("nonsense", "defect", "panic", "effusion"), start=1):
        desk.ask(phrase)
        qtbot.waitUntil(partial(answered, desk, number))
    refused, defect, panic, fine = desk.answers
    assert refused.error == "This phrase cannot be read; use English words."
    assert refused.picture is None
    assert defect.error.endswith("try another phrase.")
    assert panic.error == defect.error
    assert fine.picture is not None
    assert fine.picture.heatmap.phrase.typed == "effusion"


def test_what_was_asked_while_the_model_loads_is_answered_later(qtbot: QtBot, desks: list[Desk]) -> None:
    gate = threading.Event()

    def load() -> FakeLocalizer:
        gate.wait(10)
        return FakeLocalizer()

    desks.append(desk := Desk(load))
    desk.ask("early")
    desk.service.start()
    qtbot.wait(30)
    assert (desk.ready, desk.answers) == ([], [])
    gate.set()
    qtbot.waitUntil(lambda: len(desk.answers) == 1)
    assert desk.ready == [IDENTITY]


def refuse() -> FakeLocalizer:
    raise ModelError("This is not a model folder; give one made by afloc convert.")


def break_down() -> FakeLocalizer:
    raise ZeroDivisionError


@pytest.mark.parametrize(("load", "words"), [(refuse, "not a model folder"), (break_down, "fault in the program")])
def test_a_model_that_cannot_be_loaded_is_a_sentence(
    qtbot: QtBot, desks: list[Desk], load: Callable[[], FakeLocalizer], words: str
) -> None:
    desks.append(desk := Desk(load))
    desk.service.start()
    qtbot.waitUntil(lambda: len(desk.failures) == 1)
    assert words in desk.failures[0]
    desk.ask("anything")
    qtbot.wait(30)
    assert desk.answers == []


def test_stopping_does_not_wait_for_a_model_that_is_still_loading(qtbot: QtBot) -> None:
    gate = threading.Event()

    def load() -> FakeLocalizer:
        gate.wait(10)
        return FakeLocalizer()

    desk = Desk(load)
    desk.service.start()
    before = time.perf_counter()
    assert desk.service.stop(0.1) is False
    assert time.perf_counter() - before < 1
    gate.set()
    assert desk.service.stop(5) is True
    qtbot.wait(20)
    assert desk.ready == []


def test_stopping_before_starting_is_harmless(qtbot: QtBot) -> None:
    assert Desk(FakeLocalizer).service.stop(0.1) is True
