"""The order in which people expect names: numbers inside them by their value."""

from __future__ import annotations

import re


def natural_text_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a key that sorts numbers inside a text by their value, 2 before 10."""
    parts = re.split(r"(\d+)", text.casefold())
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts if part)
