"""What the model found and what readers marked, as a document that the writers of annotation formats take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.outlines import rings_of
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Shape
    from afloc_core.exporting.picture import Picture, PictureMap

FILM = "film"
"""Key of the one image of the documents made here."""

_AREA = ["42798000", "SCT", "Area"]
_SQUARE_MM = ["mm2", "UCUM", "square millimeter"]
_PIXELS = ["{pixels}", "UCUM", "pixels"]
_SIMILARITY = ["SIMILARITY_MAX", "99AFLOC", "Greatest similarity"]
_NO_UNIT = ["1", "UCUM", "no units"]
_MOST_SEGMENT_PIXELS = 200_000_000


@dataclass(frozen=True, eq=False)
class Region:
    """One connected part of a map at or above its threshold, in film pixels: bool (H, W), and its highest value."""

    mask: NDArray[np.bool_]
    greatest: float


def regions_of(one: PictureMap) -> list[Region]:
    """Return the regions of a map at the film's own resolution, highest first; all in one where they are too many."""
    from skimage.measure import label

    values = one.heatmap.in_image(max(one.heatmap.image_shape))
    above = np.nan_to_num(values, nan=-np.inf) >= one.threshold_value
    numbers = label(above, connectivity=2)
    count = int(numbers.max())
    if count * values.size > _MOST_SEGMENT_PIXELS:
        numbers, count = above.astype(np.intp), 1
    found = [Region(numbers == number, float(values[numbers == number].max())) for number in range(1, count + 1)]
    return sorted(found, key=lambda region: -region.greatest)


def readers_document(picture: Picture) -> Document:
    """Return the readers' marks: shape, finding and the reader as the picture names them, nothing else of a mark."""
    marks = tuple(
        Mark(FILM, mark.shape, finding=mark.finding, reader=reader.name)
        for reader in picture.readers
        for mark in reader.marks
    )
    return _document(picture, marks)


def masks_document(picture: Picture) -> Document:
    """Return the model's regions as masks, and that it found nothing where a map stays below its threshold."""
    marks: list[Mark] = []
    readings: list[Reading] = []
    for one in picture.maps:
        model = one.heatmap.model
        said: dict[str, Any] = {
            "algorithm_type": "AUTOMATIC",
            "algorithm_name": model.name,
            "algorithm_version": model.digest[:16],
        }
        regions = regions_of(one)
        phrase = one.heatmap.phrase.typed
        marks += [Mark(FILM, Mask.from_array(region.mask), phrase, model.name, extra=said) for region in regions]
        if not regions:
            readings.append(Reading(FILM, model.name, phrase, extra=said))
    return _document(picture, tuple(marks), tuple(readings))


def outlines_document(picture: Picture) -> Document:
    """Return the readers' marks with their areas, and the outlines of the model's regions with area and similarity."""
    document = readers_document(picture)
    marks = [replace(mark, extra={"measurements": _areas(mark, picture)}) for mark in document.marks]
    readings: list[Reading] = []
    for one in picture.maps:
        model, phrase = one.heatmap.model, one.heatmap.phrase.typed
        device = {"device_uid": device_uid(model.digest)}
        outlines = [(region, outline_of_region(region)) for region in regions_of(one)]
        for region, outline in outlines:
            if outline is not None:
                greatest = {"name": _SIMILARITY, "unit": _NO_UNIT, "value": region.greatest}
                measured = [_area(float(region.mask.sum()), picture), greatest]
                marks.append(Mark(FILM, outline, phrase, model.name, extra={"measurements": measured, **device}))
        if not outlines:
            readings.append(Reading(FILM, model.name, phrase, extra=device))
    return _document(picture, tuple(marks), tuple(readings))


def outline_of_region(region: Region) -> Polygon | None:
    """Return the longest edge of a region; None for one that is too thin to have any."""
    rings = rings_of(region.mask)
    longest = max(rings, key=len, default=None)
    if longest is None or len(longest) < 3:
        return None
    return Polygon(tuple((float(x), float(y)) for x, y in longest))


def within(shape: Shape, size: tuple[int, int]) -> Shape | None:
    """Return a shape with what lies beyond its image cut off, as presentation states want it; None for nothing left.

    Parameters
    ----------
    shape : Box, Polygon, Points or Mask
    size : (int, int)
        Height and width of the image.
    """
    height, width = size
    if isinstance(shape, Box):
        left, top, right, bottom = shape.bounds
        left, top, right, bottom = max(left, 0.0), max(top, 0.0), min(right, width), min(bottom, height)
        return Box(left, top, right - left, bottom - top) if left < right and top < bottom else None
    if isinstance(shape, Polygon):
        left, top, right, bottom = shape.bounds
        if right <= 0 or bottom <= 0 or left >= width or top >= height:
            return None
        return replace(
            shape, points=tuple((min(max(x, 0.0), width), min(max(y, 0.0), height)) for x, y in shape.points)
        )
    if isinstance(shape, Points):
        kept = tuple((x, y) for x, y in shape.points if 0 <= x <= width and 0 <= y <= height)
        return Points(kept) if kept else None
    return shape


def device_uid(digest: str) -> str:
    """Return a UID that stands for a model: made of its digest (PS3.5 B.2)."""
    return f"2.25.{int.from_bytes(sha256(digest.encode()).digest()[:15], 'big')}"


def _areas(mark: Mark, picture: Picture) -> list[dict[str, Any]]:
    area = float(mark.shape.to_mask(picture.radiograph.shape).sum())
    return [_area(area, picture)] if area > 1 else []


def _area(pixels: float, picture: Picture) -> dict[str, Any]:
    spacing = picture.radiograph.spacing_mm
    if spacing is None:
        return {"name": _AREA, "unit": _PIXELS, "value": pixels}
    return {"name": _AREA, "unit": _SQUARE_MM, "value": pixels * spacing[0] * spacing[1]}


def _document(picture: Picture, marks: tuple[Mark, ...], readings: tuple[Reading, ...] = ()) -> Document:
    return Document("native", {FILM: MarkedImage(FILM, size=picture.radiograph.shape)}, marks, readings)
