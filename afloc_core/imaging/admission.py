"""Which DICOM files are radiographs, and what is said of those that are not.

Decided by SOP class (DICOM PS3.4 B.5); a secondary capture or a file without a known class is decided by its modality.
"""

from __future__ import annotations

from typing import Any

from pydicom.uid import UID, UID_dictionary

from afloc_core.errors import ImageError
from afloc_core.imaging.elements import integer, word
from afloc_core.imaging.limits import check_size

_CLASSES = "1.2.840.10008.5.1.4.1.1."
_DICOMDIR = "1.2.840.10008.1.3.10"
_SECONDARY_CAPTURE = "7"
_PROJECTION = frozenset(
    {
        "1",  # computed radiography
        "1.1",
        "1.1.1",  # digital X-ray
        "1.2",
        "1.2.1",  # digital mammography
        "1.3",
        "1.3.1",  # intra-oral
        "12.1",
        "12.1.1",  # angiography
        "12.2",
        "12.2.1",  # radiofluoroscopy
        "12.3",  # biplane angiography, retired
    }
)
_CAPTURES = frozenset({_SECONDARY_CAPTURE, "7.1", "7.2", "7.3", "7.4"})
_OTHER_CLASSES = {
    "2": "a CT slice",
    "2.1": "a CT volume",
    "2.2": "a CT volume",
    "4": "an MR slice",
    "4.1": "an MR volume",
    "4.3": "an MR volume",
    "4.4": "an MR volume",
    "128": "a PET slice",
    "130": "a PET volume",
    "20": "a nuclear medicine picture",
    "6.1": "an ultrasound picture",
    "3.1": "an ultrasound picture",
    "104.1": "a PDF document",
}
_OTHER_MODALITIES = {
    "CT": "a CT slice",
    "MR": "an MR slice",
    "PT": "a PET slice",
    "NM": "a nuclear medicine picture",
    "US": "an ultrasound picture",
    "OPT": "an optical coherence tomogram",
    "OP": "an ophthalmic photograph",
    "SM": "a microscope slide",
    "XC": "a photograph",
    "ES": "an endoscopic picture",
    "ECG": "an electrocardiogram",
    "SEG": "a segmentation",
    "SR": "a structured report",
    "PR": "a presentation state",
    "DOC": "a document",
    "RTDOSE": "a radiotherapy dose",
    "RTPLAN": "a radiotherapy plan",
    "RTSTRUCT": "a radiotherapy structure set",
}
_READS = "AFLoc reads projection radiographs (CR, DX, MG, RF, XA, secondary captures); open one of those."


def check_radiograph(header: Any) -> None:  # noqa: ANN401
    """Refuse everything that is not a single projection radiograph within the limits.

    Parameters
    ----------
    header : pydicom.Dataset
        The data set up to the pixel data, with its file meta information.

    Raises
    ------
    ImageError
        Another kind of object, several frames, an impossible size, or a header that ends too early.
    """
    sop_class = _sop_class(header)
    if sop_class == _DICOMDIR:
        raise ImageError("This is a DICOMDIR, the index of a disc; open one of the image files beside it.")
    what = not_radiograph(sop_class, word(header, "Modality"))
    if what:
        raise ImageError(f"This is {what}; {_READS}")
    frames = integer(header, "NumberOfFrames", 1)
    if frames > 1:
        raise ImageError(f"This file holds {frames} frames; export one frame as a single radiograph and open that.")
    _check_header(header, sop_class)


def _sop_class(header: Any) -> str:  # noqa: ANN401
    found = word(header, "SOPClassUID")
    return found or word(getattr(header, "file_meta", {}), "MediaStorageSOPClassUID")


def not_radiograph(sop_class: str, modality: str) -> str:
    """Return what the file is instead of a radiograph, or an empty text."""
    kind = sop_class.removeprefix(_CLASSES)
    if kind in _PROJECTION:
        return ""
    if kind in _CAPTURES or sop_class not in UID_dictionary:
        return _OTHER_MODALITIES.get(modality, "")
    if kind.startswith("88."):
        return "a structured report"
    return _OTHER_CLASSES.get(kind) or f"a DICOM object of the kind “{UID(sop_class).name.removesuffix(' Storage')}”"


def _check_header(header: Any, sop_class: str) -> None:  # noqa: ANN401
    rows, columns = integer(header, "Rows", 0), integer(header, "Columns", 0)
    if "Rows" in header or "Columns" in header:
        check_size(rows, columns)
    elif sop_class:
        raise ImageError("This DICOM file holds no picture, or is cut short before it; copy or export it again.")
    else:
        raise ImageError("This file cannot be read as DICOM; copy or export it again.")
    if integer(header, "BitsAllocated", 0) not in (8, 16, 32):
        raise ImageError("This DICOM file does not have 8, 16 or 32 bits per pixel; export it again with 16.")
