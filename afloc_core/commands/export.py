"""`afloc export`: annotated pictures and DICOM objects of a film, or of all films of a review."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.annotations.reader_colours import phrase_colour
from afloc_core.annotations.shapes import Bounds
from afloc_core.commands.export_options import DICOM_FORMATS, PICTURE_FORMATS
from afloc_core.errors import PhraseError
from afloc_core.exporting.deidentification import for_whom, read_header, warning_of
from afloc_core.exporting.encoding import encode_picture
from afloc_core.exporting.gathering import marks_from_files
from afloc_core.exporting.picture import CONTOUR, EVERYTHING, Layout, Part, Picture, PictureMap
from afloc_core.exporting.writers import PictureFormat
from afloc_core.exporting.writing import ExportError, check_free, check_not_source, write_whole
from afloc_core.imaging.open import open_radiograph
from afloc_core.imaging.radiograph import Window

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from afloc_core.exporting.deidentification import FilmHeader
    from afloc_core.exporting.picture import ReaderMarks
    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.localizer import Localizer

_SUFFIXES = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "tif": "tiff", "tiff": "tiff", "pdf": "pdf", "svg": "svg"}
_DATABASE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Film:
    """One film to export.

    Attributes
    ----------
    path : Path
    radiograph : Radiograph
    header : FilmHeader
    readers : tuple of ReaderMarks
    note : str
    """

    path: Path
    radiograph: Radiograph
    header: FilmHeader
    readers: tuple[ReaderMarks, ...] = ()
    note: str = ""


def run(options: Namespace) -> None:
    """Write the file, or for a review a folder of files."""
    if _is_review(options.image):
        from afloc_core.commands.export_review import run_review

        run_review(options)
        return
    kind, place = format_of(options), Path(options.output)
    check_not_source(place, (Path(given) for given in (options.image, *options.annotations)))
    check_free(place, overwrite=options.overwrite)
    path = Path(options.image)
    radiograph = open_radiograph(path)
    readers, note = (
        ((), "") if not options.annotations else marks_from_files(options.annotations, path, radiograph.shape)
    )
    film = Film(path, radiograph, read_header(path), readers, note)
    content = content_of(film, kind, options, localizer_for(options), options.phrase)
    write_whole(place, content, overwrite=options.overwrite)
    if warning := warning_of(film.header):
        sys.stderr.write(f"{warning}\n")


def _is_review(given: str) -> bool:
    if "://" in given:
        return True
    try:
        with Path(given).open("rb") as opened:
            return opened.read(len(_DATABASE)) == _DATABASE
    except OSError:
        return False  # which is said when it is opened


def format_of(options: Namespace) -> str:
    """Return the format asked for, or the one that the end of the file's name says."""
    if options.format:
        return str(options.format)
    kind = _SUFFIXES.get(Path(options.output).suffix.lower().removeprefix("."))
    if kind is None:
        known = ", ".join((*PICTURE_FORMATS, *DICOM_FORMATS))
        raise ExportError(f"The name of the output does not say its format; give --format, one of {known}.")
    return kind


def localizer_for(options: Namespace, phrases: Sequence[str] | None = None) -> Localizer | None:
    """Load the model where phrases are asked."""
    if not (options.phrase if phrases is None else phrases):
        return None
    from afloc_core.localization.localizer import Localizer

    return Localizer.from_pretrained(options.model)


def content_of(film: Film, kind: str, options: Namespace, localizer: Localizer | None, phrases: Sequence[str]) -> bytes:
    """Return the content of the file of one film."""
    picture = picture_for(film, options, localizer, phrases)
    picture = for_whom(picture, film.header, patient=options.include_patient_data, reader_names=options.reader_names)
    if kind in PICTURE_FORMATS:
        return encode_picture(picture, PictureFormat(kind))
    from afloc_core.exporting.dicom import encode_object

    return encode_object(picture, kind, film.path, patient=options.include_patient_data)


def picture_for(film: Film, options: Namespace, localizer: Localizer | None, phrases: Sequence[str]) -> Picture:
    """Return the picture that the arguments describe, nothing taken out of it yet."""
    radiograph = film.radiograph
    return Picture(
        radiograph,
        _window(radiograph, options.window),
        _maps(localizer, radiograph, options, phrases),
        film.readers,
        inverted=options.negative,
        opacity=options.opacity,
        colour_map=options.colours,
        parts=EVERYTHING - {Part(name) for name in options.without},
        layout=Layout(options.layout),
        size=options.size,
        blackouts=tuple(_area(numbers) for numbers in options.black_out),
        note=film.note,
    )


def _window(radiograph: Radiograph, given: list[float] | None) -> Window:
    own = radiograph.windows[0]
    if given is None:
        return own
    centre, width = given
    if not 0 < width < inf:
        raise ExportError("The width of a window is a number above 0.")
    if not isfinite(abs(centre) + width):
        raise ExportError("The centre of a window is a number in the units of the film's values.")
    return own.moved("", centre, width)


def _area(numbers: list[float]) -> Bounds:
    left, top, right, bottom = numbers
    if not (left < right and top < bottom and all(map(isfinite, numbers))):
        raise ExportError("An area to black out is given by its left, top, right and bottom edge, in this order.")
    return Bounds(left, top, right, bottom)


def _maps(
    localizer: Localizer | None, radiograph: Radiograph, options: Namespace, phrases: Sequence[str]
) -> tuple[PictureMap, ...]:
    if localizer is None:
        return ()
    maps: list[PictureMap] = []
    for number, phrase in enumerate(phrases, start=1):
        try:
            heatmap = localizer.locate(radiograph, phrase, options.pipeline)
        except PhraseError as error:
            raise PhraseError(f"Phrase {number}: {error}" if len(phrases) > 1 else str(error)) from None
        scale = heatmap.scale
        share = 0.5
        if options.threshold is not None:
            share = (options.threshold - scale.cold) / (scale.hot - scale.cold)
            if not 0 <= share <= 1:
                raise ExportError(
                    f"The threshold must lie on the scale of the map, from {scale.cold:.3f} to {scale.hot:.3f}."
                )
        colour = phrase_colour({one.colour for one in maps}) if maps else CONTOUR
        maps.append(PictureMap(heatmap, share, colour))
    return tuple(maps)
