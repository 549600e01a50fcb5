"""DICOM objects hold what they should, refer to the film, keep to the standard, and are read back."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from highdicom.seg import segread
from pydicom import dcmread
from pydicom.dataset import Dataset

from afloc_core.annotations.formats import open_annotations
from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.exporting.dicom import encode_again, encode_object, same_pixels
from afloc_core.exporting.dicom.found import regions_of
from afloc_core.exporting.encoding import picture_pixels
from afloc_core.exporting.heat_colours import shares_of
from afloc_core.exporting.inspecting import provenance_of
from afloc_core.exporting.picture import Picture, ReaderMarks
from afloc_core.exporting.provenance import picture_of
from afloc_core.exporting.writing import ExportError
from afloc_core.imaging.open import open_radiograph
from tests.exporting.patient import UIDS, patient_film
from tests.exporting.pictures import picture

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("dicom-picture", "dicom-map", "dicom-regions", "dicom-marks", "dicom-report")
SHAPES = (Box(20, 30, 40, 50), Polygon(((100, 100), (150, 110), (120, 160))), Points(((200, 40),)))


def case(folder: Path, **tags: Any) -> tuple[Path, Picture]:  # noqa: ANN401
    """Return a DICOM film and a picture of it, with marks."""
    film = patient_film(folder, **tags)
    marks = tuple(Mark("a", shape, finding="mass", reader="Dr. Ada", comment="private") for shape in SHAPES)
    return film, picture(open_radiograph(film), readers=(ReaderMarks("Reader 1", "#56b4e9", marks),))


def made(film: Path, shown: Picture, kind: str, *, patient: bool = False) -> Dataset:
    """Return an object as it comes back from a file."""
    return dcmread(io.BytesIO(encode_object(shown, kind, film, patient=patient)))


def requirements(dataset: Dataset) -> list[str]:
    """Return what mandatory modules want at the top level and an object lacks, by highdicom's tables of PS3.3."""
    tables = [json.loads((files("highdicom") / "_standard" / f"{name}.json").read_text()) for name in _TABLES]
    iod = tables[0][dataset.SOPClassUID]
    needed = [row["key"] for row in tables[1][iod] if row["usage"] == "M"]
    lacking = []
    for module in needed:
        for row in tables[2][module]:
            if row["path"] or row["type"] not in ("1", "2") or module == _BY_VALUE_TYPE:
                continue
            element = dataset.get(row["keyword"])
            if row["keyword"] not in dataset or (row["type"] == "1" and element in (None, "", [])):
                lacking.append(f"{module}: {row['keyword']}")
    return lacking


_BY_VALUE_TYPE = "sr-document-content"
"""What this module asks for depends on the kind of each content item; dciodvfy looks at that."""
_TABLES = ("sop_class_iod_map", "iod_module_map", "module_attribute_map")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
@pytest.mark.parametrize("spacing", [[0.5, 0.5], None])
def test_the_mandatory_modules_are_complete(
    tmp_path: Path, kind: str, photometric: str, spacing: list[float] | None
) -> None:
    film, shown = case(tmp_path, PhotometricInterpretation=photometric, PixelSpacing=spacing)
    dataset = made(film, shown, kind)
    assert requirements(dataset) == []
    del dataset.SOPInstanceUID
    assert requirements(dataset) == ["sop-common: SOPInstanceUID"], "the check itself must find what is missing"


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (Debian: dicom3tools) is not installed")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("patient", [False, True])
def test_dciodvfy_finds_no_error(tmp_path: Path, kind: str, patient: bool) -> None:
    for number, spacing in enumerate(([0.5, 0.5], None)):
        film, shown = case(tmp_path, PixelSpacing=spacing, ImageComments=None)
        place = tmp_path / f"{number}.dcm"
        place.write_bytes(encode_object(shown, kind, film, patient=patient))
        ended = subprocess.run(["dciodvfy", "-new", str(place)], capture_output=True, text=True, check=False)
        said = (ended.stdout + ended.stderr).splitlines()
        assert [line for line in said if line.startswith("Error")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_refers_to_the_film_and_says_how_it_was_made(tmp_path: Path, kind: str) -> None:
    film, shown = case(tmp_path)
    dataset = made(film, shown, kind)
    assert dataset.StudyInstanceUID == UIDS["StudyInstanceUID"]
    references = [e.value for e in dataset.iterall() if e.keyword == "ReferencedSOPInstanceUID"]
    assert references and set(references) == {UIDS["SOPInstanceUID"]}
    assert dataset.SOPInstanceUID not in UIDS.values() and dataset.SeriesInstanceUID not in UIDS.values()
    entries = provenance_of(encode_object(shown, kind, film))
    assert entries["maps"][0]["phrase"] == "left pleural effusion"
    assert entries["image"]["digest"] == shown.radiograph.digest


def test_the_secondary_capture_is_the_picture_and_is_made_again(tmp_path: Path) -> None:
    film, shown = case(tmp_path)
    content = encode_object(shown, "dicom-picture", film)
    dataset = dcmread(io.BytesIO(content))
    assert np.array_equal(dataset.pixel_array, picture_pixels(shown))
    again = picture_of(provenance_of(content), open_radiograph(film))
    assert same_pixels(content, encode_again(content, again))
    assert not same_pixels(content, encode_again(content, replace(again, opacity=0.2)))
    with pytest.raises(ExportError, match="dicom-picture"):
        encode_again(encode_object(shown, "dicom-report", film), again)


def test_the_map_is_the_share_of_the_scale_at_every_pixel_of_the_film(tmp_path: Path) -> None:
    film, shown = case(tmp_path)
    dataset = made(film, shown, "dicom-map")
    frames = dataset.pixel_array
    assert dataset.SegmentationType == "FRACTIONAL" and frames.shape == (2, 480, 400)
    for frame, one in zip(frames, shown.maps, strict=True):
        shares = shares_of(one.heatmap.in_image(480), *one.ends)
        assert np.abs(frame / dataset.MaximumFractionalValue - shares).max() <= 0.5 / 255 + 1e-6
    assert [item.SegmentLabel for item in dataset.SegmentSequence] == ["left pleural effusion", "mass"]
    assert "not a probability" in dataset.SegmentSequence[0].SegmentDescription


def test_regions_and_marks_come_back_through_our_own_reader(tmp_path: Path) -> None:
    film, shown = case(tmp_path)
    read = {}
    for kind in KINDS[1:]:
        (tmp_path / kind).write_bytes(encode_object(shown, kind, film))
        read[kind] = open_annotations(tmp_path / kind)
        assert read[kind].problems == ()
    regions = [region for one in shown.maps for region in regions_of(one)]
    masks = [mark.shape.to_mask((480, 400)) for mark in read["dicom-regions"].marks]
    assert len(masks) == len(regions) > 1
    assert all(np.array_equal(mask, region.mask) for mask, region in zip(masks, regions, strict=True))
    values = shown.maps[0].heatmap.in_image(480)
    assert np.array_equal(masks[0], values >= shown.maps[0].threshold_value)
    for kind in ("dicom-marks", "dicom-report"):
        mine = [mark.shape for mark in read[kind].marks if mark.reader == "Reader 1"]
        assert mine == list(SHAPES), kind
        assert {mark.finding for mark in read[kind].marks} == {"mass", "left pleural effusion"}
        assert not any(mark.comment for mark in read[kind].marks), "comments are not taken along"
    assert [type(mark.shape) for mark in read["dicom-map"].marks] == [Mask, Mask]
    assert segread(tmp_path / "dicom-regions").number_of_segments == len(regions)
    assert segread(tmp_path / "dicom-map").number_of_segments == 2


def test_areas_and_similarities_are_in_the_report(tmp_path: Path) -> None:
    film, shown = case(tmp_path)
    (tmp_path / "sr.dcm").write_bytes(encode_object(shown, "dicom-report", film))
    marks = open_annotations(tmp_path / "sr.dcm").marks
    box = next(mark for mark in marks if isinstance(mark.shape, Box))
    (area,) = box.extra["measurements"]
    assert area["value"] == pytest.approx(40 * 50 * 0.25) and area["unit"][0] == "mm2"
    model = next(mark for mark in marks if mark.reader == "AFLoc-fake")
    values = {entry["name"][2]: entry["value"] for entry in model.extra["measurements"]}
    region = regions_of(shown.maps[0])[0]
    assert values["Area"] == pytest.approx(region.mask.sum() * 0.25)
    assert values["Greatest similarity"] == pytest.approx(region.greatest, abs=1e-5)


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
@pytest.mark.parametrize("negative", [False, True])
def test_the_presentation_state_shows_the_window_and_polarity(tmp_path: Path, photometric: str, negative: bool) -> None:
    film, shown = case(tmp_path, PhotometricInterpretation=photometric, RescaleSlope="2", RescaleIntercept="-100")
    window = shown.radiograph.windows[0].moved("", 1500, 700)
    dataset = made(film, replace(shown, window=window, inverted=negative), "dicom-marks")
    (voi,) = dataset.SoftcopyVOILUTSequence
    assert voi.VOILUTFunction == "LINEAR_EXACT"
    low, high = voi.WindowCenter - voi.WindowWidth / 2, voi.WindowCenter + voi.WindowWidth / 2
    assert (low, high) == pytest.approx((window.low, window.high))
    turned = (photometric == "MONOCHROME1") != negative
    assert dataset.PresentationLUTShape == ("INVERSE" if turned else "IDENTITY")
    assert (dataset.RescaleSlope, dataset.RescaleIntercept) == (2, -100)


def test_marks_that_reach_beyond_the_film_are_cut_at_its_edge_in_a_presentation_state(tmp_path: Path) -> None:
    film, shown = case(tmp_path)
    shapes = (
        Box(-20, 450, 60, 50),
        Polygon(((380, 10), (450, 20), (390, 60))),
        Points(((5, 5), (500, 500))),
        Box(500, 500, 10, 10),
    )
    readers = (ReaderMarks("A", "#56b4e9", tuple(Mark("a", shape, finding="mass") for shape in shapes)),)
    (tmp_path / "gsps.dcm").write_bytes(encode_object(replace(shown, maps=(), readers=readers), "dicom-marks", film))
    read = [mark.shape for mark in open_annotations(tmp_path / "gsps.dcm").marks]
    assert read == [Box(0, 450, 40, 30), Polygon(((380, 10), (400, 20), (390, 60))), Points(((5, 5),))]


def test_a_map_below_its_threshold_is_said_to_have_no_region(tmp_path: Path) -> None:
    film, shown = case(tmp_path)
    cold = replace(shown, maps=(replace(shown.maps[0], threshold=1.0),), readers=())
    for kind in ("dicom-regions", "dicom-report"):
        (tmp_path / "cold.dcm").write_bytes(encode_object(cold, kind, film))
        document = open_annotations(tmp_path / "cold.dcm")
        assert document.marks == () and len(document.readings) == 1
        assert document.readings[0].finding == "left pleural effusion"


def test_a_film_that_is_not_dicom_and_a_case_without_a_map_are_refused(tmp_path: Path) -> None:
    film, shown = case(tmp_path)
    other = tmp_path / "film.png"
    other.write_bytes(b"no film")
    for kind in KINDS:
        with pytest.raises(ExportError, match="DICOM film"):
            encode_object(shown, kind, other)
    for kind in ("dicom-map", "dicom-regions"):
        with pytest.raises(ExportError, match="give"):
            encode_object(replace(shown, maps=()), kind, film)
