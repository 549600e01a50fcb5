"""Annotation files and reviews in the window: opened, matched with films, saved, and found again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.film_marks import FilmMarks
from app.models.folder import FileSequence, is_file, openable_files
from app.models.review_book import ReviewBook
from app.view_keeping import ViewKeeping
from app.views.problems_sheet import ProblemsSheet

if TYPE_CHECKING:
    from afloc_core.annotations.matching import Matching
    from afloc_core.annotations.store import Action
    from app.controller import Controller
    from app.models.state import State
    from app.readers import Readers
    from app.services.annotation_reading import AnnotationReading, ReadMarks, Sorted
    from app.services.open_reviews import OpenReviews
    from app.services.review_keeping import OpenedReview, ReviewKeeping
    from app.views.main_window import MainWindow

_TOPIC = "marks"
_DROP_HERE = "Drop a radiograph here, or press Ctrl+O"
_RESTORED = "The program ended unexpectedly last time; this is what was on screen, and nothing saved was lost."
_NO_FILMS = "None of this review's films is where it was; open the folder they are in now, and the marks will be shown."
_KEPT = "The review is kept in this file now, and every change is saved at once."
_UNSAVED = "files being saved"
_SAVE_TIMEOUT = 2.0


class CaseFiles(QObject):
    """Opens annotation files and reviews for whatever films are on screen.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller
    readers : Readers
    reading : AnnotationReading
    keeping : ReviewKeeping
    notes : OpenReviews

    Signals
    -------
    settled()
        Something that was opened is on screen, or it was said why not; see `busy`.
    """

    settled = Signal()

    def __init__(
        self,
        state: State,
        window: MainWindow,
        controller: Controller,
        readers: Readers,
        reading: AnnotationReading,
        keeping: ReviewKeeping,
        notes: OpenReviews,
    ) -> None:
        super().__init__(window)
        self._state = state
        self._window = window
        self._controller = controller
        self._reading = reading
        self._keeping = keeping
        self._notes = notes
        self._book = ReviewBook()
        self._view = ViewKeeping(state, self._case, keeping.save_view, window.phrase_bar.set_text, self)
        self._marks = FilmMarks(state, controller, readers, self._book, reading, keeping, self._view)
        self._problems: tuple[str, ...] = ()
        self._matched: tuple[Path, ...] = ()
        self._beside: tuple[Path, ...] = ()
        self._to_tell = False
        self._said_at = -1
        self._saving = self._number = 0
        self._opening_review = False
        self._waiting: list[ReadMarks] = []
        self._unsaved_files: list[str] = []
        self._ended = True
        window.dropped.connect(self.open_any)
        window.canvas.dropped.connect(self.open_any)
        window.closing.connect(self._close)
        controller.film_shown.connect(self._take_film)
        keeping.changed.connect(self._take_changes)
        keeping.failed.connect(self._complain)
        self._marks.complained.connect(self._complain)
        self._marks.shown.connect(self.settled)
        self._tell_commands()

    @property
    def ended(self) -> bool:
        """Whether both workers had ended when the window was closed."""
        return self._ended

    @property
    def busy(self) -> bool:
        """Whether marks are being read, matched, saved or shown."""
        return self._opening_review or self._reading.busy or self._keeping.busy

    @property
    def marks(self) -> FilmMarks:
        """Which image of the review is on screen."""
        return self._marks

    @property
    def review(self) -> ReviewKeeping:
        """The open review, for whoever changes it."""
        return self._keeping

    def start(self, review: str | None, annotations: tuple[Path, ...], *, abandoned: bool = False) -> None:
        """Open what the command line names, or the review of a window that ended unexpectedly."""
        if review is not None:
            self.open_review(review, abandoned=abandoned)
        self.open_marks(annotations)

    def ask_marks(self) -> None:
        """Ask which annotation files to open."""
        self.open_marks(self._window.ask_marks())

    def ask_review(self) -> None:
        """Ask which review to open."""
        if (path := self._window.ask_review(self._notes.reviews)) is not None:
            self.open_review(str(path))

    def ask_save(self) -> None:
        """Ask where the review is to be kept, and go on there."""
        if (path := self._window.ask_review_place()) is not None:
            self.save_as(path)

    def open_any(self, paths: tuple[Path, ...]) -> None:
        """Open files by what they are: films, annotation files, a review."""
        self._reading.sort(paths, self._take_sorted, self._complain)

    def open_marks(self, paths: tuple[Path, ...]) -> None:
        """Put annotation files into the review and show the marks of the film on screen."""
        self._problems = ()
        self._tell_commands()
        for path in paths:
            self._reading.read(path, self._take_marks, self._complain)

    def open_review(self, address: str, *, abandoned: bool = False) -> None:
        """Open a review file or database, at the place where it was left."""

        def opened(review: OpenedReview) -> None:
            try:
                self._take_review(review)
                if abandoned:
                    self._note(_RESTORED)
            finally:
                self._review_opened()

        def failed(sentence: str) -> None:
            if abandoned:
                self._controller.open_sample()
            elif self._state.review.film is None and not self._controller.opening:
                self._window.canvas.show_note(_DROP_HERE)
            self._complain(sentence)
            self._view.pause(False)
            self._review_opened()
            self._match()

        self._opening_review = True
        self._number += 1
        self._leave_review()
        self._view.pause(True)
        self._keeping.open(address, opened, failed)

    def save_as(self, place: Path) -> None:
        """Keep the review in a file and go on there; an empty one is made where there is none yet."""

        def saved(review: OpenedReview) -> None:
            self._notes.enter(review.address)
            self._note(_KEPT)

        if not self._keeping.address:
            self._make_review(str(place))
            return
        self._leave_review()
        self._keeping.save_as(place, saved, self._complain)

    def show_problems(self) -> None:
        """List what in the annotation files could not be used."""
        if self._problems:
            ProblemsSheet(self._problems, self._window).open()

    def step_marked(self, by: int) -> None:
        """Go to the next film in one direction that is part of the review."""
        shown = self._controller.shown
        at = shown.position + by
        while 0 <= at < len(shown.files) and shown.files[at] not in self._book.keys:
            at += by
        if 0 <= at < len(shown.files):
            self._controller.step(at - shown.position)

    def _take_sorted(self, found: Sorted) -> None:
        if found.films:
            self._controller.open(found.films)
        if found.reviews:
            self.open_review(str(found.reviews[0]))
        if found.marks:
            self.open_marks(found.marks)

    def _take_marks(self, read: ReadMarks) -> None:
        if self._opening_review:
            self._waiting.append(read)
            return
        self._problems += read.document.problems
        self._tell_commands()
        self._beside = read.beside
        self._book.add_document(read.document, read.by_image)
        if not self._keeping.address and not self._saving:
            self._make_review(str(self._notes.new_place()))
        self._saving += 1
        # Marks are seen before they are saved: after a kill in between, the next start reads the file again.
        self._unsaved_files.append(str(read.path.absolute()))
        self._keeping.save_view({_UNSAVED: list(self._unsaved_files)})
        self._keeping.add_document(read.document, self._take_saved, self._miss_saving)
        self._to_tell = True
        self._match()

    def _take_saved(self, _answer: None) -> None:
        self._saving -= 1
        if not self._saving:
            self._unsaved_files.clear()
            self._keeping.save_view({_UNSAVED: []})
            self._book.saved()
            self._marks.show()

    def _miss_saving(self, sentence: str) -> None:
        if self._keeping.address:
            self._take_saved(None)
            self._complain(sentence)
        else:
            self._saving -= 1  # no review could be made, which was said: the marks are seen as long as the window lives

    def _make_review(self, address: str) -> None:
        """Make a review for what is on screen."""

        def opened(review: OpenedReview) -> None:
            self._notes.enter(review.address)
            self._view.begin({}, restore=False)

        self._keeping.open(address, opened, self._complain, create=True)

    def _leave_review(self) -> None:
        """Save the view; a review that no one named and that holds nothing but files' marks goes when it is left."""
        self._view.save_now()
        if (address := self._keeping.address) and self._notes.is_unnamed(address):
            self._keeping.discard_if_worthless(address)

    def _review_opened(self) -> None:
        self._opening_review = False
        waiting, self._waiting = self._waiting, []
        for read in waiting:
            self._take_marks(read)
        self.settled.emit()

    def _take_review(self, review: OpenedReview) -> None:
        self._notes.enter(review.address)
        exists = set(review.files)
        self._book.clear()
        self._take_images(review)
        self._book.keys = {path: key for path, key in self._book.keys.items() if path in exists}
        self._problems, self._matched, self._beside = (), (), ()
        self._tell_commands()
        self._view.begin(review.view, restore=True)
        unsaved = review.view.get(_UNSAVED)
        self.open_marks(tuple(Path(str(name)) for name in unsaved) if isinstance(unsaved, list) else ())
        sequence = self._sequence(review)
        if sequence.current is not None:
            self._controller.open_at(sequence)
            return
        self._view.stop_restoring()
        if self._state.review.film is None and not self._controller.opening:
            self._window.canvas.show_note(_DROP_HERE)
        if review.images:
            self._note(_NO_FILMS)
        self._match()

    def _sequence(self, review: OpenedReview) -> FileSequence:
        """Return the films to step through: their folder where all are in one, else the films of the review."""
        kept = review.view.get("case")
        case = kept if isinstance(kept, dict) else {}
        files = {key: path for path, key in self._book.keys.items()}
        elsewhere = Path(str(case.get("file", "")))
        current = files.get(str(case.get("image"))) or (elsewhere if is_file(elsewhere) else None)
        current = current or next(iter(files.values()), None)
        if current is None:
            return FileSequence()
        if {path.parent for path in files.values()} <= {current.parent}:
            return FileSequence(openable_files(current.parent)).at(current)
        return FileSequence(tuple(files.values())).at(current)

    def _take_images(self, review: OpenedReview) -> None:
        self._book.images |= {one.key: one.image for one in review.images}
        self._book.keys |= {one.file: one.key for one in review.images if one.file is not None}
        self._book.notes |= {reader.name: reader.note for reader in review.readers if reader.note}

    def _take_changes(self, actions: tuple[Action, ...]) -> None:
        """Show what another window or reader did."""
        if any(action.kind.value in ("import", "images") for action in actions):
            self._keeping.read_images(self._take_new_images)
            return
        image = self._marks.image
        if image is not None and any(action.touches(image.key) or not action.images for action in actions):
            self._marks.show()

    def _take_new_images(self, review: OpenedReview) -> None:
        self._take_images(review)
        self._match()

    def _match(self) -> None:
        """Look for the files of images among the films that are open, or beside the annotation file."""
        self._matched = self._controller.shown.files
        if self._controller.opening:
            return  # the film that comes asks again
        alone = self._controller.sample_shown or not self._matched
        files = self._matched if not alone else self._beside if self._to_tell else ()
        take = partial(self._take_matching, self._number)
        self._reading.match(self._book.without_file, files, take, self._complain)

    def _take_matching(self, number: int, matching: Matching) -> None:
        from afloc_core.annotations.store import ReviewImage

        if number != self._number:
            return  # found for the review before, whose images may have the same names
        book = self._book
        found = {match.file: key for key, match in matching.pairs.items() if key in book.images}
        book.keys |= found
        if found:
            self._keeping.keep_files(tuple(ReviewImage(book.images[key], file) for file, key in found.items()))
        elsewhere = [file for file in found if file not in self._controller.shown.files]
        if elsewhere and not self._controller.opening:
            self._controller.open_at(FileSequence(self._beside).at(elsewhere[0]))
            return
        self._tell_matches()
        self._marks.show()

    def _tell_matches(self) -> None:
        """Say once, after annotation files were opened, how much of them is here."""
        if not self._to_tell or self._controller.opening:
            return
        self._to_tell = False
        here = sum(path in self._book.keys for path in self._controller.shown.files)
        images = f"{len(self._book.images):,} images" if len(self._book.images) != 1 else "1 image"
        if here:
            sentence = f"{here:,} of {images} found here"
            if self._marks.image is None:
                sentence += "; Ctrl+PgDown goes to the next of them"
        else:
            sentence = f"No film of these marks ({images}) is open: open the folder they are in"
        if self._problems:
            count = "1 entry" if len(self._problems) == 1 else f"{len(self._problems):,} entries"
            sentence += f"; {count} could not be used, see Problems in the menu Marks"
        self._note(f"{sentence}.")

    def _take_film(self) -> None:
        if self._said_at not in (self._marks.films, self._marks.films - 1):
            self._controller.settle(_TOPIC)
        self._view.film_shown()
        if self._book.images and self._controller.shown.files != self._matched:
            self._match()
        else:
            self._tell_matches()
        self._marks.show()

    def _case(self) -> dict[str, str]:
        """Which case is on screen, to find it again."""
        image, path = self._marks.image, self._controller.shown.current
        if image is not None:
            return {"image": image.key}
        return {} if path is None or self._controller.sample_shown else {"file": str(path)}

    def _tell_commands(self) -> None:
        self._window.actions_by_id["problems"].setEnabled(bool(self._problems))

    def _note(self, sentence: str) -> None:
        self._said_at = self._marks.films
        self._controller.note(_TOPIC, sentence)

    def _complain(self, sentence: str) -> None:
        self._said_at = self._marks.films
        self._controller.complain(_TOPIC, sentence)
        self.settled.emit()

    def _close(self) -> None:
        self._leave_review()
        self._ended = all([self._reading.stop(0.3), self._keeping.stop(_SAVE_TIMEOUT)])
        if self._ended:
            self._notes.leave()
