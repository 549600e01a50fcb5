"""Making a structured report after TID 1500; `afloc_core.annotations.formats.dicom_sr` is the way in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from pydicom.sr.coding import Code
from pydicom.uid import generate_uid

from afloc_core.annotations.formats.dicom_common import (
    building,
    checked_code,
    finding_code,
    instance_attributes,
    person_name,
    readable_name,
    valid_uid,
    write_note,
)
from afloc_core.annotations.formats.dicom_graphics import drawn_as, graphic_of
from afloc_core.annotations.marks import Document, Mark, Reading
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from highdicom.sr import (
        ContentItem,
        ImageRegion,
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        ObserverContext,
        PlanarROIMeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )
    from pydicom.dataset import Dataset

    Group: TypeAlias = (
        PlanarROIMeasurementsAndQualitativeEvaluations
        | VolumetricROIMeasurementsAndQualitativeEvaluations
        | MeasurementsAndQualitativeEvaluations
    )

ABSENT = ["272519000", "SCT", "Absent"]
_PERSON = ["121006", "DCM", "Person"]
_PRESENCE = ["121052", "DCM", "Presence of property"]
_RADIOGRAPHY = ["363680008", "SCT", "Radiographic imaging procedure"]
_REPORT = ["126000", "DCM", "Imaging Measurement Report"]
_GROUP_KEYS = (
    "finding_code",
    "category_code",
    "finding_sites",
    "measurements",
    "evaluations",
    "tracking_id",
    "tracking_uid",
    "graphic",
    "frame",
    "device_uid",
)


def report(document: Document, sources: Mapping[str, Dataset]) -> Dataset:
    """Return the report, as `afloc_core.annotations.formats.dicom_sr.write` describes it."""
    from highdicom.sr import ComprehensiveSR, MeasurementReport, ObservationContext

    entries: list[Mark | Reading] = [*document.marks, *document.readings]
    observers = {_observer_key(entry): entry for entry in entries}
    procedures = [checked_code(code) for code in document.extra.get("procedures") or ()]
    context = ObservationContext()
    with building("a DICOM SR"):
        for entry in observers.values():
            context.extend(_observer(entry, document))
        groups = [_group(number, entry, sources[entry.image]) for number, entry in enumerate(entries, start=1)]
        if len(observers) > 1:
            for group, entry in zip(groups, entries, strict=True):
                _put_first(group, _observer(entry, document))
        content = MeasurementReport(
            observation_context=context,
            procedure_reported=[Code(*code) for code in procedures if code] or [Code(*_RADIOGRAPHY)],
            imaging_measurements=groups,
            title=Code(*(checked_code(document.extra.get("title")) or _REPORT)),
        )
        return ComprehensiveSR(
            evidence=list(sources.values()), content=content[0], is_complete=True, **instance_attributes()
        )


def _observer_key(entry: Mark | Reading) -> tuple[str, str]:
    return entry.reader, valid_uid(entry.extra.get("device_uid"))


def _observer(entry: Mark | Reading, document: Document) -> ObserverContext:
    from highdicom import UID
    from highdicom.sr import (
        DeviceObserverIdentifyingAttributes,
        ObserverContext,
        PersonObserverIdentifyingAttributes,
    )

    reader, device = _observer_key(entry)
    if device:
        attributes = DeviceObserverIdentifyingAttributes(uid=UID(device), name=reader)
        return ObserverContext(Code("121007", "DCM", "Device"), attributes)
    originals = [name for name in document.extra.get("observers") or () if isinstance(name, str)]
    original = next((name for name in originals if readable_name(name) == reader), "")
    return ObserverContext(Code(*_PERSON), PersonObserverIdentifyingAttributes(name=person_name(reader, original)))


def _put_first(group: Group, observer: ObserverContext) -> None:
    """Give a group its own observer, which overrules the report's (PS3.3 C.17.5, HAS OBS CONTEXT).

    Observer Type is left out for persons, who are its default (PS3.16 TID 1002): programs take a code in a group for
    an evaluation.
    """
    person = observer.observer_type.value == _PERSON[0]
    for item in reversed([item for item in observer if not (person and item.ValueType == "CODE")]):
        group[0].ContentSequence.insert(0, item)


def _group(number: int, entry: Mark | Reading, source: Dataset) -> Group:
    from highdicom import UID
    from highdicom.sr import FindingSite, TrackingIdentifier

    extra = entry.extra
    tracking = TrackingIdentifier(
        uid=UID(valid_uid(extra.get("tracking_uid")) or generate_uid()),
        identifier=str(extra.get("tracking_id") or f"Mark {number}"),
    )
    common: dict[str, Any] = {
        "tracking_identifier": tracking,
        "finding_type": Code(*finding_code(entry.finding, extra.get("finding_code"))) if entry.finding else None,
        "finding_sites": [FindingSite(Code(*code)) for code in _codes(extra.get("finding_sites"))] or None,
        "measurements": _measurements(extra.get("measurements")) or None,
        "qualitative_evaluations": _evaluations(extra.get("evaluations")),
    }
    category = checked_code(extra.get("category_code"))
    if category:
        common["finding_category"] = Code(*category)
    group = _reading_group(source, common) if isinstance(entry, Reading) else _mark_group(entry, source, common)
    item = group[0]
    if isinstance(entry, Mark) and entry.comment:
        item.ContentSequence.append(_comment(entry.comment))
    write_note(item, entry, _GROUP_KEYS, drawn=drawn_as(entry.shape) if isinstance(entry, Mark) else None)
    return group


def _mark_group(mark: Mark, source: Dataset, common: dict[str, Any]) -> Group:
    from highdicom.sr import (
        PlanarROIMeasurementsAndQualitativeEvaluations,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    kind, points = graphic_of(mark.shape, mark.extra.get("graphic"), area=True)
    if not common["qualitative_evaluations"]:
        common["qualitative_evaluations"] = None
    # TID 1410 has one region and forbids MULTIPOINT; several points are several regions of TID 1411.
    if kind != "MULTIPOINT":
        region = _region(kind, points, mark, source)
        return PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=region, **common)
    regions = [_region("POINT", point[None], mark, source) for point in points]
    return VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_regions=regions, **common)


def _reading_group(source: Dataset, common: dict[str, Any]) -> MeasurementsAndQualitativeEvaluations:
    from highdicom.sr import (
        MeasurementsAndQualitativeEvaluations,
        QualitativeEvaluation,
        SourceImageForMeasurementGroup,
    )

    common["qualitative_evaluations"].append(QualitativeEvaluation(name=Code(*_PRESENCE), value=Code(*ABSENT)))
    image = SourceImageForMeasurementGroup(source.SOPClassUID, source.SOPInstanceUID)
    return MeasurementsAndQualitativeEvaluations(source_images=[image], **common)


def _region(kind: str, points: Any, mark: Mark, source: Dataset) -> ImageRegion:  # noqa: ANN401
    from highdicom.sr import ImageRegion, SourceImageForRegion

    frame = mark.extra.get("frame")
    frames = [frame] if isinstance(frame, int) and frame > 0 else None
    if kind == "INTERPOLATED":
        raise MarkError("A structured report has no interpolated curves; draw the outline with corners.")
    return ImageRegion(kind, points, SourceImageForRegion(source.SOPClassUID, source.SOPInstanceUID, frames))


def _comment(text: str) -> ContentItem:
    from highdicom.sr import RelationshipTypeValues, TextContentItem

    return TextContentItem(
        name=Code("121106", "DCM", "Comment"), value=text, relationship_type=RelationshipTypeValues.CONTAINS
    )


def _measurements(kept: object) -> list[Measurement]:
    from highdicom.sr import Measurement

    made = []
    for entry in _entries(kept):
        name, unit, value = checked_code(entry.get("name")), checked_code(entry.get("unit")), entry.get("value")
        if name and unit and isinstance(value, int | float) and math.isfinite(value):
            made.append(Measurement(name=Code(*name), value=float(value), unit=Code(*unit)))
    return made


def _evaluations(kept: object) -> list[QualitativeEvaluation]:
    from highdicom.sr import QualitativeEvaluation

    pairs = [(checked_code(entry.get("name")), checked_code(entry.get("value"))) for entry in _entries(kept)]
    return [QualitativeEvaluation(name=Code(*name), value=Code(*value)) for name, value in pairs if name and value]


def _entries(kept: object) -> list[dict[str, Any]]:
    return [entry for entry in kept if isinstance(entry, dict)] if isinstance(kept, list) else []


def _codes(kept: object) -> list[list[str]]:
    found = [checked_code(code) for code in kept] if isinstance(kept, list) else []
    return [code for code in found if code]
