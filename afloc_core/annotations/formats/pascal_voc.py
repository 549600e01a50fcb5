"""Pascal VOC: an XML of the boxes of one image.

Source: Everingham et al., "The PASCAL visual object classes (VOC) challenge", IJCV 2010. Edges are taken as continuous
image coordinates as they stand: the challenge counted pixels from 1, most programs that write the format today do not,
and files do not say which. What VOC does not know is kept in elements of its own that other programs ignore:
``reader``, ``phrase``, ``confidence`` and ``comment`` of an object, and ``reading`` for who marked nothing.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.drafts import Draft, as_own, boxes_of, end_of, number, own_extra, refuse, size_of
from afloc_core.annotations.marks import UNNAMED_READER, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.marks import Document

NAME = "pascal_voc"
TITLE = "A Pascal VOC file"
LOOKED_FOR: Mapping[str, str] = {"xml": "Pascal VOC (annotation with object and bndbox)"}
SUFFIX = ".xml"

_EDGES = ("xmin", "ymin", "xmax", "ymax")
_OWN = ("name", "bndbox", "reader", "phrase", "confidence", "comment")
_OF_IMAGE = ("filename", "path", "size", "object", "reading")


def recognises(content: Content) -> bool:
    """Tell whether the root is ``annotation`` with a file name, a size or objects."""
    if not isinstance(content, ElementTree.Element) or content.tag != "annotation":
        return False
    return any(content.find(tag) is not None for tag in ("object", "filename", "size"))


def read(content: ElementTree.Element) -> Document:
    """Read the file."""
    draft = Draft()
    path, name, size = _text(content, "path"), _text(content, "filename"), content.find("size")
    key = name or path or "image"
    shape = size_of(_text(size, "height"), _text(size, "width")) if size is not None else None
    extra = _children(content, _OF_IMAGE)
    if size is not None:
        extra["size"] = _children(size, ("height", "width") if shape else ())
    if path:
        extra["path"] = path
    draft.images[key] = MarkedImage(key, path=path or name, size=shape, extra=extra)
    for i, element in enumerate(content.findall("object")):
        try:
            draft.marks.append(_mark(key, element))
        except MarkError as error:
            draft.problem(f"Object {i + 1}", error)
    for i, element in enumerate(content.findall("reading")):
        reader = _text(element, "reader") or UNNAMED_READER
        extra = _children(element, ("reader", "name"))
        draft.reading(f"Reading {i + 1}", Reading(key, reader, _text(element, "name"), extra))
    return draft.finish(NAME, {"named": bool(name)})


def _mark(key: str, element: ElementTree.Element) -> Mark:
    box = element.find("bndbox")
    if box is None:
        raise MarkError("It has no bndbox.")
    left, top, right, bottom = (number(_text(box, edge), edge) for edge in _EDGES)
    confidence = _text(element, "confidence")
    value = number(confidence, "confidence") if confidence else None
    if value is not None and not 0 <= value <= 1:
        raise MarkError("Its confidence is not between 0 and 1.")
    return Mark(
        key,
        Box(left, top, right - left, bottom - top),
        _text(element, "name"),
        _text(element, "reader") or UNNAMED_READER,
        _text(element, "phrase"),
        value,
        _text(element, "comment"),
        _children(element, _OWN),
    )


def _text(element: ElementTree.Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()


def _children(element: ElementTree.Element, but: tuple[str, ...]) -> dict[str, Any]:
    """Child elements as JSON: text, an object of children, or a list where a tag repeats."""
    result: dict[str, Any] = {}
    for child in element:
        if child.tag in but:
            continue
        value: Any = _children(child, ()) if len(child) else (child.text or "").strip()
        if child.tag not in result:
            result[child.tag] = value
        elif isinstance(result[child.tag], list):
            result[child.tag].append(value)
        else:
            result[child.tag] = [result[child.tag], value]
    return result


def write(document: Document) -> bytes:
    """Write the file of a document with one image.

    Raises
    ------
    MarkError
        There are several images or none, or something would be lost.
    """
    if len(document.images) != 1:
        raise MarkError(f"{TITLE} holds one image; this document has {len(document.images):,}.")
    refuse(
        document,
        TITLE,
        shapes=(Box,),
        readers=True,
        readings=True,
        phrases=True,
        opinions=True,
        unnamed=True,
        bare=True,
    )
    document = as_own(document, NAME)
    (image,) = document.images.values()
    root = ElementTree.Element("annotation")
    _write_image(root, image, named=own_extra(document, NAME).get("named", True))
    for mark, box in boxes_of(document):
        _write_mark(ElementTree.SubElement(root, "object"), mark, box)
    for reading in document.readings:
        reader = reading.reader if reading.reader != UNNAMED_READER else ""
        _add(ElementTree.SubElement(root, "reading"), {"name": reading.finding, "reader": reader, **reading.extra})
    ElementTree.indent(root)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _write_image(root: ElementTree.Element, image: MarkedImage, *, named: bool) -> None:
    extra = {key: value for key, value in image.extra.items() if key not in ("size", "path")}
    _add(root, {"filename": image.key if named else "", "path": image.extra.get("path", ""), **extra})
    if image.size or "size" in image.extra:
        size = dict(image.extra.get("size", {}))
        if image.size:
            size = {"width": image.size[1], "height": image.size[0], **size}
        _add(ElementTree.SubElement(root, "size"), size)


def _write_mark(element: ElementTree.Element, mark: Mark, box: Box) -> None:
    reader = mark.reader if mark.reader != UNNAMED_READER else ""
    ElementTree.SubElement(element, "name").text = _legal(mark.finding)
    _add(element, mark.extra)
    edges = (box.x, box.y, end_of(box.x, box.width), end_of(box.y, box.height))
    _add(ElementTree.SubElement(element, "bndbox"), dict(zip(_EDGES, map(_short, edges), strict=True)))
    confidence = "" if mark.confidence is None else repr(mark.confidence)
    _add(element, {"reader": reader, "phrase": mark.phrase, "confidence": confidence, "comment": mark.comment})


def _short(value: float) -> str:
    """Whole numbers without a decimal point: many readers of the format take whole numbers only."""
    return str(int(value)) if value == int(value) else repr(value)


_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SAID_EMPTY = frozenset({"name", "reader", "phrase", "confidence", "comment", "filename", "path"})


def _add(parent: ElementTree.Element, values: Mapping[str, Any]) -> None:
    for tag, value in values.items():
        if value == "" and tag in _SAID_EMPTY:
            continue
        for one in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(parent, tag)
            if isinstance(one, dict):
                _add(child, one)
            else:
                child.text = _legal(str(one))


def _legal(text: str) -> str:
    """Replace characters that XML 1.0 cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)
