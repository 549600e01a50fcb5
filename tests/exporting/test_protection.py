"""Nothing of the patient is in what is exported, unless somebody asked for it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset

from afloc_core.annotations.marks import Mark, MarkedImage
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import ReviewImage, open_review
from afloc_core.cli import main
from afloc_core.exporting.deidentification import BurnedIn, read_header, warning_of
from tests.exporting.patient import UIDS, VALUES, patient_film, secrets
from tests.exporting.pictures import traces

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = ("png", "jpeg", "tiff", "pdf", "svg")
OBJECTS = ("dicom-picture", "dicom-map", "dicom-regions", "dicom-marks", "dicom-report")


def export(film: Path, output: Path, *more: str, kind: str) -> int:
    return main(["export", str(film), "--phrase", "mass", "--format", kind, "--output", str(output), *more])


@pytest.mark.parametrize("kind", [*PICTURES, *OBJECTS])
def test_no_trace_of_the_patient_is_in_an_exported_file(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    film, output = patient_film(tmp_path), tmp_path / "out.bin"
    assert export(film, output, kind=kind) == 0
    content = output.read_bytes()
    assert traces(content, secrets()) == []
    if kind in PICTURES:
        assert traces(content, tuple(UIDS.values())) == []
    said = capsys.readouterr()
    assert traces((said.out + said.err).encode(), secrets()) == []


@pytest.mark.parametrize("kind", ["png", "pdf", "dicom-picture", "dicom-report"])
def test_the_search_finds_the_patient_where_somebody_asked_for_it(tmp_path: Path, kind: str) -> None:
    film, output = patient_film(tmp_path), tmp_path / "out.bin"
    assert export(film, output, "--include-patient-data", kind=kind) == 0
    assert {"Zweigelt", "PID-7741902"} <= set(traces(output.read_bytes(), secrets()))


def test_asking_once_is_forgotten(tmp_path: Path) -> None:
    film = patient_film(tmp_path)
    assert export(film, tmp_path / "a.png", "--include-patient-data", kind="png") == 0
    assert export(film, tmp_path / "b.png", kind="png") == 0
    assert traces((tmp_path / "b.png").read_bytes(), secrets()) == []


@pytest.mark.parametrize("phrase", ["mass of Quirina", "zweigelt mass", "mass 19510317", "PID-7741902"])
def test_a_phrase_that_names_the_patient_is_refused(
    tmp_path: Path, phrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    film, output = patient_film(tmp_path), tmp_path / "out.png"
    assert main(["export", str(film), "--phrase", phrase, "--output", str(output)]) == 2
    said = capsys.readouterr().err
    assert "patient's name or number" in said and said.count("\n") == 1
    assert traces(said.encode(), secrets()) == [] and not output.exists()


def test_readers_are_numbered_unless_their_names_are_asked_for(tmp_path: Path) -> None:
    film = patient_film(tmp_path)
    marks = tmp_path / "marks.csv"
    marks.write_text(
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
        "quirina_odalys_20240229,Mass,1,Dr. Holunder,50,60,150,160\n"
    )
    for more, there in (((), False), (("--reader-names",), True)):
        output = tmp_path / f"{there}.png"
        assert export(film, output, "--annotations", str(marks), *more, kind="png") == 0
        content = output.read_bytes()
        assert bool(traces(content, ("Holunder",))) is there
        assert traces(content, secrets()) == []
        assert len(Image.open(io.BytesIO(content)).text["AFLoc provenance"]) > 100  # type: ignore[attr-defined]


@pytest.mark.parametrize(("said", "what"), [("YES", BurnedIn.YES), ("NO", BurnedIn.NO), (None, BurnedIn.SILENT)])
def test_words_in_the_film_are_warned_of_as_the_file_says(
    tmp_path: Path, said: str | None, what: BurnedIn, capsys: pytest.CaptureFixture[str]
) -> None:
    film = patient_film(tmp_path, BurnedInAnnotation=said)
    header = read_header(film)
    assert header.burned_in is what
    assert export(film, tmp_path / "out.png", kind="png") == 0
    warning = warning_of(header)
    assert capsys.readouterr().err == (f"{warning}\n" if warning else "")
    assert bool(warning) is (what is not BurnedIn.NO)


def test_objects_say_that_the_patient_was_left_out_and_refer_to_the_film(tmp_path: Path) -> None:
    film = patient_film(tmp_path)
    for kind in OBJECTS:
        output = tmp_path / f"{kind}.dcm"
        assert export(film, output, kind=kind) == 0
        dataset = dcmread(output)
        assert dataset.PatientIdentityRemoved == "YES" and not dataset.PatientID and not str(dataset.PatientName)
        assert dataset.StudyInstanceUID == UIDS["StudyInstanceUID"]
        assert UIDS["SOPInstanceUID"] in str(dataset)
        assert export(film, output, "--include-patient-data", "--overwrite", kind=kind) == 0
        assert dcmread(output).PatientID == VALUES["PatientID"]


def test_words_beside_a_modality_table_are_left_out(tmp_path: Path) -> None:
    """A presentation state repeats how the film's values are transformed; free text in there is nobody's business."""
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [4096, 0, 16])
    table.add_new("LUTData", "OW", np.arange(4096, dtype="<u2").tobytes())
    table.LUTExplanation, table.ModalityLUTType = "table of Zweigelt", "ODALYS"
    table.private_block(0x0029, "QUIRINA", create=True).add_new(1, "LO", "PID-7741902")
    given = {
        "table": {"ModalityLUTSequence": [table]},
        "scale": {"RescaleSlope": 2, "RescaleIntercept": 0, "RescaleType": "ZWEIGELT"},
    }
    for name, changes in given.items():
        film, output = patient_film(tmp_path, **changes), tmp_path / f"{name}.dcm"
        assert export(film, output, kind="dicom-marks") == 0
        assert traces(output.read_bytes().lower(), ("zweigelt", "odalys", "quirina", "pid-7741902")) == []
    kept = dcmread(tmp_path / "table.dcm").ModalityLUTSequence[0]
    assert (kept.LUTData, kept.ModalityLUTType) == (table.LUTData, "US")
    assert dcmread(tmp_path / "scale.dcm").RescaleSlope == 2


def test_no_trace_of_the_patient_is_in_the_files_of_a_review_or_in_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = patient_film(tmp_path)
    with open_review(tmp_path / "case.afreview") as review:
        image = MarkedImage(film.stem, path=str(film), uid=UIDS["SOPInstanceUID"], size=(480, 400))
        review.add_images([ReviewImage(image, film)], "Dr. Holunder")
        mark = Mark(film.stem, Box(20, 30, 50, 60), "mass", "Dr. Holunder", comment="Zweigelt was here")
        review.add(mark, "Dr. Holunder")
    out = tmp_path / "out"
    assert main(["export", str(tmp_path / "case.afreview"), "--format", "png", "--output", str(out)]) == 0
    (written,) = out.iterdir()
    assert written.name == "film-0001.png"
    private = (*secrets(), *UIDS.values(), "Holunder")
    assert traces(written.read_bytes(), private) == []
    said = capsys.readouterr()
    assert traces((said.out + said.err).encode(), private) == []


def test_no_trace_of_the_patient_is_in_what_locate_writes(tmp_path: Path) -> None:
    film = patient_film(tmp_path)
    assert main(["locate", str(film), "--phrase", "mass", "--output", str(tmp_path / "out")]) == 0
    for path in (tmp_path / "out").iterdir():
        assert traces(path.read_bytes(), (*secrets(), *UIDS.values())) == []


@pytest.mark.parametrize("finding", ["Mass_Zweigelt", "mass of 山田", "山田太郎の影"])
def test_a_finding_that_names_the_patient_is_refused(tmp_path: Path, finding: str) -> None:
    """Findings are joined by underscores in many files, and some scripts write no spaces."""
    name = "Zweigelt^Quirina=山田^太郎"
    film = patient_film(tmp_path, PatientName=name, SpecificCharacterSet="ISO_IR 192")
    marks = tmp_path / "marks.csv"
    marks.write_text(f"image,finding,x,y,w,h,reader\n{film.name},{finding},50,60,90,90,A\n", encoding="utf-8")
    output = tmp_path / "out.png"
    assert main(["export", str(film), "--annotations", str(marks), "--output", str(output)]) == 2
    assert not output.exists()


def test_a_film_without_preamble_is_protected_as_well(tmp_path: Path) -> None:
    film = patient_film(tmp_path)
    film.write_bytes(film.read_bytes()[132:])
    output = tmp_path / "out.png"
    assert main(["export", str(film), "--phrase", "mass of quirina", "--output", str(output)]) == 2
    assert not output.exists()
    assert read_header(film) == read_header(patient_film(tmp_path))


@pytest.mark.parametrize(
    ("said", "more", "kept"),
    [("YES", (), "YES"), ("YES", ("--black-out", "0", "0", "90", "40"), None), ("NO", (), None), (None, (), None)],
)
def test_an_object_says_that_words_are_burned_in_where_the_film_says_so(
    tmp_path: Path, said: str | None, more: tuple[str, ...], kept: str | None
) -> None:
    film, output = patient_film(tmp_path, BurnedInAnnotation=said), tmp_path / "out.dcm"
    assert export(film, output, *more, kind="dicom-picture") == 0
    assert dcmread(output).get("BurnedInAnnotation") == kept
