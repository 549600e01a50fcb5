"""Which of the paths that a person typed on a command line does not exist."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def missing(given: Iterable[str | os.PathLike[str]]) -> str:
    """Return a sentence that names the first path without a file or folder; empty where there is none such.

    Sentences of other modules name no path, as these can hold the name of a patient. This one is for the terminal at
    which the path was typed, and for nothing that is kept.
    """
    for path in given:
        try:
            os.stat(path)  # noqa: PTH116  (paths are typed: a Path would change how they are written)
        except (FileNotFoundError, NotADirectoryError):
            return f"There is no such file or folder: {os.fspath(path)}"
        except (OSError, ValueError):
            continue  # which is said when it is opened
    return ""
