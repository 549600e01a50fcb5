"""`afloc recreate`: an exported picture made again from its film."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.exporting.encoding import encode_picture
from afloc_core.exporting.inspecting import kind_of, provenance_of, read_exported
from afloc_core.exporting.provenance import picture_of
from afloc_core.exporting.writers import PictureFormat
from afloc_core.exporting.writing import ExportError, check_free, check_not_source, write_whole
from afloc_core.imaging.open import open_radiograph

if TYPE_CHECKING:
    from argparse import Namespace

_VECTOR = (PictureFormat.PDF, PictureFormat.SVG)
_DIFFERENT = "The picture made again is not the same; the file was changed, or made by other versions of the libraries."


def run(options: Namespace) -> None:
    """Make the picture again, write it where asked, and say whether it is the same."""
    if options.output:
        check_not_source(Path(options.output), (Path(options.file), Path(options.image)))
        check_free(Path(options.output), overwrite=options.overwrite)
    before = read_exported(Path(options.file))
    entries = provenance_of(before)
    picture = picture_of(entries, open_radiograph(options.image))
    kind = kind_of(before)
    if kind is None:
        from afloc_core.exporting.dicom import encode_again, same_pixels

        after = encode_again(before, picture)
        same = same_pixels(before, after)
    else:
        after = encode_picture(picture, kind)
        same = before == after if kind in _VECTOR else _same_pixels(before, after)
    if options.output:
        write_whole(Path(options.output), after, overwrite=options.overwrite)
    if not same:
        raise ExportError(_DIFFERENT)
    how = "byte for byte" if kind in _VECTOR else "pixel for pixel"
    sys.stdout.write(f"The picture made again is the same, {how}.\n")


def _same_pixels(before: bytes, after: bytes) -> bool:
    from PIL import Image

    first, second = (np.asarray(Image.open(io.BytesIO(content))) for content in (before, after))
    return np.array_equal(first, second)
