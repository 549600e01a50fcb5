"""One hue per reader and per phrase: told apart by people who see red and green alike, and by lightness on a dark film.

Readers are cool, phrases warm, so that one sees which lines are the model's.
"""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set

# Okabe and Ito's palette without black and without the orange and yellow of the heat.
_FIRST = ("#56b4e9", "#cc79a7", "#009e73", "#b8a1ff", "#4dd6d0", "#ff8fa3", "#9ad14b", "#7f9bff")
_PHRASES = (
    "#f0e442", "#ff9b45", "#fff1c2", "#ef6a4c", "#c8a05a", "#ffc79a",
    "#b7ad2f", "#d98c83", "#ffd0c9", "#e0b400", "#b5743c", "#ff8f7a",
)  # fmt: skip
_GOLDEN = 0.618033988749895


def reader_colour(taken: Set[str]) -> str:
    """Return a colour that is not taken yet: the palette first, then hues a golden angle apart."""
    return _first_free(_FIRST, taken)


def phrase_colour(taken: Set[str]) -> str:
    """Return a colour for a phrase's contour that is not taken yet."""
    return _first_free(_PHRASES, taken)


def _first_free(palette: tuple[str, ...], taken: Set[str]) -> str:
    for colour in palette:
        if colour not in taken:
            return colour
    number = len(taken)
    while (colour := _spun(number)) in taken:
        number += 1
    return colour


def _spun(number: int) -> str:
    red, green, blue = colorsys.hls_to_rgb((number * _GOLDEN) % 1.0, 0.62 + 0.12 * (number % 3 - 1), 0.6)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
