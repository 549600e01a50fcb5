"""From a document to COCO's JSON; also for the formats that are COCO with more keys."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.annotations.formats.coco_reading import UNCOMPRESSED
from afloc_core.annotations.formats.content import write_json
from afloc_core.annotations.formats.drafts import as_own, numbers, own_extra, refuse
from afloc_core.annotations.formats.rle import counts_of
from afloc_core.annotations.marks import UNNAMED_READER
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
    from afloc_core.annotations.shapes import Shape

_FAMILY = ("coco", "ms_cxr")
"""Formats whose documents say the same things in the same words."""

_CLOSE = 1.0
"""Pixels by which a file's box may differ from the bounds of its outline and still be taken as the same."""


def write_coco(document: Document, name: str, title: str, phrase_key: str) -> bytes:
    """Write COCO's JSON with phrases under ``phrase_key``.

    Raises
    ------
    MarkError
        Coordinates are fractions of images whose size is unknown.
    """
    refuse(
        document,
        title,
        shapes=(Box, Polygon, Points, Mask),
        readers=True,
        readings=True,
        phrases=True,
        opinions=True,
        unnamed=True,
        bare=True,
    )
    origin = next((name for name in (name, *_FAMILY) if "categories" in own_extra(document, name)), name)
    document = as_own(document, origin)
    own = own_extra(document, origin)
    image_ids = _image_ids(document)
    categories = _categories(document, own.get("categories"))
    category_ids = {category["name"]: category["id"] for category in categories if _named(category)}
    annotations = []
    free = _free_ids(mark.extra.get("id") for mark in document.marks)
    for parts in _annotations(document.marks):
        annotation = _annotation(parts, phrase_key)
        annotation["image_id"] = image_ids[parts[0].image]
        if parts[0].finding:
            annotation["category_id"] = category_ids[parts[0].finding]
        annotation.setdefault("id", None)
        if annotation["id"] is None:
            annotation["id"] = next(free)
        annotations.append(annotation)
    content = {
        **own,
        "categories": categories,
        "images": [_image(image, image_ids[key]) for key, image in document.images.items()],
        "annotations": annotations,
    }
    if document.readings:
        content["readings"] = [_reading(reading, image_ids[reading.image]) for reading in document.readings]
    return write_json(content)


def _free_ids(taken: Iterable[object]) -> Iterator[int]:
    used = {value for value in taken if isinstance(value, int)}
    return (i for i in count(max(used, default=0) + 1))


def _image_ids(document: Document) -> dict[str, Any]:
    own = {key: image.extra.get("id") for key, image in document.images.items()}
    if all(isinstance(value, (int, str)) for value in own.values()) and len(set(own.values())) == len(own):
        return own
    return {key: i for i, key in enumerate(document.images, start=1)}


def _categories(document: Document, known: object) -> list[Any]:
    categories = list(known) if isinstance(known, list) else []
    names = {category["name"] for category in categories if _named(category)}
    free = _free_ids(category["id"] for category in categories if _named(category))
    wanted = dict.fromkeys(mark.finding for mark in document.marks if mark.finding)
    return categories + [{"id": next(free), "name": name} for name in wanted if name not in names]


def _named(category: object) -> bool:
    return isinstance(category, dict) and isinstance(category.get("name"), str) and "id" in category


def _image(image: MarkedImage, image_id: object) -> dict[str, Any]:
    result = {**image.extra, "id": image_id}
    if "file_name" in image.extra:
        result["path"] = image.path
    else:
        result["file_name"] = image.path or image.key
    if image.size:
        result["height"], result["width"] = image.size
    if image.uid:
        result["uid"] = image.uid
    return result


def _annotations(marks: Sequence[Mark]) -> Iterator[list[Mark]]:
    """Gather marks that are one annotation: outlines that follow each other and were parts of the same one."""
    parts: list[Mark] = []
    for mark in marks:
        if parts and not _is_part(parts[-1], mark):
            yield parts
            parts = []
        parts.append(mark)
    if parts:
        yield parts


def _is_part(before: Mark, mark: Mark) -> bool:
    same = before.extra.get("id") is not None and before.extra == mark.extra
    outlines = isinstance(before.shape, Polygon) and isinstance(mark.shape, Polygon)
    return (
        same and outlines and (before.image, before.finding, before.reader) == (mark.image, mark.finding, mark.reader)
    )


def _annotation(parts: list[Mark], phrase_key: str) -> dict[str, Any]:
    mark = parts[0]
    result = {key: value for key, value in mark.extra.items() if key not in ("segmentation", "bbox", "area")}
    result.update(_geometry([part.shape for part in parts], mark.extra))
    if "id" not in mark.extra:
        result["iscrowd"] = 0
    said = {
        phrase_key: mark.phrase,
        "reader": mark.reader if mark.reader != UNNAMED_READER else "",
        "comment": mark.comment,
        "score": mark.confidence,
    }
    return {**result, **{key: value for key, value in said.items() if value not in ("", None)}}


def _geometry(shapes: list[Shape], extra: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    first = shapes[0]
    edges = np.array([shape.bounds for shape in shapes])
    left, top = edges[:, :2].min(axis=0).tolist()
    right, bottom = edges[:, 2:].max(axis=0).tolist()
    if isinstance(first, Box):
        return _box(first, extra)
    result: dict[str, Any] = {"bbox": [left, top, right - left, bottom - top]}
    if isinstance(first, Points):
        given = extra.get("keypoints", ())
        if (
            tuple((x, y) for x, y, seen in zip(given[::3], given[1::3], given[2::3], strict=False) if seen)
            == first.points
        ):
            return {}
        flat = [value for x, y in first.points for value in (x, y, 2)]
        return {"keypoints": flat, "num_keypoints": len(first.points)}
    if isinstance(first, Mask):
        counts = counts_of(first.counts)
        uncompressed = extra.get("segmentation") == UNCOMPRESSED
        result["segmentation"] = {"size": list(first.size), "counts": counts if uncompressed else first.counts}
        result["area"] = sum(counts[1::2])
    else:
        outlines = [shape.points for shape in shapes if isinstance(shape, Polygon)]
        result["segmentation"] = [[value for point in outline for value in point] for outline in outlines]
        result["area"] = sum(map(_area, outlines))
    result.update(_as_in_the_file(result["bbox"], extra))
    if "id" in extra:  # what the file did not say of its own annotation is not added to it
        result = {key: value for key, value in result.items() if key == "segmentation" or key in extra}
    return result


def _box(box: Box, extra: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    result: dict[str, Any] = {"bbox": [box.x, box.y, box.width, box.height], "area": box.width * box.height}
    if extra.get("segmentation") == []:
        result["segmentation"] = []
    if extra.get("bbox") == result["bbox"]:
        result["area"] = extra.get("area", result["area"])
    if "id" in extra and "area" not in extra:
        del result["area"]
    return result


def _as_in_the_file(box: list[float], extra: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Box and area as the file gave them, as long as the shape still has that box."""
    given = extra.get("bbox")
    try:
        edges = numbers(given, ("x", "y", "width", "height"))
    except MarkError:
        return {}
    if max(abs(a - b) for a, b in zip(edges, box, strict=True)) > _CLOSE:
        return {}
    return {key: extra[key] for key in ("bbox", "area") if key in extra}


def _area(outline: tuple[tuple[float, float], ...]) -> float:
    """Area inside an outline by the shoelace formula, square pixels."""
    x, y = np.array(outline).T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _reading(reading: Reading, image_id: object) -> dict[str, Any]:
    said = {"reader": reading.reader if reading.reader != UNNAMED_READER else "", "finding": reading.finding}
    return {**reading.extra, "image_id": image_id, **{key: value for key, value in said.items() if value}}
