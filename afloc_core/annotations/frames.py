"""The pixels that marks are given in, and the same marks in the pixels of the film they are shown on.

Some files give the size of the picture that was marked, and masks always do. Of some data sets it is known: their files
name no size because every picture has the same. For what is left the film itself is taken, unless the marks show that
it cannot be: they lie outside.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from afloc_core.annotations.fitting import fit_to, is_same_shape
from afloc_core.annotations.formats.drafts import NORMALISED, size_of
from afloc_core.annotations.formats.normalised import in_pixels
from afloc_core.annotations.marks import Document
from afloc_core.annotations.shapes import Mask
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from afloc_core.annotations.marks import Mark, MarkedImage

FRAME = "pictures of the data set"
"""Key in ``Mark.extra``: height and width of the pictures whose pixels a format gives its marks in by definition."""

_SLACK = 2.0
_FAR = 0.05
"""As a part of a side: so far beyond the film lies no mark drawn on it. The size of an image can be another file's."""
_OUTSIDE = (
    "Some marks lie outside this film, which may be a smaller copy of the one they were drawn on: they are shown, but "
    "no figures are made of them."
)
_BEYOND = "Some marks reach beyond the film; only what lies on it counts."


@dataclass(frozen=True, slots=True)
class Carried:
    """Marks in the pixels of a film.

    Attributes
    ----------
    marks : tuple of Mark
        Without those that were drawn on a picture of another shape.
    note : str
        One sentence where marks were scaled because of what is known of their data set; else empty.
    misplaced : frozenset of str
        Readers some of whose marks lie outside the film, so that nobody knows what pixels theirs are given in.
    problem : str
        One sentence where marks do not fit the film; else empty.
    """

    marks: tuple[Mark, ...]
    note: str = ""
    misplaced: frozenset[str] = frozenset()
    problem: str = ""


def framed(extra: Mapping[str, Any], frame: tuple[int, int]) -> dict[str, Any]:
    """Return a mark's ``extra`` that says in pixels of what pictures a format gives it by definition."""
    return {**extra, FRAME: list(frame)}


def without_frame(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a mark's ``extra`` as its file words it."""
    return {key: value for key, value in extra.items() if key != FRAME} if FRAME in extra else extra


def known_frame(marks: Iterable[Mark], film: tuple[int, int]) -> tuple[int, int] | None:
    """Find the pixels that the format of an image's marks defines, where they can be those of a film at another size.

    Parameters
    ----------
    marks : iterable of Mark
        Of one image.
    film : (int, int)
        Height and width in pixels.

    Returns
    -------
    (int, int) or None
        Height and width. None where no format defines any, where the film is of another shape, and where a mark lies
        outside of that frame: the list then is of other pictures.
    """
    bound = [mark for mark in marks if FRAME in mark.extra]
    frames = {_defined(mark) for mark in bound}
    frame = frames.pop() if len(frames) == 1 else None
    if frame is None or not is_same_shape(frame, film) or any(_outside(mark, frame) for mark in bound):
        return None
    return frame


def in_image_pixels(document: Document) -> Document:
    """Give the marks whose format defines their pixels in pixels of their images, for a file that defines none.

    Parameters
    ----------
    document : Document
        Its images may give their sizes. One that does not gets the size that the format defines, where that is so of
        all its marks and they lie within it.

    Returns
    -------
    Document
        Marks of which it cannot be known stay as they are.
    """
    by_image: dict[str, list[Mark]] = defaultdict(list)
    for mark in document.marks:
        by_image[mark.image].append(mark)
    images = dict(document.images)
    frames: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {}
    for key in by_image.keys() & images.keys():
        marks, size = by_image[key], images[key].size
        if size is None and all(FRAME in mark.extra for mark in marks):
            size = _defined(marks[0])
        if size is not None and (frame := known_frame(marks, size)) is not None:
            frames[key] = (frame, size)
            images[key] = replace(images[key], size=size)
    placed = (
        replace(fit_to(mark, *frames[mark.image]), extra=without_frame(mark.extra))
        if FRAME in mark.extra and mark.image in frames
        else mark
        for mark in document.marks
    )
    return replace(document, images=images, marks=tuple(placed))


def in_pictures(document: Document, frame: tuple[int, int]) -> Document:
    """Give the other marks in pixels of a data set's pictures, for a format that defines them.

    Parameters
    ----------
    document : Document
    frame : (int, int)
        Height and width of those pictures.

    Returns
    -------
    Document
        Marks on an image of unknown size, or of another shape, stay as they are.
    """
    sizes = {key: image.size for key, image in document.images.items() if image.size and image.size != frame}
    sizes = {key: size for key, size in sizes.items() if is_same_shape(size, frame)}
    marks = (
        fit_to(mark, sizes[mark.image], frame) if mark.image in sizes and FRAME not in mark.extra else mark
        for mark in document.marks
    )
    return replace(document, marks=tuple(marks)) if sizes else document


def carry(marks: tuple[Mark, ...], image: MarkedImage, film: tuple[int, int]) -> Carried:
    """Carry the marks of an image to the pixels of its film; takes its time with masks.

    Parameters
    ----------
    marks : tuple of Mark
    image : MarkedImage
        May give the size that the marks were drawn at.
    film : (int, int)
        Height and width in pixels.
    """
    frame = known_frame(marks, film)
    given = film if image.extra.get(NORMALISED) and image.size is None else image.size
    carried: list[Mark] = []
    misplaced: set[str] = set()
    problem = ""
    for mark in in_pixels(Document("", {image.key: image}, marks), {image.key: film}).marks:
        drawn_at = _drawn_at(mark, given, frame)
        try:
            placed = fit_to(mark, drawn_at or film, film)
        except MarkError as error:
            problem = str(error)
            continue
        carried.append(placed)
        if _outside(placed, film):
            problem = problem or _BEYOND
            misplaced |= set() if drawn_at and not _outside(placed, film, _FAR * max(film)) else {mark.reader}
    return Carried(tuple(carried), _scaled(frame, film), frozenset(misplaced), _OUTSIDE if misplaced else problem)


def _drawn_at(mark: Mark, given: tuple[int, int] | None, frame: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return the size of the picture that a mark was drawn on; None where nobody knows."""
    if isinstance(mark.shape, Mask):
        return mark.shape.size
    return frame or given if FRAME in mark.extra else given


def _defined(mark: Mark) -> tuple[int, int] | None:
    """Return what the format of a mark defines; a native file, whose words these are then, can say anything."""
    sides = mark.extra.get(FRAME)
    return size_of(*sides) if isinstance(sides, (list, tuple)) and len(sides) == 2 else None


def _scaled(frame: tuple[int, int] | None, film: tuple[int, int]) -> str:
    if frame is None or frame == tuple(film):
        return ""
    given, here = (f"{width} x {height}" for height, width in (frame, film))
    return f"Marks given in pixels of {given} pictures were scaled to this film of {here}."


def _outside(mark: Mark, film: tuple[int, int], slack: float = _SLACK) -> bool:
    left, top, right, bottom = mark.shape.bounds
    return min(left, top) < -slack or right > film[1] + slack or bottom > film[0] + slack
