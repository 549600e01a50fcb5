"""Whole documents, images, readers, readings, phrases, the view, and the log that a second window polls."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.annotations.store import ActionKind, Reader, Review, ReviewImage, ReviewPhrase, open_review
from afloc_core.errors import ReviewError
from tests.annotations.store.examples import BOX, FILM, READINGS, document

if TYPE_CHECKING:
    from pathlib import Path


def test_a_document_comes_out_as_it_went_in(review: Review, address: str) -> None:
    original = document()
    with open_review(address, create=False) as reopened:
        kept = reopened.document()
    assert (kept.images, kept.marks, kept.readings) == (original.images, original.marks, original.readings)
    assert (kept.problems, kept.extra) == (original.problems, original.extra)
    assert list(kept.images) == list(original.images)


def test_readers_and_images_of_a_document_can_be_renamed(address: str) -> None:
    with open_review(address) as review:
        review.add_images([ReviewImage(MarkedImage("study 1", uid="1.2.3"))], "Ada")
        added = review.add_document(document(), "Cleo", reader_map={"Ada": "Dr Lovelace"}, image_map={FILM: "study 1"})
        assert (added.images, added.marks, added.readings) == (1, 4, 2)
        assert [one.mark.reader for one in review.marks("study 1")] == ["Dr Lovelace", "Ben", "Dr Lovelace"]
        assert review.image("study 1").image.size == (3056, 2544)
        assert [reader.name for reader in review.readers] == ["Ada", "Ben", "Cleo", "Dr Lovelace"]
        assert review.readings("film-2")[0].reader == "Dr Lovelace"


def test_the_same_document_is_not_added_twice(review: Review) -> None:
    before = review.sequence
    with pytest.raises(ReviewError, match="already holds everything of this file"):
        review.add_document(document(), "Ben")
    assert (review.sequence, len(review.marks(FILM))) == (before, 3)
    other = replace(document(), marks=document().marks[:1])
    assert review.add_document(other, "Ben").images == 0
    assert len(review.marks(FILM)) == 4


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"images": {FILM: MarkedImage(FILM, uid="9.9")}, "marks": (), "readings": ()}, r"images\[0\] .* DICOM UID"),
        ({"images": {FILM: MarkedImage(FILM, size=(1, 1))}, "marks": (), "readings": ()}, r"images\[0\] .* size"),
        ({"marks": (BOX, Mark("lost", Box(1, 1, 1, 1)))}, r"marks\[1\] is on an image that the document does not"),
        ({"readings": (Reading("lost"),)}, r"readings\[0\] is on an image that the document does not list"),
    ],
)
def test_a_document_that_contradicts_the_review_changes_nothing(
    review: Review, change: dict[str, object], sentence: str
) -> None:
    before = review.document()
    with pytest.raises(ReviewError, match=sentence):
        review.add_document(replace(document(), **change), "Zoe")  # type: ignore[arg-type]
    assert review.document() == before
    assert "Zoe" not in [reader.name for reader in review.readers]


def test_marks_of_one_image_are_found_among_thousands(tmp_path: Path) -> None:
    films = {f"film-{i}": MarkedImage(f"film-{i}") for i in range(4000)}
    marks = tuple(Mark(key, Box(i, i, 5, 5), reader=f"R{i % 17}") for i, key in enumerate(list(films) * 2))
    with open_review(tmp_path / "large.afreview") as review:
        review.add_document(Document("invented", films, marks), "Ada")
        review.marks("film-0")
        start = time.process_time()
        found = [review.marks(f"film-{i}") for i in range(0, 1000, 50)]
        each = (time.process_time() - start) / len(found)
        start = time.process_time()
        assert review.document().marks == marks
        everything = time.process_time() - start
    assert all(len(of_image) == 2 for of_image in found)
    assert each < everything / 30


def test_images_fill_in_what_was_not_known(review: Review, tmp_path: Path) -> None:
    film = ReviewImage(MarkedImage("film-2", uid="4.5", size=(10, 20), extra={"b": 2}), tmp_path / "b.png", "sha:2")
    assert review.add_images([film, ReviewImage(MarkedImage("film-3"))], "Ada") == 1
    assert review.image("film-2") == film
    before = review.sequence
    assert review.add_images([film], "Ada") == 0
    assert review.sequence == before
    review.add_images([ReviewImage(MarkedImage("film-2"), tmp_path / "moved.png")], "Ada")
    assert review.image("film-2") == replace(film, file=tmp_path / "moved.png")
    assert [image.key for image in review.images] == [FILM, "film-2", "film-3"]
    with pytest.raises(ReviewError, match="image is not part of this review"):
        review.image("film-9")


def test_films_beside_the_review_move_with_it_and_others_stay(tmp_path: Path) -> None:
    project, far = tmp_path / "here" / "project", tmp_path / "far" / "c.png"
    (project / "reviews").mkdir(parents=True)
    with open_review(project / "reviews" / "a.afreview") as review:
        review.add_images(
            [
                ReviewImage(MarkedImage("inside"), project / "reviews" / "films" / "ä b.png"),
                ReviewImage(MarkedImage("beside"), project / "films" / "b.png"),
                ReviewImage(MarkedImage("far"), far),
            ],
            "Ada",
        )
    moved = project.rename(tmp_path / "elsewhere")
    with open_review(moved / "reviews" / "a.afreview") as review:
        assert [image.file for image in review.images] == [
            moved / "reviews" / "films" / "ä b.png",
            moved / "films" / "b.png",
            far,
        ]


def test_readers_have_a_colour_and_a_note(review: Review, address: str) -> None:
    review.save_reader(Reader("Ada", "#4477aa", "illustrative, not a radiologist"), "Ada")
    review.save_reader(Reader("New", "#ee6677"), "Ada")
    with open_review(address) as other:
        assert other.readers == (
            Reader("Ada", "#4477aa", "illustrative, not a radiologist"),
            Reader("Ben"),
            Reader("New", "#ee6677"),
        )


def test_a_reading_is_kept_once_and_can_be_taken_back(review: Review) -> None:
    reading = Reading(FILM, "Cleo", "mass", {"seconds": 12})
    review.add_reading(replace(reading, extra={}), "Cleo")
    review.add_reading(reading, "Cleo")
    assert review.readings(FILM) == (reading,)
    assert review.readings() == (*READINGS, reading)
    review.remove_reading(reading, "Cleo")
    before = review.sequence
    review.remove_reading(reading, "Cleo")
    assert review.readings(FILM) == ()
    assert review.sequence == before
    with pytest.raises(ReviewError, match="image is not part of this review"):
        review.add_reading(Reading("elsewhere"), "Cleo")


def test_phrases_keep_how_they_are_shown(review: Review, address: str) -> None:
    first = ReviewPhrase("left pleural effusion", 0.61, "#228833", True, 1, {"side": "left"})
    second = ReviewPhrase("cardiomegaly", None, "#ccbb44", False, 0)
    review.save_phrase(first, "Ada")
    review.save_phrase(second, "Ada")
    with open_review(address) as other:
        assert other.phrases == (second, first)
        other.save_phrase(replace(first, threshold=0.5), "Ben")
        other.remove_phrase("cardiomegaly", "Ben")
    assert review.phrases == (replace(first, threshold=0.5),)
    review.save_phrase(second, "Ada")
    assert review.phrases[0] == second
    before = review.sequence
    review.remove_phrase("never typed", "Ada")
    assert review.sequence == before


def test_each_reader_has_a_view_that_reopening_restores(review: Review, address: str) -> None:
    before = review.sequence
    review.save_view({"case": FILM, "zoom": {"centre": [812.5, 1140], "factor": 2.5}})
    review.save_view({"case": "film-2", "visible readers": ["Ada", "Ben"]}, "Ben")
    review.save_view({"case": "film-2"})
    assert review.sequence == before
    with open_review(address) as other:
        assert other.view() == {"case": "film-2", "zoom": {"centre": [812.5, 1140], "factor": 2.5}}
        assert other.view("Ben") == {"case": "film-2", "visible readers": ["Ada", "Ben"]}
        assert other.view("Ada") == {}


def test_a_second_window_sees_what_the_first_did(review: Review, address: str) -> None:
    with open_review(address) as second:
        seen = second.sequence
        assert second.changes_since(seen) == ()
        stored = review.add(BOX, "Cleo")
        review.remove(stored, "Ada")
        review.add_reading(Reading("film-2", "Ada"), "Ada")
        review.save_phrase(ReviewPhrase("mass"), "Ada")
        actions = second.changes_since(seen)
    assert [(a.sequence - seen, a.kind, a.by) for a in actions] == [
        (1, ActionKind.ADD, "Cleo"),
        (2, ActionKind.REMOVE, "Ada"),
        (3, ActionKind.READING, "Ada"),
        (4, ActionKind.PHRASE, "Ada"),
    ]
    assert [(a.marks, a.images) for a in actions[:3]] == [
        ((stored.id,), (FILM,)),
        ((stored.id,), (FILM,)),
        ((), ("film-2",)),
    ]
    assert [a.touches(FILM) for a in actions] == [True, True, False, False]
    assert actions[3].detail["phrase"] == "mass"
    first = review.changes_since(0)[0]
    assert (first.kind, first.touches("film-2"), first.detail["marks"]) == (ActionKind.IMPORT, True, 4)
