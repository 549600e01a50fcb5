"""DICOM Segmentation: binary, fractional and label map objects (PS3.3 A.51, C.8.20).

A segment on an image is a mask: its finding is the Segment Label, its reader the person or the algorithm that made it.
A segment that is empty on an image is a reading: somebody looked and marked nothing.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.uid import SegmentationStorage

from afloc_core.annotations.formats.dicom_common import (
    is_of,
    noted_mark,
    noted_reading,
    person,
    read_code,
    read_note,
    reading,
    referenced_image,
    sources_of,
    text_of,
    valid_uid,
)
from afloc_core.annotations.formats.dicom_seg_writing import segmentation
from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Mask
from afloc_core.errors import MarkError
from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

NAME = "dicom_seg"
TITLE = "The DICOM segmentation"
LOOKED_FOR: Mapping[str, str] = {"dicom": "DICOM SEG (Segmentation Storage)"}
SUFFIX = ".dcm"

_LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"


def recognises(dataset: Dataset) -> bool:
    """Return whether a DICOM object is a segmentation, by its SOP class."""
    return is_of(dataset, (SegmentationStorage, _LABEL_MAP))


def read(dataset: Dataset) -> Document:
    """Read a segmentation.

    Parameters
    ----------
    dataset : pydicom.Dataset
        With pixel data and, where that is compressed, file meta information.

    Returns
    -------
    Document
        Images by SOP Instance UID. A fractional frame is marked where it reaches half of Maximum Fractional Value; its
        values stay in ``extra["fractional"]``.

    Raises
    ------
    MarkError
        If there are no segments or frames, or the pixel data cannot be decoded.
    """
    with quiet_decoders(), reading("DICOM SEG"):
        return _Reader(dataset).document()


def write(document: Document, sources: Mapping[str, Dataset]) -> Dataset:
    """Write the marks of one image as a segmentation, a segment for each mark and each reading.

    Boxes, outlines and points become the pixels they hold; only masks are read back as they were. The object belongs
    to the study of its image and carries its patient's data, as DICOM asks: choosing this format is choosing that.

    Parameters
    ----------
    document : Document
        Marks of one image; see `afloc_core.annotations.formats.dicom_common.split_by_image`.
    sources : mapping of image key to pydicom.Dataset
        The DICOM image; pixel data is not needed.

    Returns
    -------
    highdicom.seg.Segmentation
        FRACTIONAL if every mark was read from one fractional object, otherwise BINARY.

    Raises
    ------
    MarkError
        If a source is missing, there are several images, or a mask is of another size than its image.
    """
    found = sources_of(document, sources)
    if len(found) > 1:
        raise MarkError(
            "A DICOM SEG is written for one image; the document marks several: write one file for each image."
        )
    source = next(iter(found.values()))
    with quiet_decoders():
        return segmentation(document, source)


class _Reader:
    """One segmentation while it is being read."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.problems: list[str] = []
        self.images: dict[str, MarkedImage] = {}
        self.marks: list[Mark] = []
        self.blank: dict[tuple[int, str], dict[str, Any]] = {}
        self.kind = text_of(dataset, "SegmentationType")
        self.segments = self._segments()

    def document(self) -> Document:
        count = int(self.dataset.get("NumberOfFrames") or 0)
        if not self.segments or not count:
            raise MarkError("This DICOM SEG holds no segments or no frames.")
        self._list_images()
        found = 0
        for found, frame in enumerate(_frames(self.dataset, count), start=1):
            self._add_frame(found - 1, frame)
        if found < count:
            self.problems.append(f"The file is cut short: {count - found} of {count} frames are missing.")
        marked = {(mark.extra["segment"], mark.image) for mark in self.marks}
        blank = [place for place in self._unmarked() if place not in marked]
        readings = tuple(self._reading(number, image) for number, image in blank)
        marks = tuple(_without_segment(mark) for mark in self.marks)
        return Document(NAME, self.images, marks, readings, tuple(self.problems), self._extra())

    def _segments(self) -> dict[int, Dataset]:
        found: dict[int, Dataset] = {}
        for index, item in enumerate(self.dataset.get("SegmentSequence") or ()):
            number = item.get("SegmentNumber")
            if isinstance(number, int):
                found[number] = item
            else:
                self.problems.append(f"Segment {index + 1} has no number.")
        return found

    def _list_images(self) -> None:
        for series in self.dataset.get("ReferencedSeriesSequence") or ():
            for item in series.get("ReferencedInstanceSequence") or ():
                self._note_image(item)

    def _note_image(self, item: Dataset) -> str:
        uid = valid_uid(item.get("ReferencedSOPInstanceUID"))
        if uid and uid not in self.images:
            size = (int(self.dataset.Rows), int(self.dataset.Columns))
            self.images[uid] = referenced_image(uid, size, valid_uid(item.get("ReferencedSOPClassUID")))
        return uid

    def _add_frame(self, index: int, frame: NDArray[Any]) -> None:
        groups = self._groups(index)
        image = self._image_of(groups)
        if not image:
            self.problems.append(f"Frame {index + 1} does not say which image it belongs to.")
            return
        if self.kind == "LABELMAP":
            for number in sorted(self.segments.keys() & {int(value) for value in np.unique(frame)} - {0}):
                self._add_mask(number, image, frame == number, {})
            return
        number = self._segment_of(groups)
        if number not in self.segments:
            self.problems.append(f"Frame {index + 1} belongs to a segment that is not described.")
            return
        self._add_mask(number, image, *self._pixels(frame))

    def _groups(self, index: int) -> list[Dataset]:
        per_frame = self.dataset.get("PerFrameFunctionalGroupsSequence") or ()
        shared = self.dataset.get("SharedFunctionalGroupsSequence") or ()
        return [*per_frame[index : index + 1], *shared[:1]]

    def _image_of(self, groups: list[Dataset]) -> str:
        for group in groups:
            for derivation in group.get("DerivationImageSequence") or ():
                for item in derivation.get("SourceImageSequence") or ():
                    uid = self._note_image(item)
                    if uid:
                        return uid
        return next(iter(self.images)) if len(self.images) == 1 else ""

    def _segment_of(self, groups: list[Dataset]) -> int:
        for group in groups:
            for item in group.get("SegmentIdentificationSequence") or ():
                return int(item.get("ReferencedSegmentNumber") or 0)
        return 0

    def _pixels(self, frame: NDArray[Any]) -> tuple[NDArray[np.bool_], dict[str, Any]]:
        if self.kind != "FRACTIONAL":
            return frame > 0, {}
        most = int(self.dataset.get("MaximumFractionalValue") or 255)
        kept = {
            "type": str(self.dataset.get("SegmentationFractionalType", "PROBABILITY")),
            "maximum": most,
            "values": _packed(frame.astype(np.uint8)),
        }
        return 2 * frame.astype(np.int64) >= most, {"fractional": kept} if frame.any() else {}

    def _add_mask(self, number: int, image: str, mask: NDArray[np.bool_], more: dict[str, Any]) -> None:
        if not mask.any():
            self.blank.setdefault((number, image), more)
            return
        fields, extra = self._described(number)
        note = read_note(self.segments[number])
        mark = noted_mark(image, Mask.from_array(mask), fields, note, extra | more | {"segment": number})
        self.marks.append(mark)

    def _unmarked(self) -> Iterator[tuple[int, str]]:
        yield from self.blank
        drawn = {number for number, _ in self.blank} | {mark.extra["segment"] for mark in self.marks}
        for number in self.segments.keys() - drawn:
            if len(self.images) == 1:
                yield number, next(iter(self.images))
            else:
                self.problems.append(f"Segment {number} has no frame.")

    def _reading(self, number: int, image: str) -> Reading:
        fields, extra = self._described(number)
        extra |= self.blank.get((number, image), {})
        return noted_reading(image, fields, read_note(self.segments[number]), extra)

    def _described(self, number: int) -> tuple[dict[str, str], dict[str, Any]]:
        item = self.segments[number]
        algorithm_type = text_of(item, "SegmentAlgorithmType")
        algorithm = _algorithm_name(item)
        extra = {
            "algorithm_type": algorithm_type,
            "algorithm_name": algorithm,
            "algorithm_version": _identified(item, "AlgorithmVersion"),
            "algorithm_family": _family(item),
            "finding_code": read_code(item.get("SegmentedPropertyTypeCodeSequence")),
            "category_code": read_code(item.get("SegmentedPropertyCategoryCodeSequence")),
            "tracking_id": text_of(item, "TrackingID"),
            "tracking_uid": valid_uid(item.get("TrackingUID")),
        }
        people = person(self.dataset, "ContentCreatorName") or person(self.dataset, "OperatorsName")
        reader = algorithm or people if algorithm_type == "AUTOMATIC" else people or algorithm
        fields = {
            "finding": text_of(item, "SegmentLabel"),
            "reader": reader,
            "comment": text_of(item, "SegmentDescription"),
        }
        return fields, {key: value for key, value in extra.items() if value}

    def _extra(self) -> dict[str, Any]:
        content = {
            "content_label": text_of(self.dataset, "ContentLabel"),
            "content_description": text_of(self.dataset, "ContentDescription"),
            "segmentation_type": self.kind,
        }
        if person(self.dataset, "ContentCreatorName"):
            content["creator"] = str(self.dataset.ContentCreatorName)
        return {key: value for key, value in content.items() if value}


def _frames(dataset: Dataset, count: int) -> Iterator[NDArray[Any]]:
    """Decode one frame at a time: a film's frames together can be larger than memory."""
    from pydicom.pixels import iter_pixels

    shape = (int(dataset.Rows), int(dataset.Columns))
    if int(dataset.BitsAllocated) == 1 and not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        yield from _bits(dataset.PixelData, count, shape)
        return
    try:
        for frame in iter_pixels(dataset, raw=True):
            if frame.shape != shape:
                raise ValueError("a frame of another size")
            yield frame
    except Exception:  # a decoder can raise anything on damaged data
        raise MarkError("The frames of this DICOM SEG cannot be decoded; copy or export it again.") from None


def _bits(packed: bytes, count: int, shape: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """Unpack one bit a pixel, lowest bit first, frames without a gap between them (PS3.5 8.1.1 and annex D).

    ``pydicom.pixels.iter_pixels`` fails where a frame is not a whole number of bytes.
    """
    size = shape[0] * shape[1]
    for start in range(0, count * size, size):
        end = start + size
        part = np.frombuffer(packed[start // 8 : (end + 7) // 8], dtype=np.uint8)
        bits = np.unpackbits(part, bitorder="little")[start % 8 : start % 8 + size]
        if bits.size < size:
            return
        yield bits.reshape(shape)


def _algorithm_name(item: Dataset) -> str:
    return text_of(item, "SegmentAlgorithmName") or _identified(item, "AlgorithmName")


def _identified(item: Dataset, keyword: str) -> str:
    identified = item.get("SegmentationAlgorithmIdentificationSequence") or ()
    return next((text_of(entry, keyword) for entry in identified), "")


def _family(item: Dataset) -> list[str] | None:
    identified = item.get("SegmentationAlgorithmIdentificationSequence") or ()
    return next((read_code(entry.get("AlgorithmFamilyCodeSequence")) for entry in identified), None)


def _without_segment(mark: Mark) -> Mark:
    extra = {key: value for key, value in mark.extra.items() if key != "segment"}
    return Mark(mark.image, mark.shape, mark.finding, mark.reader, mark.phrase, mark.confidence, mark.comment, extra)


def _packed(values: NDArray[np.uint8]) -> str:
    return base64.b64encode(zlib.compress(values.tobytes(), 6)).decode("ascii")
