"""The camera keeps what the hand holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.camera import Camera, View

shares = st.floats(0.02, 0.98)


@given(shares, shares, st.floats(0.3, 3), st.floats(0.3, 3))
def test_zooming_keeps_the_point_under_the_cursor(x: float, y: float, first: float, second: float) -> None:
    camera = Camera()
    camera.resize(1000, 700)
    camera.show_content(2544, 3056)
    place = (1000 * x, 700 * y)
    before = camera.view.to_image(*place)
    camera.zoom(first, place)
    camera.zoom(second, place)
    assert camera.view.to_image(*place) == pytest.approx(before, abs=1e-6)


@given(st.floats(-500, 3000), st.floats(-500, 3000), st.floats(0.05, 30))
def test_screen_and_image_are_inverse(u: float, v: float, scale: float) -> None:
    view = View(scale, (700.0, 900.0), (1000.0, 700.0))
    assert view.to_image(*view.to_screen(u, v)) == pytest.approx((u, v), abs=1e-6)


def test_a_fitted_film_stays_fitted_and_another_keeps_its_middle() -> None:
    camera = Camera()
    camera.resize(1000, 700)
    camera.show_content(2000, 2000)
    camera.resize(500, 400)
    left, top = camera.view.to_screen(0, 0)
    right, bottom = camera.view.to_screen(2000, 2000)
    assert 0 <= left <= right <= 500 and 0 <= top <= bottom <= 400
    camera.set_scale(2)
    before = camera.view
    camera.resize(800, 600)
    assert (camera.view.scale, camera.view.centre) == (before.scale, before.centre)


def test_the_film_cannot_be_lost() -> None:
    camera = Camera()
    camera.resize(1000, 700)
    camera.show_content(2000, 2000)
    for _ in range(50):
        camera.pan(400, -300)
        camera.zoom(0.5)
    u, v = camera.view.centre
    assert (u, v) == (0, 2000)
    assert camera.view.scale * 2000 > 100
