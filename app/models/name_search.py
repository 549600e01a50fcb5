"""A part of a name found in 100,000 names within a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_BETWEEN = "\n"


@dataclass(frozen=True, slots=True)
class NameSearch:
    """All names one after the other, in lower case.

    Attributes
    ----------
    characters : array of uint8
        UTF-8; a line feed follows each name.
    ends : array of int64, shape (n,)
        Where the line feeds are.
    """

    characters: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, names: Iterable[str]) -> NameSearch:
        """Make it of n names."""
        lines = "".join(f"{name.replace(_BETWEEN, ' ')}{_BETWEEN}" for name in names).lower()
        characters = np.frombuffer(lines.encode(), np.uint8)
        return cls(characters, np.flatnonzero(characters == ord(_BETWEEN)))

    def holding(self, part: str) -> NDArray[np.bool_]:
        """Return for each name whether it holds a part, whatever its case; every name holds the empty one."""
        wanted = part.replace(_BETWEEN, " ").lower().encode()
        if not wanted:
            return np.ones(len(self.ends), bool)
        found = np.zeros(len(self.ends), bool)
        last = len(self.characters) - len(wanted)
        if last < 0:
            return found
        here = np.ones(last + 1, bool)
        for offset, character in enumerate(wanted):
            here &= self.characters[offset : offset + last + 1] == character
        found[np.searchsorted(self.ends, np.flatnonzero(here))] = True
        return found
