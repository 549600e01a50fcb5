"""Reading the provenance out of an exported file, whatever its format."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import unescape

from afloc_core.exporting.provenance import KEY, from_text
from afloc_core.exporting.writers import PictureFormat
from afloc_core.exporting.writers.raster import PNG_KEY, read_comments
from afloc_core.exporting.writing import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 1_000_000_000
_NONE = "This file holds no provenance of AFLoc Review; give a file that it exported."
_METADATA = re.compile(r'<metadata id="afloc-provenance">(.*?)</metadata>', re.DOTALL)
_DESCRIPTION = 270


def read_exported(path: Path) -> bytes:
    """Read a file.

    Raises
    ------
    ExportError
        It cannot be read, or is far larger than anything that is exported.
    """
    try:
        if path.stat().st_size > _MOST:
            raise ExportError("The file is too large to be an exported one.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "its name cannot be used").lower()
        raise ExportError(f"The file could not be read ({reason}); check the path.") from None


def kind_of(content: bytes) -> PictureFormat | None:
    """Return what a file is by its content; None for DICOM and everything else."""
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            return kind
    return None


def provenance_of(content: bytes) -> dict[str, Any]:
    """Return the record in an exported file.

    Raises
    ------
    ExportError
        There is none, or it is damaged.
    """
    kind = kind_of(content)
    reader = _READERS.get(kind) if kind is not None else _from_dicom
    try:
        text = reader(content) if reader is not None else ""
    except ExportError:
        raise
    except Exception:  # what a damaged file makes of the libraries that read it cannot be listed
        raise ExportError("The file is damaged; copy it again from where it came.") from None
    if f'"{KEY}"' not in text:
        raise ExportError(_NONE)
    return from_text(text)


def _from_png(content: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return str(getattr(image, "text", {}).get(PNG_KEY, ""))


def _from_tiff(content: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        return str(dict(getattr(image, "tag_v2", {})).get(_DESCRIPTION, ""))


def _from_svg(content: bytes) -> str:
    found = _METADATA.search(content.decode("utf-8"))
    return unescape(found[1]) if found else ""


def _from_pdf(content: bytes) -> str:
    from pypdf import PdfReader

    information = PdfReader(io.BytesIO(content)).metadata
    return str(information.get("/Keywords", "")) if information else ""


def _from_dicom(content: bytes) -> str:
    if content[128:132] != b"DICM":
        return ""
    from afloc_core.exporting.dicom.provenance_element import read_provenance

    return read_provenance(content)


_MAGIC = {
    b"\x89PNG\r\n\x1a\n": PictureFormat.PNG,
    b"\xff\xd8\xff": PictureFormat.JPEG,
    b"II*\x00": PictureFormat.TIFF,
    b"MM\x00*": PictureFormat.TIFF,
    b"%PDF": PictureFormat.PDF,
    b"<?xml": PictureFormat.SVG,
}
_READERS: dict[PictureFormat | None, Callable[[bytes], str]] = {
    PictureFormat.PNG: _from_png,
    PictureFormat.JPEG: read_comments,
    PictureFormat.TIFF: _from_tiff,
    PictureFormat.SVG: _from_svg,
    PictureFormat.PDF: _from_pdf,
}
