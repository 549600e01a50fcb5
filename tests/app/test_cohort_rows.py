"""Rows of a cohort sort by value, rows without one last, equal ones as they were."""

from __future__ import annotations

import time
from math import nan
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt

from afloc_core.cohort.results import Kind, Row, Score
from afloc_core.cohort.rows import Rows
from app.models.cohort_rows import CohortRows, CohortTable
from app.models.cohort_setup import files_of
from app.models.figure_rows import Cell, FigureRows, Figures

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def row(image: str, iou: float, finding: str = "mass") -> Row:
    return Row(Kind.MODEL, image, image, finding, "", "Ada", "Ada", Score((iou,), (iou,), nan, 1.0))


def shown(rows: list[Row]) -> CohortRows:
    model = CohortRows()
    model.show(CohortTable.of(Rows.of(rows)), str)
    return model


def images(model: CohortRows) -> list[str]:
    return [model.row(place).image for place in range(model.rowCount())]


def test_numbers_are_sorted_by_value_with_none_last_and_equals_as_they_were() -> None:
    model = shown([row("a", 0.9), row("b", nan), row("c", 0.1), row("d", 0.9), row("e", 1e-5)])
    assert images(model) == ["e", "c", "a", "d", "b"], "worst first by itself"
    model.sort(3, DOWN)
    assert images(model) == ["a", "d", "c", "e", "b"]
    model.sort(5, UP)
    assert images(model) == ["a", "b", "c", "d", "e"], "no row has a contrast"


def test_names_are_sorted_as_people_count() -> None:
    model = shown([row("film10", 0.1), row("film9", 0.2), row("film10", 0.3), row("Film1", 0.4)])
    model.sort(0, UP)
    assert images(model) == ["Film1", "film9", "film10", "film10"]
    model.sort(0, DOWN)
    assert [model.row(place).score.mean_iou for place in range(4)] == [0.1, 0.3, 0.2, 0.4]


def test_the_row_that_was_chosen_stays_chosen_and_the_order_stays_for_other_rows() -> None:
    model = shown([row("a", 0.9), row("b", 0.5), row("c", 0.1)])
    chosen = QPersistentModelIndex(model.index(0, 0))
    model.sort(3, DOWN)
    assert (chosen.row(), model.place_of(2)) == (2, 2)
    model.show(CohortTable.of(Rows.of([row("x", 0.1), row("y", 0.7)])), str)
    assert images(model) == ["y", "x"]


@pytest.mark.parametrize("column", range(7))
def test_a_hundred_thousand_rows_are_sorted_in_a_moment(column: int) -> None:
    rng = np.random.default_rng(0)
    iou = rng.random(100_000)
    rows = [row(f"film{at}", float(iou[at]), f"finding {at % 20}") for at in range(100_000)]
    model = shown(rows)
    begun = time.process_time()
    model.sort(column, DOWN)
    assert time.process_time() - begun < 2.0
    if column in (3, 4):
        sorted_iou = [model.row(place).score.mean_iou for place in range(0, 100_000, 997)]
        assert sorted_iou == sorted(sorted_iou, reverse=True)


def test_totals_stay_at_the_end_and_figures_without_a_value_before_them() -> None:
    def line(name: str, value: float) -> tuple[Cell, ...]:
        return Cell(name), Cell(f"{value:.1f}", value)

    rows = (line("b", 0.9), line("a10", nan), line("a9", 0.10), line("Mean", 0.5))
    model = FigureRows(Figures(("Finding", "IoU"), ("", ""), rows, total=1))

    def names() -> list[object]:
        return [model.data(model.index(place, 0)) for place in range(4)]

    model.sort(1, UP)
    assert names() == ["a9", "b", "a10", "Mean"]
    model.sort(1, DOWN)
    assert names() == ["b", "a9", "a10", "Mean"]
    model.sort(0, UP)
    assert names() == ["a9", "a10", "b", "Mean"]
    model.sort(-1, UP)
    assert names() == ["b", "a10", "a9", "Mean"]


def test_a_line_names_several_files_and_a_name_may_hold_what_parts_them(tmp_path: Path) -> None:
    odd = tmp_path / "a; b.csv"
    odd.write_text("")
    assert files_of(str(odd)) == (odd,)
    assert files_of(" one.csv;two.csv ; ") == (Path("one.csv"), Path("two.csv"))
    assert files_of("  ") == ()
    assert len(files_of("a.csv;" * 2_000)) == 2_000, "longer than any name can be"
