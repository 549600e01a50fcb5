"""One review, open: everything that can be asked of it and done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import select

from afloc_core.annotations.store import (
    action_rows,
    document_rows,
    image_rows,
    mark_rows,
    names,
    schema,
    setting_rows,
    tally_rows,
)
from afloc_core.annotations.store.values import ActionKind
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from afloc_core.annotations.marks import Document, Mark, Reading
    from afloc_core.annotations.store.door import Door
    from afloc_core.annotations.store.values import (
        Action,
        AddedDocument,
        Reader,
        ReviewImage,
        ReviewPhrase,
        StoredMark,
        Tally,
    )


class Review:
    """An open review, see `open_review`.

    Contract
    --------
    - Each method that changes something is one transaction and one entry in the log of actions (the view is not
      logged); when it returns, the change survives a kill of the process and a power cut. When it raises, nothing
      was changed.
    - ``by`` is the reader who acts, entered among the readers when new.
    - A review belongs to the thread and process that opened it. Every call from elsewhere, and every call after
      `close`, is answered with RuntimeError. Other threads and processes open the review once more.
    - All values are frozen and may go to other threads.

    Raises
    ------
    ReviewError
        From every method: another writer took too long, the disk is full, the file is damaged, the server is gone.
    """

    def __init__(self, door: Door, folder: Path | None) -> None:
        self._door = door
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the review; closing twice is allowed."""
        self._door.close()

    # images and documents

    @property
    def images(self) -> tuple[ReviewImage, ...]:
        """Images in the order of their adding."""
        with self._door.reading() as connection:
            return image_rows.listed(connection, self._folder)

    def image(self, key: str) -> ReviewImage:
        """One image.

        Raises
        ------
        ReviewError
            The review has no such image.
        """
        with self._door.reading() as connection:
            return image_rows.one(connection, key, self._folder)

    def add_images(self, images: Iterable[ReviewImage], by: str) -> int:
        """Add images; of those the review has, fill in what it did not know, and take the file and digest as newer.

        Returns
        -------
        int
            How many were new.

        Raises
        ------
        ReviewError
            An image has the key of another one, as its DICOM UID or its size shows.
        """
        with self._door.writing() as writing:
            new, filled = image_rows.add(writing.connection, images, self._folder)
            if new or filled:
                acting = names.reader_id(writing.connection, by)
                writing.record(ActionKind.IMAGES, acting, detail={"new": new, "filled": filled})
            return new

    def add_document(
        self,
        document: Document,
        by: str,
        *,
        reader_map: Mapping[str, str] | None = None,
        image_map: Mapping[str, str] | None = None,
        view: Mapping[str, object] | None = None,
        viewer: str = "",
    ) -> AddedDocument:
        """Put all of a document into the review, in one transaction that undo does not take back.

        Parameters
        ----------
        document : Document
        by : str
            Reader who adds it.
        reader_map : mapping, optional
            From the document's readers to the review's; those not in it keep their name.
        image_map : mapping, optional
            From the document's image keys to the review's; those not in it keep their key.
        view : mapping, optional
            Parts of a view that are kept in the same transaction, as `save_view` keeps them.
        viewer : str
            Reader whose view that is; the empty name is everybody's.

        Raises
        ------
        ReviewError
            The review holds the same document already, or one of its images or marks contradicts the review.
        MarkError
            A text or value of it cannot be kept.
        """
        with self._door.writing() as writing:
            setting_rows.save_view(writing.connection, view or {}, viewer)
            return document_rows.add(writing, document, by, reader_map or {}, image_map or {}, self._folder)

    def document(self) -> Document:
        """Everything the review holds that a file of marks can hold."""
        with self._door.reading() as connection:
            return document_rows.as_document(connection, self._folder)

    # marks

    def marks(self, image: str, *, removed: bool = False) -> tuple[StoredMark, ...]:
        """Read the marks of an image in the order of their adding; with those that were removed when asked."""
        with self._door.reading() as connection:
            return mark_rows.of_image(connection, image, removed=removed)

    def mark(self, mark_id: int) -> StoredMark:
        """One mark as it is now, removed or not.

        Raises
        ------
        ReviewError
            The review has no such mark.
        """
        with self._door.reading() as connection:
            return mark_rows.by_id(connection, mark_id)

    def mark_counts(self) -> Mapping[str, int]:
        """How many marks each image has, for images that have any."""
        with self._door.reading() as connection:
            return mark_rows.counts(connection)

    def add(self, mark: Mark, by: str) -> StoredMark:
        """Add a mark.

        Raises
        ------
        ReviewError
            The image is not part of the review.
        MarkError
            The confidence, a text or a value cannot be kept.
        """
        return self.add_all((mark,), by)[0]

    def add_all(self, marks: Iterable[Mark], by: str) -> tuple[StoredMark, ...]:
        """Add several marks as one action, which one undo takes back; errors as of `add`."""
        added = tuple(marks)
        if not added:
            return ()
        with self._door.writing() as writing:
            connection = writing.connection
            acting = names.reader_id(connection, by)
            writing.record(ActionKind.ADD, acting)
            ids = [mark_rows.add(writing, mark, names.image_id(connection, mark.image), acting) for mark in added]
            return tuple(mark_rows.by_id(connection, mark_id) for mark_id in ids)

    def change(self, stored: StoredMark, mark: Mark, by: str) -> StoredMark:
        """Put a mark in the place of one as it was read.

        Raises
        ------
        MarkConflictError
            Somebody else has changed or removed it since; the newer mark comes with the error.
        ReviewError
            The mark would move to another image.
        MarkError
            The confidence, a text or a value cannot be kept.
        """
        return self._replace(ActionKind.CHANGE, ((stored, mark, stored.removed),), by)[0]

    def remove(self, stored: StoredMark, by: str) -> StoredMark:
        """Remove a mark; it is kept and can be brought back. Raises MarkConflictError as `change` does."""
        return self.remove_all((stored,), by)[0]

    def remove_all(self, stored: Iterable[StoredMark], by: str) -> tuple[StoredMark, ...]:
        """Remove several marks as one action; all or, with MarkConflictError, none."""
        return self._replace(ActionKind.REMOVE, tuple((one, one.mark, True) for one in stored), by)

    def restore(self, stored: StoredMark, by: str) -> StoredMark:
        """Bring a removed mark back. Raises MarkConflictError as `change` does."""
        return self._replace(ActionKind.RESTORE, ((stored, stored.mark, False),), by)[0]

    # undo and the log

    def undo(self, by: str) -> tuple[StoredMark, ...]:
        """Take back the reader's latest action on marks that is not taken back yet, whenever and wherever it was.

        Returns
        -------
        tuple of StoredMark
            The marks it changed, as they are now (perhaps removed); empty when there was nothing to take back.

        Raises
        ------
        MarkConflictError
            Somebody else changed one of the marks since. No mark is changed, and the step is left out from now on,
            so that the next undo takes the one before it.
        """
        return self._turn(ActionKind.UNDO, by)

    def redo(self, by: str) -> tuple[StoredMark, ...]:
        """Do again what the reader's latest undo took back, unless the reader did something else since.

        Returns and raises as `undo` does.
        """
        return self._turn(ActionKind.REDO, by)

    def next_undo(self, by: str) -> Action | None:
        """Tell which action `undo` would take back, to word a menu with."""
        with self._door.reading() as connection:
            target = action_rows.next_steps(connection, by)[0]
            return None if target is None else action_rows.one(connection, target)

    def next_redo(self, by: str) -> Action | None:
        """Tell which action `redo` would do again."""
        with self._door.reading() as connection:
            target = action_rows.next_steps(connection, by)[1]
            return None if target is None else action_rows.one(connection, target)

    @property
    def sequence(self) -> int:
        """Number of the latest action, 0 in an empty review."""
        with self._door.reading() as connection:
            return int(connection.execute(select(schema.state.c.sequence)).scalar_one())

    def changes_since(self, sequence: int) -> tuple[Action, ...]:
        """Actions after one, of all windows and readers, oldest first; cheap enough to ask every second."""
        with self._door.reading() as connection:
            return action_rows.since(connection, sequence)

    # readers, readings, phrases, view

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Readers by name."""
        with self._door.reading() as connection:
            return setting_rows.all_readers(connection)

    def save_reader(self, reader: Reader, by: str) -> None:
        """Enter a reader, or change the colour and note of one."""
        with self._door.writing() as writing:
            setting_rows.save_reader(writing.connection, reader)
            acting = names.reader_id(writing.connection, by)
            writing.record(ActionKind.READER, acting, detail={"reader": reader.name, "colour": reader.colour})

    def readings(self, image: str | None = None) -> tuple[Reading, ...]:
        """Who looked at an image, or at any, and marked nothing."""
        with self._door.reading() as connection:
            return setting_rows.all_readings(connection, image)

    def add_reading(self, reading: Reading, by: str) -> None:
        """Enter that a reader looked and marked nothing; a second time replaces the first.

        Raises
        ------
        ReviewError
            The image is not part of the review.
        """
        with self._door.writing() as writing:
            setting_rows.add_reading(writing.connection, reading, writing.sequence)
            detail = {"image": reading.image, "reader": reading.reader, "finding": reading.finding, "removed": False}
            writing.record(ActionKind.READING, names.reader_id(writing.connection, by), detail=detail)

    def remove_reading(self, reading: Reading, by: str) -> None:
        """Take back that a reader looked and marked nothing; nothing happens where there is no such reading."""
        with self._door.writing() as writing:
            if setting_rows.remove_reading(writing.connection, reading, writing.sequence):
                detail = {"image": reading.image, "reader": reading.reader, "finding": reading.finding, "removed": True}
                writing.record(ActionKind.READING, names.reader_id(writing.connection, by), detail=detail)

    def set_done(self, image: str, done: bool, by: str) -> None:
        """Enter that a reader is done with an image, or is not after all; saying it twice changes nothing.

        Raises
        ------
        ReviewError
            The image is not part of the review.
        """
        with self._door.writing() as writing:
            names.image_id(writing.connection, image)
            if done != tally_rows.is_done(writing.connection, image, by):
                acting = names.reader_id(writing.connection, by)
                writing.record(ActionKind.DONE, acting, detail=tally_rows.detail(image, done))

    def tally(self) -> Tally:
        """Count what there is on every image, in a few questions to the database however many images there are."""
        with self._door.reading() as connection:
            return tally_rows.tally(connection, self._folder)

    @property
    def phrases(self) -> tuple[ReviewPhrase, ...]:
        """Phrases in their order."""
        with self._door.reading() as connection:
            return setting_rows.all_phrases(connection)

    def save_phrase(self, phrase: ReviewPhrase, by: str) -> None:
        """Enter a phrase, or change how one is shown; of two readers who set the same phrase the later one holds."""
        with self._door.writing() as writing:
            setting_rows.save_phrase(writing.connection, phrase)
            detail = {"phrase": phrase.text, "threshold": phrase.threshold, "visible": phrase.visible, "removed": False}
            writing.record(ActionKind.PHRASE, names.reader_id(writing.connection, by), detail=detail)

    def remove_phrase(self, text: str, by: str) -> None:
        """Take a phrase off the review; nothing happens where there is no such phrase."""
        with self._door.writing() as writing:
            if setting_rows.remove_phrase(writing.connection, text):
                detail = {"phrase": text, "removed": True}
                writing.record(ActionKind.PHRASE, names.reader_id(writing.connection, by), detail=detail)

    def view(self, by: str = "") -> Mapping[str, Any]:
        """Give what was saved of a reader's view, by name; the empty name is everybody's."""
        with self._door.reading() as connection:
            return setting_rows.view(connection, by)

    def save_view(self, values: Mapping[str, object], by: str = "") -> None:
        """Keep parts of a reader's view, such as ``{"case": ..., "zoom": ...}``; other parts stay as they are.

        Each value is a small JSON document. Views are not logged: they are nobody's business but their reader's.
        """
        with self._door.writing() as writing:
            setting_rows.save_view(writing.connection, values, by)

    def check(self) -> None:
        """Read the whole review file and check that it is sound; a database server does so itself.

        Raises
        ------
        ReviewError
            It is damaged.
        """
        with self._door.reading() as connection:
            if connection.dialect.name != "sqlite":
                return
            verdict = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
            strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if verdict != "ok" or strays:
            raise ReviewError("The review is damaged; keep the file and go on with a copy that was kept elsewhere.")

    def _replace(
        self, kind: ActionKind, moves: tuple[tuple[StoredMark, Mark, bool], ...], by: str
    ) -> tuple[StoredMark, ...]:
        if not moves:
            return ()
        with self._door.writing() as writing:
            acting = names.reader_id(writing.connection, by)
            writing.record(kind, acting)
            for stored, mark, removed in moves:
                mark_rows.replace(writing, stored, mark, acting, removed=removed)
            return tuple(mark_rows.by_id(writing.connection, stored.id) for stored, _, _ in moves)

    def _turn(self, kind: ActionKind, by: str) -> tuple[StoredMark, ...]:
        with self._door.writing() as writing:
            turned, conflict = action_rows.turn(writing, by, kind)
        if conflict is not None:
            raise conflict
        return turned
