"""What is drawn, selected and asked, on the screen: the layer on the film, the palette, the tool bar, the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.actions_drawing import TOOL_KEYS
from app.models.drawing import Naming, Tool
from app.models.finding_keys import offered
from app.models.reader_colours import reader_colour
from app.views.drawing_layer import DrawingLayer
from app.views.naming_palette import NamingPalette

if TYPE_CHECKING:
    from afloc_core.annotations.marks import Mark
    from app.comparing import Comparing
    from app.models.drawing import Place
    from app.models.state import State
    from app.views.main_window import MainWindow


class DrawingShown(QObject):
    """Shows the model of drawing.

    Parameters
    ----------
    state : State
    window : MainWindow
    comparing : Comparing
        Draws the marks that are saved.

    Attributes
    ----------
    palette : NamingPalette
    """

    def __init__(self, state: State, window: MainWindow, comparing: Comparing) -> None:
        super().__init__(window)
        self._state, self._window, self._comparing = state, window, comparing
        self._drawing = state.drawing
        self._layer = DrawingLayer()
        self._brush_at: Place | None = None
        self.palette = NamingPalette(window.canvas.parentWidget() or window.canvas)  # may reach over both sides
        window.canvas.add_layer(self._layer)
        window.tool_bar.show_keys(TOOL_KEYS)
        self._connect()
        self.show_tool()
        self._show_selection()

    def show_brush(self, at: Place | None) -> None:
        """Show the brush at a place of the film, or nowhere."""
        self._brush_at = at
        self._layer.set_brush(at, self._drawing.brush)
        self._window.canvas.update()

    def _connect(self) -> None:
        state, drawing = self._state, self._drawing
        drawing.tool_changed.connect(self.show_tool)
        drawing.draft_changed.connect(self._show_draft)
        drawing.selection_changed.connect(self._show_selection)
        drawing.marks_changed.connect(self._show_marks)
        drawing.brush_changed.connect(lambda: self.show_brush(self._brush_at))
        drawing.naming_changed.connect(self._show_naming)
        state.review.film_changed.connect(self._take_film)
        state.camera.changed.connect(self._place_palette)
        state.case.readers_changed.connect(self._show_colour)
        self._window.canvas.marks_taken.connect(self._show_loose)

    def _take_film(self) -> None:
        film = self._state.review.film
        if film is not None:
            self._layer.set_spacing(film.radiograph.spacing_mm, film.radiograph.spacing_note)

    def show_tool(self) -> None:
        """Show which tool is in hand."""
        self._window.tool_bar.show_tool(self._drawing.tool)
        for tool in Tool:
            self._window.set_checked(f"tool-{tool.value}", tool is self._drawing.tool)
        if self._drawing.tool is not Tool.BRUSH:
            self.show_brush(None)
        if self._drawing.tool is Tool.LOOK:
            for canvas in (self._window.canvas, self._window.canvas_beside):
                canvas.unsetCursor()

    def _show_draft(self) -> None:
        changed = self._drawing.draft.of if self._drawing.draft is not None else None
        self._layer.set_draft(self._drawing.draft, "" if changed is not None else self._drawing.finding)
        if changed is not None:
            self._comparing.lift((*self._stale(), changed.mark))
        elif not self._drawing.draft:
            self._show_loose()
        self._window.canvas.update()

    def _show_marks(self) -> None:
        self._show_loose()
        self._show_selection()
        self._show_naming()

    def _show_loose(self) -> None:
        """Draw what the review does not have yet, and have nobody draw what it has no longer."""
        if self._drawing.draft is not None and self._drawing.draft.of is not None:
            return
        self._comparing.lift(self._stale())
        drawn = [mark for mark in self._kept() if self._comparing.outlined(mark.shape)]
        self._layer.set_loose([own for own in self._drawing.own if own.mark not in drawn])
        self._window.canvas.update()

    def _stale(self) -> tuple[Mark, ...]:
        """Return own marks as they were before a change that is not read back yet."""
        now = [own.mark for own in self._drawing.own]
        return tuple(mark for mark in self._kept() if mark not in now)

    def _kept(self) -> list[Mark]:
        """Return own marks as the review has them."""
        return [mark for mark in self._state.case.marks if mark.reader == self._drawing.reader]

    def _show_selection(self) -> None:
        drawing, own = self._drawing, self._drawing.selected
        if own is not None:
            words = "AI-assisted" if own.assisted else ""
            self._layer.set_selected(own.mark.shape, words)
        else:
            shape = drawing.other.shape if drawing.other is not None else None
            self._layer.set_selected(shape, "Ctrl+D copies it as yours", editable=False)
        for command in ("name-mark", "delete-mark"):
            self._window.actions_by_id[command].setEnabled(own is not None)
        self._window.actions_by_id["duplicate-mark"].setEnabled(own is not None or drawing.other is not None)
        self._window.canvas.update()

    def _show_naming(self) -> None:
        own, naming = self._drawing.selected, self._drawing.naming
        if self.palette.typing and naming is Naming.FINDING:
            return
        self.palette.show_naming(
            naming if own is not None else Naming.NOTHING,
            own.mark.finding if own is not None else "",
            offered(self._state.case.findings),
        )
        self._place_palette()

    def _place_palette(self) -> None:
        if (own := self._drawing.selected) is not None and not self.palette.isHidden():
            self.palette.place(self._layer.room(self._state.camera.view, own.mark.shape))

    def _show_colour(self) -> None:
        readers = self._state.case.readers
        known = next((one.colour for one in readers if one.name == self._drawing.reader), "")
        self._layer.set_colour(known or reader_colour({one.colour for one in readers}))
