"""What is asked aside never stands in the way of a typed phrase, and is answered all the same."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from afloc_core.localization.pipelines import Pipeline
from app.services.localisation import LocalisationRequest, LocalisationResult
from tests.app.fakes import FakeLocalizer, radiograph
from tests.app.test_localisation import Desk, answered

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from pytestqt.qtbot import QtBot


class SideDesk(Desk):
    """A desk that also asks aside."""

    def __init__(self, model: FakeLocalizer) -> None:
        super().__init__(lambda: model)
        self.aside: list[tuple[Hashable, LocalisationResult]] = []
        self.service.answered_aside.connect(lambda key, result: self.aside.append((key, result)))

    def ask_aside(self, phrase: str, *, word: int | None = None, key: str = "") -> None:
        request = LocalisationRequest(radiograph(), phrase, Pipeline.ALIGNED, word)
        self.service.request_aside(key or phrase, request, first=word is not None)

    @property
    def keys(self) -> list[Hashable]:
        return [key for key, _ in self.aside]


@pytest.fixture
def gate() -> threading.Event:
    return threading.Event()


@pytest.fixture
def model(gate: threading.Event) -> FakeLocalizer:
    return FakeLocalizer(gate=gate)


@pytest.fixture
def desk(model: FakeLocalizer) -> Iterator[SideDesk]:
    made = SideDesk(model)
    made.service.start()
    yield made
    assert made.service.stop(5)


def test_typed_phrases_go_first_and_kept_ones_in_their_order(
    qtbot: QtBot, desk: SideDesk, model: FakeLocalizer, gate: threading.Event
) -> None:
    desk.ask("running")
    qtbot.waitUntil(lambda: model.asked == ["running"])
    for phrase in ("kept one", "kept two"):
        desk.ask_aside(phrase)
    assert desk.service.waiting == 0, "what is asked aside does not count as waiting"
    desk.ask("typed")
    desk.ask_aside("typed", word=0, key="word")
    gate.set()
    qtbot.waitUntil(lambda: len(desk.aside) == 3)
    assert model.asked == ["running", "typed", "typed[0]", "kept one", "kept two"]
    assert [answer.request.phrase for answer in desk.answers] == ["typed"]
    assert desk.keys == ["word", "kept one", "kept two"]


def test_typing_overtakes_kept_phrases_after_the_one_in_work(
    qtbot: QtBot, desk: SideDesk, model: FakeLocalizer, gate: threading.Event
) -> None:
    for number in range(6):
        desk.ask_aside(f"kept {number}")
    qtbot.waitUntil(lambda: model.asked == ["kept 0"])
    for number in range(20):
        desk.ask(f"typed {number}")
    gate.set()
    qtbot.waitUntil(lambda: len(desk.aside) == 6)
    assert model.asked == ["kept 0", "typed 19", *(f"kept {number}" for number in range(1, 6))]


def test_the_newest_of_a_key_wins_and_a_forgotten_key_is_not_answered(
    qtbot: QtBot, desk: SideDesk, model: FakeLocalizer, gate: threading.Event
) -> None:
    desk.ask_aside("first", key="same")
    qtbot.waitUntil(lambda: model.asked == ["first"])
    desk.ask_aside("second", key="same")
    desk.ask_aside("third", key="same")
    desk.ask_aside("dropped")
    desk.service.forget_aside("dropped")
    gate.set()
    qtbot.waitUntil(lambda: len(desk.aside) == 1)
    qtbot.wait(30)
    assert [(key, result.request.phrase) for key, result in desk.aside] == [("same", "third")]
    assert model.asked == ["first", "third"]


def test_forgetting_what_was_typed_leaves_what_was_asked_aside(
    qtbot: QtBot, desk: SideDesk, model: FakeLocalizer, gate: threading.Event
) -> None:
    desk.ask_aside("kept")
    qtbot.waitUntil(lambda: model.asked == ["kept"])
    desk.ask("typed")
    desk.service.forget()
    gate.set()
    qtbot.waitUntil(lambda: len(desk.aside) == 1)
    qtbot.wait(30)
    assert (desk.keys, desk.answers, model.asked) == (["kept"], [], ["kept"])


@pytest.mark.parametrize("phrase", ["nonsense", "defect", "panic"])
def test_a_refused_or_broken_kept_phrase_is_a_sentence_and_work_goes_on(
    qtbot: QtBot, desk: SideDesk, gate: threading.Event, phrase: str
) -> None:
    gate.set()
    desk.ask_aside(phrase)
    desk.ask_aside("mass")
    qtbot.waitUntil(lambda: len(desk.aside) == 2)
    refused, fine = (result for _, result in desk.aside)
    assert refused.picture is None
    assert refused.error.endswith(".")
    assert fine.picture is not None


def test_a_word_is_answered_with_its_own_map(qtbot: QtBot, desk: SideDesk, gate: threading.Event) -> None:
    gate.set()
    desk.ask("left effusion")
    qtbot.waitUntil(lambda: answered(desk, 1))
    desk.ask_aside("left effusion", word=1, key="word")
    desk.ask_aside("left effusion", word=5, key="beyond")
    qtbot.waitUntil(lambda: len(desk.aside) == 2)
    results = dict(desk.aside)
    found, beyond = results["word"], results["beyond"]
    assert found.picture is not None
    assert found.picture.word == "effusion"
    assert desk.answers[0].picture is not None
    assert desk.answers[0].picture.word == ""
    assert (beyond.picture, beyond.error[-1]) == (None, ".")


def test_stopping_with_a_full_queue_ends_after_the_one_in_work(
    qtbot: QtBot, model: FakeLocalizer, gate: threading.Event
) -> None:
    desk = SideDesk(model)
    desk.service.start()
    for number in range(5):
        desk.ask_aside(f"kept {number}")
    qtbot.waitUntil(lambda: len(model.asked) == 1)
    gate.set()
    assert desk.service.stop(5)
    qtbot.wait(20)
    assert len(model.asked) <= 2
    assert desk.aside == []
