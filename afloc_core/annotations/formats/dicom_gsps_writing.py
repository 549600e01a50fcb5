"""Making a Grayscale Softcopy Presentation State; `afloc_core.annotations.formats.dicom_gsps` is the way in."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.annotations.formats.dicom_common import (
    building,
    instance_attributes,
    long_string,
    person_name,
    put_note,
    valid_uid,
    write_note,
)
from afloc_core.annotations.formats.dicom_graphics import drawn_as, graphic_of
from afloc_core.annotations.marks import Document, Mark, Reading
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from highdicom.pr import GraphicAnnotation, GraphicGroup, GraphicLayer, GraphicObject, TextObject
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

NOTHING = "nothing marked"
"""Kind of a text that stands for a reading."""
LABEL = "label"
"""Kind of a text that repeats the finding and comment of a graphic for other programs."""

_OWN_KEYS = ("graphic", "filled", "tracking_id", "tracking_uid", "text")
_SHORT_TEXT = 1024


def presentation_state(document: Document, sources: Mapping[str, Dataset]) -> Dataset:
    """Return the presentation state, as `afloc_core.annotations.formats.dicom_gsps.write` describes it."""
    from highdicom import PresentationLUTTransformation
    from highdicom.pr import GrayscaleSoftcopyPresentationState

    images = list(sources.values())
    if any(int(image.get("SamplesPerPixel") or 1) != 1 for image in images):
        raise MarkError("A grey-scale presentation state cannot belong to a colour image; write a DICOM SR.")
    for image in images:
        image.SamplesPerPixel = 1
    entries: list[Mark | Reading] = [*document.marks, *document.readings]
    layers = _layers(entries, document.extra.get("layers"))
    groups: list[GraphicGroup] = []
    negative = images[0].get("PhotometricInterpretation") == "MONOCHROME1"
    one = next(iter(layers)) if len(layers) == 1 else None
    with building("a DICOM presentation state"):
        annotations = [_annotation(entry, sources[entry.image], layers[entry.reader], groups) for entry in entries]
        annotations += _captions(document.extra.get("texts"), sources, layers)
        return GrayscaleSoftcopyPresentationState(
            referenced_images=images,
            content_label=_label(document),
            content_description=long_string(str(document.extra.get("content_description", ""))) or None,
            content_creator_name=None if one is None else person_name(one, document.extra.get("creator")),
            graphic_annotations=annotations,
            graphic_layers=list(layers.values()),
            graphic_groups=groups or None,
            # The state replaces the image's own polarity: MONOCHROME1 has to be said again (PS3.3 C.11.6.1.2).
            presentation_lut_transformation=PresentationLUTTransformation(
                presentation_lut_shape="INVERSE" if negative else "IDENTITY"
            ),
            **instance_attributes(),
        )


def _layers(entries: list[Mark | Reading], kept: object) -> dict[str, GraphicLayer]:
    """Return a layer for each reader, in the order they come, under the name it was read with where that can be."""
    from highdicom.pr import GraphicLayer

    kept = kept if isinstance(kept, dict) else {}
    readers = dict.fromkeys(entry.reader for entry in entries)
    names: dict[str, str] = {}
    for order, reader in enumerate(readers, start=1):
        name = str(kept.get(reader, ""))
        usable = re.fullmatch(r"[A-Z][A-Z0-9_ ]{0,14}[A-Z0-9_]", name) and name not in names.values()
        fresh = (f"READER{number}" for number in count(order))
        names[reader] = name if usable else next(free for free in fresh if free not in names.values())
    return {
        reader: GraphicLayer(name, order, long_string(reader) or "reader")
        for order, (reader, name) in enumerate(names.items(), start=1)
    }


def _label(document: Document) -> str:
    kept = "".join(c if c.isalnum() and c.isascii() else "_" for c in str(document.extra.get("content_label", "")))
    return kept.upper()[:16] or "MARKS"


def _annotation(
    entry: Mark | Reading, source: Dataset, layer: GraphicLayer, groups: list[GraphicGroup]
) -> GraphicAnnotation:
    from highdicom.pr import GraphicAnnotation

    if isinstance(entry, Reading):
        return GraphicAnnotation([source], layer, text_objects=[_nothing_marked(entry)])
    if entry.extra.get("text") is True and entry.comment and _inside(entry, source):
        return GraphicAnnotation([source], layer, text_objects=[_only_text(entry)])
    kind, points = _drawing(entry)
    size = np.array([int(source.Columns), int(source.Rows)])
    if (points < 0).any() or (points > size).any():
        raise MarkError("A mark reaches beyond its image, which a presentation state does not allow; draw it inside.")
    group = _new_group(groups)
    parts = [point[None] for point in points] if kind == "MULTIPOINT" else [points]
    graphics = [_graphic("POINT" if kind == "MULTIPOINT" else kind, part, entry, group) for part in parts]
    said = "\n".join(part for part in (entry.finding, entry.comment) if part)
    texts = [_labelled(said, points, group)] if said else None
    return GraphicAnnotation([source], layer, graphic_objects=graphics, text_objects=texts)


def _drawing(mark: Mark) -> tuple[str, NDArray[np.float64]]:
    filled = mark.extra.get("filled") is True
    kind, points = graphic_of(mark.shape, mark.extra.get("graphic"), area=filled)
    if filled and kind in ("POLYLINE", "INTERPOLATED") and not _closes(kind, points):
        points = np.vstack([points, points[:1]])
    return kind, points


def _new_group(groups: list[GraphicGroup]) -> GraphicGroup:
    from highdicom.pr import GraphicGroup

    number = len(groups) + 1
    groups.append(GraphicGroup(number, f"Mark {number}"))
    return groups[-1]


def _graphic(kind: str, points: NDArray[np.float64], mark: Mark, group: GraphicGroup) -> GraphicObject:
    from highdicom import UID
    from highdicom.pr import GraphicObject

    uid = valid_uid(mark.extra.get("tracking_uid"))
    tracking: dict[str, Any] = {}
    if uid and mark.extra.get("tracking_id"):
        tracking = {"tracking_uid": UID(uid), "tracking_id": str(mark.extra["tracking_id"])}
    filled = mark.extra.get("filled") is True and kind != "POINT" and _closes(kind, points)
    made = GraphicObject(kind, points, "PIXEL", is_filled=filled, graphic_group=group, **tracking)
    write_note(made, mark, _OWN_KEYS, drawn=drawn_as(mark.shape))
    return made


def _closes(kind: str, points: NDArray[np.float64]) -> bool:
    return kind in ("CIRCLE", "ELLIPSE") or np.array_equal(points[0], points[-1])


def _labelled(said: str, points: NDArray[np.float64], group: GraphicGroup) -> TextObject:
    x, y = (float(value) for value in points[0])
    made = _text(said, (x, y), group=group)
    put_note(made, {"kind": LABEL})
    return made


def _nothing_marked(entry: Reading) -> TextObject:
    made = _text(f"Nothing marked: {entry.finding or 'all findings'}", (0.0, 0.0))
    write_note(made, entry, _OWN_KEYS, kind=NOTHING)
    return made


def _only_text(mark: Mark) -> TextObject:
    made = _text(mark.comment, mark.shape.bounds[:2])
    write_note(made, mark, _OWN_KEYS)
    return made


def _text(said: str, anchor: tuple[float, float], group: GraphicGroup | None = None) -> TextObject:
    from highdicom.pr import TextObject

    return TextObject(said[:_SHORT_TEXT], "PIXEL", anchor_point=anchor, graphic_group=group)


def _captions(
    kept: object, sources: Mapping[str, Dataset], layers: Mapping[str, GraphicLayer]
) -> list[GraphicAnnotation]:
    """Return the texts that a presentation state had beside its marks, as long as their images and readers are here."""
    from highdicom.pr import GraphicAnnotation, TextObject

    made = []
    for caption in kept if isinstance(kept, list) else []:
        if not isinstance(caption, dict) or len(caption.get("box") or ()) != 4:
            continue
        source, layer = sources.get(str(caption.get("image"))), layers.get(str(caption.get("reader")))
        if source is not None and layer is not None:
            left, top, right, bottom = caption["box"]
            text = TextObject(str(caption.get("text")), str(caption.get("units")), (left, top, right, bottom))
            made.append(GraphicAnnotation([source], layer, text_objects=[text]))
    return made


def _inside(mark: Mark, source: Dataset) -> bool:
    left, top, right, bottom = mark.shape.bounds
    return left >= 0 and top >= 0 and right <= int(source.Columns) and bottom <= int(source.Rows)
