"""What the canvas draws, one layer on the other: the film, the heat, the contour, the peak."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.models.film import brightness_table
from app.models.heat_picture import colour_table, describe_cold
from app.models.resampling import resample
from app.views import theme
from app.views.lines import draw_lines, path_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Window
    from app.models.camera import View
    from app.models.film import Film
    from app.models.heat_picture import HeatPicture
    from app.models.overlay import OverlaySettings, ScaleMode

_PLATE = 5.0
_PEAK_RADIUS = 9.0
_CONTOUR = QColor(255, 255, 255, 225)


@dataclass(frozen=True)
class _Seen:
    """The part of the film on screen: its raw values at screen resolution, and its place in device pixels."""

    view: View
    ratio: float
    place: tuple[int, int, int, int]
    values: NDArray[np.uint16]


class FilmLayer:
    """Draws the film; the raw values on screen are kept, so that window and level cost one table look-up."""

    def __init__(self) -> None:
        self._film: Film | None = None
        self._table: NDArray[np.uint8] | None = None
        self._seen: _Seen | None = None
        self._image: QImage | None = None

    def set_film(self, film: Film | None) -> None:
        """Take a film."""
        self._film, self._table, self._seen, self._image = film, None, None, None

    def set_window(self, window: Window, inverted: bool) -> None:
        """Take a window and a polarity."""
        if self._film is not None:
            self._table = brightness_table(self._film, window, inverted)
            self._image = None

    def draw(self, painter: QPainter, view: View, ratio: float) -> None:
        """Draw what ``view`` shows; ``ratio`` is device pixels per logical pixel."""
        if self._film is None or self._table is None:
            return
        if self._seen is None or (self._seen.view, self._seen.ratio) != (view, ratio):
            self._seen, self._image = _look(self._film, view, ratio), None
        if self._seen is None:
            return
        if self._image is None:
            self._image = grey_image(self._table.take(self._seen.values))
        left, top, width, height = (side / ratio for side in self._seen.place)
        painter.drawImage(QRectF(left, top, width, height), self._image)


class HeatLayer:
    """Draws the heat: an image of table entries, coloured by table, stretched smoothly over the film.

    What was made of a map for one scale is kept while the other is shown: readers go to and fro between them.
    """

    def __init__(self) -> None:
        self._tables: dict[ScaleMode, NDArray[np.uint8]] = {}
        self._contours: dict[ScaleMode, tuple[float, QPainterPath]] = {}
        self._picture: HeatPicture | None = None
        self._settings: OverlaySettings | None = None
        self._cold = ""
        self._indices: NDArray[np.uint8] | None = None
        self._coloured: tuple[QRectF, QImage] | None = None
        self._lines = QPainterPath()

    @property
    def visible(self) -> bool:
        """Whether overlays are shown at all."""
        return self._settings is None or self._settings.visible

    @property
    def cold(self) -> str:
        """That the map stays below its threshold, in words; empty if it does not, or there is none."""
        return self._cold

    def set_picture(self, picture: HeatPicture | None, settings: OverlaySettings) -> None:
        """Take a map and how to show it; only what the difference touches is made again."""
        known = (self._picture, self._settings)
        self._picture, self._settings = picture, settings
        self._cold = "" if picture is None else describe_cold(picture, settings)
        if picture is not known[0]:
            self._tables, self._contours = {}, {}
        if picture is None:
            self._indices, self._coloured, self._lines = None, None, QPainterPath()
        elif known[1] is None or picture is not known[0] or settings.scale is not known[1].scale:
            if settings.scale not in self._tables:
                self._tables[settings.scale] = picture.indices(settings.scale)
            self._indices = self._tables[settings.scale]
            self._recolour(picture, settings)
        elif (settings.threshold, settings.colour_map) != (known[1].threshold, known[1].colour_map):
            # Opacity, contour, peak and visibility change nothing that is kept.
            self._recolour(picture, settings)

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw heat, contour and peak."""
        settings, picture = self._settings, self._picture
        if settings is None or picture is None or not settings.visible:
            return
        if self._coloured is not None:
            place, image = self._coloured
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setOpacity(settings.opacity)
            corners = (view.to_screen(place.left(), place.top()), view.to_screen(place.right(), place.bottom()))
            painter.drawImage(QRectF(QPointF(*corners[0]), QPointF(*corners[1])), image)
            painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if settings.contour:
            draw_lines(painter, view, self._lines, _CONTOUR)
        if (peak := self._peak(view)) is not None:
            _draw_peak(painter, peak, bool(self._cold))

    def label(self, painter: QPainter, view: View) -> None:
        """Write the value of the peak beside it; called after marks are drawn, whose outlines would cross it."""
        picture, peak = self._picture, self._peak(view)
        if picture is not None and peak is not None:
            _draw_value(painter, peak, f"{picture.heatmap.peak_value:.2f}", bool(self._cold))

    def _peak(self, view: View) -> tuple[float, float] | None:
        """Return where the peak is on the screen; None where none is to be shown."""
        settings, picture = self._settings, self._picture
        if settings is None or picture is None or not (settings.visible and settings.peak):
            return None
        if not np.isfinite(picture.values).any():
            return None
        x, y = picture.heatmap.peak
        return view.to_screen(x + 0.5, y + 0.5)

    def _recolour(self, picture: HeatPicture, settings: OverlaySettings) -> None:
        if self._indices is not None:
            self._coloured = _coloured(self._indices, colour_table(settings), picture.heatmap.image_shape)
        contour = self._contours.get(settings.scale)
        if contour is None or contour[0] != settings.threshold:
            contour = self._contours[settings.scale] = (settings.threshold, path_of(picture.contours(settings)))
        self._lines = contour[1]


def grey_image(brightness: NDArray[np.uint8]) -> QImage:
    """Return an image of its own memory from brightness, uint8 of shape (height, width)."""
    brightness = np.ascontiguousarray(brightness)
    height, width = brightness.shape
    image = QImage(brightness.data, width, height, width, QImage.Format.Format_Grayscale8)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _look(film: Film, view: View, ratio: float) -> _Seen | None:
    """Resample the part of the film that a view shows."""
    left, top = view.to_screen(0, 0)
    right, bottom = view.to_screen(film.width, film.height)
    first = max(0, round(left * ratio)), max(0, round(top * ratio))
    last = (
        min(ceil(view.viewport[0] * ratio), round(right * ratio)),
        min(ceil(view.viewport[1] * ratio), round(bottom * ratio)),
    )
    size = max(last[0] - first[0], 1), max(last[1] - first[1], 1)
    if (
        last[0] < 0
        or last[1] < 0
        or first[0] > floor(view.viewport[0] * ratio)
        or first[1] > floor(view.viewport[1] * ratio)
    ):
        return None
    origin = view.to_image(first[0] / ratio, first[1] / ratio)
    values = resample(film.pyramid, origin, 1 / (view.scale * ratio), size)
    return _Seen(view, ratio, (*first, *size), (values + np.float32(0.5)).astype(np.uint16))


def index_image(indices: NDArray[np.uint8]) -> QImage:
    """Return an image of its own memory whose pixels are entries of a colour table, from uint8 of (height, width)."""
    height, width = indices.shape
    padded = np.zeros((height, -(-width // 4) * 4), dtype=np.uint8)
    padded[:, :width] = indices
    return QImage(padded.data, width, height, padded.shape[1], QImage.Format.Format_Indexed8).copy()


def _coloured(
    indices: NDArray[np.uint8], table: list[int], image_shape: tuple[int, int]
) -> tuple[QRectF, QImage] | None:
    """Return the part of a map that has a colour, and its place in the image; None if none has.

    Most of a film is cold: what is transparent need not be stretched over it in every frame.
    """
    first = next((entry for entry, colour in enumerate(table) if colour >> 24), len(table))
    warm = indices >= first  # nothing above the threshold is transparent
    rows, columns = np.flatnonzero(warm.any(axis=1)), np.flatnonzero(warm.any(axis=0))
    if not len(rows):
        return None
    # A transparent rim of one entry lets the edge fade as it would within the whole map.
    top, bottom = max(rows[0] - 1, 0), min(rows[-1] + 2, indices.shape[0])
    left, right = max(columns[0] - 1, 0), min(columns[-1] + 2, indices.shape[1])
    image = index_image(indices[top:bottom, left:right])
    image.setColorTable(table)
    down, across = image_shape[0] / indices.shape[0], image_shape[1] / indices.shape[1]
    place = QRectF(left * across, top * down, (right - left) * across, (bottom - top) * down)
    return place, image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _draw_peak(painter: QPainter, at: tuple[float, float], cold: bool) -> None:
    """Draw an open cross-hair that leaves the peak itself uncovered; dim when it lies below the threshold."""
    centre = QPointF(*at)
    colour = QColor(255, 255, 255, 150 if cold else 240)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(QColor(0, 0, 0, 60 if cold else 170), 3.4), QPen(colour, 1.4)):
        painter.setPen(pen)
        painter.drawEllipse(centre, _PEAK_RADIUS, _PEAK_RADIUS)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            inner, outer = _PEAK_RADIUS + 1, _PEAK_RADIUS + 6
            painter.drawLine(centre + QPointF(dx * inner, dy * inner), centre + QPointF(dx * outer, dy * outer))


def _draw_value(painter: QPainter, at: tuple[float, float], text: str, cold: bool) -> None:
    """Write beside the cross-hair, on a plate: white is lost on bone and on the hottest colour."""
    painter.setFont(theme.drawing_font(14, bold=True))
    metrics = painter.fontMetrics()
    width, beside = metrics.horizontalAdvance(text), _PEAK_RADIUS + 12
    fits = at[0] + beside + width + _PLATE < painter.viewport().width()
    left = at[0] + (beside if fits else -beside - width)
    plate = QRectF(left - _PLATE, at[1] - metrics.height() / 2 - 1, width + 2 * _PLATE, metrics.height() + 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(
        QColor(11, 12, 14, 120 if cold else 205)
    )  # white figures are lost on bone and on the hottest colour
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(QColor(255, 255, 255, 190 if cold else 255))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
