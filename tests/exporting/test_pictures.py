"""What is drawn lies where the arithmetic says, on films of any shape, depth and polarity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from afloc_core.annotations.marks import Mark
from afloc_core.annotations.shapes import Bounds, Box
from afloc_core.exporting.colour_maps import colours
from afloc_core.exporting.encoding import encode_picture, picture_pixels
from afloc_core.exporting.layouts import draw
from afloc_core.exporting.painter import paint
from afloc_core.exporting.picture import EVERYTHING, Layout, Part, Picture, PictureMap, ReaderMarks
from afloc_core.exporting.scale_bar import scale_bar
from afloc_core.exporting.writers import PictureFormat
from afloc_core.exporting.writing import ExportError
from afloc_core.imaging.compose import compose_radiograph
from afloc_core.imaging.radiograph import Radiograph
from afloc_core.localization.geometry import output_positions
from tests.exporting.pictures import film, is_contour, marks, picture
from tests.localization.test_geometry import heatmap

BARE = frozenset({Part.HEAT})
SHAPES = {"square": (512, 512), "tall": (900, 300), "wide": (300, 900)}
INK = (235, 235, 235)


def of_kind(kind: str) -> Radiograph:
    """Return a dark film of a shape, of 16 bits, or of MONOCHROME1."""
    if kind in SHAPES:
        return compose_radiograph(np.full(SHAPES[kind], 20, dtype=np.uint8), "PNG")
    if kind == "16 bits":
        values = np.full((400, 500), 3000, dtype=np.uint16)
        values[0, 0] = 65535
        return compose_radiograph(values, "PNG")
    values = np.full((400, 500), 4000, dtype=np.uint16)
    values[:5] = 100
    return compose_radiograph(values, "DICOM", inverted=True)


@pytest.mark.parametrize("kind", [*SHAPES, "16 bits", "MONOCHROME1"])
@pytest.mark.parametrize("size", [None, 350, 1100])
def test_the_contour_lies_where_the_map_crosses_the_threshold(kind: str, size: int | None) -> None:
    radiograph = of_kind(kind)
    grid = np.tile(np.linspace(0.0, 0.5, 19), (19, 1))  # rises to the right
    one = PictureMap(heatmap(grid, radiograph.shape), threshold=0.4)
    shown = Picture(radiograph, radiograph.windows[0], (one,), parts=frozenset({Part.CONTOUR}), size=size)
    pixels = picture_pixels(shown)
    height, width = (side if size is None else round(side * size / max(radiograph.shape)) for side in radiograph.shape)
    assert pixels.shape[1] == width
    drawn = np.flatnonzero(is_contour(pixels[height // 2 - 20 : height // 2 + 20, :width]).all(axis=0))
    values = one.heatmap.in_image(1024)[0]
    positions = output_positions(radiograph.shape[1], len(values))
    crossing = np.interp(one.threshold_value, values, positions) + 0.5
    assert abs((drawn + 0.5).mean() - crossing * width / radiograph.shape[1]) <= 0.75


@pytest.mark.parametrize("inverted", [False, True])
def test_grey_is_the_window_and_the_polarity(inverted: bool) -> None:
    radiograph = film(100, 4096, inverted=inverted, spacing=None)
    shown = Picture(radiograph, radiograph.windows[0].moved("", 2000, 1000), parts=frozenset())
    pixels = picture_pixels(shown)[50, :4096]
    assert (pixels == pixels[:, :1]).all(), "grey without heat"
    values = radiograph.values[50].astype(float)
    bright = np.clip((values - 1500) / 1000, 0, 1)
    expected = np.rint((1 - bright if inverted else bright) * 255)
    assert np.abs(pixels[:, 0].astype(int) - expected).max() <= 1
    negative = picture_pixels(replace(shown, inverted=True))[50, :4096, 0]
    assert np.abs(255 - negative.astype(int) - pixels[:, 0]).max() <= 1


def test_heat_has_the_colour_of_its_value_and_stops_at_the_threshold() -> None:
    radiograph = compose_radiograph(np.zeros((300, 300), dtype=np.uint8), "PNG")
    radiograph = replace(radiograph, windows=(replace(radiograph.windows[0], low=0.0, high=255.0),))
    one = PictureMap(heatmap(np.tile(np.linspace(0, 0.5, 19), (19, 1)), (300, 300)), threshold=0.5)
    pixels = picture_pixels(Picture(radiograph, radiograph.windows[0], (one,), parts=BARE, opacity=1.0))
    shares = one.heatmap.in_image()[150] / 0.5
    hot = int(np.argmin(np.abs(shares - 0.9)))
    np.testing.assert_allclose(pixels[150, hot], colours("inferno")[round(shares[hot] * 255)], atol=3)
    assert (pixels[150, :300][shares < 0.49] == 0).all()


@pytest.mark.parametrize(
    ("width", "size", "spacing", "length", "drawn", "label"),
    [
        (1000, None, 0.2, 20.0, 100, "2 cm"),
        (2000, 1000, 0.2, 50.0, 125, "5 cm"),
        (500, 1000, 0.2, 20.0, 200, "2 cm"),
        (1000, None, None, 200.0, 200, "200 film pixels"),
        (3000, 1024, 0.139, 50.0, 123, "5 cm"),
    ],
)
def test_the_scale_bar_is_right_to_a_pixel(
    width: int, size: int | None, spacing: float | None, length: float, drawn: int, label: str
) -> None:
    radiograph = film(width // 2, width, spacing=spacing)
    shown_width = size or width
    bar = scale_bar(radiograph, shown_width)
    assert bar is not None
    assert (bar.length, bar.pixels, bar.label) == (length, drawn, label)
    dark = replace(radiograph, values=np.zeros_like(radiograph.values))
    pixels = picture_pixels(Picture(dark, radiograph.windows[0], parts=frozenset({Part.SCALE_BAR}), size=size))
    rows = (pixels[: shown_width // 2, :shown_width] == INK).all(axis=2).sum(axis=1)
    assert np.bincount(rows[rows > 40]).argmax() == drawn


def test_a_bar_on_pixels_that_are_not_square_follows_the_columns() -> None:
    radiograph = replace(film(400, 1000), spacing_mm=(0.9, 0.2))
    bar = scale_bar(radiograph, 1000)
    assert bar is not None and bar.pixels == pytest.approx(bar.length / 0.2)


def test_marks_are_drawn_where_they_are_in_their_readers_colour() -> None:
    radiograph = compose_radiograph(np.zeros((400, 400), dtype=np.uint8), "PNG")
    readers = (ReaderMarks("A", "#00ff00", (Mark("", Box(100, 120, 80, 60)),)),)
    for size, scale in ((None, 1.0), (800, 2.0)):
        shown = Picture(radiograph, radiograph.windows[0], readers=readers, parts=frozenset({Part.MARKS}), size=size)
        pixels = picture_pixels(shown)[: int(400 * scale)].astype(int)
        rows, columns = np.nonzero((pixels[..., 1] > 200) & (pixels[..., 0] < 60))
        assert abs((columns.min() + columns.max() + 1) / 2 - 140 * scale) <= 0.5
        assert abs((rows.min() + rows.max() + 1) / 2 - 150 * scale) <= 0.5
        assert abs(np.ptp(columns) - 80 * scale) <= 3 and abs(np.ptp(rows) - 60 * scale) <= 3


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("shape", [(300, 240), (900, 120), (120, 900)])
def test_every_layout_holds_films_of_every_shape(layout: Layout, shape: tuple[int, int]) -> None:
    drawing = draw(picture(film(*shape), layout=layout, readers=marks()))
    pixels = paint(drawing)
    assert pixels.shape == (drawing.height, drawing.width, 3)
    for item in drawing.items:
        if hasattr(item, "text"):
            assert item.x >= 0 and item.y <= drawing.height, item.text
    if layout is Layout.SLIDE:
        assert drawing.width * 9 == drawing.height * 16
    if layout is Layout.PAPER:
        assert drawing.width == round(85 / 25.4 * 300) and drawing.dpi == 300


def test_what_is_left_out_is_not_there() -> None:
    everything = picture_pixels(picture(readers=marks()))
    for part in Part:
        less = picture_pixels(picture(readers=marks(), parts=EVERYTHING - {part}))
        assert less.shape != everything.shape or (less != everything).any(), part


def test_every_picture_says_that_it_is_for_research() -> None:
    for layout in Layout:
        for parts in (EVERYTHING, frozenset[Part]()):
            items = draw(picture(layout=layout, parts=parts)).items
            assert any("Research use only" in getattr(item, "text", "") for item in items), layout


@pytest.mark.parametrize("layout", list(Layout))
def test_nothing_of_a_blacked_out_area_is_left(layout: Layout) -> None:
    bright = compose_radiograph(np.full((300, 240), 255, dtype=np.uint8), "PNG")
    box = Bounds(100, 150, 200, 280)
    shown = picture(bright, layout=layout, readers=marks(), blackouts=(box,), parts=EVERYTHING - {Part.SCALE_BAR})
    rasters = [item for item in draw(shown).items if hasattr(item, "pixels") and item.pixels.shape[0] > 60]
    assert rasters
    for raster in rasters[: 3 if layout is not Layout.PAPER else 1]:
        height, width = raster.pixels.shape[:2]
        if width < 60:
            continue  # the colour bar
        y0, y1, x0, x1 = 150 * height / 300, 280 * height / 300, 100 * width / 240, 200 * width / 240
        hidden = raster.pixels[int(y0) + 1 : int(y1) - 1, int(x0) + 1 : int(x1) - 1]
        assert hidden.size and hidden.max() == 0
        top, left = raster.y, raster.x
        painted = paint(draw(shown))[int(y0) + 1 + top : int(y1) - 1 + top, int(x0) + 1 + left : int(x1) - 1 + left]
        assert painted.max() == 0


@pytest.mark.parametrize("size", [None, 2000, 1000, 700])
@pytest.mark.parametrize("axis", [0, 1])
def test_all_one_pixel_lines_survive(size: int | None, axis: int) -> None:
    height, width, spacing = 3056, 2544, 12
    values = np.zeros((height, width), np.uint16)
    lines = np.arange(spacing, (height, width)[axis] - spacing, spacing)
    if axis == 0:
        values[lines] = 4095
    else:
        values[:, lines] = 4095
    radiograph = compose_radiograph(values, "PNG")
    pixels = picture_pixels(Picture(radiograph, radiograph.windows[0], parts=frozenset(), size=size))[..., 0]
    scale = (size or height) / height
    middle = (
        pixels[: round(height * scale), round(width * scale) // 2] if axis == 0 else pixels[round(height * scale) // 2]
    )
    kept = 0
    for line in lines:
        place = int((line + 0.5) * scale)
        kept += middle[max(place - 1, 0) : place + 2].max() >= 0.48 * scale * 255
    assert kept == len(lines)


def test_a_picture_beyond_all_measure_is_refused() -> None:
    wide = picture(film(40, 4000), size=20_000, maps=picture(film(40, 4000)).maps * 6, layout=Layout.MULTIPLES)
    assert picture_pixels(replace(wide, size=500)).size
    huge = replace(picture(), size=20_000)
    with pytest.raises(ExportError, match="smaller size"):
        encode_picture(huge, PictureFormat.PNG)
