"""The way in: command line first, Qt second, torch last of all and elsewhere."""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

from afloc_core.given_paths import missing
from app.arguments import Arguments, parse_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

_BAD_INPUT = 2
_PACKAGES = "libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libgl1 libxcb-cursor0"
_MISSING_LIBRARY = (
    f"A system library that the window needs is missing; on Debian or Ubuntu run: sudo apt-get install {_PACKAGES}"
)
_NO_DISPLAY = (
    "There is no display to open a window on; log in to a desktop, or write a picture with --screenshot OUT.png."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the application.

    Parameters
    ----------
    argv : sequence of str or None
        Without the program's name; None takes ``sys.argv``.

    Returns
    -------
    int
        0 when all went well, 2 with one sentence on standard error when something that was asked for is not possible.
    """
    arguments = parse_arguments(argv)
    problem = _missing(arguments) or _prepare_display(arguments)
    if problem:
        return _refuse(problem)
    try:
        from app.session import run
    except ImportError as error:
        if ".so" not in str(error):
            raise
        return _refuse(_MISSING_LIBRARY)
    outcome = run(arguments)
    if outcome.error:
        _refuse(outcome.error)
    if not outcome.ended:
        # A thread is inside an import or a forward pass: waiting for it would hang, and tearing Python down below it
        # would crash. Everything worth keeping has been written.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(outcome.status)
    return outcome.status


def _missing(arguments: Arguments) -> str:
    """Name the path that does not exist: for a picture in the sentence returned, else only at a terminal.

    The window opens all the same and says what it lacks; whatever is not written at a terminal could be kept in a log.
    """
    study = () if arguments.study is None else (arguments.study,)
    problem = missing((*arguments.paths, *arguments.annotations, *study))
    if arguments.screenshot is None and problem:
        if sys.stderr is not None and sys.stderr.isatty():
            _refuse(problem)
        return ""
    return problem


def _prepare_display(arguments: Arguments) -> str:
    """Choose where Qt draws, and return a sentence if it cannot."""
    if arguments.screenshot is not None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        return ""
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    elsewhere = platform != "xcb" if platform else bool(os.environ.get("WAYLAND_DISPLAY"))
    if elsewhere or not sys.platform.startswith("linux"):
        return ""
    if not os.environ.get("DISPLAY") or not _x_server_answers():
        return _NO_DISPLAY
    try:
        # Qt's X11 plugin aborts the process when this is missing: better to say so.
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError:
        return _MISSING_LIBRARY
    return ""


def _x_server_answers() -> bool:
    """Say whether the X display can be reached; Qt would abort the process when it cannot."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # the check for libraries, or the import of Qt, says what is missing
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed


def _refuse(sentence: str) -> int:
    # A program without a console, as on Windows, has neither stream.
    if sys.stderr is not None:
        sys.stderr.write(f"{sentence}\n")
    return _BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
