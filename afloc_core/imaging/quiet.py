"""Keep what decoders say about odd files away from the person who opened one."""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Warning filters and log levels belong to the process: two files opened at once must not restore each other's.
_LOCK = RLock()
_LOGGERS = ("pydicom", "pylibjpeg", "openjpeg", "rle", "PIL")


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Silence warnings and logging of the decoding libraries.

    Their messages can quote header values, patient names among them; a file either opens or gives an ``ImageError``.
    One thread at a time is inside; the others wait.

    Yields
    ------
    None
    """
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        levels = [logger.level for logger in loggers]
        try:
            _set(loggers, [logging.CRITICAL + 1] * len(loggers))
            yield
        finally:
            _set(loggers, levels)


def _set(loggers: Sequence[logging.Logger], levels: Sequence[int]) -> None:
    """Set levels and let all loggers of the process look theirs up anew once, which takes longer than all the rest."""
    for logger, level in zip(loggers, levels, strict=True):
        logger.level = level
    loggers[-1].setLevel(levels[-1])
