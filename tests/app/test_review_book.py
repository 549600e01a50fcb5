"""What the window knows of the open review."""

from __future__ import annotations

from pathlib import Path

from afloc_core.annotations.marks import MarkedImage
from app.models.review_book import ReviewBook


def test_names_of_one_film_are_one_film() -> None:
    names = ("x.jpg", "x.png", "x", "cases/y.png", "Cases/Y", "other/y.png")
    book = ReviewBook(images={name: MarkedImage(name) for name in names})
    assert book.count_films(()) == (0, 3)
    here, elsewhere = Path("here/x.png"), Path("elsewhere/y.png")
    book.places = {"x.jpg": here, "x.png": here, "cases/y.png": elsewhere}
    assert book.count_films((here,)) == (1, 3), "a name without a file is no further film"


def test_a_uid_has_no_ending() -> None:
    names = ("1.2.840.1", "1.2.840.2")
    assert ReviewBook(images={name: MarkedImage(name) for name in names}).count_films(()) == (0, 2)
