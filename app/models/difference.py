"""What only one side marked, and what both did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.agreement.pairwise import Role
from app.models.comparison import EVERY_READER, MODEL, Party

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWN_SIDE = 1024
"""Longest side of the picture that is drawn; counts are made at the image's own resolution."""

ONLY_LEFT, ONLY_RIGHT, BOTH = 1, 2, 3


@dataclass(frozen=True, eq=False)
class Difference:
    """The difference of two parties on one image.

    Attributes
    ----------
    left, right : Party
    counts : (int, int, int)
        Pixels of the image that only the left, only the right, and both marked: every pixel, at the image's own
        resolution, so that ``both`` over their sum is the intersection over union of the table of agreement.
    image_shape : (int, int)
        Height and width of the image.
    codes : ndarray of uint8, shape (h, w)
        0 where nobody marked, else `ONLY_LEFT`, `ONLY_RIGHT` or `BOTH`: the image at no more than `DRAWN_SIDE` a
        side, each sample the pixel at its centre.
    """

    left: Party
    right: Party
    counts: tuple[int, int, int]
    image_shape: tuple[int, int]
    codes: NDArray[np.uint8]

    @property
    def marked(self) -> int:
        """Pixels that anybody marked."""
        return sum(self.counts)

    def rows(self) -> tuple[tuple[int, str, float], ...]:
        """Return code, name and share of the marked pixels for each fill; shares are 0 where nothing is marked."""
        names = (f"Only {in_words(self.left)}", f"Only {in_words(self.right)}", "Both")
        total = max(self.marked, 1)
        return tuple(
            (code, name, count / total)
            for code, name, count in zip((ONLY_LEFT, ONLY_RIGHT, BOTH), names, self.counts, strict=True)
        )

    def describe(self) -> str:
        """Say it in words, for screen readers."""
        if not self.marked:
            return "Neither side marked anything"
        return ", ".join(f"{name[:1].lower()}{name[1:]} {share:.0%}" for _, name, share in self.rows())


def difference(left: Party, right: Party, left_mask: NDArray[np.bool_], right_mask: NDArray[np.bool_]) -> Difference:
    """Compare two masks of one image, both bool of shape (H, W)."""
    both = int(np.count_nonzero(left_mask & right_mask))
    counts = (int(np.count_nonzero(left_mask)) - both, int(np.count_nonzero(right_mask)) - both, both)
    height, width = left_mask.shape
    part = min(1.0, DRAWN_SIDE / max(height, width))
    rows, columns = (_centres(side, max(1, round(side * part))) for side in (height, width))
    at = np.ix_(rows, columns)
    codes = left_mask[at].astype(np.uint8) * np.uint8(ONLY_LEFT) + right_mask[at].astype(np.uint8) * np.uint8(
        ONLY_RIGHT
    )
    return Difference(left, right, counts, (height, width), codes)


def _centres(side: int, samples: int) -> NDArray[np.intp]:
    return ((np.arange(samples) + 0.5) * side / samples).astype(np.intp)


def in_words(party: Party) -> str:
    """Return who it is as a sentence names them."""
    if party == MODEL:
        return "the model"
    if party == EVERY_READER:
        return "readers"
    return f"the consensus ({party.name})" if party.role is Role.CONSENSUS else party.name
