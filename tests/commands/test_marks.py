"""`afloc marks`: what it prints, what it writes, and how it fails."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.frames import carry, framed
from afloc_core.annotations.marks import Document, Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import open_review
from afloc_core.cli import main
from tests.annotations.formats.dicom_films import small_film
from tests.annotations.formats.fixtures import FILES, FOLDER
from tests.films import synthetic_chest

if TYPE_CHECKING:
    from pathlib import Path


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict:
    assert main(["marks", *map(str, arguments)]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", FILES)
def test_summary(capsys: pytest.CaptureFixture[str], name: str) -> None:
    summary = printed(capsys, FOLDER / name)
    expected = FILES[name]
    assert (summary["format"], summary["images"], summary["marks"]) == expected[:3]
    given = {"reader": (FOLDER / name).stem}  # who has no name in a file is called after the file
    assert sorted(summary["readers"]) == sorted(given.get(reader, reader) for reader in expected.readers)
    assert sum(summary["findings"].values()) == expected.marks
    assert summary["problems"] == []


def test_findings_with_counts(capsys: pytest.CaptureFixture[str]) -> None:
    summary = printed(capsys, FOLDER / "vindr_challenge.csv")
    assert summary["findings"] == {"Cardiomegaly": 2, "Pleural effusion": 1}
    assert summary["readers"] == ["R8", "R9", "R10"], "in natural order"
    assert summary["readings"] == 2


def test_many_problems_are_counted_and_the_first_are_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = "".join(f"x,Mass,8,R1,{n},1,0,3\n" for n in range(1, 201))
    (tmp_path / "f").write_text((FOLDER / "vindr_challenge.csv").read_text() + rows)
    assert main(["marks", str(tmp_path / "f")]) == 0
    captured = capsys.readouterr()
    assert captured.err == "200 entries of the file were left out; see “problems”.\n"
    summary = json.loads(captured.out)
    assert summary["problem_count"] == 200
    assert summary["problems"][-1] == "There are 150 problems more."
    assert len(summary["problems"]) == 51
    assert summary["marks"] == 3


def test_a_review_is_shown_and_leaves_as_a_file_of_marks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source, place = open_annotations(FOLDER / "vindr_challenge.csv"), tmp_path / "Prüfung ü.afreview"
    with open_review(place) as review:
        review.add_document(source, by="somebody")
    summary = printed(capsys, place, "--to", "vindr_cxr", "--output", tmp_path / "v")
    assert (summary["format"], summary["marks"], summary["readings"]) == ("afreview", 3, 2)
    written = open_annotations(tmp_path / "v")
    for kept, given in ((written.marks, source.marks), (written.readings, source.readings)):
        assert sorted(kept, key=str) == sorted(given, key=str)


def test_a_database_that_is_no_review_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("create table t (x)")
    assert main(["marks", str(tmp_path / "other.db")]) == 2
    assert "not a review" in capsys.readouterr().err


def test_conversion(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source = FOLDER / "vindr_challenge.csv"
    printed(capsys, source, "--to", "native", "--output", tmp_path / "n")
    printed(capsys, tmp_path / "n", "--to", "vindr_cxr", "--output", tmp_path / "v")
    assert open_annotations(tmp_path / "v") == open_annotations(source)
    assert (tmp_path / "v").read_text().splitlines()[0] == source.read_text().splitlines()[0]


def test_images_in_a_folder_give_sizes_and_a_report(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    key = open_annotations(FOLDER / "padchest_gr.json").marks[0].image
    films = tmp_path / "films"
    films.mkdir()
    for n, name in enumerate(open_annotations(FOLDER / "padchest_gr.json").images):
        Image.fromarray(synthetic_chest(200 + n, 100)).save(films / name)
    out = tmp_path / "o"
    summary = printed(capsys, FOLDER / "padchest_gr.json", "--images", films, "--to", "coco", "--output", out)
    assert (summary["matching"]["images"], summary["matching"]["found"]) == (2, 2)
    marks = [mark for mark in open_annotations(out).marks if mark.image == key]
    assert marks[0].shape.bounds == pytest.approx((10, 120, 30, 180))


def test_dicom_annotations_of_a_film(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    small_film().save_as(films / "one.dcm", enforce_file_format=True)
    (tmp_path / "f.csv").write_text("image_id,rad_id,class_name,x_min,y_min,x_max,y_max\none,R1,Mass,10,12,30,25\n")
    out = tmp_path / "o.dcm"
    printed(capsys, tmp_path / "f.csv", "--images", films, "--to", "dicom_seg", "--output", out)
    summary = printed(capsys, out)
    assert (summary["format"], summary["marks"], summary["findings"]) == ("dicom_seg", 1, {"Mass": 1})
    mask = open_annotations(out).marks[0].shape
    assert mask.bounds == (10, 12, 30, 25)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.csv"], "no such file"),
        (["{folder}"], "folder"),
        (["{folder}/nih_boxes.csv", "--to", "coco"], "--to and --output together"),
        (["{folder}/nih_boxes.csv", "--output", "x"], "--to and --output together"),
        (["{folder}/nih_boxes.csv", "--to", "yolo", "--output", "x"], "choose one of"),
        (["{folder}/siim_rle.csv", "--to", "nih_boxes", "--output", "x"], "3 masks"),
        (["{folder}/nih_boxes.csv", "--to", "dicom_sr", "--output", "x"], "belongs to DICOM images"),
        (["{folder}/nih_boxes.csv", "--images", "/nowhere"], "no such file or folder"),
    ],
)
def test_bad_input_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert main(["marks", *(argument.format(folder=FOLDER) for argument in arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err and captured.err.count("\n") == 1 and "Traceback" not in captured.err


def test_neither_torch_nor_pandas_is_loaded() -> None:
    program = (
        "import sys; from afloc_core.cli import main; code = main(['marks', sys.argv[1]]);"
        "sys.exit(code or 3 * bool({'torch', 'pandas', 'transformers', 'PySide6'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, FOLDER / "coco.json"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_boxes_of_the_nih_list_are_converted_to_the_pixels_of_a_smaller_film(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((512, 512), np.uint8)).save(tmp_path / "film.png")
    marks = (
        Mark("film.png", Box(300, 350, 100, 50), "mass"),
        Mark("film.png", Box(700, 800, 200, 100), "mass", extra=framed({}, (1024, 1024))),
    )
    both = Document("native", {"film.png": MarkedImage("film.png", "film.png")}, marks)
    save_annotations(both, tmp_path / "both.json", "native")
    for to in ("coco", "nih_boxes"):
        out = tmp_path / to
        images = ("--images", str(tmp_path), "--to", to, "--output", str(out))
        assert main(["marks", str(tmp_path / "both.json"), *images]) == 0
        back = open_annotations(out)
        carried = carry(back.marks, next(iter(back.images.values())), (512, 512))
        assert [mark.shape for mark in carried.marks] == [Box(300, 350, 100, 50), Box(350, 400, 100, 50)]


VOC = """<annotation><filename>a.png</filename><size><width>60</width><height>50</height><depth>1</depth></size>
<object><name>mass</name><bndbox><xmin>3</xmin><ymin>4</ymin><xmax>20</xmax><ymax>30</ymax></bndbox></object></annotation>
"""


def test_a_reader_called_after_the_file_keeps_the_name_in_formats_that_hold_names(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = tmp_path / "a_bob.xml"
    source.write_text(VOC)
    for to in ("native", "coco"):
        printed(capsys, source, "--to", to, "--output", tmp_path / f"export-{to}.json")
        assert printed(capsys, tmp_path / f"export-{to}.json")["readers"] == ["bob"]


def test_what_a_new_file_lacks_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source = tmp_path / "boxes.csv"
    rows = ["a.png,Mass,600,700,80,90,,,", "b.png,Mass,600,many,80,90,,,"]
    source.write_text("\n".join(["Image Index,Finding Label,Bbox [x,y,w,h],,,,,,", *rows]) + "\n")
    assert main(["marks", str(source), "--to", "vindr_cxr", "--output", str(tmp_path / "v.csv")]) == 0
    said = capsys.readouterr().err
    assert "1 entry of the file was left out; see “problems”." in said
    assert "pixels of 1024 x 1024 pictures" in said
    Image.new("L", (512, 512)).save(tmp_path / "a.png")
    arguments = ("--to", "vindr_cxr", "--output", str(tmp_path / "v.csv"), "--images", str(tmp_path))
    assert main(["marks", str(source), *arguments]) == 0
    assert "1024" not in capsys.readouterr().err
    assert "300.0" in (tmp_path / "v.csv").read_text()


def test_of_two_paths_the_one_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file, folder = FOLDER / next(iter(FILES)), tmp_path / "no-films"
    assert main(["marks", str(file), "--images", str(folder)]) == 2
    assert capsys.readouterr().err == f"There is no such file or folder: {folder}\n"
