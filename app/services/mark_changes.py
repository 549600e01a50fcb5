"""Own marks into the open review, one transaction each, in the order in which the reader made them.

Everything here but the making of it runs on the worker of `app.services.review_keeping.ReviewKeeping`. A mark can be
changed before it is known to be saved: what the review made of it last is kept here, under the mark's token.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.annotations.marks import Mark, MarkedImage
    from afloc_core.annotations.store import Action, Review, StoredMark
    from app.models.drawing import OwnMark


@dataclass(slots=True)
class EnteredFilm:
    """A film that marks are made on.

    Attributes
    ----------
    size : (int, int)
        Height and width of the film in pixels, which marks are drawn in.
    file : Path or None
    image : MarkedImage or None
        As the review names it; until it is entered None, as only the worker knows.
    """

    size: tuple[int, int]
    file: Path | None = None
    image: MarkedImage | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """What undo and redo of this reader would take next in the review.

    Attributes
    ----------
    undo, redo : Action or None
    turned : tuple of StoredMark
        Marks that were just undone or redone, as they are now.
    """

    undo: Action | None = None
    redo: Action | None = None
    turned: tuple[StoredMark, ...] = ()


class MarkChanges:
    """What is done to own marks, for one worker."""

    def __init__(self) -> None:
        self._ids: dict[int, int] = {}
        self._newest: dict[int, StoredMark] = {}

    def save(self, review: Review, by: str, own: OwnMark, film: EnteredFilm) -> StoredMark:
        """Add a mark, or put it in the place of what the review has of it.

        Raises
        ------
        MarkConflictError
            The mark was changed elsewhere since it was shown here.
        ReviewError
            It could not be saved.
        """
        image = enter(review, by, film)
        mark = replace(_in_image(own.mark, film.size, image), image=image.key)
        known = self._known(own)
        stored = review.add(mark, by) if known is None else review.change(known, mark, by)
        self._keep(own.token, stored)
        return stored

    def remove(self, review: Review, by: str, own: OwnMark) -> StoredMark | None:
        """Remove a mark; None where the review never had it."""
        known = self._known(own)
        if known is None:
            return None
        stored = review.remove(known, by)
        self._keep(own.token, stored)
        return stored

    def turn(self, review: Review, made_by: str, by: str, *, back: bool) -> Steps:
        """Undo or redo the next step on marks that was made under a name, and tell the next ones of who acts now.

        Raises
        ------
        MarkConflictError
            Somebody else changed the mark since; the step is passed over.
        """
        turned = review.undo(made_by) if back else review.redo(made_by)
        for stored in turned:
            self._newest[stored.id] = stored
        return replace(self.steps(review, by), turned=turned)

    def steps(self, review: Review, by: str) -> Steps:
        """Tell what undo and redo would take next."""
        return Steps(review.next_undo(by), review.next_redo(by))

    def _known(self, own: OwnMark) -> StoredMark | None:
        """Return what the mark is changed from: what was read here last, or what was made of it here since."""
        shown = own.stored
        known = self._newest.get(self._ids.get(own.token, -1) if shown is None else shown.id)
        if shown is None or known is None:
            return known or shown
        return max(shown, known, key=lambda stored: stored.revision)

    def _keep(self, token: int, stored: StoredMark) -> None:
        self._ids[token], self._newest[stored.id] = stored.id, stored


def _in_image(mark: Mark, film: tuple[int, int], image: MarkedImage) -> Mark:
    """Give a mark in the pixels that the marks of an image are given in."""
    from afloc_core.annotations.fitting import fit_to

    return mark if image.size is None else fit_to(mark, film, image.size)


def enter(review: Review, by: str, film: EnteredFilm) -> MarkedImage:
    """Enter a film into the review under a key of its own, or find it there."""
    from afloc_core.annotations.marks import MarkedImage
    from afloc_core.annotations.store import ReviewImage
    from afloc_core.errors import ReviewError

    if film.image is not None:
        return film.image
    if film.file is None:
        raise ReviewError("The film on screen has no file, so that its marks cannot be kept; open it from a file.")
    known = {one.key: one for one in review.images}
    found = next((one.image for one in known.values() if one.file == film.file), None)
    if found is None:
        name, folder = film.file.name, film.file.parent.name
        keys = (name, f"{folder}/{name}", *(f"{folder}/{name} ({number})" for number in range(2, len(known) + 3)))
        key = next(key for key in keys if key not in known)
        found = MarkedImage(key, name, size=film.size)
        review.add_images((ReviewImage(found, film.file),), by)
    film.image = found
    return found
