"""PNG, JPEG and TIFF: the painted pixels, and the provenance in an iTXt chunk, COM segments or ImageDescription."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

from PIL import Image, PngImagePlugin

from afloc_core.exporting.painter import paint
from afloc_core.exporting.writers import PictureFormat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.exporting.drawing import Drawing

PNG_KEY = "AFLoc provenance"
_QUALITY = 95
_COM = b"\xff\xfe"
_MOST_COMMENT = 65_000


def write(drawing: Drawing, provenance: str, kind: PictureFormat) -> bytes:
    """Return the content of a file, see `write_picture`."""
    return write_pixels(paint(drawing), provenance, kind, drawing.dpi)


def write_pixels(pixels: NDArray[Any], provenance: str, kind: PictureFormat, dpi: float) -> bytes:
    """Return the content of a file of painted pixels, uint8 (H, W, 3)."""
    stream, image = io.BytesIO(), Image.fromarray(pixels)
    resolution = (round(dpi, 3), round(dpi, 3))
    if kind is PictureFormat.PNG:
        notes = PngImagePlugin.PngInfo()
        notes.add_itxt(PNG_KEY, provenance, zip=len(provenance) > 2000)
        image.save(stream, "PNG", pnginfo=notes, dpi=resolution)
    elif kind is PictureFormat.TIFF:
        # Pillow's way through libtiff leaves bytes of other memory between strips; these files hold what is meant only.
        from tifffile import imwrite

        imwrite(
            stream,
            pixels,
            photometric="rgb",
            compression="zlib",
            description=provenance,
            software="AFLoc Review",
            resolution=resolution,
            resolutionunit="INCH",
            metadata=None,
        )
    else:
        image.save(stream, "JPEG", quality=_QUALITY, subsampling=0, dpi=resolution)
        return _with_comments(stream.getvalue(), provenance.encode("ascii"))
    return stream.getvalue()


def read_comments(content: bytes) -> str:
    """Return the comments of a JPEG file, joined."""
    found, at = b"", 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] not in (0xD9, 0xDA):
        length = struct.unpack(">H", content[at + 2 : at + 4])[0]
        if content[at : at + 2] == _COM:
            found += content[at + 4 : at + 2 + length]
        at += 2 + length
    return found.decode("ascii", "replace")


def _with_comments(content: bytes, text: bytes) -> bytes:
    """Put a text of any length after the first segment: one comment holds less than 64 kB."""
    after = 4 + struct.unpack(">H", content[4:6])[0]
    parts = [text[start : start + _MOST_COMMENT] for start in range(0, len(text), _MOST_COMMENT)]
    comments = b"".join(_COM + struct.pack(">H", len(part) + 2) + part for part in parts)
    return content[:after] + comments + content[after:]
