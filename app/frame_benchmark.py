"""How long a frame takes with the marks of many readers on a large film.

``python -m app.frame_benchmark`` prints JSON: for each action the 95th percentile in milliseconds. Twenty readers with
fifty marks each (boxes, polygons, points, masks) on a film of 2544 x 3056 pixels with a heatmap, in a window of
1400 x 900. A frame is one step of panning, of zooming or of choosing the next mode, and everything painted after it.
While a shape is drawn it is one move of the mouse.
The small multiples show six phrases; the scale of twelve kept phrases is changed for all of them at once.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.shapes import Shape
    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.heatmap import Heatmap
    from app.services.localisation import LocalizerLike
    from app.session import Session

SHAPE = (3056, 2544)
READERS, MARKS = 20, 50
_FRAMES = 60
_CELLS, _PHRASES = 6, 12
_WAIT_S = 120.0


def main() -> int:
    """Measure and print."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.stdout.write(json.dumps(measure()) + "\n")
    return 0


def measure() -> dict[str, float]:
    """Return the 95th percentile of each action in milliseconds; needs a Qt platform without a screen."""
    from app.drawing_benchmark import drawing_frames
    from app.models.compare_mode import CompareMode
    from app.models.preferences import Preferences
    from app.session import assemble, make_application

    application = make_application()
    session = assemble(_no_model, Preferences(None))
    session.window.resize(1400, 900)
    session.window.show()
    _fill(session)
    camera, comparison = session.state.camera, session.state.comparison
    found: dict[str, float] = {}
    modes = [mode for mode in CompareMode if mode is not CompareMode.MULTIPLES]
    for mode in modes:
        comparison.set_mode(mode)
        _settle(session)
        camera.fit()
        application.processEvents()
        found[f"{mode.value}, panning"] = _p95(lambda at: camera.pan(3 * (-1) ** (at // 15), 2))
        camera.fit()
        found[f"{mode.value}, zooming"] = _p95(lambda at: camera.zoom(1.08 if at < _FRAMES // 2 else 1 / 1.08))
    camera.fit()
    found |= _phrases(session)
    comparison.set_mode(CompareMode.OVERLAY)
    _settle(session)
    found["switching modes"] = _p95(lambda at: comparison.set_mode(modes[at % len(modes)]))
    found |= drawing_frames(session)
    session.window.close()
    return found


def _phrases(session: Session) -> dict[str, float]:
    """Measure what is done with several phrases."""
    from app.models.compare_mode import CompareMode
    from app.models.heat_picture import prepare_picture
    from app.models.overlay import ScaleMode

    state, found = session.state, {}
    scales = (ScaleMode.MIN_MAX, ScaleMode.ABSOLUTE)
    for number in range(_PHRASES):
        state.phrases.pin(f"phrase {number}")
        state.phrases.show_picture(f"phrase {number}", prepare_picture(made_heatmap(number)))
        if number == _CELLS - 1:
            state.comparison.set_mode(CompareMode.MULTIPLES)
            _settle(session)
            state.camera.fit()
            found["small multiples, panning"] = _p95(lambda at: state.camera.pan(3 * (-1) ** (at // 15), 2))
            state.camera.fit()
            found["small multiples, zooming"] = _p95(
                lambda at: state.camera.zoom(1.08 if at < _FRAMES // 2 else 1 / 1.08)
            )
            state.camera.fit()
            state.comparison.set_mode(CompareMode.OVERLAY)
            _settle(session)
    found["scale of twelve phrases"] = _p95(lambda at: state.overlay.set_scale(scales[at % 2]))
    state.overlay.set_scale(ScaleMode.ABSOLUTE)
    for number in range(_PHRASES):
        state.phrases.remove(f"phrase {number}")
    return found


def _p95(step: Callable[[int], None]) -> float:
    from PySide6.QtWidgets import QApplication

    times = []
    for at in range(_FRAMES):
        start = time.perf_counter()
        step(at)
        QApplication.processEvents()
        times.append(time.perf_counter() - start)
    return float(np.percentile(times, 95) * 1e3)


def _fill(session: Session) -> None:
    from app.models.heat_picture import prepare_picture
    from app.services.loading import make_film

    film = make_film(_radiograph())
    session.state.review.show_film(film)
    session.state.viewing.show_film(film)
    session.state.review.show_picture(prepare_picture(made_heatmap()))
    session.state.case.show(made_marks())
    _settle(session)


def _settle(session: Session) -> None:
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + _WAIT_S
    while session.controller.comparing.pending and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


def made_marks() -> list[Mark]:
    """Return the marks, the same each time."""
    from afloc_core.annotations.marks import Mark

    rng = np.random.default_rng(1)
    return [
        Mark("film", _shape(rng, number), "finding", f"Reader {reader:02d}")
        for reader in range(READERS)
        for number in range(MARKS)
    ]


def _shape(rng: np.random.Generator, number: int) -> Shape:
    from afloc_core.annotations.shapes import Box, Mask, Points, Polygon

    height, width = SHAPE
    radius = float(rng.uniform(40, 300))
    x, y = float(rng.uniform(radius, width - radius)), float(rng.uniform(radius, height - radius))
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    reach = radius * (1 + 0.08 * rng.normal(size=60))
    corners = tuple(zip((x + reach * np.cos(angles)).tolist(), (y + reach * np.sin(angles)).tolist(), strict=True))
    if number % 5 == 0:
        return Box(x - radius, y - radius, 2 * radius, 2 * radius)
    if number % 5 == 1:
        return Points(((x, y),))
    if number % 5 == 2:
        return Mask.from_array(Polygon(corners).to_mask(SHAPE))
    return Polygon(corners)


def _radiograph() -> Radiograph:
    from afloc_core.imaging.radiograph import Radiograph, Window

    rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    values = ((rows * 7 + columns * 3) % 4096).astype(np.uint16)
    return Radiograph(
        pixels=values.astype(np.float32) / np.float32(4095),
        values=values,
        inverted=False,
        windows=(Window("Default", 0, 4095),),
        spacing_mm=(0.14, 0.14),
        spacing_note="",
        kind="DICOM",
        view="PA",
    )


def made_heatmap(number: int = 0) -> Heatmap:
    """Return one warm place, a little elsewhere for each number."""
    from afloc_core.imaging.letterbox import Letterbox
    from afloc_core.localization.features import EncodedPhrase
    from afloc_core.localization.geometry import MapGeometry
    from afloc_core.localization.heatmap import DisplayScale, Heatmap, ModelIdentity
    from afloc_core.localization.pipelines import Pipeline

    rows, columns = np.mgrid[0:19, 0:19]
    grid = 0.45 * np.exp(-((rows - 11) ** 2 + (columns - 12 + number / 2) ** 2) / 9.0)
    return Heatmap(
        grid=grid.astype(np.float32),
        phrase=EncodedPhrase("mass", "mass", ("mass",)),
        pipeline=Pipeline.ALIGNED,
        geometry=MapGeometry(Letterbox.fit(SHAPE, 224), 224, 224 // 18),
        sigma=0.8,
        scale=DisplayScale(0.1, 0.5, "cosine similarity", calibrated=True),
        model=ModelIdentity("none", "0" * 64, "none"),
        match=0.5,
    )


def _no_model() -> LocalizerLike:
    """Stand where a model would be loaded."""
    raise AssertionError  # no thread is started that could ask for it


if __name__ == "__main__":
    sys.exit(main())
