"""A review file that takes the place of another, and whether somebody has a file open."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from afloc_core.annotations.store import copying, open_review
from afloc_core.annotations.store.copying import copy_review, new_review
from afloc_core.annotations.store.in_use import is_open
from afloc_core.errors import ReviewError
from tests.annotations.store.examples import BOX, FILM, MARKS, document

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.annotations.store import Review

_ASK = """
import sys
from pathlib import Path
from afloc_core.annotations.store.in_use import is_open
print(is_open(Path(sys.argv[1])))
"""


def fill(review: Review) -> None:
    review.add_document(document(), "Ada")


def seen_open_by_another_process(path: Path) -> bool:
    asked = subprocess.run([sys.executable, "-c", _ASK, path], capture_output=True, text=True, check=True)
    return asked.stdout.strip() == "True"


def test_a_review_is_open_until_it_is_closed(tmp_path: Path) -> None:
    place = tmp_path / "study.afreview"
    assert not is_open(place)
    with open_review(place) as review:
        fill(review)
        assert is_open(place)
        assert seen_open_by_another_process(place)
    assert not is_open(place)
    assert not seen_open_by_another_process(place)


def test_opening_a_review_twice_leaves_its_log_to_it(tmp_path: Path) -> None:
    place = tmp_path / "study.afreview"
    with open_review(place) as review:
        fill(review)
        open_review(place).close()
        assert seen_open_by_another_process(place)
        review.add(BOX, "Ada")
    with open_review(place) as again:
        assert len(again.marks(FILM)) == len([mark for mark in MARKS if mark.image == FILM]) + 1


def test_what_is_no_review_is_not_open(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database at all")
    assert not is_open(tmp_path / "notes.txt")
    assert not is_open(tmp_path)


def test_a_new_review_replaces_another_and_never_adds_to_it(tmp_path: Path) -> None:
    place = tmp_path / "study.afreview"
    with open_review(place) as review:
        fill(review)
        review.add(BOX, "Ben")
    new_review(place, fill)
    with open_review(place, create=False) as review:
        review.check()
        assert [stored.mark for stored in review.marks(FILM)] == [mark for mark in MARKS if mark.image == FILM]
    assert [path.name for path in tmp_path.iterdir()] == ["study.afreview"]


def test_a_new_review_that_cannot_be_filled_leaves_the_old_one(tmp_path: Path) -> None:
    place = tmp_path / "study.afreview"
    new_review(place, fill)

    def fail(review: Review) -> None:
        fill(review)
        fill(review)

    with pytest.raises(ReviewError, match="already holds"):
        new_review(place, fail)
    with open_review(place, create=False) as review:
        assert len(review.marks(FILM)) == len([mark for mark in MARKS if mark.image == FILM])
    assert [path.name for path in tmp_path.iterdir()] == ["study.afreview"]


def test_a_review_that_is_open_is_not_replaced(tmp_path: Path) -> None:
    source, place = tmp_path / "mine.afreview", tmp_path / "theirs.afreview"
    with open_review(source) as mine, open_review(place) as theirs:
        fill(mine)
        with pytest.raises(ReviewError, match="open in a window"):
            new_review(place, fill)
        with pytest.raises(ReviewError, match="open in a window"):
            copy_review(mine, source, place, "Ada")
        fill(theirs)
    with open_review(place, create=False) as theirs:
        assert len(theirs.images) == 2, "what was written after the refusal is there"


def test_a_review_whose_log_cannot_be_written_back_does_not_take_the_place_of_another(tmp_path: Path) -> None:
    place = tmp_path / "study.afreview"
    new_review(place, fill)
    readers: list[sqlite3.Connection] = []

    def fill_and_be_read(review: Review) -> None:
        (half_made,) = tmp_path.glob("*.part")
        readers.append(sqlite3.connect(half_made))
        readers[-1].execute("BEGIN")
        readers[-1].execute("SELECT * FROM marks").fetchall()  # keeps the log from being written back
        review.add_document(document(), "Ben")

    with pytest.raises(ReviewError, match="disk"):
        new_review(place, fill_and_be_read)
    readers[0].close()
    assert [path.name for path in tmp_path.iterdir()] == [place.name]
    with open_review(place, create=False) as review:
        review.check()
        assert [stored.mark for stored in review.marks(FILM)] == [mark for mark in MARKS if mark.image == FILM]


def test_a_log_that_still_holds_something_is_not_removed_with_the_review_it_is_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, log = tmp_path / "study.afreview", tmp_path / "study.afreview-wal"
    new_review(place, fill)
    log.write_bytes(b"pages that were not written back")
    monkeypatch.setattr(copying, "is_open", lambda _place: False)  # it would write back what it can
    with pytest.raises(ReviewError, match="disk"):
        new_review(place, fill)
    assert log.read_bytes() == b"pages that were not written back"


def test_a_review_replaces_one_whose_window_was_killed(tmp_path: Path) -> None:
    place, killed = tmp_path / "study.afreview", tmp_path / "killed.afreview"
    with open_review(place) as review:
        review.add_document(document(), "Ada")
        for ending in ("", "-wal"):
            shutil.copy(f"{place}{ending}", f"{killed}{ending}")
    assert killed.with_name(f"{killed.name}-wal").stat().st_size > 0
    new_review(killed, lambda review: None)
    with open_review(killed, create=False) as review:
        review.check()
        assert review.images == ()


def test_parts_of_a_view_are_kept_with_the_document_or_not_at_all(address: str) -> None:
    with open_review(address) as review:
        review.add_document(document(), "Ada", view={"left": []}, viewer="Ada")
        assert review.view("Ada") == {"left": []}
        with pytest.raises(ReviewError, match="already holds"):
            review.add_document(document(), "Ada", view={"left": [1]}, viewer="Ada")
        assert review.view("Ada") == {"left": []}
        assert review.sequence == 1
