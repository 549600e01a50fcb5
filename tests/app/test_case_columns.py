"""Which cases a filter lists, in which order, and what a review adds to what is known of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from afloc_core.annotations.store import Tally
from afloc_core.cohort.manifest import Manifest, texts
from app.models.case_columns import CaseColumns, CaseFilter, Concord, Progress, Sorting, Tallied
from app.models.case_list import CaseList, described
from app.models.name_search import NameSearch
from app.services.listing import study_numbers
from app.services.tallying import tallied

NAN = float("nan")
NAMES = ("film10", "film2", "Other")


def columns(tally: Tally | None = None, by: str = "me") -> CaseColumns:
    paths = texts([f"/films/{name}.png" for name in NAMES])
    manifest = Manifest(
        paths=paths,
        ids=texts(NAMES),
        splits=texts(["train", "test", "test"]),
        labels={"Effusion": np.array([1, 0, NAN], np.float32)},
    )
    known = Tallied.nothing(3) if tally is None else tallied(tally, paths, by)
    return CaseColumns(
        manifest=manifest,
        search=NameSearch.of(NAMES),
        name_rank=np.array([1, 0, 2]),
        splits=("test", "train"),
        studies=np.zeros(3, np.int32),
        tallied=known,
    )


def read() -> Tally:
    """Two readers of the first film who differ, three of the second who do not, one of a film that is not listed."""
    files = {"a": Path("/films/film10.png"), "b": Path("/films/film2.png"), "far": Path("/else/where.png")}
    return Tally(
        files,
        marked=(
            ("a", "Ada", "pleural effusions", 2),
            ("a", "Ada", "mass", 1),
            ("a", "Ben", "Mass", 1),
            ("b", "Ada", "Nodule", 1),
            ("b", "Ben", "nodules", 1),
            ("b", "Cleo", "nodule", 3),
            ("far", "Dora", "mass", 1),
            ("lost", "Ada", "mass", 9),
        ),
        looked=(),
        done=frozenset({("a", "me"), ("b", "Ada")}),
    )


def listed(wanted: CaseFilter, sorting: Sorting = Sorting.LISTED, known: CaseColumns | None = None) -> list[str]:
    known = known or columns(read())
    return [str(known.manifest.ids[row]) for row in known.rows(wanted, sorting)]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (CaseFilter(), ["film10", "film2", "Other"]),
        (CaseFilter(finding="effusion"), ["film10"]),
        (CaseFilter(finding="Nodules"), ["film2"]),
        (CaseFilter(finding="hernia"), []),
        (CaseFilter(reader="Ben"), ["film10", "film2"]),
        (CaseFilter(reader="Dora"), []),
        (CaseFilter(concord=Concord.DIFFER), ["film10"]),
        (CaseFilter(concord=Concord.AGREE), ["film2"]),
        (CaseFilter(concord=Concord.SEVERAL), ["film10", "film2"]),
        (CaseFilter(progress=Progress.DONE), ["film10"]),
        (CaseFilter(progress=Progress.UNDONE), ["film2", "Other"]),
        (CaseFilter(split="test"), ["film2", "Other"]),
        (CaseFilter(text="FILM"), ["film10", "film2"]),
        (CaseFilter(text="film", split="test", reader="Cleo"), ["film2"]),
    ],
)
def test_a_filter_lists_what_meets_all_of_it(wanted: CaseFilter, names: list[str]) -> None:
    assert listed(wanted) == names


@pytest.mark.parametrize(
    ("sorting", "names"),
    [
        (Sorting.LISTED, ["film10", "film2", "Other"]),
        (Sorting.NAME, ["film2", "film10", "Other"]),
        (Sorting.READERS, ["film2", "film10", "Other"]),
        (Sorting.AGREEMENT, ["film10", "film2", "Other"]),
        (Sorting.MARKS, ["film2", "film10", "Other"]),
        (Sorting.UNDONE, ["film2", "Other", "film10"]),
    ],
)
def test_each_order(sorting: Sorting, names: list[str]) -> None:
    assert listed(CaseFilter(), sorting) == names


def test_agreement_is_of_what_the_readers_say_is_there() -> None:
    agreement = columns(read()).tallied.agreement
    assert agreement[0] == 0.5, "of effusion and mass they say the same of one"
    assert agreement[1] == 1.0
    assert np.isnan(agreement[2]), "nobody read it"


def test_readers_who_looked_and_marked_nothing_agree_that_there_is_nothing() -> None:
    tally = Tally({"a": Path("/films/film10.png")}, (), (("a", "Ada", ""), ("a", "Ben", "mass")), frozenset())
    found = columns(tally)
    assert found.tallied.agreement[0] == 1.0
    assert found.readers == ("Ada", "Ben")
    one_marked = Tally(tally.files, (("a", "Cleo", "mass", 1),), tally.looked, frozenset())
    assert columns(one_marked).tallied.agreement[0] == pytest.approx(1 / 3)


def test_findings_to_choose_from_are_named_once() -> None:
    assert columns(read()).findings == ("Effusion", "mass", "Nodule")


def test_a_case_says_what_is_known_of_it() -> None:
    case = columns(read()).row(0)
    assert (case.number, case.id, case.readers, case.done) == (1, "film10", 2, True)
    assert described(case) == ("", "2 readers, agreement 50%", "mass, pleural effusions", "done")


def test_studies_are_numbered_where_they_have_several_films() -> None:
    assert list(study_numbers(texts(["b", "", "b", "c", "a", "", "a"]))) == [1, 0, 1, 0, 2, 0, 2]


def test_the_case_on_screen_stays_in_the_list_until_another_one_is() -> None:
    cases = CaseList()
    cases.show_columns(columns(read()))
    cases.set_filter(CaseFilter(progress=Progress.UNDONE))
    cases.set_current(Path("/films/film2.png"))
    cases.show_columns(cases.columns.with_done(1, True))
    assert [cases.case(place).id for place in range(cases.rowCount())] == ["film2", "Other"]
    assert cases.current == 0
    assert cases.next_undone() == 1
    cases.set_current(Path("/films/Other.png"))
    assert [cases.case(place).id for place in range(cases.rowCount())] == ["Other"]
    assert cases.next_undone() == -1


def test_after_the_last_case_the_first_one_that_is_not_done_comes() -> None:
    cases = CaseList()
    cases.show_columns(columns(read()))
    cases.set_current(Path("/films/Other.png"))
    assert cases.next_undone() == 1


def test_the_order_of_stepping_is_that_of_the_list() -> None:
    cases = CaseList()
    cases.show_columns(columns(read()))
    before = cases.files
    cases.set_sorting(Sorting.NAME)
    assert [path.stem for path in cases.files] == ["film2", "film10", "Other"]
    assert cases.files.index(Path("/films/Other.png")) == 2
    assert Path("/films/none.png") not in cases.files
    assert cases.files is not before
    with pytest.raises(ValueError, match="none"):
        cases.files.index(Path("/films/none.png"))


def test_hidden_names_are_not_spoken_either() -> None:
    cases = CaseList()
    cases.show_columns(columns(read()))
    assert cases.data(cases.index(1, 0)) == "film2, 3 readers, all agree, Nodule"
    cases.set_names_hidden(True)
    assert cases.data(cases.index(1, 0)) == "Case 2, 3 readers, all agree, Nodule"


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("", "1111"),
        ("A", "1010"),
        ("É", "0100"),
        ("ba", "1000"),
        ("abx", "0000"),
        ("\n", "0000"),
    ],
)
def test_a_part_of_a_name_is_found_in_that_name_only(part: str, found: str) -> None:
    assert NameSearch.of(["aBA", "École", "ab", "x"]).holding(part).tolist() == [one == "1" for one in found]
