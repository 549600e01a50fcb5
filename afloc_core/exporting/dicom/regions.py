"""Binary segmentation (PS3.3 A.51): the regions of each map at or above its threshold, a segment each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.formats import dicom_seg
from afloc_core.exporting.dicom.found import FILM, masks_document
from afloc_core.exporting.writing import ExportError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from afloc_core.exporting.picture import Picture


def make(picture: Picture, source: Dataset) -> Dataset:
    """Return the object."""
    if not picture.maps:
        raise ExportError("Regions are parts of a map; give a phrase.")
    return dicom_seg.write(masks_document(picture), {FILM: source})
