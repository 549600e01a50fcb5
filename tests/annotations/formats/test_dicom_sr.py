"""Structured reports after TID 1500, ours and those of others."""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING, Any

import highdicom as hd
import numpy as np
import pytest
from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from afloc_core.annotations.formats import dicom_sr
from afloc_core.annotations.marks import UNNAMED_READER, Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError
from tests.annotations.formats.dicom_films import UID, complete_film, document_of, film, saved, small_film

if TYPE_CHECKING:
    from collections.abc import Sequence

_EFFUSION = Code("60046008", "SCT", "Pleural effusion")
_MM = Code("mm", "UCUM", "millimeter")
_LUNG = Code("39607008", "SCT", "Lung structure")


def _region(kind: str, points: Sequence[tuple[float, float]]) -> sr.ImageRegion:
    source = complete_film()
    image = sr.SourceImageForRegion(source.SOPClassUID, source.SOPInstanceUID)
    return sr.ImageRegion(kind, np.array(points, dtype=float), image)


def _group(kind: str, points: Sequence[tuple[float, float]], **more: Any) -> Any:  # noqa: ANN401
    tracking = sr.TrackingIdentifier(uid=hd.UID(), identifier="T1")
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking, referenced_region=_region(kind, points), finding_type=_EFFUSION, **more
    )


def _report(*groups: Any, observer: Any = None) -> Dataset:  # noqa: ANN401
    """Return a report as another program makes it."""
    person = sr.ObserverContext(
        Code("121006", "DCM", "Person"), sr.PersonObserverIdentifyingAttributes(name="Reader^Rita")
    )
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_person_context=observer or person),
        procedure_reported=Code("399208008", "SCT", "Plain chest X-ray"),
        imaging_measurements=list(groups),
    )
    made = sr.ComprehensiveSR(
        evidence=[complete_film()],
        content=content[0],
        series_instance_uid=hd.UID(),
        series_number=3,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Somebody",
    )
    return saved(made)


def _read_back(document: Document, source: Dataset) -> Document:
    return dicom_sr.read(saved(dicom_sr.write(document, {document.marks[0].image: source})))


@pytest.mark.parametrize("name", ["sample", "small"])
def test_what_is_written_is_read_back(name: str) -> None:
    source = film(name)
    marks = (
        Mark("a", Box(2.5, 3.0, 5.25, 4.0), "Nodule", "R Ø 1", "a round nodule", 0.75, "calcified?", {"rad": 4}),
        Mark("a", Polygon(((1.0, 2.0), (9.0, 2.0), (9.0, 8.5)), freehand=True), "", "B"),
        Mark("a", Polygon(((1.0, 2.0), (9.0, 2.0), (9.0, 8.0), (1.0, 8.0))), "Mass", "B"),
        Mark("a", Points(((4.5, 5.5),)), "Tip of a tube", "B"),
        Mark("a", Points(((4.5, 5.5), (7.0, 1.0))), "Clips", "B"),
    )
    readings = (Reading("a", "B", "Pleural effusion", {"why": "checked twice"}),)
    written = saved(dicom_sr.write(document_of(marks, readings), {"a": source}))
    read = dicom_sr.read(written)
    assert dicom_sr.recognises(written)
    assert not read.problems
    for mark, before in zip(read.marks, marks, strict=True):
        assert mark.shape == before.shape
        kept = (mark.finding, mark.reader, mark.phrase, mark.confidence, mark.comment)
        assert kept == (before.finding, before.reader, before.phrase, before.confidence, before.comment)
        assert before.extra.items() <= mark.extra.items()
    (reading,) = read.readings
    assert (reading.finding, reading.reader, reading.extra["why"]) == ("Pleural effusion", "B", "checked twice")
    assert list(read.images) == [source.SOPInstanceUID]
    assert dicom_sr.read(saved(dicom_sr.write(read, {source.SOPInstanceUID: source}))) == read


def test_other_programs_read_what_is_written() -> None:
    marks = (
        Mark("a", Box(2.5, 3.0, 5.0, 4.0), "Nodule", "Rita", comment="calcified?"),
        Mark("a", Points(((4.5, 5.5), (7.0, 1.0))), "Clips", "Rui"),
    )
    source = small_film()
    stream = BytesIO()
    dicom_sr.write(document_of(marks, (Reading("a", "Rui", "Mass"),)), {"a": source}).save_as(stream)
    stream.seek(0)
    report = sr.srread(stream)
    assert report.StudyInstanceUID == source.StudyInstanceUID
    assert str(report.PatientName) == "Müller^Änne"
    (planar,) = report.content.get_planar_roi_measurement_groups()
    assert planar.roi.value.tolist() == [[2.5, 3.0], [7.5, 3.0], [7.5, 7.0], [2.5, 7.0], [2.5, 3.0]]
    assert planar.finding_type.meaning == "Nodule"
    (volume,) = report.content.get_volumetric_roi_measurement_groups()
    assert [region.value.tolist() for region in volume.roi] == [[[4.5, 5.5]], [[7.0, 1.0]]]
    (absent,) = report.content.get_image_measurement_groups()
    assert absent.source_images[0].referenced_sop_instance_uid == source.SOPInstanceUID
    assert absent.get_qualitative_evaluations()[0].value.meaning == "Absent"
    names = {str(context.observer_identifying_attributes.name) for context in report.content.get_observer_contexts()}
    assert names == {"Rita^", "Rui^"}


def test_readers_findings_and_regions_survive_without_the_private_note() -> None:
    marks = (
        Mark("a", Box(2.0, 3.0, 5.0, 4.0), "Nodule", "Rita", comment="big"),
        Mark("a", Points(((1, 1),)), "Mass", "Rui"),
    )
    written = saved(dicom_sr.write(document_of(marks), {"a": small_film()}))
    written.remove_private_tags()
    read = dicom_sr.read(written)
    assert [(m.shape, m.finding, m.reader, m.comment) for m in read.marks] == [
        (m.shape, m.finding, m.reader, m.comment) for m in marks
    ]


def test_graphics_of_others_become_shapes_and_are_written_as_they_were() -> None:
    groups = [
        _group("CIRCLE", [(20.0, 12.0), (20.0, 20.0)]),
        _group("ELLIPSE", [(5.0, 10.0), (25.0, 10.0), (15.0, 4.0), (15.0, 16.0)]),
        _group("POLYLINE", [(1.0, 1.0), (9.0, 1.0), (5.0, 7.0)]),
        _group("POLYLINE", [(1.0, 1.0), (9.0, 1.0)]),
        _group("POINT", [(0.5, 0.5)]),
    ]
    foreign = _report(*groups)
    read = dicom_sr.read(foreign)
    assert not read.problems
    circle, ellipse, outline, ruler, point = (mark.shape for mark in read.marks)
    assert circle.bounds == pytest.approx((12.0, 4.0, 28.0, 20.0))
    assert circle.to_mask((30, 40)).sum() == pytest.approx(math.pi * 64, rel=0.05)
    assert ellipse.bounds == pytest.approx((5.0, 4.0, 25.0, 16.0))
    assert outline == Polygon(((1.0, 1.0), (9.0, 1.0), (5.0, 7.0)))
    assert ruler == Points(((1.0, 1.0), (9.0, 1.0)))
    assert point.to_mask((30, 40))[0, 0]
    again = saved(dicom_sr.write(read, {read.marks[0].image: small_film()}))
    assert _graphics(again) == _graphics(foreign)


def _graphics(dataset: Dataset) -> list[tuple[str, list[float]]]:
    found = []
    for item in dataset.get("ContentSequence", ()):
        if item.ValueType == "SCOORD":
            found.append((item.GraphicType, list(item.GraphicData)))
        found += _graphics(item)
    return found


def test_an_edited_circle_is_written_as_its_new_outline() -> None:
    read = dicom_sr.read(_report(_group("CIRCLE", [(20.0, 12.0), (20.0, 20.0)])))
    before = read.marks[0]
    moved = Mark(before.image, Box(1, 2, 3, 4), before.finding, before.reader, extra=before.extra)
    document = Document("test", read.images, (moved,))
    assert _read_back(document, small_film()).marks[0].shape == Box(1, 2, 3, 4)


def test_measurements_sites_and_codes_are_kept() -> None:
    measured = sr.Measurement(name=Code("103339001", "SCT", "Long Axis"), value=12.5, unit=_MM)
    seen = sr.QualitativeEvaluation(Code("246112005", "SCT", "Severity"), Code("24484000", "SCT", "Severe"))
    site = sr.FindingSite(_LUNG)
    group = _group("POINT", [(4, 4)], measurements=[measured], qualitative_evaluations=[seen], finding_sites=[site])
    read = dicom_sr.read(_report(group))
    (mark,) = read.marks
    assert (mark.finding, mark.reader) == ("Pleural effusion", "Reader Rita")
    assert mark.extra["finding_code"] == list(_EFFUSION)[:3]
    assert mark.extra["measurements"] == [
        {"name": ["103339001", "SCT", "Long Axis"], "value": 12.5, "unit": ["mm", "UCUM", "millimeter"]}
    ]
    assert mark.extra["evaluations"] == [
        {"name": ["246112005", "SCT", "Severity"], "value": ["24484000", "SCT", "Severe"]}
    ]
    assert mark.extra["finding_sites"] == [list(_LUNG)[:3]]
    assert mark.extra["tracking_id"] == "T1"
    assert read.extra["procedures"] == [["399208008", "SCT", "Plain chest X-ray"]]
    assert _read_back(read, small_film()) == read


def test_a_device_is_a_reader_and_the_patient_is_none() -> None:
    device = sr.ObserverContext(
        Code("121007", "DCM", "Device"), sr.DeviceObserverIdentifyingAttributes(uid=hd.UID(f"{UID}.9"), name="LungNet")
    )
    read = dicom_sr.read(_report(_group("POINT", [(4, 4)]), observer=device))
    assert read.marks[0].reader == "LungNet"
    assert _read_back(read, small_film()) == read
    patient = sr.ObserverContext(
        Code("121006", "DCM", "Person"), sr.PersonObserverIdentifyingAttributes(name="Müller^Änne")
    )
    read = dicom_sr.read(_report(_group("POINT", [(4, 4)]), observer=patient))
    assert read.marks[0].reader == UNNAMED_READER
    assert "Müller" not in repr(read)


def test_a_damaged_group_is_listed_and_the_others_are_read() -> None:
    groups = [_group("POINT", [(n, n)]) for n in (1, 2, 3)]
    dataset = _report(*groups)
    container = next(
        item for item in dataset.ContentSequence if item.ValueType == "CONTAINER" and "ContentSequence" in item
    )
    broken = [next(i for i in group.ContentSequence if i.ValueType == "SCOORD") for group in container.ContentSequence]
    broken[0].GraphicData = [1.0, 2.0, 3.0]
    del broken[1].ContentSequence
    read = dicom_sr.read(dataset)
    assert [mark.shape for mark in read.marks] == [Points(((3.0, 3.0),))]
    assert "Measurement group 1: The graphic has an odd number of coordinates or none." in read.problems
    assert "Measurement group 2: The region does not say which image it belongs to." in read.problems


def test_a_report_without_measurement_groups_is_one_sentence() -> None:
    dataset = _report(_group("POINT", [(1, 1)]))
    dataset.ContentSequence = dataset.ContentSequence[:1]
    with pytest.raises(MarkError, match="no measurement groups"):
        dicom_sr.read(dataset)


def test_masks_and_other_studies_are_refused() -> None:
    mask = Mark("a", Mask.from_array(np.ones((27, 35), bool)))
    with pytest.raises(MarkError, match="write masks as DICOM SEG"):
        dicom_sr.write(document_of((mask,)), {"a": small_film()})
    images = {key: MarkedImage(key) for key in "ab"}
    document = Document("test", images, (Mark("a", Box(1, 1, 2, 2)), Mark("b", Box(1, 1, 2, 2))))
    other = small_film(SOPInstanceUID=f"{UID}.7", StudyInstanceUID=f"{UID}.8")
    with pytest.raises(MarkError, match="one study"):
        dicom_sr.write(document, {"a": small_film(), "b": other})
    same_study = small_film(SOPInstanceUID=f"{UID}.7", SeriesInstanceUID=f"{UID}.8")
    read = dicom_sr.read(saved(dicom_sr.write(document, {"a": small_film(), "b": same_study})))
    assert [mark.image for mark in read.marks] == [f"{UID}.1", f"{UID}.7"]
