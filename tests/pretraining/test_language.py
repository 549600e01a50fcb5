"""Sentences: they are true, exchanged ones say the other thing, and what cannot be known is not claimed."""

from __future__ import annotations

import re

import numpy as np
import pytest

from afloc_core.pretraining import nouns
from afloc_core.pretraining.language import (
    Statement,
    entails,
    entails_labels,
    evaluation_phrase,
    exchange_side,
    exchange_zone,
    statements_for_real,
    statements_for_simulated,
)
from afloc_core.pretraining.samples import Sample
from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding

LABELS = (
    *("Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Effusion", "Emphysema", "Fibrosis", "Hernia"),
    *("Infiltration", "Mass", "Nodule", "Pleural_Thickening", "Pneumonia", "Pneumothorax"),
)
NOTHING = np.zeros((4, 4), dtype=bool)


def found(
    kind: str, *places: tuple[str, str], number: int = 1, size: str = "", descriptors: tuple[str, ...] = ()
) -> SimulatedFinding:
    sides = {side for side, _ in places}
    zones = tuple(zone for zone in ("upper", "middle", "lower") if zone in {zone for _, zone in places})
    side = "both" if len(sides) == 2 else "".join(sides)
    return SimulatedFinding(kind, side, zones, number, size, NOTHING, places, descriptors)


def film_with(*findings: SimulatedFinding) -> SimulatedFilm:
    return SimulatedFilm(np.zeros((4, 4), dtype=np.float32), findings)


NODULE = found("nodule", ("right", "upper"), descriptors=("round",))
MASSES = found("mass", ("right", "lower"), ("left", "upper"), ("left", "lower"), number=6)
EFFUSION = found("effusion", ("left", "lower"), size="large")
EFFUSIONS = found("effusion", ("right", "lower"), ("left", "lower"), size="small")
PNEUMOTHORAX = found("pneumothorax", ("right", "upper"), ("right", "middle"), size="moderate")
HEART = found("cardiomegaly", size="large")
PACEMAKER = found("pacemaker", ("left", "upper"))
FRACTURES = found("fracture", ("right", "middle"), ("right", "lower"), number=2)
LOBAR = found("atelectasis", ("left", "upper"), descriptors=("lobar",))
BAND = found("atelectasis", ("right", "lower"), descriptors=("linear",))
FILMS = (
    film_with(PACEMAKER, LOBAR, found("pleural thickening", ("left", "upper"), ("right", "upper"))),
    film_with(FRACTURES, found("hernia"), found("emphysema"), found("endotracheal tube")),
    film_with(BAND, found("fibrosis", ("right", "lower"), ("left", "lower"), descriptors=("reticular",))),
    film_with(PNEUMOTHORAX, found("chest tube", ("right", "upper"), ("right", "middle"))),
    film_with(),
    film_with(NODULE),
    film_with(MASSES, EFFUSION),
    film_with(PNEUMOTHORAX, EFFUSIONS, HEART),
    film_with(found("consolidation", ("left", "middle"), ("left", "lower"), number=2, descriptors=("hazy",))),
    film_with(found("atelectasis", ("right", "lower")), found("edema", ("right", "middle"), ("left", "middle"))),
)


@pytest.mark.parametrize("film", FILMS)
def test_every_sentence_about_a_simulated_film_is_true(film: SimulatedFilm) -> None:
    rng = np.random.default_rng(1)
    for _ in range(150):
        said = statements_for_simulated(film, rng)
        assert 1 <= len(said) <= 5
        assert [item.text for item in said if entails(film.findings, item) is not True] == []


@pytest.mark.parametrize("label", [*LABELS, "No Finding", "Mass|Effusion|Infiltration"])
def test_every_sentence_from_labels_is_true_and_says_no_place(label: str) -> None:
    rng = np.random.default_rng(2)
    labels = label.split("|")
    for _ in range(60):
        said = statements_for_real(Sample(0, None, tuple(labels)), rng)
        assert said
        for item in said:
            assert entails_labels(labels, item) is True
            if not item.negated:
                assert not item.side
                assert not item.zone
                assert not {"right", "left", "bilateral"} & set(item.text.split())


def test_sentences_say_the_side_they_claim() -> None:
    rng = np.random.default_rng(3)
    for film in FILMS:
        for _ in range(150):
            for item in statements_for_simulated(film, rng):
                named = {side for side in ("right", "left") if side in item.text.replace("-", " ").split()}
                if "lingula" in item.text:
                    named = {"left"}
                assert named == ({item.side} & {"right", "left"}), item.text


def test_wording_varies_and_short_phrases_are_common() -> None:
    rng = np.random.default_rng(4)
    texts = [item.text for _ in range(400) for item in statements_for_simulated(film_with(NODULE), rng)]
    assert len(set(texts)) > 150
    assert {"nodule", "right upper lobe nodule"} <= set(texts)
    assert sum(len(text.split()) <= 4 for text in texts) > 0.3 * len(texts)


@pytest.mark.parametrize("film", FILMS[:6])
def test_bare_phrases_are_the_most_frequent_frame(film: SimulatedFilm) -> None:
    rng = np.random.default_rng(7)
    frames = re.compile(
        r"\b(is|are|seen|findings|evidence|possible|new|persistent|shows|suspicious|where|show|visible|signs|known"
        r"|patient|likely)\b"
    )
    texts = [item.text for _ in range(300) for item in statements_for_simulated(film, rng) if not item.negated]
    bare = sum(not frames.search(text) for text in texts)
    assert 0.3 < bare / len(texts) < 0.55 or not film.findings


def test_half_of_the_devices_go_unmentioned() -> None:
    rng = np.random.default_rng(8)
    reports = [statements_for_simulated(film_with(NODULE, PACEMAKER), rng) for _ in range(400)]
    mentioned = sum(any(item.kind in ("pacemaker", "device") for item in report) for report in reports)
    assert 0.4 < mentioned / len(reports) < 0.6
    assert all(statements_for_simulated(film_with(PACEMAKER), rng) for _ in range(50))


def test_denials_come_in_many_forms() -> None:
    rng = np.random.default_rng(9)
    texts = {item.text for _ in range(3000) for item in statements_for_simulated(film_with(), rng) if item.negated}
    assert {"no pneumothorax", "no cardiomegaly", "no edema"} <= texts
    for form in ("without ", "no evidence of ", " is not seen", "no definite ", "free of ", "absence of "):
        assert sum(form in text for text in texts) > 10


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("cardiomegaly", {"enlarged heart", "big heart"}),
        ("effusion", {"fluid around the lung", "water on the lung"}),
        ("collapsed lung", {"collapsed lung"}),
        ("nodule", {"spot on the lung"}),
        ("mass", {"lump"}),
        ("opacity", {"shadow"}),
    ],
)
def test_lay_words_are_known(kind: str, words: set[str]) -> None:
    assert words <= {noun.one for noun in nouns.NOUNS[kind]}


def test_many_masses_are_called_multiple() -> None:
    rng = np.random.default_rng(5)
    texts = {item.text for _ in range(1500) for item in statements_for_simulated(film_with(MASSES), rng)}
    assert {"multiple lung masses", "lung masses"} <= texts
    assert not any("single" in text or "solitary" in text for text in texts)


@pytest.mark.parametrize(
    ("findings", "statement", "truth"),
    [
        ((NODULE,), Statement("", "nodule"), True),
        ((NODULE,), Statement("", "nodule", "right", "upper"), True),
        ((NODULE,), Statement("", "nodule", "left"), False),
        ((NODULE,), Statement("", "nodule", "both"), False),
        ((NODULE,), Statement("", "nodule", "right", "lower"), False),
        ((NODULE,), Statement("", "nodule", "left", negated=True), True),
        ((NODULE,), Statement("", "mass", "right"), None),
        ((NODULE,), Statement("", "mass", "left"), False),
        ((NODULE,), Statement("", "lesion"), True),
        ((NODULE,), Statement("", "nodule", number="many"), None),
        ((NODULE,), Statement("", "nodule", qualifiers=("spiculated",)), None),
        ((NODULE,), Statement("", "normal"), False),
        ((), Statement("", "normal"), True),
        ((), Statement("", "hernia"), False),
        ((MASSES,), Statement("", "mass", "both", "lower"), True),
        ((MASSES,), Statement("", "mass", "both", "upper"), False),
        ((MASSES,), Statement("", "mass", "right", "upper"), False),
        ((EFFUSION,), Statement("", "effusion", "both"), False),
        ((EFFUSION,), Statement("", "effusion", qualifiers=("small",)), None),
        ((EFFUSION,), Statement("", "pleural thickening", negated=True), None),
        ((HEART,), Statement("", "cardiomegaly", negated=True), False),
        ((PNEUMOTHORAX,), Statement("", "collapsed lung", "right"), True),
        ((PNEUMOTHORAX,), Statement("", "collapsed lung", "left"), False),
        ((LOBAR,), Statement("", "collapsed lung"), True),
        ((BAND,), Statement("", "collapsed lung"), None),
        ((BAND,), Statement("", "collapsed lung", "left"), False),
        ((PACEMAKER,), Statement("", "normal"), None),
        ((PACEMAKER,), Statement("", "pacemaker", "left"), True),
        ((PACEMAKER,), Statement("", "central line"), False),
        ((PACEMAKER,), Statement("", "device"), True),
        ((PACEMAKER, NODULE), Statement("", "normal"), False),
        ((NODULE,), Statement("", "device"), None),
        ((found("hernia"),), Statement("", "mass"), None),
    ],
)
def test_what_a_completely_known_film_entails(
    findings: tuple[SimulatedFinding, ...], statement: Statement, truth: bool | None
) -> None:
    assert entails(findings, statement) is truth


@pytest.mark.parametrize(
    ("labels", "statement", "truth"),
    [
        (["Mass"], Statement("", "mass"), True),
        (["Mass"], Statement("", "mass", "left"), None),
        (["Mass"], Statement("", "mass", negated=True), False),
        (["Mass"], Statement("", "nodule"), None),
        (["Mass"], Statement("", "effusion", "left"), False),
        (["Mass"], Statement("", "normal"), False),
        (["No Finding"], Statement("", "normal"), True),
        (["No Finding"], Statement("", "pneumothorax", negated=True), True),
        (["Consolidation"], Statement("", "pneumonia"), None),
        (["Atelectasis"], Statement("", "consolidation"), None),
        (["Pleural_Thickening"], Statement("", "pleural thickening"), True),
        (["Pleural_Thickening"], Statement("", "fibrosis"), None),
        (["Pneumothorax"], Statement("", "collapsed lung"), True),
        (["Atelectasis"], Statement("", "collapsed lung"), None),
        (["Mass"], Statement("", "collapsed lung"), False),
        (["No Finding"], Statement("", "fracture"), None),
        (["Mass"], Statement("", "pacemaker", negated=True), None),
    ],
)
def test_what_labels_entail(labels: list[str], statement: Statement, truth: bool | None) -> None:
    assert entails_labels(labels, statement) is truth


@pytest.mark.parametrize(
    ("text", "side", "other"),
    [
        ("right-sided effusion", "right", "left-sided effusion"),
        ("fluid at the left base", "left", "fluid at the right base"),
        ("nodule in the right middle lobe", "right", "nodule in the lingula"),
        ("lingular mass", "left", "right middle lobe mass"),
    ],
)
def test_exchanging_the_side_rewrites_the_words(text: str, side: str, other: str) -> None:
    exchanged = exchange_side(Statement(text, "mass", side))
    assert exchanged is not None
    assert (exchanged.text, exchanged.side) == (other, "left" if side == "right" else "right")
    back = exchange_side(exchanged)
    assert back is not None
    assert back.text == text


def test_exchanging_the_zone_rewrites_the_words() -> None:
    exchanged = exchange_zone(Statement("mass at the right apex", "mass", "right", "upper"))
    assert exchanged == Statement("mass at the right base", "mass", "right", "lower")


@pytest.mark.parametrize("side", ["", "both"])
def test_a_sentence_without_one_side_cannot_be_exchanged(side: str) -> None:
    assert exchange_side(Statement("bilateral effusions", "effusion", side)) is None
    assert exchange_zone(Statement("mass in the mid zone", "mass", "", "middle")) is None


def test_exchanged_sentences_are_false_of_one_lesion() -> None:
    rng = np.random.default_rng(6)
    checked = 0
    for _ in range(300):
        for item in statements_for_simulated(film_with(NODULE), rng):
            for other in (exchange_side(item), exchange_zone(item)):
                if other is not None and not item.negated:
                    assert entails((NODULE,), other) is False
                    checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    ("finding", "phrase"),
    [
        (NODULE, "right upper lobe nodule"),
        (MASSES, "multiple lung masses"),
        (EFFUSION, "left pleural effusion"),
        (EFFUSIONS, "bilateral pleural effusions"),
        (PNEUMOTHORAX, "right pneumothorax"),
        (HEART, "cardiomegaly"),
        (found("nodule", ("right", "middle")), "right middle lobe nodule"),
        (found("mass", ("left", "upper"), ("left", "lower"), number=2), "multiple left lung masses"),
        (found("edema", ("right", "middle"), ("left", "middle")), "pulmonary edema"),
        (FRACTURES, "right rib fractures"),
        (PACEMAKER, "left pacemaker"),
        (found("hernia"), "hiatal hernia"),
        (found("emphysema"), "emphysema"),
        (found("endotracheal tube"), "endotracheal tube"),
        (found("fibrosis", ("right", "lower"), ("left", "lower")), "bilateral fibrosis"),
        (found("pleural thickening", ("left", "upper")), "left pleural thickening"),
    ],
)
def test_the_phrase_a_finding_is_asked_for_by(finding: SimulatedFinding, phrase: str) -> None:
    assert evaluation_phrase(finding) == phrase


def test_every_nih_label_has_words() -> None:
    assert {label.lower().replace("_", " ") for label in LABELS} <= set(nouns.NOUNS)
    assert all(len(set(nouns)) == len(nouns) >= 6 for nouns in nouns.NOUNS.values())
