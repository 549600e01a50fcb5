"""What keys mean on the film while marks are drawn, named and selected; all others are the window's."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.models.drawing import Naming, Tool
from app.views.enter_keys import ENTER

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from app.models.drawing import Drawing

_CONTROL = Qt.KeyboardModifier.ControlModifier
_PLAIN = Qt.KeyboardModifier.NoModifier | Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
_DELETE = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


class Meaning(Enum):
    """What a key asks for."""

    LEAVE = "end what is being done"
    CLOSE = "close the polygon"
    TAKE_BACK = "take the last corner back"
    NAME = "name the selected mark"
    NAMED = "end naming"
    REMOVE = "delete the selected mark"
    TYPE = "a letter or digit of a name"


def meaning(event: QKeyEvent, drawing: Drawing) -> Meaning | None:
    """Return what a key means now; None where it is the window's."""
    key, naming = event.key(), drawing.naming
    corners = drawing.tool is Tool.POLYGON and drawing.draft is not None and bool(drawing.draft.corners)
    if corners and key == Qt.Key.Key_Z and event.modifiers() == _CONTROL:
        return Meaning.TAKE_BACK
    if event.modifiers() | _PLAIN != _PLAIN:
        return None
    if key == Qt.Key.Key_Escape:
        return Meaning.LEAVE if _busy(drawing) else None
    if key in ENTER and corners:
        return Meaning.CLOSE
    if key in ENTER and drawing.selected is not None and not drawing.finding:
        return Meaning.NAME if naming is Naming.NOTHING else Meaning.NAMED
    if key in _DELETE:
        return Meaning.TAKE_BACK if corners else None if drawing.selected is None else Meaning.REMOVE
    return Meaning.TYPE if _names(event.text(), naming) else None


def _names(text: str, naming: Naming) -> bool:
    if text.isdigit():
        return naming is not Naming.NOTHING
    return naming is Naming.FINDING and (text.isalpha() or text == "/")


def _busy(drawing: Drawing) -> bool:
    idle = drawing.naming is Naming.NOTHING and drawing.draft is None and drawing.tool is Tool.LOOK
    return not idle or drawing.selected is not None or drawing.other is not None
