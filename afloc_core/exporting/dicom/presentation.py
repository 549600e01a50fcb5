"""Grayscale Softcopy Presentation State (PS3.3 A.33.1): window, polarity, readers' marks and the model's outlines.

A presentation state replaces all that the film says of how it is shown (PS3.4 N.2), so the film's own modality
transformation is said again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.formats import dicom_gsps
from afloc_core.exporting.dicom.found import FILM, outlines_document, within

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from afloc_core.exporting.picture import Picture
    from afloc_core.imaging.radiograph import Window

_MODALITY = ("ModalityLUTSequence", "RescaleIntercept", "RescaleSlope", "RescaleType")


def make(picture: Picture, source: Dataset) -> Dataset:
    """Return the object."""
    document = outlines_document(picture)
    cut = ((mark, within(mark.shape, picture.radiograph.shape)) for mark in document.marks)
    bare = tuple(replace(mark, shape=shape, extra={}) for mark, shape in cut if shape is not None)
    readings = tuple(replace(reading, extra={}) for reading in document.readings)
    made = dicom_gsps.write(replace(document, marks=bare, readings=readings), {FILM: source})
    for keyword in _MODALITY:
        if keyword in source:
            made[keyword] = source[keyword]
    if "RescaleSlope" in made and not made.get("RescaleType"):
        made.RescaleType = "US"
    made.SoftcopyVOILUTSequence = [_window(picture.window)]
    # The same two questions that the picture itself answers: what the file's polarity is, and whether it is turned.
    made.PresentationLUTShape = "INVERSE" if picture.radiograph.inverted != picture.inverted else "IDENTITY"
    return made


def _window(window: Window) -> Dataset:
    """Return a VOI LUT (C.11.8): a line exactly as shown; a curve as a table of 16 bits, a sigmoid by its name."""
    from pydicom.dataset import Dataset

    item = Dataset()
    if window.curve is None:
        item.WindowCenter, item.WindowWidth = _number((window.low + window.high) / 2), _number(window.high - window.low)
        item.VOILUTFunction = "LINEAR_EXACT"
    elif window.nominal is not None:
        item.WindowCenter, item.WindowWidth = (_number(value) for value in window.nominal)
        item.VOILUTFunction = "SIGMOID"
    else:
        table = Dataset()
        first = int(np.floor(window.low))
        count = min(max(int(np.ceil(window.high)) - first + 1, 2), 65535)
        places = np.linspace(0, 1, count)
        values = np.interp(places, np.linspace(0, 1, len(window.curve)), window.curve)
        table.add_new("LUTDescriptor", "US" if first >= 0 else "SS", [count, first, 16])
        table.add_new("LUTData", "OW", np.rint(values * 65535).astype("<u2").tobytes())
        item.VOILUTSequence = [table]
    return item


def _number(value: float) -> str:
    """Write a number in the 16 characters of a decimal string."""
    return f"{value:.10g}"[:16]
