"""The record of a study: what was planned for each reader, and everything that happened, in an SQLite file.

Each event is one transaction; killing the program at any moment loses none that was answered. Nothing but frozen
values crosses this module's border.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, insert, select, update

from afloc_core.annotations.store import codec
from afloc_core.annotations.store.door import Door
from afloc_core.annotations.store.names import insert_one
from afloc_core.annotations.store.sqlite_file import check_header, file_engine, make_file
from afloc_core.errors import MarkError, ReviewError, StudyError
from afloc_core.study import schema
from afloc_core.study.cases import StudyCase, list_cases
from afloc_core.study.events import Event, EventKind, Sitting, StudyReader
from afloc_core.study.plan import Step, plan
from afloc_core.study.study_file import ENDING, Study, read_study, record_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WAIT_SECONDS = 10.0
_MOST_NAME = 80
_NOT_A_RECORD = f"The file is not the record of a study; choose one whose name ends in {ENDING}."
_NEWER = "A newer AFLoc Review made this record of a study; update this program to open it."
_NOT_READ_YET = "Nobody has read this study yet: there is no record beside the study file."
_CHANGED = (
    "“{key}” in the study file is not what it was when the first reader began; take the change back, or give the "
    "changed study file another name, so that it gets a record of its own."
)
_FREE = frozenset({"reference", "instructions", "folder", "title"})
"""Keys of a study file that may change while it is being read: no reading depends on them."""


class StudyRecord:
    """An open record, to be used in the thread that opened it; a context manager.

    Attributes
    ----------
    study : Study
        As its file says now.
    cases : tuple of StudyCase
    """

    def __init__(self, door: Door, study: Study, cases: tuple[StudyCase, ...]) -> None:
        self._door = door
        self.study = study
        self.cases = cases

    def __enter__(self) -> StudyRecord:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._door.close()

    @property
    def readers(self) -> tuple[StudyReader, ...]:
        """All who joined, in that order."""
        with self._reading() as connection:
            rows = connection.execute(select(schema.readers).order_by(schema.readers.c.number)).all()
            return tuple(StudyReader(row.name, row.number, _steps(connection, row.id)) for row in rows)

    def join(self, name: str) -> StudyReader:
        """Return a reader, with a plan drawn when they are new; a name is the same in capitals and small letters.

        Raises
        ------
        StudyError
            The name is empty or too long.
        """
        name = " ".join(name.split())
        if not name or len(name) > _MOST_NAME:
            raise StudyError(f"A reader of the study needs a name or code of 1 to {_MOST_NAME} characters.")
        with self._writing() as (connection, _):
            readers = connection.execute(select(schema.readers).order_by(schema.readers.c.number)).all()
            for known in readers:
                if known.name.casefold() == name.casefold():
                    return StudyReader(known.name, known.number, _steps(connection, known.id))
            number = len(readers)
            values = {"name": codec.plain_text(name), "number": number, "joined": _now()}
            reader = insert_one(connection, schema.readers, values)
            rows = {row.key: row.id for row in connection.execute(select(schema.cases.c.key, schema.cases.c.id))}
            steps = plan(self.study, [case.id for case in self.cases], number)
            connection.execute(
                insert(schema.steps),
                [
                    {
                        "reader_id": reader,
                        "number": step.number,
                        "case_id": rows[step.case],
                        "arm": step.arm,
                        "period": step.period,
                    }
                    for step in steps
                ],
            )
            return StudyReader(name, number, steps)

    def begin(self, reader: str, detail: Mapping[str, Any]) -> int:
        """Begin a sitting of a reader who joined, and return its number."""
        with self._writing() as (connection, sequence):
            one = connection.execute(select(schema.readers.c.id).where(schema.readers.c.name == reader)).scalar_one()
            values = {"reader_id": one, "began": _now(), "clock": 0, "last_input": 0, "ended": False}
            sitting = insert_one(connection, schema.sittings, values)
            _append(connection, sequence, sitting, Event(EventKind.BEGIN, None, 0, detail))
            return sitting

    def log(self, sitting: int, event: Event) -> int:
        """Keep an event and return its number."""
        with self._writing() as (connection, sequence):
            _append(connection, sequence, sitting, event)
            values: dict[str, Any] = {"clock": event.clock}
            if event.kind is EventKind.END:
                values["ended"] = True
            _touch(connection, sitting, values)
            return sequence

    def beat(self, sitting: int, clock: int, last_input: int) -> None:
        """Note that a sitting goes on, so that one that is cut off counts until here."""
        with self._writing() as (connection, _):
            _touch(connection, sitting, {"clock": clock, "last_input": last_input})

    @property
    def sittings(self) -> tuple[Sitting, ...]:
        """All sittings in their order."""
        table, readers = schema.sittings, schema.readers
        query = select(table, readers.c.name).join(readers, readers.c.id == table.c.reader_id).order_by(table.c.id)
        with self._reading() as connection:
            return tuple(
                Sitting(row.id, row.name, row.began, row.clock, row.last_input, row.ended)
                for row in connection.execute(query)
            )

    def events(self, reader: str | None = None) -> tuple[Event, ...]:
        """Everything that happened, or what one reader did, in order."""
        table, sittings, readers = schema.events, schema.sittings, schema.readers
        query = (
            select(table, readers.c.name)
            .join(sittings, sittings.c.id == table.c.sitting_id)
            .join(readers, readers.c.id == sittings.c.reader_id)
            .order_by(table.c.sequence)
        )
        if reader is not None:
            query = query.where(readers.c.name == reader)
        with self._reading() as connection:
            return tuple(
                Event(
                    EventKind(row.kind),
                    row.step,
                    row.clock,
                    codec.from_json(row.detail),
                    row.sequence,
                    row.name,
                    row.sitting_id,
                    row.at,
                )
                for row in connection.execute(query)
            )

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _sentences(), self._door.reading() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, int]]:
        """Give a transaction that writes, alone among all windows, and the number of its event."""
        with _sentences(), self._door.writing_to(schema.state, schema.newest_version(), _NEWER) as writing:
            yield writing


def open_record(study_file: Path, *, create: bool = True) -> StudyRecord:
    """Open the record of a study file, making it where there is none.

    Parameters
    ----------
    study_file : Path
        The study file, or its record beside it.
    create : bool

    Raises
    ------
    StudyError
        The study file is wrong, was changed after the first reader began, or the record cannot be opened.
    """
    place = study_file.absolute()
    if place.suffix.lower() == ENDING:
        place = place.with_suffix(".toml")
        if not place.is_file():
            raise StudyError("The study file is not beside its record; put it back, with the same name.")
    study = read_study(place)
    cases = list_cases(study)
    record = record_place(place)
    with _sentences():
        if not record.exists():
            if not create:
                raise StudyError(_NOT_READ_YET)
            lay_out = partial(_lay_out, study=study, cases=cases)
            make_file(record, schema.APPLICATION_ID, lay_out, _WAIT_SECONDS)
        check_header(record, schema.APPLICATION_ID, _NOT_A_RECORD)
        door = Door(file_engine(record, _WAIT_SECONDS))
        try:
            with door.reading() as connection:
                changed = _changed_key(connection, study, cases)
            if changed:
                with door.writing_to(schema.state, schema.newest_version(), _NEWER) as (connection, _):
                    _take_change(connection, study, cases, changed)
        except BaseException:
            door.close()
            raise
    return StudyRecord(door, study, cases)


def definition(study: Study) -> dict[str, object]:
    """Return what of a study no reading may go on without."""
    values = asdict(study)
    return {key: value for key, value in values.items() if key not in _FREE}


@contextmanager
def _sentences() -> Iterator[None]:
    """Say of a study what the store says of a review."""
    try:
        yield
    except (ReviewError, MarkError) as error:
        raise StudyError(str(error).replace("this review", "this record").replace("review", "record")) from None
    except OSError:
        raise StudyError(
            "The record of the study cannot be opened; check that you may write in the folder of the study file."
        ) from None


def _lay_out(connection: Connection, study: Study, cases: tuple[StudyCase, ...]) -> None:
    schema.metadata.create_all(connection)
    connection.execute(insert(schema.state).values(id=1, version=schema.newest_version(), sequence=0))
    _define(connection, study, cases)


def _define(connection: Connection, study: Study, cases: tuple[StudyCase, ...]) -> None:
    connection.execute(insert(schema.study).values(id=1, definition=codec.to_json(definition(study))))
    connection.execute(insert(schema.cases), [{"key": case.id, "file": _relative(study, case)} for case in cases])


def _changed_key(connection: Connection, study: Study, cases: tuple[StudyCase, ...]) -> str:
    """Return the key of the study file that says something else than the record; empty where none does.

    Raises
    ------
    StudyError
        A newer program made the record.
    """
    version = connection.scalar(select(schema.state.c.version))
    if version is None or version > schema.newest_version():
        raise StudyError(_NEWER)
    before = codec.from_json(connection.execute(select(schema.study.c.definition)).scalar_one())
    now = codec.from_json(codec.to_json(definition(study)))
    changed = [key for key, value in now.items() if before.get(key) != value]
    kept = [(row.key, row.file) for row in connection.execute(select(schema.cases).order_by(schema.cases.c.id))]
    if kept != [(case.id, _relative(study, case)) for case in cases]:
        changed.append("cases")
    return changed[0].removeprefix("hide_") if changed else ""


def _take_change(connection: Connection, study: Study, cases: tuple[StudyCase, ...], key: str) -> None:
    """Take another study file as long as nobody read by the one before.

    Raises
    ------
    StudyError
        Somebody did.
    """
    if connection.scalar(select(schema.readers.c.id).limit(1)) is not None:
        raise StudyError(_CHANGED.format(key=key))
    for table in (schema.study, schema.cases):
        connection.execute(delete(table))
    _define(connection, study, cases)


def _relative(study: Study, case: StudyCase) -> str:
    """Return a file's place as seen from the study file, so that both can be moved together."""
    file = case.file.absolute()
    return str(file.relative_to(study.folder)) if file.is_relative_to(study.folder) else str(file)


def _steps(connection: Connection, reader: int) -> tuple[Step, ...]:
    table, cases = schema.steps, schema.cases
    query = (
        select(table, cases.c.key)
        .join(cases, cases.c.id == table.c.case_id)
        .where(table.c.reader_id == reader)
        .order_by(table.c.number)
    )
    return tuple(Step(row.number, row.key, row.arm, row.period) for row in connection.execute(query))


def _append(connection: Connection, sequence: int, sitting: int, event: Event) -> None:
    connection.execute(update(schema.state).values(sequence=sequence))
    connection.execute(
        insert(schema.events).values(
            sequence=sequence,
            sitting_id=sitting,
            step=event.step,
            kind=event.kind.value,
            at=_now(),
            clock=event.clock,
            detail=codec.to_json(dict(event.detail)),
        )
    )


def _touch(connection: Connection, sitting: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(schema.sittings).where(schema.sittings.c.id == sitting).values(**values))


def _now() -> int:
    return time.time_ns() // 1000
