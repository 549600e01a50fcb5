"""The open review off the main thread: every change is saved before the next one is begun."""

from __future__ import annotations

import getpass
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from afloc_core.annotations.marks import UNNAMED_READER
from afloc_core.errors import AFLocError, ReviewError
from app.models.folder import is_file
from app.services.open_reviews import discard, is_same_place
from app.services.opened_review import OpenedReview, films_of, read_film
from app.services.ordered_worker import OrderedWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from afloc_core.annotations.marks import Document, MarkedImage
    from afloc_core.annotations.store import Action, AddedDocument, Review, ReviewImage
    from app.models.review_book import ImageMarks

    Files = tuple[tuple[MarkedImage, Path], ...]

T = TypeVar("T")

POLL_MS = 1000
PATIENT_POLL_MS = 10_000
_IMPORTS = frozenset({"import", "images", "reader"})
_UNSAVED = "files being saved"
_IN_A_DATABASE = "A review in a database stays there; open it again by its address."


class ReviewKeeping(QObject):
    """Opens, reads, changes and watches one review at a time.

    Parameters
    ----------
    by : str
        Who acts, as the review's log names them.

    Signals
    -------
    changed(object)
        Tuple of Action: what anybody did to the review since the last time, this window included.
    failed(str)
        Something could not be saved or read.
    """

    changed = Signal(object)
    failed = Signal(str)

    def __init__(self, by: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._by = by
        self._worker = OrderedWorker("review", finish=self._close, parent=self)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._address = ""
        self._polling = 0
        # Only the worker touches these.
        self._review: Review | None = None
        self._opened = ""
        self._seen = 0
        self._own_work = False
        self._worthless = ""
        self._unsaved: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where the open review is; empty when none is open."""
        return self._address

    @property
    def busy(self) -> bool:
        """Whether something is being read or saved."""
        return self._worker.unanswered > self._polling

    def open(
        self, address: str, done: Callable[[OpenedReview], None], failed: Callable[[str], None], *, create: bool = False
    ) -> None:
        """Open a review in the place of the one that is open; if that fails, the one before stays."""

        def opened(review: OpenedReview) -> None:
            self._address = review.address
            self._timer.start()
            done(review)

        self._worker.submit(lambda: self._with_films(self._open(address, create)), opened, failed)

    def add_document(
        self, document: Document, file: Path, done: Callable[[None], None], failed: Callable[[str], None]
    ) -> None:
        """Put the marks of a file into the review, in one transaction.

        The file is noted before: after a kill in between, it is among `OpenedReview.unsaved` of the next opening.
        """
        self._worker.submit(lambda: self._add_document(document, _name(file)), done, failed)

    def forget_unsaved(self, file: Path) -> None:
        """Note no longer that a file was being saved: it cannot be read any more."""
        self._worker.submit(lambda: self._forget_unsaved(_name(file)), _ignore, self.failed.emit)

    def keep_files(self, files: Files) -> None:
        """Keep where the files of images are."""
        self._worker.submit(lambda: self._keep_files(files), _ignore, self.failed.emit)

    def save_view(self, values: Mapping[str, object]) -> None:
        """Keep parts of the view."""
        self._worker.submit(lambda: self._save_view(values), _ignore, self.failed.emit)

    @property
    def by(self) -> str:
        """Who acts."""
        return self._by

    def act_as(self, by: str) -> None:
        """Say who acts from now on."""
        self._by = by

    def change(
        self,
        work: Callable[[Review, str], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Do something to the review; ``work`` is called on the worker with the review and who acts now."""
        by = self._by
        self._worker.submit(lambda: work(self._require(), by), done or _ignore, failed or self.failed.emit)

    def read_images(self, done: Callable[[OpenedReview], None]) -> None:
        """Read images and readers again, after somebody added some."""
        self._worker.submit(self._read_images, done, self.failed.emit)

    def film_marks(
        self, images: tuple[MarkedImage, ...], film: tuple[int, int], done: Callable[[ImageMarks], None]
    ) -> None:
        """Read the marks of the images that a film shows, in its pixels of (height, width)."""
        self.change(lambda review, by: read_film(review, images, film, by), done)

    def save_as(
        self,
        place: Path,
        waiting: tuple[Document, ...],
        files: Files,
        done: Callable[[OpenedReview], None],
        failed: Callable[[str], None],
    ) -> None:
        """Copy the review to another file, in the place of what is there, and go on with that one.

        Parameters
        ----------
        place : Path
        waiting : tuple of Document
            What no review could be made for, and ``files`` where the films of it are: where none is open when its
            turn comes, the new file is made of these. What it refuses of them is in `OpenedReview.refusal`; where it
            refuses all, nothing is replaced and ``failed`` is told.
        files : tuple of (MarkedImage, Path)
        done, failed : callable
        """

        def opened(review: OpenedReview) -> None:
            self._address = review.address
            self._timer.start()
            done(review)

        self._worker.submit(lambda: self._save_as(place, waiting, files), opened, failed)

    def discard_if_worthless(self, is_unnamed: Callable[[str], bool]) -> None:
        """On closing, delete the review if no one named it and all that is in it came from files of marks.

        Parameters
        ----------
        is_unnamed : callable
            Says so of an address; called on the worker.
        """
        self._worker.submit(lambda: self._mark_worthless(is_unnamed), _ignore, _ignore)

    def stop(self, timeout: float) -> bool:
        """Save what waits, close, and say whether that took no longer than ``timeout`` seconds."""
        self._timer.stop()
        return self._worker.stop(timeout)

    def _poll(self) -> None:
        if not self._worker.unanswered:
            self._polling = 1
            self._worker.submit(self._changes, self._tell_changes, self._miss_changes)

    def _tell_changes(self, actions: tuple[Action, ...]) -> None:
        self._polling = 0
        if self._timer.interval() != POLL_MS:
            self._timer.setInterval(POLL_MS)
        if actions:
            self.changed.emit(actions)

    def _miss_changes(self, sentence: str) -> None:
        self._polling = 0
        if self._timer.interval() == POLL_MS:  # said once, and tried again more patiently
            self._timer.setInterval(PATIENT_POLL_MS)
            self.failed.emit(sentence)

    # What follows runs on the worker.

    def _require(self) -> Review:
        if self._review is None:
            raise ReviewError("No review is open; open one, or open marks.")
        return self._review

    def _viewer(self) -> str:
        """Whose view it is: a file's own, so that it goes with the file; in a database each reader's."""
        return self._by if "://" in self._opened else ""

    def _open(self, address: str, create: bool) -> OpenedReview:
        from afloc_core.annotations.store import open_review

        review = open_review(address, create=create)
        before, self._opened = self._opened, address
        if self._worthless and is_same_place(self._worthless, address):
            self._worthless = ""
        try:
            actions = review.changes_since(0)
            found = self._look(review)
        except BaseException:
            self._opened = before
            review.close()
            raise
        left, self._review = self._review, review
        self._seen = actions[-1].sequence if actions else 0
        self._own_work = any(action.kind.value not in _IMPORTS for action in actions)
        self._unsaved = tuple(map(str, found.unsaved))
        self._leave(left)
        return found

    def _look(self, review: Review) -> OpenedReview:
        images = review.images
        files = tuple(image.file for image in images if image.file is not None and is_file(image.file))
        view = review.view(self._viewer())
        kept = view.get(_UNSAVED)
        unsaved = tuple(Path(str(name)) for name in kept) if isinstance(kept, list) else ()
        return OpenedReview(self._opened, images, files, review.readers, view, unsaved=unsaved)

    def _with_films(self, review: OpenedReview) -> OpenedReview:
        return replace(review, films=films_of(review))

    def _read_images(self) -> OpenedReview:
        return self._look(self._require())

    def _save_view(self, values: Mapping[str, object]) -> None:
        if self._review is not None:
            self._review.save_view(values, self._viewer())

    def _keep_files(self, files: Files) -> None:
        if self._review is not None and files:
            self._review.add_images(_review_images(files), self._by)
            self._skip_own(None)

    def _skip_own(self, imported: int | None) -> None:
        """Do not tell this window what it did itself, as long as nobody else did anything in the meantime."""
        actions = self._require().changes_since(self._seen)
        ours = [a.by == self._by and (a.kind.value in ("images", "reader") or a.sequence == imported) for a in actions]
        if actions and all(ours):
            self._seen = actions[-1].sequence

    def _add_document(self, document: Document, file: str) -> None:
        review = self._require()
        left = tuple(name for name in self._unsaved if name != file)
        self._note_unsaved((*left, file))
        try:
            # The list is shortened in the document's own transaction: between two of them, a kill would have the file
            # read again, and if it was changed since, its marks would be there twice.
            added = self._put(review, document, {_UNSAVED: list(left)})
        except AFLocError:
            with suppress(AFLocError):  # what the refusal says matters more
                self._note_unsaved(left)
            raise
        self._unsaved = left
        self._skip_own(added.sequence)

    def _put(self, review: Review, document: Document, view: Mapping[str, object]) -> AddedDocument:
        return review.add_document(document, self._by, view=view, viewer=self._viewer())

    def _note_unsaved(self, files: tuple[str, ...]) -> None:
        if files != self._unsaved:
            self._save_view({_UNSAVED: list(files)})
            self._unsaved = files

    def _forget_unsaved(self, file: str) -> None:
        self._note_unsaved(tuple(name for name in self._unsaved if name != file))

    def _changes(self) -> tuple[Action, ...]:
        review = self._require()
        if review.sequence == self._seen:
            return ()
        actions = review.changes_since(self._seen)
        if actions:
            self._seen = actions[-1].sequence
            self._own_work = self._own_work or any(action.kind.value not in _IMPORTS for action in actions)
        return actions

    def _save_as(self, place: Path, waiting: tuple[Document, ...], files: Files) -> OpenedReview:
        from afloc_core.annotations.store.copying import copy_review, new_review

        refusals: list[str] = []

        def fill(review: Review) -> None:
            works = [partial(self._put, review, document, {}) for document in waiting]
            refusals.extend(_refusals(works))
            if waiting and len(refusals) == len(waiting):
                raise ReviewError(refusals[0])
            refusals.extend(_refusals([lambda: review.add_images(_review_images(files), self._by)]))

        if self._review is None:
            new_review(place, fill)
        elif "://" in self._opened:
            raise ReviewError(_IN_A_DATABASE)
        else:
            copy_review(self._review, self._opened, place, self._by)
        return replace(self._open(str(place), create=False), refusal=next(iter(refusals), ""))

    def _mark_worthless(self, is_unnamed: Callable[[str], bool]) -> None:
        if self._review is not None and is_unnamed(self._opened):
            self._worthless = ""  # and so it stays should the next line fail
            self._changes()
            self._worthless = "" if self._own_work else self._opened

    def _close(self) -> None:
        review, self._review = self._review, None
        self._leave(review)

    def _leave(self, review: Review | None) -> None:
        if review is not None:
            with suppress(AFLocError):  # what was saved in it is saved, and the next one is open already
                review.close()
        if self._worthless:
            discard(self._worthless)
            self._worthless = ""


def reader_name() -> str:
    """Return the name under which this person's actions are logged: that of their account."""
    try:
        return getpass.getuser() or UNNAMED_READER
    except (OSError, KeyError, ImportError):  # an account without a name
        return UNNAMED_READER


def _name(file: Path) -> str:
    return str(file.absolute())


def _refusals(works: Iterable[Callable[[], object]]) -> list[str]:
    """Do each of these, and return what was said of those that the review refused."""
    from afloc_core.annotations.store.sentences import StorageError

    refusals: list[str] = []
    for work in works:
        try:
            work()
        except StorageError:
            raise  # the others would not be stored either
        except AFLocError as error:
            refusals.append(str(error))
    return refusals


def _review_images(files: Files) -> tuple[ReviewImage, ...]:
    from afloc_core.annotations.store import ReviewImage

    return tuple(ReviewImage(image, file) for image, file in files)


def _ignore(_answer: object) -> None:
    """Nobody waits for this answer."""
