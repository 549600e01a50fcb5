"""Simulated findings: they are where they say they are, and what they do not touch stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core.pretraining.simulation.anatomy import (
    FRAME,
    Anatomy,
    find_lungs,
    mean_lungs,
    mirror,
    plausible,
    square_film,
)
from afloc_core.pretraining.simulation.atelectasis import add_atelectasis
from afloc_core.pretraining.simulation.clarity import LEAST_CLARITY, clarity
from afloc_core.pretraining.simulation.emphysema import add_emphysema
from afloc_core.pretraining.simulation.finding import DEVICES, FINDINGS, KINDS, ZONES
from afloc_core.pretraining.simulation.heart import add_cardiomegaly, vary_heart
from afloc_core.pretraining.simulation.lines import beside, curve, stroke
from afloc_core.pretraining.simulation.phantom import phantom
from afloc_core.pretraining.simulation.scene import Scene, lung_of, scene_of, zones_at
from afloc_core.pretraining.simulation.simulate import simulate, simulate_kinds
from afloc_core.pretraining.whereabouts import region_of

if TYPE_CHECKING:
    from collections.abc import Callable

BRIGHTER = (
    *("nodule", "mass", "consolidation", "effusion", "atelectasis", "edema", "pleural thickening", "fibrosis"),
    *DEVICES,
)
SLIGHT = ("pneumothorax", "atelectasis", "emphysema", "fracture")
"""What changes the film little where it is, or moves its surroundings."""
MIDLINE = ("cardiomegaly", "hernia", "emphysema", "endotracheal tube", "nasogastric tube")
CROSSING = ("central line", "pacemaker")
"""Devices that begin on one side and end near the midline."""


@pytest.fixture
def anatomy() -> Anatomy:
    return phantom(np.random.default_rng(0))


def test_lungs_of_phantoms_are_found_where_they_are() -> None:
    bodies = [phantom(np.random.default_rng(seed)) for seed in range(20)]
    found = [(find_lungs(body.film), body) for body in bodies]
    seen = [one for one, _ in found if one is not None]
    usual = mean_lungs(seen)
    assert sum(plausible(one, usual) for one in seen) >= 19
    for one, body in found:
        for name in ("right_lung", "left_lung"):
            mask, true = (getattr(item, name) for item in (one or body, body))
            assert (mask & true).sum() / (mask | true).sum() > 0.85


def test_phantoms_are_films_of_different_bodies() -> None:
    first, again, other = (phantom(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (first.film.dtype, first.film.min(), first.film.max() <= 1.0) == (np.float32, 0.0, True)
    assert np.array_equal(first.film, again.film)
    assert (first.right_lung ^ other.right_lung).sum() > 100
    assert not (first.right_lung & first.left_lung).any()
    assert first.film[first.right_lung].mean() < 0.7 * first.film[~(first.right_lung | first.left_lung)].mean()
    assert phantom(np.random.default_rng(1), size=128).film.shape == (128, 128)


@pytest.mark.parametrize("brightness", [0.0, 0.5])
def test_a_film_without_lungs_is_refused(brightness: float) -> None:
    assert find_lungs(np.full((FRAME, FRAME), brightness, dtype=np.float32)) is None


def test_lungs_in_an_unusual_place_are_refused(anatomy: Anatomy) -> None:
    usual = mean_lungs([anatomy])
    low = replace(anatomy, right_lung=np.roll(anatomy.right_lung, 70, axis=0))
    assert plausible(anatomy, usual)
    assert not plausible(low, usual)


def test_a_wide_image_is_padded_to_a_square_film() -> None:
    film = square_film(np.linspace(0, 4095, 300 * 600).reshape(300, 600))
    assert film.shape == (FRAME, FRAME)
    assert film.dtype == np.float32
    assert not film[:20].any()
    assert film.max() == pytest.approx(1.0, abs=0.01)


def test_mirroring_keeps_right_on_the_image_left(anatomy: Anatomy) -> None:
    turned = mirror(anatomy)
    assert np.argwhere(turned.right_lung)[:, 1].mean() < np.argwhere(turned.left_lung)[:, 1].mean()
    assert np.array_equal(turned.film, anatomy.film[:, ::-1])
    assert np.array_equal(mirror(turned).right_lung, anatomy.right_lung)


@pytest.mark.parametrize("kind", KINDS)
def test_a_finding_changes_the_film_where_its_mask_is(anatomy: Anatomy, kind: str) -> None:
    before = anatomy.film.copy()
    drawn = brighter = 0
    for seed in range(12):
        result = simulate_kinds(anatomy, (kind,), np.random.default_rng(seed))
        assert result.film.dtype == np.float32
        assert result.film.min() >= 0.0
        assert result.film.max() <= 1.0
        for item in result.findings:
            drawn += 1
            change = np.abs(result.film - before)
            assert item.kind == kind
            assert change[item.mask].mean() > (1.5 if kind in SLIGHT else 4) * change[~item.mask].mean()
            brighter += bool(result.film[item.mask].mean() > before[item.mask].mean())
    assert drawn >= 8
    if kind in BRIGHTER:  # a lung that collapses can leave its place to a darker one
        assert brighter >= drawn - 1
    assert np.array_equal(anatomy.film, before)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in MIDLINE + CROSSING])
def test_the_side_said_is_the_side_drawn(anatomy: Anatomy, kind: str) -> None:
    middle = FRAME // 2
    for seed in range(15):
        for item in simulate_kinds(anatomy, (kind,), np.random.default_rng(seed)).findings:
            share = item.mask[:, :middle].sum() / item.mask.sum()
            on_right, on_left = bool(share > 0.03), bool(share < 0.97)
            assert item.side == {(True, False): "right", (False, True): "left", (True, True): "both"}[on_right, on_left]
            assert set(item.zones) == {zone for _, zone in item.places}


@pytest.mark.parametrize("kind", MIDLINE)
def test_what_lies_in_the_midline_has_no_side(anatomy: Anatomy, kind: str) -> None:
    for seed in range(5):
        for item in simulate_kinds(anatomy, (kind,), np.random.default_rng(seed)).findings:
            assert (item.side, item.places, item.zones) == ("", (), ())
            columns = np.flatnonzero(item.mask.any(axis=0))
            assert columns[0] < 0.56 * FRAME
            assert columns[-1] > 0.44 * FRAME


def test_an_enlarged_heart_of_the_film_itself_is_not_made_a_normal_one(
    anatomy: Anatomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    varied: list[Scene] = []
    monkeypatch.setattr("afloc_core.pretraining.simulation.simulate.vary_heart", lambda scene, _: varied.append(scene))
    for seed in range(20):
        simulate(anatomy, np.random.default_rng(seed), {"cardiomegaly"})
    assert not varied
    for seed in range(20):
        simulate(anatomy, np.random.default_rng(seed))
    assert varied


@pytest.mark.parametrize("kind", FINDINGS)
def test_the_region_of_a_finding_s_places_holds_all_of_it(kind: str) -> None:
    for seed in range(8):
        body = phantom(np.random.default_rng(seed))
        for item in simulate_kinds(body, (kind,), np.random.default_rng(seed)).findings:
            left, right, top, bottom = (FRAME * share for share in region_of(item.kind, item.places))
            inside = item.mask[round(top) : round(bottom), round(left) : round(right)].sum()
            assert inside > 0.98 * item.mask.sum()


@pytest.mark.parametrize("kind", CROSSING)
def test_a_device_begins_on_the_side_it_is_said_to_come_from(anatomy: Anatomy, kind: str) -> None:
    for seed in range(15):
        for item in simulate_kinds(anatomy, (kind,), np.random.default_rng(seed)).findings:
            columns = np.flatnonzero(item.mask.any(axis=0)) - FRAME / 2
            assert item.side == ("right" if -columns[0] > columns[-1] else "left")


def test_the_zone_of_one_nodule_is_where_its_centre_lies(anatomy: Anatomy) -> None:
    checked = 0
    for seed in range(60):
        for item in simulate_kinds(anatomy, ("nodule",), np.random.default_rng(seed)).findings:
            if item.number == 1:
                lung = lung_of(item.side, anatomy.right_lung if item.side == "right" else anatomy.left_lung)
                share = float(lung.height_of(float(np.argwhere(item.mask)[:, 0].mean())))
                nearest = min(range(3), key=lambda zone: abs(share - (zone + 0.5) / 3))
                assert ZONES[nearest] in item.zones
                checked += 1
    assert checked > 15


def test_a_row_near_a_border_belongs_to_both_zones(anatomy: Anatomy) -> None:
    lung = lung_of("right", anatomy.right_lung)
    assert zones_at(lung, lung.top + lung.height / 3) == ("upper", "middle")
    assert zones_at(lung, lung.top + lung.height / 2) == ("middle",)
    assert zones_at(lung, lung.bottom + 5) == ("lower",)


def test_a_heart_is_varied_around_the_normal_one_and_the_lungs_follow(anatomy: Anatomy) -> None:
    changed = []
    for seed in range(10):
        scene = scene_of(anatomy, np.random.default_rng(seed))
        vary_heart(scene, np.random.default_rng(seed))
        changed.append(np.abs(scene.film - anatomy.film).mean())
        lungs = scene.lungs["right"].mask | scene.lungs["left"].mask
        assert 0.8 < lungs.sum() / (anatomy.right_lung | anatomy.left_lung).sum() < 1.2
    assert sum(change > 0.002 for change in changed) >= 5


def test_kinds_that_are_left_out_are_not_drawn(anatomy: Anatomy) -> None:
    without = {*KINDS} - {"mass", "pacemaker"}
    drawn = [simulate(anatomy, np.random.default_rng(seed), without).findings for seed in range(30)]
    kinds = {item.kind for findings in drawn for item in findings}
    assert "mass" in kinds <= {"mass", "pacemaker"}
    assert not any(simulate(anatomy, np.random.default_rng(seed), KINDS).findings for seed in range(5))


def test_an_enlarged_heart_is_wider_and_lies_a_little_to_the_left(anatomy: Anatomy) -> None:
    item = simulate_kinds(anatomy, ("cardiomegaly",), np.random.default_rng(2)).findings[0]
    columns = np.flatnonzero(item.mask.any(axis=0))
    chest = np.flatnonzero((anatomy.right_lung | anatomy.left_lung).any(axis=0))
    assert item.side == ""
    assert 0.45 < (columns[-1] - columns[0]) / (chest[-1] - chest[0]) < 0.8
    assert FRAME / 2 - 6 < columns.mean() < FRAME / 2 + 20


def test_a_pneumothorax_keeps_the_ribs(anatomy: Anatomy) -> None:
    result = simulate_kinds(anatomy, ("pneumothorax",), np.random.default_rng(5))
    inside = result.findings[0].mask
    assert np.corrcoef(result.film[inside], anatomy.film[inside])[0, 1] > 0.7


def test_equal_seeds_give_equal_films_and_others_differ(anatomy: Anatomy) -> None:
    first, second = (simulate(anatomy, np.random.default_rng(7)) for _ in range(2))
    other = simulate(anatomy, np.random.default_rng(8))
    assert np.array_equal(first.film, second.film)
    assert not np.array_equal(first.film, other.film)


def test_every_kind_occurs_and_some_films_have_nothing(anatomy: Anatomy) -> None:
    rng = np.random.default_rng(0)
    films = [simulate(anatomy, rng) for _ in range(200)]
    assert {item.kind for film in films for item in film.findings} == set(KINDS)
    normal = [film for film in films if not film.findings]
    assert 5 <= len(normal) <= 40
    assert any(np.array_equal(film.film, anatomy.film) for film in normal)


def test_devices_come_with_findings_and_without(anatomy: Anatomy) -> None:
    rng = np.random.default_rng(1)
    kinds = [{item.kind for item in simulate(anatomy, rng).findings} for _ in range(200)]
    carrying = [found for found in kinds if found & set(DEVICES)]
    assert 0.1 < len(carrying) / len(kinds) < 0.4
    assert any(found & set(FINDINGS) for found in carrying)
    assert any(not found & set(FINDINGS) for found in carrying)


@pytest.mark.parametrize("add", [add_atelectasis, add_cardiomegaly, add_emphysema])
def test_moved_anatomy_stays_one_pair_of_lungs(anatomy: Anatomy, add: Callable[..., object]) -> None:
    for seed in range(6):
        scene = scene_of(anatomy, np.random.default_rng(seed))
        add(scene, np.random.default_rng(seed))
        right, left = scene.lungs["right"], scene.lungs["left"]
        assert not (right.mask & left.mask).any()
        for lung, before in ((right, anatomy.right_lung), (left, anatomy.left_lung)):
            assert 0.5 < lung.mask.sum() / before.sum() < 1.4


def test_a_bounding_box_leaves_no_edge_on_the_film(anatomy: Anatomy) -> None:
    even = replace(anatomy, film=np.full_like(anatomy.film, 0.4))
    for kind in ("consolidation", "edema", "fibrosis", "emphysema"):
        for seed in range(6):
            film = simulate_kinds(even, (kind,), np.random.default_rng(seed)).film
            lungs = (even.right_lung, even.left_lung)
            for lung in lungs:
                first, last = np.flatnonzero(lung.any(axis=0))[[0, -1]]
                steps = np.abs(np.diff(film.mean(axis=0)))
                assert max(steps[first - 1], steps[last]) < 0.02


def test_a_curve_is_one_on_itself_and_fades_beside() -> None:
    path = curve([(10.0, 5.0), (20.0, 30.0), (15.0, 60.0)])
    drawn = stroke((40, 70), [path], 0.8)
    middle = path[len(path) // 2].round().astype(int)
    assert drawn[tuple(middle)] > 0.6
    assert drawn[middle[0] + 6, middle[1]] < 0.01
    aside = beside(path, 3.0)
    assert np.linalg.norm(aside - path, axis=1) == pytest.approx(3.0, abs=1e-6)


def test_a_nodule_that_nobody_would_see_is_drawn_again_or_not_at_all(
    anatomy: Anatomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def measured(film: np.ndarray, before: np.ndarray, mask: np.ndarray) -> float:
        asked.append(clarity(film, before, mask))
        return asked[-1]

    monkeypatch.setattr("afloc_core.pretraining.simulation.simulate.clarity", measured)
    rng = np.random.default_rng(3)
    films = [simulate_kinds(anatomy, ["nodule"], rng) for _ in range(40)]
    drawn = [film for film in films if film.findings]
    seen = [clear for clear in asked if clear >= LEAST_CLARITY["nodule"]]
    assert len(drawn) == len(seen) > 30
    assert len(asked) > len(films), "some had to be drawn again"
    for film in films:
        if not film.findings:
            np.testing.assert_array_equal(film.film, np.clip(anatomy.film, 0, 1))
