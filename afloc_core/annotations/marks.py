"""Marks of readers, and documents of marks as files hold them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from afloc_core.annotations.shapes import Shape

UNNAMED_READER = "reader"
"""Who marked, where a file does not say."""
AI_ASSISTED = "ai_assisted"
"""Key in ``Mark.extra``: the mark began as a region of a model's map, whatever a reader did to it since."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one reader marked on one image.

    Attributes
    ----------
    image : str
        Key of the image in its document, see `MarkedImage`.
    shape : Box, Polygon, Points or Mask
    finding : str
        Term of the finding as the file or the reader words it; empty where none is given.
    reader : str
    phrase : str
        The sentence of a report the mark belongs to; empty where there is none.
    confidence : float or None
        In [0, 1].
    comment : str
    extra : mapping
        What else the file said of the mark, in the file's own words, so that writing it loses nothing.
    """

    image: str
    shape: Shape
    finding: str = ""
    reader: str = UNNAMED_READER
    phrase: str = ""
    confidence: float | None = None
    comment: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MarkedImage:
    """An image as an annotation file names it.

    Attributes
    ----------
    key : str
        What marks call it; unique in its document.
    path : str
        Path or file name where the file gives one.
    uid : str
        DICOM SOP Instance UID where the file gives one.
    size : (int, int) or None
        Height and width in pixels where the file gives them.
    extra : mapping
        What else the file said of the image.
    """

    key: str
    path: str = ""
    uid: str = ""
    size: tuple[int, int] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """That a reader looked at an image for a finding and marked nothing, which is not the same as not looking.

    Attributes
    ----------
    image, reader : str
    finding : str
        Empty when all findings were looked for.
    extra : mapping
        What else the file said.
    """

    image: str
    reader: str = UNNAMED_READER
    finding: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """Everything an annotation file holds.

    Attributes
    ----------
    format : str
        Name of the format, as `afloc marks` prints it.
    images : dict of str to MarkedImage
        By key, in the order of the file.
    marks : sequence of Mark
    readings : sequence of Reading
        Who marked nothing where.
    problems : tuple of str
        One sentence for each thing in the file that could not be used, with its place in the file.
    extra : mapping
        What else the file said as a whole.
    given_reader : str
        What the program calls the reader whom the file does not name, see `given_readers`; empty where it gave no name.
    """

    format: str
    images: Mapping[str, MarkedImage]
    marks: Sequence[Mark]
    readings: Sequence[Reading] = ()
    problems: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    given_reader: str = ""

    @cached_property
    def readers(self) -> tuple[str, ...]:
        """Names of the readers, sorted."""
        return tuple(sorted({mark.reader for mark in self.marks} | {reading.reader for reading in self.readings}))

    @property
    def findings(self) -> Mapping[str, int]:
        """How many marks each finding has, most frequent first."""
        return dict(Counter(mark.finding for mark in self.marks).most_common())
