"""Annotation files and reviews in the window: opened, shown, and found again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.film_marks import FilmMarks
from app.film_matching import FilmMatching
from app.marks_saving import MarksSaving
from app.models.listed_files import texts_of
from app.models.review_book import ReviewBook
from app.services.mark_changes import EnteredFilm
from app.view_keeping import ViewKeeping
from app.views.problems_sheet import ProblemsSheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from afloc_core.annotations.store import Action
    from app.controller import Controller
    from app.models.review_book import ReadMarks
    from app.models.state import State
    from app.readers import Readers
    from app.services.annotation_reading import AnnotationReading, Sorted
    from app.services.open_reviews import OpenReviews
    from app.services.opened_review import OpenedReview
    from app.services.review_keeping import ReviewKeeping
    from app.views.main_window import MainWindow

_TOPIC = "marks"
_DROP_HERE = "Drop a radiograph here, or press Ctrl+O"
_RESTORED = "The program ended unexpectedly last time; this is what was on screen, and nothing saved was lost."
_NO_FILMS = "None of this review's films is where it was; open the folder they are in now, and the marks will be shown."
_NO_FILM = "The radiograph that was looked at is not where it was; open it where it is now."
_SAMPLE_UNSAVED = "The marks of the sample's illustrative readers are not saved in it; those you draw yourself are."
_STUDY = "A study is being read here; close the window first to open something else."
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
    review_opened()
        Another review takes the place of the one before.
    """

    settled = Signal()
    review_opened = Signal()

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
        self._matching = FilmMatching(controller, self._book, self._marks, reading, keeping)
        self._saving = MarksSaving(self._book, keeping, notes, self._view, self)
        self._said_at = -1
        self._opening_reviews = 0
        self._opened_reviews = 0
        self._waiting: list[tuple[ReadMarks, int | None]] = []
        self._ended = True
        window.dropped.connect(self.open_any)
        window.canvas.dropped.connect(self.open_any)
        window.closing.connect(self._close)
        controller.film_shown.connect(self._take_film)
        keeping.changed.connect(self._take_changes)
        for failed in (keeping.failed, self._marks.complained, self._matching.failed, self._saving.failed):
            failed.connect(self._complain)
        for told in (self._matching.told, self._marks.remarked):
            told.connect(self._note)
        self._saving.told.connect(self._tell_saved)
        self._saving.saved.connect(self._marks.show)
        self._marks.shown.connect(self.settled)
        self._tell_commands()

    @property
    def ended(self) -> bool:
        """Whether both workers had ended when the window was closed."""
        return self._ended

    @property
    def busy(self) -> bool:
        """Whether marks are being read, matched, saved or shown."""
        return self._opening_reviews > 0 or self._reading.busy or self._keeping.busy

    @property
    def review_to_export(self) -> tuple[str, int]:
        """The open review's file, empty where there is none or a database, and how many films of it have a file."""
        address = self._keeping.address
        return ("", 0) if "://" in address or not address else (address, len(set(self._book.places.values())))

    @property
    def restoring(self) -> bool:
        """Whether the view of a review is being put back."""
        return self._view.restoring

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
        """Open files by what they are: films, annotation files, a review, a study."""
        if not self._state.blinding.files_allowed:
            self._note(_STUDY)
            return
        self._reading.sort(paths, self._take_sorted, self._complain)

    def open_marks(self, paths: tuple[Path, ...]) -> None:
        """Put annotation files into the review and show the marks of the film on screen."""
        if not self._state.blinding.files_allowed:
            return
        self._read_marks(paths, None)

    def open_review(self, address: str, *, abandoned: bool = False) -> None:
        """Open a review file or database, at the place where it was left."""
        if not self._state.blinding.files_allowed:
            return

        def opened(review: OpenedReview) -> None:
            try:
                if self._take_review(review) and abandoned:
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
            self._matching.match()

        self._opening_reviews += 1
        self._matching.drop_answers()
        self._saving.leave()
        self._view.pause(True)
        self._keeping.open(address, opened, failed)

    def keep_for_study(self, place: Path, done: Callable[[], None], failed: Callable[[str], None]) -> None:
        """Have what the reader of a study draws kept in a review of its own, of which nothing else is shown."""

        def opened(review: OpenedReview) -> None:
            self._book.clear()
            self._take_images(review)
            done()

        self._keeping.open(str(place), opened, failed, create=True)

    def save_as(self, place: Path) -> None:
        """Keep the review in a file, in the place of what is there, and go on there."""
        if not self._state.blinding.files_allowed:
            return
        self._saving.save_as(place)

    def enter_film(self) -> EnteredFilm | None:
        """Have the film on screen in the review, which is made where there is none; None while there is no film."""
        film, shown = self._state.review.film, self._controller.shown.current
        if film is None:
            return None
        entered = EnteredFilm(film.radiograph.shape, shown, self._marks.image)
        if entered.image is None:
            self._saving.enter_film(entered, self._view.release)
        return entered

    def go_to(self, image: str) -> None:
        """Show the film of an image of the review, where it is among those that can be stepped through."""
        place, shown = self._book.places.get(image), self._controller.shown
        if place is not None and place != shown.current and place in shown.files:
            self._controller.step(shown.files.index(place) - shown.position)

    def show_problems(self) -> None:
        """List what in the annotation files could not be used."""
        if self._book.problems:
            ProblemsSheet(tuple(self._book.problems), self._window).open()

    def step_marked(self, by: int) -> None:
        """Go to the next film in one direction that is part of the review."""
        shown, marked = self._controller.shown, set(map(str, self._book.places.values()))
        names, at = texts_of(shown.files), shown.position + by
        while 0 <= at < len(names) and names[at] not in marked:
            at += by
        if 0 <= at < len(names):
            self._controller.step(at - shown.position)

    def _take_sorted(self, found: Sorted) -> None:
        if found.studies:
            self._controller.studying.open(found.studies[0])
            return
        if found.films:
            self._controller.open(found.films)
        if found.reviews:
            self.open_review(str(found.reviews[0]))
        if found.marks:
            self.open_marks(found.marks)

    def _read_marks(self, paths: tuple[Path, ...], review: int | None) -> None:
        """Read annotation files for the review that was opened as the nth, or for the one that will be open."""
        self._book.problems.clear()
        self._tell_commands()
        for path in paths:
            take = partial(self._take_marks, review=review)
            self._reading.read(path, take, partial(self._miss_marks, path, review))

    def _take_marks(self, read: ReadMarks, review: int | None) -> None:
        if self._opening_reviews:
            self._waiting.append((read, review))
            return
        if review not in (None, self._opened_reviews):
            return
        self._saving.add(read)
        self._tell_commands()
        self._matching.take(read.beside)

    def _miss_marks(self, path: Path, review: int | None, sentence: str) -> None:
        if review not in (None, self._opened_reviews):
            return
        if self._keeping.address:
            self._keeping.forget_unsaved(path)
        self._complain(sentence)

    def _review_opened(self) -> None:
        self._opening_reviews -= 1
        waiting, self._waiting = self._waiting, []
        for read, review in waiting:
            self._take_marks(read, review)
        self.settled.emit()

    def _take_review(self, review: OpenedReview) -> bool:
        """Show a review that was opened, and say whether a film of it is on its way."""
        self._opened_reviews += 1
        self._notes.enter(review.address)
        self.review_opened.emit()
        self._book.clear()
        self._take_images(review)
        self._matching.forget()
        self._view.pause(False)
        self._view.begin(review.view, restore=True)
        self._read_marks(review.unsaved, self._opened_reviews)
        if review.films.current is not None:
            self._controller.open_at(review.films)
            return True
        self._view.hold()
        if self._state.review.film is None and not self._controller.opening:
            self._window.canvas.show_note(_DROP_HERE)
        if review.images:
            self._note(_NO_FILMS)
        elif review.view.get("case"):
            self._note(_NO_FILM)
        self._matching.match()
        return False

    def _take_images(self, review: OpenedReview) -> None:
        exists = set(review.files)
        self._book.images |= {one.key: one.image for one in review.images}
        self._book.places |= {one.key: one.file for one in review.images if one.file in exists and one.file is not None}
        self._book.notes |= {reader.name: reader.note for reader in review.readers if reader.note}

    def _take_changes(self, actions: tuple[Action, ...]) -> None:
        """Show what another window or reader did."""
        if any(action.kind.value in ("import", "images") for action in actions):
            self._keeping.read_images(self._take_new_images)
            return
        keys = [image.key for image in self._marks.images]
        if keys and any(not action.images or any(map(action.touches, keys)) for action in actions):
            self._marks.show()

    def _take_new_images(self, review: OpenedReview) -> None:
        self._take_images(review)
        self._matching.match()

    def _take_film(self) -> None:
        if self._state.blinding.active:
            self._marks.show()  # a study keeps its own record: neither view nor film go into a review
            return
        if self._said_at not in (self._marks.films, self._marks.films - 1):
            self._controller.settle(_TOPIC)
        self._view.film_shown()
        if not self._controller.sample_shown and not self._opening_reviews:
            self._saving.keep_film()
        if not self._book.images:
            self._view.release()
        self._matching.film_shown()
        self._marks.show()

    def _case(self) -> dict[str, str]:
        """Which case is on screen, to find it again."""
        image, path = self._marks.image, self._controller.shown.current
        if image is not None:
            return {"image": image.key}
        return {} if path is None or self._controller.sample_shown else {"file": str(path)}

    def _tell_commands(self) -> None:
        self._window.actions_by_id["problems"].setEnabled(bool(self._book.problems))

    def _tell_saved(self, sentence: str) -> None:
        """Say that the review has a name now, and what of the screen is not in it."""
        self._note(f"{sentence} {_SAMPLE_UNSAVED}" if self._controller.sample_shown else sentence)

    def _note(self, sentence: str) -> None:
        self._said_at = self._marks.films
        self._controller.note(_TOPIC, sentence)

    def _complain(self, sentence: str) -> None:
        self._said_at = self._marks.films
        self._controller.complain(_TOPIC, sentence)
        self.settled.emit()

    def _close(self) -> None:
        self._saving.leave()
        self._ended = all([self._reading.stop(0.3), self._keeping.stop(_SAVE_TIMEOUT)])
        if self._ended:
            self._notes.leave()
