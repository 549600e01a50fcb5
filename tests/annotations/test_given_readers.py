"""Files that name no reader: each is a reader of its own, called after the file and never after a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.given_readers import with_given
from afloc_core.annotations.marks import UNNAMED_READER, Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError
from tests.annotations.formats.fixtures import FILES, FOLDER

if TYPE_CHECKING:
    from pathlib import Path


def unnamed(*films: str, format: str = "labelme") -> Document:
    """Return a document of one mark on each film by a reader without a name."""
    images = {film: MarkedImage(film, f"films/{film}") for film in films}
    return Document(format, images, tuple(Mark(film, Box(1, 2, 3, 4)) for film in films))


@pytest.mark.parametrize(
    ("file", "films", "name"),
    [
        ("BBox_List_2017.csv.gz", ("a.png", "b.png"), "BBox_List_2017"),
        ("anna.json", ("film7.png", "film8.png"), "anna"),
        ("film7_anna.json", ("film7.png",), "anna"),
        ("Anna - FILM7.json", ("film7.png",), "Anna"),
        ("anna/film7.json", ("film7.png",), "anna"),
        ("anna/Annotations/film7.xml", ("film7.png",), "anna"),
        ("anna/20240117.json", ("film7.png",), "anna"),
        ("2024/0117.json", ("film7.png",), UNNAMED_READER),
        ("study film7b.json", ("film7.png",), "study film7b"),
        ("a\nb" + 50 * "x" + ".json", ("film7.png",), "a b" + 36 * "x" + "…"),
    ],
)
def test_the_name_is_that_of_the_file_or_its_folder(
    tmp_path: Path, file: str, films: tuple[str, ...], name: str
) -> None:
    named = with_given(unnamed(*films), tmp_path / file)
    assert (named.readers, named.given_reader) == ((name,), name)


def test_a_folder_of_films_does_not_name_a_reader(tmp_path: Path) -> None:
    folder = tmp_path / "Doe^Jane"
    folder.mkdir()
    (folder / "film7.png").touch()
    assert with_given(unnamed("film7.png"), folder / "film7.json").readers == (UNNAMED_READER,)
    assert with_given(unnamed("film7.png"), folder / "film7_anna.json").readers == ("anna",)


@pytest.mark.parametrize(
    ("film", "marks"),
    [
        ("film7", "film7.json"),
        ("FILM7.DCM", "film7.json"),
        ("film7.dcm", "annotations/film7.json"),
        ("images/film7.dcm", "annotations/film7.json"),
        ("another.png", "2024.json"),
        ("1.2.840.7", "2024.json"),
    ],
)
def test_nor_does_one_whose_films_have_no_or_another_ending_or_lie_beside(
    tmp_path: Path, film: str, marks: str
) -> None:
    folder = tmp_path / "Doe^Jane"
    for file in (folder / film, folder / marks):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    if film.startswith("1.2"):
        (folder / film).write_bytes(bytes(128) + b"DICM")
    assert with_given(unnamed("film7.png"), folder / marks).readers == (UNNAMED_READER,)


def test_other_files_in_a_readers_folder_are_no_films(tmp_path: Path) -> None:
    folder = tmp_path / "anna"
    folder.mkdir()
    for name in ("film7.json", "film8.json", "notes", ".film7", "read me.txt"):
        (folder / name).touch()
    assert with_given(unnamed("film7.png"), folder / "film7.json").readers == ("anna",)


def test_a_dicom_file_is_never_called_after_its_place(tmp_path: Path) -> None:
    document = unnamed("1.2.3", format="dicom_seg")
    assert with_given(document, tmp_path / "Doe^Jane" / "DOE_JANE.dcm").readers == (UNNAMED_READER,)


def test_readers_who_are_named_keep_their_names_and_the_other_gets_a_distinct_one(tmp_path: Path) -> None:
    marks = (Mark("f", Box(1, 2, 3, 4), reader="anna"), Mark("f", Box(5, 6, 7, 8)))
    document = Document("native", {"f": MarkedImage("f")}, marks, (Reading("f", finding="mass"),))
    named = with_given(document, tmp_path / "anna.json")
    assert [mark.reader for mark in named.marks] == ["anna", "anna 2"]
    assert named.readings[0].reader == named.given_reader == "anna 2"
    only = Document("native", {"f": MarkedImage("f")}, marks[:1])
    assert with_given(only, tmp_path / "other.json") is only


@pytest.mark.parametrize("name", [name for name, holds in FILES.items() if UNNAMED_READER in holds.readers])
def test_a_name_that_was_given_does_not_keep_marks_out_of_a_format_without_names(tmp_path: Path, name: str) -> None:
    source = open_annotations(FOLDER / name)
    out = tmp_path / "out"
    save_annotations(with_given(source, FOLDER / name), out, source.format)
    back = open_annotations(out)
    assert [mark.shape for mark in back.marks] == [mark.shape for mark in source.marks]
    assert len(back.readings) == len(source.readings)


def test_a_name_that_a_file_gave_still_does(tmp_path: Path) -> None:
    marks = (Mark("f", Box(1, 2, 3, 4), "mass", reader="anna"),)
    with pytest.raises(MarkError, match="1 reader's name"):
        save_annotations(Document("native", {"f": MarkedImage("f")}, marks), tmp_path / "x", "nih_boxes")
