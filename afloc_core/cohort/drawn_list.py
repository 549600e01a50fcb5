"""A list of boxes as three readers could have drawn them, of any length: memory is measured on it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READERS = ("R1", "R2", "R3")
_FINDINGS = ("Mass", "Pleural effusion")
_SIDE = 1024


def write_list(file: Path, rows: int) -> None:
    """Write a plain table of so many boxes, two findings an image."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("image", "finding", "x", "y", "w", "h", "reader"))
        writer.writerows(line for line, _ in zip(_boxes(), range(rows), strict=False))


def _boxes() -> Iterator[tuple[object, ...]]:
    rng = np.random.default_rng(7)
    number = 0
    while True:
        for finding in _FINDINGS:
            x, y = rng.integers(0, _SIDE // 2, 2).tolist()
            for reader in _READERS:
                dx, dy, width, height = rng.integers(_SIDE // 8, _SIDE // 4, 4).tolist()
                yield f"film{number:06d}.png", finding, x + dx, y + dy, width, height, reader
        number += 1
