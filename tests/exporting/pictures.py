"""Films, maps and pictures for tests of exporting, and the search for words in whatever was written."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.exporting.picture import Layout, Picture, PictureMap, ReaderMarks
from afloc_core.imaging.compose import compose_radiograph
from tests.app.fakes import heatmap as hot_spots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph


def film(height: int = 300, width: int = 240, *, inverted: bool = False, spacing: float | None = 0.5) -> Radiograph:
    """Return a film of 12 bits with a ramp; MONOCHROME1 where ``inverted``."""
    ramp = np.tile(np.linspace(0, 4095, width), (height, 1)).astype(np.uint16)
    known = ((spacing, spacing), "calibrated") if spacing else (None, "")
    return compose_radiograph(4095 - ramp if inverted else ramp, "DICOM", inverted=inverted, spacing=known)


def marks() -> tuple[ReaderMarks, ...]:
    """Return a reader with every kind of shape, and one with a box."""
    mask = np.zeros((300, 240), dtype=np.bool_)
    mask[200:240, 20:60] = True
    shapes = (
        Box(20.5, 30, 40, 50),
        Polygon(((100, 100), (150, 110), (120.25, 160))),
        Points(((200, 40), (210, 60))),
        Mask.from_array(mask),
    )
    first = tuple(Mark("a", shape, finding="mass", reader="Dr. Ada", comment="seen by Ada") for shape in shapes)
    return (
        ReaderMarks("Dr. Ada", "#56b4e9", first),
        ReaderMarks("Ben", "#cc79a7", (Mark("a", Box(50, 60, 70, 80), finding="mass"),)),
    )


def assisted() -> tuple[ReaderMarks, ...]:
    """Return a reader with a mark that began as a region of the model, and with one that did not."""
    first = Mark("a", Box(20, 60, 90, 80), finding="mass", extra={"ai_assisted": {"phrase": "for Jane Doe"}})
    return (ReaderMarks("Reader 1", "#56b4e9", (first, Mark("a", Box(120, 180, 70, 60), finding="mass"))),)


def picture(radiograph: Radiograph | None = None, **changes: Any) -> Picture:  # noqa: ANN401
    """Return a picture of two maps; marks of two readers are on it where ``readers`` gives them."""
    radiograph = radiograph or film()
    maps = (
        PictureMap(hot_spots(radiograph.shape)),
        PictureMap(hot_spots(radiograph.shape, "mass", ((0.3, 0.3, 0.4),)), 0.4, "#f0e442"),
    )
    usual: dict[str, Any] = {"maps": maps, "layout": Layout.SINGLE}
    return Picture(radiograph, radiograph.windows[0], **(usual | changes))


def is_contour(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Say which pixels are as white as the contour is."""
    return np.asarray(pixels.min(axis=-1) >= 250)


def everything_in(content: bytes) -> Iterator[bytes]:
    """Yield the content of a file, and what its compressed streams hold: of PNG, PDF, TIFF, SVG and base64 texts."""
    yield content
    for start in (found.start() for found in re.finditer(rb"x[\x01\x5e\x9c\xda]", content)):
        inflater = zlib.decompressobj()
        try:
            yield inflater.decompress(content[start:], 50_000_000)
        except zlib.error:
            continue


def traces(content: bytes, values: tuple[str, ...]) -> list[str]:
    """Return the values that are found anywhere in a file, in any of the usual encodings, whatever their case."""
    found = []
    streams = [part.lower() for part in everything_in(content)]
    for value in values:
        low = value.lower()
        forms = [low.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
        forms.append(low.encode("latin-1", "replace"))
        if any(form in stream for form in forms for stream in streams):
            found.append(value)
    return found
