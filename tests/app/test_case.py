"""The finding looked at, and what each reader says of it."""

from __future__ import annotations

from afloc_core.annotations.marks import Mark, Reading
from afloc_core.annotations.shapes import Box
from app.models.case import Case
from app.models.review import ModelState, Review

BOX = Box(1, 2, 3, 4)


def mark(reader: str, finding: str) -> Mark:
    return Mark(image="film", shape=BOX, finding=finding, reader=reader)


def test_two_spellings_of_a_finding_are_one() -> None:
    case = Case()
    case.show([mark("anna", "Infiltrate"), mark("boris", "Infiltration")])
    assert len(case.findings) == 1
    case.look_for("infiltrates")
    assert case.finding in ("Infiltrate", "Infiltration")
    assert [len(case.marks_of(reader)) for reader in ("anna", "boris")] == [1, 1]


def test_a_finding_stays_looked_at_when_the_next_film_spells_it_otherwise() -> None:
    case = Case()
    case.show([mark("anna", "Mass")])
    case.look_for("Mass")
    case.show([mark("anna", "masses"), mark("anna", "Effusion")])
    assert case.finding == "masses"
    case.show([mark("anna", "Effusion")])
    assert case.finding == ""


def test_seeing_none_marking_others_and_silence_are_told_apart() -> None:
    case = Case()
    readings = [Reading("film", "clara"), Reading("film", "dora", "Nodule")]
    case.show([mark("anna", "Mass"), mark("boris", "Effusion")], readings)
    case.look_for("Mass")
    said = {reader: case.state_of(reader) for reader in ("anna", "boris", "clara", "dora")}
    assert said == {"anna": "1", "boris": "only others", "clara": "saw none", "dora": "no marks"}


def test_a_map_is_awaited_from_the_asking_on_while_the_model_loads() -> None:
    review = Review()
    assert not review.awaited
    review.ask("mass")
    assert review.awaited
    review.set_model(ModelState.FAILED)
    assert not review.awaited
