"""PDF through ReportLab: lines and text as vectors over the pixels of the films, the font embedded.

The document says nothing of time and place; the provenance is in the document information, as Keywords.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image

from afloc_core.exporting.drawing import Fill, Raster, Stroke
from afloc_core.exporting.fonts import font_file, text_width
from afloc_core.exporting.painter import HALO, HALO_OPACITY

if TYPE_CHECKING:
    from afloc_core.exporting.drawing import Colour, Drawing, Item, Words
    from afloc_core.exporting.writers import PictureFormat

_POINTS_PER_INCH = 72
_ROUND = 1
_FONTS = {False: "AFLocSans", True: "AFLocSansBold"}


def write(drawing: Drawing, provenance: str, _kind: PictureFormat) -> bytes:
    """Return the content of a file, see `write_picture`."""
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas  # slow to import

    rl_config.useA85 = 0  # text around compressed streams makes them a quarter larger
    _register_fonts()
    scale = _POINTS_PER_INCH / drawing.dpi
    stream = io.BytesIO()
    size = (drawing.width * scale, drawing.height * scale)
    page = Canvas(stream, pagesize=size, invariant=1, pageCompression=1)
    page.setTitle("AFLoc Review, research use only")
    page.setCreator("AFLoc Review")
    page.setAuthor("")
    page.setSubject("Research use only")
    page.setKeywords(provenance)
    page.scale(scale, scale)
    page.setLineJoin(_ROUND)
    page.setLineCap(_ROUND)
    _rectangle(page, drawing, (0, 0, drawing.width, drawing.height), drawing.background)
    for item in drawing.items:
        _draw(page, drawing, item)
    page.showPage()
    page.save()
    return stream.getvalue()


def _register_fonts() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for bold, name in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, font_file(bold)))  # anew: a font keeps count of the glyphs it has used


def _draw(page: Any, drawing: Drawing, item: Item) -> None:  # noqa: ANN401 - ReportLab is untyped
    if isinstance(item, Raster):
        from reportlab.lib.utils import ImageReader

        height, width = item.pixels.shape[:2]
        image = ImageReader(Image.fromarray(item.pixels))
        page.drawImage(image, item.x, drawing.height - item.y - height, width, height)
    elif isinstance(item, Fill):
        area = item.area
        _rectangle(page, drawing, (area.x, area.y, area.width, area.height), item.colour)
    elif isinstance(item, Stroke):
        _stroke(page, drawing, item)
    else:
        _words(page, drawing, item)


def _rectangle(page: Any, drawing: Drawing, place: tuple[int, int, int, int], colour: Colour) -> None:  # noqa: ANN401
    x, y, width, height = place
    page.setFillColorRGB(*_shares(colour))
    page.rect(x, drawing.height - y - height, width, height, stroke=0, fill=1)


def _stroke(page: Any, drawing: Drawing, item: Stroke) -> None:  # noqa: ANN401
    page.saveState()
    clip = page.beginPath()
    clip.rect(item.clip.x, drawing.height - item.clip.y - item.clip.height, item.clip.width, item.clip.height)
    page.clipPath(clip, stroke=0, fill=0)
    path = page.beginPath()
    for number, (x, y) in enumerate(item.points.tolist()):
        (path.lineTo if number else path.moveTo)(x, drawing.height - y)
    if item.closed:
        path.close()
    for width, colour, opacity in (
        (item.width + 2 * item.halo, HALO, HALO_OPACITY if item.halo else 0.0),
        (item.width, item.colour, 1.0),
    ):
        if opacity:
            page.setStrokeColorRGB(*_shares(colour), alpha=opacity)
            page.setLineWidth(width)
            page.drawPath(path, stroke=1, fill=0)
    page.restoreState()


def _words(page: Any, drawing: Drawing, item: Words) -> None:  # noqa: ANN401
    name = _FONTS[item.bold]
    natural = page.stringWidth(item.text, name, item.size)
    squeeze = 100 * text_width(item.text, item.size, item.bold) / natural if natural else 100
    for outlined in (True, False) if item.halo else (False,):
        page.saveState()  # how letters are drawn would stay for those that follow
        text = page.beginText(item.x, drawing.height - item.y)
        text.setFont(name, item.size)
        text.setHorizScale(squeeze)
        text.setTextRenderMode(1 if outlined else 0)
        if outlined:
            page.setStrokeColorRGB(*_shares(HALO), alpha=HALO_OPACITY)
            page.setLineWidth(2 * item.halo)
        text.setFillColorRGB(*_shares(item.colour))
        text.textOut(item.text)
        page.drawText(text)
        page.restoreState()


def _shares(colour: Colour) -> tuple[float, float, float]:
    red, green, blue = colour
    return red / 255, green / 255, blue / 255
