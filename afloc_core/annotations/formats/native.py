"""The program's own JSON: a whole document, nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from afloc_core.annotations.formats.content import write_json
from afloc_core.annotations.formats.drafts import number, numbers, points, size_of
from afloc_core.annotations.formats.rle import mask_of_coco
from afloc_core.annotations.marks import UNNAMED_READER, Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.shapes import Shape

NAME = "native"
TITLE = "A file of AFLoc Review"
LOOKED_FOR: Mapping[str, str] = {"json": "AFLoc Review (afloc_marks)"}
SUFFIX = ".json"

VERSION = 1

_Item = TypeVar("_Item")
_OfImage = TypeVar("_OfImage", Mark, Reading)
_VERSION_KEY = "afloc_marks"
_SIDES = ("x", "y", "width", "height")


def recognises(content: Content) -> bool:
    """Tell whether the JSON says that it is this program's."""
    return isinstance(content, dict) and _VERSION_KEY in content


def read(content: dict[str, Any]) -> Document:
    """Read the file.

    Raises
    ------
    MarkError
        A later version of the program wrote it.
    """
    if content[_VERSION_KEY] != VERSION:
        raise MarkError("The marks were written by another version of AFLoc Review; open them with that one.")
    problems = [text for text in _list(content, "problems") if isinstance(text, str)]
    images = {image.key: image for image in _each(content, "images", _read_image, problems)}
    marks = _of_known_images(_each(content, "marks", _read_mark, problems), "marks", images, problems)
    readings = _of_known_images(_each(content, "readings", _read_reading, problems), "readings", images, problems)
    return Document(NAME, images, marks, readings, tuple(problems), _object(content, "extra"))


def write(document: Document) -> bytes:
    """Write the file."""
    return write_json(
        {
            _VERSION_KEY: VERSION,
            "images": [_image(image) for image in document.images.values()],
            "marks": [_mark(mark) for mark in document.marks],
            "readings": [_reading(reading) for reading in document.readings],
            "problems": list(document.problems),
            "extra": dict(document.extra),
        }
    )


def _image(image: MarkedImage) -> dict[str, Any]:
    return _said(key=image.key, path=image.path, uid=image.uid, size=image.size, extra=image.extra)


def _mark(mark: Mark) -> dict[str, Any]:
    said = _said(finding=mark.finding, reader=mark.reader, phrase=mark.phrase, comment=mark.comment, extra=mark.extra)
    confidence = {} if mark.confidence is None else {"confidence": mark.confidence}
    return {"image": mark.image, **_shape(mark.shape), **said, **confidence}


def _reading(reading: Reading) -> dict[str, Any]:
    return {"image": reading.image, **_said(reader=reading.reader, finding=reading.finding, extra=reading.extra)}


def _shape(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, Box):
        return {"box": [shape.x, shape.y, shape.width, shape.height]}
    if isinstance(shape, Mask):
        return {"mask": {"size": list(shape.size), "counts": shape.counts}}
    pairs = [list(point) for point in shape.points]
    if isinstance(shape, Polygon):
        return {"freehand" if shape.freehand else "outline": pairs}
    return {"points": pairs}


def _said(**values: object) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def _each(content: Mapping[str, Any], key: str, read_one: Callable[[Any], _Item], problems: list[str]) -> list[_Item]:
    items = []
    for i, value in enumerate(_list(content, key)):
        try:
            if not isinstance(value, dict):
                raise MarkError("it is not an object.")
            items.append(read_one(value))
        except MarkError as error:
            text = str(error)
            problems.append(f"{key}[{i}]: {text[:1].lower()}{text[1:]}")
    return items


def _of_known_images(
    items: Sequence[_OfImage], key: str, images: Mapping[str, MarkedImage], problems: list[str]
) -> tuple[_OfImage, ...]:
    unknown = sum(item.image not in images for item in items)
    if unknown:
        problems.append(f"{key}: {unknown:,} are of images that the file does not list.")
    return tuple(item for item in items if item.image in images)


def _read_image(value: dict[str, Any]) -> MarkedImage:
    key, size = value.get("key"), value.get("size")
    if not isinstance(key, str) or not key:
        raise MarkError("It has no key.")
    shape = size_of(*size) if isinstance(size, list) and len(size) == 2 else None
    return MarkedImage(key, _text(value, "path"), _text(value, "uid"), shape, _object(value, "extra"))


def _read_mark(value: dict[str, Any]) -> Mark:
    confidence = None if value.get("confidence") is None else number(value["confidence"], "confidence")
    if confidence is not None and not 0 <= confidence <= 1:
        raise MarkError("The confidence is not between 0 and 1.")
    return Mark(
        _text(value, "image"),
        _read_shape(value),
        _text(value, "finding"),
        _text(value, "reader") or UNNAMED_READER,
        _text(value, "phrase"),
        confidence,
        _text(value, "comment"),
        _object(value, "extra"),
    )


def _read_reading(value: dict[str, Any]) -> Reading:
    reader = _text(value, "reader") or UNNAMED_READER
    return Reading(_text(value, "image"), reader, _text(value, "finding"), _object(value, "extra"))


def _read_shape(value: dict[str, Any]) -> Shape:
    if "box" in value:
        return Box(*numbers(value["box"], _SIDES))
    if "mask" in value:
        return mask_of_coco(_object(value, "mask"))
    for key in ("outline", "freehand"):
        if key in value:
            return Polygon(points(value[key], 3, "outline"), freehand=key == "freehand")
    return Points(points(value.get("points"), 1, "mark"))


def _text(value: Mapping[str, Any], key: str) -> str:
    text = value.get(key)
    return text if isinstance(text, str) else ""


def _object(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []
