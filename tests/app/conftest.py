"""A window over a fake model, opened and closed for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QWidget

from afloc_core.localization.pipelines import Pipeline
from app.models.preferences import Preferences
from app.session import Session, assemble
from app.views.theme import apply_theme
from tests.app.fakes import FakeLocalizer, radiograph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from afloc_core.imaging.radiograph import Radiograph
    from app.services.localisation import LocalizerLike

W = TypeVar("W", bound=QWidget)


class OpenWindow(Protocol):
    """Opens a window on paths, with a phrase."""

    def __call__(
        self,
        paths: tuple[Path, ...],
        *,
        phrase: str = "",
        load: Callable[[], LocalizerLike] = FakeLocalizer,
        open_file: Callable[[Path], Radiograph] | None = None,
        preferences: Preferences | None = None,
        wait: bool = True,
    ) -> Session: ...


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication) -> Iterator[OpenWindow]:
    """Return a function that opens a window; all of them are closed after the test."""
    sessions: list[Session] = []
    apply_theme(qapp)

    def open_one(
        paths: tuple[Path, ...],
        *,
        phrase: str = "",
        load: Callable[[], LocalizerLike] = FakeLocalizer,
        open_file: Callable[[Path], Radiograph] | None = None,
        preferences: Preferences | None = None,
        wait: bool = True,
    ) -> Session:
        session = assemble(load, preferences or Preferences(None), open_file)
        sessions.append(session)
        qtbot.addWidget(session.window)
        session.window.resize(1200, 800)
        session.window.show()
        session.window.canvas.setFocus()
        session.controller.start(paths, phrase, Pipeline.ALIGNED)
        if wait:
            qtbot.waitUntil(lambda: session.state.review.film is not None)
            qtbot.waitUntil(lambda: session.state.review.identity is not None)
            qtbot.waitUntil(lambda: not phrase or session.state.review.picture is not None)
        return session

    yield open_one
    assert all(session.controller.ended for session in sessions), "a worker did not end when its window was closed"


def control(root: QWidget, kind: type[W], name: str) -> W:
    """Return the control of a kind that a screen reader would call by that name."""
    (found,) = [widget for widget in root.findChildren(kind) if widget.accessibleName() == name]
    return found


@pytest.fixture
def film_file(tmp_path: Path) -> Path:
    """Return a 16-bit PNG film of 240 x 300 pixels, alone in its folder."""
    folder = tmp_path / "one"
    folder.mkdir()
    return write_film(folder / "film.png")


def write_film(path: Path, height: int = 300, width: int = 240) -> Path:
    """Write a film as a 16-bit PNG."""
    Image.fromarray(radiograph(height, width).values.astype(np.uint16)).save(path, format="PNG")
    return path
