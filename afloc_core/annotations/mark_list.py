"""Marks and readings of a file as columns: one is made when it is asked for, and a hundred thousand take 10 MB."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Iterable, Sequence
from math import isnan, nan
from typing import TYPE_CHECKING, Any, TypeVar, overload

from afloc_core.annotations.marks import Mark, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.packing import PackedTexts, TextPool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from afloc_core.annotations.shapes import Shape

_Item = TypeVar("_Item", Mark, Reading)
_BOX, _POLYGON, _FREEHAND, _POINTS, _OTHER = range(5)
_LONGEST_SHARED = 200
_MOST_SHARED = 5_000


class _Extras:
    """What files said beyond the common fields, kept once where many say the same."""

    def __init__(self) -> None:
        self._kept: list[Mapping[str, Any]] = []
        self._shared: dict[str, int] = {}

    def number(self, extra: Mapping[str, Any]) -> int:
        said = repr(extra)  # which tells 1 from 1.0, and a list from a tuple
        if (number := self._shared.get(said)) is not None:
            return number
        self._kept.append(extra)
        if len(said) <= _LONGEST_SHARED and len(self._shared) < _MOST_SHARED:
            self._shared[said] = len(self._kept) - 1
        return len(self._kept) - 1

    def __getitem__(self, number: int) -> Mapping[str, Any]:
        return self._kept[number]


class _Shapes:
    """Shapes one after the other as plain numbers."""

    def __init__(self) -> None:
        self._kinds = array("b")
        self._ends = array("q")
        self._numbers = array("d")
        self._masks: dict[int, tuple[tuple[int, int], int]] = {}
        self._counts = PackedTexts()
        self._others: dict[int, Shape] = {}

    def append(self, shape: Shape) -> None:
        kind, numbers = _taken_apart(shape)
        if kind == _OTHER and isinstance(shape, Mask):
            self._masks[len(self._kinds)] = (shape.size, len(self._counts))
            self._counts.append(shape.counts)
        elif kind == _OTHER:
            self._others[len(self._kinds)] = shape
        self._kinds.append(kind)
        self._numbers.extend(numbers)
        self._ends.append(len(self._numbers))

    def __getitem__(self, place: int) -> Shape:
        kind = self._kinds[place]
        if kind == _OTHER:
            if place in self._others:
                return self._others[place]
            size, counts = self._masks[place]
            return Mask(size, self._counts[counts])
        numbers = self._numbers[self._ends[place - 1] if place else 0 : self._ends[place]]
        if kind == _BOX:
            return Box(*numbers)
        points = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        return Points(points) if kind == _POINTS else Polygon(points, freehand=kind == _FREEHAND)


def _taken_apart(shape: Shape) -> tuple[int, Sequence[float]]:
    """Return the kind of a shape and its numbers; none where they are not all floats and would not come back so."""
    if isinstance(shape, Mask):
        return _OTHER, ()
    if isinstance(shape, Box):
        kind, numbers = _BOX, tuple[float, ...]((shape.x, shape.y, shape.width, shape.height))
    else:
        kind = _POINTS if isinstance(shape, Points) else _FREEHAND if shape.freehand else _POLYGON
        numbers = tuple(value for point in shape.points for value in point)
    return (kind, numbers) if all(type(value) is float for value in numbers) else (_OTHER, ())


class _Listed(Sequence[_Item]):
    """What marks and readings have in common."""

    _texts: tuple[str, ...]

    def __init__(self, items: Iterable[_Item] = ()) -> None:
        self._pool = TextPool()
        self._columns = {name: array("i") for name in (*self._texts, "extra")}
        self._extras = _Extras()
        self.extend(items)

    def __len__(self) -> int:
        return len(self._columns["extra"])

    @overload
    def __getitem__(self, place: int) -> _Item: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[_Item, ...]: ...
    def __getitem__(self, place: int | slice) -> _Item | tuple[_Item, ...]:
        if isinstance(place, slice):
            return tuple(self._item(at) for at in range(len(self))[place])
        return self._item(range(len(self))[place])

    def __iter__(self) -> Iterator[_Item]:
        return map(self._item, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (_Listed, tuple, list)):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"

    def append(self, item: _Item) -> None:
        """Add one at the end."""
        for name in self._texts:
            self._columns[name].append(self._pool.number(getattr(item, name)))
        self._columns["extra"].append(self._extras.number(item.extra))

    def extend(self, items: Iterable[_Item]) -> None:
        """Add several at the end."""
        for item in items:
            self.append(item)

    def _said(self, place: int) -> dict[str, Any]:
        columns, pool = self._columns, self._pool
        said: dict[str, Any] = {name: pool[columns[name][place]] for name in self._texts}
        said["extra"] = self._extras[columns["extra"][place]]
        return said

    @abstractmethod
    def _item(self, place: int) -> _Item: ...


class MarkList(_Listed[Mark]):
    """Marks in the order in which they were added.

    Parameters
    ----------
    items : iterable of Mark
        More can be added.
    """

    _texts = ("image", "finding", "reader", "phrase", "comment")

    def __init__(self, items: Iterable[Mark] = ()) -> None:
        self._shapes = _Shapes()
        self._confidences = array("d")
        super().__init__(items)

    def append(self, item: Mark) -> None:
        """Add one at the end."""
        super().append(item)
        self._shapes.append(item.shape)
        self._confidences.append(nan if item.confidence is None else item.confidence)

    def _item(self, place: int) -> Mark:
        confidence = self._confidences[place]
        return Mark(
            shape=self._shapes[place], confidence=None if isnan(confidence) else confidence, **self._said(place)
        )


class ReadingList(_Listed[Reading]):
    """Readings in the order in which they were added.

    Parameters
    ----------
    items : iterable of Reading
        More can be added.
    """

    _texts = ("image", "reader", "finding")

    def _item(self, place: int) -> Reading:
        return Reading(**self._said(place))
