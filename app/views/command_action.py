"""A command in a menu, which a policy can forbid whatever else enables it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence, QShortcut

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from app.command import Command


class CommandAction(QAction):
    """The menu entry and the keys of a command.

    Parameters
    ----------
    command : Command
    call : callable
        Does what the command is for; not called while the command is forbidden.
    """

    def __init__(self, command: Command, call: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(command.title, parent)
        self.command = command
        self._call = call
        self._permitted = self._wanted = True
        self._shortcuts: list[QShortcut] = []
        self.setCheckable(command.checkable)
        self.setToolTip(command.help)
        self.setShortcuts([QKeySequence(key) for key in command.keys])
        self.triggered.connect(self.call)

    def add_shortcut(self, shortcut: QShortcut) -> None:
        """Have another key do the same."""
        self._shortcuts.append(shortcut)
        shortcut.activated.connect(self.call)

    def call(self) -> None:
        """Do it, unless it is forbidden."""
        if self._permitted:
            self._call()

    def setEnabled(self, enabled: bool) -> None:  # noqa: N802  (Qt calls it so)
        """Enable it as far as it is permitted."""
        self._wanted = enabled
        super().setEnabled(enabled and self._permitted)

    def permit(self, permitted: bool) -> None:
        """Permit or forbid it; forbidden, it stays disabled until it is permitted again."""
        self._permitted = permitted
        super().setEnabled(self._wanted and permitted)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(permitted)
