"""Studies, series and views of DICOM files."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from afloc_core.cohort.dicom_listing import by_study, list_dicomdir, read_headers, view_name, with_headers
from afloc_core.cohort.manifest import read_manifest
from afloc_core.errors import ManifestError

DISC = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"


def write(path: Path, study: str, series: str, view: str = "", meaning: str = "") -> Path:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    data.StudyInstanceUID, data.SeriesInstanceUID = study, series
    data.PatientName = "Doe^Jane"
    if view:
        data.ViewPosition = view
    if meaning:
        code = Dataset()
        code.CodeMeaning = meaning
        data.ViewCodeSequence = [code]
    pydicom.dcmwrite(path, data, enforce_file_format=True)
    return path


def test_films_of_a_study_stand_together_and_views_are_named(tmp_path: Path) -> None:
    write(tmp_path / "1.dcm", "1.2.1", "1.2.1.1", "PA")
    write(tmp_path / "2.dcm", "1.2.2", "1.2.2.1", "AP")
    (tmp_path / "3.png").touch()
    write(tmp_path / "4.dcm", "1.2.1", "1.2.1.2", "LL")
    write(tmp_path / "5.dcm", "1.2.2", "1.2.2.1", meaning="postero-anterior")
    listed = read_manifest(tmp_path)
    listed = with_headers(listed, read_headers(map(str, listed.paths)), np.arange(len(listed)))
    listed = listed.take(by_study(listed))
    assert list(listed.ids) == ["1", "4", "2", "5", "3"]
    assert list(listed.views) == ["PA", "LAT", "AP", "PA", ""]
    assert listed.studies[0] == listed.studies[1] != listed.studies[2]


def test_what_a_table_says_of_a_view_stays(tmp_path: Path) -> None:
    write(tmp_path / "1.dcm", "1.2.1", "1.2.1.1", "PA")
    table = tmp_path / "cases.csv"
    table.write_text("path,view\n1.dcm,AP\n", encoding="utf-8")
    listed = read_manifest(table)
    assert with_headers(listed, read_headers(map(str, listed.paths)), np.arange(1)).views[0] == "AP"


def test_a_dicomdir_lists_the_radiographs_of_its_disc() -> None:
    listed = list_dicomdir(DISC / "DICOMDIR")
    assert list(listed.ids) == ["6154", "6247", "6278"], "of 31 images three are radiographs, the others CT and MR"
    assert list(listed.views) == ["LAT", "AP", "AP"]
    assert len(set(listed.studies)) == 1
    assert len(set(listed.series)) == 3
    assert all(Path(path).is_file() for path in listed.paths)
    assert list(read_manifest(DISC / "DICOMDIR").ids) == list(listed.ids)


@pytest.mark.parametrize("name", ["DICOMDIR-empty.dcm", "77654033/CR1/6154", "nothing"])
def test_a_broken_dicomdir_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(ManifestError, match="open the folder it is in instead") as refusal:
        list_dicomdir(DISC / name)
    assert str(DISC) not in str(refusal.value)


def test_the_index_itself_is_no_case_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    write(tmp_path / "IM0001", "1.2.1", "1.2.1.1")
    assert list(read_manifest(tmp_path).ids) == ["IM0001"]


def test_damaged_headers_say_nothing_and_nothing_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = write(tmp_path / "a.dcm", "1.2.1", "1.2.1.1", "PA").read_bytes()
    (tmp_path / "short.dcm").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.dcm").write_text("no DICOM at all", encoding="utf-8")
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_headers([str(tmp_path / "short.dcm"), str(tmp_path / "text.dcm"), str(tmp_path / "none.dcm")])
    assert [header.view for header in found] == ["", "", ""]
    assert not caplog.records


@pytest.mark.parametrize(
    ("said", "named"),
    [("pa", "PA"), ("AP", "AP"), ("LL", "LAT"), ("Left Lateral", "LAT"), ("AP SUPINE", "AP"), ("RAO", "RAO"), ("", "")],
)
def test_views_are_named_in_one_way(said: str, named: str) -> None:
    assert view_name(said) == named
