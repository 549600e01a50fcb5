"""Marks given as fractions of an image whose size a file does not give.

Such an image has no ``size`` and says ``normalised`` in its ``extra``; the shapes of its marks then run from 0 to 1 in
both directions. Once the size of the picture is known, `in_pixels` makes ordinary marks of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from afloc_core.annotations.formats.drafts import NORMALISED
from afloc_core.annotations.shapes import Box, Points, Polygon

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from afloc_core.annotations.marks import Document, Mark
    from afloc_core.annotations.shapes import Shape


def normalised_images(document: Document) -> tuple[str, ...]:
    """Keys of the images whose marks are fractions."""
    return tuple(key for key, image in document.images.items() if image.extra.get(NORMALISED))


def in_pixels(document: Document, sizes: Mapping[str, tuple[int, int]]) -> Document:
    """Give images of unknown size their size, and turn marks that are fractions of them into image pixels.

    Parameters
    ----------
    document : Document
    sizes : mapping of image key to (int, int)
        Height and width of the pictures.

    Returns
    -------
    Document
        Images that are not in ``sizes``, or whose size the file gave, are left as they are.
    """
    scaled = {key: sizes[key] for key in normalised_images(document) if key in sizes}
    images = {
        key: replace(image, size=sizes[key], extra={k: v for k, v in image.extra.items() if k != NORMALISED})
        if image.size is None and key in sizes
        else image
        for key, image in document.images.items()
    }
    return replace(document, images=images, marks=tuple(_in_pixels(document.marks, scaled)))


def _in_pixels(marks: Iterable[Mark], sizes: Mapping[str, tuple[int, int]]) -> Iterable[Mark]:
    for mark in marks:
        size = sizes.get(mark.image)
        yield replace(mark, shape=_scaled(mark.shape, *size)) if size else mark


def _scaled(shape: Shape, height: int, width: int) -> Shape:
    if isinstance(shape, Box):
        return Box(shape.x * width, shape.y * height, shape.width * width, shape.height * height)
    if isinstance(shape, (Polygon, Points)):
        return replace(shape, points=tuple((x * width, y * height) for x, y in shape.points))
    return shape
