"""The ways of comparing, by name; no Qt, so that the command line can list them."""

from __future__ import annotations

from enum import StrEnum


class CompareMode(StrEnum):
    """The ways of comparing; the window shows exactly one."""

    OVERLAY = "overlay"
    SIDE_BY_SIDE = "side by side"
    SWIPE = "swipe"
    BLINK = "blink"
    DIFFERENCE = "difference"
    MULTIPLES = "small multiples"

    @property
    def slug(self) -> str:
        """As commands and the command line spell it, without spaces."""
        return self.value.replace(" ", "-")


def mode_of(slug: str) -> CompareMode:
    """Return the mode that has a slug."""
    return CompareMode(slug.replace("-", " "))
