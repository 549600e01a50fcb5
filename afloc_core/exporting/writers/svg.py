"""SVG: lines and text as vectors over the pixels of the films; the provenance is in ``<metadata>``.

Text is kept as text. Its width is fixed, so that it keeps its place where another font has to stand in.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from PIL import Image

from afloc_core.exporting.drawing import Fill, Raster, Stroke, Words
from afloc_core.exporting.fonts import FAMILY, text_width
from afloc_core.exporting.painter import HALO, HALO_OPACITY

if TYPE_CHECKING:
    from afloc_core.exporting.drawing import Area, Colour, Drawing, Item
    from afloc_core.exporting.writers import PictureFormat

_MM_PER_INCH = 25.4


def write(drawing: Drawing, provenance: str, _kind: PictureFormat) -> bytes:
    """Return the content of a file, see `write_picture`."""
    clips: dict[Area, str] = {}
    body = [line for item in drawing.items for line in _item(item, clips)]
    width, height = (side / drawing.dpi * _MM_PER_INCH for side in (drawing.width, drawing.height))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.4f}mm" height="{height:.4f}mm" '
        f'viewBox="0 0 {drawing.width} {drawing.height}" font-family="{FAMILY}, Verdana, sans-serif">',
        "<title>AFLoc Review, research use only</title>",
        f'<metadata id="afloc-provenance">{escape(provenance)}</metadata>',
        "<defs>",
        *(_clip(area, name) for area, name in clips.items()),
        "</defs>",
        f'<rect width="{drawing.width}" height="{drawing.height}" fill="{_hex(drawing.background)}"/>',
        *body,
        "</svg>",
    ]
    return "\n".join(lines).encode("utf-8")


def _item(item: Item, clips: dict[Area, str]) -> list[str]:
    if isinstance(item, Raster):
        return [_raster(item)]
    if isinstance(item, Fill):
        area = item.area
        return [f'<rect {_place(area)} fill="{_hex(item.colour)}" shape-rendering="crispEdges"/>']
    if isinstance(item, Stroke):
        return _stroke(item, clips.setdefault(item.clip, f"clip{len(clips)}"))
    return _words(item)


def _raster(item: Raster) -> str:
    stream = io.BytesIO()
    Image.fromarray(item.pixels).save(stream, "PNG")
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    height, width = item.pixels.shape[:2]
    return (
        f'<image x="{item.x}" y="{item.y}" width="{width}" height="{height}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _stroke(item: Stroke, clip: str) -> list[str]:
    path = "M" + " L".join(f"{x:.2f} {y:.2f}" for x, y in item.points.tolist()) + ("Z" if item.closed else "")
    common = f'<path d="{path}" fill="none" stroke-linejoin="round" stroke-linecap="round" clip-path="url(#{clip})"'
    lines = []
    if item.halo:
        lines.append(
            f'{common} stroke="{_hex(HALO)}" stroke-opacity="{HALO_OPACITY}" '
            f'stroke-width="{item.width + 2 * item.halo:.2f}"/>'
        )
    return [*lines, f'{common} stroke="{_hex(item.colour)}" stroke-width="{item.width:.2f}"/>']


def _words(item: Words) -> list[str]:
    """Return the letters, and before them their dark edge: not every program knows how to paint a stroke first."""
    weight = ' font-weight="bold"' if item.bold else ""
    edge = (
        f'fill="none" stroke="{_hex(HALO)}" stroke-opacity="{HALO_OPACITY}" stroke-width="{2 * item.halo}" '
        'stroke-linejoin="round"'
    )
    return [
        f'<text x="{item.x:.2f}" y="{item.y:.2f}" font-size="{item.size}"{weight} {look} '
        f'textLength="{text_width(item.text, item.size, item.bold):.2f}" '
        f'lengthAdjust="spacingAndGlyphs" xml:space="preserve">{escape(item.text)}</text>'
        for look in ((edge, f'fill="{_hex(item.colour)}"') if item.halo else (f'fill="{_hex(item.colour)}"',))
    ]


def _clip(area: Area, name: str) -> str:
    return f'<clipPath id="{name}"><rect {_place(area)}/></clipPath>'


def _place(area: Area) -> str:
    return f'x="{area.x}" y="{area.y}" width="{area.width}" height="{area.height}"'


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
