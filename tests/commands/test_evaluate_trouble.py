"""`afloc evaluate` with what is doubled, full, pointed at only, scaled, or named oddly."""

from __future__ import annotations

import json
import resource
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cohort.small_cohort import some_boxes, write_boxes, write_films
from tests.commands.evaluating import evaluate, read

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("spots")


def test_the_same_picture_under_two_names_is_said(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 2)
    (tmp_path / "films" / "copy.png").write_bytes((tmp_path / "films" / names[0]).read_bytes())
    marks = write_boxes(tmp_path / "marks.csv", [[name, "Mass", 5, 5, 20, 20, "A"] for name in (*names, "copy.png")])
    evaluate("--images", tmp_path / "films", "--annotations", marks, "--output", tmp_path / "out", status=3)
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    (said,) = summary["problems"]["each"]
    assert (said["kind"], said["subject"]) == ("the same picture twice", "copy.png")
    assert names[0] in said["sentence"]


def test_a_full_disk_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = write_films(tmp_path / "films", 4)
    marks = write_boxes(tmp_path / "marks.csv", some_boxes(names, ["A", "B"]))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))  # no file may grow beyond, as on a disk that is full
    try:
        evaluate("--images", tmp_path / "films", "--annotations", marks, "--output", tmp_path / "out", status=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    said = capsys.readouterr().err
    assert "could not be written" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out" / "summary.json").exists()


@pytest.mark.parametrize("protocol", ["native", "published"])
def test_readers_hit_with_the_centres_of_their_marks(tmp_path: Path, protocol: str) -> None:
    """On a film of which the published frame is the double, with padding at its sides."""
    names = write_films(tmp_path / "films", 1, (112, 56))
    truth = [names[0], "Mass", 20, 40, 20, 30]
    inside, outside, reaching = ([x, y, w, h] for x, y, w, h in ((25, 45, 8, 8), (2, 90, 6, 6), (20, 40, 16, 62)))
    hits = {}
    for name, box in {"inside": inside, "outside": outside, "reaching": reaching}.items():
        marks = write_boxes(tmp_path / f"{name}.csv", [[*truth, "T"], [*truth[:2], *box, "H"]])
        evaluate(
            *("--images", tmp_path / "films", "--annotations", marks, "--protocol", protocol),
            *("--model", "none", "--output", tmp_path / name),
        )
        (row,) = (row for row in read(tmp_path / name) if row["reader"] == "H")
        hits[name] = row["hit"]
    assert hits == {"inside": "1.0", "outside": "0.0", "reaching": "0.0"}, "the centre of the last lies below the truth"


def test_findings_without_letters_stay_apart(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 2)
    rows = [[name, finding, 8, 8, 16, 18, "A"] for name in names for finding in ("?", "!!")]
    marks = write_boxes(tmp_path / "marks.csv", rows)
    evaluate("--images", tmp_path / "films", "--annotations", marks, "--output", tmp_path / "out")
    assert [row["finding"] for row in read(tmp_path / "out")] == ["!!", "?", "!!", "?"]


def test_a_reader_who_only_points_takes_no_part_in_areas(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 4)
    rows = [[name, "Mass", 10 + shift, 20, 20, 20, reader] for name in names for shift, reader in ((0, "A"), (5, "B"))]
    marks = write_boxes(tmp_path / "marks.csv", rows)
    points = {name.removesuffix(".png"): {"Mass": [[22.0, 25.0]] if n < 2 else []} for n, name in enumerate(names)}
    (tmp_path / "points.json").write_text(json.dumps(points))
    evaluate(
        *("--images", tmp_path / "films", "--annotations", marks, "--annotations", tmp_path / "points.json"),
        *("--model", "none", "--output", tmp_path / "out"),
    )
    shares: dict[str, set[tuple[str, object]]] = {row["reader"]: set() for row in read(tmp_path / "out")}
    for row in read(tmp_path / "out"):
        shares[row["reader"]].add((row["against"], row["iou"] and round(float(row["iou"]), 3)))
    assert shares == {"A": {("B", 0.6)}, "B": {("A", 0.6)}, "points": {("consensus of 2 others", "")}}
    hits = [row["hit"] for row in read(tmp_path / "out") if row["reader"] == "points"]
    assert hits == ["1.0", "1.0", "0.0", "0.0"]
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [pair["iou"]["n"] for pair in summary["pairs"] if "points" in pair["readers"]] == [0, 0]


def test_tables_of_an_earlier_run_do_not_stay_beside_those_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = write_films(tmp_path / "films", 3)
    boxes = [[name, "Mass", 8, 8, 16, 18, reader] for name in names for reader in "AB"]
    for readers in ("AB", "A"):
        marks = write_boxes(tmp_path / "marks.csv", [row for row in boxes if row[-1] in readers])
        evaluate("--images", tmp_path / "films", "--annotations", marks, "--output", tmp_path / "out")
        said = capsys.readouterr().out
        there = {path.name for path in (tmp_path / "out").iterdir()}
        assert ({"readers.csv", "pairs.csv"} <= there) is (readers == "AB")
    assert said.startswith("3 cases in 3 images, 1 finding:")


def test_a_name_with_half_a_letter_is_written(tmp_path: Path) -> None:
    outline = [[8, 8], [30, 8], [30, 30]]
    marks = {"film": {"img_size": [60, 48], "Mass \ud83d": [outline]}}
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json.dumps(marks))
    given = [part for name in ("one", "two") for part in ("--annotations", tmp_path / f"{name}.json")]
    evaluate(*given, "--model", "none", "--output", tmp_path / "out")
    assert [row["finding"] for row in read(tmp_path / "out")] == ["Mass \\ud83d"] * 2
    assert "Mass" in (tmp_path / "out" / "report.html").read_text()


def test_the_slips_of_printed_intervals_stay_out_of_ours(tmp_path: Path) -> None:
    """Two findings of one film each: the mean of their bounds would say that nothing is uncertain."""
    names = write_films(tmp_path / "films", 2)
    rows = [[name, finding, 8, 8, 16, 18, "A"] for name, finding in zip(names, ("Mass", "Nodule"), strict=True)]
    marks = write_boxes(tmp_path / "marks.csv", rows)
    given = ("--images", tmp_path / "films", "--annotations", marks, "--protocol", "published")
    evaluate(*given, "--output", tmp_path / "out")
    found = json.loads((tmp_path / "out" / "summary.json").read_text())["overall"]["cnr"]
    (low, high), printed = found["interval"], found["published interval"]
    assert low < found["mean"] < high
    assert low < printed[0] and printed[1] < high


def test_boxes_scaled_because_of_the_films_names_are_said_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "Marks given in pixels of 1024 x 1024 pictures were scaled to this film of 64 x 64."
    names = write_films(tmp_path / "films", 2, (64, 64))
    (tmp_path / "nih").mkdir()
    called = [f"0000000{number}_000.png" for number in range(2)]
    for name, like_nih in zip(names, called, strict=True):
        (tmp_path / "nih" / like_nih).write_bytes((tmp_path / "films" / name).read_bytes())
    for folder, images in (("nih", called), ("films", names)):
        boxes = [[image, finding, 8, 8, 24, 24, ""] for image in images for finding in ("Mass", "Nodule")]
        marks = write_boxes(tmp_path / f"{folder}.csv", boxes)
        evaluate("--images", tmp_path / folder, "--annotations", marks, "--output", tmp_path / "out" / folder)
        error = capsys.readouterr().err
        each = json.loads((tmp_path / "out" / folder / "summary.json").read_text())["problems"]["each"]
        scaled = [problem["subject"] for problem in each if problem["sentence"] == said]
        report = (tmp_path / "out" / folder / "report.html").read_text()
        if folder == "nih":
            assert scaled == called, "once for each film"
            assert f"2 images: {said}" in error
            assert said in report
        else:
            assert not scaled
            assert "1024 x 1024" not in error + report


def test_no_text_of_a_table_is_run_by_a_spreadsheet_and_numbers_stay_numbers(tmp_path: Path) -> None:
    names = write_films(tmp_path / "films", 3)
    texts = {"image": "=1+1.png", "finding": "@SUM(A1)", "reader": "-2+3"}
    (tmp_path / "films" / names[0]).rename(tmp_path / "films" / texts["image"])
    images = (texts["image"], *names[1:])
    rows = [[image, texts["finding"], 8, 8, 16, 18, reader] for image in images for reader in (texts["reader"], "B")]
    marks = write_boxes(tmp_path / "marks.csv", rows)
    given = ("--images", tmp_path / "films", "--annotations", marks)
    evaluate(*given, "--output", tmp_path / "one")
    for file in (tmp_path / "one").glob("*.csv"):
        for row in read(tmp_path / "one", file.name):
            for name, cell in row.items():
                if name in (*texts, "against", "phrase", "asked", "note"):
                    assert not cell.startswith(("=", "+", "-", "@")), file.name
                elif name != "scored" and cell:
                    float(cell)
    first = read(tmp_path / "one")[0]
    assert [first[name] for name in texts] == [f"'{text}" for text in texts.values()]
    assert any(float(row["cnr"]) < 0 for row in read(tmp_path / "one")), "a negative number was written"
    evaluate(*given, "--compare", tmp_path / "one", "--output", tmp_path / "two")
    beside = json.loads((tmp_path / "two" / "summary.json").read_text())["comparison"]
    assert beside["overall"]["iou"]["this"]["n"] == len(rows), "a table that was written is read again as it was meant"
