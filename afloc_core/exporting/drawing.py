"""A picture as a list of simple things to draw, the same for pixels and for vector files.

Coordinates are continuous and count picture pixels: x to the right, y down, (0, 0) is the upper left corner of the
first pixel and (0.5, 0.5) its centre.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Area:
    """An upright rectangle of whole pixels: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, eq=False, slots=True)
class Raster:
    """A picture of pixels, drawn one to one.

    Attributes
    ----------
    x, y : int
    pixels : ndarray of uint8, shape (h, w, 3)
    """

    x: int
    y: int
    pixels: NDArray[np.uint8]

    def moved(self, dx: int, dy: int) -> Raster:
        """Return it elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True, slots=True)
class Fill:
    """A filled rectangle of whole pixels."""

    area: Area
    colour: Colour

    def moved(self, dx: int, dy: int) -> Fill:
        """Return it elsewhere."""
        return replace(self, area=replace(self.area, x=self.area.x + dx, y=self.area.y + dy))


@dataclass(frozen=True, eq=False, slots=True)
class Stroke:
    """A line through points.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 2)
    colour : Colour
    width : float
        In pixels.
    closed : bool
        Whether the last point is joined to the first.
    halo : float
        Width of a dark edge on each side, in pixels.
    clip : Area
        Nothing is drawn outside.
    """

    points: NDArray[np.float64]
    colour: Colour
    width: float
    clip: Area
    closed: bool = False
    halo: float = 0.0

    def moved(self, dx: int, dy: int) -> Stroke:
        """Return it elsewhere."""
        clip = replace(self.clip, x=self.clip.x + dx, y=self.clip.y + dy)
        return replace(self, points=self.points + np.array([dx, dy]), clip=clip)


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text.

    Attributes
    ----------
    x, y : float
        Left end of the base line.
    text : str
    size : int
        Of the font, in pixels.
    colour : Colour
    bold : bool
    halo : int
        Width of a dark edge around the letters, in pixels.
    """

    x: float
    y: float
    text: str
    size: int
    colour: Colour
    bold: bool = False
    halo: int = 0

    def moved(self, dx: int, dy: int) -> Words:
        """Return it elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


Item = Raster | Fill | Stroke | Words


@dataclass(frozen=True, eq=False, slots=True)
class Drawing:
    """A page.

    Attributes
    ----------
    width, height : int
        In pixels.
    background : Colour
    items : tuple of Item
        Later ones cover earlier ones.
    dpi : float
        Pixels per inch on paper.
    films : tuple of Area
        Where on the page the film is shown, each time as a whole.
    """

    width: int
    height: int
    background: Colour
    items: tuple[Item, ...]
    dpi: float = 144.0
    films: tuple[Area, ...] = ()


def rgb(colour: str) -> Colour:
    """Return red, green and blue of ``#rrggbb``."""
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))
