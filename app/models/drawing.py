"""What the reader draws: the tool in hand, the shape on its way, their marks of the film, and which one is selected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from afloc_core.annotations.marks import AI_ASSISTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.shapes import Shape
    from afloc_core.annotations.store import StoredMark

Place = tuple[float, float]
SMALLEST_BRUSH, LARGEST_BRUSH = 2.0, 400.0


class Tool(StrEnum):
    """What the left button does on the film."""

    LOOK = "look"
    BOX = "box"
    POLYGON = "polygon"
    FREEHAND = "freehand"
    BRUSH = "brush"
    POINT = "point"
    RULER = "ruler"


class Naming(Enum):
    """What the keys say of the selected mark."""

    NOTHING = "nothing"
    FINDING = "finding"
    CONFIDENCE = "confidence"


@dataclass(frozen=True, slots=True, eq=False)
class OwnMark:
    """A mark of the reader at this window.

    Attributes
    ----------
    token : int
        The same for as long as the film is on screen, whatever becomes of the mark.
    mark : Mark
        As the reader sees it, in pixels of the film; what was changed last may not be saved yet.
    stored : StoredMark or None
        As the review had it when it was read last; None until it was saved.
    """

    token: int
    mark: Mark
    stored: StoredMark | None = None

    @property
    def assisted(self) -> bool:
        """Whether it began as a region of a model's map."""
        return AI_ASSISTED in self.mark.extra


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke of the brush.

    Attributes
    ----------
    places : tuple of (x, y)
        Where the middle of the brush went, in image pixels.
    radius : float
        Image pixels.
    erases : bool
    """

    places: tuple[Place, ...]
    radius: float
    erases: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A shape that is being drawn or changed; nothing of it is saved.

    Attributes
    ----------
    shape : Shape or None
        What it would be if the button were let go now.
    corners : tuple of (x, y)
        Of a polygon or a freehand line that is not closed yet; the last one may be under the cursor.
    stroke : Stroke or None
        Of the brush.
    ruler : (Place, Place) or None
        Both ends of a distance that is measured; it never becomes a mark.
    of : OwnMark or None
        The mark that is being changed.
    shift : (float, float)
        How far a mask is moved: it is moved when the button is let go, its outline while it is dragged.
    """

    shape: Shape | None = None
    corners: tuple[Place, ...] = ()
    stroke: Stroke | None = None
    ruler: tuple[Place, Place] | None = None
    of: OwnMark | None = None
    shift: Place = (0.0, 0.0)


class Drawing(QObject):
    """Tool, draft, own marks and selection.

    Signals
    -------
    tool_changed(), draft_changed(), selection_changed(), naming_changed(), brush_changed()
        Follow the properties of those names.
    dropped()
        The shape on its way is not to become a mark, whatever the hand does next.
    marks_changed()
        ``own`` is another.
    mark_made(OwnMark), mark_changed(OwnMark), mark_removed(OwnMark)
        The reader did so; saving it has begun. Neither undo nor what is read from the review says so.
    """

    tool_changed = Signal()
    draft_changed = Signal()
    dropped = Signal()
    selection_changed = Signal()
    naming_changed = Signal()
    brush_changed = Signal()
    marks_changed = Signal()
    mark_made = Signal(object)
    mark_changed = Signal(object)
    mark_removed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool = Tool.LOOK
        self._reader = ""
        self._finding = ""
        self._draft: Draft | None = None
        self._own: dict[int, OwnMark] = {}
        self._selected: int | None = None
        self._other: Mark | None = None
        self._naming = Naming.NOTHING
        self._brush = 40.0
        self._tokens = 0

    @property
    def tool(self) -> Tool:
        """The tool in hand."""
        return self._tool

    @property
    def reader(self) -> str:
        """Whose marks are made."""
        return self._reader

    @property
    def finding(self) -> str:
        """The finding that each new mark is given; empty where it is named after drawing."""
        return self._finding

    @property
    def draft(self) -> Draft | None:
        """The shape on its way."""
        return self._draft

    @property
    def own(self) -> tuple[OwnMark, ...]:
        """The reader's marks of the film on screen, oldest first."""
        return tuple(self._own.values())

    @property
    def selected(self) -> OwnMark | None:
        """The own mark that keys and handles act on."""
        return None if self._selected is None else self._own.get(self._selected)

    @property
    def other(self) -> Mark | None:
        """A mark of another reader that was clicked at: it can be copied and not changed."""
        return self._other

    @property
    def naming(self) -> Naming:
        """What the keys say of the selected mark."""
        return self._naming

    @property
    def brush(self) -> float:
        """Radius of the brush in image pixels."""
        return self._brush

    def set_reader(self, name: str) -> None:
        """Say whose marks are made."""
        self._reader = name

    def set_finding(self, finding: str) -> None:
        """Say what each new mark is given as its finding; empty to name each after drawing."""
        self._finding = finding

    def take_up(self, tool: Tool) -> None:
        """Take a tool into the hand; a shape on its way is dropped."""
        self.drop()
        self.name(Naming.NOTHING)
        if tool is not self._tool:
            self._tool = tool
            self.tool_changed.emit()

    def set_brush(self, radius: float) -> None:
        """Choose the radius of the brush in image pixels."""
        kept = min(max(radius, SMALLEST_BRUSH), LARGEST_BRUSH)
        if kept != self._brush:
            self._brush = kept
            self.brush_changed.emit()

    def set_draft(self, draft: Draft | None) -> None:
        """Show a shape on its way, or none."""
        if draft != self._draft:
            self._draft = draft
            self.draft_changed.emit()

    def drop(self) -> None:
        """Drop the shape on its way, also while the hand still holds it."""
        self.set_draft(None)
        self.dropped.emit()

    def select(self, own: OwnMark | None, other: Mark | None = None) -> None:
        """Select an own mark, or a mark of another reader, or nothing."""
        token = None if own is None else own.token
        if (token, other) != (self._selected, self._other):
            self.name(Naming.NOTHING)
            self._selected, self._other = token, other
            self.selection_changed.emit()

    def name(self, naming: Naming) -> None:
        """Ask what the selected mark is."""
        if naming is not self._naming:
            self._naming = naming
            self.naming_changed.emit()

    def make(self, mark: Mark) -> OwnMark:
        """Enter a new own mark, selected; whoever saves it is told by ``mark_made``."""
        self._tokens += 1
        own = OwnMark(self._tokens, mark)
        self._own[own.token] = own
        self.select(own)
        self.marks_changed.emit()
        self.mark_made.emit(own)
        return own

    def change(self, own: OwnMark, mark: Mark) -> None:
        """Put a mark in the place of an own one."""
        now = self._own.get(own.token, own)
        if mark == now.mark:
            return
        self._own[own.token] = after = replace(now, mark=mark)
        self.marks_changed.emit()
        self.mark_changed.emit(after)

    def remove(self, own: OwnMark) -> None:
        """Take an own mark away."""
        if (now := self._own.pop(own.token, None)) is not None:
            if self._selected == own.token:
                self.select(None)
            self.marks_changed.emit()
            self.mark_removed.emit(now)

    def show(self, kept: Iterable[tuple[StoredMark, Mark]]) -> None:
        """Take the reader's marks as the review has them, each with the same mark in pixels of the film."""
        tokens = {one.stored.id: one.token for one in self._own.values() if one.stored is not None}
        shown: dict[int, OwnMark] = {}
        for stored, mark in kept:
            if (token := tokens.get(stored.id)) is None:
                self._tokens += 1
                token = self._tokens
            shown[token] = OwnMark(token, mark, stored)
        unsaved = {one.token: one for one in self._own.values() if one.stored is None}  # it is tried again
        self._own = {**shown, **unsaved}
        if self._selected is not None and self._selected not in self._own:
            self.select(None)
        self.marks_changed.emit()

    def saved(self, token: int, stored: StoredMark) -> None:
        """Take what the review made of an own mark."""
        if token in self._own:
            self._own[token] = replace(self._own[token], stored=stored)

    def leave(self) -> None:
        """Forget the film: another one comes."""
        self.drop()
        self.select(None)
        self._own = {}
        self.marks_changed.emit()
