"""What may be seen and done while a study is read in this window: one policy that everybody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.command import InStudy

if TYPE_CHECKING:
    from app.command import Command

_PANELS = frozenset({"Study", "Film"})


class Blinding(QObject):
    """Nothing is forbidden until a study begins; then everything is that the study does not allow.

    ``changed`` after a study begins, or something is allowed or forbidden again.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._active = self._map = self._marks = False

    @property
    def active(self) -> bool:
        """Whether a study is read in this window; once it is, it stays so until the window is closed."""
        return self._active

    @property
    def map_allowed(self) -> bool:
        """Whether the model may be asked for a map, and one be shown."""
        return self._map or not self._active

    @property
    def marks_allowed(self) -> bool:
        """Whether marks of others may be shown."""
        return self._marks or not self._active

    @property
    def files_allowed(self) -> bool:
        """Whether the reader may open films, marks, reviews and studies, or go to another film."""
        return not self._active

    def begin(self) -> None:
        """Forbid everything: a study is read from now on."""
        self._active = True
        self._map = self._marks = False
        self.changed.emit()

    def allow(self, *, map_: bool = False, marks: bool = False) -> None:
        """Allow what an arm shows now, and nothing else."""
        if (map_, marks) != (self._map, self._marks):
            self._map, self._marks = map_, marks
            self.changed.emit()

    def permits(self, command: Command) -> bool:
        """Say whether a command may be used now; one that does not say so itself may not be used in a study."""
        if not self._active or command.in_study is InStudy.ALWAYS:
            return True
        return self._map and command.in_study is InStudy.WITH_MAP

    def permits_panel(self, title: str) -> bool:
        """Say whether a section of the panel at the right may be seen now."""
        return not self._active or title in _PANELS
