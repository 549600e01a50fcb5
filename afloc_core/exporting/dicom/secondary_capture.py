"""Secondary Capture (PS3.3 A.8.1): the picture, with a reference to the film it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.formats.dicom_common import building, instance_attributes
from afloc_core.exporting.encoding import picture_pixels
from afloc_core.imaging.elements import word

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from afloc_core.exporting.picture import Picture

_NOT_NEEDED = ("manufacturer_model_name", "software_versions", "device_serial_number")


def make(picture: Picture, source: Dataset) -> Dataset:
    """Return the object."""
    from highdicom.sc import SCImage
    from pydicom.dataset import Dataset

    from afloc_core.version import __version__

    attributes = {key: value for key, value in instance_attributes().items() if key not in _NOT_NEEDED}
    character_set = attributes.pop("specific_character_set")
    with building("a DICOM Secondary Capture"):
        made: Dataset = SCImage(
            pixel_array=picture_pixels(picture),
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            study_instance_uid=source.StudyInstanceUID,
            patient_id=source.PatientID or None,
            patient_name=source.PatientName or None,
            patient_birth_date=source.PatientBirthDate or None,
            patient_sex=source.PatientSex or None,
            accession_number=source.AccessionNumber or None,
            study_id=source.StudyID or None,
            study_date=source.StudyDate or None,
            study_time=source.StudyTime or None,
            referring_physician_name=source.ReferringPhysicianName or None,
            patient_orientation=("L", "F"),
            specific_character_set=character_set,
            **attributes,
        )
    made.PatientOrientation = None  # a page of films and words has none
    made.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    made.ConversionType = "WSD"
    made.SecondaryCaptureDeviceManufacturer = "AFLoc Review"
    made.SecondaryCaptureDeviceSoftwareVersions = __version__
    made.DerivationDescription = "Annotated picture, research use only"
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
    made.SourceImageSequence = [item]
    words_in_film = word(source, "BurnedInAnnotation") == "YES" and not picture.blackouts
    if picture.patient or words_in_film:
        made.BurnedInAnnotation = "YES"
    elif "BurnedInAnnotation" in made:
        del made.BurnedInAnnotation  # whether words are left in the film, nobody knows
    return made
