"""The canvas: one film, what lies over it, and the hand on the mouse."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.models.scene import PLAIN, Part, Scene
from app.views import theme
from app.views.canvas_layers import FilmLayer, HeatLayer
from app.views.canvas_words import NOTE_HEIGHT, draw_cold, draw_note, draw_swipe, draw_titles, swipe_position
from app.views.difference_layer import DifferenceLayer
from app.views.mark_layer import DrawnMark, Group, MarkLayer

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    from app.models.camera import Camera, View
    from app.models.comparison import Party
    from app.models.difference import Difference
    from app.models.film import Film
    from app.models.heat_picture import HeatPicture
    from app.models.overlay import OverlaySettings

_WHEEL_STEP = 120.0
_ZOOM_PER_STEP = 1.2
_GRIP = 12.0
_REFINE_MS = 120
"""After the last frame that drew many marks roughly, until they are drawn finely."""


class Layer(Protocol):
    """What can be drawn over film and heat."""

    def draw(self, painter: QPainter, view: View) -> None:
        """Draw what ``view`` shows."""
        ...


@dataclass
class _Drawn:
    """What two canvases side by side have in common: with one camera, what one has prepared serves the other."""

    film_layer: FilmLayer = field(default_factory=FilmLayer)
    heat_layer: HeatLayer = field(default_factory=HeatLayer)
    mark_layer: MarkLayer = field(default_factory=MarkLayer)
    difference_layer: DifferenceLayer = field(default_factory=DifferenceLayer)
    with_heat: list[Layer] = field(default_factory=list)
    on_top: list[Layer] = field(default_factory=list)
    film: Film | None = None
    bare: bool = False


class Canvas(QWidget):
    """Shows a film through a camera, and says what the reader does with it.

    Parameters
    ----------
    camera : Camera
    parent : QWidget or None
    beside : Canvas or None
        The canvas this one is beside: the same film, map and marks, of which each draws what its scene says, and the
        same camera, to which only the first tells its size. Keys go to the first.

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
    swiped(float)
        The line of the swipe was dragged to a share of the width.
    marks_taken()
        There are other marks to draw.
    """

    window_dragged = Signal(float, float)
    hovered = Signal(object)
    dropped = Signal(object)
    blinked = Signal(bool)
    swiped = Signal(float)
    marks_taken = Signal()

    def __init__(self, camera: Camera, parent: QWidget | None = None, *, beside: Canvas | None = None) -> None:
        super().__init__(parent)
        self._camera = camera
        self._leads = beside is None
        self._beside: Canvas | None = None
        self._drawn: _Drawn = _Drawn() if beside is None else beside._drawn
        self._scene = PLAIN
        self._under: DrawnMark | None = None
        self._swiping = False
        self._note = ""
        self._last: QPointF | None = None
        self._blinking = False
        self.setAccessibleName("Radiograph" if beside is None else "Radiograph, right side")
        self.setAccessibleDescription("The film with the heatmap over it")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(200, 200)
        self._refine = QTimer(self)
        self._refine.setSingleShot(True)
        self._refine.setInterval(_REFINE_MS)
        self._refine.timeout.connect(self._draw_finely)
        self._resting_at = 0.0
        camera.changed.connect(self.update)
        if beside is not None:
            beside._beside = self
            self.setFocusProxy(beside)
            self.window_dragged.connect(beside.window_dragged)
            self.hovered.connect(beside.hovered)
            self.dropped.connect(beside.dropped)

    def show_film(self, film: Film | None) -> None:
        """Show a film, all of it."""
        self._drawn.film = film
        self._drawn.film_layer.set_film(film)
        if film is not None:
            self._camera.show_content(film.width, film.height)
        self.update()

    def show_window(self, window: Window, inverted: bool) -> None:
        """Show the film at a window and polarity."""
        self._drawn.film_layer.set_window(window, inverted)
        self.update()

    def show_heat(self, picture: HeatPicture | None, settings: OverlaySettings) -> None:
        """Show a map over the film, or none."""
        self._drawn.heat_layer.set_picture(picture, settings)
        self.update()

    def update(self) -> None:  # type: ignore[override]  # parts of a canvas are never painted alone
        """Paint again, and the canvas beside too: it draws the same layers."""
        super().update()
        if self._beside is not None:
            self._beside.update()

    def show_marks(self, groups: Mapping[Party, Group]) -> None:
        """Take the marks there are; the scene says which of them are drawn."""
        self._drawn.mark_layer.set_groups(groups)
        self._under = None
        self.update()
        self.marks_taken.emit()

    def show_difference(self, difference: Difference | None, message: str = "") -> None:
        """Take the difference of the two sides, or what is said while there is none."""
        self._drawn.difference_layer.set_difference(difference, message)
        self.update()

    def show_scene(self, scene: Scene) -> None:
        """Draw what a scene says."""
        self._scene, self._under = scene, None
        self.update()

    def add_layer(self, layer: Layer, *, with_heat: bool = False) -> None:
        """Draw a layer over those that are there; call ``update`` after it has changed.

        Parameters
        ----------
        layer : Layer
        with_heat : bool, optional
            Draw it only where the model's map is drawn, right above it; otherwise above everything, marks included.
        """
        (self._drawn.with_heat if with_heat else self._drawn.on_top).append(layer)
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
        if self._drawn.film is None:
            painter.setPen(theme.QUIET)
            painter.setFont(theme.drawing_font(16))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._note)
        else:
            self._drawn.film_layer.draw(painter, self._camera.view, self.devicePixelRatioF())
            if not self._drawn.bare and self._drawn.heat_layer.visible:
                self._draw_scene(painter, self._camera.view)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted film fitted."""
        if self._leads:
            self._camera.resize(self.width(), self.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the cursor."""
        steps = event.angleDelta().y() / _WHEEL_STEP
        if self._drawn.film is not None and steps:
            at = event.position()
            self._camera.zoom(_ZOOM_PER_STEP**steps, (at.x(), at.y()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move the film, or its window."""
        self._last = event.position()
        self._swiping = event.button() == Qt.MouseButton.LeftButton and self._on_swipe(event.position())
        if self._swiping:
            return
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the film, or its window; say what is under the cursor."""
        position = event.position()
        if self._swiping:
            self.swiped.emit(position.x() / max(self.width(), 1))
        elif self._last is not None and self._drawn.film is not None and event.buttons():
            moved = position - self._last
            if event.buttons() & Qt.MouseButton.RightButton:
                self.window_dragged.emit(moved.x(), moved.y())
            else:
                self._camera.pan(moved.x(), moved.y())
            self._last = position
        else:
            self.setCursor(Qt.CursorShape.SplitHCursor if self._on_swipe(position) else Qt.CursorShape.ArrowCursor)
        self.tell_hover(position)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._last, self._swiping = None, False
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit to window."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._camera.fit()

    def leaveEvent(self, event: object) -> None:
        """Nothing is under the cursor any more."""
        self.hovered.emit(None)
        self._take_under(None)

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
            self._blinking = self._drawn.bare = blinking
            self.update()
            self.blinked.emit(blinking)

    def _draw_finely(self) -> None:
        self._resting_at = self._camera.view.scale
        self.update()

    def tell_hover(self, position: QPointF) -> None:
        """Say what is at a position."""
        film, view = self._drawn.film, self._camera.view
        if film is None:
            return
        u, v = view.to_image(position.x(), position.y())
        inside = 0 <= u < film.width and 0 <= v < film.height
        self.hovered.emit((u, v) if inside else None)
        groups = next((part.groups for part in self._scene.parts if _holds(part, position.x() / self.width())), ())
        self._take_under(self._drawn.mark_layer.under(u, v, view, groups))

    def _take_under(self, mark: DrawnMark | None) -> None:
        if mark is not self._under:
            self._under = mark
            self.update()

    def _on_swipe(self, position: QPointF) -> bool:
        share = self._scene.swipe
        return share is not None and abs(position.x() - swipe_position(self._camera.view, share)) <= _GRIP

    def _draw_scene(self, painter: QPainter, view: View) -> None:
        drawn, scene = self._drawn, self._scene
        if scene.difference:
            drawn.difference_layer.draw(painter, view)
        for part in scene.parts:
            painter.save()
            first, last = (
                swipe_position(view, share) if 0 < share < 1 else share * self.width() for share in part.span
            )
            if part.span != (0.0, 1.0):
                left, right = round(first), round(last)
                painter.setClipRect(left, 0, max(right - left, 0), self.height())
            self._draw_part(painter, view, part, (first / self.width(), last / self.width()))
            painter.restore()
        for layer in drawn.on_top:
            layer.draw(painter, view)
        if scene.swipe is not None:
            draw_swipe(painter, view, scene.swipe)
        draw_titles(painter, view, scene.titles)
        if any(scene.tells) and (cold := drawn.heat_layer.cold):
            draw_cold(painter, view, cold, scene.tells, below_titles=any(scene.titles))
        if scene.note:
            draw_note(painter, view, scene.note)
        if scene.difference:
            drawn.difference_layer.draw_legend(painter, view, NOTE_HEIGHT if scene.note else 0.0)

    def _draw_part(self, painter: QPainter, view: View, part: Part, span: tuple[float, float]) -> None:
        drawn = self._drawn
        if part.heat:
            drawn.heat_layer.draw(painter, view)
            for layer in drawn.with_heat:
                layer.draw(painter, view)
        if part.only_dots:
            drawn.mark_layer.draw_dots(painter, view, part.groups)
            if part.heat:
                drawn.heat_layer.label(painter, view)
            return
        if not drawn.mark_layer.draw(painter, view, part.groups, rests=view.scale == self._resting_at):
            self._refine.start()
        if part.heat:
            drawn.heat_layer.label(painter, view)
        drawn.mark_layer.label(painter, view, part.groups, self._under, few=part.labelled, span=span)


def _holds(part: Part, share: float) -> bool:
    return part.span[0] <= share <= part.span[1]


def local_paths(event: QDropEvent) -> tuple[Path, ...]:
    """Return what files and folders of this machine a drag carries."""
    return tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
