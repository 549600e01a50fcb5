"""What is opened, what is refused with a sentence, and that the refused is left as it was."""

from __future__ import annotations

import logging
import sqlite3
import threading
import traceback
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, event

from afloc_core.annotations.store import open_review, schema
from afloc_core.errors import ReviewError
from tests.annotations.store.examples import BOX, FILM, MARKS, document

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION_1 = Path(__file__).parent / "version1.sql"


def _made(path: Path) -> Path:
    with open_review(path) as review:
        review.add_document(document(), "Ada")
        review.add(BOX, "Ada")
        review.undo("Ada")
    return path


def _from_version_1(path: Path) -> Path:
    """Make a file as the program made it when the schema had version 1."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1.read_text("utf-8"))
        connection.execute("PRAGMA application_id = 1095126098")
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def _sql(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def _text(path: Path) -> None:
    path.write_text("not a database at all")


def _empty(path: Path) -> None:
    path.touch()


def _foreign(path: Path) -> None:
    _sql(path, "CREATE TABLE afreview (version INTEGER)")


def _foreign_log(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE other (a)")


def _only_the_number(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("CREATE TABLE other (a)")


def _newer(path: Path) -> None:
    _sql(_made(path), "UPDATE afreview SET version = 99")


def _cut_short(path: Path) -> None:
    whole = _made(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _overwritten(path: Path) -> None:
    whole = _made(path).read_bytes()
    path.write_bytes(whole[:100] + b"\xa5" * (len(whole) - 100))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_text, "not a review of AFLoc Review"),
        (_empty, "not a review of AFLoc Review"),
        (_foreign, "not a review of AFLoc Review"),
        (_foreign_log, "not a review of AFLoc Review"),
        (_only_the_number, "not a review of AFLoc Review"),
        (_newer, "A newer AFLoc Review made this review; update"),
        (_cut_short, "The review is damaged and was left as it is"),
        (_overwritten, "The review is damaged and was left as it is"),
    ],
)
def test_what_is_no_review_of_ours_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], sentence: str
) -> None:
    path = tmp_path / "patient.afreview"
    make(path)
    before = path.read_bytes()
    with pytest.raises(ReviewError, match=sentence) as caught:
        open_review(path)
    assert "patient" not in str(caught.value)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_places_where_no_review_can_be(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "a.afreview"):
        with pytest.raises(ReviewError, match="The review cannot be opened; check that its folder is there"):
            open_review(place)
    with pytest.raises(ReviewError, match="There is no review at this place"):
        open_review(tmp_path / "a.afreview", create=False)
    assert list(tmp_path.iterdir()) == []


def test_damage_deep_in_the_file_is_found(tmp_path: Path) -> None:
    path = _made(tmp_path / "a.afreview")
    with open_review(path) as review:
        review.check()
    content = bytearray(path.read_bytes())
    at = content.rindex(b'"kind":"box"')
    page = at - at % 4096
    content[page : page + 8] = b"\xff" * 8
    path.write_bytes(content)
    with open_review(path) as review:
        with pytest.raises(ReviewError, match="The review is damaged"):
            review.check()
        with pytest.raises(ReviewError, match="The review is damaged"):
            review.document()


def test_a_review_leaves_one_file_when_closed(tmp_path: Path) -> None:
    path = _made(tmp_path / "strange ?#%41 name")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes()[18] == 2, "the write-ahead log is switched on in the file"
    with open_review(path) as review:
        assert len(review.marks(FILM)) == 3


def test_two_first_openers_share_one_review(address: str) -> None:
    with open_review(address) as first, open_review(address) as second:
        first.add_document(document(), "Ada")
        assert len(second.marks(FILM)) == 3


def test_a_review_of_version_1_opens(tmp_path: Path) -> None:
    with open_review(_from_version_1(tmp_path / "old.afreview"), create=False) as review:
        assert review.document().marks == (*MARKS, BOX)
        assert review.view() == {"case": FILM}
        assert review.undo("Ada")[0].removed
        review.check()


def test_the_schema_is_that_of_version_1(tmp_path: Path) -> None:
    """A change of a table without a new version and a step would strand every review that exists."""
    old, new = _from_version_1(tmp_path / "old"), _made(tmp_path / "new")
    assert schema.newest_version() == 1
    assert _layout(old) == _layout(new)


def _layout(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
    return [(*names, " ".join((sql or "").split())) for *names, sql in rows]


def _add_column(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE marks ADD COLUMN mood TEXT DEFAULT 'calm'")


def _break(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE marks SET finding = 'lost'")
    raise ReviewError("The step failed.")


def test_a_step_brings_an_older_review_up_to_date(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_review(address) as review:
        review.add_document(document(), "Ada")
        monkeypatch.setattr(schema, "STEPS", (_add_column,))
        with pytest.raises(ReviewError, match="newer AFLoc Review has changed this review"):
            review.add(BOX, "Ada")
    with open_review(address) as review:
        assert review.document().marks == MARKS
        review.add(BOX, "Ada")
    with open_review(address) as review:
        assert len(review.marks(FILM)) == 4
    monkeypatch.setattr(schema, "STEPS", ())
    with pytest.raises(ReviewError, match="A newer AFLoc Review made this review"):
        open_review(address)


def test_a_step_that_fails_leaves_the_review_as_it_was(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_review(address) as review:
        review.add_document(document(), "Ada")
    monkeypatch.setattr(schema, "STEPS", (_add_column, _break))
    with pytest.raises(ReviewError, match="The step failed"):
        open_review(address)
    monkeypatch.setattr(schema, "STEPS", ())
    with open_review(address) as review:
        assert review.document().marks == MARKS
    monkeypatch.setattr(schema, "STEPS", (_add_column,))
    with open_review(address) as review:
        assert review.document().marks == MARKS


def test_a_review_belongs_to_its_thread_and_ends_when_closed(address: str) -> None:
    errors: list[Exception] = []

    def use() -> None:
        for act in (lambda: review.sequence, lambda: review.add(BOX, "Ada"), review.close):
            try:
                act()
            except RuntimeError as error:
                errors.append(error)

    review = open_review(address)
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert [str(error) for error in errors] == [
        "The review is used by another thread or process than the one that opened it."
    ] * 3
    assert review.sequence == 0
    review.close()
    review.close()
    with pytest.raises(RuntimeError, match="closed"):
        review.marks(FILM)


def test_a_review_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    path = _made(tmp_path / "a.afreview")

    def only_read(raw: sqlite3.Connection, _entry: object) -> None:
        raw.execute("PRAGMA query_only = ON")

    event.listen(Engine, "connect", only_read)
    try:
        with open_review(path) as review:
            assert len(review.marks(FILM)) == 3
            with pytest.raises(ReviewError, match="The review cannot be written to"):
                review.add(BOX, "Ada")
    finally:
        event.remove(Engine, "connect", only_read)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql+psycopg://ada:hush-hush@localhost:1/none?connect_timeout=3", "did not let us in"),
        ("postgresql://ada:hush-hush@/none?host=/nowhere", "did not let us in"),
        ("mysql://ada:hush-hush@localhost/none", "begins with postgresql"),
        ("postgresql+psycopg://ada:hush-hush@localhost:port/none", "address of the review cannot be read"),
    ],
)
def test_passwords_reach_neither_errors_nor_logs(address: str, sentence: str, caplog: pytest.LogCaptureFixture) -> None:
    if address.startswith("postgresql"):
        pytest.importorskip("psycopg", reason="psycopg is missing")
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ReviewError, match=sentence) as caught:
        open_review(address)
    assert "hush-hush" not in "".join(traceback.format_exception(caught.value))
    assert "hush-hush" not in caplog.text
