"""Which cases a folder, a table or a command line names."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from afloc_core.cohort.manifest import Manifest, read_manifest, stream_manifest
from afloc_core.errors import ManifestError


def table(tmp_path: Path, text: str, name: str = "cases.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def said(manifest: Manifest, finding: str) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in manifest.labels[finding]]


def test_a_folder_is_listed_with_all_folders_in_it_two_before_ten(tmp_path: Path) -> None:
    for name in ("b/10.png", "b/2.png", "a/c/1.dcm", "top.jpg", "notes.txt", ".hidden/9.png", "b/.9.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = read_manifest(tmp_path)
    assert [str(found.path(row).relative_to(tmp_path)) for row in range(len(found))] == [
        "top.jpg",
        "a/c/1.dcm",
        "b/2.png",
        "b/10.png",
    ]
    assert list(found.ids) == ["top", "1", "2", "10"]


def test_columns_of_ones_and_zeros_are_findings(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "Path,Case ID,Sex,Age,Effusion,Edema,Never said,split\n"
        "images/a.png,one,F,61,1,-1,,train\n"
        "/far/b.dcm,two,M,0,0.0,,,test\n"
        ",three,M,1,1,1,,test\n"
        "c.png,,M,1,,True,,\n",
    )
    found = read_manifest(path)
    assert list(found.paths) == [str(tmp_path / "images/a.png"), "/far/b.dcm", str(tmp_path / "c.png")]
    assert list(found.ids) == ["one", "two", "c"]
    assert list(found.splits) == ["train", "test", ""]
    assert found.findings == ("Effusion", "Edema")
    assert said(found, "Effusion") == [1.0, 0.0, None]
    assert said(found, "Edema") == [None, None, 1.0]
    assert found.present(0) == ("Effusion",)
    assert found.problems == ("Rows of the table that name no file were left out.",)
    assert list(found.of_split("TEST").ids) == ["two"]


def test_a_list_of_findings_says_that_the_others_are_absent(tmp_path: Path) -> None:
    rows = "".join(f"{i}.png,No Finding\n" for i in range(10_001))
    path = table(tmp_path, f"Image Index,Finding Labels\n{rows}x.png,Mass|Hernia\ny.png,\nz.png,Hernia\n")
    found = read_manifest(path)
    assert found.findings == ("Hernia", "Mass")
    assert said(found, "Mass")[0] == 0.0, "what is listed in a later part of the table is absent here"
    assert said(found, "Mass")[-3:] == [1.0, None, 0.0]
    assert found.present(10_001) == ("Hernia", "Mass")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_tables_of_spreadsheets_are_read(tmp_path: Path, encoding: str) -> None:
    path = table(tmp_path, '"path";"id"\r\n"bilder\\ä.png";"Fall; ä"\r\n', encoding=encoding)
    found = read_manifest(path)
    assert list(found.ids) == ["Fall; ä"]
    assert found.path(0) == tmp_path / "bilder" / "ä.png"


def test_relative_paths_begin_where_one_says(tmp_path: Path) -> None:
    found = read_manifest(table(tmp_path, "path,id\na.png,1\n"), root=tmp_path / "films")
    assert found.path(0) == tmp_path / "films" / "a.png"


def test_a_parquet_table_says_the_same_as_the_text(tmp_path: Path) -> None:
    columns = {"path": ["a.png", "b.png"], "id": [1, 2], "Mass": [1.0, None], "findings": [["Edema"], []]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "cases.parquet")
    found = read_manifest(tmp_path / "cases.parquet")
    assert list(found.ids) == ["1", "2"]
    assert said(found, "Mass") == [1.0, None]
    assert found.present(0) == ("Mass", "Edema")


def test_without_pyarrow_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ManifestError, match=r"afloc-review\[parquet\]"):
        read_manifest(table(tmp_path, "", "cases.parquet"))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("cases.csv", "", "is empty"),
        ("cases.csv", "\n\n", "is empty"),
        ("cases.csv", "age,sex\n1,F\n", "no column of paths"),
        ("cases.csv", "path,id\n", "no radiograph here"),
        ("cases.csv", 'path,id\na,"' + "x" * 200_000 + '"\n', "a line that cannot be read"),
        ("cases.parquet", "path,id\n", "no Parquet file"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    before = csv.field_size_limit(131_072)  # of the process, which reading annotations raises
    try:
        with pytest.raises(ManifestError, match=sentence) as refusal:
            read_manifest(table(tmp_path, text, name))
    finally:
        csv.field_size_limit(before)
    assert str(tmp_path) not in str(refusal.value)


def test_a_table_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="does not exist"):
        read_manifest(tmp_path / "none.csv")


def test_folders_tables_and_files_are_one_list_in_the_order_given(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "f.png").touch()
    path = table(tmp_path, "path,Mass\na.png,1\n")
    found = read_manifest([tmp_path / "z.png", path, tmp_path / "films", tmp_path / "films" / "f.png"])
    assert list(found.ids) == ["z", "a", "f", "f"]
    assert said(found, "Mass") == [None, 1.0, None, None]
    assert list(found.repeated()) == [3]


def test_names_that_are_no_text_are_left_out_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    odd = bytes(tmp_path) + b"/\xff.png"
    try:
        Path(odd.decode(errors="surrogateescape")).touch()
    except OSError:
        pytest.skip("this disc refuses such names")
    found = read_manifest(tmp_path)
    assert list(found.ids) == ["a"]
    assert found.problems == ("1 file was left out because a name is no valid text; rename the files.",)


def test_links_that_lead_in_a_circle_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").touch()
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    assert list(read_manifest(tmp_path).ids) == ["1"]


def test_a_long_table_comes_in_parts(tmp_path: Path) -> None:
    path = table(tmp_path, "path\n" + "".join(f"{i}.png\n" for i in range(25_000)))
    assert [len(part) for part in stream_manifest(path)] == [10_000, 10_000, 5_000]


def test_listing_loads_neither_torch_nor_qt_nor_pyarrow() -> None:
    code = (
        "import sys, afloc_core.cohort.manifest;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'PySide6', 'pyarrow', 'pydicom')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_table_with_a_row_for_each_finding_lists_a_film_once(tmp_path: Path) -> None:
    path = table(tmp_path, "image,finding,id\nb.png,Mass,b\na.png,,a\nb.png,Edema,b again\n")
    found = read_manifest(path).merged()
    assert list(found.ids) == ["b", "a"]
    assert found.present(0) == ("Edema", "Mass")
    assert said(found, "Mass") == [1.0, None]


def test_films_are_found_in_a_folder_beside_the_table(tmp_path: Path) -> None:
    path = table(tmp_path, "path\na.png\nb.png\n")
    for name in ("images", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "images" / "a.png").touch()
    assert [read_manifest(path).path(row).parent for row in (0, 1)] == [tmp_path / "images"] * 2
    (tmp_path / "a.png").touch()
    assert read_manifest(path).path(1).parent == tmp_path, "beside the table comes first"
