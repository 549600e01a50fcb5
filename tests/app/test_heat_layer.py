"""Only the coloured part of a map is stretched over the film; what is seen is the same as for the whole of it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from app.frame_benchmark import made_heatmap
from app.models.camera import View
from app.models.heat_picture import HeatPicture, colour_table, prepare_picture
from app.models.overlay import OverlaySettings, ScaleMode
from app.views.canvas_layers import HeatLayer, index_image

WIDTH, HEIGHT = 500, 600


def blank() -> QImage:
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(0xFF202020)
    return image


def whole(picture: HeatPicture, settings: OverlaySettings, view: View) -> QImage:
    """Draw all of a map, cold parts too."""
    image, indices = blank(), index_image(picture.indices(settings.scale))
    indices.setColorTable(colour_table(settings))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    height, width = picture.heatmap.image_shape
    place = QRectF(QPointF(*view.to_screen(0, 0)), QPointF(*view.to_screen(width, height)))
    painter.drawImage(place, indices.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied))
    painter.end()
    return image


def drawn(picture: HeatPicture, settings: OverlaySettings, view: View) -> QImage:
    image, layer = blank(), HeatLayer()
    layer.set_picture(picture, settings)
    painter = QPainter(image)
    layer.draw(painter, view)
    painter.end()
    return image


def colours(image: QImage) -> np.ndarray:
    return np.frombuffer(image.constBits(), dtype=np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3].astype(int)


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("scale", [0.19, 0.7])
@pytest.mark.parametrize("mode", list(ScaleMode))
def test_a_map_looks_as_if_all_of_it_were_drawn(threshold: float, scale: float, mode: ScaleMode) -> None:
    picture = prepare_picture(made_heatmap())
    settings = OverlaySettings(contour=False, peak=False, opacity=1.0, threshold=threshold, scale=mode)
    view = View(scale, (1500.0, 1700.0), (float(WIDTH), float(HEIGHT)))
    found, wanted = colours(drawn(picture, settings, view)), colours(whole(picture, settings, view))
    warm = (wanted != 0x20).any(axis=2)
    assert warm.any()
    difference = np.abs(found - wanted).max(axis=2)
    assert np.percentile(difference[warm], 99) <= 3
    assert difference.max() <= 40, "at the very edge a sample may lie on the other side of a screen pixel"


def test_a_map_that_is_cold_everywhere_leaves_the_film_bare() -> None:
    picture = prepare_picture(made_heatmap())
    settings = OverlaySettings(contour=False, peak=False, threshold=1.0, opacity=1.0)
    view = View(0.19, (1272.0, 1528.0), (float(WIDTH), float(HEIGHT)))
    assert (colours(drawn(picture, settings, view)) == 0x20).all()
