"""The hand that draws: takes mouse and keys from the canvas while they are about marks, and leaves it the rest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

from afloc_core.annotations.shapes import Mask, Points, Polygon
from app.models import editing
from app.models.drawing import Draft, Naming, Stroke, Tool
from app.views.drawing_keys import Meaning, meaning

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from app.models.drawing import OwnMark, Place
    from app.models.state import State
    from app.views.canvas import Canvas

REACH = 8.0
"""Screen pixels around a handle or a line that count as on it."""
_STILL = 4.0
_APART = 1.5
_FINE = 0.8
"""Screen pixels: a smaller drag is a click, freehand lines take a corner each so far, and lose those they can do
without."""
_BRUSH_PER_STEP = 1.15
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class DrawingHand(QObject):
    """An event filter on the canvases.

    Parameters
    ----------
    state : State
    canvases : sequence of Canvas

    Signals
    -------
    drafted(object)
        A Draft on its way, or None.
    drawn(object)
        A shape was finished.
    painted(object, object)
        A Stroke was finished, on an OwnMark or on None for a new mask.
    reshaped(object, object, str)
        An OwnMark was given another shape; what was done, for the menu.
    shifted(object, object)
        An OwnMark with a mask was moved by (right, down) image pixels.
    clicked(object)
        A place of the film, where something is to be selected.
    brush_held(object)
        The place that the brush is held over.
    brush_scaled(float)
        The brush is to be larger by this factor.
    typed(str)
        A letter, digit or ``/`` that names the selected mark.
    left()
        Escape: whatever is being done is to end.
    named(), finished(), removed()
        A mark is to be named; naming is done; a mark is to be deleted.
    """

    drafted = Signal(object)
    drawn = Signal(object)
    painted = Signal(object, object)
    reshaped = Signal(object, object, str)
    shifted = Signal(object, object)
    clicked = Signal(object)
    brush_held = Signal(object)
    brush_scaled = Signal(float)
    typed = Signal(str)
    left = Signal()
    named = Signal()
    finished = Signal()
    removed = Signal()

    def __init__(self, state: State, *canvases: Canvas) -> None:
        super().__init__(canvases[0])
        self._state, self._drawing = state, state.drawing
        self._pressed: Place | None = None
        self._pressed_on_screen: Place = (0.0, 0.0)
        self._editing: OwnMark | None = None
        self._handle: int | None = None
        self._square = False
        self._line: list[Place] = []
        state.drawing.dropped.connect(self._forget)
        for canvas in canvases:
            canvas.installEventFilter(self)

    @property
    def _film(self) -> editing.Film | None:
        film = self._state.review.film
        return None if film is None else (film.height, film.width)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is about marks."""
        if self._film is None:
            return False
        kind = event.type()
        if isinstance(event, QMouseEvent):
            return self._mouse(watched, event)  # type: ignore[arg-type]  # only canvases are watched
        if isinstance(event, QKeyEvent) and kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return self._key(event)
        if isinstance(event, QWheelEvent):
            return self._wheel(event)
        return False

    def _mouse(self, canvas: Canvas, event: QMouseEvent) -> bool:
        kind, at = event.type(), self._place(event.position())
        if kind == QEvent.Type.MouseMove:
            return self._move(canvas, event, at)
        if event.button() != Qt.MouseButton.LeftButton:
            return False  # the canvas moves the film, or its window
        if kind == QEvent.Type.MouseButtonPress:
            return self._press(event, at)
        if kind == QEvent.Type.MouseButtonRelease:
            return self._release(event, at)
        return kind == QEvent.Type.MouseButtonDblClick and self._double(at)

    # a press, what follows, and letting go

    def _press(self, event: QMouseEvent, at: Place) -> bool:
        drawing = self._drawing
        drawing.name(Naming.NOTHING)
        self._pressed, self._pressed_on_screen = at, event.position().toTuple()
        self._square = bool(event.modifiers() & _SHIFT)
        if self._take_hold(at):
            if event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self._take_out_corner()
            return True
        if drawing.tool is Tool.LOOK:
            return False  # the canvas moves the film; a click without a move selects
        if drawing.tool is Tool.POLYGON:
            self._add_corner(at)
        elif drawing.tool in (Tool.FREEHAND, Tool.BRUSH):
            self._line = [self._kept(at)]
            self._draft_line()
        return True

    def _take_hold(self, at: Place) -> bool:
        """Take hold of the selected mark where the press is on one of its handles, or inside it without a tool."""
        drawing, selected = self._drawing, self._drawing.selected
        self._editing, self._handle = None, None
        if selected is None or drawing.draft is not None or drawing.tool is Tool.RULER:
            return False
        self._handle = editing.handle_at(selected.mark.shape, at, self._reach)
        inside = drawing.tool is Tool.LOOK and editing.holds(selected.mark.shape, at, self._reach)
        if self._handle is not None or inside:
            self._editing = selected
        return self._editing is not None

    def _take_out_corner(self) -> None:
        own, handle = self._editing, self._handle
        if (
            own is not None
            and handle is not None
            and isinstance(own.mark.shape, Polygon)
            and not editing.framed(own.mark.shape)
        ):
            self._editing = self._pressed = None
            self.reshaped.emit(own, editing.without_corner(own.mark.shape, handle), "Take out corner")

    def _move(self, canvas: Canvas, event: QMouseEvent, at: Place) -> bool:
        held = bool(event.buttons() & Qt.MouseButton.LeftButton) and self._pressed is not None
        if self._drawing.tool is Tool.LOOK and self._editing is None:
            return not held and not event.buttons() and self._hover(canvas, event, at)
        if held:
            self._drag(at)
        elif event.buttons():
            return False
        elif self._drawing.tool is Tool.POLYGON and self._corners:
            self.drafted.emit(Draft(corners=(*self._corners[:-1], self._kept(at))))
        self._hover(canvas, event, at)
        return True

    def _drag(self, at: Place) -> None:
        tool, pressed = self._drawing.tool, self._pressed
        if pressed is None:
            return
        if self._editing is not None:
            self._drag_mark(self._editing, pressed, at)
        elif tool is Tool.BOX:
            box = editing.box_between(self._kept(pressed), self._kept(at), square=self._square)
            self.drafted.emit(None if box is None else Draft(shape=box))
        elif tool in (Tool.FREEHAND, Tool.BRUSH) and self._line:
            if math.dist(self._line[-1], at) * self._scale >= _APART:
                self._line.append(self._kept(at))
            self._draft_line()
        elif tool is Tool.POINT:
            self.drafted.emit(Draft(shape=Points((self._kept(at),))))
        elif tool is Tool.RULER:
            self.drafted.emit(Draft(ruler=(self._kept(pressed), self._kept(at))))

    def _drag_mark(self, own: OwnMark, pressed: Place, at: Place) -> None:
        shape, film = own.mark.shape, self._film
        if film is None:
            return
        if self._handle is not None:
            self.drafted.emit(Draft(shape=editing.resized(shape, self._handle, self._kept(at)), of=own))
            return
        by = editing.shift_within(shape.bounds, at[0] - pressed[0], at[1] - pressed[1], film)
        if isinstance(shape, Mask):
            self.drafted.emit(Draft(of=own, shift=(round(by[0]), round(by[1]))))
        else:
            self.drafted.emit(Draft(shape=editing.moved(shape, *by), of=own))

    def _release(self, event: QMouseEvent, at: Place) -> bool:
        pressed, self._pressed = self._pressed, None
        moved = math.dist(self._pressed_on_screen, event.position().toTuple()) >= _STILL
        if pressed is None:
            return False
        if self._editing is not None:
            self._let_go(moved)
            return True
        tool = self._drawing.tool
        if tool is Tool.LOOK:
            if not moved:
                self.clicked.emit(at)
            return False
        if tool is Tool.RULER and moved:
            return True  # what was measured stays on screen until something else is done
        if tool is not Tool.POLYGON:
            self._finish(tool, moved, at)
        return True

    def _finish(self, tool: Tool, moved: bool, at: Place) -> None:
        draft, line, self._line = self._drawing.draft, self._line, []
        self.drafted.emit(None)
        if tool is Tool.POINT:
            self.drawn.emit(Points((self._kept(at),)))
        elif tool is Tool.BRUSH and line:
            self.painted.emit(Stroke(tuple(line), self._drawing.brush, self._square), self._painted_on)
        elif tool is Tool.FREEHAND and (outline := editing.outline_drawn(line, _FINE / self._scale)) is not None:
            self.drawn.emit(outline)
        elif not moved:
            self.clicked.emit(at)
        elif tool is Tool.BOX and draft is not None and draft.shape is not None:
            self.drawn.emit(draft.shape)

    def _forget(self) -> None:
        """Have letting go of the button mean nothing any more: what it was pressed for was dropped."""
        self._pressed, self._editing, self._line = None, None, []

    def _let_go(self, moved: bool) -> None:
        draft, own = self._drawing.draft, self._editing
        self._editing = None
        self.drafted.emit(None)
        if draft is None or own is None or not moved:
            return
        if draft.shape is None:
            self.shifted.emit(own, draft.shift)
        else:
            done = "Move" if self._handle is None else "Resize" if editing.framed(draft.shape) else "Move corner"
            self.reshaped.emit(own, draft.shape, done)

    def _double(self, at: Place) -> bool:
        """Close a polygon, add a corner to one, or name a mark."""
        drawing, selected = self._drawing, self._drawing.selected
        self._pressed = None
        if drawing.tool is Tool.POLYGON and self._corners:
            self._close_polygon()
            return True
        if selected is not None and editing.holds(selected.mark.shape, at, self._reach):
            shape = selected.mark.shape
            edge = editing.edge_at(shape, at, self._reach) if isinstance(shape, Polygon) else None
            if isinstance(shape, Polygon) and edge is not None and len(shape.points) < editing.MOST_CORNERS:
                self.reshaped.emit(selected, editing.with_corner(shape, edge, self._kept(at)), "Add corner")
            else:
                self.named.emit()
            return True
        return drawing.tool is not Tool.LOOK

    # polygons

    @property
    def _corners(self) -> tuple[Place, ...]:
        """Corners of the polygon that is being drawn; the last one follows the cursor."""
        draft = self._drawing.draft
        return () if draft is None or self._drawing.tool is not Tool.POLYGON else draft.corners

    def _add_corner(self, at: Place) -> None:
        placed, kept = self._corners[:-1], self._kept(at)
        if len(placed) >= 3 and math.dist(placed[0], at) <= self._reach:
            self._close_polygon()
        else:
            self.drafted.emit(Draft(corners=(*placed, kept, kept)))

    def _close_polygon(self) -> None:
        corners = tuple(dict.fromkeys(self._corners[:-1]))
        self.drafted.emit(None)
        if len(corners) >= 3 and editing.area_of(corners) > 0:
            self.drawn.emit(Polygon(corners))

    def _take_back_corner(self) -> None:
        corners = self._corners
        self.drafted.emit(Draft(corners=(*corners[:-2], corners[-1])) if len(corners) > 2 else None)

    # keys and wheel

    def _key(self, event: QKeyEvent) -> bool:
        """Take a key that is about marks; asked first whether it will (ShortcutOverride), then told."""
        asked = meaning(event, self._drawing)
        if asked is None:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self._do(asked, event.text())
        return True

    def _do(self, asked: Meaning, text: str) -> None:
        signals = {
            Meaning.LEAVE: self.left,
            Meaning.NAME: self.named,
            Meaning.NAMED: self.finished,
            Meaning.REMOVE: self.removed,
        }
        if asked is Meaning.TYPE:
            self.typed.emit(text)
        elif asked is Meaning.CLOSE:
            self._close_polygon()
        elif asked is Meaning.TAKE_BACK:
            self._take_back_corner()
        else:
            signals[asked].emit()

    def _wheel(self, event: QWheelEvent) -> bool:
        if self._drawing.tool is not Tool.BRUSH or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        self.brush_scaled.emit(_BRUSH_PER_STEP ** (event.angleDelta().y() / 120))
        return True

    # what is under the cursor

    def _hover(self, canvas: Canvas, event: QMouseEvent, at: Place) -> bool:
        """Show what a press would do, and say whether the canvas has nothing to add."""
        drawing, selected = self._drawing, self._drawing.selected
        on_handle = selected is not None and editing.handle_at(selected.mark.shape, at, self._reach) is not None
        if self._editing is not None:
            canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif on_handle and drawing.draft is None:
            canvas.setCursor(Qt.CursorShape.SizeAllCursor)
        elif drawing.tool is not Tool.LOOK:
            canvas.setCursor(Qt.CursorShape.CrossCursor)
            if drawing.tool is Tool.BRUSH:
                self.brush_held.emit(at)
        else:
            return False
        canvas.tell_hover(event.position())
        return True

    def _draft_line(self) -> None:
        if self._drawing.tool is Tool.BRUSH:
            stroke = Stroke(tuple(self._line), self._drawing.brush, self._square)
            self.drafted.emit(Draft(stroke=stroke, of=self._painted_on))
        else:
            self.drafted.emit(Draft(corners=tuple(self._line)))

    @property
    def _painted_on(self) -> OwnMark | None:
        """The mask that the brush goes on with."""
        selected = self._drawing.selected
        return selected if selected is not None and isinstance(selected.mark.shape, Mask) else None

    @property
    def _scale(self) -> float:
        return self._state.camera.view.scale

    @property
    def _reach(self) -> float:
        """As far as a place counts as on a line, in image pixels."""
        return REACH / self._scale

    def _place(self, position: QPointF) -> Place:
        return self._state.camera.view.to_image(position.x(), position.y())

    def _kept(self, at: Place) -> Place:
        film = self._film
        return at if film is None else editing.on_film(at, film)
