"""The slim bar at the left of the film: the tools one draws with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from afloc_core.resource_files import resource_path
from app.models.drawing import Tool
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOOLS = {
    Tool.LOOK: ("Look and select", "Move the film; click a mark to select it, drag it to move it"),
    Tool.BOX: ("Box", "Drag a box; Shift for a square"),
    Tool.POLYGON: ("Polygon", "Click corner by corner; Enter or a double click closes it"),
    Tool.FREEHAND: ("Freehand", "Draw around a finding in one stroke"),
    Tool.BRUSH: ("Brush", "Paint; Shift erases, Ctrl with the wheel makes the brush larger or smaller"),
    Tool.POINT: ("Point", "Click the most salient place"),
    Tool.RULER: ("Ruler", "Drag to measure a distance; nothing is kept of it"),
}


class ToolBar(QFrame):
    """One button for each tool, and one for each command added.

    Signals
    -------
    tool_chosen(Tool)
    """

    tool_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tools")
        self._group = QButtonGroup(self)
        self._buttons: dict[Tool, QToolButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(3, 6, 3, 6)
        self._column.setSpacing(3)
        self._column.addStretch(1)
        for tool, (title, _) in _TOOLS.items():
            button = self._add(title, f"tool-{tool.value}")
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, chosen=tool: self.tool_chosen.emit(chosen))
            self._group.addButton(button)
            self._buttons[tool] = button

    def show_keys(self, keys: Mapping[Tool, str]) -> None:
        """Say in the tips which key takes up which tool."""
        for tool, button in self._buttons.items():
            title, tip = _TOOLS[tool]
            button.setToolTip(f"{title} ({keys[tool]}): {tip[0].lower()}{tip[1:]}")

    def show_tool(self, tool: Tool) -> None:
        """Show which tool is in hand."""
        self._buttons[tool].setChecked(True)

    def _add(self, title: str, icon: str) -> QToolButton:
        button = named(QToolButton(), title)
        button.setObjectName("tool")
        button.setIcon(QIcon(str(resource_path("icons", f"{icon}.svg"))))
        button.setIconSize(QSize(18, 18))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._column.insertWidget(self._column.count() - 1, button)
        return button
