"""Running `afloc evaluate` over the small method and reading what it wrote."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from afloc_core.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def evaluate(*arguments: object, status: int = 0) -> None:
    assert main(["evaluate", *map(str, arguments)]) == status


def read(folder: Path, name: str = "cases.csv") -> list[dict[str, str]]:
    with (folder / name).open(newline="") as stream:
        return list(csv.DictReader(stream))
