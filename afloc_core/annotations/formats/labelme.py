"""LabelMe: a JSON of the shapes drawn on one image.

Source: https://github.com/wkentaro/labelme, ``labelme/_label_file.py``. Polygons, rectangles, circles, points, lines
and masks. A circle becomes an outline of 64 corners and a line the points it goes through, for neither has a shape of
its own here; both are written as they were as long as nobody changed them. A picture inside the file (``imageData``)
is left out: it is not a mark. What LabelMe does not know is kept under keys of its own: ``reader``, ``phrase``,
``confidence``, and ``readings`` for who marked nothing; ``description`` is the comment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.content import write_json
from afloc_core.annotations.formats.drafts import Draft, as_own, own_extra, refuse, size_of
from afloc_core.annotations.formats.labelme_shapes import read_shape, write_shape
from afloc_core.annotations.marks import UNNAMED_READER, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.marks import Document

NAME = "labelme"
TITLE = "A LabelMe file"
LOOKED_FOR: Mapping[str, str] = {"json": "LabelMe (shapes and imagePath)"}
SUFFIX = ".json"

_VERSION = "5.5.0"
_OF_FILE = ("shapes", "imagePath", "imageData", "imageHeight", "imageWidth", "readings")
_SAID = ("label", "description", "reader", "phrase", "confidence")


def recognises(content: Content) -> bool:
    """Tell whether the JSON has a list of shapes and an image path."""
    return isinstance(content, dict) and isinstance(content.get("shapes"), list) and "imagePath" in content


def read(content: dict[str, Any]) -> Document:
    """Read the file."""
    draft = Draft()
    path = _text(content.get("imagePath"))
    key = path.replace("\\", "/").rsplit("/", 1)[-1] or "image"
    size = size_of(content.get("imageHeight"), content.get("imageWidth"))
    draft.images[key] = MarkedImage(key, path=path, size=size)
    for i, shape in enumerate(content["shapes"]):
        try:
            if not isinstance(shape, dict):
                raise MarkError("It is not an object.")
            draft.marks.append(_mark(key, shape, size))
        except MarkError as error:
            draft.problem(f"shapes[{i}]", error)
    readings = content.get("readings")
    for i, reading in enumerate(readings if isinstance(readings, list) else ()):
        if isinstance(reading, dict):
            extra = {k: v for k, v in reading.items() if k not in ("reader", "label")}
            reader = _text(reading.get("reader")) or UNNAMED_READER
            draft.reading(f"readings[{i}]", Reading(key, reader, _text(reading.get("label")), extra))
    return draft.finish(NAME, {k: v for k, v in content.items() if k not in _OF_FILE})


def _mark(key: str, shape: dict[str, Any], size: tuple[int, int] | None) -> Mark:
    confidence = shape.get("confidence")
    sound = isinstance(confidence, (int, float)) and 0 <= confidence <= 1
    geometry, extra = read_shape(shape, size)
    extra.update({k: v for k, v in shape.items() if k not in (*_SAID, "points", "shape_type", "mask")})
    if "description" in shape and not shape["description"]:
        extra["description"] = shape["description"]
    return Mark(
        key,
        geometry,
        _text(shape.get("label")),
        _text(shape.get("reader")) or UNNAMED_READER,
        _text(shape.get("phrase")),
        float(confidence) if sound and confidence is not None else None,
        _text(shape.get("description")),
        extra,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def write(document: Document) -> bytes:
    """Write the file of a document with one image.

    Raises
    ------
    MarkError
        There are several images or none, or one of unknown size has marks in fractions.
    """
    if len(document.images) != 1:
        raise MarkError(f"{TITLE} holds one image; this document has {len(document.images):,}.")
    refuse(
        document,
        TITLE,
        shapes=(Box, Polygon, Points, Mask),
        readers=True,
        readings=True,
        phrases=True,
        opinions=True,
        unnamed=True,
        bare=True,
    )
    document = as_own(document, NAME)
    (image,) = document.images.values()
    height, width = image.size or (None, None)
    content: dict[str, Any] = {
        **(own_extra(document, NAME) or {"version": _VERSION, "flags": {}}),
        "shapes": [_shape(mark) for mark in document.marks],
        "imagePath": image.path or image.key,
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
    }
    if document.readings:
        content["readings"] = [_reading(reading) for reading in document.readings]
    return write_json(content)


def _shape(mark: Mark) -> dict[str, Any]:
    said = {
        "description": mark.comment,
        "reader": mark.reader if mark.reader != UNNAMED_READER else "",
        "phrase": mark.phrase,
        "confidence": mark.confidence,
    }
    known: dict[str, Any] = {"group_id": None, "flags": {}} if not mark.extra else {}
    kept = {key: value for key, value in mark.extra.items() if key not in ("shape_type", "points")}
    return {
        "label": mark.finding,
        **write_shape(mark.shape, mark.extra),
        **known,
        **kept,
        **{key: value for key, value in said.items() if value not in ("", None)},
    }


def _reading(reading: Reading) -> dict[str, Any]:
    said = {"reader": reading.reader if reading.reader != UNNAMED_READER else "", "label": reading.finding}
    return {**reading.extra, **{key: value for key, value in said.items() if value}}
