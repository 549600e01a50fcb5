"""One module per kind of file that a picture can be written as."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from afloc_core.exporting.drawing import Drawing


class PictureFormat(StrEnum):
    """What a picture can be written as."""

    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"
    PDF = "pdf"
    SVG = "svg"

    @property
    def suffix(self) -> str:
        """The usual end of file names."""
        return {"jpeg": ".jpg"}.get(self.value, f".{self.value}")


_MODULES = {
    PictureFormat.PNG: "raster",
    PictureFormat.JPEG: "raster",
    PictureFormat.TIFF: "raster",
    PictureFormat.PDF: "pdf",
    PictureFormat.SVG: "svg",
}


def write_picture(drawing: Drawing, provenance: str, kind: PictureFormat) -> bytes:
    """Return the content of a file.

    Parameters
    ----------
    drawing : Drawing
    provenance : str
        ASCII text that goes into the file's metadata, and nothing else does.
    kind : PictureFormat

    Returns
    -------
    bytes
        The same for the same drawing and provenance, with the same versions of the libraries.
    """
    content: bytes = import_module(f"{__name__}.{_MODULES[kind]}").write(drawing, provenance, kind)
    return content
