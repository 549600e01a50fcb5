"""Drawing in the window: from what the hand does to marks that are saved, named, changed and seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog

from afloc_core.annotations.marks import Mark
from app.drawing_shown import DrawingShown
from app.models import editing
from app.models.case import ALL_FINDINGS
from app.models.drawing import Naming, OwnMark, Tool
from app.models.finding_keys import FINDING_KEYS, confidence_of, spelled
from app.models.finding_named import finding_named
from app.models.model_region import model_region
from app.services.mark_changes import MarkChanges, Steps
from app.views.drawing_hand import REACH, DrawingHand

if TYPE_CHECKING:
    from collections.abc import Callable

    from afloc_core.annotations.shapes import Shape
    from afloc_core.annotations.store import Review, StoredMark
    from app.case_files import CaseFiles
    from app.comparing import Comparing
    from app.controller import Controller
    from app.models.drawing import Draft, Place, Stroke
    from app.models.state import State
    from app.services.mark_changes import EnteredFilm
    from app.views.main_window import MainWindow

_TOPIC = "drawing"
_NO_FILM = "Open a radiograph first; then it can be marked."
_NOTHING_SELECTED = "Select one of your marks first: click it, or press Z."
_OF_ANOTHER = "This mark is another reader's: it cannot be changed, only copied with Ctrl+D."
_UNSAVED = "What you drew is still on screen, and its next change tries again."
_NO_MAP = "There is no map yet: ask for a finding first."
_COLD = "Nothing of the map lies above the threshold; lower it with [ first."
_STEP_ASIDE = 12.0
_BY_KEY = dict(FINDING_KEYS)


@dataclass(slots=True, eq=False)
class MarkStep:
    """A step on marks that was handed to the review.

    Attributes
    ----------
    text : str
        What was done, for the menu.
    by : str
        Under which name: the reader may go by another one when it is taken back.
    void : bool
        Whether it was refused, so that there is nothing to take back.
    """

    text: str
    by: str
    void: bool = False


class Marking(QObject):
    """Does what hand, palette, tool bar and commands ask for, and saves each step as one transaction of the review.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller
    case_files : CaseFiles
    comparing : Comparing
        Draws the marks that are saved.
    name : str
        Whom marks belong to where the reader gave no name.

    Signals
    -------
    stepped(MarkStep)
        A step was handed to the review that undo can take back.
    settled()
        Everything handed over is saved, or it was said why it is not; see `busy`.
    """

    stepped = Signal(object)
    settled = Signal()

    def __init__(
        self,
        state: State,
        window: MainWindow,
        controller: Controller,
        case_files: CaseFiles,
        comparing: Comparing,
        name: str,
    ) -> None:
        super().__init__(window)
        self._state, self._window, self._controller = state, window, controller
        self._case_files = case_files
        self._drawing = state.drawing
        self._changes = MarkChanges()
        self._film: EnteredFilm | None = None
        self._unanswered = 0
        self._hand = DrawingHand(state, window.canvas, window.canvas_beside)
        self._shown = DrawingShown(state, window, comparing)
        self._palette = self._shown.palette
        self._connect_views()
        state.review.film_changed.connect(self._take_film)
        case_files.marks.own_read.connect(self._take_own)
        self.take_name(state.preferences.reader or name)

    @property
    def busy(self) -> bool:
        """Whether something is being saved."""
        return self._unanswered > 0

    # commands

    def take_up(self, tool: Tool) -> None:
        """Take a tool into the hand."""
        if self._state.review.film is None:
            self._controller.note(_TOPIC, _NO_FILM)
        self._drawing.take_up(tool)
        self._shown.show_tool()  # a tick in the menu goes away when its own command is chosen again
        self._window.canvas.setFocus()

    def name_mark(self) -> None:
        """Ask what the selected mark is, unless marks have their finding from the beginning."""
        if not self._drawing.finding and self._own_selected() is not None:
            self._drawing.name(Naming.FINDING)

    def delete(self) -> None:
        """Delete the selected mark."""
        if (own := self._own_selected()) is not None:
            self._drawing.remove(own)
            self._submit(lambda review, by: self._changes.remove(review, by, own), "Delete mark")

    def duplicate(self) -> None:
        """Copy the selected mark a little aside, or another reader's where it is, as an own one."""
        drawing, film = self._drawing, self._state.review.film
        if film is None:
            return
        if drawing.other is not None:
            self._make(replace(drawing.other, reader=drawing.reader), "Copy mark")
        elif (own := self._own_selected()) is not None:
            aside = _STEP_ASIDE / self._state.camera.view.scale
            by = editing.shift_within(own.mark.shape.bounds, aside, aside, (film.height, film.width))
            self._make(replace(own.mark, shape=editing.moved(own.mark.shape, *by)), "Duplicate mark")

    def step_mark(self, by: int) -> None:
        """Select the next of the own marks."""
        own, selected = self._drawing.own, self._drawing.selected
        if own:
            at = own.index(selected) + by if selected in own else (0 if by > 0 else -1)
            self._drawing.select(own[at % len(own)])

    def take_region(self) -> None:
        """Make the region around the map's peak an own mark, recorded for ever as begun by the model."""
        review = self._state.review
        if review.film is None or review.picture is None:
            self._controller.note(_TOPIC, _NO_MAP)
            return
        region = model_region(review.picture, self._state.overlay.settings)
        if region is None:
            self._controller.note(_TOPIC, _COLD)
            return
        finding = self._drawing.finding or finding_named(region.phrase, self._state.case.findings)
        self._make(replace(region, finding=finding, reader=self._drawing.reader), "Take the model's region")
        if not finding:
            self._drawing.name(Naming.FINDING)

    def scale_brush(self, factor: float) -> None:
        """Make the brush larger or smaller."""
        self._drawing.set_brush(self._drawing.brush * factor)

    def ask_reader(self) -> None:
        """Ask under which name marks are kept."""
        name, agreed = QInputDialog.getText(
            self._window, "Your name as a reader", "Marks you make are kept under this name:", text=self._drawing.reader
        )
        if agreed and (name := " ".join(name.split())):
            self._state.preferences.save_reader(name)
            self.take_name(name)
            self._case_files.marks.show()

    def turn(
        self, *, back: bool, done: Callable[[Steps], None], failed: Callable[[str], None], step: MarkStep | None = None
    ) -> None:
        """Undo or redo this reader's next step on marks, or a ``step``, which is the next of whoever made it."""
        self._drawing.drop()
        self._drawing.name(Naming.NOTHING)
        made_by = step.by if step is not None else self._drawing.reader
        self._submit(lambda review, by: self._changes.turn(review, made_by, by, back=back), done=done, failed=failed)

    def tell_steps(self, done: Callable[[Steps], None]) -> None:
        """Tell what undo and redo would take next in the review."""
        self._case_files.review.change(self._changes.steps, done)

    # from the hand

    def _connect_views(self) -> None:
        hand, palette = self._hand, self._palette
        hand.drafted.connect(self._draft)
        hand.drawn.connect(self._draw)
        hand.painted.connect(self._paint)
        hand.reshaped.connect(self._reshape)
        hand.shifted.connect(self._shift)
        hand.clicked.connect(self._select)
        hand.brush_held.connect(self._shown.show_brush)
        hand.brush_scaled.connect(self.scale_brush)
        hand.typed.connect(self._type)
        hand.left.connect(self._leave)
        hand.named.connect(self.name_mark)
        hand.finished.connect(self._finish_naming)
        hand.removed.connect(self.delete)
        palette.finding_chosen.connect(self._name)
        palette.left.connect(self._finish_naming)
        self._window.tool_bar.tool_chosen.connect(self.take_up)

    def _draft(self, draft: Draft | None) -> None:
        if draft is not None and not self._state.overlay.settings.visible:
            self._state.overlay.set_visible(True)  # nobody draws what they do not see
        self._drawing.set_draft(draft)

    def _draw(self, shape: Shape) -> None:
        finding = self._drawing.finding or self._state.case.finding
        title = "box" if self._drawing.tool is Tool.BOX else "point" if self._drawing.tool is Tool.POINT else "outline"
        self._make(Mark("", shape, finding, self._drawing.reader), f"Draw {title}")
        if not self._drawing.finding:
            self._drawing.name(Naming.FINDING)

    def _paint(self, stroke: Stroke, own: OwnMark | None) -> None:
        film = self._state.review.film
        if film is None:
            return
        before = own.mark.shape if own is not None else None
        after = editing.painted(before, stroke, (film.height, film.width))  # type: ignore[arg-type]  # a mask
        if after is None:
            if own is not None:
                self.delete()
        elif own is None:
            self._draw(after)
        else:
            self._reshape(own, after, "Erase" if stroke.erases else "Paint")

    def _reshape(self, own: OwnMark, shape: Shape, what: str) -> None:
        self._change(own, what, shape=shape)

    def _shift(self, own: OwnMark, by: Place) -> None:
        self._change(own, "Move", shape=editing.moved(own.mark.shape, *by))

    def _select(self, at: Place) -> None:
        """Select the smallest mark at a place, an own one before another's."""
        reach = REACH / self._state.camera.view.scale
        own = [one for one in self._drawing.own if editing.holds(one.mark.shape, at, reach)]
        if own and self._shows(self._drawing.reader):
            self._drawing.select(min(own, key=lambda one: _size(one.mark)))
            return
        seen = [
            mark
            for reader in self._state.case.readers
            if reader.visible and reader.name != self._drawing.reader
            for mark in self._state.case.marks_of(reader.name)
            if editing.holds(mark.shape, at, reach)
        ]
        self._drawing.select(None, min(seen, key=_size, default=None))

    def _leave(self) -> None:
        """End what is being done: naming, then the draft, then the selection, then the tool."""
        drawing = self._drawing
        if drawing.naming is not Naming.NOTHING:
            self._finish_naming()
        elif drawing.draft is not None:
            drawing.drop()
        elif drawing.selected is not None or drawing.other is not None:
            drawing.select(None)
        else:
            self.take_up(Tool.LOOK)

    # naming

    def _type(self, text: str) -> None:
        drawing = self._drawing
        if text.isdigit():
            if (own := drawing.selected) is not None:
                self._change(own, "Set confidence", confidence=confidence_of(int(text)))
        elif finding := _BY_KEY.get(text.upper()):
            self._name(finding)
        else:
            self._palette.type(text)

    def _name(self, finding: str) -> None:
        if (own := self._drawing.selected) is None:
            return
        case = self._state.case
        name = spelled(finding, (*(one.mark.finding for one in self._drawing.own if one is not own), *case.findings))
        if case.finding != ALL_FINDINGS and spelled(name, (case.finding,)) != case.finding:
            case.look_for(ALL_FINDINGS)  # the mark would vanish with the finding it was given
        self._change(own, "Name finding", finding=name)
        self._drawing.name(Naming.CONFIDENCE)
        self._window.canvas.setFocus()

    def _finish_naming(self) -> None:
        self._drawing.name(Naming.NOTHING)
        self._window.canvas.setFocus()

    # into the review

    def _make(self, mark: Mark, step: str) -> None:
        own = self._drawing.make(mark)
        self._state.case.set_visible(mark.reader, True)
        self._save(own, step)

    def _change(self, own: OwnMark, step: str, **values: object) -> None:
        now = next((one for one in self._drawing.own if one.token == own.token), None)
        if now is None:  # deleted elsewhere while it was held
            return
        mark = replace(now.mark, **values)  # type: ignore[arg-type]
        if mark != now.mark:
            self._drawing.change(now, mark)
            # From what was seen when the change was begun: somebody else's that came meanwhile is not overwritten.
            self._save(replace(now, mark=mark, stored=own.stored), step)

    def _save(self, own: OwnMark, step: str) -> None:
        film = self._film = self._film or self._case_files.enter_film()
        if film is None:
            return

        def saved(stored: StoredMark) -> None:
            if film is self._film:
                self._drawing.saved(own.token, stored)

        self._submit(lambda review, by: self._changes.save(review, by, own, film), step, done=saved)

    def _submit(
        self,
        work: Callable[[Review, str], object],
        text: str = "",
        done: Callable[..., None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        step = MarkStep(text, self._drawing.reader)

        def answered(value: object) -> None:
            if done is not None:
                done(value)
            self._answer()

        def refused(sentence: str) -> None:
            step.void = True
            unsaved = any(own.stored is None for own in self._drawing.own)
            self._controller.complain(_TOPIC, f"{sentence} {_UNSAVED}" if unsaved else sentence)
            if failed is not None:
                failed(sentence)
            self._answer()

        self._unanswered += 1
        self._case_files.review.change(work, answered, refused)
        if text:
            self.stepped.emit(step)

    def _answer(self) -> None:
        self._unanswered -= 1
        if not self._unanswered:
            self._case_files.marks.show()
            self.settled.emit()

    # from the review

    def _take_film(self) -> None:
        self._film = None
        self._drawing.leave()

    def _take_own(self, kept: tuple[tuple[StoredMark, Mark], ...]) -> None:
        if not self._unanswered:
            self._drawing.show(kept)

    def take_name(self, name: str) -> None:
        """Have marks made under a name from now on."""
        self._drawing.set_reader(name)
        self._case_files.review.act_as(name)

    def _shows(self, reader: str) -> bool:
        return all(one.visible for one in self._state.case.readers if one.name == reader)

    def _own_selected(self) -> OwnMark | None:
        own = self._drawing.selected
        if own is None:
            self._controller.note(_TOPIC, _OF_ANOTHER if self._drawing.other is not None else _NOTHING_SELECTED)
        return own


def _size(mark: Mark) -> float:
    left, top, right, bottom = mark.shape.bounds
    return (right - left) * (bottom - top)
