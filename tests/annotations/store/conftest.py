"""Places to keep a review in: a file, and where it is installed a PostgreSQL database."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from afloc_core.annotations.store import Review, open_review
from tests.annotations.store import postgresql
from tests.annotations.store.examples import document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the address of a private PostgreSQL server."""
    lacking = postgresql.missing()
    if lacking:
        pytest.skip(lacking)
    with postgresql.private_server() as address:
        yield address


@pytest.fixture
def database(server: str) -> str:
    """Give the address of an empty place of its own on the server."""
    import psycopg

    name = f"review{next(_numbers)}"
    with psycopg.connect(postgresql.plain(server)) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{server}&options=-csearch_path%3D{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give a place where a review can be made; every test of what a review does runs on both."""
    if request.param == "sqlite":
        return str(tmp_path / "study.afreview")
    return str(request.getfixturevalue("database"))


@pytest.fixture
def review(address: str) -> Iterator[Review]:
    """Give a review with the invented document in it."""
    with open_review(address) as opened:
        opened.add_document(document(), "Ada")
        yield opened
