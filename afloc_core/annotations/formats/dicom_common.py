"""What DICOM annotation objects have in common: names, codes, our private note, and the images they belong to.

A DICOM annotation object belongs to the study of the images it marks: patient, study and frame of reference are
copied from them, as PS3.3 A.1 asks. Writing one is therefore a choice to keep the patient's data with the marks.

What the standard has no attribute for (phrase, confidence, exact reader names, whether an outline was drawn freehand)
goes into one private element as JSON, reserved as PS3.5 7.8.1 asks. Other programs ignore it, and everything they need
stands in standard attributes.
"""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from afloc_core.annotations.marks import UNNAMED_READER, Document, Mark, MarkedImage, Reading
from afloc_core.errors import MarkError
from afloc_core.imaging.quiet import quiet_decoders
from afloc_core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from afloc_core.annotations.shapes import Shape

OWN_SCHEME = "99AFLOC"
"""Coding scheme designator of terms that come without a code; PS3.16 8.2 leaves designators from 99 on to everybody."""

_CREATOR = "AFLOC REVIEW"
_GROUP = 0x0071
_NOTE = 0x01
_MAKER = "AFLoc Review"
_LONG_STRING = 64
_PIXELS = 0x7FE00000
_NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Rows", "Columns")
EMPTY_ALLOWED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
)
"""What an object about a patient and a study must have, be it empty (type 2)."""


def split_by_image(document: Document) -> tuple[Document, ...]:
    """Return a document for each image that has a mark or a reading.

    Parameters
    ----------
    document : Document

    Returns
    -------
    tuple of Document
        In the order of the images; what the document says as a whole is in each of them.
    """
    marks: dict[str, list[Mark]] = {}
    readings: dict[str, list[Reading]] = {}
    for mark in document.marks:
        marks.setdefault(mark.image, []).append(mark)
    for reading in document.readings:
        readings.setdefault(reading.image, []).append(reading)
    return tuple(
        Document(
            document.format,
            {key: image},
            tuple(marks.get(key, ())),
            tuple(readings.get(key, ())),
            document.problems,
            document.extra,
        )
        for key, image in document.images.items()
        if key in marks or key in readings
    )


def sources_of(document: Document, sources: Mapping[str, Dataset]) -> dict[str, Dataset]:
    """Return the headers of the images that have a mark or a reading, checked and completed.

    Parameters
    ----------
    document : Document
    sources : mapping of image key to pydicom.Dataset
        Pixel data is not needed.

    Returns
    -------
    dict of image key to pydicom.Dataset
        Copies without pixel data in which attributes that DICOM wants present but may leave empty are present.

    Raises
    ------
    MarkError
        If nothing is marked, a source is missing or not a usable image, or the images are of several studies.
    """
    used = {mark.image for mark in document.marks} | {reading.image for reading in document.readings}
    if not used:
        raise MarkError("There is nothing to write: the document holds neither marks nor readings.")
    missing = len(used - sources.keys())
    if missing:
        raise MarkError(
            f"A DICOM annotation belongs to the study of its image: give the DICOM files of the images "
            f"({missing} of {len(used)} missing)."
        )
    found = {key: _completed(sources[key]) for key in document.images if key in used}
    if len(found) < len(used):
        raise MarkError("A mark or reading is of an image that the document does not list.")
    if len({str(source.StudyInstanceUID) for source in found.values()}) > 1:
        raise MarkError(
            "A DICOM annotation belongs to one study, these images are of several: write one file for each."
        )
    return found


def instance_attributes() -> dict[str, Any]:
    """Return what highdicom asks of every new object: fresh UIDs, numbers, and the equipment, which is this program."""
    return {
        "series_instance_uid": generate_uid(),
        "series_number": 9001,
        "sop_instance_uid": generate_uid(),
        "instance_number": 1,
        "manufacturer": _MAKER,
        "manufacturer_model_name": _MAKER,
        "software_versions": __version__,
        "device_serial_number": "0",
        "specific_character_set": "ISO_IR 192",
    }


def is_of(dataset: Dataset, classes: Sequence[str]) -> bool:
    """Return whether the SOP class of an object, if it has a readable one, is among these."""
    try:
        with quiet_decoders():
            return dataset.get("SOPClassUID") in classes
    except Exception:  # as in `reading`
        return False


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn what a damaged object makes the reading stumble over into one sentence.

    Parameters
    ----------
    what : str
        The kind of object, such as ``"DICOM SEG"``.

    Raises
    ------
    MarkError
        In place of the errors of pydicom, whose text can quote values.
    """
    try:
        yield
    except MarkError:
        raise
    except Exception:  # pydicom decodes late and raises many kinds for a broken element
        raise MarkError(f"This {what} is damaged and cannot be read; copy or export it again.") from None


@contextmanager
def building(what: str) -> Iterator[None]:
    """Turn what highdicom finds wrong with a source image into one sentence.

    Parameters
    ----------
    what : str
        What is being made, with its article.

    Raises
    ------
    MarkError
        In place of the ValueError, TypeError or AttributeError of highdicom, whose text can quote header values.
    """
    try:
        yield
    except (ValueError, TypeError, AttributeError, KeyError):
        raise MarkError(
            f"The header of the source image does not allow {what}; use the original file of the image."
        ) from None


def person(dataset: Dataset, keyword: str) -> str:
    """Return a person's name for people to read, empty if absent or if it is the patient's own."""
    name = readable_name(dataset.get(keyword))
    return "" if name == readable_name(dataset.get("PatientName")) else name


def readable_name(value: object) -> str:
    """Return the first component group of a DICOM person name (PS3.5 6.2.1) with blanks in place of carets."""
    first = str(value or "").split("=", 1)[0]
    return " ".join(part for part in first.replace("^", " ").split() if part)


def person_name(reader: str, original: object = "") -> str:
    """Return a reader's name as a DICOM person name: the original spelling if it is the same name."""
    if isinstance(original, str) and original and readable_name(original) == reader:
        return original
    name = long_string(reader.replace("^", " ").replace("=", " ")) or UNNAMED_READER
    return f"{name[: _LONG_STRING - 1]}^"  # the caret says that one component is meant


def long_string(text: str) -> str:
    """Return a text that fits the value representation LO (PS3.5 6.2): one line, no backslash, 64 characters."""
    clean = re.sub(r"[\x00-\x1f\x7f]+", " ", text.replace("\\", "/"))
    return clean[:_LONG_STRING].strip()


def read_code(items: object) -> list[str] | None:
    """Return value, scheme and meaning of the first item of a code sequence, None without a usable one."""
    try:
        item = items[0]  # type: ignore[index]
        value = item.get("CodeValue") or item.get("LongCodeValue") or item.get("URNCodeValue")
        return [str(value or ""), str(item.get("CodingSchemeDesignator", "")), str(item.get("CodeMeaning", ""))]
    except (TypeError, IndexError, AttributeError, KeyError):
        return None


def finding_code(finding: str, kept: object) -> list[str]:
    """Return the code of a finding: the one the file came with if it still means the finding, else one of our own."""
    code = checked_code(kept)
    if code is not None and code[2] == finding:
        return code
    slug = re.sub(r"[^A-Z0-9]+", "_", finding.upper()).strip("_")
    if not slug or len(slug) > 16:
        slug = "F" + sha256(finding.encode()).hexdigest()[:15].upper()
    return [slug, OWN_SCHEME, long_string(finding) or "Marked region"]


def checked_code(value: object) -> list[str] | None:
    """Return three texts that make a code, or None: what came through a file or a database may be anything."""
    if not isinstance(value, list | tuple) or len(value) != 3 or not all(isinstance(v, str) and v for v in value):
        return None
    return [long_string(part) for part in value]


def write_note(item: Dataset, mark: Mark | Reading, own: Sequence[str] = (), **more: object) -> None:
    """Put what the standard attributes cannot say of a mark into the private element of an item.

    Parameters
    ----------
    item : pydicom.Dataset
    mark : Mark or Reading
    own : sequence of str, optional
        Keys of ``extra`` that the format writes in standard attributes.
    **more
        JSON values of the format.
    """
    note: dict[str, object] = dict(more)
    if isinstance(mark, Mark):
        note |= {"phrase": mark.phrase, "confidence": mark.confidence, "comment": mark.comment}
    note["extra"] = {key: value for key, value in mark.extra.items() if key not in own}
    kept = {key: value for key, value in note.items() if value not in ("", None, {})}
    kept |= {"reader": mark.reader, "finding": mark.finding}
    put_note(item, kept)


def put_note(item: Dataset, note: Mapping[str, object]) -> None:
    """Put JSON values into the private element of an item, in ASCII whatever the character set."""
    item.private_block(_GROUP, _CREATOR, create=True).add_new(_NOTE, "UT", json.dumps(note, ensure_ascii=True))


def read_note(item: Dataset) -> dict[str, Any]:
    """Return the private note of an item; empty if there is none or it is not ours."""
    try:
        note = json.loads(item.private_block(_GROUP, _CREATOR)[_NOTE].value)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}


def noted_mark(
    image: str, shape: Shape, fields: Mapping[str, str], note: Mapping[str, Any], extra: dict[str, Any]
) -> Mark:
    """Return a mark from standard attributes, each overruled by the private note where that says more.

    Parameters
    ----------
    image : str
    shape : Shape
    fields : mapping
        ``finding``, ``reader`` and ``comment`` from standard attributes; missing is empty.
    note : mapping
        As `read_note` returns it.
    extra : dict
        What the format keeps of its standard attributes.
    """
    text = {key: _text(note, key, fields.get(key, "")) for key in ("finding", "reader", "phrase", "comment")}
    return Mark(
        image,
        shape,
        finding=text["finding"],
        reader=text["reader"] or UNNAMED_READER,
        phrase=text["phrase"],
        confidence=_fraction(note.get("confidence")),
        comment=text["comment"],
        extra=_noted_extra(note) | extra,
    )


def noted_reading(image: str, fields: Mapping[str, str], note: Mapping[str, Any], extra: dict[str, Any]) -> Reading:
    """Return a reading in the way of `noted_mark`."""
    reader = _text(note, "reader", fields.get("reader", "")) or UNNAMED_READER
    return Reading(image, reader, _text(note, "finding", fields.get("finding", "")), _noted_extra(note) | extra)


def referenced_image(uid: str, size: tuple[int, int] | None = None, sop_class: str = "") -> MarkedImage:
    """Return an image known by its SOP Instance UID, which is its key too."""
    extra = {"sop_class": sop_class} if sop_class else {}
    return MarkedImage(uid, uid=uid, size=size, extra=extra)


def text_of(dataset: Dataset, keyword: str) -> str:
    """Return the value of an element as text; empty if it is absent or has none."""
    value = dataset.get(keyword)
    return "" if value is None else str(value)


def valid_uid(value: object) -> str:
    """Return a UID (PS3.5 9.1) as text, empty if it is not one."""
    uid = UID(str(value or ""))
    return str(uid) if uid.is_valid else ""


def _completed(source: Dataset) -> Dataset:
    if any(not source.get(keyword) for keyword in _NEEDED):
        raise MarkError(
            "The source of a DICOM annotation must be the DICOM image itself; one of them lacks its UIDs or size."
        )
    copy = Dataset()
    for tag in source.keys():  # noqa: SIM118  (iterating a data set gives elements, pixel data among them)
        if tag < _PIXELS:
            copy[tag] = source[tag]
    for keyword in EMPTY_ALLOWED:
        if keyword not in copy:
            setattr(copy, keyword, "")
    return copy


def _text(note: Mapping[str, Any], key: str, standard: str) -> str:
    value = note.get(key, standard)
    return value if isinstance(value, str) else standard


def _fraction(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 0.0 <= value <= 1.0 else None


def _noted_extra(note: Mapping[str, Any]) -> dict[str, Any]:
    extra = note.get("extra")
    return dict(extra) if isinstance(extra, dict) else {}
