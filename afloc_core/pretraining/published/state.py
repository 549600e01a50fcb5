"""What a run keeps on disk: the checkpoint, the best weights, the curves."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import torch

from afloc_core.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CHECKPOINT, BEST = "checkpoint.pt", "best.pt"
_UNREADABLE = "The file {} in the output folder cannot be read; delete it to begin again, or give another folder."


def write_state(state: dict[str, Any], file: Path) -> None:
    """Write tensors and plain values; a process that is killed leaves the old file or the new one."""
    part = file.with_name(f"{file.name}.part")
    torch.save(state, part)
    part.replace(file)


def read_state(file: Path) -> dict[str, Any] | None:
    """Read what `write_state` wrote, or None where nothing is; no code in it is run.

    Raises
    ------
    RecipeError
        If the file is something else.
    """
    if not file.is_file():
        return None
    try:
        state: dict[str, Any] = torch.load(file, weights_only=True, map_location="cpu")
    except Exception as error:  # torch raises whatever the broken file provokes
        raise RecipeError(_UNREADABLE.format(file.name)) from error
    return state


class Curve:
    """A CSV with a row for a step.

    Parameters
    ----------
    file : Path
    columns : sequence of str
        The first is the step.
    step : int
        Of the checkpoint that the run goes on from: later rows are of steps that will be taken again, and go.
    """

    def __init__(self, file: Path, columns: Sequence[str], step: int) -> None:
        self._file = file
        rows: list[list[str]] = []
        if file.is_file():
            with file.open(encoding="utf-8", newline="") as old:
                rows = [row for row in csv.reader(old) if row and row[0].isdigit() and int(row[0]) <= step]
        self._write([columns, *rows], "w")

    def add(self, step: int, values: Sequence[float]) -> None:
        """Add a row."""
        self._write([[str(step), *(f"{value:.6g}" for value in values)]], "a")

    def _write(self, rows: Sequence[Sequence[str]], mode: str) -> None:
        with self._file.open(mode, encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
