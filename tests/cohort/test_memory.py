"""Memory does not grow with the rows: they are numbers side by side, and files are read and written row by row."""

from __future__ import annotations

from dataclasses import astuple, replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.formats import open_annotations
from afloc_core.annotations.mark_list import MarkList, ReadingList
from afloc_core.annotations.marks import Mark, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.cohort.film_results import FilmResults
from afloc_core.cohort.film_scoring import FilmResult
from afloc_core.cohort.problems import Problem, Problems
from afloc_core.cohort.results import Kind, Row, Score
from afloc_core.cohort.rows import Rows
from afloc_core.commands.benchmark import peak_of_readers
from afloc_core.packing import TextPool

if TYPE_CHECKING:
    from pathlib import Path

MEGABYTE = 2**20


def test_twenty_thousand_rows_take_little_more_than_two_thousand(tmp_path: Path) -> None:
    """Objects took 2.6 MB for each thousand rows; measured now: 0.4 to 0.5."""
    few, many = (peak_of_readers(rows, tmp_path) for rows in (2_000, 22_000))
    assert many - few < 20 * MEGABYTE


def test_marks_come_back_from_columns_as_they_were() -> None:
    square = np.zeros((9, 7), dtype=bool)
    square[2:5, 1:4] = True
    shapes = (
        Box(1.5, 2.0, 3.25, 4.0),
        Box(1, 2, 3, 4),
        Polygon(((0.0, 0.0), (4.5, 0.0), (4.0, 4.0))),
        Polygon(((0.0, 0.0), (4.5, 0.0), (4.0, 4.0)), freehand=True),
        Points(((1.0, 2.0),)),
        Mask.from_array(square),
    )
    marks = tuple(
        Mark("a.png", shape, "Mass", "B", "a phrase", 0.25 if number % 2 else None, "seen", {"id": number % 2})
        for number, shape in enumerate(shapes)
    )
    kept = MarkList(marks)
    assert tuple(kept) == marks
    assert kept == marks
    assert kept[-1] == marks[-1]
    assert kept[1:3] == marks[1:3]
    assert [repr(mark.shape) for mark in kept] == [repr(mark.shape) for mark in marks], "whole numbers stay whole"
    assert kept != [*marks[:-1], replace(marks[-1], comment="")]
    readings = (Reading("a.png", "B"), Reading("b.png", "B", "Mass", {"row": [1]}), Reading("b.png", "B", "Mass"))
    assert tuple(ReadingList(readings)) == readings


def row(film: int, kind: Kind = Kind.MODEL) -> Row:
    score = Score((0.1, nan, film / 7), (0.5, 0.25, nan), -0.5 if kind is Kind.MODEL else nan, 1.0, "a note")
    return Row(kind, f"f{film}", f"p{film // 2}", "Mass", "", "A", "A", score, "mass", 0.75, 10**10, known=film % 2 > 0)


def test_rows_come_back_from_columns_as_they_were_in_the_order_of_the_films() -> None:
    two = {film: (row(film), row(film, Kind.PAIR)) for film in (3, 0, 2)}
    results = FilmResults((film, FilmResult(rows, digest=f"d{film % 3}")) for film, rows in two.items())
    results.add(0, FilmResult(()))  # is done once
    expected = [one for film in (0, 2, 3) for one in two[film]]
    assert list(map(repr, results.rows())) == list(map(repr, expected))
    assert list(results.same_digests()) == [(3, 0)]
    assert (1 in results, 2 in results) == (False, True)


def test_the_mean_of_a_row_is_that_of_its_known_thresholds() -> None:
    rows = Rows.of([row(1), row(5), replace(row(2), score=Score((nan,) * 3, (nan,) * 3))])
    expected = [one.score.mean_iou for one in rows]
    assert np.array_equal(rows.means("iou"), expected, equal_nan=True)


def test_problems_are_grouped_the_rarest_first() -> None:
    said = [Problem("many", "a", "One."), Problem("few", "b", "Two.", loss=False), Problem("many", "c", "One.")]
    problems = Problems(said)
    assert list(problems) == said
    assert problems.losses == 2
    assert {kind: [astuple(one) for one in each] for kind, each in problems.by_kind().items()} == {
        "few": [astuple(said[1])],
        "many": [astuple(said[0]), astuple(said[2])],
    }
    assert list(problems.by_kind()) == ["few", "many"]


def test_losses_are_counted_in_each_sort_and_the_most_frequent_is_the_gravest() -> None:
    said = [Problem("one", "a", "A row is broken.")]
    said += [Problem("mixed", str(n), "Nobody knows.", loss=n > 1) for n in range(4)]
    said += [Problem("notes", str(n), "By the way.", loss=False) for n in range(9)]
    problems = Problems(said)
    assert {kind: each.losses for kind, each in problems.by_kind().items()} == {"one": 1, "mixed": 2, "notes": 0}
    assert problems.gravest == said[3]
    assert Problems(said[5:]).gravest is None
    problems.append(said[0])
    assert problems.losses == 4


def test_rows_share_a_pool_of_texts_that_is_still_empty() -> None:
    pool = TextPool()
    assert Rows.of([row(1)], pool).pool is pool


def test_a_table_is_read_the_same_whatever_ends_its_lines(tmp_path: Path) -> None:
    lines = ["image,finding,x,y,w,h", 'a.png,"Mass, large",1,2,3,4', "", "a.png,Mass,1,2,3,4", "a.png,Mass,1,2,3,4"]
    found = []
    for end in ("\n", "\r\n", "\r"):
        (tmp_path / "marks.csv").write_bytes(end.join(lines).encode())
        found.append(open_annotations(tmp_path / "marks.csv"))
    assert found[0] == found[1] == found[2]
    assert [mark.finding for mark in found[0].marks] == ["Mass, large", "Mass"]
    assert found[0].problems == ("Row 5: it repeats row 4.",)
