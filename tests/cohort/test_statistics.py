"""Intervals, differences, tuned thresholds and the range of humans, against computations of their own."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap

from afloc_core.cohort.human_range import Standing, human_ranges
from afloc_core.cohort.published_interval import published_intervals
from afloc_core.cohort.results import Kind, Row, Score
from afloc_core.cohort.rows import Rows
from afloc_core.cohort.statistics import FEWEST_UNITS, Bootstrap, difference, summarise
from afloc_core.cohort.tuning import half_of, tune


def row(unit: str, finding: str, iou: tuple[float, ...], kind: Kind = Kind.MODEL, reader: str = "A") -> Row:
    return Row(kind, unit, unit, finding, "", reader, reader, Score(iou, iou, nan, nan))


def test_the_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(1).beta(2, 3, 80)
    rows = Rows.of(row(f"film{n}", "Mass", (float(value),)) for n, value in enumerate(values))
    found = summarise(rows, Bootstrap(rows.numbers("unit"), replicates=20_000)).findings["Mass"]["iou"]
    told = scipy_bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=2).confidence_interval
    assert found.mean == pytest.approx(values.mean(), abs=1e-12)
    assert (found.low, found.high) == pytest.approx((told.low, told.high), abs=0.003)


def test_units_are_drawn_whole() -> None:
    """Ten films of one patient are no more than one: the interval is that of the patients."""
    values = np.random.default_rng(1).beta(2, 3, 30)
    once = [row(f"p{n}", "Mass", (float(value),)) for n, value in enumerate(values)]
    often = [one for one in once for _ in range(10)]
    first, second = (
        summarise(rows, Bootstrap(rows.numbers("unit"))).findings["Mass"]["iou"]
        for rows in (Rows.of(once), Rows.of(often))
    )
    assert (first.low, first.high) == pytest.approx((second.low, second.high), abs=1e-12)


def test_replicates_are_those_drawn_one_by_one() -> None:
    rng = np.random.default_rng(4)
    values = rng.random((12, 3))
    values[2, 1] = values[5] = nan
    rows = [
        row(f"film{n % 5}", "Mass" if n < 7 else "Nodule", tuple(map(float, value))) for n, value in enumerate(values)
    ]
    table = Rows.of(rows)
    bootstrap = Bootstrap(table.numbers("unit"), replicates=50, seed=9)
    (found,) = bootstrap.replicates([bootstrap.sums(table[:7], "iou")])
    units = list(dict.fromkeys(one.unit for one in rows))
    draws = np.random.default_rng(9)
    for replicate in found:
        drawn = [units[place] for place in draws.integers(0, 5, 5)]
        taken = [one.score.iou for unit in drawn for one in rows[:7] if one.unit == unit]
        columns = [[value for value in column if not np.isnan(value)] for column in zip(*taken, strict=True)]
        means = [np.mean(column) for column in columns if column]
        expected = np.mean(means) if means else nan
        assert replicate == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_a_clear_difference_is_told_from_none() -> None:
    rng = np.random.default_rng(0)
    clear = difference(0.1, rng.normal(0.1, 0.02, 1000), 50, 50)
    none = difference(0.0, rng.normal(0.0, 0.02, 1000), 50, 50)
    assert clear.p == pytest.approx(2 / 1001)
    assert none.p > 0.5
    assert clear.low > 0 > none.low


def test_a_difference_on_few_images_has_no_p_value_however_many_cases_they_give() -> None:
    same = np.full(1000, 0.1)
    few = difference(0.1, same, 50, FEWEST_UNITS - 1)
    assert isnan(few.p), "that all replicates agree says nothing where one image is drawn again and again"
    assert few.as_dict()["p"] is None
    assert difference(0.1, same, 50, FEWEST_UNITS).p == pytest.approx(2 / 1001)


def test_each_half_is_scored_at_the_threshold_that_is_best_on_the_other() -> None:
    levels = (0.2, 0.4, 0.6)
    best = {0: (0.9, 0.1, 0.1), 1: (0.1, 0.1, 0.9)}
    rows = Rows.of(row(f"film{n}", "Mass", best[half_of(f"film{n}")]) for n in range(20))
    scored, found = tune(rows, levels)
    assert found["Mass"].used == (0.6, 0.2)
    assert {one.score.iou for one in scored} == {(0.1,)}, "every case is scored at what suits the others"
    scored, found = tune(rows, levels, {"mass": 0.2})
    assert {one.score.iou for one in scored} == {(0.9,), (0.1,)}


@pytest.mark.parametrize(("model", "standing"), [(0.1, Standing.BELOW), (0.5, Standing.INSIDE), (0.9, Standing.ABOVE)])
def test_the_model_is_below_inside_or_above_the_humans(model: float, standing: Standing) -> None:
    rows = []
    for n in range(10):
        for reader, value in (("A", 0.4), ("B", 0.6)):
            human = row(f"film{n}", "Mass", (value,), Kind.HUMAN, reader)
            rows += [human, replace(human, kind=Kind.MODEL_AS_HUMAN, score=Score((model,), (model,)))]
    table = Rows.of(rows)
    bootstrap = Bootstrap(table.numbers("unit"))
    humans = table.of_kind(Kind.HUMAN)
    of = humans.numbers("reader")
    readers = {name: summarise(humans.take(of == humans.pool.number(name)), bootstrap) for name in "AB"}
    ranges = {(one.finding, one.measure): one for one in human_ranges(table, readers, bootstrap)}
    found = ranges["Mass", "iou"]
    assert found.standing is standing
    assert (found.lowest, found.highest) == pytest.approx((0.4, 0.6))
    assert found.difference.mean == pytest.approx(model - 0.5)


def test_the_published_interval_has_its_slips() -> None:
    rng = np.random.default_rng(5)
    rows = [row(f"f{n}", "Mass" if n % 3 else "Nodule", (float(rng.random()), nan)) for n in range(40)]
    findings, overall = published_intervals(Rows.of(rows))
    random = np.random.RandomState(0).randint(0, 40, (1000, 40))
    bounds = []
    for finding in ("Mass", "Nodule"):
        means = []
        for drawn in random:
            some = [rows[place].score.iou[0] / 2 for place in drawn if rows[place].finding == finding]
            means.append(np.mean(some))  # the threshold without a prediction counts as 0
        bounds.append((sorted(means)[24], sorted(means)[974]))
        assert findings[finding]["iou"] == pytest.approx(bounds[-1], abs=1e-12)
    assert overall["iou"] == pytest.approx(np.mean(bounds, axis=0), abs=1e-12)
