"""COCO: boxes, outlines, masks (compressed or not) and key points in one JSON.

Source: the COCO data format, https://cocodataset.org/#format-data. An annotation's outline of several parts becomes
several marks, which are joined again when written. What COCO does not know is kept under keys of its own that other
programs ignore: ``reader``, ``phrase``, ``score``, ``comment``, and ``readings`` for who marked nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.coco_reading import read_coco
from afloc_core.annotations.formats.coco_writing import write_coco

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.marks import Document

NAME = "coco"
TITLE = "A COCO file"
LOOKED_FOR: Mapping[str, str] = {"json": "COCO (images, annotations, categories)"}
SUFFIX = ".json"

_PHRASE = "phrase"


def recognises(content: Content) -> bool:
    """Tell whether the JSON lists images and annotations."""
    return isinstance(content, dict) and all(isinstance(content.get(key), list) for key in ("images", "annotations"))


def read(content: dict[str, Any]) -> Document:
    """Read the file."""
    return read_coco(content, NAME, _PHRASE)


def write(document: Document) -> bytes:
    """Write the file; COCO holds everything but images of unknown size.

    Raises
    ------
    MarkError
        Coordinates are fractions of images whose size is unknown.
    """
    return write_coco(document, NAME, TITLE, _PHRASE)
