"""The outlines of marks, as the canvas draws them; exported pictures draw the same ones."""

from __future__ import annotations

from afloc_core.annotations.outlines import Outline, outline_of, ring_outline, rings_of

__all__ = ["Outline", "outline_of", "ring_outline", "rings_of"]
