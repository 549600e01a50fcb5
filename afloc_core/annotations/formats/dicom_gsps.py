r"""Graphics and texts of DICOM presentation states (PS3.3 A.33, C.10.5).

A graphic object is a mark. A layer is a reader: layers are what viewers switch on and off, as the window does with
readers; Graphic Layer Description is the name, unless the object has a Content Creator's Name and one layer. Text in
the graphic group of a graphic, or beside it alone in its annotation, is the comment of the mark; text with an anchor of
its own is a point with a comment; any other text is kept in ``extra["texts"]`` of the document.

The standard has no attribute for a finding in a presentation state: it stands first in the text and, for this program,
in the private note.

PIXEL counts from 0.0\0.0 at the upper left corner of the first pixel, as the marks do. DISPLAY counts in fractions of
the Displayed Area (C.10.4), whose corners are pixels counted from 1\1, lower right one included; it is turned into
pixels unless the area is rotated or flipped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pydicom.uid import (
    ColorSoftcopyPresentationStateStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    PseudoColorSoftcopyPresentationStateStorage,
)

from afloc_core.annotations.formats.dicom_common import (
    is_of,
    noted_mark,
    noted_reading,
    person,
    read_note,
    reading,
    referenced_image,
    sources_of,
    text_of,
    valid_uid,
)
from afloc_core.annotations.formats.dicom_graphics import graphic_extra, noted_outline, shape_of
from afloc_core.annotations.formats.dicom_gsps_writing import LABEL, NOTHING, presentation_state
from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Points
from afloc_core.errors import MarkError
from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydicom.dataset import Dataset

NAME = "dicom_gsps"
TITLE = "The DICOM presentation state"
LOOKED_FOR: Mapping[str, str] = {"dicom": "DICOM GSPS (a presentation state with graphics)"}
SUFFIX = ".dcm"

_CLASSES = (
    GrayscaleSoftcopyPresentationStateStorage,
    ColorSoftcopyPresentationStateStorage,
    PseudoColorSoftcopyPresentationStateStorage,
)


class _Place(NamedTuple):
    """Where an annotation belongs: its name for people, its images, and the reader of its layer."""

    name: str
    images: tuple[str, ...]
    reader: str


class _Text(NamedTuple):
    """A text object: what it says, its graphic group, its anchor in image pixels, our note, and its box."""

    value: str
    group: int | None
    anchor: tuple[float, float] | None
    note: Mapping[str, Any]
    caption: dict[str, Any]


def recognises(dataset: Dataset) -> bool:
    """Return whether a DICOM object is a softcopy presentation state, by its SOP class."""
    return is_of(dataset, _CLASSES)


def read(dataset: Dataset) -> Document:
    """Read a presentation state.

    Parameters
    ----------
    dataset : pydicom.Dataset

    Returns
    -------
    Document
        Images by SOP Instance UID, with their size where the whole image is displayed. A graphic on several images is
        a mark on each. Windows, shutters and zoom are not marks and are not read.

    Raises
    ------
    MarkError
        If it holds no annotation.
    """
    with quiet_decoders(), reading("DICOM presentation state"):
        return _Reader(dataset).document()


def write(document: Document, sources: Mapping[str, Dataset]) -> Dataset:
    """Write the marks of the images of one study as a Grayscale Softcopy Presentation State.

    Masks are refused: they belong in a DICOM SEG. The object belongs to the study of its images and carries its
    patient's data, as DICOM asks: choosing this format is choosing that.

    Parameters
    ----------
    document : Document
    sources : mapping of image key to pydicom.Dataset
        The DICOM images; pixel data is not needed.

    Returns
    -------
    highdicom.pr.GrayscaleSoftcopyPresentationState
        A layer for each reader; the grey scale is the image's own, its polarity included.

    Raises
    ------
    MarkError
        If a source is missing, the images are of several studies, or a mark is a mask or leaves its image.
    """
    found = sources_of(document, sources)
    with quiet_decoders():
        return presentation_state(document, found)


class _Reader:
    """One presentation state while it is being read."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.problems: list[str] = []
        self.images: dict[str, MarkedImage] = {}
        self.marks: list[Mark] = []
        self.readings: list[Reading] = []
        self.texts: list[dict[str, Any]] = []
        self.names: dict[str, str] = {}
        self.layers = {
            text_of(item, "GraphicLayer"): text_of(item, "GraphicLayerDescription") or text_of(item, "GraphicLayer")
            for item in dataset.get("GraphicLayerSequence") or ()
        }
        self.creator = person(dataset, "ContentCreatorName")

    def document(self) -> Document:
        annotations = self.dataset.get("GraphicAnnotationSequence") or ()
        if not annotations:
            raise MarkError("This DICOM presentation state holds no annotations.")
        for series in self.dataset.get("ReferencedSeriesSequence") or ():
            for item in series.get("ReferencedImageSequence") or ():
                self._note_image(item)
        for number, item in enumerate(annotations, start=1):
            try:
                self._add_annotation(f"Annotation {number}", item)
            except Exception:  # pydicom raises many kinds for a broken element
                self.problems.append(f"Annotation {number} is damaged.")
        marks, readings = tuple(self.marks), tuple(self.readings)
        return Document(NAME, self.images, marks, readings, tuple(self.problems), self._extra())

    def _note_image(self, item: Dataset) -> str:
        uid = valid_uid(item.get("ReferencedSOPInstanceUID"))
        if uid and uid not in self.images:
            self.images[uid] = referenced_image(uid, sop_class=valid_uid(item.get("ReferencedSOPClassUID")))
        return uid

    def _add_annotation(self, name: str, item: Dataset) -> None:
        references = item.get("ReferencedImageSequence") or ()
        images = tuple(filter(None, map(self._note_image, references))) or tuple(self.images)
        if not images:
            self.problems.append(f"{name} does not say which image it belongs to.")
            return
        layer = text_of(item, "GraphicLayer")
        named = self.layers.get(layer, layer)
        reader = self.creator if self.creator and len(self.layers) <= 1 else named
        self.names.setdefault(reader, layer)
        place = _Place(name, images, reader)
        texts = self._texts_of(place, item.get("TextObjectSequence") or ())
        before = len(self.marks)
        for number, graphic in enumerate(item.get("GraphicObjectSequence") or (), start=1):
            try:
                self._add_graphic(place, graphic)
            except MarkError as error:
                self.problems.append(f"{name}, graphic {number}: {error}")
        self.marks[before:] = self._settle(place, self.marks[before:], texts)

    def _texts_of(self, place: _Place, items: Sequence[Dataset]) -> list[_Text]:
        found = []
        for item in items:
            note = read_note(item)
            if note.get("kind") == NOTHING:
                self.readings += [noted_reading(image, {"reader": place.reader}, note, {}) for image in place.images]
            elif note.get("kind") != LABEL:
                found.append(self._text(place, item, note))
        return found

    def _text(self, place: _Place, item: Dataset, note: Mapping[str, Any]) -> _Text:
        anchor = None
        if item.get("AnchorPoint"):
            try:
                units = text_of(item, "AnchorPointAnnotationUnits")
                x, y = self._in_pixels(place.images[0], units, list(item.AnchorPoint))
                anchor = (x, y)
            except (MarkError, ValueError):
                self.problems.append(f"{place.name}: a text is anchored at a place that cannot be found.")
        return _Text(
            text_of(item, "UnformattedTextValue"), item.get("GraphicGroupID"), anchor, note, _caption(place, item)
        )

    def _add_graphic(self, place: _Place, item: Dataset) -> None:
        kind, units = text_of(item, "GraphicType"), text_of(item, "GraphicAnnotationUnits")
        filled = item.get("GraphicFilled") == "Y"
        note = read_note(item)
        for image in place.images:
            data = self._in_pixels(image, units, [float(value) for value in item.get("GraphicData") or ()])
            shape = shape_of(kind, data, area=filled)
            extra = graphic_extra(kind, data, shape)
            group = item.get("GraphicGroupID")
            kept = {"filled": filled, "tracking_id": text_of(item, "TrackingID")}
            kept |= {"tracking_uid": valid_uid(item.get("TrackingUID")), "group": group}
            extra |= {key: value for key, value in kept.items() if value}
            self.marks.append(noted_mark(image, noted_outline(shape, note), {"reader": place.reader}, note, extra))

    def _in_pixels(self, image: str, units: str, data: list[float]) -> list[float]:
        if units == "PIXEL":
            return data
        if units != "DISPLAY":
            raise MarkError("The units are neither pixels nor the displayed area.")
        area = self._displayed_area(image)
        if (
            area is None
            or int(self.dataset.get("ImageRotation") or 0)
            or self.dataset.get("ImageHorizontalFlip") == "Y"
        ):
            raise MarkError(
                "It is placed on the screen and not on the image; only an area that is not turned is known."
            )
        left, top, right, bottom = area
        starts, spans = (left - 1, top - 1), (right - left + 1, bottom - top + 1)
        return [starts[i % 2] + value * spans[i % 2] for i, value in enumerate(data)]

    def _displayed_area(self, image: str) -> tuple[float, float, float, float] | None:
        for item in self.dataset.get("DisplayedAreaSelectionSequence") or ():
            references = item.get("ReferencedImageSequence") or ()
            if references and image not in {entry.get("ReferencedSOPInstanceUID") for entry in references}:
                continue
            left, top = (float(value) for value in item.DisplayedAreaTopLeftHandCorner)
            right, bottom = (float(value) for value in item.DisplayedAreaBottomRightHandCorner)
            return left, top, right, bottom
        return None

    def _settle(self, place: _Place, marks: list[Mark], texts: list[_Text]) -> list[Mark]:
        """Join the points of a group, give texts to the graphics they belong to, and make points of the others."""
        joined = _joined(marks)
        alone = len(joined) == len(place.images)
        settled = []
        for mark in joined:
            said = [text.value for text in texts if _belongs(text, mark, alone=alone)]
            extra = {key: value for key, value in mark.extra.items() if key != "group"}
            settled.append(replace(mark, comment=mark.comment or "\n".join(said), extra=extra))
        free = [text for text in texts if not any(_belongs(text, mark, alone=alone) for mark in joined)]
        self.texts += [text.caption for text in free if text.anchor is None]
        for text in free:
            if text.anchor is not None:
                fields = {"reader": place.reader, "comment": text.value}
                shape = Points((text.anchor,))
                settled += [noted_mark(image, shape, fields, text.note, {"text": True}) for image in place.images]
        return settled

    def _extra(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "content_label": text_of(self.dataset, "ContentLabel"),
            "content_description": text_of(self.dataset, "ContentDescription"),
            "texts": self.texts,
            "layers": self.names,
        }
        if self.creator:
            content["creator"] = str(self.dataset.ContentCreatorName)
        return {key: value for key, value in content.items() if value}


def _caption(place: _Place, item: Dataset) -> dict[str, Any]:
    """Return a text as the document keeps it when it has no place in the image."""
    corners = [*(item.get("BoundingBoxTopLeftHandCorner") or ()), *(item.get("BoundingBoxBottomRightHandCorner") or ())]
    return {
        "text": text_of(item, "UnformattedTextValue"),
        "image": place.images[0],
        "reader": place.reader,
        "units": text_of(item, "BoundingBoxAnnotationUnits"),
        "box": [float(value) for value in corners],
    }


def _belongs(text: _Text, mark: Mark, *, alone: bool) -> bool:
    return alone if text.group is None else text.group == mark.extra.get("group")


def _joined(marks: list[Mark]) -> list[Mark]:
    """Return the marks with the points of each graphic group on an image as one mark."""
    mixed = {mark.extra["group"] for mark in marks if "group" in mark.extra and not isinstance(mark.shape, Points)}
    joined: dict[object, Mark] = {}
    for index, mark in enumerate(marks):
        group = mark.extra.get("group")
        key = index if group is None or group in mixed else (group, mark.image)
        before = joined.get(key)
        if before is not None and isinstance(before.shape, Points) and isinstance(mark.shape, Points):
            mark = replace(before, shape=Points((*before.shape.points, *mark.shape.points)))
        joined[key] = mark
    return list(joined.values())
