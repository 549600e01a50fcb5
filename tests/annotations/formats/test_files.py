"""How files come: packed, from a spreadsheet, empty, too large, of no format, broken as a whole."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from afloc_core.annotations.formats import container, format_names, open_annotations, save_annotations
from afloc_core.errors import MarkError
from tests.annotations.formats.fixtures import FILES, FOLDER
from tests.films import synthetic_chest, write_dicom

if TYPE_CHECKING:
    from pathlib import Path

VINDR = (FOLDER / "vindr_challenge.csv").read_bytes()
NIH = (FOLDER / "nih_boxes.csv").read_bytes()


def opened(folder: Path, content: bytes) -> object:
    (folder / "file").write_bytes(content)
    return open_annotations(folder / "file")


def zipped(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        lambda content: zipped(("a/list.csv", content)),
        lambda content: zipped(("__MACOSX/._list.csv", b"x"), ("list.csv", content), (".DS_Store", b"y")),
        lambda content: tarred(("list.csv", content)),
        lambda content: gzip.compress(tarred(("list.csv", content))),
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.decode().encode("utf-16"),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: b"\n" + content.replace(b"\n", b"\n,,,,,,,\n"),
        lambda content: content.replace(b",", b"\t"),
        lambda content: content.replace(b",", b";"),
        lambda content: content.replace(b",", b";").replace(b".", b","),
        lambda content: b"\n".join(b'"' + line.replace(b",", b'" ,"') + b'"' for line in content.split(b"\n")[:-1]),
        lambda content: content.replace(b"image_id,class_name", b"Image_ID , Class_Name"),
    ],
)
def test_a_table_however_it_comes(tmp_path: Path, pack) -> None:  # noqa: ANN001
    plain = open_annotations(FOLDER / "vindr_challenge.csv")
    document = opened(tmp_path, pack(VINDR))
    assert (document.marks, document.readings, document.problems) == (plain.marks, plain.readings, ())


@pytest.mark.parametrize(
    "header",
    [b"Image Index;Finding Label;Bbox [x,y,w,h];;;", b'Image Index;Finding Label;"Bbox [x";y;w;h];;;'],
)
def test_the_odd_header_of_nih_separated_by_semicolons(tmp_path: Path, header: bytes) -> None:
    body = NIH.split(b"\n", 1)[1].replace(b",", b";").replace(b".0", b",0")
    document = opened(tmp_path, header + b"\n" + body)
    assert [mark.shape for mark in document.marks] == [
        mark.shape for mark in open_annotations(FOLDER / "nih_boxes.csv").marks
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
        (gzip.compress(b""), "is empty"),
        (b"hello", "neither a table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither a table"),
        (b"name,age\nA,3\n", "looked for were: .*NIH boxes .*VinDr-CXR .*SIIM"),
        (b'{"a": 1}', "looked for were: .*COCO .*LabelMe .*PadChest-GR .*CheXlocalize"),
        (b"[1, 2]", "looked for were: .*PadChest-GR"),
        (b"<html><body/></html>", "looked for were: .*Pascal VOC"),
        (b'{"images": [', "broken at line 1, column 13"),
        (b"<annotation><object></annotation>", "broken at line 1"),
        (b"[" * 200_000, "nested too deeply|broken"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><annotation><filename>&x;</filename></annotation>', "refused"),
        (b'<?xml version="1.0" encoding="utf-99"?><annotation/>', "encoding"),
        (gzip.compress(VINDR)[:-40], "archive is broken"),
        (zipped(("a.csv", VINDR))[:-30], "archive is broken"),
        (zipped(("a.csv", VINDR), ("b.csv", NIH)), "holds 2 files"),
        (tarred(("a.csv", VINDR), ("b.csv", NIH)), "holds 2 files"),
        (zipped(), "holds 0 files"),
        (b"\x00" * 128 + b"DICM\x02\x00", "DICOM file"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(MarkError, match=says) as caught:
        opened(tmp_path, content)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_film_is_no_annotation_file(tmp_path: Path) -> None:
    write_dicom(tmp_path / "film.dcm", synthetic_chest())
    with pytest.raises(MarkError, match=r"looked for were: .*DICOM SEG.*DICOM SR.*DICOM GSPS"):
        open_annotations(tmp_path / "film.dcm")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda content: zipped(("a", content))])
def test_large_files_are_refused_packed_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack) -> None:  # noqa: ANN001
    monkeypatch.setattr(container, "MAX_BYTES", 3000)
    with pytest.raises(MarkError, match="more than"):
        opened(tmp_path, pack(VINDR * 20))


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(MarkError, match="no such file"):
        open_annotations(tmp_path / "Patient Name.csv")
    with pytest.raises(MarkError, match="folder"):
        open_annotations(tmp_path)
    with pytest.raises(MarkError, match="cannot be used"):
        open_annotations("a\0b")


def test_saving_where_it_is_not_possible_leaves_nothing_behind(tmp_path: Path) -> None:
    document = open_annotations(FOLDER / "nih_boxes.csv")
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "folder", tmp_path / "missing" / "a.csv"):
        with pytest.raises(MarkError, match="could not be written"):
            save_annotations(document, place, "nih_boxes")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(MarkError, match=r"choose one of .*vindr_cxr"):
        save_annotations(document, tmp_path / "a", "yolo")


def test_every_format_has_a_fixture() -> None:
    tested = {expected.format for expected in FILES.values()} | {"native"}
    assert {name for name in format_names() if not name.startswith("dicom_")} == tested
