"""One film of a picture: pixels of radiograph and heat, and over them contours, marks, peak and scale bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.marks import AI_ASSISTED
from afloc_core.annotations.outlines import outline_of
from afloc_core.exporting.drawing import Area, Fill, Raster, Stroke, Words, rgb
from afloc_core.exporting.fonts import cut, text_width
from afloc_core.exporting.heat_colours import heat_over_grey, shares_of
from afloc_core.exporting.painter import HALO
from afloc_core.exporting.picture import Part
from afloc_core.exporting.scale_bar import scale_bar
from afloc_core.imaging.letterbox import area_resize
from afloc_core.imaging.voi import brightness
from afloc_core.localization.geometry import output_positions, resampling_matrix

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.outlines import Outline
    from afloc_core.annotations.shapes import Bounds
    from afloc_core.exporting.drawing import Item
    from afloc_core.exporting.picture import Picture, PictureMap

_CONTOUR_SIDE = 1024
"""Contours are found on a map of this long side whatever size is drawn, so that they are the same at every size."""

_INK = (235, 235, 235)
_FEW = 8
_CIRCLE = np.array([(np.cos(angle), np.sin(angle)) for angle in np.linspace(0, 2 * np.pi, 25)[:-1]])


def fitted(shape: tuple[int, int], most: tuple[int, int]) -> tuple[int, int]:
    """Return height and width of a film made as large as a place allows, larger than it is if need be."""
    factor = min(most[0] / shape[0], most[1] / shape[1])
    return (max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor)))


def scaled(shape: tuple[int, int], long_side: int | None) -> tuple[int, int]:
    """Return height and width of a film at a long side; None is its own."""
    return shape if long_side is None else fitted(shape, (long_side, long_side))


class FilmPanels:
    """Draws the films of one picture; the grey of each size is made once.

    Parameters
    ----------
    picture : Picture
    unit : float
        Size of a detail that would be 1 pixel on a film of 1024 pixels.
    """

    def __init__(self, picture: Picture, unit: float) -> None:
        self._picture = picture
        self._unit = unit
        self._greys: dict[tuple[int, int], NDArray[np.uint8]] = {}
        self._lines: dict[int, tuple[NDArray[np.float64], ...]] = {}

    def draw(
        self,
        shape: tuple[int, int],
        heat: PictureMap | None,
        contours: Sequence[PictureMap],
        *,
        marks: bool,
        labels: bool = True,
    ) -> list[Item]:
        """Draw one film with its upper left corner at (0, 0).

        Parameters
        ----------
        shape : (int, int)
            Height and width in picture pixels.
        heat : PictureMap or None
            Shown as heat, with its peak.
        contours : sequence of PictureMap
            Of which the lines at their thresholds are drawn.
        marks : bool
            Whether the readers' marks are.
        labels : bool
            Whether a few marks say their finding, and that they are AI-assisted.
        """
        picture, clip = self._picture, Area(0, 0, shape[1], shape[0])
        items: list[Item] = [Raster(0, 0, self._pixels(shape, heat))]
        if picture.shows(Part.CONTOUR):
            for one in contours:
                items += self._contour(one, clip)
        if marks and picture.shows(Part.MARKS):
            items += self._marks(clip, labels=labels and picture.shows(Part.LABELS))
        if heat is not None and picture.shows(Part.PEAK) and picture.shows(Part.HEAT):
            items += self._peak(heat, clip)
        # Last: no line says anything of what is blacked out, and nothing of it is left beneath in a vector file.
        items += [Fill(area, (0, 0, 0)) for area in self._blackouts(clip)]
        if picture.shows(Part.SCALE_BAR):
            items += self._bar(clip)
        return items

    def _pixels(self, shape: tuple[int, int], heat: PictureMap | None) -> NDArray[np.uint8]:
        grey = self._grey(shape)
        if heat is None or not self._picture.shows(Part.HEAT):
            return np.repeat(grey[..., None], 3, axis=2)
        values = heat.heatmap.in_image(min(max(shape), max(heat.heatmap.image_shape)))
        shares = shares_of(_stretched(values, shape), *heat.ends)
        pixels = heat_over_grey(grey, shares, heat.threshold, self._picture.opacity, self._picture.colour_map)
        for area in self._blackouts(Area(0, 0, shape[1], shape[0])):
            pixels[area.y : area.y + area.height, area.x : area.x + area.width] = 0
        return pixels

    def _grey(self, shape: tuple[int, int]) -> NDArray[np.uint8]:
        if shape not in self._greys:
            bright = self._bright()
            if shape[0] <= bright.shape[0] and shape[1] <= bright.shape[1]:
                # Every pixel is the mean of the area it covers: a line of one film pixel grows faint, never absent.
                sized = bright if shape == bright.shape else area_resize(bright, shape)
            else:
                sized = _stretched(bright, shape)
            np.multiply(sized, np.float32(255), out=sized)  # in place: a film of 36 megapixels is 144 MB each time
            self._greys[shape] = np.rint(sized, out=sized).astype(np.uint8)
        return self._greys[shape]

    def _bright(self) -> NDArray[np.float32]:
        """Return the whole film under the window, black where it is blacked out: float32 (H, W) in [0, 1]."""
        radiograph = self._picture.radiograph
        shown = brightness(radiograph.values, self._picture.window)
        if radiograph.inverted != self._picture.inverted:
            np.subtract(np.float32(1), shown, out=shown)
        for box in self._picture.blackouts:
            shown[_covered(box.top, box.bottom, 1.0), _covered(box.left, box.right, 1.0)] = 0
        return shown

    def _blackouts(self, clip: Area) -> list[Area]:
        height, width = self._picture.radiograph.shape
        areas = []
        for box in self._picture.blackouts:
            rows = _covered(box.top, box.bottom, clip.height / height)
            columns = _covered(box.left, box.right, clip.width / width)
            bottom, right = min(rows.stop, clip.height), min(columns.stop, clip.width)
            if rows.start < bottom and columns.start < right:
                areas.append(Area(columns.start, rows.start, right - columns.start, bottom - rows.start))
        return areas

    def _scale(self, clip: Area) -> NDArray[np.float64]:
        height, width = self._picture.radiograph.shape
        return np.array([clip.width / width, clip.height / height])

    def _contour(self, one: PictureMap, clip: Area) -> list[Stroke]:
        if id(one) not in self._lines:
            self._lines[id(one)] = contour_lines(one)
        width = max(2.0, 2 * self._unit)
        return [
            Stroke(line * self._scale(clip), rgb(one.colour), width, clip, halo=0.75 * self._unit)
            for line in self._lines[id(one)]
        ]

    def _peak(self, one: PictureMap, clip: Area) -> list[Stroke]:
        if one.heatmap.peak_value < one.threshold_value:
            return []  # a cross on a cold map would look like a finding
        place = (np.array(one.heatmap.peak) + 0.5) * self._scale(clip)
        directions = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
        ends = [np.array([place + d * 4 * self._unit, place + d * 12 * self._unit]) for d in directions]
        return [Stroke(line, _INK, max(2.0, 2 * self._unit), clip, halo=self._unit) for line in ends]

    def _marks(self, clip: Area, *, labels: bool) -> list[Item]:
        items: list[Item] = []
        said: list[Item] = []
        taken: list[tuple[float, float, float, float]] = []
        scale = self._scale(clip)
        labels = labels and sum(len(reader.marks) for reader in self._picture.readers) <= _FEW
        for reader in self._picture.readers:
            for mark in reader.marks:
                outline = outline_of(mark.shape)
                items += self._outline(outline, reader.colour, clip)
                if labels and not self._hidden(outline.bounds):
                    said += self._label(mark, outline.bounds, scale, clip, taken)
        return items + said

    def _hidden(self, bounds: Bounds) -> bool:
        """Whether a mark begins in a blacked-out area, where its label would stand."""
        return any(
            b.left <= bounds.left <= b.right and b.top <= bounds.top <= b.bottom for b in self._picture.blackouts
        )

    def _outline(self, outline: Outline, colour: str, clip: Area) -> Iterable[Stroke]:
        scale, width, halo = self._scale(clip), max(2.0, 2 * self._unit), self._unit
        for ring in outline.rings:
            yield Stroke(ring * scale, rgb(colour), width, clip, closed=True, halo=halo)
        for dot in outline.dots:
            circle = dot * scale + _CIRCLE * 6 * self._unit
            yield Stroke(circle, rgb(colour), 1.5 * width, clip, closed=True, halo=halo)

    def _label(
        self,
        mark: Mark,
        bounds: Bounds,
        scale: NDArray[np.float64],
        clip: Area,
        taken: list[tuple[float, float, float, float]],
    ) -> list[Item]:
        """Write what a mark says above it, or at the first free place around it that is on the film."""
        size = max(9, round(15 * self._unit))
        finding = cut(mark.finding, clip.width / 3, size) if mark.finding else ""
        text = ", ".join(filter(None, (finding, "AI-assisted" if AI_ASSISTED in mark.extra else "")))
        if not text:
            return []
        width, height, gap = text_width(text, size), 1.2 * size, 4 * self._unit
        left, top = bounds.left * scale[0], bounds.top * scale[1]
        right, bottom = bounds.right * scale[0], bounds.bottom * scale[1]
        places = [(left, top - gap - height), (left, bottom + gap), (right + gap, top), (left - gap - width, top)]
        boxes = [(x, y, x + width, y + height) for x, y in places]
        whole = [b for b in boxes if b[0] >= 2 and b[1] >= 2 and b[2] <= clip.width - 2 and b[3] <= clip.height - 2]
        free = [box for box in whole if not any(_cross(box, other) for other in taken)]
        if not (free or whole):
            return []
        box = (free or whole)[0]
        taken.append(box)
        return [Words(box[0], box[3] - 0.25 * height, text, size, _INK, halo=max(1, round(1.5 * self._unit)))]

    def _bar(self, clip: Area) -> list[Item]:
        bar = scale_bar(self._picture.radiograph, clip.width)
        if bar is None:
            return []
        thick, edge = max(2, round(4 * self._unit)), max(1, round(self._unit))
        left, size = max(2 * edge, round(0.03 * clip.width)), max(9, round(16 * self._unit))
        top = clip.height - max(2 * edge, round(0.03 * clip.width)) - thick
        if top - 1.5 * size < 0:
            return []
        return [
            Fill(Area(left - edge, top - edge, bar.pixels + 2 * edge, thick + 2 * edge), HALO),
            Fill(Area(left, top, bar.pixels, thick), _INK),
            Words(left, top - 0.45 * size, bar.label, size, _INK, halo=max(1, round(1.5 * self._unit))),
        ]


def contour_lines(one: PictureMap) -> tuple[NDArray[np.float64], ...]:
    """Return the lines along which a map equals its threshold.

    Returns
    -------
    tuple of ndarray of float64, shape (n, 2)
        Image positions (x, y), where pixel (column 0, row 0) covers [0, 1] x [0, 1].
    """
    from skimage.measure import find_contours  # slow to import

    values = one.heatmap.in_image(_CONTOUR_SIDE)
    if min(values.shape) < 2:  # a thread-thin picture has no contour
        return ()
    height, width = one.heatmap.image_shape
    scale = np.array([width / values.shape[1], height / values.shape[0]])
    return tuple((line[:, ::-1] + 0.5) * scale for line in find_contours(values, one.threshold_value))


def _stretched(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Interpolate linearly between pixel centres, or return what has that shape already."""
    if values.shape == shape:
        return values
    rows, columns = (
        resampling_matrix(output_positions(values.shape[axis], shape[axis]), values.shape[axis]) for axis in (0, 1)
    )
    return np.asarray(rows @ values @ columns.T, dtype=np.float32)


def _covered(first: float, last: float, scale: float) -> slice:
    """Return the pixels that a stretch of the film touches."""
    return slice(max(0, int(np.floor(first * scale))), max(0, int(np.ceil(last * scale))))


def _cross(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
