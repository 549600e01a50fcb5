"""The difference of two phrases' maps, around zero and in absolute units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from app.models.heat_picture import whereabouts
from app.models.overlay import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.models.heat_picture import HeatPicture

ZERO = 1 + LEVELS // 2
"""The entry of the colour table that stands for no difference."""
_NEUTRAL = (126, 130, 136)
# Amber and blue differ for every kind of colour vision, and both are bright on a dark film.
_MORE = (255, 176, 0)
_LESS = (100, 149, 255)
_UNSEEN = 0.06
_FULL = 0.6


@dataclass(frozen=True, eq=False)
class DifferencePicture:
    """What one phrase's map is above another's, made by `difference_of`.

    Attributes
    ----------
    title : str
        “A − B”, with both phrases as typed.
    first, second : str
        The phrases.
    values : ndarray of float32, shape (h, w)
        Difference of the similarities over the whole image, NaN where nothing was scored. What lies below the cold
        end of the scale counts as cold, for either phrase: how absent an absent finding is means nothing.
    cold : float
        That end.
    limit : float
        The difference at either end of the colours: as much as lies between the cold and the hot end of the scale
        that both maps share. It does not depend on the values, so equal maps have no colour.
    unit : str
        Unit of the similarities.
    calibrated : bool
        Whether that scale is.
    image_shape : (int, int)
        Height and width of the image.
    made_of : (HeatPicture, HeatPicture)
        The two maps.
    """

    title: str
    first: str
    second: str
    values: NDArray[np.float32]
    cold: float
    limit: float
    unit: str
    calibrated: bool
    image_shape: tuple[int, int]
    made_of: tuple[HeatPicture, HeatPicture]

    @cached_property
    def indices(self) -> NDArray[np.uint8]:
        """The difference as entries of `difference_table`: 0 where nothing was scored, else 1 (−limit) to 251."""
        shares = np.clip(self.values / np.float32(self.limit), -1, 1)
        levels = np.rint(shares * np.float32(LEVELS / 2)) + np.float32(ZERO)
        return np.asarray(np.nan_to_num(levels, nan=0.0), dtype=np.uint8)

    def value_at(self, u: float, v: float) -> float | None:
        """Return the difference at an image position; None outside the image and where nothing was scored."""
        height, width = self.image_shape
        if not (0 <= u < width and 0 <= v < height):
            return None
        rows, columns = self.values.shape
        value = float(self.values[int(v * rows / height), int(u * columns / width)])
        return None if np.isnan(value) else value

    @cached_property
    def words(self) -> str:
        """Where either phrase outweighs the other most, in words."""
        if not np.isfinite(self.values).any():
            return "nothing was scored"
        parts = []
        for sign, letter in ((1, "A"), (-1, "B")):
            at = np.unravel_index(int(np.nanargmax(sign * self.values)), self.values.shape)
            value = float(self.values[at])
            if sign * value > 0:
                rows, columns = self.values.shape
                height, width = self.image_shape
                x, y = (at[1] + 0.5) * width / columns, (at[0] + 0.5) * height / rows
                parts.append(f"{letter} most at {signed(value)} in the {whereabouts(self.image_shape, x, y)}")
        return "; ".join(parts) or "no difference anywhere"


def signed(value: float) -> str:
    """Return a difference with its sign and two digits; zero has no sign."""
    text = f"{abs(value):.2f}"
    if float(text) == 0:
        return text
    return ("+" if value > 0 else "−") + text


def title_of(first: str, second: str) -> str:
    """Return the name of a difference."""
    return f"{first} − {second}"


def difference_of(first: HeatPicture, second: HeatPicture) -> DifferencePicture | None:
    """Subtract the second map from the first.

    Returns
    -------
    DifferencePicture or None
        None where the two are not of one image, one pipeline and one scale: such values cannot be subtracted.
    """
    one, other = first.heatmap, second.heatmap
    same_way = (one.image_shape, one.pipeline, one.scale) == (other.image_shape, other.pipeline, other.scale)
    if not same_way or first.values.shape != second.values.shape or first.word or second.word:
        return None
    cold = np.float32(one.scale.cold)
    a, b = (" ".join(heatmap.phrase.typed.split()) for heatmap in (one, other))
    return DifferencePicture(
        title=title_of(a, b),
        first=a,
        second=b,
        values=np.maximum(first.values, cold) - np.maximum(second.values, cold),
        cold=float(cold),
        limit=one.scale.hot - one.scale.cold,
        unit=one.scale.unit,
        calibrated=one.scale.calibrated,
        image_shape=one.image_shape,
        made_of=(first, second),
    )


def difference_table() -> list[int]:
    """Return the 256 colours for `DifferencePicture.indices`.

    Returns
    -------
    list of int
        ``0xAARRGGBB``, not premultiplied: transparent around zero, amber where the first phrase is more similar, blue
        where the second is.
    """
    shares = np.clip((np.arange(256) - ZERO) / (LEVELS / 2), -1, 1)
    strength = np.abs(shares)
    ends = np.where(shares[:, None] > 0, _MORE, _LESS)
    mixed = np.rint(_NEUTRAL + (ends - _NEUTRAL) * np.sqrt(strength)[:, None]).astype(np.uint32)
    alpha = np.clip((strength - _UNSEEN) / (_FULL - _UNSEEN), 0, 1) ** 0.7
    alpha[0] = 0.0
    packed = (np.rint(alpha * 255).astype(np.uint32) << 24) | (mixed[:, 0] << 16) | (mixed[:, 1] << 8) | mixed[:, 2]
    return [int(colour) for colour in packed]
