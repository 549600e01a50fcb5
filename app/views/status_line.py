"""The line at the foot: which model, which arithmetic, which window, and what is under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.views.naming import named

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

_SEPARATOR = "  ·  "


class StatusLine(QFrame):
    """Facts in a fixed order, separated by dots; what is unknown is left out."""

    _ORDER = ("doubt", "model", "pipeline", "place", "window", "peak", "cursor", "spacing")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self._facts: dict[str, str] = {}
        self._label = named(QLabel(), "Status")
        self._label.setProperty("quiet", True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        warning = named(QLabel("research use only"), "Research use only")
        warning.setProperty("warning", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 7)
        row.addWidget(self._label, 1)
        row.addWidget(warning)

    @property
    def text(self) -> str:
        """All facts, also those that a narrow window cuts off."""
        return _SEPARATOR.join(self._facts[name] for name in self._ORDER if self._facts.get(name))

    def set_fact(self, name: str, text: str) -> None:
        """Show a fact, or leave it out if ``text`` is empty.

        Parameters
        ----------
        name : str
            ``doubt``, ``model``, ``pipeline``, ``place``, ``window``, ``peak``, ``cursor`` or ``spacing``.
        text : str
        """
        if self._facts.get(name) != text:
            self._facts[name] = text
            self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as fits."""
        super().resizeEvent(event)
        self._show()

    def _show(self) -> None:
        room = max(self._label.width(), 40)
        self._label.setText(self._label.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, room))
        self._label.setToolTip(self.text)
        self._label.setAccessibleDescription(self.text)
