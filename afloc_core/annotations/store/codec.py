"""Shapes and marks as the JSON documents that the database keeps, and back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon, Shape
from afloc_core.errors import MarkError, ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


def to_json(value: object) -> str:
    """Write JSON in ASCII, which every database takes, keeping the order of keys.

    Raises
    ------
    MarkError
        The value holds something that is not JSON.
    """
    try:
        return "{}" if value == {} else _ENCODER.encode(value)
    except (TypeError, ValueError) as error:
        raise MarkError("A mark or setting carries a value that cannot be kept; only JSON values can.") from error


def from_json(text: str) -> Any:  # noqa: ANN401  (a JSON value can be anything)
    """Read what `to_json` wrote."""
    return {} if text == "{}" else json.loads(text)


def plain_text(text: str) -> str:
    """Give a text that every database takes.

    Raises
    ------
    MarkError
        It holds a NUL or half a character, which PostgreSQL refuses and SQLite would give back cut short.
    """
    if _NOT_KEPT.search(text):
        raise MarkError("A text of a mark holds a character that cannot be kept; type it again.")
    return text


def shape_to_json(shape: Shape) -> str:
    """Write a shape; numbers keep every digit."""
    match shape:
        case Box():
            numbers = {name: _number(getattr(shape, name)) for name in ("x", "y", "width", "height")}
            return to_json({"kind": "box", **numbers})
        case Polygon():
            return to_json({"kind": "polygon", "points": _pairs(shape.points), "freehand": bool(shape.freehand)})
        case Points():
            return to_json({"kind": "points", "points": _pairs(shape.points)})
        case Mask():
            return to_json({"kind": "mask", "size": [int(side) for side in shape.size], "counts": shape.counts})


def shape_from_json(text: str) -> Shape:
    """Read a shape.

    Raises
    ------
    ReviewError
        It is none that this program knows.
    """
    value = json.loads(text)
    match value["kind"]:
        case "box":
            return Box(value["x"], value["y"], value["width"], value["height"])
        case "polygon":
            return Polygon(_tuples(value["points"]), value["freehand"])
        case "points":
            return Points(_tuples(value["points"]))
        case "mask":
            return Mask((value["size"][0], value["size"][1]), value["counts"])
    raise ReviewError("The review holds a shape that this program does not know; update the program.")


def mark_columns(mark: Mark) -> dict[str, Any]:
    """Columns of a mark's row that its reader words, apart from image and reader.

    Raises
    ------
    MarkError
        The confidence is not a number, or a text or value cannot be kept.
    """
    if mark.confidence is not None and not math.isfinite(mark.confidence):
        raise MarkError("The confidence of the mark is not a number; leave it out or give one from 0 to 1.")
    return {
        "shape": shape_to_json(mark.shape),
        "finding": plain_text(mark.finding),
        "phrase": plain_text(mark.phrase),
        "confidence": None if mark.confidence is None else float(mark.confidence),
        "comment": plain_text(mark.comment),
        "extra": to_json(mark.extra),
    }


def mark_from_columns(image: str, reader: str, columns: Mapping[str, Any]) -> Mark:
    """Build a mark from what `mark_columns` gave."""
    return Mark(
        image=image,
        shape=shape_from_json(columns["shape"]),
        finding=columns["finding"],
        reader=reader,
        phrase=columns["phrase"],
        confidence=columns["confidence"],
        comment=columns["comment"],
        extra=from_json(columns["extra"]),
    )


def mark_state(mark: Mark, *, removed: bool) -> str:
    """Write everything that undo brings back: the mark and whether it was removed."""
    return to_json({"reader": plain_text(mark.reader), **mark_columns(mark), "removed": removed})


def mark_from_state(image: str, state: str) -> tuple[Mark, bool]:
    """Build the mark, and whether it was removed, from what `mark_state` wrote."""
    value = json.loads(state)
    return mark_from_columns(image, value["reader"], value), bool(value["removed"])


def to_datetime(microseconds: int) -> datetime:
    """Wall time in UTC from microseconds since 1970, without the rounding of a float."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _number(value: float) -> float:
    return value if type(value) in (int, float) else float(value)


def _pairs(points: Iterable[tuple[float, float]]) -> list[list[float]]:
    return [[_number(x), _number(y)] for x, y in points]


def _tuples(points: Iterable[Iterable[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in points)


def _plain(value: object) -> object:
    """Give what json does not know by itself: other mappings, and scalars of numpy."""
    if isinstance(value, Mapping):
        return dict(value)
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        return item()
    raise TypeError(type(value).__name__)


_ENCODER = json.JSONEncoder(default=_plain, separators=(",", ":"))
