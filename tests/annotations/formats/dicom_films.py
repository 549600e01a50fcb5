"""Films for tests of DICOM annotations: the sample film, and a small invented DX of an odd size."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from pydicom import dcmread
from pydicom.uid import DigitalXRayImageStorageForPresentation

from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.imaging.sample import sample_film
from tests.films import film_dataset, synthetic_chest

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SMALL = (27, 35)
UID = "1.2.826.0.1.3680043.8.498.1"


def small_film(**tags: Any) -> Dataset:  # noqa: ANN401
    """Return a DX of 35 x 27 pixels; a frame of it is not a whole number of bytes in a binary segmentation."""
    usual: dict[str, Any] = {
        "SOPClassUID": DigitalXRayImageStorageForPresentation,
        "Modality": "DX",
        "SOPInstanceUID": f"{UID}.1",
        "StudyInstanceUID": f"{UID}.2",
        "SeriesInstanceUID": f"{UID}.3",
        "SpecificCharacterSet": "ISO_IR 100",
        "PatientName": "Müller^Änne",
        "PatientID": "P1",
    }
    return film_dataset(synthetic_chest(*SMALL), **(usual | tags))


def complete_film() -> Dataset:
    """Return the small film with the empty attributes that highdicom asks for when others use it directly."""
    words = ("PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate", "StudyTime")
    return small_film(**dict.fromkeys((*words, "ReferringPhysicianName"), ""))


def film(name: str) -> Dataset:
    """Return the header of the film ``"sample"`` or ``"small"``."""
    return dcmread(sample_film(), stop_before_pixels=True) if name == "sample" else small_film()


def document_of(marks: tuple[Mark, ...], readings: tuple[Reading, ...] = ()) -> Document:
    """Return a document on the image ``"a"``."""
    return Document("test", {"a": MarkedImage("a")}, marks, readings)


def saved(dataset: Dataset) -> Dataset:
    """Return a data set as it comes back from a file."""
    stream = BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    return dcmread(stream)
