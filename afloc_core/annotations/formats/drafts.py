"""What all formats share: gathering a document while a file is read, and saying what a format cannot hold."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from afloc_core.annotations.mark_list import MarkList, ReadingList
from afloc_core.annotations.marks import UNNAMED_READER, Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError
from afloc_core.packing import PackedTexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from afloc_core.annotations.shapes import Shape

NORMALISED = "normalised"
"""Key in ``MarkedImage.extra``: true where coordinates are fractions of an image whose size the file does not give."""

_SHAPES: Mapping[type[Shape], tuple[str, str]] = {
    Box: ("box", "boxes"),
    Polygon: ("outline", "outlines"),
    Points: ("point mark", "point marks"),
    Mask: ("mask", "masks"),
}


class Draft:
    """A document being read: what is sound, and a sentence for each thing that is not."""

    def __init__(self, problems: Iterable[str] = ()) -> None:
        self.images: dict[str, MarkedImage] = {}
        self.marks = MarkList()
        self.readings = ReadingList()
        self.problems: list[str] = [sentence for sentence in problems if sentence]
        self._reading_places = PackedTexts()

    def problem(self, place: str, sentence: object) -> None:
        """Note what is wrong where, such as ``"Row 17"``; the sentence must not quote the file."""
        text = str(sentence)
        self.problems.append(f"{place}: {text[:1].lower()}{text[1:]}")

    def reading(self, place: str, reading: Reading) -> None:
        """Note that a reader marked nothing."""
        self.readings.append(reading)
        self._reading_places.append(place)

    def finish(self, name: str, extra: Mapping[str, Any] | None = None) -> Document:
        """Make the document; ``extra`` is kept under the name of the format.

        A reader who marked nothing and yet marked something is a problem of the file: the marks stand.
        """
        read = {(reading.image, reading.reader) for reading in self.readings}
        marked = {
            (image, reader, finding)
            for mark in (self.marks if read else ())
            if (mark.image, mark.reader) in read
            for image, reader, finding in ((mark.image, mark.reader, mark.finding), (mark.image, mark.reader, ""))
        }
        readings = ReadingList() if marked else self.readings
        for number, reading in enumerate(self.readings if marked else ()):
            if (reading.image, reading.reader, reading.finding) in marked:
                place = self._reading_places[number]
                self.problem(place, "It says that nothing was marked, but the same reader marked something there.")
            else:
                readings.append(reading)
        return Document(
            format=name,
            images=self.images,
            marks=self.marks,
            readings=readings,
            problems=tuple(self.problems),
            extra={name: dict(extra or {})},
        )


def number(value: object, what: str) -> float:
    """Take a JSON or text value as a finite number.

    Raises
    ------
    MarkError
        It is none; ``what`` names it in the sentence.
    """
    if not isinstance(value, bool) and isinstance(value, (int, float, str)):
        try:
            result = float(value)
        except (ValueError, OverflowError):
            result = math.nan
        if math.isfinite(result):
            return result
    raise MarkError(f"The {what} is missing or not a number.")


def numbers(values: object, names: Sequence[str]) -> list[float]:
    """Take a JSON list as as many finite numbers as there are names.

    Raises
    ------
    MarkError
        It is not such a list.
    """
    if not isinstance(values, (list, tuple)) or len(values) != len(names):
        raise MarkError(f"It needs {len(names)} numbers: {', '.join(names)}.")
    return [number(value, name) for value, name in zip(values, names, strict=True)]


def points(values: object, least: int, what: str) -> tuple[tuple[float, float], ...]:
    """Take a JSON list of [x, y] pairs as points.

    Raises
    ------
    MarkError
        It is not such a list or has too few points.
    """
    if not isinstance(values, (list, tuple)) or len(values) < least:
        raise MarkError(f"The {what} needs at least {least} points of x and y.")
    pairs = (numbers(pair, ("x", "y")) for pair in values)
    return tuple((x, y) for x, y in pairs)


def size_of(height: object, width: object) -> tuple[int, int] | None:
    """Take two values as an image's height and width; None unless both are whole and positive."""
    result = []
    for value in (height, width):
        try:
            side = number(value, "size")
        except MarkError:
            return None
        if side < 1 or side != int(side) or side > _LONGEST_SIDE:
            return None
        result.append(int(side))
    return result[0], result[1]


_LONGEST_SIDE = 1_000_000


def end_of(start: float, extent: float) -> float:
    """Far edge of a box such that ``end - start`` gives exactly the extent where that is possible.

    Files give either edges or sizes; going from one to the other and back must not move a box. Of the candidates the
    one that is shortest in decimals is what the file said.
    """
    end = start + extent
    near = (end, math.nextafter(end, math.inf), math.nextafter(end, -math.inf), *(round(end, n) for n in (3, 6, 9, 12)))
    exact = [value for value in near if value - start == extent]
    return min(exact, key=lambda value: len(repr(value)), default=end)


def own_extra(document: Document, name: str) -> Mapping[str, Any]:
    """Look up what a format said of the file as a whole; nothing where the document has another origin."""
    extra = document.extra.get(name)
    return extra if isinstance(extra, dict) else {}


def as_own(document: Document, name: str) -> Document:
    """Leave out of a document what another format said beyond the common fields.

    Its words mean nothing, or something else, in the format ``name``; only the native format keeps them.
    """
    if name in document.extra:
        return document
    images = {
        key: replace(image, extra={NORMALISED: True} if image.extra.get(NORMALISED) else {})
        for key, image in document.images.items()
    }
    marks = tuple(replace(mark, extra={}) for mark in document.marks)
    return replace(
        document, images=images, marks=marks, readings=tuple(replace(r, extra={}) for r in document.readings)
    )


def boxes_of(document: Document) -> Iterator[tuple[Mark, Box]]:
    """Go through the marks that are boxes, each with its box."""
    return ((mark, mark.shape) for mark in document.marks if isinstance(mark.shape, Box))


def refuse(
    document: Document,
    title: str,
    *,
    shapes: tuple[type[Shape], ...],
    readers: bool = False,
    readings: bool = False,
    phrases: bool = False,
    opinions: bool = False,
    findings: str | None = None,
    unnamed: bool = False,
    bare: bool = False,
    normalised: bool = False,
) -> None:
    """Refuse to write a document of which a format would lose something.

    Parameters
    ----------
    document : Document
    title : str
        What people call the format.
    shapes : tuple of types
        Shapes that it holds.
    readers, readings, phrases, opinions : bool
        Whether it holds readers' names, that a reader marked nothing, phrases, and confidence and comments.
    findings : str, optional
        The only finding that it holds; any without.
    unnamed, bare : bool
        Whether it holds marks without a finding, and images without a mark or a reading.
    normalised : bool
        Whether it holds coordinates of an image of unknown size.

    Raises
    ------
    MarkError
        One sentence with everything that would be lost, and how many of each.
    """
    marks, counts = document.marks, Counter(type(mark.shape) for mark in document.marks)
    names = set(document.readers) - {UNNAMED_READER, document.given_reader}
    said: tuple[Mark | Reading, ...] = (*marks, *document.readings)
    others = {item.finding for item in said} - {findings}
    seen = {item.image for item in said}
    unknown = [image for image in document.images.values() if image.extra.get(NORMALISED)]
    losses = [
        *((count, *_SHAPES[kind]) for kind, count in counts.items() if kind not in shapes),
        (not readings and len(document.readings), "reading without a mark", "readings without a mark"),
        (not readers and len(names), "reader's name", "readers' names"),
        (not phrases and sum(bool(mark.phrase) for mark in marks), "phrase", "phrases"),
        (not opinions and sum(mark.confidence is not None for mark in marks), "confidence", "confidences"),
        (not opinions and sum(bool(mark.comment) for mark in marks), "comment", "comments"),
        (findings is not None and len(others), f"finding other than {findings}", f"findings other than {findings}"),
        (not unnamed and sum(not mark.finding for mark in marks), "mark without a finding", "marks without a finding"),
        (not bare and len(set(document.images) - seen), "image without a mark", "images without a mark"),
        (not normalised and len(unknown), "image of unknown size", "images of unknown size"),
    ]
    lost = [f"{count:,} {one if count == 1 else many}" for count, one, many in losses if count]
    if lost:
        listed = " and ".join([", ".join(lost[:-1]), lost[-1]]) if len(lost) > 1 else lost[0]
        raise MarkError(f"{title} cannot hold {listed}; choose another format, such as native.")
