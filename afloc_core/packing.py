"""Values side by side instead of objects: a hundred thousand of them take a few megabytes, not hundreds."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TextPool:
    """Texts that occur again and again, each kept once and called by its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, number: int) -> str:
        return self._texts[number]

    def number(self, text: str) -> int:
        """Return the number of a text, which gets one when it is new."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self._texts)
            self._texts.append(text)
        return number


class PackedTexts:
    """Texts of which most occur once, one after the other in UTF-8."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._ends = array("q")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, place: int) -> str:
        start = self._ends[place - 1] if place else 0
        return self._content[start : self._ends[place]].decode("utf-8", "surrogatepass")

    def append(self, text: str) -> None:
        """Add a text, which may hold half a letter."""
        self._content += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._content))


def column(values: array[Any]) -> NDArray[Any]:
    """Return an array's values without copying them; nothing can be added to it as long as they are used."""
    return np.frombuffer(values, dtype=values.typecode) if len(values) else np.zeros(0, dtype=values.typecode)
