"""Files that name no reader in a review: apart from one another, and known again whatever they are called now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.frames import without_frame
from afloc_core.annotations.given_readers import with_given
from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import ReviewImage, open_review
from afloc_core.errors import MarkError, ReviewError
from tests.annotations.formats.fixtures import FOLDER

HELD = "already holds everything of this file"


def unnamed(film: str, *lefts: int, at: str) -> Document:
    """Return a document of boxes on a film, from a file without a reader's name."""
    marks = tuple(Mark(film, Box(left, 2, 3, 4), "mass") for left in lefts)
    readings = () if marks else (Reading(film, finding="mass"),)
    return with_given(Document("coco", {film: MarkedImage(film, film)}, marks, readings), Path(at))


def names(address: str) -> list[str]:
    with open_review(address, create=False) as review:
        return [mark.reader for mark in review.document().marks]


def test_two_files_without_names_are_two_readers(address: str) -> None:
    with open_review(address) as review:
        review.add_document(unnamed("f.png", 1, at="/x/anna/f.json"), "me")
        review.add_document(unnamed("f.png", 2, at="/x/boris/f.json"), "me")
        review.add_document(unnamed("g.png", 3, at="/x/anna/g.json"), "me")
    assert names(address) == ["anna", "boris", "anna"]


@pytest.mark.parametrize("film", ["f.png", "f"])
def test_files_of_the_same_name_on_the_same_film_are_told_apart(address: str, film: str) -> None:
    with open_review(address) as review:
        for left, (folder, key) in enumerate((("one", "f.png"), ("two", film), ("three", film))):
            review.add_document(unnamed(key, left, at=f"/{folder}/boxes of a.json"), "me")
    assert names(address) == ["boxes of a", "boxes of a 2", "boxes of a 3"]


def test_what_a_file_notes_of_itself_is_noted_of_the_reader_who_got_its_marks(address: str) -> None:
    noted = replace(unnamed("f.png", 2, at="/two/by hand.json"), extra={"note": "Illustrative."})
    with open_review(address) as review:
        review.add_document(unnamed("f.png", 1, at="/one/by hand.json"), "me")
        review.add_document(noted, "me")
        with pytest.raises(ReviewError, match=HELD):
            review.add_document(replace(unnamed("f.png", 2, at="/again.json"), extra=noted.extra), "me")
        assert {one.name: one.note for one in review.readers} == {
            "by hand": "",
            "by hand 2": "Illustrative.",
            "me": "",
        }


def test_a_reader_who_marked_the_film_is_not_joined_by_a_file_called_like_them(address: str) -> None:
    with open_review(address) as review:
        review.add_images([ReviewImage(MarkedImage("f.png"))], "anna")
        review.add(Mark("f.png", Box(1, 2, 3, 4), reader="anna"), "anna")
        review.add_document(unnamed("f.png", 1, at="/x/anna.json"), "me")
    assert names(address) == ["anna", "anna 2"]


@pytest.mark.parametrize("again", ["/x/anna.json", "/x/renamed.json", "/elsewhere/anna.json"])
def test_the_same_marks_add_nothing_under_whatever_name(address: str, again: str) -> None:
    with open_review(address) as review:
        review.add_document(unnamed("f.png", 1, at="/x/anna.json"), "me")
        review.add_document(unnamed("f.png", 2, at="/y/anna.json"), "me")
        with pytest.raises(ReviewError, match=HELD):
            review.add_document(unnamed("f.png", 1, at=again), "me")
        assert [reader.name for reader in review.readers] == ["anna", "anna 2", "me"]


def test_two_readers_who_saw_nothing_are_two_and_each_is_known_again(address: str) -> None:
    with open_review(address) as review:
        review.add_document(unnamed("f.png", at="/x/anna/f.json"), "me")
        review.add_document(unnamed("f.png", at="/x/boris/f.json"), "me")
        assert [one.reader for one in review.readings("f.png")] == ["anna", "boris"]
        with pytest.raises(ReviewError, match=HELD):
            review.add_document(unnamed("f.png", at="/y/boris/f.json"), "me")


def test_a_file_in_a_review_from_before_names_were_given_is_known_again(address: str) -> None:
    named = unnamed("f.png", 1, at="/x/anna.json")
    before = replace(named, marks=tuple(replace(mark, reader="reader") for mark in named.marks), given_reader="")
    with open_review(address) as review:
        review.add_document(before, "me")
        with pytest.raises(ReviewError, match=HELD):
            review.add_document(named, "me")


def test_marks_of_one_such_file_leave_the_review_in_a_format_without_names(address: str, tmp_path: Path) -> None:
    with open_review(address) as review:
        review.add_document(unnamed("f.png", 1, at="/x/anna.json"), "me")
        alone = review.document()
        review.add_document(unnamed("f.png", 2, at="/x/boris.json"), "me")
        both = review.document()
    assert alone.extra == {}
    save_annotations(alone, tmp_path / "boxes", "nih_boxes")
    assert len(open_annotations(tmp_path / "boxes").marks) == 1
    with pytest.raises(MarkError, match="2 readers' names"):
        save_annotations(both, tmp_path / "boxes", "nih_boxes")
    save_annotations(both, tmp_path / "both", "coco")
    assert open_annotations(tmp_path / "both").readers == ("anna", "boris")


def test_a_file_whose_pixels_were_not_known_before_is_known_again(address: str) -> None:
    document = open_annotations(FOLDER / "nih_boxes.csv")
    before = replace(document, marks=tuple(replace(mark, extra=without_frame(mark.extra)) for mark in document.marks))
    assert before.marks != document.marks
    with open_review(address) as review:
        review.add_document(before, "me")
        with pytest.raises(ReviewError, match=HELD):
            review.add_document(document, "me")
