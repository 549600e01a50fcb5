"""Getting at the bytes of an annotation file: size limits, and the archives that single tables are shipped in."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 200_000_000
"""Of the file, and of what is unpacked from it."""

_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
_TAR_MAGIC = slice(257, 262)
_UNPACKING_ERRORS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, RuntimeError, ValueError)


def read_bytes(path: Path) -> bytes:
    """Read an annotation file; where it is a gzip, zip or tar with one file in it, that file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bytes

    Raises
    ------
    MarkError
        The file cannot be read, is empty, is larger than ``MAX_BYTES`` packed or unpacked, or is an archive that is
        broken or holds several files.
    """
    try:
        if path.is_dir():
            raise MarkError("This is a folder; choose an annotation file in it.")
        if path.stat().st_size > MAX_BYTES:
            raise MarkError(_TOO_LARGE)
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "its name cannot be used").lower()
        raise MarkError(f"The annotation file cannot be read ({reason}).") from None
    return _not_empty(_unpacked(content))


_TOO_LARGE = f"The annotation file holds more than {MAX_BYTES // 1_000_000} MB; split it into smaller ones."


def _unpacked(content: bytes) -> bytes:
    try:
        if content.startswith(_GZIP):
            with gzip.open(io.BytesIO(content)) as stream:
                content = _limited(stream)
        if content.startswith(_ZIP):
            return _from_zip(content)
        if content[_TAR_MAGIC] == b"ustar":
            return _from_tar(content)
    except _UNPACKING_ERRORS:
        raise MarkError("The archive is broken or locked; unpack it and open the annotation file.") from None
    return content


def _from_zip(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir() and _counts(member.filename)]
        _only_one(len(members))
        with archive.open(members[0]) as stream:
            return _limited(stream)


def _from_tar(content: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = [member for member in archive if member.isfile() and _counts(member.name)]
        _only_one(len(members))
        stream = archive.extractfile(members[0])
        return _limited(stream) if stream else b""


def _counts(name: str) -> bool:
    """Tell files from what an operating system adds to an archive."""
    return not name.startswith("__MACOSX/") and not name.rsplit("/", 1)[-1].startswith(".")


def _only_one(count: int) -> None:
    if count != 1:
        raise MarkError(f"The archive holds {count} files; unpack it and open one annotation file.")


def _limited(stream: IO[bytes] | gzip.GzipFile) -> bytes:
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise MarkError(_TOO_LARGE)
    return content


def _not_empty(content: bytes) -> bytes:
    if not content.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise MarkError("The annotation file is empty; copy it again from where it came.")
    return content
