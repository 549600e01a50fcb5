"""The letters of exported pictures: DejaVu Sans, which travels with the program, so that every machine draws the same.

Text is set without kerning or ligatures (Pillow's basic layout), which does not depend on what else is installed.
"""

from __future__ import annotations

import re
from functools import lru_cache

from PIL import ImageFont

from afloc_core.resource_files import resource_path

FAMILY = "DejaVu Sans"
_MOST_LINES = 4
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def font_file(bold: bool) -> str:
    """Return the path of the font."""
    return str(resource_path("fonts", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))


@lru_cache(maxsize=64)
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return the font at a size in pixels."""
    return ImageFont.truetype(font_file(bold), size, layout_engine=ImageFont.Layout.BASIC)


def text_width(text: str, size: int, bold: bool = False) -> float:
    """Return how far a line of text reaches, in pixels."""
    return float(font(size, bold).getlength(text))


def one_line(text: str) -> str:
    """Return a text without control characters, in one line."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def wrapped(text: str, width: float, size: int, bold: bool = False, most: int = _MOST_LINES) -> list[str]:
    """Break a text into lines.

    Parameters
    ----------
    text : str
    width : float
        In pixels.
    size : int
        Of the font, in pixels.
    bold : bool
    most : int
        How many lines there can be; what does not fit ends with an ellipsis.

    Returns
    -------
    list of str
        Each no wider than ``width``, a word without blanks cut where it must be.
    """
    lines: list[str] = []
    line = ""
    for word in one_line(text).split():
        longer = f"{line} {word}".strip()
        if line and text_width(longer, size, bold) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return [cut(line, width, size, bold) for line in lines]


def cut(line: str, width: float, size: int, bold: bool = False) -> str:
    """Shorten a line that is too long, with an ellipsis."""
    if text_width(line, size, bold) <= width:
        return line
    line = line.removesuffix("…").rstrip()
    while line and text_width(f"{line}…", size, bold) > width:
        line = line[:-1]
    return f"{line}…"
