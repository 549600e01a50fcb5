"""The command line of the application; neither torch nor Qt is loaded to read it."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.models.compare_mode import CompareMode

if TYPE_CHECKING:
    from collections.abc import Sequence

_EPILOG = "Without IMAGE the sample film opens. Research use only; not a medical device."
_STUDIES = (".toml", ".afstudy")
_SMALLEST_SIDE, _LARGEST_SIDE = 320, 8192


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the person asked for on the command line.

    Attributes
    ----------
    paths : tuple of Path
        Films and folders of them to open; empty for the sample film.
    annotations : tuple of Path
        Annotation files to open with them.
    review : str or None
        A review to open: the path of a file or the address of a database.
    study : Path or None
        A study to read; then nothing else is opened or asked.
    reader : str
        Who reads it; empty to be asked in the window.
    phrase : str
        Asked at once; empty for none.
    model : Path or None
        Folder of the model; None for the bundled one.
    pipeline : str
        ``"aligned"`` or ``"published"``.
    compare : str or None
        The way of comparing, a `CompareMode` by its slug; None for the usual one.
    screenshot : Path or None
        Write the window's picture there and quit.
    size : (int, int) or None
        Width and height of the window in pixels.
    """

    paths: tuple[Path, ...]
    annotations: tuple[Path, ...]
    review: str | None
    study: Path | None
    reader: str
    phrase: str
    model: Path | None
    pipeline: str
    compare: str | None
    screenshot: Path | None
    size: tuple[int, int] | None


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> None:  # type: ignore[override]  # it never returns, as its model
        self.exit(2, f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.\n")


def parse_arguments(argv: Sequence[str] | None = None) -> Arguments:
    """Read the command line.

    Parameters
    ----------
    argv : sequence of str or None
        Without the program's name; None takes ``sys.argv``.

    Returns
    -------
    Arguments

    Raises
    ------
    SystemExit
        Status 0 after ``--help``, 2 with one sentence on standard error if the command line is wrong.
    """
    parser = _parser()
    found = parser.parse_args(argv)
    reviews = [name for name in found.image if _is_review(name)]
    if len(reviews) > 1:
        parser.error("one review is opened at a time")
    studies = [name for name in found.image if name.lower().endswith(_STUDIES)]
    studies += [found.study] if found.study else []
    if studies:
        _check_alone(parser, found, studies)
    elif found.reader:
        parser.error("--reader belongs to a study; name its file")
    return Arguments(
        paths=tuple(Path(name) for name in found.image if name not in (*reviews, *studies)),
        annotations=tuple(path for given in found.annotations for path in given),
        review=reviews[0] if reviews else None,
        study=Path(studies[0]) if studies else None,
        reader=" ".join(found.reader.split()),
        phrase=found.phrase,
        model=found.model,
        pipeline=found.pipeline,
        compare=found.compare,
        screenshot=found.screenshot,
        size=found.size,
    )


def _check_alone(parser: argparse.ArgumentParser, found: argparse.Namespace, studies: list[str]) -> None:
    """Refuse whatever could show more than the study allows, or change how all readers see the map."""
    others = [name for name in found.image if name not in studies]
    asked = (found.annotations, found.phrase, found.compare, found.screenshot, found.pipeline != "aligned")
    if len(studies) > 1 or others or any(asked):
        parser.error("a study is opened alone, with --reader, --model and --size at most")


def _is_review(name: str) -> bool:
    return name.lower().endswith(".afreview") or name.lower().startswith(("postgresql:", "postgresql+psycopg:"))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="afloc-review",
        description="Open a radiograph, type a phrase, and see where the two agree.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "image",
        nargs="*",
        metavar="IMAGE|FOLDER|MANIFEST|REVIEW|STUDY",
        help="DICOM, PNG, JPEG or TIFF, folders of them, a table that lists them (CSV, TSV or Parquet with a column "
        "“path”), or a DICOMDIR; a review (*.afreview, or the address of a PostgreSQL one); a reading study (*.toml)",
    )
    parser.add_argument(
        "--annotations",
        nargs="+",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="annotation files of any known format, shown on the films they belong to",
    )
    parser.add_argument(
        "--phrase", default="", metavar="TEXT", help="finding to ask for, for example “left pleural effusion”"
    )
    parser.add_argument("--model", type=Path, metavar="DIR", help="model folder; default: the bundled model")
    parser.add_argument(
        "--pipeline",
        choices=("aligned", "published"),
        default="aligned",
        help="arithmetic of the map; default: aligned",
    )
    parser.add_argument(
        "--compare",
        choices=[mode.slug for mode in CompareMode],
        metavar="MODE",
        help="how model and readers are compared: " + ", ".join(mode.slug for mode in CompareMode),
    )
    parser.add_argument(
        "--screenshot", type=Path, metavar="OUT.png", help="write the window's picture and quit; needs no display"
    )
    parser.add_argument("--study", metavar="STUDY.toml", help="a reading study to read, whatever its file is called")
    parser.add_argument("--reader", default="", metavar="NAME", help="who reads the study: a name or code")
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, for example 1400x900")
    return parser


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text.strip().lower())
    if match is None:
        raise argparse.ArgumentTypeError("the size is written as 1400x900")
    width, height = int(match[1]), int(match[2])
    if not all(_SMALLEST_SIDE <= side <= _LARGEST_SIDE for side in (width, height)):
        raise argparse.ArgumentTypeError(f"each side of the window is {_SMALLEST_SIDE} to {_LARGEST_SIDE} pixels")
    return width, height
