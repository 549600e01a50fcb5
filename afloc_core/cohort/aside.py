"""Small pictures and headers of many films, in a process of its own.

``python -m afloc_core.cohort.aside SIDE`` reads requests from standard input and answers on standard output, one
JSON line each: ``{"thumbnail": path}`` gives ``{"size": [height, width], "pixels": base64}``, where size is null for a
file that is no radiograph; ``{"headers": [path, ...]}`` gives ``{"headers": [[study, series, view], ...]}``. It ends
when its input ends, so it never outlives who asks. Its priority is low and it shares no lock with the window: what a
person waits for does not wait for it.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from afloc_core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_NICE = 12


def serve(requests: Iterable[str], answer: Callable[[str], object], side: int) -> None:
    """Answer requests until there are no more, see the module."""
    for line in requests:
        request = json.loads(line)
        answer(json.dumps(_thumbnail(request["thumbnail"], side) if "thumbnail" in request else _headers(request)))


def main() -> int:
    """Serve standard input and output."""
    _step_back()

    def answer(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    with suppress(BrokenPipeError, KeyboardInterrupt):
        serve(sys.stdin, answer, int(sys.argv[1]))
    return 0


def _thumbnail(path: str, side: int) -> dict[str, Any]:
    from afloc_core.imaging.open import open_radiograph
    from afloc_core.imaging.thumbnail import thumbnail

    try:
        small = thumbnail(open_radiograph(path), side)
    except ImageError:
        return {"size": None}
    return {"size": small.shape, "pixels": base64.b64encode(small.tobytes()).decode("ascii")}


def _headers(request: dict[str, Any]) -> dict[str, Any]:
    from afloc_core.cohort.dicom_listing import read_headers

    return {"headers": [[one.study, one.series, one.view] for one in read_headers(request["headers"])]}


def _step_back() -> None:
    """Let everything else go first, but come forward at last on a machine that is never idle."""
    with suppress(OSError, AttributeError):  # which Windows has not
        os.nice(_NICE)


if __name__ == "__main__":
    sys.exit(main())
