"""DICOM structured reports after TID 1500, Measurement Report (PS3.16): regions, points and readings.

A measurement group (TID 1410, 1411 and 1501) is a mark: its finding is the meaning of the Finding code, its reader the
Person Observer or the Device Observer, its shape the Image Region (SCOORD). A group that says its finding is absent
and has no region is a reading. Measurements, evaluations and sites stay in ``extra``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pydicom.uid import (
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    EnhancedSRStorage,
    ExtensibleSRStorage,
)

from afloc_core.annotations.formats.dicom_common import (
    is_of,
    noted_mark,
    noted_reading,
    read_code,
    read_note,
    readable_name,
    reading,
    referenced_image,
    sources_of,
    text_of,
    valid_uid,
)
from afloc_core.annotations.formats.dicom_graphics import graphic_extra, noted_outline, shape_of
from afloc_core.annotations.formats.dicom_sr_writing import ABSENT, report
from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Points
from afloc_core.errors import MarkError
from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydicom.dataset import Dataset

    from afloc_core.annotations.shapes import Shape

NAME = "dicom_sr"
TITLE = "The DICOM structured report"
LOOKED_FOR: Mapping[str, str] = {"dicom": "DICOM SR (a Measurement Report after TID 1500)"}
SUFFIX = ".dcm"

_CLASSES = (EnhancedSRStorage, ComprehensiveSRStorage, Comprehensive3DSRStorage, ExtensibleSRStorage)
_GROUP, _PERSON, _DEVICE, _DEVICE_UID = "125007", "121008", "121013", "121012"
_FINDING, _CATEGORY, _COMMENT = "121071", "276214006", "121106"
_TRACKING_ID, _TRACKING_UID, _PROCEDURE = "112039", "112040", "121058"
_SITES = ("363698007", "G-C0E3")
_FINDINGS = (_FINDING, "246090004")
_DEEPEST = 12


class _Region(NamedTuple):
    """A region as the report has it."""

    image: str
    shape: Shape
    extra: dict[str, Any]


def recognises(dataset: Dataset) -> bool:
    """Return whether a DICOM object is a structured report that can have measurement groups, by its SOP class."""
    return is_of(dataset, _CLASSES)


def read(dataset: Dataset) -> Document:
    """Read a structured report.

    Parameters
    ----------
    dataset : pydicom.Dataset

    Returns
    -------
    Document
        Images by SOP Instance UID; their size is not in a report. Circles, ellipses and open lines keep their
        graphic in ``extra["graphic"]``.

    Raises
    ------
    MarkError
        If there is no measurement group.
    """
    with quiet_decoders(), reading("DICOM SR"):
        return _Reader(dataset).document()


def write(document: Document, sources: Mapping[str, Dataset]) -> Dataset:
    """Write the marks of the images of one study as a Comprehensive SR after TID 1500.

    Masks are refused: they belong in a DICOM SEG. The report belongs to the study of its images and carries its
    patient's data, as DICOM asks: choosing this format is choosing that.

    Parameters
    ----------
    document : Document
    sources : mapping of image key to pydicom.Dataset
        The DICOM images; pixel data is not needed.

    Returns
    -------
    highdicom.sr.ComprehensiveSR
        A measurement group for each mark and each reading.

    Raises
    ------
    MarkError
        If a source is missing, the images are of several studies, or a mark is a mask.
    """
    found = sources_of(document, sources)
    with quiet_decoders():
        return report(document, found)


class _Reader:
    """One report while it is being read."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.patient = readable_name(dataset.get("PatientName"))
        self.problems: list[str] = []
        self.images: dict[str, MarkedImage] = {}
        self.marks: list[Mark] = []
        self.readings: list[Reading] = []

    def document(self) -> Document:
        self._list_images()
        observer = self._observer(self.dataset)
        number = 0
        for number, group in enumerate(_groups(self.dataset), start=1):
            try:
                self._add_group(f"Measurement group {number}", group, observer)
            except Exception:  # pydicom raises many kinds for a broken element
                self.problems.append(f"Measurement group {number} is damaged.")
        if not number:
            raise MarkError("This DICOM SR holds no measurement groups; only reports after TID 1500 have marks.")
        marks, readings = tuple(self.marks), tuple(self.readings)
        return Document(NAME, self.images, marks, readings, tuple(self.problems), self._extra())

    def _list_images(self) -> None:
        for study in self.dataset.get("CurrentRequestedProcedureEvidenceSequence") or ():
            for series in study.get("ReferencedSeriesSequence") or ():
                for item in series.get("ReferencedSOPSequence") or ():
                    self._note_image(item)

    def _note_image(self, item: Dataset) -> str:
        uid = valid_uid(item.get("ReferencedSOPInstanceUID"))
        if uid and uid not in self.images:
            self.images[uid] = referenced_image(uid, sop_class=valid_uid(item.get("ReferencedSOPClassUID")))
        return uid

    def _add_group(self, place: str, group: Dataset, observer: dict[str, str]) -> None:
        fields, extra = _described(group)
        own = self._observer(group) or observer
        fields["reader"] = own.get("reader", "")
        extra |= {key: value for key, value in own.items() if key != "reader"}
        note = read_note(group)
        regions = list(self._regions(place, group))
        if len(regions) > 1 and all(isinstance(region.shape, Points) for region in regions):
            regions = _joined(regions)
        for region in regions:
            shape = noted_outline(region.shape, note)
            self.marks.append(noted_mark(region.image, shape, fields, note, extra | region.extra))
        if not regions:
            self._add_reading(place, group, fields, extra)

    def _add_reading(self, place: str, group: Dataset, fields: dict[str, str], extra: dict[str, Any]) -> None:
        images = [
            self._note_image(item) for child in _children(group) for item in child.get("ReferencedSOPSequence") or ()
        ]
        absent = [entry for entry in extra.get("evaluations", ()) if entry["value"][:2] == ABSENT[:2]]
        if not absent or not any(images):
            self.problems.append(f"{place} has no region in an image.")
            return
        others = [entry for entry in extra["evaluations"] if entry not in absent]
        kept = {key: value for key, value in extra.items() if key != "evaluations"}
        kept |= {"evaluations": others} if others else {}
        for image in filter(None, images):
            self.readings.append(noted_reading(image, fields, read_note(group), kept))

    def _regions(self, place: str, group: Dataset) -> Iterator[_Region]:
        for item in _below(group):
            kind = item.get("ValueType")
            if kind == "SCOORD3D":
                self.problems.append(f"{place}: a region in space instead of in an image.")
            if kind != "SCOORD":
                continue
            try:
                yield self._region(item)
            except MarkError as error:
                self.problems.append(f"{place}: {error}")

    def _region(self, item: Dataset) -> _Region:
        kind, data = text_of(item, "GraphicType"), list(item.get("GraphicData") or ())
        shape = shape_of(kind, data, area=True)
        references = [entry for child in _children(item) for entry in child.get("ReferencedSOPSequence") or ()]
        image = self._note_image(references[0]) if references else ""
        if not image:
            raise MarkError("The region does not say which image it belongs to.")
        extra = graphic_extra(kind, data, shape)
        frame = references[0].get("ReferencedFrameNumber")
        return _Region(image, shape, extra if frame is None else extra | {"frame": int(frame)})

    def _observer(self, container: Dataset) -> dict[str, str]:
        """Return reader, and what is known of a device, from the observation context of a container (TID 1001)."""
        people: list[str] = []
        device: dict[str, str] = {}
        for item in _children(container):
            name = _concept(item)
            if name == _PERSON and readable_name(item.get("PersonName")) not in ("", self.patient):
                people.append(readable_name(item.PersonName))
            elif name == _DEVICE:
                device["reader"] = text_of(item, "TextValue")
            elif name == _DEVICE_UID:
                device["device_uid"] = valid_uid(item.get("UID"))
        if people:
            return {"reader": ", ".join(dict.fromkeys(people))}
        return {"reader": "device"} | device if device else {}

    def _extra(self) -> dict[str, Any]:
        names = [str(i.PersonName) for i in _children(self.dataset) if _concept(i) == _PERSON and i.get("PersonName")]
        procedures = [
            read_code(i.get("ConceptCodeSequence")) for i in _children(self.dataset) if _concept(i) == _PROCEDURE
        ]
        content = {
            "title": read_code(self.dataset.get("ConceptNameCodeSequence")),
            "procedures": [code for code in procedures if code],
            "observers": [name for name in names if readable_name(name) != self.patient],
        }
        return {key: value for key, value in content.items() if value}


def _groups(dataset: Dataset) -> Iterator[Dataset]:
    """Yield the measurement groups, wherever in the tree they are."""
    for item in _below(dataset):
        if item.get("ValueType") == "CONTAINER" and _concept(item) == _GROUP:
            yield item


def _below(item: Dataset, depth: int = 0) -> Iterator[Dataset]:
    for child in _children(item):
        yield child
        if depth < _DEEPEST:
            yield from _below(child, depth + 1)


def _children(item: Dataset) -> Iterator[Dataset]:
    yield from item.get("ContentSequence") or ()


def _concept(item: Dataset) -> str:
    code = read_code(item.get("ConceptNameCodeSequence"))
    return code[0] if code else ""


def _joined(regions: list[_Region]) -> list[_Region]:
    """Return the points of a group as one mark for each image."""
    joined: dict[str, _Region] = {}
    for region in regions:
        before = joined.get(region.image)
        points = (*before.shape.points, *region.shape.points) if before else region.shape.points  # type: ignore[union-attr]
        joined[region.image] = _Region(region.image, Points(points), {})
    return list(joined.values())


def _described(group: Dataset) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what a group says besides its region: fields of the mark, and ``extra``."""
    fields: dict[str, str] = {}
    extra: dict[str, Any] = {}
    for item in _children(group):
        kind = item.get("ValueType")
        if kind == "NUM":
            measurement = _measurement(item)
            if measurement:
                extra.setdefault("measurements", []).append(measurement)
        elif kind == "CODE":
            _describe_code(item, fields, extra)
        elif kind in ("TEXT", "UIDREF"):
            _describe_text(item, fields, extra)
    return fields, extra


def _describe_code(item: Dataset, fields: dict[str, str], extra: dict[str, Any]) -> None:
    name, value = read_code(item.get("ConceptNameCodeSequence")), read_code(item.get("ConceptCodeSequence"))
    if name is None or value is None:
        return
    if name[0] in _FINDINGS:
        fields["finding"], extra["finding_code"] = value[2], value
    elif name[0] in _SITES:
        extra.setdefault("finding_sites", []).append(value)
    elif name[0] == _CATEGORY:
        extra["category_code"] = value
    elif item.get("RelationshipType") == "CONTAINS":
        extra.setdefault("evaluations", []).append({"name": name, "value": value})


def _describe_text(item: Dataset, fields: dict[str, str], extra: dict[str, Any]) -> None:
    name = _concept(item)
    if name == _COMMENT:
        fields["comment"] = text_of(item, "TextValue")
    elif name == _TRACKING_ID:
        extra["tracking_id"] = text_of(item, "TextValue")
    elif name == _TRACKING_UID:
        extra["tracking_uid"] = valid_uid(item.get("UID"))


def _measurement(item: Dataset) -> dict[str, Any] | None:
    values = item.get("MeasuredValueSequence") or ()
    name = read_code(item.get("ConceptNameCodeSequence"))
    if not values or name is None:
        return None
    unit = read_code(values[0].get("MeasurementUnitsCodeSequence"))
    return {"name": name, "value": float(values[0].NumericValue), "unit": unit}
