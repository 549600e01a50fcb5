"""What only a team's database can do wrong."""

from __future__ import annotations

import logging
import traceback

import pytest

from afloc_core.annotations.store import open_review
from afloc_core.errors import ReviewError
from tests.annotations.store.examples import BOX, FILM, document
from tests.annotations.store.postgresql import PASSWORD, plain

WRONG = "hush-hush"


def test_a_wrong_password_is_told_without_it(database: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ReviewError, match="did not let us in; check that the server is running") as caught:
        open_review(database.replace(PASSWORD, WRONG))
    assert WRONG not in "".join(traceback.format_exception(caught.value)) + caplog.text


def test_what_is_written_and_the_password_stay_out_of_logs(database: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with open_review(database) as review:
        review.add_document(document(), "Ada")
        assert PASSWORD not in repr(vars(review)) + caplog.text
    assert BOX.finding not in caplog.text


def test_a_database_with_something_else_is_refused_and_left_alone(database: str) -> None:
    import psycopg

    with psycopg.connect(plain(database)) as connection:
        connection.execute("CREATE TABLE invoices (number integer)")
    with pytest.raises(ReviewError, match="holds something else than a review"):
        open_review(database)
    with psycopg.connect(plain(database)) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
    assert tables == [("invoices",)]


def test_nothing_is_made_where_only_opening_was_asked(database: str) -> None:
    with pytest.raises(ReviewError, match="There is no review in this database"):
        open_review(database, create=False)
    open_review(database).close()
    open_review(database, create=False).close()


def test_the_review_goes_on_after_the_server_dropped_the_connection(database: str) -> None:
    import psycopg

    with open_review(database) as review:
        review.add_document(document(), "Ada")
        with psycopg.connect(plain(database), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND state = 'idle'"
            )
        assert review.add(BOX, "Ada").revision == 1
        assert len(review.marks(FILM)) == 4
