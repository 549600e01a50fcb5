"""Undo over everything: one list of steps for marks, phrases, thresholds, window and level, and layout.

Steps on marks are taken back by the review, which keeps them; all others are taken back from memory. Where the list is
at its beginning, undo goes on in the review's own history (``resources/guide/decisions/0031-one-list-of-steps.md``).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.models import view_state
from app.services.mark_changes import Steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.store import Action
    from app.case_files import CaseFiles
    from app.controller import Controller
    from app.marking import Marking, MarkStep
    from app.models.state import State
    from app.views.main_window import MainWindow

_MERGE_S = 1.2
"""Changes of one kind that follow each other faster are one step: a slider's drag, a typed phrase."""
_PARTS = ("window", "phrase", "phrases", "heatmap", "compare", "layout")
_OF_THE_FILM = "window"
_MOST = 500
_KINDS = {
    "add": "adding a mark",
    "change": "changing a mark",
    "remove": "deleting a mark",
    "restore": "restoring a mark",
}
_NAMES = {
    "window": "window",
    "window.inverted": "invert",
    "phrase": "phrase",
    "phrases": "kept phrases",
    "phrases.sides": "difference of phrases",
    "heatmap": "heatmap",
    "heatmap.opacity": "opacity",
    "heatmap.threshold": "threshold",
    "heatmap.colours": "colours",
    "heatmap.scale": "scale",
    "heatmap.contour": "contour",
    "heatmap.peak": "peak marker",
    "heatmap.visible": "showing overlays",
    "compare": "way of comparing",
    "compare.swipe": "swipe line",
    "compare.period": "blinking rate",
    "layout": "layout",
    "layout.folded": "folding",
    "layout.side": "layers panel",
    "layout.legend": "legend",
}


class Undoing(QObject):
    """Keeps the list, words the menu, and does undo and redo.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller
    case_files : CaseFiles
    marking : Marking
    """

    def __init__(
        self, state: State, window: MainWindow, controller: Controller, case_files: CaseFiles, marking: Marking
    ) -> None:
        super().__init__(window)
        self._state, self._window, self._case_files, self._marking = state, window, case_files, marking
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(_MOST)
        self._kept = Steps()
        self._below = 0
        self._quiet = True  # until the first film is there: what the program starts with is no step
        self._now = self._snapshot()
        for signal in (
            state.viewing.changed,
            state.review.phrase_changed,
            state.phrases.changed,
            state.phrases.sides_changed,
            state.overlay.changed,
            state.comparison.changed,
            window.side.folding_changed,
            window.actions_by_id["layers-panel"].triggered,
            window.actions_by_id["legend"].triggered,
        ):
            signal.connect(self._notice)
        state.review.film_changed.connect(self._leave_film)
        controller.film_shown.connect(self._take_film)
        marking.stepped.connect(self._take_mark_step)
        marking.settled.connect(self._ask_steps)
        case_files.review_opened.connect(self._begin)
        self.stack.indexChanged.connect(self._show)
        self._show()

    def undo(self) -> None:
        """Take the last step back."""
        while self.stack.canUndo() and _is_void(self._command(self.stack.index() - 1), self._case_files.marks.films):
            self.stack.undo()
        if self.stack.canUndo():
            self.stack.undo()
        elif self._kept.undo is not None and not self._state.blinding.active:  # a case that was answered stays so
            self._below += 1
            self._turn(back=True)

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self.stack.index() == 0 and (self._below or not self.stack.canRedo()):
            if self._kept.redo is not None and not self._state.blinding.active:
                self._below = max(self._below - 1, 0)
                self._turn(back=False)
                return
            self._below = 0
        while self.stack.canRedo() and _is_void(self._command(self.stack.index()), self._case_files.marks.films):
            self.stack.redo()
        if self.stack.canRedo():
            self.stack.redo()

    def turn_marks(self, step: MarkStep, *, back: bool) -> None:
        """Have the review take back, or do again, the step on marks that is next."""

        def failed() -> None:
            step.void = True

        self._turn(back=back, failed=failed, step=step)

    def put_back(self, part: str, value: Any) -> None:  # noqa: ANN401  (a JSON value)
        """Show a part of the window as it was."""
        self._quiet = True
        try:
            if part == "layout":
                self._put_layout(value)
            elif part == "phrase":
                self._window.phrase_bar.set_text(value)
            else:
                view_state.restore(self._state, {part: value})
        finally:
            self._quiet = False
        self._now = self._snapshot()

    def _turn(
        self,
        *,
        back: bool,
        failed: Any = None,  # noqa: ANN401  (a callable or None)
        step: MarkStep | None = None,
    ) -> None:
        def done(steps: Steps) -> None:
            self._kept = steps
            if steps.turned:
                self._case_files.go_to(steps.turned[0].mark.image)
            self._show()

        def refused(_sentence: str) -> None:
            if failed is not None:
                failed()
            self._ask_steps()

        self._marking.turn(back=back, done=done, failed=refused, step=step)

    # noticing steps

    def _notice(self, *_: object) -> None:
        """Make a step of what changed, unless nobody did it by hand."""
        before, now = self._now, self._snapshot()
        if self._quiet or self._case_files.restoring or self._state.blinding.active:
            self._now = now
            return
        for part in _PARTS:
            if before[part] != now[part]:
                self._below = 0
                key = _key(part, before[part], now[part])
                self.stack.push(_ViewStep(self, key, before[part], now[part], self._case_files.marks.films))
        self._now = now

    def _take_mark_step(self, step: MarkStep) -> None:
        self._below = 0
        self.stack.push(_MarksStep(self, step))

    def _leave_film(self) -> None:
        self._quiet = True

    def _take_film(self) -> None:
        self._quiet = False
        self._now = self._snapshot()
        if self._state.blinding.active:
            self.stack.clear()
        self._show()

    def _snapshot(self) -> dict[str, Any]:
        window, view = self._window, view_state.snapshot(self._state)
        layout = {
            "folded": sorted(window.side.folded),
            "side": not window.side.isHidden(),
            "legend": not window.legend.isHidden(),
        }
        return {part: view[part] for part in _PARTS if part in view} | {"layout": layout}

    def _put_layout(self, layout: Mapping[str, Any]) -> None:
        window = self._window
        window.side.restore(layout["folded"])
        for part, command, shown in (
            (window.side, "layers-panel", layout["side"]),
            (window.legend, "legend", layout["legend"]),
        ):
            part.setVisible(shown)
            window.set_checked(command, shown)

    # the review's own history, and the menu

    def _begin(self) -> None:
        """Forget the steps of the review before."""
        self.stack.clear()
        self._below, self._kept = 0, Steps()
        self._ask_steps()

    def _ask_steps(self) -> None:
        if self._case_files.review.address:
            self._marking.tell_steps(self._take_steps)

    def _take_steps(self, steps: Steps) -> None:
        self._kept = steps
        self._show()

    def _show(self, *_: object) -> None:
        kept, stack = self._kept, self.stack
        undo = stack.undoText() if stack.canUndo() else _worded(kept.undo)
        below = stack.index() == 0 and (self._below or not stack.canRedo())
        redo = _worded(kept.redo) if below else stack.redoText()
        for name, title, text in (("undo", "Undo", undo), ("redo", "Redo", redo)):
            action = self._window.actions_by_id[name]
            action.setText(f"{title} {text}".strip())
            action.setEnabled(bool(text))

    def _command(self, index: int) -> QUndoCommand | None:
        return self.stack.command(index)


class _ViewStep(QUndoCommand):
    """Part of the window was changed; the change was there before the step."""

    def __init__(self, undoing: Undoing, key: str, before: object, after: object, film: int) -> None:
        super().__init__(_NAMES.get(key, key))
        self._undoing = undoing
        self.key, self.before, self.after, self.film = key, before, after, film
        self.at = time.monotonic()
        self._fresh = True

    @property
    def part(self) -> str:
        """Which part of the window."""
        return self.key.split(".")[0]

    def id(self) -> int:
        """Say that steps of this kind can be merged."""
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802  (Qt calls it)
        """Take a change of the same thing that follows at once."""
        if not isinstance(other, _ViewStep) or other.key != self.key or other.film != self.film:
            return False
        if other.at - self.at > _MERGE_S:
            return False
        self.after, self.at = other.after, other.at
        self.setObsolete(self.after == self.before)
        return True

    def undo(self) -> None:
        """Show it as it was."""
        if not self.isObsolete():
            self._undoing.put_back(self.part, self.before)

    def redo(self) -> None:
        """Show it as it was made."""
        if not self._fresh and not self.isObsolete():
            self._undoing.put_back(self.part, self.after)
        self._fresh = False


class _MarksStep(QUndoCommand):
    """Marks were changed, in the review."""

    def __init__(self, undoing: Undoing, step: MarkStep) -> None:
        super().__init__(step.text[:1].lower() + step.text[1:])
        self._undoing = undoing
        self.step = step
        self._fresh = True

    def undo(self) -> None:
        """Have the review take it back."""
        if not self.isObsolete():
            self._undoing.turn_marks(self.step, back=True)

    def redo(self) -> None:
        """Have the review do it again."""
        if not self._fresh and not self.isObsolete():
            self._undoing.turn_marks(self.step, back=False)
        self._fresh = False


def _is_void(command: QUndoCommand | None, film: int) -> bool:
    """Say whether a step cannot be turned any more, and have the list drop it."""
    gone = isinstance(command, _ViewStep) and command.part == _OF_THE_FILM and command.film != film
    void = isinstance(command, _MarksStep) and command.step.void
    if command is not None and (gone or void):
        command.setObsolete(True)
    return gone or void


def _key(part: str, before: object, after: object) -> str:
    """Name what changed in a part: the part and, where it is one entry only, that."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [name for name in after if before.get(name) != after[name]]
        if len(names) == 1 and f"{part}.{names[0]}" in _NAMES:
            return f"{part}.{names[0]}"
    return part


def _worded(action: Action | None) -> str:
    return "" if action is None else _KINDS.get(action.kind.value, "a step")
