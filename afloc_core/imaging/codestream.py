"""What a compressed picture itself declares, read without decoding it."""

from __future__ import annotations

import struct
from typing import NamedTuple

_START_OF_IMAGE = b"\xff\xd8"
_J2K_SIZE = b"\xff\x4f\xff\x51"
# Where a JPEG 2000 codestream starts at the latest when a file wraps it in JP2 boxes against PS3.5 8.2.4.
_BOXES = 4096
_LENGTHLESS = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_FIRST_SEGMENT = 0xC0  # markers below are reserved or none at all
_HUFFMAN = 0xC4
_SCAN = 0xDA


class JpegHeader(NamedTuple):
    """The start-of-frame segment of a JPEG or JPEG-LS codestream.

    Attributes
    ----------
    height, width : int
        Lines and samples per line; a height of 0 is defined later in the stream.
    precision : int
        Bits per sample.
    components : int
        Samples per pixel.
    sound : bool
        True when every segment up to the first scan is well formed, there is one frame header, and each of its
        components is sampled at every pixel.
    """

    height: int
    width: int
    precision: int
    components: int
    sound: bool


def encoded_size(frame: bytes) -> tuple[int, int] | None:
    """Return the height and width in the header of a JPEG, JPEG-LS or JPEG 2000 codestream.

    Parameters
    ----------
    frame : bytes
        One compressed frame.

    Returns
    -------
    (int, int) or None
        None when there is no such header, as in RLE, or when it leaves the height open.
    """
    if frame.startswith(_START_OF_IMAGE):
        header = jpeg_header(frame)
        return (header.height, header.width) if header and header.height else None
    start = frame.find(_J2K_SIZE, 0, _BOXES)
    if start < 0 or len(frame) < start + 24:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", frame, start + 8)
    return bottom - top, right - left


def jpeg_header(frame: bytes) -> JpegHeader | None:
    """Return what the first frame header of a JPEG or JPEG-LS codestream says.

    Parameters
    ----------
    frame : bytes
        One compressed frame.

    Returns
    -------
    JpegHeader or None
        None when there is no frame header before the first scan.
    """
    segments, sound = _segments(frame)
    frames = [body for marker, body in segments if marker in _FRAMES and len(body) >= 6]
    if not frames:
        return None
    precision, height, width, components = struct.unpack_from(">B2HB", frames[0])
    sampling = [frames[0][7 + 3 * index : 8 + 3 * index] for index in range(components)]
    sound = sound and len(frames) == 1 and len(frames[0]) == 6 + 3 * components
    sound = sound and all(factors == b"\x11" for factors in sampling)
    sound = sound and _scans(segments[-1][1], frames[0])
    sound = sound and all(_sound_tables(body) for marker, body in segments if marker == _HUFFMAN)
    return JpegHeader(height, width, precision, components, sound)


def _segments(frame: bytes) -> tuple[list[tuple[int, bytes]], bool]:
    """Return markers and bodies up to the first scan, and whether the scan was reached without a flaw."""
    found: list[tuple[int, bytes]] = []
    place = 2
    while place + 4 <= len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if marker == 0xFF or marker in _LENGTHLESS:
            place += 1 if marker == 0xFF else 2
            continue
        end = place + 2 + struct.unpack_from(">H", frame, place + 2)[0]
        if marker < _FIRST_SEGMENT or end < place + 4 or end > len(frame):
            break
        found.append((marker, frame[place + 4 : end]))
        if marker == _SCAN:
            return found, True
        place = end
    return found, False


def _scans(scan: bytes, frame: bytes) -> bool:
    """Tell whether a scan header names only components of the frame, and as many as it says."""
    count = scan[0] if scan else 0
    names = scan[1 : 1 + 2 * count : 2]
    return 0 < count == len(set(names)) and set(names) <= set(frame[6::3]) and len(scan) == 4 + 2 * count


def _sound_tables(body: bytes) -> bool:
    """Tell whether Huffman tables have codes enough for their values and nothing left over (ITU-T T.81 B.2.4.2)."""
    place = 0
    while place + 17 <= len(body):
        counts = body[place + 1 : place + 17]
        room = 1
        for count in counts:
            room = 2 * room - count
            if room < 0:
                return False
        if sum(counts) > 256 or body[place] & 0x0F > 3 or body[place] >> 4 > 1:
            return False
        place += 17 + sum(counts)
    return place == len(body)
