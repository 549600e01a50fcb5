"""Structured report after TID 1500 (PS3.16): outlines of readers and model with their areas and similarities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.formats import dicom_sr
from afloc_core.exporting.dicom.found import FILM, outlines_document

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from afloc_core.exporting.picture import Picture


def make(picture: Picture, source: Dataset) -> Dataset:
    """Return the object."""
    return dicom_sr.write(outlines_document(picture), {FILM: source})
