"""Changes to maps and phrases that are tried against the plain way, each by its name.

None is on unless it is asked for: what is best is decided on other data than those it is reported on. Sharpening and
pruning are ideas that others measured on the published checkpoint (macro mIoU 0.323 to 0.341, and +0.001).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.localization.features import ImageFeatures

STEEPNESS = 4.0
"""Of the sigmoid, per standard deviation of the map."""

SHALLOW_SHARE = 0.5
"""Weight of the shallow-local map beside the deep-local one, both in standard deviations."""

_SIZES = re.compile(
    r"\b(?:mild|mildly|moderate|moderately|severe|severely|minimal|minimally|slight|slightly|marked|markedly|trace|tiny|"
    r"small|large|huge|massive|extensive|subtle|prominent|sizable|substantial|significant|significantly)\b[ -]*"
    r"(?:to\b *)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class MapOptions:
    """What is done differently.

    Attributes
    ----------
    sharpen : bool
        A steep sigmoid over each map, centred one standard deviation above its mean. The peak stays.
    prune : bool
        Words of size and severity are left out of phrases.
    fuse : bool
        The map of shallow-local features with the whole phrase is added to that of the deep-local ones.
    """

    sharpen: bool = False
    prune: bool = False
    fuse: bool = False

    @property
    def words(self) -> str:
        """What is done differently, for people; empty where nothing is."""
        said = ((self.sharpen, "sharpened"), (self.prune, "pruned phrases"), (self.fuse, "fused with shallow features"))
        return ", ".join(words for on, words in said if on)

    def phrase(self, phrase: str) -> str:
        """Return the phrase to ask; one that would be empty is asked as it is."""
        pruned = " ".join(_SIZES.sub("", phrase).split()) if self.prune else phrase
        return pruned if any(letter.isalnum() for letter in pruned) else phrase

    def values(self, deep: NDArray[np.float32], shallow: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Return the map that is scored.

        Parameters
        ----------
        deep : ndarray of float32, shape (H, W)
            Raw similarities; NaN where nothing was scored.
        shallow : ndarray of float32, shape (H, W), or None
            The same of shallow-local features.

        Returns
        -------
        ndarray of float32, shape (H, W)
        """
        values = deep if shallow is None else _standard(deep) + np.float32(SHALLOW_SHARE) * _standard(shallow)
        if not self.sharpen:
            return values
        with np.errstate(over="ignore"):
            return np.asarray(1 / (1 + np.exp(-STEEPNESS * (_standard(values) - 1))), dtype=np.float32)


PLAIN = MapOptions()
"""Nothing is done differently."""


def as_deep(features: ImageFeatures) -> ImageFeatures:
    """Return features whose shallow-local cells stand where the deep-local ones do, to make a map of them."""
    return replace(features, deep=features.shallow, geometry=features.shallow_geometry)


def _standard(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return values in standard deviations from their mean; a constant map becomes all 0."""
    spread = float(np.nanstd(values, dtype=np.float64))
    centred = values - np.float32(np.nanmean(values, dtype=np.float64))
    return np.asarray(centred / np.float32(spread), dtype=np.float32) if spread > 0 else centred * 0
