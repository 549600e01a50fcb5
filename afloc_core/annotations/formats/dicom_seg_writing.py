"""Making a DICOM Segmentation; `afloc_core.annotations.formats.dicom_seg` is the way in."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from afloc_core.annotations.formats.dicom_common import (
    OWN_SCHEME,
    building,
    checked_code,
    finding_code,
    instance_attributes,
    long_string,
    person_name,
    valid_uid,
    write_note,
)
from afloc_core.annotations.marks import Document, Mark, Reading
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

SEGMENT_KEYS = (
    "algorithm_type",
    "algorithm_name",
    "algorithm_version",
    "algorithm_family",
    "finding_code",
    "category_code",
    "tracking_id",
    "tracking_uid",
    "fractional",
)
_ALTERED = ["49755003", "SCT", "Morphologically Abnormal Structure"]
_INTELLIGENCE = ["123110", "DCM", "Artificial Intelligence"]
_MANUAL = "MANUAL"
_MOST_PIXELS = 400_000_000


class _Fractions(NamedTuple):
    """What a fractional object is made of: type, Maximum Fractional Value, and values in [0, 1], (H, W, segments)."""

    kind: str
    most: int
    values: NDArray[np.float64]


def segmentation(document: Document, source: Dataset) -> Dataset:
    """Return the segmentation of one image, as `afloc_core.annotations.formats.dicom_seg.write` describes it."""
    from highdicom.seg import Segmentation

    shape = (int(source.Rows), int(source.Columns))
    entries: list[Mark | Reading] = [*document.marks, *document.readings]
    if len(entries) * shape[0] * shape[1] > _MOST_PIXELS:
        raise MarkError("There are too many marks for one DICOM SEG; write one file for each reader.")
    masks = [entry.shape.to_mask(shape) if isinstance(entry, Mark) else np.zeros(shape, np.bool_) for entry in entries]
    fractional = _fractional(entries, masks)
    pixels = np.stack(masks, axis=-1).astype(np.uint8) if fractional is None else fractional.values
    readers = {entry.reader for entry in entries}
    creator = person_name(next(iter(readers)), document.extra.get("creator")) if len(readers) == 1 else None
    with building("a DICOM SEG"):
        made = Segmentation(
            source_images=[source],
            pixel_array=pixels[None],
            segmentation_type="BINARY" if fractional is None else "FRACTIONAL",
            fractional_type="PROBABILITY" if fractional is None else fractional.kind,
            max_fractional_value=255 if fractional is None else fractional.most,
            segment_descriptions=[_description(number, entry) for number, entry in enumerate(entries, start=1)],
            omit_empty_frames=False,
            content_label=_content_label(document),
            content_description=long_string(str(document.extra.get("content_description", ""))) or None,
            content_creator_name=creator,
            **instance_attributes(),
        )
    for item, entry in zip(made.SegmentSequence, entries, strict=True):
        if isinstance(entry, Mark) and entry.comment:
            item.SegmentDescription = entry.comment[:1024]
        write_note(item, entry, SEGMENT_KEYS)
    return made


def _unpacked(kept: object, mask: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Return the fractions a mark was read from, None if there are none or the mask has been changed since."""
    if not isinstance(kept, dict):
        return None
    try:
        most = int(kept["maximum"])
        inflater = zlib.decompressobj()
        raw = inflater.decompress(base64.b64decode(kept["values"]), mask.size)
        values = np.frombuffer(raw, dtype=np.uint8).reshape(mask.shape).astype(np.float64)
    except (KeyError, TypeError, ValueError, binascii.Error, zlib.error):
        return None
    if not 0 < most <= 255 or not np.array_equal(2 * values >= most, mask) or values.max() > most:
        return None
    return values / most


def _fractional(entries: list[Mark | Reading], masks: list[NDArray[np.bool_]]) -> _Fractions | None:
    """Return type, maximum and values where every mark comes from one kind of fractional frame."""
    kept = [entry.extra.get("fractional") for entry in entries]
    if not any(kept) or any(isinstance(entry, Mark) and not frame for entry, frame in zip(entries, kept, strict=True)):
        return None
    kinds = {(frame.get("type"), frame.get("maximum")) for frame in kept if isinstance(frame, dict)}
    if len(kinds) != 1:
        return None
    kind, most = kinds.pop()
    if kind not in ("PROBABILITY", "OCCUPANCY") or not isinstance(most, int) or not 0 < most <= 255:
        return None
    fractions = [_unpacked(frame, mask) for frame, mask in zip(kept, masks, strict=True)]
    values = [mask.astype(np.float64) if part is None else part for part, mask in zip(fractions, masks, strict=True)]
    return _Fractions(kind, most, np.stack(values, axis=-1))


def _content_label(document: Document) -> str:
    label = "".join(c if c.isalnum() and c.isascii() else "_" for c in str(document.extra.get("content_label", "")))
    return label.upper()[:16] or "SEGMENTATION"


def _description(number: int, entry: Mark | Reading) -> SegmentDescription:
    from highdicom import UID
    from highdicom.seg import SegmentDescription
    from highdicom.sr import CodedConcept

    extra = entry.extra
    by_machine = extra.get("algorithm_type") in ("AUTOMATIC", "SEMIAUTOMATIC")
    tracking_uid = valid_uid(extra.get("tracking_uid"))
    tracking = str(extra.get("tracking_id") or "") if tracking_uid else ""
    return SegmentDescription(
        segment_number=number,
        segment_label=long_string(entry.finding) or f"Mark {number}",
        segmented_property_category=CodedConcept(*(checked_code(extra.get("category_code")) or _ALTERED)),
        segmented_property_type=CodedConcept(*_type_code(entry)),
        algorithm_type=str(extra["algorithm_type"]) if by_machine else _MANUAL,
        algorithm_identification=_algorithm(entry) if by_machine else None,
        tracking_uid=UID(tracking_uid) if tracking else None,
        tracking_id=tracking or None,
    )


def _algorithm(entry: Mark | Reading) -> AlgorithmIdentificationSequence:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.sr import CodedConcept

    family = checked_code(entry.extra.get("algorithm_family")) or _INTELLIGENCE
    return AlgorithmIdentificationSequence(
        name=long_string(str(entry.extra.get("algorithm_name") or entry.reader)),
        family=CodedConcept(*family),
        version=long_string(str(entry.extra.get("algorithm_version") or "unknown")),
    )


def _type_code(entry: Mark | Reading) -> list[str]:
    """Return the code of the property type; a file's own need not mean the label, ours must."""
    kept = checked_code(entry.extra.get("finding_code"))
    return finding_code(entry.finding, None) if kept is None or kept[1] == OWN_SCHEME else kept
