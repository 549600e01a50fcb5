"""Names for those who do not see the screen."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str, description: str = "") -> W:
    """Give a control its accessible name and return it; every control has one, a test walks through all of them."""
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(description)
    return widget
