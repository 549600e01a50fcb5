"""A run spread over processes and machines that ``torchrun`` started."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_Value = TypeVar("_Value")
_PATIENCE = timedelta(days=2)
"""How long the first process to end waits for the last."""


@dataclass(frozen=True)
class Spread:
    """Which of how many processes this is.

    Attributes
    ----------
    rank, size : int
        Process ``rank`` of ``size``; 0 of 1 without ``torchrun``.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes the results."""
        return self.rank == 0

    def share(self, things: Sequence[_Value]) -> Sequence[_Value]:
        """Return this process's part of what is to do."""
        return things[self.rank :: self.size]

    def told(self, value: _Value) -> _Value:
        """Return the leading process's value."""
        if self.size == 1:
            return value
        from torch import distributed

        box: list[_Value] = [value]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def gathered(self, value: _Value) -> list[_Value]:
        """Return the values of all processes to the leading one, by rank; nothing to the others."""
        if self.size == 1:
            return [value]
        from torch import distributed

        boxes: list[_Value | None] | None = [None] * self.size if self.leads else None
        distributed.gather_object(value, boxes, dst=0)
        return [box for box in boxes or [] if box is not None]


@contextmanager
def spread() -> Iterator[Spread]:
    """Join the other processes, where ``torchrun`` started this one, and part from them in the end."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size < 2 or "MASTER_ADDR" not in os.environ:
        yield Spread()
        return
    from torch import distributed

    distributed.init_process_group("gloo", timeout=_PATIENCE)
    try:
        yield Spread(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
