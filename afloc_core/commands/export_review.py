"""`afloc export REVIEW`: a file for each film of a review, in a folder, with progress."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.commands.export import Film, content_of, localizer_for
from afloc_core.commands.export_options import PICTURE_FORMATS
from afloc_core.errors import AFLocError
from afloc_core.exporting.deidentification import read_header, warning_of
from afloc_core.exporting.gathering import in_colours
from afloc_core.exporting.writers import PictureFormat
from afloc_core.exporting.writing import ExportError, check_free, write_whole
from afloc_core.imaging.open import open_radiograph

if TYPE_CHECKING:
    from argparse import Namespace

    from afloc_core.annotations.marks import Mark, MarkedImage
    from afloc_core.annotations.store import Review

_NO_FILMS = "The review knows the file of none of its films; open it in the window once, with the films' folder."
_WARNED = "{count} of the films do not say that no words are burned into them: look at the pictures."


def run_review(options: Namespace) -> None:
    """Write every film of a review whose file is known.

    Files are called by their number in the review, never by the films' names. A film that cannot be exported is said
    and left out; the others are written.
    """
    from afloc_core.annotations.store import open_review  # takes a while to import

    if options.format is None:
        raise ExportError("Give --format for a review: its films become files in the folder --output.")
    if options.annotations:
        raise ExportError("A review has its own marks; leave --annotations out.")
    folder = Path(options.output)
    with open_review(options.image, create=False) as review:
        films = _films(review)
        phrases = options.phrase or _kept_phrases(review)
    if not films:
        raise ExportError(_NO_FILMS)
    suffix = PictureFormat(options.format).suffix if options.format in PICTURE_FORMATS else ".dcm"
    width = max(4, len(str(len(films))))
    places = [folder / f"film-{number:0{width}d}{suffix}" for number in range(1, len(films) + 1)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "its name cannot be used").lower()
        raise ExportError(f"The folder could not be made ({reason}); choose another place.") from None
    for place in places:
        check_free(place, overwrite=options.overwrite)
    localizer = localizer_for(options, phrases)
    failed = warned = 0
    for number, (place, (path, found)) in enumerate(zip(places, films.items(), strict=True), start=1):
        try:
            film = _open(path, found)
            content = content_of(film, options.format, options, localizer, phrases)
        except AFLocError as error:
            failed += 1
            sys.stderr.write(f"{number} of {len(films)}: {error}\n")
            continue
        write_whole(place, content, overwrite=options.overwrite)
        warned += bool(warning_of(film.header))
        sys.stdout.write(f"{place.name}: film {film.radiograph.digest[:12]}\n")
        sys.stderr.write(f"{number} of {len(films)}\n")
    if warned:
        sys.stderr.write(f"{_WARNED.format(count=warned)}\n")
    if failed:
        raise ExportError(f"{failed} of {len(films)} films could not be exported; the others are in the folder.")


def _films(review: Review) -> dict[Path, list[tuple[MarkedImage, tuple[Mark, ...]]]]:
    """Return the films whose file is known; several names of one film are one."""
    films: dict[Path, list[tuple[MarkedImage, tuple[Mark, ...]]]] = {}
    for image in review.images:
        if image.file is not None:
            marks = tuple(stored.mark for stored in review.marks(image.key))
            films.setdefault(image.file, []).append((image.image, marks))
    return films


def _kept_phrases(review: Review) -> list[str]:
    """Return the phrases of a review: its own, else those that its window was left with."""
    if phrases := [phrase.text for phrase in sorted(review.phrases, key=lambda phrase: phrase.position)]:
        return phrases
    kept = review.view().get("phrases")
    entries = kept.get("kept") if isinstance(kept, dict) else None
    texts = [entry[0] for entry in entries or () if isinstance(entry, list) and entry and isinstance(entry[0], str)]
    typed = review.view().get("phrase")
    return [*([typed] if isinstance(typed, str) and typed and typed not in texts else []), *texts]


def _open(path: Path, found: list[tuple[MarkedImage, tuple[Mark, ...]]]) -> Film:
    from afloc_core.annotations.frames import carry

    radiograph = open_radiograph(path)
    carried = [carry(marks, image, radiograph.shape) for image, marks in found]
    notes = dict.fromkeys(text for part in carried for text in (part.note, part.problem) if text)
    readers = in_colours(mark for part in carried for mark in part.marks)
    return Film(path, radiograph, read_header(path), readers, " ".join(notes))
