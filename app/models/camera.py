"""Which part of the film is seen, and how large: one camera can serve several canvases."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

_LARGEST_SCALE = 32.0
_MARGIN = 0.985
_LEAST_SHARE, _MOST_SHARE = 0.15, 0.7


@dataclass(frozen=True, slots=True)
class View:
    """A similarity between image and screen.

    Attributes
    ----------
    scale : float
        Screen pixels per image pixel.
    centre : (float, float)
        Image position (u, v) in the middle of the viewport; pixel (column 0, row 0) covers [0, 1] x [0, 1].
    viewport : (float, float)
        Width and height of the viewport in screen pixels.
    """

    scale: float
    centre: tuple[float, float]
    viewport: tuple[float, float]

    def to_screen(self, u: float, v: float) -> tuple[float, float]:
        """Return where an image position is on the screen."""
        return (
            (u - self.centre[0]) * self.scale + self.viewport[0] / 2,
            (v - self.centre[1]) * self.scale + self.viewport[1] / 2,
        )

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Return which image position is under a place of the screen."""
        return (
            (x - self.viewport[0] / 2) / self.scale + self.centre[0],
            (y - self.viewport[1] / 2) / self.scale + self.centre[1],
        )

    def zoomed(self, scale: float, x: float, y: float) -> View:
        """Return the view at another scale with the image position under (x, y) unmoved."""
        u, v = self.to_image(x, y)
        centre = (u - (x - self.viewport[0] / 2) / scale, v - (y - self.viewport[1] / 2) / scale)
        return replace(self, scale=scale, centre=centre)


class Camera(QObject):
    """The view of a film, and what a reader does with it; ``changed`` after each change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._content = (1.0, 1.0)
        self._fitted = True
        self._view = View(1.0, (0.5, 0.5), (1.0, 1.0))

    @property
    def view(self) -> View:
        """The view now."""
        return self._view

    @property
    def fitted(self) -> bool:
        """Whether the whole film follows the size of the window."""
        return self._fitted

    def show_content(self, width: float, height: float) -> None:
        """Take the size of a new film in image pixels and show all of it."""
        self._content = (max(width, 1.0), max(height, 1.0))
        self.fit()

    def resize(self, width: float, height: float) -> None:
        """Take the size of the viewport; a fitted film stays fitted, another keeps its middle."""
        self._view = replace(self._view, viewport=(max(width, 1.0), max(height, 1.0)))
        if self._fitted:
            self.fit()
        else:
            self.changed.emit()

    def fit(self) -> None:
        """Show the whole film with a small margin."""
        self._fitted = True
        self._view = replace(self._view, scale=self._fit_scale(), centre=(self._content[0] / 2, self._content[1] / 2))
        self.changed.emit()

    def zoom(self, factor: float, at: tuple[float, float] | None = None) -> None:
        """Magnify by ``factor`` about a place of the screen, its middle when none is given."""
        self.set_scale(self._view.scale * factor, at)

    def set_scale(self, scale: float, at: tuple[float, float] | None = None) -> None:
        """Show ``scale`` screen pixels per image pixel, kept between a quarter of the fit and 32 (or four fits)."""
        smallest, largest = min(self._fit_scale() / 4, 1.0), max(self._fit_scale() * 4, _LARGEST_SCALE)
        x, y = at or (self._view.viewport[0] / 2, self._view.viewport[1] / 2)
        self._fitted = False
        self._view = self._view.zoomed(min(max(scale, smallest), largest), x, y)
        self.changed.emit()

    def look(self, scale: float, centre: tuple[float, float]) -> None:
        """Show an image position (u, v) in the middle at a scale, kept within the same bounds as by hand."""
        self.set_scale(scale)
        inside = (min(max(side, 0.0), size) for side, size in zip(centre, self._content, strict=True))
        u, v = inside
        self._view = replace(self._view, centre=(u, v))
        self.changed.emit()

    def look_at(self, left: float, top: float, width: float, height: float) -> None:
        """Bring a rectangle of image pixels to the middle; the scale stays unless it would be a speck or not fit."""
        room = min(self._view.viewport[0] / max(width, 1.0), self._view.viewport[1] / max(height, 1.0))
        scale = min(max(self._view.scale, _LEAST_SHARE * room), _MOST_SHARE * room)
        self.look(scale, (left + width / 2, top + height / 2))

    def pan(self, dx: float, dy: float) -> None:
        """Move the film by screen pixels; its edge can reach the middle of the viewport and no further."""
        u = self._view.centre[0] - dx / self._view.scale
        v = self._view.centre[1] - dy / self._view.scale
        self._fitted = False
        centre = (min(max(u, 0.0), self._content[0]), min(max(v, 0.0), self._content[1]))
        self._view = replace(self._view, centre=centre)
        self.changed.emit()

    def _fit_scale(self) -> float:
        width, height = self._view.viewport
        return _MARGIN * min(width / self._content[0], height / self._content[1])
