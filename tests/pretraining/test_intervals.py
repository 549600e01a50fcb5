"""Intervals of a model's figures, against what statistics say of them."""

from __future__ import annotations

import numpy as np
import pytest

from afloc_core.pretraining.intervals import with_intervals


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(4).normal(2.0, 1.0, size=400)
    (found,) = with_intervals(range(400), lambda chosen: [values[chosen].mean()])
    half = 1.96 * values.std() / 20
    assert found["value"] == pytest.approx(values.mean())
    assert (found["low"], found["high"]) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.015)


def test_cases_of_one_patient_are_drawn_together() -> None:
    """Ten equal cases of each patient say no more than one of each."""
    values = np.random.default_rng(5).normal(size=40)
    (single,) = with_intervals(range(40), lambda chosen: [values[chosen].mean()])
    many = np.repeat(values, 10)
    (tenfold,) = with_intervals([case // 10 for case in range(400)], lambda chosen: [many[chosen].mean()])
    assert (tenfold["low"], tenfold["high"]) == pytest.approx((single["low"], single["high"]))


def test_several_figures_and_draws_without_one() -> None:
    values = np.array([[1.0, np.nan], [3.0, 5.0]])

    def figures(chosen: np.ndarray) -> np.ndarray:
        return np.array([values[chosen, 0].mean(), np.nanmean(values[chosen, 1])])

    first, second = with_intervals("ab", figures)
    assert (first["value"], first["low"], first["high"]) == (2.0, 1.0, 3.0)
    assert second["value"] == 5.0
    assert (second["low"], second["high"]) == (5.0, 5.0)


def test_no_cases_have_no_figure() -> None:
    (found,) = with_intervals([], lambda chosen: [np.zeros(0)[chosen].mean()])
    assert np.isnan([found["value"], found["low"], found["high"]]).all()
