"""From COCO's JSON to a document; also for the formats that are COCO with more keys."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.drafts import Draft, numbers, points, size_of
from afloc_core.annotations.formats.rle import is_empty, mask_of_coco
from afloc_core.annotations.marks import UNNAMED_READER, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Points, Polygon
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from afloc_core.annotations.marks import Document
    from afloc_core.annotations.shapes import Mask, Shape

UNCOMPRESSED = "uncompressed"
"""What ``extra["segmentation"]`` says of a mask whose run lengths the file gives as numbers."""

_LISTS = ("images", "annotations", "readings")
_IMAGE_KEYS = ("file_name", "width", "height", "path", "uid")
_ANNOTATION_KEYS = ("image_id", "category_id", "segmentation", "reader", "comment")
_SIDES = ("x", "y", "width", "height")


def read_coco(content: dict[str, Any], name: str, phrase_key: str) -> Document:
    """Read COCO's JSON as the format ``name``, whose annotations give phrases under ``phrase_key``."""
    draft = Draft()
    findings = _findings(content.get("categories"), draft)
    keys = _images(content["images"], draft)
    seen: set[object] = set()
    for i, annotation in enumerate(content["annotations"]):
        place = f"annotations[{i}]"
        try:
            _check_annotation(annotation, keys, seen, draft, place)
            _annotation(annotation, keys, findings, phrase_key, draft, place)
        except MarkError as error:
            draft.problem(place, error)
    readings = content.get("readings")
    for i, reading in enumerate(readings if isinstance(readings, list) else ()):
        _reading(reading, keys, draft, f"readings[{i}]")
    return draft.finish(name, {key: value for key, value in content.items() if key not in _LISTS})


def _findings(categories: object, draft: Draft) -> dict[object, str]:
    findings: dict[object, str] = {}
    for i, category in enumerate(categories if isinstance(categories, list) else ()):
        if isinstance(category, dict) and _is_key(category.get("id")) and isinstance(category.get("name"), str):
            findings[category["id"]] = category["name"]
        else:
            draft.problem(f"categories[{i}]", "It needs an id and a name.")
    return findings


def _images(images: list[Any], draft: Draft) -> dict[object, str]:
    """Key in the document of each image id: the file name where no other image has it, else the id."""
    names = Counter(str(image.get("file_name") or "") for image in images if isinstance(image, dict))
    keys: dict[object, str] = {}
    for i, image in enumerate(images):
        if not isinstance(image, dict) or not _is_key(image.get("id")):
            draft.problem(f"images[{i}]", "It has no id.")
        elif image["id"] in keys:
            draft.problem(f"images[{i}]", "Its id is that of an image before.")
        else:
            name = str(image.get("file_name") or "")
            key = name if name and names[name] == 1 else f"id {image['id']}"
            keys[image["id"]] = key
            draft.images[key] = _image(key, image)
    return keys


def _image(key: str, image: dict[str, Any]) -> MarkedImage:
    path, uid = image.get("path"), image.get("uid")
    size = size_of(image.get("height"), image.get("width"))
    extra = {k: v for k, v in image.items() if k not in _IMAGE_KEYS}
    for side in ("width", "height"):
        if size is None and side in image:
            extra[side] = image[side]
    file_name = image.get("file_name")
    if isinstance(path, str) and isinstance(file_name, str):
        extra["file_name"] = file_name
    return MarkedImage(
        key,
        path=path if isinstance(path, str) else str(file_name or ""),
        uid=uid if isinstance(uid, str) else "",
        size=size,
        extra=extra,
    )


def _check_annotation(annotation: object, keys: dict[object, str], seen: set[object], draft: Draft, place: str) -> None:
    if not isinstance(annotation, dict):
        raise MarkError("It is not an object.")
    image_id, own_id = annotation.get("image_id"), annotation.get("id")
    if not _is_key(image_id) or image_id not in keys:
        raise MarkError("Its image_id is that of no image.")
    if _is_key(own_id) and own_id in seen:
        draft.problem(place, "Its id is that of an annotation before; it is read as one of its own.")
        annotation.pop("id")
    elif _is_key(own_id):
        seen.add(own_id)


def _annotation(
    annotation: dict[str, Any],
    keys: dict[object, str],
    findings: dict[object, str],
    phrase_key: str,
    draft: Draft,
    place: str,
) -> None:
    key = keys[annotation["image_id"]]
    category, score = annotation.get("category_id"), annotation.get("score")
    if category is not None and not (_is_key(category) and category in findings):
        draft.problem(place, "Its category_id is that of no category; it is read without a finding.")
    finding = findings.get(category, "") if _is_key(category) else ""
    shapes = _shapes(annotation)
    extra = {k: v for k, v in annotation.items() if k not in _ANNOTATION_KEYS and k != phrase_key}
    confidence = float(score) if isinstance(score, (int, float)) and 0 <= score <= 1 else None
    if confidence is not None:
        del extra["score"]
    _keep_what_shapes_do_not_say(annotation, shapes, extra)
    reader = _text(annotation.get("reader")) or UNNAMED_READER
    if not shapes:
        draft.reading(place, Reading(key, reader, finding, extra))
        return
    _learn_size(key, annotation, shapes[0], draft, place)
    phrase, comment = _text(annotation.get(phrase_key)), _text(annotation.get("comment"))
    draft.marks.extend(Mark(key, shape, finding, reader, phrase, confidence, comment, extra) for shape in shapes)


def _learn_size(key: str, annotation: dict[str, Any], shape: Shape, draft: Draft, place: str) -> None:
    """Take the image's size from the annotation where the image does not say it, as MS-CXR readers do."""
    image = draft.images[key]
    size = getattr(shape, "size", None) or size_of(annotation.get("height"), annotation.get("width"))
    if image.size is None and size:
        draft.images[key] = MarkedImage(key, image.path, image.uid, size, image.extra)
    elif size and size != image.size:
        draft.problem(place, "It gives the image another size than the image does.")


def _shapes(annotation: dict[str, Any]) -> list[Shape]:
    """Shapes of an annotation; none where it is a mask without a pixel."""
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        mask: Mask = mask_of_coco(segmentation)
        return [] if is_empty(mask) else [mask]
    if isinstance(segmentation, list) and segmentation:
        return [_outline(part) for part in segmentation]
    if annotation.get("bbox"):
        return [Box(*numbers(annotation["bbox"], _SIDES))]
    if annotation.get("keypoints"):
        return [_key_points(annotation["keypoints"])]
    raise MarkError("It has neither segmentation, bbox nor keypoints.")


def _outline(part: object) -> Polygon:
    if not isinstance(part, list) or len(part) < 6 or len(part) % 2:
        raise MarkError("An outline needs at least three pairs of x and y.")
    return Polygon(points([part[i : i + 2] for i in range(0, len(part), 2)], 3, "outline"))


def _key_points(values: object) -> Points:
    if not isinstance(values, list) or len(values) % 3:
        raise MarkError("Key points need x, y and visibility each.")
    triples = [numbers(values[i : i + 3], ("x", "y", "visibility")) for i in range(0, len(values), 3)]
    return Points(tuple((x, y) for x, y, visible in triples if visible))


def _keep_what_shapes_do_not_say(annotation: dict[str, Any], shapes: list[Shape], extra: dict[str, Any]) -> None:
    """Drop from the extra what is written from the shape again; note how a mask was written."""
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, dict):
        if not shapes:
            extra["segmentation"] = segmentation
        elif isinstance(segmentation.get("counts"), list):
            extra["segmentation"] = UNCOMPRESSED
    elif shapes and isinstance(shapes[0], Box):
        if segmentation == []:
            extra["segmentation"] = []
    elif shapes and isinstance(shapes[0], Points) and annotation["keypoints"][2::3].count(2) == len(shapes[0].points):
        del extra["keypoints"]


def _reading(reading: object, keys: dict[object, str], draft: Draft, place: str) -> None:
    image_id = reading.get("image_id") if isinstance(reading, dict) else None
    if not isinstance(reading, dict) or not _is_key(image_id) or image_id not in keys:
        draft.problem(place, "Its image_id is that of no image.")
        return
    extra = {k: v for k, v in reading.items() if k not in ("image_id", "reader", "finding")}
    reader = _text(reading.get("reader")) or UNNAMED_READER
    draft.reading(place, Reading(keys[image_id], reader, _text(reading.get("finding")), extra))


def _is_key(value: object) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
