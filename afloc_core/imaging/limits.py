"""What is refused from the header alone, before a pixel is decoded.

A radiograph is small: the largest single detectors give about 30 megapixels, a stitched long-leg film about 40. The
limits leave a factor of two and stop a forged header, a decompression bomb or a wrong file from filling the memory.
"""

from __future__ import annotations

import zlib

from afloc_core.errors import ImageError

MAX_SIDE = 20_000
MAX_PIXELS = 100_000_000
MIN_SIDE = 16
MAX_FILE_BYTES = 1 << 30
MAX_INFLATED_BYTES = 1 << 28


def check_size(height: int, width: int) -> None:
    """Refuse a picture that is too small or too large to be a radiograph.

    Parameters
    ----------
    height, width : int
        Rows and columns that the file's header declares.

    Raises
    ------
    ImageError
        A side is shorter than ``MIN_SIDE`` or longer than ``MAX_SIDE`` pixels, or there are more than ``MAX_PIXELS``.
    """
    if min(height, width) < MIN_SIDE:
        raise ImageError(
            f"This picture is only {width} x {height} pixels; open one of at least {MIN_SIDE} x {MIN_SIDE} pixels."
        )
    if max(height, width) > MAX_SIDE or height * width > MAX_PIXELS:
        raise ImageError(
            f"This file declares {width} x {height} pixels, more than the limit of {MAX_SIDE:,} on a side and "
            f"{MAX_PIXELS // 1_000_000} million in all; open a smaller copy."
        )


def check_file_size(size: int) -> None:
    """Refuse an empty or an enormous file.

    Parameters
    ----------
    size : int
        Bytes in the file.

    Raises
    ------
    ImageError
        The file is empty or larger than ``MAX_FILE_BYTES``.
    """
    if size == 0:
        raise ImageError("This file is empty; copy it again from where it came.")
    if size > MAX_FILE_BYTES:
        raise ImageError("This file is larger than 1 GB; open a single radiograph instead.")


def inflate(data: bytes, limit: int = MAX_INFLATED_BYTES) -> bytes:
    """Decompress a raw deflate stream (DICOM PS3.5 A.5) without ever holding more than the limit.

    Parameters
    ----------
    data : bytes
        The stream, without a zlib header.
    limit : int, optional
        Largest number of bytes to produce.

    Returns
    -------
    bytes
        The decompressed data.

    Raises
    ------
    ImageError
        The stream is broken, ends early, or expands beyond the limit.
    """
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        out = machine.decompress(data, limit)
    except zlib.error:
        raise ImageError("This DICOM file's compressed data is damaged; copy or export it again.") from None
    if machine.unconsumed_tail:
        raise ImageError(
            "This DICOM file expands to far more than a radiograph holds; open a single radiograph instead."
        )
    if not machine.eof:
        raise ImageError("This DICOM file is cut short; copy or export it again.")
    return out
