"""The log of actions in the database, and undo and redo, which read and lengthen it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, select

from afloc_core.annotations.store import codec, history, mark_rows
from afloc_core.annotations.store.names import reader_id
from afloc_core.annotations.store.schema import actions, changes, images, marks, readers
from afloc_core.annotations.store.values import Action, ActionKind, MarkConflictError, StoredMark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afloc_core.annotations.store.door import Writing

PASSED = (
    "Somebody else changed this mark after that step; the newer one is shown, and undo and redo pass the step over "
    "from now on."
)


def since(connection: Connection, sequence: int) -> tuple[Action, ...]:
    """Actions after one, oldest first."""
    rows = connection.execute(_named.where(actions.c.sequence > sequence).order_by(actions.c.sequence)).all()
    return _with_marks(connection, rows)


def one(connection: Connection, sequence: int) -> Action:
    """Give the action of a number that is known to be in the log."""
    rows = connection.execute(_named.where(actions.c.sequence == sequence)).all()
    return _with_marks(connection, rows)[0]


def next_steps(connection: Connection, by: str) -> tuple[int | None, int | None]:
    """Sequences of the actions that undo and redo of a reader would take next."""
    rows = connection.execute(
        select(actions.c.sequence, actions.c.kind, actions.c.target)
        .join(readers, readers.c.id == actions.c.reader_id)
        .where(readers.c.name == by, actions.c.kind.in_([kind.value for kind in history.TURNING]))
        .order_by(actions.c.sequence.desc())
        .limit(history.DEPTH)
    ).all()
    undo, redo = history.stacks(history.Entry(row.sequence, ActionKind(row.kind), row.target) for row in reversed(rows))
    return (undo[-1] if undo else None), (redo[-1] if redo else None)


def turn(writing: Writing, by: str, kind: ActionKind) -> tuple[tuple[StoredMark, ...], MarkConflictError | None]:
    """Undo or redo the next action of a reader.

    Parameters
    ----------
    writing : Writing
    by : str
        Reader.
    kind : ActionKind
        UNDO or REDO.

    Returns
    -------
    marks : tuple of StoredMark
        As they are now; empty when there was nothing to do.
    conflict : MarkConflictError or None
        Set when somebody else had changed one of the marks since: no mark was changed then, and the step left out
        of the history, which is to be committed before the conflict is raised.
    """
    connection = writing.connection
    undo, redo = next_steps(connection, by)
    target = undo if kind is ActionKind.UNDO else redo
    if target is None:
        return (), None
    rows = connection.execute(
        select(changes.c.mark_id, changes.c.before, changes.c.after)
        .where(changes.c.sequence == target)
        .order_by(changes.c.id)
    ).all()
    now = {row.mark_id: mark_rows.by_id(connection, row.mark_id) for row in rows}
    moves = [(now[row.mark_id], *_ends(row, kind)) for row in rows]
    acting = reader_id(connection, by)
    for stored, expected, _wanted in moves:
        if codec.mark_state(stored.mark, removed=stored.removed) != expected:
            writing.record(ActionKind.PASS, acting, target=target)
            return (), MarkConflictError(PASSED, stored)
    writing.record(kind, acting, target=target)
    for stored, _expected, wanted in moves:
        mark, removed = codec.mark_from_state(stored.mark.image, wanted)
        mark_rows.replace(writing, stored, mark, acting, removed=removed)
    return tuple(mark_rows.by_id(connection, stored.id) for stored, _, _ in moves), None


def _ends(row: Row[*tuple[Any, ...]], kind: ActionKind) -> tuple[str, str]:
    """State a mark must be in, and the one it is to get."""
    before = _removed(row.after) if row.before is None else row.before
    return (row.after, before) if kind is ActionKind.UNDO else (before, row.after)


def _removed(state: str) -> str:
    """Undoing an adding removes the mark, which is kept like every removed one."""
    return codec.to_json({**codec.from_json(state), "removed": True})


_named = select(actions, readers.c.name).join(readers, readers.c.id == actions.c.reader_id)


def _with_marks(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[Action, ...]:
    if not rows:
        return ()
    changed: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for row in connection.execute(
        select(changes.c.sequence, changes.c.mark_id, images.c.key)
        .join(marks, marks.c.id == changes.c.mark_id)
        .join(images, images.c.id == marks.c.image_id)
        .where(changes.c.sequence.between(rows[0].sequence, rows[-1].sequence))
        .order_by(changes.c.id)
    ):
        changed[row.sequence].append((row.mark_id, row.key))
    return tuple(_action(row, changed[row.sequence]) for row in rows)


def _action(row: Row[*tuple[Any, ...]], changed: list[tuple[int, str]]) -> Action:
    detail = codec.from_json(row.detail)
    keys = [key for _, key in changed] or ([detail["image"]] if "image" in detail else [])
    return Action(
        sequence=row.sequence,
        kind=ActionKind(row.kind),
        by=row.name,
        at=codec.to_datetime(row.at),
        marks=tuple(mark_id for mark_id, _ in changed),
        images=tuple(dict.fromkeys(keys)),
        target=row.target,
        detail=detail,
    )
