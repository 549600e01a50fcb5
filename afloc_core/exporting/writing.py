"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.errors import AFLocError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExportError(AFLocError):
    """Something cannot be exported; ``str(error)`` is one plain sentence."""


_SOURCE = "This is a file that the export is made of; choose another name."
EXISTS = "There is a file of that name already; choose another name, or allow it to be overwritten."


def write_whole(path: Path, content: bytes, *, overwrite: bool = False) -> None:
    """Write a file beside its place, force it to the disk, and put it in its place in one step.

    Parameters
    ----------
    path : Path
    content : bytes
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    ExportError
        There is such a file, or the place cannot be written; nothing is left behind then, and what was there stays.
    """
    check_free(path, overwrite=overwrite)
    scratch = path.with_name(f".{secrets.token_hex(6)}.afloc-export")
    try:
        with scratch.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
    except BaseException as error:
        with suppress(OSError, ValueError):
            scratch.unlink()
        if not isinstance(error, OSError | ValueError):
            raise  # somebody interrupted the program
        reason = (getattr(error, "strerror", None) or "its name cannot be used").lower()
        raise ExportError(f"The file could not be written ({reason}); choose another place.") from None


def check_not_source(place: Path, sources: Iterable[Path]) -> None:
    """Refuse to write in the place of what an export is made of, even where overwriting is allowed.

    Raises
    ------
    ExportError
        The place is one of the sources, under whatever name.
    """
    for source in sources:
        with suppress(OSError, ValueError):
            if place.exists() and place.samefile(source):
                raise ExportError(_SOURCE)


def check_free(path: Path, *, overwrite: bool) -> None:
    """Refuse a place that is taken, before any work is done for it.

    Raises
    ------
    ExportError
        There is a folder of that name, or a file that may not be replaced.
    """
    try:
        if path.is_dir():
            raise ExportError("There is a folder of that name; give the name of a file in it.")
        taken = path.exists()
    except (OSError, ValueError):
        raise ExportError("The file cannot have that name; choose another one.") from None
    if taken and not overwrite:
        raise ExportError(EXISTS)
