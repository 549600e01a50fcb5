"""The canvas: one film, what lies over it, and the hand on the mouse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.views import theme
from app.views.canvas_layers import FilmLayer, HeatLayer

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QDragEnterEvent,
        QDropEvent,
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
        QWheelEvent,
    )

    from afloc_core.imaging.radiograph import Window
    from app.models.camera import Camera
    from app.models.film import Film
    from app.models.heat_picture import HeatPicture
    from app.models.overlay import OverlaySettings

_WHEEL_STEP = 120.0
_ZOOM_PER_STEP = 1.2


class Canvas(QWidget):
    """Shows a film through a camera, and says what the reader does with it.

    Signals
    -------
    window_dragged(float, float)
        Right drag: screen pixels to the right and downwards since the last time.
    hovered(object)
        Image position (u, v) under the cursor, or None outside the film.
    dropped(object)
        Tuple of paths.
    blinked(bool)
        Space is held down, or was let go.
    """

    window_dragged = Signal(float, float)
    hovered = Signal(object)
    dropped = Signal(object)
    blinked = Signal(bool)

    def __init__(self, camera: Camera, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._camera = camera
        self._film_layer = FilmLayer()
        self._heat_layer = HeatLayer()
        self._film: Film | None = None
        self._note = ""
        self._last: QPointF | None = None
        self._blinking = False
        self.setAccessibleName("Radiograph")
        self.setAccessibleDescription("The film with the heatmap over it")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(200, 200)
        camera.changed.connect(self.update)

    def show_film(self, film: Film | None) -> None:
        """Show a film, all of it."""
        self._film = film
        self._film_layer.set_film(film)
        if film is not None:
            self._camera.show_content(film.width, film.height)
        self.update()

    def show_window(self, window: Window, inverted: bool) -> None:
        """Show the film at a window and polarity."""
        self._film_layer.set_window(window, inverted)
        self.update()

    def show_heat(self, picture: HeatPicture | None, settings: OverlaySettings) -> None:
        """Show a map over the film, or none."""
        self._heat_layer.set_picture(picture, settings)
        self.update()

    def show_note(self, note: str) -> None:
        """Say something in the place of a film, while there is none."""
        self._note = note
        self.update()

    def describe(self, text: str) -> None:
        """Say in words what is seen, for screen readers."""
        self.setAccessibleDescription(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the layers."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.BACKDROP)
        if self._film is None:
            painter.setPen(theme.QUIET)
            painter.setFont(theme.drawing_font(16))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._note)
        else:
            self._film_layer.draw(painter, self._camera.view, self.devicePixelRatioF())
            self._heat_layer.draw(painter, self._camera.view)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted film fitted."""
        self._camera.resize(self.width(), self.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the cursor."""
        steps = event.angleDelta().y() / _WHEEL_STEP
        if self._film is not None and steps:
            at = event.position()
            self._camera.zoom(_ZOOM_PER_STEP**steps, (at.x(), at.y()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move the film, or its window."""
        self._last = event.position()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the film, or its window; say what is under the cursor."""
        position = event.position()
        if self._last is not None and self._film is not None and event.buttons():
            moved = position - self._last
            if event.buttons() & Qt.MouseButton.RightButton:
                self.window_dragged.emit(moved.x(), moved.y())
            else:
                self._camera.pan(moved.x(), moved.y())
            self._last = position
        self._tell_hover(position)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._last = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit to window."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._camera.fit()

    def leaveEvent(self, event: object) -> None:
        """Nothing is under the cursor any more."""
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Look beneath the overlay while Space is held."""
        if event.key() == Qt.Key.Key_Space:
            self._blink(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Bring the overlay back."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._blink(False)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Bring the overlay back if the window loses the keyboard while Space is held."""
        self._blink(False)
        super().focusOutEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files and folders."""
        if local_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass on what was dropped."""
        paths = local_paths(event)
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def _blink(self, blinking: bool) -> None:
        if blinking != self._blinking:
            self._blinking = blinking
            self.blinked.emit(blinking)

    def _tell_hover(self, position: QPointF) -> None:
        if self._film is None:
            return
        u, v = self._camera.view.to_image(position.x(), position.y())
        inside = 0 <= u < self._film.width and 0 <= v < self._film.height
        self.hovered.emit((u, v) if inside else None)


def local_paths(event: QDropEvent) -> tuple[Path, ...]:
    """Return what files and folders of this machine a drag carries."""
    return tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
