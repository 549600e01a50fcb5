"""Window, level and polarity of the film on screen; they never reach the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from afloc_core.imaging.radiograph import Window

if TYPE_CHECKING:
    from app.models.film import Film

_CUSTOM = "Custom"


class Viewing(QObject):
    """How the values of the film become brightness; ``changed`` after each change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._presets: tuple[Window, ...] = (Window("Default", 0.0, 1.0),)
        self._window = self._presets[0]
        self._inverted = False
        self._smallest_width = 1.0

    @property
    def window(self) -> Window:
        """The window now."""
        return self._window

    @property
    def presets(self) -> tuple[Window, ...]:
        """The windows of keys 1 to 9."""
        return self._presets

    @property
    def inverted(self) -> bool:
        """Whether the reader asked for the negative."""
        return self._inverted

    def show_film(self, film: Film) -> None:
        """Start a film at its default window; the reader's choice of polarity stays."""
        self._presets = film.presets()
        self._window = self._presets[0]
        self._smallest_width = film.step
        self.changed.emit()

    def choose(self, number: int) -> None:
        """Choose a preset by its place, counted from 0; a place without a preset changes nothing."""
        if 0 <= number < len(self._presets):
            self._window = self._presets[number]
            self.changed.emit()

    def reset(self) -> None:
        """Return to the file's default window and polarity."""
        self._window = self._presets[0]
        self._inverted = False
        self.changed.emit()

    def set_inverted(self, inverted: bool) -> None:
        """Show the negative, or stop showing it."""
        if inverted != self._inverted:
            self._inverted = inverted
            self.changed.emit()

    def set_window(self, centre: float, width: float) -> None:
        """Set centre and width; the curve of the window is kept."""
        self._window = self._window.moved(_CUSTOM, centre, max(width, self._smallest_width))
        self.changed.emit()

    def adjust(self, centre_shift: float, width_factor: float) -> None:
        """Move the centre by a share of the width, and widen by a factor; the curve of the window is kept."""
        centre = self._window.center + centre_shift * self._window.width
        self.set_window(centre, self._window.width * width_factor)
