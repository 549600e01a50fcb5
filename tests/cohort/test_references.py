"""Published rows stand only beside the data and the protocol they are of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from afloc_core.annotations.marks import MarkedImage
from afloc_core.cli import build_parser
from afloc_core.cohort.cases import Cohort
from afloc_core.cohort.comparison import Comparison
from afloc_core.cohort.evaluation import Evaluation, sum_up
from afloc_core.cohort.film_results import FilmResults
from afloc_core.cohort.film_scoring import FilmResult, Rules
from afloc_core.cohort.films import Film
from afloc_core.cohort.protocols import NATIVE, PUBLISHED, Protocol
from afloc_core.cohort.report.methods import methods
from afloc_core.cohort.report.references import TABLES, reference_table
from afloc_core.cohort.report.writing import render
from afloc_core.cohort.results import Kind, Row, Score
from afloc_core.localization.heatmap import ModelIdentity


def evaluation(format: str, cases: int, protocol: Protocol) -> Evaluation:
    score = Score((0.3,) * 5, (0.4,) * 5, 1.0, 1.0)
    names = [f"film{number}" for number in range(cases)]
    films = tuple(Film(MarkedImage(name), None, name, ()) for name in names)
    rows = (Row(Kind.MODEL, name, name, "Pneumonia", "", "A", "A", score) for name in names)
    results = FilmResults((number, FilmResult((row,))) for number, row in enumerate(rows))
    model = ModelIdentity("ours", "0" * 64, "afloc")
    return sum_up(Cohort(films, ("A",), (), cases), results, Rules(protocol), model, format)


def test_a_data_set_without_a_format_of_its_own_is_named() -> None:
    found = replace(evaluation("coco", 7, PUBLISHED), data_set="covid_rural")
    text = render(found, ((), ()), {})
    assert "COVID Rural" in text
    for figure in ("0.211 (0.186 to 0.236)", "1.064 (0.936 to 1.175)", "-0.241 (-0.320 to -0.161)"):
        assert figure in text
    assert reference_table(replace(found, rules=Rules(NATIVE))) is None, "by another protocol"


def test_another_run_without_a_case_in_common_is_said_to_have_none() -> None:
    found = replace(evaluation("coco", 3, NATIVE), comparison=Comparison("theirs", "1" * 64, "sharpened", {}, {}))
    assert "No case had a value both in this run and in that of theirs (sharpened)." in methods(found)


def test_every_table_can_be_named() -> None:
    for table in TABLES:
        given = ["evaluate", "--annotations", "marks", "--output", "out", "--data-set", table.key]
        assert build_parser().parse_args(given).data_set == table.key


@pytest.mark.parametrize(
    ("format", "cases", "protocol", "shown"),
    [
        ("rsna_pneumonia", 1218, PUBLISHED, "RSNA"),
        ("ms_cxr", 1162, PUBLISHED, "MS-CXR"),
        ("rsna_pneumonia", 1217, PUBLISHED, None),
        ("rsna_pneumonia", 1218, NATIVE, None),
        ("coco", 1218, PUBLISHED, None),
    ],
)
def test_only_the_same_data_by_the_same_protocol(
    format: str, cases: int, protocol: Protocol, shown: str | None
) -> None:
    found = evaluation(format, cases, protocol)
    table = reference_table(found)
    assert (table is None) == (shown is None)
    text = render(found, ((), ()), {})
    assert ("Beside published figures" in text) == (shown is not None)
    if table is not None and shown is not None:
        assert table.name.startswith(shown)
        assert "0.342 (0.333 to 0.351)" in text or "0.325 (0.315 to 0.334)" in text
