"""The size of a pixel in millimetres (DICOM PS3.3 10.7.1)."""

from __future__ import annotations

from typing import Any

from afloc_core.imaging.elements import numbers, word

CALIBRATED = "calibrated"
AT_DETECTOR = "at the detector"
MAGNIFICATION = "corrected for magnification"
NOT_STATED = "calibration not stated"


def pixel_spacing(dataset: Any) -> tuple[tuple[float, float] | None, str]:  # noqa: ANN401
    """Return how far apart pixels are and what that distance refers to.

    Pixel Spacing counts as calibrated when the file says so (Pixel Spacing Calibration Type) or when it differs from
    the spacing at the detector; when neither is there, PS3.3 10.7.1.1 says that it cannot be determined. Imager Pixel
    Spacing, and Nominal Scanned Pixel Spacing of digitised films, are distances at the detector; divided by the
    Estimated Radiographic Magnification Factor they are distances in the patient.

    Parameters
    ----------
    dataset : pydicom.Dataset
        The radiograph's data set.

    Returns
    -------
    spacing : (float, float) or None
        Distance between rows and between columns in millimetres; None when missing, zero, negative or unreadable.
    note : str
        ``"calibrated"``, ``"at the detector"``, ``"corrected for magnification"``, ``"calibration not stated"``, or
        empty when the spacing is None.
    """
    pixel = _pair(dataset, "PixelSpacing")
    detector = _pair(dataset, "ImagerPixelSpacing") or _pair(dataset, "NominalScannedPixelSpacing")
    if pixel and (word(dataset, "PixelSpacingCalibrationType") or (detector and pixel != detector)):
        return pixel, CALIBRATED
    if detector:
        factor = numbers(dataset, "EstimatedRadiographicMagnificationFactor")
        if factor and factor[0] > 0:
            return (detector[0] / factor[0], detector[1] / factor[0]), MAGNIFICATION
        return detector, AT_DETECTOR
    return (pixel, NOT_STATED) if pixel else (None, "")


def _pair(dataset: Any, keyword: str) -> tuple[float, float] | None:  # noqa: ANN401
    found = numbers(dataset, keyword)
    return (found[0], found[1]) if len(found) == 2 and min(found) > 0 else None
