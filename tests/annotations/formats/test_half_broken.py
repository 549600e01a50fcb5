"""Files of which a part cannot be used: the rest is read, and each problem says where it is."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.errors import MarkError
from tests.annotations.formats.fixtures import FILES, FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.annotations.marks import Document


def opened(folder: Path, content: str | bytes | object) -> Document:
    if not isinstance(content, (str, bytes)):
        content = json.dumps(content)
    (folder / "file").write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_annotations(folder / "file")


def fixture(name: str) -> Any:  # noqa: ANN401
    text = (FOLDER / name).read_text("utf-8")
    return json.loads(text) if name.endswith(".json") else text


VINDR_ROWS = [
    ("x,Mass,8,R1,nan,1,2,3", "not a number"),
    ("x,Mass,8,R1,1,1,inf,3", "not a number"),
    ("x,Mass,8,R1,1,1,1e999,3", "not a number"),
    ("x,Mass,8,R1,one,1,2,3", "x_min is missing or not a number"),
    ("x,Mass,8,R1,5,1,2,3", "must be positive"),
    ("x,Mass,8,R1,1,1,1,3", "must be positive"),
    ("x,Mass,8,R1,,,,", "x_min is missing"),
    ("x,Mass", "x_min is missing"),
    (",Mass,8,R1,1,1,2,3", "image or the finding is missing"),
    ("x,,8,R1,1,1,2,3", "image or the finding is missing"),
    ("aa00example1,Cardiomegaly,3,R8,700.0,1380.0,1650.0,1840.0", "repeats row 3"),
    ("aa00example1,No finding,14,R10,,,,", "same reader marked something"),
    ("x,Mass,8,R1,1,1,2,3,4", "9 fields where the header has 8"),
]


@pytest.mark.parametrize(("row", "says"), VINDR_ROWS)
def test_a_bad_row_of_a_table(tmp_path: Path, row: str, says: str) -> None:
    document = opened(tmp_path, fixture("vindr_challenge.csv") + row + "\n")
    assert len(document.problems) == 1
    assert document.problems[0].startswith("Row 7: ") and says in document.problems[0]
    sound = open_annotations(FOLDER / "vindr_challenge.csv")
    assert (document.marks, document.readings) == (sound.marks, sound.readings)


@pytest.mark.parametrize(
    ("name", "row", "says"),
    [
        ("nih_boxes.csv", "a.png,Mass,1,1,-2,3", "must be positive"),
        ("nih_boxes.csv", "a.png,,1,1,2,3", "finding is missing"),
        ("rsna_challenge.csv", "a,1,1,2,2,0", "target must be"),
        ("rsna_challenge.csv", "a,,,,,1", "target must be"),
        ("rsna_challenge.csv", "a,1,1,2,2,2", "target must be"),
        ("rsna_challenge.csv", "0a0a-example-2,,,,,0", "same reader marked something"),
        ("rsna_medklip.csv", "b,p,1;2;3,1", "x;y;w;h"),
        ("rsna_medklip.csv", "b,p,1;2;nan;4,1", "not a number"),
        ("rsna_medklip.csv", "0a0a-example-2,p,1;2;3;4,1", "has a row already"),
        ("siim_rle.csv", "a,5 6 7", "not pairs"),
        ("siim_rle.csv", "a,", "not pairs"),
        ("siim_rle.csv", "a,5 x", "not whole numbers"),
        ("siim_rle.csv", "a,1048570 7", "past the end"),
        ("siim_rle.csv", "a,-5 7", "negative"),
        ("ms_cxr.csv", "a,p,Edema,phrase,1,2,0,4,10,10,test", "must be positive"),
    ],
)
def test_a_bad_row_of_other_tables(tmp_path: Path, name: str, row: str, says: str) -> None:
    document = opened(tmp_path, fixture(name) + row + "\n")
    assert len(document.problems) == 1
    assert document.problems[0].startswith("Row ") and says in document.problems[0]
    assert document.marks == open_annotations(FOLDER / name).marks


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        ({"image_id": 99}, "annotations[0]", "no image"),
        ({"category_id": 99}, "annotations[0]", "no category"),
        ({"bbox": [1, 2, -3, 4]}, "annotations[0]", "must be positive"),
        ({"bbox": [1, 2, float("inf"), 4]}, "annotations[0]", "not a number"),
        ({"bbox": [1, 2, 3]}, "annotations[0]", "4 numbers"),
        ({"bbox": None}, "annotations[0]", "neither segmentation, bbox nor keypoints"),
        ({"segmentation": [[1, 2, 3, 4]]}, "annotations[0]", "three pairs"),
        ({"segmentation": {"size": [4, 4], "counts": "5"}}, "annotations[0]", "cover"),
        ({"id": 4}, "annotations[1]", "annotation before"),
    ],
)
def test_a_bad_annotation(tmp_path: Path, change: dict, place: str, says: str) -> None:
    content = fixture("ms_cxr.json")
    content["annotations"][0].update(change)
    document = opened(tmp_path, content)
    assert len(document.problems) == 1
    assert document.problems[0].startswith(f"{place}: ") and says in document.problems[0]
    assert document.marks[-1].shape == open_annotations(FOLDER / "ms_cxr.json").marks[-1].shape


def test_bad_parts_of_other_json_files(tmp_path: Path) -> None:
    content = fixture("chexlocalize_annotations.json")
    content["patient90001_study1_view1_frontal"]["Edema"][0] = [[1, 2], [3, 4]]
    content["other"] = 7
    document = opened(tmp_path, content)
    assert len(document.marks) == 2 and len(document.problems) == 2
    assert "Image 1: " in document.problems[0] and "patient90001" not in "".join(document.problems)

    content = fixture("padchest_gr.json")
    content[0]["findings"][0]["boxes"][1] = [10, 20, 300, 400]
    content.append({"StudyID": "1"})
    document = opened(tmp_path, content)
    assert document.problems == (
        "Study 1, finding 1, boxes[1]: the box is not given as fractions of the image.",
        "Study 3: it has no ImageID.",
    )
    assert len(document.marks) == 2

    content = fixture("labelme.json")
    content["shapes"][0]["points"] = [[1, 2]]
    content["shapes"][1]["shape_type"] = "spline"
    content["shapes"][5]["mask"] = "AAAA"
    document = opened(tmp_path, content)
    assert [problem.split(":")[0] for problem in document.problems] == ["shapes[0]", "shapes[1]", "shapes[5]"]
    assert len(document.marks) == 3


def test_bad_objects_of_voc(tmp_path: Path) -> None:
    text = fixture("pascal_voc.xml").replace("<xmax>520</xmax>", "<xmax>20</xmax>")
    document = opened(tmp_path, text)
    assert document.problems == ("Object 2: the box is empty: its width and height must be positive.",)
    assert len(document.marks) == 1


def test_every_problem_is_kept(tmp_path: Path) -> None:
    rows = "".join(f"x,Mass,8,R1,{n},1,0,3\n" for n in range(1, 1001))
    document = opened(tmp_path, fixture("vindr_challenge.csv") + rows)
    assert len(document.problems) == 1000 and len(document.marks) == 3


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_never_do_more_than_say_so(tmp_path: Path, name: str) -> None:
    """A file damaged at random is read, with problems, or refused in a sentence; what was read can be kept."""
    chance = random.Random(name)
    sound = (FOLDER / name).read_bytes()
    junk = (b"-1", b"nan", b",", b'"', b"1e999", b"\n", b"\x00", b"[]", b"{}", b"<a>", b"\xff", b"null")
    read = 0
    for _ in range(60):
        content = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(content))
            content[place : place + chance.randint(0, 12)] = chance.choice(junk)
        try:
            document = opened(tmp_path, bytes(content))
        except MarkError:
            continue
        read += 1
        save_annotations(document, tmp_path / "kept", "native")
        assert open_annotations(tmp_path / "kept").marks == document.marks
    assert read or name.endswith((".json", ".xml"))
