"""The film's header, as much of it as an object may know.

What is kept of a film whose patient is protected is a list of attributes that say nothing of anybody (PS3.15 E, with
the option to retain UIDs); everything else, private elements included, is never copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.formats.dicom_common import EMPTY_ALLOWED
from afloc_core.exporting.writing import ExportError
from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

_KEPT = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "Modality",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "PatientOrientation",
    "RescaleIntercept",
    "RescaleSlope",
    "RescaleType",
    "ModalityLUTSequence",
    "PresentationLUTShape",
    "BurnedInAnnotation",
)
_NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
_NOT_DICOM = "A DICOM object belongs to a DICOM film, which this one is not; export a picture instead."
_NO_UIDS = "The film lacks the UIDs by which an object could refer to it; export a picture instead."
_UNITS = frozenset(("OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT"))
"""Defined terms of what values are after a modality transformation (C.11.1.1.2)."""
_METHODS = (("113100", "Basic Application Confidentiality Profile"), ("113110", "Retain UIDs Option"))


def film_header(path: Path, shape: tuple[int, int], *, patient: bool) -> Dataset:
    """Read the header of a film.

    Parameters
    ----------
    path : Path
    shape : (int, int)
        Height and width of the film as it was opened.
    patient : bool
        Whether all of it is kept, for an object that names the patient.

    Returns
    -------
    pydicom.Dataset
        Without pixel data.

    Raises
    ------
    ExportError
        The file is not DICOM, or an object could not refer to it.
    """
    from pydicom import dcmread
    from pydicom.dataset import Dataset

    try:
        with quiet_decoders():
            whole = dcmread(path, stop_before_pixels=True)
            kept: Dataset = whole
            if not patient:
                kept = Dataset()
                for keyword in _KEPT:
                    if keyword in whole:
                        kept[keyword] = whole[keyword]
                _without_free_text(kept)
            for keyword in EMPTY_ALLOWED:
                if keyword not in kept:
                    setattr(kept, keyword, "")
            missing = any(not kept.get(keyword) for keyword in _NEEDED)
            same = (int(kept.Rows), int(kept.Columns)) == shape
    except Exception:  # pydicom raises many kinds for what is not DICOM, or broken
        raise ExportError(_NOT_DICOM) from None
    if missing or not same:
        raise ExportError(_NO_UIDS)
    return kept


def _without_free_text(kept: Dataset) -> None:
    """Leave out what a modality table says of itself in words of its own (C.11.1), and private elements in it."""
    from pydicom.dataset import Dataset

    if str(kept.get("RescaleType", "")) not in _UNITS:
        kept.pop("RescaleType", None)
    tables = []
    for table in kept.get("ModalityLUTSequence") or ():
        bare = Dataset()
        for keyword in ("LUTDescriptor", "LUTData"):
            bare[keyword] = table[keyword]
        unit = str(table.get("ModalityLUTType", ""))
        bare.ModalityLUTType = unit if unit in _UNITS else "US"
        tables.append(bare)
    if tables:
        kept.ModalityLUTSequence = tables


def mark_protected(dataset: Dataset) -> None:
    """Say in an object that the patient's identity was left out, and how (PS3.15 E.1, PS3.3 C.7.1.1)."""
    from pydicom.dataset import Dataset

    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "AFLoc Review: nothing of the patient is copied, UIDs are kept"
    dataset.DeidentificationMethodCodeSequence = []
    for value, meaning in _METHODS:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
        dataset.DeidentificationMethodCodeSequence.append(item)
    dataset.LongitudinalTemporalInformationModified = "REMOVED"
