"""The sheet of keys and commands, made from the same table as the menus."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from app.views import theme
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.actions import Command


class HelpSheet(QDialog):
    """Lists every command with its keys, then what the mouse does.

    Parameters
    ----------
    commands : sequence of Command
    mouse : sequence of (str, str)
        Gesture and what it does.
    """

    def __init__(
        self, commands: Sequence[Command], mouse: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and commands")
        self.resize(660, 760)
        text = named(QTextBrowser(), "Keys and commands")
        text.setHtml(help_text(commands, mouse))
        text.setStyleSheet("border: none; background: transparent;")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAccessibleName("Close the sheet")
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addWidget(buttons)


def help_text(commands: Sequence[Command], mouse: Sequence[tuple[str, str]]) -> str:
    """Return the sheet as HTML."""
    rows: list[str] = []
    menu = None
    for command in (command for command in commands if command.listed):
        if command.menu is not menu:
            menu = command.menu
            rows.append(_heading(menu.value.replace("&", "")))
        keys = "  or  ".join(escape(key) for key in (*command.keys, *command.canvas_keys))
        rows.append(_row(escape(command.title), keys, escape(command.help)))
    rows.append(_heading("Mouse"))
    rows.extend(_row(escape(gesture), "", escape(effect)) for gesture, effect in mouse)
    return f"<table cellspacing='0' cellpadding='4' width='100%'>{''.join(rows)}</table>"


def _heading(text: str) -> str:
    return (
        f"<tr><td colspan='3' style='padding-top: 14px; color: {theme.ACCENT.name()}'><b>{escape(text)}</b></td></tr>"
    )


def _row(title: str, keys: str, text: str) -> str:
    quiet = theme.QUIET.name()
    return f"<tr><td>{title}</td><td><b>{keys}</b></td><td style='color: {quiet}'>{text}</td></tr>"
