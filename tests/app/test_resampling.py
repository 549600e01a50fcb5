"""Drawing at any scale keeps what is thin, and magnifying adds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage

from afloc_core.imaging.pyramid import mean_pyramid
from afloc_core.imaging.radiograph import Window
from app.models.camera import Camera
from app.models.resampling import finest_needed, resample
from app.services.loading import make_film
from app.views.canvas import Canvas
from tests.app.fakes import from_values

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

HEIGHT, WIDTH, SPACING = 3056, 2544, 12


def screen(qtbot: QtBot, values: NDArray[np.uint16], width: int, height: int) -> tuple[NDArray[np.uint8], Camera]:
    """Return what a canvas of that size shows of a film, fitted."""
    camera = Camera()
    canvas = Canvas(camera)
    qtbot.addWidget(canvas)
    canvas.resize(width, height)
    canvas.show()
    canvas.show_film(make_film(from_values(values)))
    canvas.show_window(Window("", 0, 4095), False)
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())[
        :, : image.width()
    ]
    return pixels.copy(), camera


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1068, 760), (800, 560), (1900, 1140)])
def test_one_pixel_lines_survive_at_fit_to_window(qtbot: QtBot, width: int, height: int) -> None:
    kept = total = 0
    for axis, length in ((0, HEIGHT), (1, WIDTH)):
        values = np.zeros((HEIGHT, WIDTH), np.uint16)
        lines = np.arange(SPACING, length - SPACING, SPACING)
        if axis == 0:
            values[lines] = 4095
        else:
            values[:, lines] = 4095
        pixels, camera = screen(qtbot, values, width, height)
        scale = camera.view.scale
        middle = pixels[:, width // 2] if axis == 0 else pixels[height // 2]
        for line in lines:
            place = camera.view.to_screen(line + 0.5, line + 0.5)[1 - axis]
            near = middle[int(place) - 1 : int(place) + 2].max()
            total += 1
            # A line of one image pixel covers ``scale`` screen pixels; split between two it is half as bright.
            kept += near >= 0.48 * scale * 255
    assert kept / total >= 0.98, f"{kept} of {total} lines"


def test_shrinking_is_the_mean_of_the_covered_area() -> None:
    values = np.random.default_rng(1).integers(0, 4000, (512, 768)).astype(np.uint16)
    drawn = resample(mean_pyramid(values), (0, 0), 8, (96, 64))
    expected = values.reshape(64, 8, 96, 8).mean(axis=(1, 3))
    assert np.abs(drawn - expected).max() < 1.6  # three levels, each rounded to whole numbers


def test_a_fraction_of_a_pixel_is_weighted_by_its_area() -> None:
    values = np.array([[0, 100, 200, 300]], np.uint16)
    assert resample((values,), (0.5, 0), 1.5, (2, 1)) == pytest.approx(
        np.array([[(0.5 * 0 + 100) / 1.5, (200 + 0.5 * 300) / 1.5]])
    )


def test_magnifying_interpolates_between_pixel_centres() -> None:
    values = np.array([[0, 100]], np.uint16)
    drawn = resample((values,), (0, 0), 0.25, (8, 1))[0]
    assert drawn == pytest.approx([0, 0, 12.5, 37.5, 62.5, 87.5, 100, 100])


def test_the_level_is_never_coarser_than_the_screen() -> None:
    assert [finest_needed(5, step) for step in (0.1, 1, 1.99, 2, 3.9, 4, 100)] == [0, 0, 0, 1, 1, 2, 4]
