"""`afloc marks`: what an annotation file holds, which images it is of, and the same marks in another format."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats import open_annotations, save_annotations
from afloc_core.annotations.formats.normalised import in_pixels, normalised_images
from afloc_core.annotations.frames import FRAME
from afloc_core.annotations.given_readers import with_given
from afloc_core.errors import ImageError, MarkError
from afloc_core.imaging.open import open_radiograph
from afloc_core.imaging.quiet import quiet_decoders
from afloc_core.natural_order import natural_text_key

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from pydicom.dataset import Dataset

    from afloc_core.annotations.marks import Document
    from afloc_core.annotations.matching import Matching

_MOST_PROBLEMS = 50
"""Problems printed in full; the others are counted."""

_DATABASE = b"SQLite format 3\0"
_NEED_SIZES = ("chexlocalize", "padchest_gr")
_DEFINE_PIXELS = ("nih_boxes", "rsna_pneumonia")


def run(options: Namespace) -> None:
    """Print what the file holds and write it in another format where one is asked for."""
    if bool(options.to) != bool(options.output):
        raise MarkError("Give --to and --output together: the format and the file to write.")
    document = read_named_marks(options.file)
    summary = summarise(document)
    matching = _matching(document, options.images)
    if matching:
        summary["matching"] = matching.as_dict()
    if options.to:
        sized = in_pixels(document, _sizes(document, matching, options.to))
        save_annotations(sized, options.output, options.to, _sources(matching, options.to))
    sys.stderr.writelines(f"{sentence}\n" for sentence in _caveats(document, matching, options.to))
    sys.stdout.write(json.dumps(summary, indent=1) + "\n")


def _caveats(document: Document, matching: Matching | None, to: str | None) -> list[str]:
    """Say what a reader of the figures, or of the new file, could take for granted and should not."""
    said = []
    if count := len(document.problems):
        what = "1 entry of the file was" if count == 1 else f"{count:,} entries of the file were"
        said.append(f"{what} left out; see “problems”.")
    framed = any(FRAME in mark.extra for mark in document.marks)
    if to and framed and matching is None and to not in (*_DEFINE_PIXELS, "native"):
        said.append(
            "The marks are in pixels of 1024 x 1024 pictures, as such lists are; give --images DIR to write them in "
            "those of your films."
        )
    return said


def read_marks(file: str, format: str | None = None) -> Document:
    """Read an annotation file, of one format or of any, or everything that a review holds.

    Raises
    ------
    MarkError, ReviewError
        If it cannot be read.
    """
    if "://" not in file and not _is_database(Path(file)):
        return open_annotations(file, format)
    from afloc_core.annotations.store import open_review  # takes a while to import

    with open_review(file, create=False) as review:
        return review.document()


def read_named_marks(file: str, format: str | None = None) -> Document:
    """Read what `read_marks` does; marks without a reader get the one that names of files and folders tell."""
    document = read_marks(file, format)
    return document if document.format == "afreview" else with_given(document, Path(file))


def _is_database(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_DATABASE)) == _DATABASE
    except OSError:
        return False  # which is said when it is read


def summarise(document: Document) -> dict[str, Any]:
    """Sum up a document as the command prints it.

    Parameters
    ----------
    document : Document

    Returns
    -------
    dict
        ``format``, ``images`` (count), ``readers`` (names), ``findings`` (marks of each), ``marks`` (count),
        ``readings`` (how often a reader marked nothing), ``problems`` (the first sentences) and ``problem_count``.
    """
    problems = list(document.problems[:_MOST_PROBLEMS])
    more = len(document.problems) - len(problems)
    if more:
        problems.append(f"There are {more:,} problems more.")
    return {
        "format": document.format,
        "images": len(document.images),
        "readers": sorted(document.readers, key=natural_text_key),
        "findings": dict(document.findings),
        "marks": len(document.marks),
        "readings": len(document.readings),
        "problems": problems,
        "problem_count": len(document.problems),
    }


def _matching(document: Document, folder: str | None) -> Matching | None:
    if folder is None:
        return None
    from afloc_core.annotations.matching import match_images

    return match_images(document, Path(folder))


def _sizes(document: Document, matching: Matching | None, to: str) -> Mapping[str, tuple[int, int]]:
    """Look up the sizes of the pictures that the conversion cannot do without."""
    if matching is None or to == "native":
        return {}
    unknown = {key for key, image in document.images.items() if image.size is None}
    if to not in _NEED_SIZES:
        # Where a format defines the pixels of its marks, the film says how they go from those to its own, or back.
        defines = to in _DEFINE_PIXELS
        moved = {mark.image for mark in document.marks if (FRAME in mark.extra) != defines}
        unknown &= moved.union(normalised_images(document))
    sizes = {}
    for key in unknown & set(matching.pairs):
        with suppress(ImageError):  # a picture that cannot be opened leaves the size unknown, which is said then
            sizes[key] = open_radiograph(matching.pairs[key].file).shape
    return sizes


def _sources(matching: Matching | None, to: str) -> Mapping[str, Dataset]:
    """Read the headers of the DICOM images, which a DICOM annotation refers to."""
    if matching is None or not to.startswith("dicom_"):
        return {}
    from pydicom import dcmread

    sources = {}
    with quiet_decoders():
        for key, match in matching.pairs.items():
            with suppress(
                Exception
            ):  # pydicom raises many kinds for what is not DICOM; the writer counts what is missing
                sources[key] = dcmread(match.file, stop_before_pixels=True)
    return sources
