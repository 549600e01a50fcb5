"""The arguments of `afloc export`, `afloc inspect`, `afloc recreate` and `afloc send`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LAYOUTS = ("single", "side-by-side", "multiples", "slide", "paper")
PICTURE_FORMATS = ("png", "jpeg", "tiff", "pdf", "svg")
DICOM_FORMATS = ("dicom-picture", "dicom-map", "dicom-regions", "dicom-marks", "dicom-report")
PARTS = ("heat", "contour", "peak", "marks", "labels", "scale-bar", "legend")
COLOUR_MAPS = ("inferno", "magma", "viridis", "cividis")
_SMALLEST, _LARGEST = 64, 20_000


def _size(text: str) -> int:
    if not text.isdecimal() or not _SMALLEST <= int(text) <= _LARGEST:
        raise argparse.ArgumentTypeError(f"give a number of pixels from {_SMALLEST} to {_LARGEST:,}")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("give a number from 0 to 1")
    return share


def add_parsers(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands.

    Parameters
    ----------
    add : callable
        ``add_parser`` of the command line's subparsers.
    """
    export = add("export", help="write an annotated picture or a DICOM object, without patient data unless asked for")
    export.add_argument("image", metavar="IMAGE", help="DICOM, PNG, JPEG or TIFF; or a review, of which all is written")
    export.add_argument("--phrase", action="append", default=[], metavar="TEXT", help="may be given several times")
    export.add_argument(
        "--annotations", action="append", default=[], metavar="FILE", help="readers' marks, of any known format"
    )
    export.add_argument("--layout", choices=LAYOUTS, default="single", help="of a picture; without it a single film")
    export.add_argument(
        "--format", choices=(*PICTURE_FORMATS, *DICOM_FORMATS), help="without it the end of the file's name says it"
    )
    export.add_argument("--output", required=True, metavar="FILE", help="the file; of a review the folder")
    export.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    export.add_argument("--model", metavar="DIR", help="model folder; without it the bundled model")
    export.add_argument("--pipeline", choices=("aligned", "published"), default="aligned")
    _add_look(export)
    _add_privacy(export)

    inspect = add("inspect", help="print what an exported file was made of")
    inspect.add_argument("file", metavar="FILE", help="a file that was exported")

    recreate = add("recreate", help="make an exported picture again, and say whether it is the same")
    recreate.add_argument("file", metavar="FILE", help="a picture that was exported")
    recreate.add_argument("--image", required=True, metavar="IMAGE", help="the film it was made of")
    recreate.add_argument("--output", metavar="FILE", help="write the picture made again here")
    recreate.add_argument("--overwrite", action="store_true", help="replace a file that exists")

    send = add("send", help="send exported DICOM objects to an archive that you name")
    send.add_argument("files", nargs="+", metavar="FILE", help="DICOM objects that were exported")
    send.add_argument(
        "--to", required=True, metavar="ADDRESS", help="https://host/dicom-web/studies, or dicom://TITLE@host:port"
    )


def _add_look(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "--size", type=_size, metavar="N", help="long side of each film in pixels, or width of a slide or column"
    )
    export.add_argument(
        "--window", type=float, nargs=2, metavar=("CENTRE", "WIDTH"), help="without it the film's own window"
    )
    export.add_argument("--negative", action="store_true", help="show the negative")
    export.add_argument("--threshold", type=float, metavar="T", help="in the map's own units; without it its middle")
    export.add_argument("--opacity", type=_share, default=0.65, metavar="O", help="of the heat, 0 to 1")
    export.add_argument("--colours", choices=COLOUR_MAPS, default="inferno", help="of the heat")
    export.add_argument("--without", action="append", default=[], choices=PARTS, help="leave a part out")


def _add_privacy(export: argparse.ArgumentParser) -> None:
    export.add_argument(
        "--black-out",
        type=float,
        nargs=4,
        action="append",
        default=[],
        metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"),
        help="show nothing of this area of the film, in its pixels; may be given several times",
    )
    export.add_argument("--reader-names", action="store_true", help="call readers by their names, not by numbers")
    export.add_argument("--include-patient-data", action="store_true", help="say who is on the film")
