"""A review as it was when it was opened, and which films it opens with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.models.folder import FileSequence, is_file, openable_files
from app.models.review_book import ImageMarks, all_in_film, in_film

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.marks import MarkedImage
    from afloc_core.annotations.store import Reader, Review, ReviewImage


@dataclass(frozen=True, slots=True)
class OpenedReview:
    """A review as it was when it was opened.

    Attributes
    ----------
    address : str
    images : tuple of ReviewImage
    files : tuple of Path
        Those of the images' files that exist.
    readers : tuple of Reader
    view : mapping
        What was saved of the view.
    films : FileSequence
        The films to step through, at the one that was looked at; empty where none of them is there.
    unsaved : tuple of Path
        Annotation files that were being saved when a program was killed.
    refusal : str
        Why something that was to go into the review is not in it; empty where all is.
    """

    address: str
    images: tuple[ReviewImage, ...] = ()
    files: tuple[Path, ...] = ()
    readers: tuple[Reader, ...] = ()
    view: Mapping[str, Any] = field(default_factory=dict)
    films: FileSequence = field(default_factory=FileSequence)
    unsaved: tuple[Path, ...] = ()
    refusal: str = ""


def films_of(review: OpenedReview) -> FileSequence:
    """Return the films of a review to step through: their folder where all are in one, else those of the review.

    Looks at the disk, which takes its time with a folder on a network.
    """
    kept = review.view.get("case")
    case = kept if isinstance(kept, dict) else {}
    files = {one.key: one.file for one in review.images if one.file in review.files and one.file is not None}
    elsewhere = Path(str(case.get("file", "")))
    current = files.get(str(case.get("image"))) or (elsewhere if is_file(elsewhere) else None)
    current = current or next(iter(files.values()), None)
    if current is None:
        return FileSequence()
    if set(files.values()) == {current} and _is_sample(current):
        return FileSequence((current,), 0)  # not the other files of the package that it comes with
    if {path.parent for path in files.values()} <= {current.parent}:
        return FileSequence(openable_files(current.parent)).at(current)
    return FileSequence(tuple(files.values())).at(current)


def _is_sample(path: Path) -> bool:
    from afloc_core.errors import ImageError
    from afloc_core.imaging.sample import sample_film

    try:
        return path == sample_film()
    except ImageError:
        return False


def read_film(review: Review, images: tuple[MarkedImage, ...], film: tuple[int, int], by: str) -> ImageMarks:
    """Read the marks of the images that a film shows, in its pixels of (height, width), and which are of one reader."""
    each = []
    own = []
    for image in images:
        stored = review.marks(image.key)
        each.append((ImageMarks(tuple(one.mark for one in stored), review.readings(image.key)), image))
        for one in stored:
            if one.mark.reader == by:
                own += [(one, mark) for mark in in_film(ImageMarks((one.mark,)), image, film).marks]
    return replace(all_in_film(each, film), own=tuple(own))
