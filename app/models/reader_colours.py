"""The hues of readers and phrases; exported pictures have the same ones."""

from __future__ import annotations

from afloc_core.annotations.reader_colours import phrase_colour, reader_colour

__all__ = ["phrase_colour", "reader_colour"]
