"""Processes that work together, and are stopped when they wait for each other for ever.

A connection between two processes of one machine stalled, rarely and only in sandboxes that bring a network of their
own: no process failed, and none went on. What hangs is tried once more, by new processes in a folder of their own, with
a warning; a deadlock of ours that happens every time still fails.
"""

from __future__ import annotations

import faulthandler
import os
import subprocess
import time
import warnings
from multiprocessing import get_context
from socket import socket
from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

_ATTEMPTS = 2
_PATIENCE = 90.0  # seconds; two idle cores need a tenth of it
_SECONDS_TO_STOP = 35  # torchrun takes thirty until it kills its workers


def run_together(work: Callable[[int, Path], None], folder: Path, size: int = 2) -> Path:
    """Call ``work(rank, own)`` in ``size`` processes that find each other as those of ``torchrun`` do.

    Returns ``own``, a folder in the one given. Fails if a process fails, or if they hang twice; where they hang is then
    on the standard error.
    """
    for attempt in range(_ATTEMPTS):
        own = folder / f"attempt-{attempt + 1}"
        own.mkdir()
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        context = get_context("spawn")
        started = [context.Process(target=_as_rank, args=(work, rank, size, port, own)) for rank in range(size)]
        try:
            for process in started:
                process.start()
            codes = _wait(started)
        finally:
            for process in started:
                process.kill()
                process.join()
        assert not any(codes), f"a process ended with {codes}; what it raised is on the standard error"
        if None not in codes:
            return own
        _say_hung()
    return pytest.fail(f"The processes hung {_ATTEMPTS} times; where is on the standard error.")


def _wait(started: Sequence[SpawnProcess]) -> list[int | None]:
    """Wait until all have ended, or one has failed, or for long enough; return their exit codes."""
    end = time.monotonic() + _PATIENCE
    while any(process.is_alive() for process in started) and time.monotonic() < end:
        if any(process.exitcode for process in started):
            break
        time.sleep(0.1)
    return [process.exitcode for process in started]


def _say_hung() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("processes that work together hung", RuntimeWarning, stacklevel=3)


def _as_rank(work: Callable[[int, Path], None], rank: int, size: int, port: str, own: Path) -> None:
    faulthandler.dump_traceback_later(_PATIENCE / 2, exit=False)
    os.environ.update(
        RANK=str(rank), WORLD_SIZE=str(size), LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1", MASTER_PORT=port
    )
    torch.set_num_threads(1)
    work(rank, own)


def run_torchrun(arguments: Sequence[str], folder: Path) -> tuple[Path, str]:
    """Run torchrun with arguments and ``--output`` in a folder of its own; return that and the standard error.

    Fails if it fails, or if it hangs twice.
    """
    errors = []
    for attempt in range(_ATTEMPTS):
        own = folder / f"attempt-{attempt + 1}"
        with subprocess.Popen(
            [*arguments, "--output", str(own)], env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        ) as started:  # fmt: skip
            try:
                _, error = started.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                _say_hung()
                started.terminate()  # on which torchrun stops its workers, which are in sessions of their own
                try:
                    errors.append(started.communicate(timeout=_SECONDS_TO_STOP)[1])
                except subprocess.TimeoutExpired as unread:
                    errors.append((unread.stderr or b"").decode(errors="replace"))
                    started.kill()
                continue
        assert started.returncode == 0, error
        return own, error
    return pytest.fail(f"torchrun hung {_ATTEMPTS} times.\n{''.join(errors)}")
