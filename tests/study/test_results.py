"""Tables, codebook and summary say what was done, and no names."""

from __future__ import annotations

import csv
import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from afloc_core.cli import main
from afloc_core.study.events import Answer, EventKind
from afloc_core.study.export import study_results
from afloc_core.study.record import open_record
from afloc_core.study.resampling import REPLICATES
from afloc_core.study.results import TABLES, AnswerRow, ReadingRow, Results
from afloc_core.study.roc import area, area_difference
from afloc_core.study.summary import summarise
from tests.study.studies import STUDY, Reader, write_study

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "file,id,effusion,nodule\n" + "".join(
    f"films/Doe_Jane_{n}.png,C{n},{n % 2},{int(n < 3)}\n" for n in range(1, 6)
)
MARK = {"finding": "nodule", "confidence": None, "assisted": False, "shape": {"kind": "box"}}
TRUTH = {f"C{n}": {"effusion": bool(n % 2), "nodule": n < 3} for n in range(1, 6)}


def answer(case: str, arm: str, finding: str) -> Answer:
    """Answer right in the aided arm; in the unaided one be wrong about nodules."""
    right = TRUTH[case][finding]
    return Answer(right if arm == "aided" or finding == "effusion" else not right, 5 if arm == "aided" else 2)


@pytest.fixture
def read(tmp_path: Path) -> Path:
    """Return a study that one reader read."""
    place = write_study(tmp_path, STUDY.replace('["films"]', '"list.csv"'), films=5)
    (tmp_path / "list.csv").write_text(MANIFEST)
    with open_record(place) as record:
        reader = Reader(record, "Anna Smith")
        for number in range(10):
            if number == 3:
                reader.log(EventKind.MARK, 3, id=1, change="add", mark=MARK)
                reader.log(EventKind.MARK, 3, id=2, change="add", mark=MARK)
                reader.log(EventKind.MARK, 3, id=2, change="remove", mark=None)
            reader.read(10.0 if number % 2 else 20.0 + number, answer)
    return place


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Read a table."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def exported(study: Path, *more: str) -> Path:
    """Export through the command line."""
    folder = study.parent / "out"
    assert main(["study", "export", str(study), "--output", str(folder), *more]) == 0
    return folder


def test_tables_hold_every_answer_with_the_reference_standard(read: Path) -> None:
    answers = rows(exported(read), "answers")
    assert len(answers) == 5 * 2 * 2
    for row in answers:
        given = answer(row["case"], row["arm"], row["finding"])
        assert row["present"] == str(int(bool(given.present)))
        assert row["confidence"] == str(given.confidence)
        assert row["reference"] == str(int(TRUTH[row["case"]][row["finding"]]))
        assert row["correct"] == str(int(row["present"] == row["reference"]))
        assert row["rating"] == str(5 + (given.confidence or 0) if given.present else 6 - (given.confidence or 0))
    readings = rows(read.parent / "out", "readings")
    assert [float(row["reading_s"]) for row in readings[:3]] == [20.0, 10.0, 22.0]
    assert [row["status"] for row in readings] == ["done"] * 10
    assert readings[1]["answers_changed"] == "2", "both answers were carried over, and given anew"
    assert [(row["mark"], row["finding"]) for row in rows(read.parent / "out", "marks")] == [("1", "nodule")]


def test_marks_are_told_as_they_were_when_the_answers_of_each_arm_held(tmp_path: Path) -> None:
    after_answer = STUDY.replace('name = "unaided"', 'name = "unaided"\nmap = "after answer"')
    place = write_study(tmp_path, after_answer, films=1)
    with open_record(place) as record:
        reader = Reader(record, "Anna Smith")
        reader.log(EventKind.MARK, 0, id=1, change="add", mark=MARK)
        reader.log(EventKind.MARK, 0, id=2, change="add", mark=MARK)
        reader.read(10.0, lambda *_: Answer(True, 3))
        reader.log(EventKind.MARK, 0, id=3, change="add", mark=MARK | {"assisted": True})  # the map is seen by now
        reader.log(EventKind.MARK, 0, id=1, change="remove", mark=None)
        reader.log(EventKind.NEXT, 0)
        reader.log(EventKind.MARK, 1, id=2, change="change", mark=MARK | {"finding": "effusion"})
        reader.read(10.0, lambda *_: Answer(True, 3))
    found = rows(exported(place), "marks")
    assert [(row["arm"], row["mark"], row["finding"], row["changed_in"], row["assisted"]) for row in found] == [
        ("unaided", "1", "nodule", "unaided", "0"),
        ("unaided", "2", "nodule", "unaided", "0"),
        ("aided", "2", "effusion", "aided", "0"),
        ("aided", "3", "nodule", "unaided", "1"),
    ]
    assert [row["marks"] for row in rows(place.parent / "out", "readings")] == ["2", "2"]


def test_no_text_of_a_table_is_run_by_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("file,id\nfilms/Doe_Jane_1.png,@SUM(A1)\n")
    text = STUDY.replace('["films"]', '"list.csv"').replace('"nodule"', "'=HYPERLINK(\"http://x.org\")'")
    place = write_study(tmp_path, text, films=1)
    with open_record(place) as record:
        Reader(record, "+cmd").read(10.0, lambda *_: Answer(True, 3))
    folder = exported(place, "--with-names")
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))], file.name
    answers = rows(folder, "answers")
    assert (answers[1]["case"], answers[1]["finding"]) == ("'@SUM(A1)", '\'=HYPERLINK("http://x.org")')
    whole = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    assert whole["answers"][1]["case"] == "@SUM(A1)", "JSON is read by no spreadsheet"


def test_no_name_of_a_file_or_reader_is_in_the_export_unless_asked(read: Path) -> None:
    for file in exported(read).iterdir():
        text = file.read_text(encoding="utf-8")
        assert "Doe" not in text and "Anna" not in text and str(read.parent) not in text, file.name
    names = rows(exported(read, "--with-names"), "names")
    assert {"what": "reader", "code": "P1", "name": "Anna Smith"} in names
    assert {"what": "case", "code": "C3", "name": "Doe_Jane_3.png"} in names


def test_nothing_but_an_earlier_export_is_replaced(read: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = (exported(read) / "study.json").read_bytes()
    assert (exported(read) / "study.json").read_bytes() == first, "the same study may be exported again"
    mine = read.parent / "marks.csv"  # the reference standard, beside the study file
    mine.write_text("drawn by hand")
    assert main(["study", "export", str(read), "--output", str(read.parent)]) == 2
    assert "marks.csv that is no export of this study; choose another folder" in capsys.readouterr().err
    assert mine.read_text() == "drawn by hand"
    assert not (read.parent / "answers.csv").exists(), "all or nothing"


def test_the_codebook_says_what_every_column_means(read: Path) -> None:
    folder = exported(read)
    book = {(row["table"], row["column"]): row for row in rows(folder, "codebook")}
    for table in TABLES:
        for column in rows(folder, table)[0]:
            assert len(book.pop((table, column))["meaning"]) > 10
    assert not book
    assert json.loads((folder / "study.json").read_text())["codebook"] == rows(folder, "codebook")


def test_json_and_csv_say_the_same(read: Path) -> None:
    folder = exported(read)
    whole = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    for table in TABLES:
        as_text = [{key: "" if value is None else str(value) for key, value in row.items()} for row in whole[table]]
        assert as_text == rows(folder, table)


def test_the_summary_gives_arms_and_their_paired_differences(read: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = read.parent / "summary.json"
    assert main(["study", "summary", str(read), "--json", str(place)]) == 0
    said = capsys.readouterr().out
    assert "unaided: 24.000" in said and "aided - unaided: -14.000" in said
    whole = json.loads(place.read_text())
    (accuracy,) = [one for one in whole["differences"] if (one["measure"], one["finding"]) == ("accuracy", "")]
    assert accuracy["mean"] == pytest.approx(0.5)
    assert (accuracy["low"], accuracy["high"]) == (0.5, 0.5), "every case differs by the same"
    assert accuracy["p"] == pytest.approx(2 / 2**5), "exact: of 32 ways to exchange arms two are as far apart"
    assert accuracy["paired"]
    assert str(REPLICATES) in whole["interval"]


def test_areas_under_the_curve_are_those_of_the_ratings(read: Path) -> None:
    with open_record(read) as record:
        _, summary = study_results(record)
    areas = {(one.arm, one.finding): one.mean for one in summary.arms if one.measure == "auc"}
    # Aided all answers are right and certain; unaided nodules are rated the wrong way round, effusions the right one.
    assert areas == {
        ("unaided", "effusion"): 1.0,
        ("unaided", "nodule"): 0.0,
        ("aided", "effusion"): 1.0,
        ("aided", "nodule"): 1.0,
    }
    (nodule,) = [one for one in summary.differences if (one.measure, one.finding) == ("auc", "nodule")]
    assert (nodule.mean, nodule.cases, nodule.paired) == (1.0, 5, True)


def test_an_area_counts_pairs_and_ties_by_half() -> None:
    random = np.random.default_rng(5)
    present, absent = random.integers(1, 11, 30).astype(float), random.integers(1, 11, 20).astype(float)
    wins = [(p > a) + 0.5 * (p == a) for p in present for a in absent]
    assert area(present, absent) == pytest.approx(np.mean(wins))
    assert area(np.stack([present, present]), np.stack([absent, absent + 20])).tolist() == [np.mean(wins), 0.0]


def test_the_interval_of_a_difference_of_areas_covers_a_real_one() -> None:
    random = np.random.default_rng(2)
    cases = [f"c{number}" for number in range(60)]
    truth = {case: number % 2 == 0 for number, case in enumerate(cases)}
    one = {case: float(random.normal(5, 2)) for case in cases}
    two = {case: float(random.normal(7 if truth[case] else 4, 1)) for case in cases}
    found = area_difference(one, two, truth, 1)
    assert found is not None
    difference, low, high, p, count = found
    assert low is not None and high is not None and p is not None
    assert 0 < low < difference < high and p < 0.01 and count == 60
    assert area_difference(one, two, dict.fromkeys(cases, True), 1) is None, "no case without the finding"


def table(times: dict[str, list[float]], shift: int = 0) -> Results:
    """Return readings of numbered cases with given times by arm; ``shift`` numbers the second arm's cases apart."""
    filler: dict[str, Any] = {one.name: 0 for one in fields(ReadingRow)} | {"status": "done", "reader": "P1"}
    made = [
        ReadingRow(**filler | {"case": f"c{at + (shift if arm == 'b' else 0)}", "arm": arm, "reading_s": value})
        for arm, values in times.items()
        for at, value in enumerate(values)
    ]
    return Results(tuple(made), (), (), ())


def test_the_interval_of_a_difference_covers_what_it_should_and_is_seeded() -> None:
    random = np.random.default_rng(3)
    before = random.normal(40, 10, 60)
    found = table({"a": before.tolist(), "b": (before - random.normal(5, 2, 60)).tolist()})
    (one,) = summarise(found, 1).differences
    assert one.low is not None and one.high is not None and one.p is not None
    assert -6 < one.low < one.mean < one.high < -4
    assert one.p < 0.001
    assert summarise(found, 1) == summarise(found, 1)
    (other,) = summarise(found, 2).differences
    assert other.mean == one.mean and other.low != one.low


def test_a_reader_who_is_not_through_yet_does_not_count_in_one_arm_alone() -> None:
    quick, slow = table({"a": [10.0, 12.0], "b": [9.0, 11.0]}), table({"a": [40.0, 42.0]})
    others = tuple(replace(row, reader="P2") for row in slow.readings)
    (one,) = summarise(Results((*quick.readings, *others), (), (), ()), 1).differences
    assert one.mean == pytest.approx(-1.0), "both arms of the reader who read both"
    assert one.paired


def test_arms_with_other_cases_are_compared_without_pairing() -> None:
    (one,) = summarise(table({"a": [10.0, 12.0, 14.0], "b": [20.0, 22.0, 24.0]}, shift=100), 1).differences
    assert not one.paired
    assert one.mean == pytest.approx(10.0)
    assert one.p == pytest.approx(0.1), "exact: 2 of the 20 ways to deal six cases"


def test_one_case_has_no_interval() -> None:
    summary = summarise(table({"a": [10.0], "b": [9.0]}), 1)
    assert summary.differences[0].low is None and summary.differences[0].p is None
    assert summary.differences[0].mean == -1.0


def test_readings_that_are_not_done_do_not_count() -> None:
    filler: dict[str, Any] = {one.name: 0 for one in fields(AnswerRow)}
    half = AnswerRow(**filler | {"status": "unfinished", "arm": "a", "case": "c"})
    assert summarise(Results((), (half,), (), ()), 1).arms == ()


def test_check_says_what_a_reader_gets(read: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "check", str(read)]) == 0
    said = capsys.readouterr().out
    assert "5 cases, 2 findings, 2 arms (sequential), 10 readings for each reader." in said
    assert "answers 10 of 10 questions" in said


def test_a_film_that_cannot_be_opened_is_said_by_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = write_study(tmp_path)
    (tmp_path / "films" / "Doe_Jane_2.png").write_bytes(b"no picture")
    assert main(["study", "check", str(place)]) == 2
    assert capsys.readouterr().err.startswith("The film of case-002 cannot be opened: ")


@pytest.mark.parametrize("action", ["summary", "export"])
def test_accuracy_needs_the_file_of_the_reference_standard(
    read: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    more = ["--output", str(read.parent / "out")] if action == "export" else []
    read.write_text(read.read_text().replace("seed = 7", 'seed = 7\nreference = "later.csv"'))
    assert main(["study", action, str(read), *more]) == 2
    assert "“reference” in the study file names a file that does not exist" in capsys.readouterr().err
    marks = "Image Index,Finding Label,Bbox [x,y,w,h],,,\nDoe_Jane_2.png,Effusion,5,5,10,10\n"
    (read.parent / "later.csv").write_text(marks)
    assert main(["study", action, str(read), *more]) == 0


@pytest.mark.parametrize("action", ["summary", "export"])
def test_a_study_that_nobody_read_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    more = ["--output", str(tmp_path / "out")] if action == "export" else []
    assert main(["study", action, str(write_study(tmp_path)), *more]) == 2
    assert capsys.readouterr().err == "Nobody has read this study yet: there is no record beside the study file.\n"
    assert not (tmp_path / "study.afstudy").exists()
