"""What is opened goes into a review, which is made where there is none, kept under a name, and left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.services.mark_changes import enter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from afloc_core.annotations.marks import MarkedImage
    from app.models.review_book import ReadMarks, ReviewBook
    from app.services.mark_changes import EnteredFilm
    from app.services.open_reviews import OpenReviews
    from app.services.opened_review import OpenedReview
    from app.services.review_keeping import ReviewKeeping
    from app.view_keeping import ViewKeeping

_REST = "The rest is kept in this file now."
_KEPT = "The review is kept in this file now, and every change is saved at once."


class MarksSaving(QObject):
    """Sees to it that what is on screen is in a review.

    Parameters
    ----------
    book : ReviewBook
    keeping : ReviewKeeping
    notes : OpenReviews
    view : ViewKeeping

    Signals
    -------
    saved()
        Marks that were waiting are in the review now, or were refused.
    told(str)
        The review has a name now.
    failed(str)
        Why it could not be saved.
    """

    saved = Signal()
    told = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        book: ReviewBook,
        keeping: ReviewKeeping,
        notes: OpenReviews,
        view: ViewKeeping,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._keeping = keeping
        self._notes = notes
        self._view = view
        self._making = 0
        self._saving = 0

    def add(self, read: ReadMarks) -> None:
        """Put the marks of a file into the review, and where none can be made keep them as long as the window lives."""
        self._book.add(read)
        to_save = [read]
        if self._needs_review:
            self._make()
            to_save = list(self._book.waiting)  # with those that no review could be made for before
        for one in to_save:
            self._saving += 1
            self._keeping.add_document(one.document, one.path, self._take_saved, self._miss_saving)
        if len(to_save) > 1:
            self._keeping.keep_files(self._book.files)

    def keep_film(self) -> None:
        """Make a review for a film without marks, so that the film comes back after the program was killed."""
        if self._notes.lasting and self._needs_review:
            self._make()

    def enter_film(self, film: EnteredFilm, done: Callable[[], None]) -> None:
        """Have a review to make marks in, and enter in the book what it calls the film once it is known."""

        def entered(image: MarkedImage) -> None:
            if film.file is not None:
                self._book.images[image.key] = image
                self._book.places[image.key] = film.file
            done()

        if self._needs_review:
            self._make()
        self._keeping.change(lambda review, by: enter(review, by, film), entered)

    def save_as(self, place: Path) -> None:
        """Keep the review in a file, in the place of what is there, and go on in it; without one it is made."""

        def saved(review: OpenedReview) -> None:
            self._made(review)
            self._settle()
            if review.refusal:
                self.failed.emit(f"{review.refusal} {_REST}")
            else:
                self.told.emit(_KEPT)

        def missed(sentence: str) -> None:
            self._making -= 1
            self.failed.emit(sentence)

        self.leave()
        self._making += 1
        waiting = tuple(read.document for read in self._book.waiting)
        self._keeping.save_as(place, waiting, self._book.files, saved, missed)

    def leave(self) -> None:
        """Save the view; a review that no one named and that holds nothing but files' marks goes when it is left."""
        self._view.save_now()
        if not self._needs_review:
            self._keeping.discard_if_worthless(self._notes.is_unnamed)

    @property
    def _needs_review(self) -> bool:
        return not self._keeping.address and not self._making

    def _make(self) -> None:
        """Make a review that no one named for what is on screen."""

        def missed(sentence: str) -> None:
            self._making -= 1
            if self._book.waiting:  # nobody asked for the review of a film alone
                self.failed.emit(sentence)

        self._making += 1
        self._keeping.open(str(self._notes.new_place()), self._made, missed, create=True)

    def _made(self, review: OpenedReview) -> None:
        self._making -= 1
        self._notes.enter(review.address)
        if not self._view.on:
            self._view.begin({}, restore=False)

    def _take_saved(self, _answer: None) -> None:
        self._saving -= 1
        self._settle()

    def _miss_saving(self, sentence: str) -> None:
        self._saving -= 1
        if self._keeping.address:
            self._settle()
            self.failed.emit(sentence)

    def _settle(self) -> None:
        """Show what the review holds instead of what waited for it."""
        if not self._saving and self._book.waiting:
            self._book.saved()
            self.saved.emit()
