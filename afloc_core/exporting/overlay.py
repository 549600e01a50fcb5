"""The annotated picture of one map: radiograph, heat, contour, peak, and a legend that says what it all means.

The picture is made from the data, never from a screen, and carries no name, date or path of its source.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage.measure import find_contours

from afloc_core.exporting.colour_maps import colours
from afloc_core.imaging.letterbox import area_resize
from afloc_core.imaging.voi import brightness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.heatmap import DisplayScale, Heatmap

COLOUR_MAP = "inferno"
_OPACITY = 0.6
_FADE = 0.25  # heat fades in over this part of the scale, so that cold stays plain radiograph
_INK = (235, 235, 235)
_QUIET = (165, 165, 165)
_CONTOUR = (120, 220, 255)
_LEGEND_WIDTH = 300
_MARGIN = 20


def overlay_picture(radiograph: Radiograph, heatmap: Heatmap, max_side: int = 1024) -> Image.Image:
    """Draw a map over its radiograph, with a legend beside it.

    Parameters
    ----------
    radiograph : Radiograph
    heatmap : Heatmap
        Of this radiograph.
    max_side : int
        Longest side of the radiograph in the picture.

    Returns
    -------
    PIL.Image.Image
        RGB. The absolute display scale is used; the contour lies at its middle.
    """
    values = heatmap.in_image(max_side)
    shown = brightness(radiograph.values, radiograph.windows[0])
    grey = area_resize(1 - shown if radiograph.inverted else shown, (values.shape[0], values.shape[1]))
    picture = Image.fromarray(heat_over_grey(grey, values, heatmap.scale))
    draw = ImageDraw.Draw(picture)
    if min(values.shape) > 1:  # a thread-thin picture has no contour
        for line in find_contours(values, heatmap.scale.middle):
            draw.line([(float(x), float(y)) for y, x in line], fill=_CONTOUR, width=2)
    _mark_peak(draw, heatmap, (values.shape[0], values.shape[1]))
    canvas = Image.new("RGB", (picture.width + _LEGEND_WIDTH, max(picture.height, 560)), (18, 18, 18))
    canvas.paste(picture, (0, 0))
    _draw_legend(canvas, heatmap, picture.width + _MARGIN)
    return canvas


def heat_over_grey(grey: NDArray[np.float32], values: NDArray[np.float32], scale: DisplayScale) -> NDArray[np.uint8]:
    """Blend heat over a grey image.

    Parameters
    ----------
    grey : ndarray of float32, shape (H, W), range [0, 1]
    values : ndarray of float32, shape (H, W)
        Similarities; NaN shows no heat.
    scale : DisplayScale

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    level = np.nan_to_num(scale.normalise(values), nan=0.0)
    colour = colours(COLOUR_MAP)[np.rint(level * 255).astype(np.intp)].astype(np.float32)
    alpha = (_OPACITY * np.clip(level / _FADE, 0, 1))[..., None]
    return np.asarray(np.rint((1 - alpha) * grey[..., None] * 255 + alpha * colour), dtype=np.uint8)


def _mark_peak(draw: ImageDraw.ImageDraw, heatmap: Heatmap, shape: tuple[int, int]) -> None:
    inner, outer = 4, 12
    height, width = heatmap.image_shape
    x = (heatmap.peak[0] + 0.5) * shape[1] / width - 0.5
    y = (heatmap.peak[1] + 0.5) * shape[0] / height - 0.5
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        draw.line([(x + dx * inner, y + dy * inner), (x + dx * outer, y + dy * outer)], fill=_INK, width=2)


def _draw_legend(canvas: Image.Image, heatmap: Heatmap, left: int) -> None:
    draw = ImageDraw.Draw(canvas)
    width = _LEGEND_WIDTH - 2 * _MARGIN
    y = _wrapped(draw, heatmap.phrase.typed, left, _MARGIN, width, _font(22), _INK)
    y = _wrapped(draw, f"encoded: {heatmap.phrase.encoded or '(nothing)'}", left, y + 4, width, _font(14), _QUIET)
    y = _wrapped(draw, f"match {heatmap.match:.2f}", left, y + 10, width, _font(18), _INK)
    peak = f"peak {heatmap.peak_value:.2f} at x {heatmap.peak[0]:.0f}, y {heatmap.peak[1]:.0f}"
    y = _wrapped(draw, peak, left, y + 4, width, _font(15), _INK) + 20
    top, bottom = y, max(y + 120, min(y + 260, canvas.height - 190))
    bar = np.repeat(np.linspace(255, 0, bottom - top).astype(np.intp)[:, None], 26, axis=1)
    canvas.paste(Image.fromarray(colours(COLOUR_MAP)[bar]), (left, top))
    scale = heatmap.scale
    for value, name in ((scale.hot, ""), (scale.middle, "contour"), (scale.cold, "cold")):
        at = bottom - 1 - round((value - scale.cold) / (scale.hot - scale.cold) * (bottom - top - 1))
        draw.line([(left + 26, at), (left + 34, at)], fill=_INK, width=2)
        draw.text((left + 42, at), f"{value:.2f}  {name}".rstrip(), fill=_INK, font=_font(15), anchor="lm")
    calibrated = "calibrated on films" if scale.calibrated else "not calibrated for this model"
    y = _wrapped(draw, f"{scale.unit}, {calibrated}", left, bottom + 16, width, _font(14), _QUIET)
    model = f"{heatmap.model.name} {heatmap.model.digest[:12]}, {heatmap.pipeline} pipeline"
    y = _wrapped(draw, model, left, y + 6, width, _font(14), _QUIET)
    _wrapped(draw, "Research use only", left, y + 6, width, _font(15), _INK)


def _wrapped(
    draw: ImageDraw.ImageDraw,
    text: str,
    x: int,
    y: int,
    width: int,
    font: ImageFont.FreeTypeFont,
    fill: tuple[int, int, int],
) -> int:
    """Draw text in as many lines as it needs, at most four, and return the y below it."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and draw.textlength(longer, font=font) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if len(lines) > 4:
        lines = [*lines[:3], f"{lines[3]} …"]
    for one in (_cut(draw, line, width, font) for line in lines):
        draw.text((x, y), one, fill=fill, font=font)
        y += round(font.size * 1.35)
    return y


def _cut(draw: ImageDraw.ImageDraw, line: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    """Shorten a line that has no blank to break at."""
    if draw.textlength(line, font=font) <= width:
        return line
    while line and draw.textlength(f"{line}…", font=font) > width:
        line = line[:-1]
    return f"{line}…"


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
