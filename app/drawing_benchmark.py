"""How long a frame takes while a shape is drawn or moved by hand, see `app.frame_benchmark`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from app.models.drawing import Tool
    from app.session import Session

_STEPS = 120


def drawing_frames(session: Session) -> dict[str, float]:
    """Return the 95th percentile in milliseconds of one move of the mouse and all that is painted after it."""
    from app.models.drawing import Tool

    found = {f"drawing, {tool.value}": _drag(session, tool) for tool in (Tool.BOX, Tool.FREEHAND, Tool.BRUSH)}
    found["drawing, moving a painted mark"] = _move(session)
    session.state.drawing.leave()
    return found


def _drag(session: Session, tool: Tool) -> float:
    session.state.drawing.select(None)
    session.controller.marking.take_up(tool)
    turns = np.linspace(0, 2 * np.pi, _STEPS)
    return _frames(session, [(420 + 220 * np.sin(turn), 380 - 220 * np.cos(turn / 1.02)) for turn in turns])


def _move(session: Session) -> float:
    """Move the mark that was painted last by its own stroke."""
    from app.models.drawing import Tool

    session.controller.marking.take_up(Tool.LOOK)
    return _frames(session, [(420 + at, 160 + at / 2) for at in range(_STEPS)])


def _frames(session: Session, places: list[tuple[float, float]]) -> float:
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    canvas, left, none = session.window.canvas, Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    times = []
    for number, place in enumerate([*places, places[-1]]):
        kind, button = QEvent.Type.MouseMove, none
        if number in (0, len(places)):
            kind = QEvent.Type.MouseButtonRelease if number else QEvent.Type.MouseButtonPress
            button = left
        held = none if kind is QEvent.Type.MouseButtonRelease else left
        at = QPointF(*place)
        start = time.perf_counter()
        QApplication.sendEvent(canvas, QMouseEvent(kind, at, at, button, held, Qt.KeyboardModifier.NoModifier))
        QApplication.processEvents()
        if button is none:
            times.append(time.perf_counter() - start)
    return float(np.percentile(times, 95) * 1e3)
