"""What training asks of a map beyond where its peak lies: how much of a film a finding covers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from afloc_core.pretraining.augmentation import shake
from afloc_core.pretraining.entailment import LABELLED
from afloc_core.pretraining.extent import extent_of
from afloc_core.pretraining.objective import Objective, Target, make_target
from afloc_core.pretraining.recipe import Training
from afloc_core.pretraining.samples import Sample
from afloc_core.pretraining.simulation.finding import KINDS, SimulatedFinding
from afloc_core.pretraining.whereabouts import ANYWHERE
from tests.small_model import small_model

CELLS = 100


def target(least: float, most: float) -> Target:
    one = torch.ones(1, 1)
    return Target(
        ["mass"], ["mass"], torch.tensor([0]), one.to(torch.int8), one, torch.tensor([False]), torch.tensor([[least]]),
        torch.tensor([[most]]), torch.tensor([[ANYWHERE]]),
    )  # fmt: skip


def objective() -> Objective:
    return Objective(Training(first_bias=-5.0), small_model()[0].config)


def hot(cells: int) -> torch.Tensor:
    cosine = torch.zeros(1, 1, CELLS)
    cosine[..., 7 : 7 + cells] = 1.0
    return cosine


def test_a_finding_that_is_larger_than_its_map_costs_and_so_does_a_map_that_is_larger() -> None:
    measured = {cells: objective()._extent(hot(cells), target(0.1, 0.3)) for cells in (2, 10, 30, 60)}
    found = {cells: float(pair[0].detach()) for cells, pair in measured.items()}
    denied = {cells: float(pair[1].detach()) for cells, pair in measured.items()}
    assert found[2] > 10 * found[10]
    assert found[10] == pytest.approx(found[60])
    assert denied[60] > 10 * denied[30]
    assert denied[30] == pytest.approx(denied[2])


def test_at_least_one_cell_is_asked_for_however_small_the_finding() -> None:
    found, _ = objective()._extent(hot(1), target(1e-6, 0.3))
    assert float(found.detach()) == pytest.approx(np.log1p(np.exp(5.0 - np.exp(2.3))), rel=1e-4)


def test_sentences_carry_the_extent_of_what_they_name() -> None:
    mask = np.zeros((2, 2), dtype=bool)
    mass = SimulatedFinding("mass", "left", ("upper",), 1, "large", mask, (("left", "upper"),))
    made = make_target([Sample(0, (mass,))] * 3, np.random.default_rng(0), exchange=False, options=Training())
    about_mass = (made.truth[0] == 1) & ~made.negated & (made.weight[0] > 0)
    assert about_mass.any()
    expected = torch.tensor([extent_of("mass", mass).least, extent_of("lesion").least, extent_of("opacity").least])
    assert torch.isin(made.least[0, about_mass], expected).all()
    assert torch.isin(made.least[0, [kind == "mass" for kind in made.kinds]], expected[0]).all()


def test_every_kind_has_an_extent_that_leaves_cells_on_both_sides() -> None:
    for kind in (*KINDS, *LABELLED, "device"):
        finding = SimulatedFinding(kind, "", (), 1, "", np.zeros((2, 2), dtype=bool))
        found = [
            replace(finding, size=size, number=n) for size in ("", "small", "moderate", "large") for n in (1, 3, 10)
        ]
        for extent in (extent_of(kind), *(extent_of(kind, one) for one in found)):
            assert 0 < extent.least < extent.most < 0.5


def test_three_nodules_cover_three_times_as_much_as_one() -> None:
    one = SimulatedFinding("nodule", "left", ("upper",), 1, "small", np.zeros((2, 2), dtype=bool))
    assert extent_of("nodule", replace(one, number=3)) == tuple(3 * share for share in extent_of("nodule", one))


def test_a_film_without_anything_true_costs_nothing_that_is_not_a_number() -> None:
    nothing = replace(target(0.1, 0.3), truth=torch.zeros(1, 1, dtype=torch.int8))
    found, denied = objective()._extent(hot(2), nothing)
    assert found == denied == 0


def test_shaken_features_move_by_whole_cells_and_change_in_strength_only() -> None:
    features = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0)) + 0.5
    moved = shake(features, np.random.default_rng(0), shift=2, gain=0.0)
    for film, was in zip(moved, features, strict=True):
        inner = film[:, 2:-2, 2:-2]
        assert any(torch.equal(inner, was[:, y : y + 4, x : x + 4]) for y in range(5) for x in range(5))
    stronger = shake(features, np.random.default_rng(0), shift=0, gain=0.1) / features
    torch.testing.assert_close(stronger, stronger[:, :, :1, :1].expand_as(stronger))
    assert 0.5 < float(stronger.min()) < 1 < float(stronger.max()) < 2
    assert torch.equal(shake(features, np.random.default_rng(0), shift=0, gain=0.0), features)


def test_a_device_that_is_there_weighs_more_than_one_that_is_not() -> None:
    mask = np.zeros((2, 2), dtype=bool)
    pacemaker = SimulatedFinding("pacemaker", "left", ("upper",), 1, "", mask, (("left", "upper"),))
    films = [Sample(0, (pacemaker,)), Sample(1, ())]
    made = [make_target(films, np.random.default_rng(n), exchange=False, options=Training()) for n in range(5)]
    there = torch.cat([one.weight[0][(one.truth[0] == 1) & ~one.negated] for one in made])
    absent = torch.cat([one.weight[1][(one.truth[1] == 0) & ~one.negated] for one in made])
    assert Training().device_weight in there
    assert set(absent.tolist()) <= {0.0, 1.0}
