"""A film full of invented patient data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.films import synthetic_chest, write_dicom

if TYPE_CHECKING:
    from pathlib import Path

VALUES: dict[str, Any] = {
    "PatientName": "Zweigelt^Quirina^Odalys",
    "PatientID": "PID-7741902",
    "PatientBirthDate": "19510317",
    "PatientSex": "O",
    "PatientAge": "073Y",
    "PatientAddress": "Krummgasse 17, Hinterwald",
    "PatientTelephoneNumbers": "0431-5558812",
    "PatientMotherBirthName": "Tscherkassy",
    "PatientComments": "likes marzipan",
    "OtherPatientIDs": "ALT-559917",
    "EthnicGroup": "Vandalic",
    "Occupation": "beacon keeper",
    "AccessionNumber": "ACC-660033",
    "StudyID": "SID-99187",
    "StudyDate": "20240229",
    "StudyTime": "134757",
    "SeriesDate": "20240229",
    "AcquisitionDate": "20240228",
    "AcquisitionTime": "134801",
    "ContentDate": "20240227",
    "ContentTime": "134809",
    "StudyDescription": "Thorax Quirina pa",
    "SeriesDescription": "Serie Odalys",
    "ProtocolName": "Protokoll Zweigelt",
    "InstitutionName": "Spital Hinterwald",
    "InstitutionAddress": "Am Steilhang 3",
    "InstitutionalDepartmentName": "Roentgen Ost",
    "StationName": "STATION-4711",
    "ReferringPhysicianName": "Brombeer^Ignatius",
    "PerformingPhysicianName": "Oleander^Rutgardis",
    "OperatorsName": "Kastanie^Uwehard",
    "NameOfPhysiciansReadingStudy": "Wacholder^Ilsebill",
    "RequestingPhysician": "Schlehe^Brunhold",
    "RequestedProcedureDescription": "Bitte um Befund Zweigelt",
    "AdditionalPatientHistory": "fell off the lighthouse",
    "ImageComments": "comment by Kastanie",
    "DeviceSerialNumber": "SN-3344556",
    "Manufacturer": "Roentgenwerk Kaltbrunn",
    "ManufacturerModelName": "Durchblick 9000",
    "WindowCenterWidthExplanation": "WINDOW ZWEIGELT",
    "ViewPosition": "PA",
}
UIDS = {
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.55.881.7742",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.55.881.7743",
    "SOPInstanceUID": "1.2.826.0.1.3680043.8.498.55.881.7744",
}
FOLDER, NAME = "zweigelt_archive", "quirina_odalys_20240229.dcm"
_TOO_SHORT = ("PatientSex", "ViewPosition")  # single letters are in any file


def patient_film(folder: Path, **changes: Any) -> Path:  # noqa: ANN401
    """Write the film into a folder that is called after the patient, as is the file."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    chest = synthetic_chest(480, 400).astype(np.uint16) * 16
    usual = {**VALUES, **UIDS, "WindowCenter": "2048", "WindowWidth": "4096", "PixelSpacing": [0.5, 0.5]}
    return write_dicom(place / NAME, chest, BitsStored=12, HighBit=11, **(usual | changes))


def secrets() -> tuple[str, ...]:
    """Return every value, names also part by part, and what the paths are called."""
    texts = [str(value) for key, value in VALUES.items() if key not in _TOO_SHORT]
    parts = [part for text in texts if "^" in text for part in text.split("^") if len(part) > 5]
    spoken = [text.replace("^", " ") for text in texts if "^" in text]
    return (*texts, *parts, *spoken, FOLDER, NAME, NAME.removesuffix(".dcm"))
