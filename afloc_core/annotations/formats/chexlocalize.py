"""CheXlocalize: outlines, masks and most representative points, of the ground truth or of the human benchmark.

Source: Saporta et al., "Benchmarking saliency methods for chest X-ray interpretation", Nature Machine Intelligence
2022. Three shapes of JSON, each by image and then by finding:
``annotations``: ``img_size`` as [height, width] and outlines of [x, y]; only what was marked appears.
``segmentations``: a COCO run-length code, every finding always; an empty mask says that nothing was marked.
``points``: [x, y] in image pixels; an empty list says that nothing was marked.
The files do not name readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.content import write_json
from afloc_core.annotations.formats.drafts import Draft, own_extra, points, refuse, size_of
from afloc_core.annotations.formats.rle import empty_code, is_empty, mask_of_coco
from afloc_core.annotations.marks import Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Mask, Points, Polygon
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.marks import Document
    from afloc_core.annotations.shapes import Shape

NAME = "chexlocalize"
TITLE = "A CheXlocalize file"
LOOKED_FOR: Mapping[str, str] = {
    "json": "CheXlocalize (by image and finding: outlines with img_size, run-length codes, or points)"
}
SUFFIX = ".json"

_SIZE = "img_size"
_KINDS: Mapping[str, type[Shape]] = {"annotations": Polygon, "segmentations": Mask, "points": Points}


def recognises(content: Content) -> bool:
    """Tell whether the JSON has one of the three shapes, by the first image with a finding."""
    return isinstance(content, dict) and _kind(content) is not None


def read(content: dict[str, Any]) -> Document:
    """Read any of the three."""
    kind = _kind(content) or "annotations"
    read_finding = {"annotations": _outlines, "segmentations": _mask, "points": _points}[kind]
    draft = Draft()
    for i, (key, findings) in enumerate(content.items()):
        place = f"Image {i + 1}"
        if not isinstance(findings, dict):
            draft.problem(place, "It has no findings.")
            continue
        size = findings.get(_SIZE)
        shape = size_of(*size) if isinstance(size, list) and len(size) == 2 else None
        if kind == "annotations" and shape is None:
            draft.problem(place, "Its img_size is missing or not a height and a width.")
        draft.images[key] = MarkedImage(key, size=shape)
        for finding, value in findings.items():
            if finding != _SIZE:
                _read_finding(read_finding, key, finding, value, draft, place)
    return draft.finish(NAME, {"kind": kind})


def _kind(content: dict[str, Any]) -> str | None:
    for findings in content.values():
        if not isinstance(findings, dict):
            return None
        if _SIZE in findings:
            return "annotations"
        for value in findings.values():
            if isinstance(value, dict) and {"size", "counts"} <= value.keys():
                return "segmentations"
            if isinstance(value, list) and value and all(_is_pair(pair) for pair in value):
                return "points"
            if value != []:
                return None
    return None


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, (int, float)) for v in value)


def _read_finding(read_finding: Any, key: str, finding: str, value: object, draft: Draft, place: str) -> None:  # noqa: ANN401
    try:
        read_finding(key, finding, value, draft, place)
    except MarkError as error:
        draft.problem(place, error)


def _outlines(key: str, finding: str, value: object, draft: Draft, place: str) -> None:
    if not isinstance(value, list):
        raise MarkError("A finding has no list of outlines.")
    for outline in value:
        try:
            draft.marks.append(Mark(key, Polygon(points(outline, 3, "outline")), finding))
        except MarkError as error:
            draft.problem(place, error)
    if not value:
        draft.reading(place, Reading(key, finding=finding))


def _mask(key: str, finding: str, value: object, draft: Draft, place: str) -> None:
    mask = mask_of_coco(value if isinstance(value, dict) else {})
    image = draft.images[key]
    if image.size not in (None, mask.size):
        raise MarkError("A mask has another size than the image's first.")
    draft.images[key] = MarkedImage(key, size=mask.size)
    if is_empty(mask):
        draft.reading(place, Reading(key, finding=finding))
    else:
        draft.marks.append(Mark(key, mask, finding))


def _points(key: str, finding: str, value: object, draft: Draft, place: str) -> None:
    if value == []:
        draft.reading(place, Reading(key, finding=finding))
    else:
        draft.marks.append(Mark(key, Points(points(value, 1, "mark")), finding))


def write(document: Document) -> bytes:
    """Write the shape it was read from, or the one that its marks have.

    Raises
    ------
    MarkError
        Something would be lost, or the size of an image is needed and unknown.
    """
    kind = own_extra(document, NAME).get("kind") or _kind_of_marks(document)
    refuse(document, TITLE, shapes=(_KINDS[kind],), readings=True, bare=True)
    _check_readings(document, kind)
    content: dict[str, dict[str, Any]] = {key: {} for key in document.images}
    if kind == "annotations":
        for key, image in document.images.items():
            content[key][_SIZE] = list(image.size or ())
    for mark in document.marks:
        _write_mark(mark, content[mark.image])
    for reading in document.readings:
        content[reading.image][reading.finding] = _nothing(document.images[reading.image], kind)
    return write_json(content)


def _check_readings(document: Document, kind: str) -> None:
    unnamed = sum(not reading.finding for reading in document.readings)
    if unnamed:
        raise MarkError(f"{TITLE} cannot hold {unnamed:,} readings without a finding; choose another format.")
    unsized = sum(image.size is None for image in document.images.values())
    if kind != "points" and unsized:
        raise MarkError(f"{TITLE} needs the size of every image; {unsized:,} are unknown.")


def _kind_of_marks(document: Document) -> str:
    found = {type(mark.shape) for mark in document.marks}
    return next((kind for kind, shape in _KINDS.items() if shape in found), "annotations")


def _write_mark(mark: Mark, findings: dict[str, Any]) -> None:
    shape = mark.shape
    if isinstance(shape, Polygon):
        findings.setdefault(mark.finding, []).append([list(point) for point in shape.points])
    elif isinstance(shape, Points):
        findings.setdefault(mark.finding, []).extend(list(point) for point in shape.points)
    elif isinstance(shape, Mask):
        if mark.finding in findings:
            raise MarkError(f"{TITLE} holds one mask per image and finding; there are several.")
        findings[mark.finding] = {"size": list(shape.size), "counts": shape.counts}


def _nothing(image: MarkedImage, kind: str) -> object:
    if kind != "segmentations" or image.size is None:
        return []
    height, width = image.size
    return {"size": [height, width], "counts": empty_code(image.size)}
