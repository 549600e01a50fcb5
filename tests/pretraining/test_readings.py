"""What was read off real films: what it makes true, false and unknown, and where it says that a finding can lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from afloc_core.errors import RecipeError
from afloc_core.pretraining.language import Statement
from afloc_core.pretraining.objective import make_target
from afloc_core.pretraining.readings import FilmReading, ReadFinding, read_readings
from afloc_core.pretraining.recipe import Training
from afloc_core.pretraining.samples import Sample
from afloc_core.pretraining.simulation.finding import SimulatedFinding
from afloc_core.pretraining.whereabouts import ANYWHERE, Region, region_of, within

EFFUSION = ReadFinding("effusion", (("right", "lower"),))
LINE = ReadFinding("central line", (("right", ""),))
MASK = np.zeros((2, 2), dtype=bool)
LEFT_NODULE = SimulatedFinding("nodule", "left", ("upper",), 1, "small", MASK, (("left", "upper"),))


def real(*seen: ReadFinding, labels: tuple[str, ...] = ("Effusion",), without_devices: bool = False) -> Sample:
    return Sample(0, None, labels, seen, without_devices)


@pytest.mark.parametrize(
    ("kind", "side", "zone", "truth"),
    [
        ("effusion", "", "", True),
        ("effusion", "right", "", True),
        ("effusion", "right", "lower", True),
        ("effusion", "left", "", False),
        ("effusion", "right", "upper", False),
        ("effusion", "right", "middle", None),
        ("effusion", "both", "", None),
        ("pneumothorax", "left", "", False),
        ("pleural thickening", "left", "", False),
        ("pleural thickening", "right", "", None),
        ("central line", "right", "", True),
        ("central line", "left", "", False),
        ("pacemaker", "", "", None),
        ("device", "", "", True),
    ],
)
def test_a_place_that_was_read_decides(kind: str, side: str, zone: str, truth: bool | None) -> None:
    sample = real(EFFUSION, LINE)
    assert sample.truth(Statement(kind, kind, side, zone)) is truth
    denied = sample.truth(Statement(f"no {kind}", kind, side, zone, negated=True))
    assert denied is (None if truth is None else not truth)


def test_a_place_that_was_not_read_decides_nothing() -> None:
    assert real().truth(Statement("right effusion", "effusion", "right")) is None
    both = real(EFFUSION, labels=("Effusion", "Pleural_Thickening"))
    assert both.truth(Statement("left pleural thickening", "pleural thickening", "left")) is None


def test_numbers_and_sizes_stay_unknown() -> None:
    sample = real(EFFUSION)
    assert sample.truth(Statement("one right effusion", "effusion", "right", number="one")) is None
    assert sample.truth(Statement("large right effusion", "effusion", "right", qualifiers=("large",))) is None


def test_a_finding_that_was_seen_without_a_place_lies_nowhere_in_particular() -> None:
    sample = real(ReadFinding("edema"), labels=("Edema",))
    assert sample.truth(Statement("left upper zone opacity", "opacity", "left", "upper")) is None
    assert sample.places(Statement("pulmonary edema", "edema")) == ()


def test_a_finding_on_both_sides_without_a_zone_can_be_told() -> None:
    sample = real(ReadFinding("mass", (("right", ""), ("left", ""))), labels=("Mass",))
    assert all(len(sample.report(np.random.default_rng(seed))) for seed in range(60))


def test_a_film_read_as_without_devices_has_none() -> None:
    assert real(without_devices=True).truth(Statement("pacemaker", "pacemaker")) is False
    assert real().truth(Statement("pacemaker", "pacemaker")) is None


def test_reports_of_read_films_name_places_and_are_true() -> None:
    rng = np.random.default_rng(0)
    sample = real(EFFUSION, LINE, labels=("Effusion", "Cardiomegaly"))
    said = [statement for _ in range(100) for statement in sample.report(rng)]
    assert all(sample.truth(statement) is True for statement in said)
    placed = [statement for statement in said if statement.kind == "effusion" and statement.side == "right"]
    assert len(placed) > 30
    assert any(statement.zone == "lower" for statement in placed)
    assert any(statement.kind == "central line" for statement in said)


def test_an_abnormal_film_with_a_simulated_finding_has_both() -> None:
    sample = Sample(0, (LEFT_NODULE,), ("Effusion",), (EFFUSION,))
    assert sample.truth(Statement("left nodule", "nodule", "left")) is True
    assert sample.truth(Statement("right effusion", "effusion", "right")) is True
    assert sample.truth(Statement("left effusion", "effusion", "left")) is False
    assert sample.truth(Statement("no effusion", "effusion", negated=True)) is False
    assert sample.truth(Statement("normal chest radiograph", "normal")) is False
    assert sample.truth(Statement("right nodule", "nodule", "right")) is False
    assert sample.truth(Statement("rib fracture", "fracture")) is None  # labels are silent of it
    said = [statement for n in range(50) for statement in sample.report(np.random.default_rng(n))]
    assert all(sample.truth(statement) is True for statement in said)
    assert {"nodule", "effusion"} <= {statement.kind for statement in said}


def test_a_mirrored_film_has_its_findings_on_the_other_side() -> None:
    assert EFFUSION.mirrored().places == (("left", "lower"),)
    assert ReadFinding("cardiomegaly").mirrored() == ReadFinding("cardiomegaly")


def test_samples_survive_the_way_through_a_file() -> None:
    sample = real(EFFUSION, LINE, without_devices=True)
    assert Sample.from_dict(sample.as_dict()) == sample


def test_the_region_of_a_place_is_on_the_right_side_of_the_image() -> None:
    assert region_of("effusion", ()) == ANYWHERE
    lower = region_of("effusion", [("right", "lower")])
    assert lower.left == 0 < lower.right < 0.6
    assert 0.3 < lower.top < lower.bottom == 1
    assert region_of("effusion", [("right", "lower"), ("left", "upper")]) == ANYWHERE
    assert region_of("effusion", [("left", "")]) == pytest.approx(Region(left=1 - lower.right))


def test_a_heart_lies_where_hearts_lie() -> None:
    home = region_of("cardiomegaly", ())
    assert home.left == pytest.approx(1 - home.right)
    assert 0 < home.left < 0.3 < 0.7 < home.right < 1
    assert 0.2 < home.top < 0.4


def test_cells_lie_within_a_region_by_their_centre() -> None:
    inside = within(torch.tensor([0.0, 0.5, 0.26, 1.0]), 4, 4).reshape(4, 4)
    assert inside.tolist() == [[False] * 4, *[[True, True, False, False]] * 3]


def test_a_true_sentence_may_lie_only_where_its_finding_does() -> None:
    sample = real(EFFUSION)
    made = make_target([sample] * 4, np.random.default_rng(1), exchange=True, options=Training())
    right = torch.tensor(region_of("effusion", [("right", "lower")]))
    about = [
        number for number, text in enumerate(made.texts) if made.truth[0, number] == 1 and not made.negated[number]
    ]
    assert about
    for number in about:
        assert torch.equal(made.region[0, number], right)
    elsewhere = (made.truth[0] != 1).nonzero()[:, 0]
    assert len(elsewhere)
    assert (made.region[0, elsewhere] == torch.tensor(ANYWHERE)).all()


def test_readings_are_read_from_rows_of_one_side_or_both(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(
        "image,finding,side,zones\n"
        "a,Effusion,right,lower\na,Effusion,left,middle|lower\na,pacemaker,left,\n"
        "b,Cardiomegaly,,\nb,no device,,\n"
    )
    found = read_readings(file)
    effusion = ReadFinding("effusion", (("right", "lower"), ("left", "middle"), ("left", "lower")))
    assert found["a"] == FilmReading((effusion, ReadFinding("pacemaker", (("left", ""),))))
    assert effusion.side == "both"
    assert effusion.zones == ("middle", "lower")
    assert found["b"] == FilmReading((ReadFinding("cardiomegaly"),), without_devices=True)


@pytest.mark.parametrize(
    "line", ["a,Effusion,middle,", "a,Effusion,right,basal", "a,,right,lower", "a,Efusion,right,", "a"]
)
def test_a_row_that_makes_no_sense_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(f"image,finding,side,zones\n{line}\n")
    with pytest.raises(RecipeError, match="Line 2 of the readings"):
        read_readings(file)


def test_readings_that_are_no_table_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        read_readings(tmp_path / "none.csv")
    (tmp_path / "other.csv").write_text("film,label\n")
    with pytest.raises(RecipeError, match="columns image, finding, side and zones"):
        read_readings(tmp_path / "other.csv")
