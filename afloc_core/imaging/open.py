"""Open a radiograph: the one door from a file to a ``Radiograph``.

The format is told from the content, never from the name. ``Radiograph.pixels`` follows one rule for every format:

1. The file's own value-of-interest transformation if it has one that touches the picture's values: the first VOI LUT,
   else the first window (DICOM PS3.3 C.11.2).
2. Otherwise [0, 2^k - 1] is mapped to [0, 1], with k the smallest of 8, 10, 12, 14, 16 that holds every value, so that
   a picture stored in eight bits, in sixteen, or multiplied to fill them, gives nearly the same pixels.
3. Otherwise (negative values, fractions, more than 16 bits) the smallest to the largest value is mapped to [0, 1].

Padding takes no part in it and is 0 in the result. Last, small values that mean dense (MONOCHROME1, presentation LUT
shape INVERSE, TIFF WhiteIsZero) are turned round once, so that bright is always dense. A reader's window/level has no
influence. Colour becomes grey by ITU-R 601, which leaves grey stored as colour exactly as it is; transparency is
ignored.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from afloc_core.errors import ImageError
from afloc_core.imaging.limits import check_file_size
from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from afloc_core.imaging.radiograph import Radiograph

_HEAD = 132
_RASTER_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"II+\x00": "TIFF",
    b"MM\x00+": "TIFF",
}
_OTHER_MAGIC = {
    b"GIF8": "a GIF picture",
    b"BM": "a BMP picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"\x1f\x8b": "a gzip archive",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 picture outside DICOM",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture outside DICOM",
}
BARE_DICOM = (b"\x02\x00\x00\x00", b"\x02\x00\x10\x00", b"\x08\x00", b"\x00\x08\x00", b"\x00\x02\x00")
"""First elements of a data set written without preamble: group 2 or 8, little or big endian (PS3.10 7.1)."""


def open_radiograph(path: str | os.PathLike[str]) -> Radiograph:
    """Open one projection radiograph.

    Parameters
    ----------
    path : str or path-like
        A DICOM (with or without preamble), PNG, JPEG or TIFF file, whatever its name.

    Returns
    -------
    Radiograph
        ``pixels`` is float32 of shape (H, W) in [0, 1], bright = dense, padding 0, never NaN; see the module for the
        rule.

    Raises
    ------
    ImageError
        The file cannot be read, is no picture, is damaged, is beyond the limits of ``afloc_core.imaging.limits``, or
        is something else than a single projection radiograph. The sentence names neither the file nor the patient.
    """
    try:
        with _open_binary(path) as stream:
            check_file_size(os.fstat(stream.fileno()).st_size)
            return _read(stream)
    except ImageError:
        raise
    except OSError:
        # Reading itself failed half-way: a vanished network share, a disc error.
        raise ImageError("The file could not be read; check the disc or the connection and try again.") from None
    except MemoryError:
        raise ImageError("There is not enough memory for this picture; close other programs or open a copy.") from None


def _open_binary(path: str | os.PathLike[str]) -> BinaryIO:
    try:
        place = Path(path)
        if place.is_dir():
            raise ImageError("This is a folder; choose an image file inside it.")
        if place.exists() and not place.is_file():
            raise ImageError("This is a device, not a file; choose an image file.")
        return place.open("rb")
    except FileNotFoundError:
        raise ImageError("There is no such file; check the path.") from None
    except PermissionError:
        raise ImageError("This file may not be read by you; ask for permission or open a copy.") from None
    except (OSError, ValueError):
        raise ImageError("This path cannot be opened; check how it is written.") from None


def _read(stream: BinaryIO) -> Radiograph:
    head = stream.read(_HEAD)
    stream.seek(0)
    with quiet_decoders():
        # Imported here: pydicom and its decoders take 0.15 s that a start without a file need not wait for.
        if head[128:132] == b"DICM":
            from afloc_core.imaging.dicom import read_dicom

            return read_dicom(stream)
        for magic, kind in _RASTER_MAGIC.items():
            if head.startswith(magic):
                from afloc_core.imaging.raster import read_raster

                return read_raster(stream, kind)
        _refuse_known(head)
        if head.startswith(BARE_DICOM):
            from afloc_core.imaging.dicom import read_dicom

            return read_dicom(stream)
    raise ImageError(
        "This is not a DICOM, PNG, JPEG or TIFF picture; export the radiograph in one of these formats and open that."
    )


def _refuse_known(head: bytes) -> None:
    names = [name for magic, name in _OTHER_MAGIC.items() if head.startswith(magic)]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        names.append("a WebP picture")
    if names:
        raise ImageError(f"This is {names[0]}; export the radiograph as DICOM, PNG, JPEG or TIFF and open that.")
