"""What undo and redo would take next, read from the log of actions alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from afloc_core.annotations.store.values import ActionKind

if TYPE_CHECKING:
    from collections.abc import Iterable

UNDOABLE = (ActionKind.ADD, ActionKind.CHANGE, ActionKind.REMOVE, ActionKind.RESTORE)
"""Actions on marks; an import, a reading, a phrase or the view is not undone."""

TURNING = (*UNDOABLE, ActionKind.UNDO, ActionKind.REDO, ActionKind.PASS)
"""Actions that change what undo and redo take next."""

DEPTH = 1000
"""How many actions of a reader are looked back at."""


class Entry(NamedTuple):
    """What matters of an action here."""

    sequence: int
    kind: ActionKind
    target: int | None


def stacks(entries: Iterable[Entry]) -> tuple[list[int], list[int]]:
    """Sequences of the actions that can be undone and redone, next one last.

    Parameters
    ----------
    entries : iterable of Entry
        Actions of one reader of the kinds `TURNING`, oldest first. The log may be cut at its old end: what is
        returned is then the upper part of what the whole log would give.

    Returns
    -------
    undo, redo : list of int
    """
    undo: list[int] = []
    redo: list[int] = []
    for entry in entries:
        if entry.kind in UNDOABLE:
            undo.append(entry.sequence)
            redo.clear()
            continue
        target = entry.target
        if target is None:
            continue
        for stack in (undo, redo):
            if stack and stack[-1] == target:
                stack.pop()
        if entry.kind is ActionKind.UNDO:
            redo.append(target)
        elif entry.kind is ActionKind.REDO:
            undo.append(target)
    return undo, redo
