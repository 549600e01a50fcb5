"""Where things are on the page: one film, two side by side, small multiples, a slide, a column of a journal."""

from __future__ import annotations

from math import ceil, log
from typing import TYPE_CHECKING

from afloc_core.exporting.drawing import Area, Drawing, Words
from afloc_core.exporting.film_panel import FilmPanels, fitted, scaled
from afloc_core.exporting.fonts import cut
from afloc_core.exporting.legend import (
    DARK,
    LIGHT,
    NOTICE,
    Column,
    flat_bar,
    legend,
    model_words,
    other_words,
    peak_words,
    say_readers,
    small_print,
    unit_and_trust,
)
from afloc_core.exporting.picture import Layout, Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from afloc_core.exporting.drawing import Item
    from afloc_core.exporting.picture import Picture, PictureMap

_LEGEND_STEPS = 300
_SLIDE_WIDTH = 1920
_SLIDE_DPI = 144.0  # 1920 pixels are then 13.33 inches, the width of a 16:9 slide
_PAPER_WIDTH = 1004  # 85 mm at 300 dpi
_PAPER_DPI = 300.0


def draw(picture: Picture) -> Drawing:
    """Lay out a picture.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    Drawing
        The same for the same picture, whatever screen there is.
    """
    return _LAYOUTS[picture.layout](picture)


def _single(picture: Picture) -> Drawing:
    shape = scaled(picture.radiograph.shape, picture.size)
    unit = _unit(shape)
    panels = FilmPanels(picture, unit)
    film = panels.draw(shape, picture.maps[0] if picture.maps else None, picture.maps, marks=True)
    return _beside(picture, film, shape, unit, (Area(0, 0, shape[1], shape[0]),))


def _side_by_side(picture: Picture) -> Drawing:
    shape = scaled(picture.radiograph.shape, picture.size)
    unit = _unit(shape)
    panels = FilmPanels(picture, unit)
    head, gap = round(38 * unit), round(14 * unit)
    marked = bool(picture.readers) and picture.shows(Part.MARKS)
    left = panels.draw(shape, None, (), marks=True)
    right = panels.draw(shape, picture.maps[0] if picture.maps else None, picture.maps, marks=False)
    size = max(9, round(20 * unit))
    items = [item.moved(0, head) for item in left]
    items += [item.moved(shape[1] + gap, head) for item in right]
    for x, title in ((0, "Readers" if marked else "Radiograph"), (shape[1] + gap, "Model")):
        text = cut(title, shape[1] - 16 * unit, size, bold=True)
        items.append(Words(x + 8 * unit, head - 0.55 * size, text, size, DARK.strong, bold=True))
    places = tuple(Area(x, head, shape[1], shape[0]) for x in (0, shape[1] + gap))
    return _beside(picture, items, (shape[0] + head, 2 * shape[1] + gap), unit, places)


def _multiples(picture: Picture) -> Drawing:
    """Draw the film once for each map: small multiples on one scale."""
    shape = scaled(picture.radiograph.shape, picture.size)
    unit = _unit(shape)
    panels = FilmPanels(picture, unit)
    count = max(1, len(picture.maps))
    columns = _columns(count, shape)
    head, gap = round(66 * unit), round(14 * unit)
    items: list[Item] = []
    places: list[Area] = []
    for number in range(count):
        x = (number % columns) * (shape[1] + gap)
        y = (number // columns) * (shape[0] + head + gap)
        one = picture.maps[number] if picture.maps else None
        film = panels.draw(shape, one, (one,) if one else (), marks=True, labels=False)
        items += [item.moved(x, y + head) for item in film]
        places.append(Area(x, y + head, shape[1], shape[0]))
        if one is not None:
            title = Column(round(shape[1] - 16 * unit), unit, DARK)
            said = cut(one.heatmap.phrase.typed, title.width, max(7, round(20 * unit)), bold=True)
            title.say(said, 20, bold=True)
            figures = f"match {one.heatmap.match:.2f}, threshold {one.threshold_value:.2f}, {peak_words(one)}"
            title.say(cut(figures, title.width, max(7, round(15 * unit))), 15, quiet=True)
            items += [item.moved(x + round(8 * unit), y + round(5 * unit)) for item in title.items]
    rows = ceil(count / columns)
    size = (rows * (shape[0] + head + gap) - gap, columns * (shape[1] + gap) - gap)
    return _beside(picture, items, size, unit, tuple(places))


def _columns(count: int, shape: tuple[int, int]) -> int:
    """Return how many films stand in a row so that few places stay empty and the whole is a little wider than high."""

    def badness(columns: int) -> float:
        rows = ceil(count / columns)
        aspect = columns * shape[1] / (rows * shape[0])
        return abs(log(aspect / 1.5)) + 0.5 * (rows * columns - count)

    return min(range(1, count + 1), key=badness)


def _beside(
    picture: Picture, items: list[Item], size: tuple[int, int], unit: float, films: tuple[Area, ...]
) -> Drawing:
    """Put the legend on the right of the films, or one line beneath them where no legend is wanted."""
    height, width = size
    if not picture.shows(Part.LEGEND):
        return _beneath(picture, items, size, unit, films)
    margin = round(20 * unit)
    text = legend(picture, picture.maps, round(_LEGEND_STEPS * unit) - 2 * margin, unit)
    moved = [item.moved(width + margin, margin) for item in text.items]
    page = max(height, round(text.height) + 2 * margin)
    return Drawing(width + round(_LEGEND_STEPS * unit), page, DARK.paper, (*items, *moved), films=films)


def _beneath(
    picture: Picture, items: list[Item], size: tuple[int, int], unit: float, films: tuple[Area, ...]
) -> Drawing:
    height, width = size
    strip, letters = round(30 * unit), max(7, round(14 * unit))
    said = "; ".join((NOTICE, *(model_words(one) for one in picture.maps[:1])))
    items = [*items, Words(8 * unit, height + 0.66 * strip, cut(said, width - 16 * unit, letters), letters, DARK.quiet)]
    return Drawing(width, height + strip, DARK.paper, tuple(items), films=films)


def _slide(picture: Picture) -> Drawing:
    width = picture.size or _SLIDE_WIDTH
    height = round(width * 9 / 16)
    unit, margin = width / _SLIDE_WIDTH, round(40 * width / _SLIDE_WIDTH)
    inner = (height - 2 * margin, width - 3 * margin - round(480 * unit))
    marked = bool(picture.readers) and picture.shows(Part.MARKS) and bool(picture.maps)
    gap = round(20 * unit)
    room = (inner[0], (inner[1] - gap) // 2) if marked else inner
    shape = fitted(picture.radiograph.shape, room)
    panels = FilmPanels(picture, 1.1 * unit)
    films: list[tuple[PictureMap | None, tuple[PictureMap, ...], bool]] = [
        (picture.maps[0] if picture.maps else None, picture.maps, not marked)
    ]
    if marked:
        films.insert(0, (None, (), True))
    items: list[Item] = []
    x, top = margin, (height - shape[0]) // 2
    places: list[Area] = []
    for heat, contours, marks in films:
        items += [item.moved(x, top) for item in panels.draw(shape, heat, contours, marks=marks)]
        x += shape[1] + gap
    left = x - gap + margin
    text = _fitting(lambda step: legend(picture, picture.maps, width - margin - left, step), 1.5 * unit, inner[0])
    items += [item.moved(left, margin) for item in text.items]
    return Drawing(width, height, DARK.paper, tuple(items), _SLIDE_DPI * unit, tuple(places))


def _fitting(make: Callable[[float], Column], unit: float, height: int) -> Column:
    """Write text as large as its place allows."""
    column = make(unit)
    while column.height > height and unit > 0.3:
        unit *= 0.93
        column = make(unit)
    return column


def _paper(picture: Picture) -> Drawing:
    """Draw for print: dark on white, the film as wide as the column, everything else beneath it."""
    width = picture.size or _PAPER_WIDTH
    unit = width / _PAPER_WIDTH
    shape = fitted(picture.radiograph.shape, (4 * width, width))
    panels = FilmPanels(picture, 1.3 * unit)
    items = panels.draw(shape, picture.maps[0] if picture.maps else None, picture.maps, marks=True)
    column = Column(width, unit, LIGHT)
    column.gap(14)
    for line in picture.patient:
        column.say(line, 27, bold=True)
    if picture.maps:
        one = picture.maps[0]
        column.say(one.heatmap.phrase.typed, 34, bold=True)
        column.say(f"match {one.heatmap.match:.2f}, {peak_words(one)}", 27)
        column.gap(12)
        flat_bar(column, picture, one, 27)
        column.say(unit_and_trust(one), 24, quiet=True)
    for other in picture.maps[1:]:
        column.key(other.colour, other_words(other), 27)
    say_readers(column, picture, 27)
    column.gap(8)
    column.say(". ".join(small_print(picture, picture.maps)) + ".", 24, quiet=True)
    column.say(f"{NOTICE}.", 24, bold=True)
    column.gap(8)
    items += [item.moved(0, shape[0]) for item in column.items]
    places = (Area(0, 0, shape[1], shape[0]),)
    return Drawing(width, shape[0] + round(column.height), LIGHT.paper, tuple(items), _PAPER_DPI * unit, places)


def _unit(shape: tuple[int, int]) -> float:
    """Return the size of a detail: 1 pixel on a film of 1024, never so small that text cannot be read."""
    return min(max(max(shape) / 1024, 0.6), 8.0)


_LAYOUTS: dict[Layout, Callable[[Picture], Drawing]] = {
    Layout.SINGLE: _single,
    Layout.SIDE_BY_SIDE: _side_by_side,
    Layout.MULTIPLES: _multiples,
    Layout.SLIDE: _slide,
    Layout.PAPER: _paper,
}
