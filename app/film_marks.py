"""The marks of the film on screen: from the review, from a file that is still being saved, or the sample's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from afloc_core.resource_files import resource_path
from app.models.review_book import ImageMarks, ReadMarks, ReviewBook, all_in_film, all_marks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.marks import MarkedImage
    from app.controller import Controller
    from app.models.case import ReaderLayer
    from app.models.state import State
    from app.readers import Readers
    from app.services.annotation_reading import AnnotationReading
    from app.services.review_keeping import ReviewKeeping
    from app.view_keeping import ViewKeeping


class FilmMarks(QObject):
    """Puts the marks of each film into the case as the film comes on screen.

    Parameters
    ----------
    state : State
    controller : Controller
    readers : Readers
    book : ReviewBook
    reading : AnnotationReading
    keeping : ReviewKeeping
    view : ViewKeeping

    Signals
    -------
    shown()
        The marks of the film, or that there are none, are on screen.
    own_read(object)
        Tuple of (StoredMark, Mark): the marks of the reader at this window, as the review has them.
    remarked(str)
        What is to be said of marks that do not fit the film.
    complained(str)
        They could not be read.
    """

    shown = Signal()
    own_read = Signal(object)
    remarked = Signal(str)
    complained = Signal(str)

    def __init__(
        self,
        state: State,
        controller: Controller,
        readers: Readers,
        book: ReviewBook,
        reading: AnnotationReading,
        keeping: ReviewKeeping,
        view: ViewKeeping,
    ) -> None:
        super().__init__(controller)
        self._state = state
        self._controller = controller
        self._readers = readers
        self._book = book
        self._reading = reading
        self._keeping = keeping
        self._view = view
        self._films = 0
        self._beside = ImageMarks()
        self._sample_readers: Mapping[str, ReaderLayer] = {}
        state.review.film_changed.connect(self._leave)
        keeping.failed.connect(lambda _sentence: readers.hold(False))

    @property
    def films(self) -> int:
        """How many films were on screen until now."""
        return self._films

    @property
    def images(self) -> tuple[MarkedImage, ...]:
        """The images of the open review that the film on screen shows: none where it is not part of it.

        They are several where annotation files name the film differently.
        """
        path = self._controller.shown.current
        return () if path is None else self._book.images_of(path)

    @property
    def image(self) -> MarkedImage | None:
        """The first of them."""
        return next(iter(self.images), None)

    def show_beside(self, found: ImageMarks) -> None:
        """Show marks that are not in the review with those that are."""
        if found != self._beside:
            self._beside = found
            self.show()

    def show(self) -> None:
        """Have the marks of the film on screen read and shown."""
        film, images = self._state.review.film, self.images
        if film is None:
            return
        number, shape = self._films, film.radiograph.shape
        if self._controller.sample_shown:
            path = resource_path("sample", "marks.json")
            self._reading.read(path, partial(self._take_sample, images, shape), self.complained.emit)
            return
        if not images:
            self._show(number, ImageMarks())
            return
        unsaved = [(self._book.unsaved(image.key), image) for image in images]
        if any(found.marks or found.readings for found, _ in unsaved):
            self._reading.prepare(
                lambda: all_in_film(unsaved, shape), lambda found: self._show(number, found), self.complained.emit
            )
        else:
            self._keeping.film_marks(images, shape, lambda found: self._show(number, found))

    def _leave(self) -> None:
        """Take the marks of the film before away at once; its readers stay listed until those of the new one come."""
        self._films += 1
        self._readers.hold(True)
        self._state.case.show(())

    def _show(self, number: int, found: ImageMarks) -> None:
        if number != self._films:
            return
        case, own = self._state.case, found.own
        found = all_marks((found, self._beside))
        named = {mark.reader for mark in found.marks} | {one.reader for one in found.readings}
        notes = {name: text for name, text in self._book.notes.items() if name in named}
        note = " ".join(part for part in (self._book.note(named), found.note) if part)
        shown = (found.marks, found.readings, note, found.misplaced)
        if shown != (case.marks, case.readings, case.note, case.misplaced):
            case.show(found.marks, found.readings, found.note, self._view.readers, found.misplaced, notes)
        self.own_read.emit(own)
        if self.image is not None:
            self._view.release()
        self._view.marks_shown()
        self._readers.hold(False)
        if found.problem:
            self.remarked.emit(found.problem)
        self.shown.emit()

    def _take_sample(self, images: tuple[MarkedImage, ...], shape: tuple[int, int], read: ReadMarks) -> None:
        """Show the sample's own marks, with those that were made here."""
        if images:
            self._keeping.film_marks(images, shape, partial(self._show_sample, read))
        else:
            self._show_sample(read, ImageMarks())

    def _show_sample(self, read: ReadMarks, made: ImageMarks) -> None:
        """Show the readers of the sample but not their marks, which would cover what a newcomer came to see."""
        if not self._controller.sample_shown:
            return
        case, document = self._state.case, read.document
        for found in read.by_image.values():
            notes = dict.fromkeys(document.readers, str(document.extra.get("note", "")))
            marks, readings = (*found.marks, *made.marks), (*found.readings, *made.readings)
            case.show(marks, readings, known=self._sample_readers, notes=notes)
        if not self._sample_readers:
            for reader in document.readers:
                case.set_visible(reader, False)
            self._readers.reveal_on_comparing()
        self.own_read.emit(made.own)
        self._sample_readers = {layer.name: layer for layer in case.readers}
        self._readers.hold(False)
        self.shown.emit()
