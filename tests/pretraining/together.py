"""Processes that work together, and are stopped when they wait for each other for ever.

A connection between two processes of one machine stalled, rarely and only in sandboxes that bring a network of their
own: no process failed, and none went on. What hangs is tried again with new processes; a deadlock of ours would hang
every time.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import time
from multiprocessing import get_context
from socket import socket
from typing import TYPE_CHECKING, Any

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ATTEMPTS = 3
_PATIENCE = 90.0  # seconds; each takes a fifth of it on two cores


def run_together(work: Callable[..., None], *arguments: Any, size: int = 2) -> None:  # noqa: ANN401  (what `work` takes)
    """Call ``work(rank, *arguments)`` in ``size`` processes that find each other as those of ``torchrun`` do.

    Fails if one of them fails, or if they hang three times; where they hang is then on the standard error.
    """
    for _ in range(_ATTEMPTS):
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        context = get_context("spawn")
        started = [
            context.Process(target=_as_rank, args=(work, rank, size, port, arguments), daemon=True)
            for rank in range(size)
        ]
        for process in started:
            process.start()
        end = time.monotonic() + _PATIENCE
        while any(process.is_alive() for process in started) and time.monotonic() < end:
            if any(process.exitcode for process in started):
                break
            time.sleep(0.1)
        codes = [process.exitcode for process in started]
        for process in started:
            process.kill()
            process.join()
        assert not any(codes), f"a process ended with {codes}; what it raised is on the standard error"
        if None not in codes:
            return
    pytest.fail(f"The processes hung {_ATTEMPTS} times; where is on the standard error.")


def _as_rank(work: Callable[..., None], rank: int, size: int, port: str, arguments: tuple[Any, ...]) -> None:
    faulthandler.dump_traceback_later(_PATIENCE - 10, exit=False)
    os.environ.update(
        RANK=str(rank), WORLD_SIZE=str(size), LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1", MASTER_PORT=port
    )
    torch.set_num_threads(1)
    work(rank, *arguments)


def run_command(command: Sequence[str]) -> str:
    """Run a command that starts processes which work together; return its standard error.

    Fails if it fails, or if it hangs three times.
    """
    for _ in range(_ATTEMPTS):
        with subprocess.Popen(
            command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        ) as started:  # fmt: skip
            try:
                _, error = started.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(started.pid, signal.SIGKILL)  # its children hold the pipe open
                continue
        assert started.returncode == 0, error
        return error
    return pytest.fail(f"{command[-1]} hung {_ATTEMPTS} times.")
