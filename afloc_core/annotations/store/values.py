"""What the review store takes and gives: frozen values, safe to hand to another thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from afloc_core.annotations.marks import Mark, MarkedImage


@dataclass(frozen=True, slots=True)
class Reader:
    """A person who marks, as the review shows them.

    Attributes
    ----------
    name : str
        Unique in the review.
    colour : str
        ``#rrggbb``; empty where none was chosen.
    note : str
        Such as who the reader is, or that the marks are illustrative.
    """

    name: str
    colour: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewImage:
    """An image of the review.

    Attributes
    ----------
    image : MarkedImage
        As annotation files name it; `MarkedImage.key` is what marks of the review call it.
    file : Path or None
        Where its pixels are, absolute; kept relative to the review file, so that both can move together.
    digest : str
        Content digest of the pixels' file; empty where it was not taken.
    """

    image: MarkedImage
    file: Path | None = None
    digest: str = ""

    @property
    def key(self) -> str:
        """What marks call the image."""
        return self.image.key


@dataclass(frozen=True, slots=True)
class StoredMark:
    """A mark as the review keeps it.

    Attributes
    ----------
    id : int
        Never given twice in a review.
    mark : Mark
    revision : int
        1 when added, one more with every change; a change must name the revision it was made from.
    removed : bool
        Whether it was removed; removed marks are kept and can be brought back.
    created, changed : datetime
        Wall time in UTC, to the microsecond.
    created_by, changed_by : str
        Readers who did it; ``mark.reader`` is whose mark it is.
    sequence : int
        The action that changed it last.
    """

    id: int
    mark: Mark
    revision: int
    removed: bool
    created: datetime
    created_by: str
    changed: datetime
    changed_by: str
    sequence: int


@dataclass(frozen=True, slots=True)
class ReviewPhrase:
    """A phrase of the review with how its map is shown.

    Attributes
    ----------
    text : str
        As typed; unique in the review.
    threshold : float or None
        Value of the map above which the contour lies; None for the default.
    colour : str
        ``#rrggbb``; empty where none was chosen.
    visible : bool
    position : int
        Place in the list of phrases, smallest first.
    extra : mapping
        Further settings, JSON values only.
    """

    text: str
    threshold: float | None = None
    colour: str = ""
    visible: bool = True
    position: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


class ActionKind(StrEnum):
    """What an action of the log did."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    RESTORE = "restore"
    UNDO = "undo"
    REDO = "redo"
    PASS = "pass"
    """Left an action out of undo and redo, because somebody else had changed its marks since."""
    IMPORT = "import"
    IMAGES = "images"
    READER = "reader"
    READING = "reading"
    PHRASE = "phrase"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the log of actions, which only ever grows.

    Attributes
    ----------
    sequence : int
        1, 2, 3, ... without gaps, in the order in which the actions were saved.
    kind : ActionKind
    by : str
        Reader who acted.
    at : datetime
        Wall time in UTC.
    marks : tuple of int
        Ids of the marks it changed; empty for an import, which can be of very many.
    images : tuple of str
        Keys of the images it touched; empty for an import.
    target : int or None
        The action that was undone, redone or passed over.
    detail : mapping
        What was done, for actions that are not about marks.
    """

    sequence: int
    kind: ActionKind
    by: str
    at: datetime
    marks: tuple[int, ...] = ()
    images: tuple[str, ...] = ()
    target: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def touches(self, image: str) -> bool:
        """Whether what is shown of an image may have changed."""
        return self.kind in (ActionKind.IMPORT, ActionKind.IMAGES) or image in self.images


@dataclass(frozen=True, slots=True)
class Tally:
    """What a review holds, counted; for lists of very many cases.

    Attributes
    ----------
    files : dict of str to Path
        Where the images are whose file is known, by key.
    marked : tuple of (image key, reader, finding, number of marks)
        The finding is empty where a mark names none.
    looked : tuple of (image key, reader, finding)
        Who looked and marked nothing; the finding is empty for any.
    done : frozenset of (image key, reader)
        Who is done with which image.
    """

    files: Mapping[str, Path]
    marked: tuple[tuple[str, str, str, int], ...]
    looked: tuple[tuple[str, str, str], ...]
    done: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AddedDocument:
    """How much of a document went into the review; images counts those that were new."""

    images: int
    marks: int
    readings: int
    sequence: int


class MarkConflictError(ReviewError):
    """A mark was changed by somebody else in the meantime; nothing was overwritten.

    Attributes
    ----------
    newer : StoredMark
        The mark as it is now.
    """

    def __init__(self, sentence: str, newer: StoredMark) -> None:
        super().__init__(sentence)
        self.newer = newer
