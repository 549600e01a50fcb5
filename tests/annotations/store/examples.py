"""Invented marks that the tests of the review store share; light, for processes that are started often."""

from __future__ import annotations

from afloc_core.annotations.marks import Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon

FILM = "film-1"
BOX = Mark(FILM, Box(10.25, 20.5, 30.0, 40.125), "effusion", "Ada")
MARKS = (
    BOX,
    Mark(FILM, Polygon(((1.1, 2.2), (30.3, 2.2), (15.5, 40.1)), freehand=True), "mass", "Ben", "a round mass", 0.75),
    Mark(
        FILM, Points(((5, 6), (7.5, 8.5))), "nodule", "Ada", comment="small – “left”", extra={"id": 7, "b": [1, None]}
    ),
    Mark("film-2", Mask((4, 3), "13O"), "opacity", "Ben", extra={"nested": {"x": 1e-17, "y": True}}),
)
READINGS = (Reading("film-2", "Ada"), Reading("film-2", "Ada", "mass", {"row": 3}))


def document() -> Document:
    """Two films, four marks of two readers, one of each shape."""
    films = {
        FILM: MarkedImage(FILM, "p10/film-1.dcm", "1.2.3", (3056, 2544), {"view": "PA"}),
        "film-2": MarkedImage("film-2"),
    }
    return Document("invented", films, MARKS, READINGS, ("row 5: the box is empty",), {"licence": "none"})
