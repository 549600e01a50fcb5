"""The files of a review's images, found among the films that are open or beside an annotation file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.models.folder import FileSequence
from app.models.listed_files import texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from app.controller import Controller
    from app.film_marks import FilmMarks
    from app.models.review_book import ReviewBook
    from app.services.annotation_reading import AnnotationReading
    from app.services.review_keeping import ReviewKeeping


class FilmMatching(QObject):
    """Enters into the book which file shows which image, and says once how many were found.

    Parameters
    ----------
    controller : Controller
    book : ReviewBook
    marks : FilmMarks
        Shows the marks of the film on screen once its image is known.
    reading : AnnotationReading
    keeping : ReviewKeeping

    Signals
    -------
    told(str)
        How much of the annotation files that were opened is here.
    failed(str)
        The files could not be matched.
    """

    told = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        controller: Controller,
        book: ReviewBook,
        marks: FilmMarks,
        reading: AnnotationReading,
        keeping: ReviewKeeping,
    ) -> None:
        super().__init__(controller)
        self._controller = controller
        self._book = book
        self._marks = marks
        self._reading = reading
        self._keeping = keeping
        self._matched: Sequence[Path] | None = None  # the films that were asked about last
        self._beside: tuple[Path, ...] = ()
        self._to_tell = False
        self._number = self._asked = 0

    def drop_answers(self) -> None:
        """Take no answer of what was asked until now: it may be about images of the same names in another review."""
        self._number += 1

    def forget(self) -> None:
        """Forget the films of the review before."""
        self._matched, self._beside = None, ()

    def take(self, beside: tuple[Path, ...]) -> None:
        """Look for the images of an annotation file too, where no film is open among the films ``beside`` it."""
        self._beside = beside
        self._to_tell = True
        self.match()

    def film_shown(self) -> None:
        """Look among the films that came with the one on screen."""
        if self._book.images and self._controller.shown.files != self._matched:
            self.match()
        else:
            self._tell()

    def match(self) -> None:
        """Look for the files of images whose file is not known."""
        self._matched = None
        if self._controller.opening:
            return  # the film that comes asks again
        self._matched = shown = self._controller.shown.files
        self._asked += 1
        alone = self._controller.sample_shown or not shown
        files = shown if not alone else self._beside if self._to_tell else ()
        self._reading.match(
            self._book.without_file, files, partial(self._take, self._number, self._asked), self.failed.emit
        )

    def _take(self, number: int, asked: int, matched: Mapping[str, Path]) -> None:
        if number != self._number:
            return
        book = self._book
        found = {key: file for key, file in matched.items() if key in book.images}
        book.places |= found
        if found:
            self._keeping.keep_files(tuple((book.images[key], file) for key, file in found.items()))
        here = set(texts_of(self._controller.shown.files)) if found else set()
        elsewhere = [file for file in found.values() if str(file) not in here]
        if elsewhere and not self._controller.opening:
            self._controller.open_at(FileSequence(self._beside).at(elsewhere[0]))
            return
        if asked == self._asked:  # else what came since is still looked for
            self._tell()
        self._marks.show()

    def _tell(self) -> None:
        """Say once, after annotation files were opened, how much of them is here."""
        if not self._to_tell or self._controller.opening:
            return
        self._to_tell = False
        here, total = self._book.count_films(self._controller.shown.files)
        films = f"{total:,} films" if total != 1 else "1 film"
        if here:
            sentence = f"{here:,} of {films} found here"
            if self._marks.image is None:
                sentence += "; Ctrl+PgDown goes to the next of them"
        else:
            sentence = f"No film of these marks ({films}) is open: open the folder they are in"
        if problems := self._book.problems:
            count = "1 entry" if len(problems) == 1 else f"{len(problems):,} entries"
            sentence += f"; {count} could not be used, see Problems in the menu Marks"
        self.told.emit(f"{sentence}.")
