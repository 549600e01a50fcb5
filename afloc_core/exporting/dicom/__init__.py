"""DICOM objects: one module per object, through highdicom and the writers of `afloc_core.annotations.formats`.

Each object belongs to the film's study and refers to it by its UIDs, without which no viewer finds the film. Of the
patient it holds nothing unless somebody asked for it, see `afloc_core.exporting.dicom.source`.
"""

from __future__ import annotations

import io
from importlib import import_module
from typing import TYPE_CHECKING

from afloc_core.exporting.dicom.provenance_element import put_provenance
from afloc_core.exporting.dicom.source import film_header, mark_protected
from afloc_core.exporting.provenance import record, to_text
from afloc_core.exporting.writing import ExportError

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

    from afloc_core.exporting.picture import Picture

_MODULES = {
    "dicom-picture": "secondary_capture",
    "dicom-map": "fractional_map",
    "dicom-regions": "regions",
    "dicom-marks": "presentation",
    "dicom-report": "report",
}
_NOT_A_PICTURE = "Only a picture can be made again; give a DICOM file that was exported as dicom-picture."


def encode_object(picture: Picture, kind: str, path: Path, *, patient: bool = False) -> bytes:
    """Make a DICOM object and return the content of its file.

    Parameters
    ----------
    picture : Picture
        Of which the object holds the part that its kind is about.
    kind : str
        ``"dicom-picture"`` (Secondary Capture), ``"dicom-map"`` (fractional segmentation), ``"dicom-regions"`` (binary
        segmentation), ``"dicom-marks"`` (presentation state) or ``"dicom-report"`` (structured report, TID 1500).
    path : Path
        The film.
    patient : bool
        Whether the object names the patient.

    Raises
    ------
    ExportError
        The film is not DICOM, or there is nothing that such an object could hold.
    MarkError
        The film's header or a mark does not allow the object.
    """
    source = film_header(path, picture.radiograph.shape, patient=patient)
    made = import_module(f"{__name__}.{_MODULES[kind]}").make(picture, source)
    _complete(made)
    if not patient:
        mark_protected(made)
    put_provenance(made, to_text(record(picture)))
    return _bytes(made)


def encode_again(before: bytes, picture: Picture) -> bytes:
    """Return an exported Secondary Capture with its picture made again.

    Raises
    ------
    ExportError
        The object is of another kind.
    """
    from pydicom import dcmread
    from pydicom.uid import SecondaryCaptureImageStorage

    from afloc_core.exporting.encoding import picture_pixels

    dataset = dcmread(io.BytesIO(before))
    if dataset.SOPClassUID != SecondaryCaptureImageStorage:
        raise ExportError(_NOT_A_PICTURE)
    pixels = picture_pixels(picture)
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    raw = pixels.tobytes()
    dataset.PixelData = raw + b"\0" * (len(raw) % 2)
    return _bytes(dataset)


def same_pixels(before: bytes, after: bytes) -> bool:
    """Whether two Secondary Captures hold the same picture."""
    from pydicom import dcmread

    first, second = (dcmread(io.BytesIO(content)) for content in (before, after))
    size = (first.Rows, first.Columns) == (second.Rows, second.Columns)
    return bool(size and first.PixelData == second.PixelData)


def _complete(dataset: Dataset) -> None:
    """Add what may be empty but not missing (type 2C), and take out what a projection does not have.

    Pixel Measures belong to a frame of reference, which films rarely have; without the thickness of a slice, which they
    never have, highdicom cannot read them. The size of a pixel stands in the film that is referred to.
    """
    if "Rows" in dataset and "PatientOrientation" not in dataset:
        dataset.PatientOrientation = None
    if "SharedFunctionalGroupsSequence" not in dataset and "ContentSequence" not in dataset:
        dataset.setdefault("Laterality", None)
    if "FrameOfReferenceUID" not in dataset:
        for shared in dataset.get("SharedFunctionalGroupsSequence") or ():
            shared.pop("PixelMeasuresSequence", None)


def _bytes(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
