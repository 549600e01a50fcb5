"""A small picture of a film, on its way from where it is made to where it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A small picture of a file; ``pixels`` are uint8 of shape (h, w), None for a file that is no radiograph."""

    path: str
    pixels: NDArray[np.uint8] | None
