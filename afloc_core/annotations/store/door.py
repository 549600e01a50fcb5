"""The one way to the database: transactions, the thread they belong to, and the lock of the writers."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Engine, Table, insert, select, update

from afloc_core.annotations.store import codec, schema
from afloc_core.annotations.store.sentences import plain_errors
from afloc_core.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from afloc_core.annotations.store.values import ActionKind

_CHANGED = "A newer AFLoc Review has changed this review; open it again with that program."


class Writing(NamedTuple):
    """A transaction that writes.

    Attributes
    ----------
    connection : Connection
    sequence : int
        Number of the action that is being saved.
    now : int
        Microseconds since 1970, the same for all of the action.
    """

    connection: Connection
    sequence: int
    now: int

    def record(
        self, kind: ActionKind, by: int, *, target: int | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Append the action to the log; a transaction does so once at most."""
        self.connection.execute(update(schema.state).values(sequence=self.sequence))
        self.connection.execute(
            insert(schema.actions).values(
                sequence=self.sequence,
                kind=kind.value,
                reader_id=by,
                at=self.now,
                target=target,
                detail=codec.to_json(detail or {}),
            )
        )


class Door:
    """Transactions on one database, for one thread of one process.

    Each use is checked to come from the thread and process that made the door; another one gets a RuntimeError, for
    it is a defect of the program and not something a person can cause.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine: Engine | None = engine
        self._owner = (os.getpid(), threading.get_ident())

    @contextmanager
    def connection(self, *, writing: bool = False) -> Iterator[Connection]:
        """Give a bare transaction, committed at the end and taken back on any error."""
        with (
            self._checked_engine().connect() as connection,
            connection.execution_options(writing=writing).begin(),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that only reads.

        Raises
        ------
        ReviewError
            The database could not be read.
        """
        with plain_errors(), self.connection() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """Give a transaction that writes one action, alone among all windows and readers.

        Raises
        ------
        ReviewError
            Another writer did not finish in time, the database could not be written, or a newer program has changed
            the review since it was opened. Nothing is changed then.
        """
        with self.writing_to(schema.state, schema.newest_version(), _CHANGED) as (connection, sequence):
            yield Writing(connection, sequence, time.time_ns() // 1000)

    @contextmanager
    def writing_to(self, state: Table, version: int, changed: str) -> Iterator[tuple[Connection, int]]:
        """Give a transaction that writes, and the number after the latest one.

        Parameters
        ----------
        state : Table
            Its one row has ``version`` and ``sequence`` and is locked by every writer.
        version : int
            What the row must say.
        changed : str
            What is said if it says something else.

        Raises
        ------
        ReviewError
            As `writing` does.
        """
        with plain_errors(), self.connection(writing=True) as connection:
            row = connection.execute(select(state).with_for_update()).one()
            if row.version != version:
                raise ReviewError(changed)
            yield connection, row.sequence + 1

    def close(self) -> None:
        """Close the connection; the door cannot be used afterwards. Closing twice is allowed."""
        if self._engine is not None:
            engine = self._checked_engine()
            self._engine = None
            with plain_errors():
                engine.dispose()

    def _checked_engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("The review was closed.")
        if self._owner != (os.getpid(), threading.get_ident()):
            raise RuntimeError("The review is used by another thread or process than the one that opened it.")
        return self._engine


def engine_options(wait_seconds: float) -> dict[str, Any]:
    """Keep one connection open, and keep what is written out of error texts and logs."""
    return {"pool_size": 1, "max_overflow": 0, "pool_timeout": wait_seconds, "hide_parameters": True}
