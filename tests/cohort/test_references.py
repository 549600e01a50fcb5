"""Published rows stand only beside the data and the protocol they are of."""

from __future__ import annotations

import pytest

from afloc_core.annotations.marks import MarkedImage
from afloc_core.cohort.cases import Cohort, Film
from afloc_core.cohort.evaluation import Evaluation, sum_up
from afloc_core.cohort.film_scoring import FilmResult, Rules
from afloc_core.cohort.protocols import NATIVE, PUBLISHED, Protocol
from afloc_core.cohort.report.references import reference_table
from afloc_core.cohort.report.writing import render
from afloc_core.cohort.results import Kind, Row, Score
from afloc_core.localization.heatmap import ModelIdentity


def evaluation(format: str, cases: int, protocol: Protocol) -> Evaluation:
    score = Score((0.3,) * 5, (0.4,) * 5, 1.0, 1.0)
    names = [f"film{number}" for number in range(cases)]
    films = tuple(Film(MarkedImage(name), None, name, ()) for name in names)
    results = [FilmResult((Row(Kind.MODEL, name, name, "Pneumonia", "", "A", "A", score),)) for name in names]
    model = ModelIdentity("ours", "0" * 64, "afloc")
    return sum_up(Cohort(films, ("A",), (), cases), results, Rules(protocol), model, format)


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
