"""Small multiples: the film once for each phrase, all seen through one camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QWidget

from app.models.scene import PLAIN
from app.views import theme
from app.views.canvas import Canvas
from app.views.phrase_difference import DifferenceLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QPaintEvent, QResizeEvent, QShowEvent

    from app.models.camera import Camera
    from app.models.film import Film
    from app.models.heat_picture import HeatPicture
    from app.models.overlay import OverlaySettings
    from app.models.phrase_difference import DifferencePicture
    from app.models.scene import Scene

_HEAD = 30
_GAP = 2
_SMALLEST = 60


@dataclass(frozen=True)
class CellContent:
    """What one cell shows.

    Attributes
    ----------
    title : str
    colour : str
        ``#rrggbb`` beside the title; empty for none.
    answer : str
        Right of the title: the match, or what is being waited for.
    words : str
        What is seen, for screen readers.
    picture : HeatPicture or None
    settings : OverlaySettings
    difference : DifferencePicture or None
        Drawn in place of a map.
    """

    title: str
    colour: str
    answer: str
    words: str
    picture: HeatPicture | None
    settings: OverlaySettings
    difference: DifferencePicture | None = None


class Multiples(QWidget):
    """A grid of canvases of exactly the same size, so that one camera fits all of them.

    Parameters
    ----------
    camera : Camera
    first : Canvas
        The canvas whose film is shown; what is done with a cell is done with it.

    Signals
    -------
    shown(bool)
        The grid came on screen, or left it.
    """

    shown = Signal(bool)

    def __init__(self, camera: Camera, first: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._camera = camera
        self._first = first
        self._film: Film | None = None
        self._scene = PLAIN
        self._cells: list[_Cell] = []
        self._add_cell()

    @property
    def canvases(self) -> tuple[Canvas, ...]:
        """The canvases, in the order of the cells."""
        return tuple(cell.canvas for cell in self._cells)

    def minimumSizeHint(self) -> QSize:
        """As small as one cell can be."""
        return QSize(_SMALLEST, _SMALLEST + _HEAD)

    def show_film(self, film: Film | None) -> None:
        """Show another film in every cell."""
        self._film = film
        for cell in self._cells:
            cell.canvas.show_film(film)
        self._place()

    def show_cells(self, contents: Sequence[CellContent]) -> None:
        """Show these cells; at least one."""
        while len(self._cells) < len(contents):
            self._add_cell()
        while len(self._cells) > max(len(contents), 1):
            cell = self._cells.pop()
            cell.hide()
            cell.deleteLater()
        for cell, content in zip(self._cells, contents, strict=False):
            cell.show_content(content)
        self._place()

    def show_scene(self, scene: Scene) -> None:
        """Draw in every cell what a scene says; its note in the first alone, where it serves all of them."""
        self._scene = scene
        for number, cell in enumerate(self._cells):
            cell.canvas.show_scene(replace(scene, note="") if number else scene)

    def take_over(self) -> None:
        """Take camera and keyboard."""
        canvas = self._cells[0].canvas
        self._camera.resize(canvas.width(), canvas.height())
        canvas.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room."""
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the camera see through the cells."""
        self._place()
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Say that the camera is free again."""
        self.shown.emit(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines around the cells."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.BACKDROP)
        for cell in self._cells:
            painter.fillRect(cell.geometry().adjusted(-_GAP, -_GAP, _GAP, _GAP), theme.LINE)
        painter.end()

    def _add_cell(self) -> None:
        cell = _Cell(_CellCanvas(self._camera, self._first, leads=not self._cells), self)
        cell.canvas.show_film(self._film)
        cell.canvas.show_scene(replace(self._scene, note="") if self._cells else self._scene)
        self._cells.append(cell)
        cell.show()

    def _place(self) -> None:
        count = len(self._cells)
        shape = (self._film.width, self._film.height) if self._film is not None else (1, 1)
        columns = best_columns(count, (self.width(), self.height()), shape)
        rows = ceil(count / columns)
        width = (self.width() - _GAP * (columns - 1)) // columns
        height = (self.height() - _GAP * (rows - 1)) // rows
        for number, cell in enumerate(self._cells):
            row, column = divmod(number, columns)
            cell.setGeometry(column * (width + _GAP), row * (height + _GAP), max(width, 1), max(height, _HEAD + 1))


def best_columns(count: int, room: tuple[int, int], film: tuple[int, int]) -> int:
    """Return the number of columns at which a film is largest.

    Parameters
    ----------
    count : int
        Number of cells.
    room, film : (int, int)
        Width and height of the grid, and of the film.
    """

    def scale(columns: int) -> float:
        rows = ceil(count / columns)
        return min(room[0] / columns / film[0], (room[1] / rows - _HEAD) / film[1])

    return max(range(1, count + 1), key=scale)


class _CellCanvas(Canvas):
    """A canvas on the film of another; what is done with it is told as if it were done with that one."""

    def __init__(self, camera: Camera, first: Canvas, *, leads: bool) -> None:
        super().__init__(camera)
        self._leads = leads
        self._drawn.film_layer = first._drawn.film_layer  # one resampling of the film serves all cells
        self._drawn.mark_layer = first._drawn.mark_layer  # and one drawing of very many marks
        self.setMinimumSize(_SMALLEST, _SMALLEST)
        self.window_dragged.connect(first.window_dragged)
        self.hovered.connect(first.hovered)
        self.dropped.connect(first.dropped)
        self.blinked.connect(first.blinked)
        first.marks_taken.connect(self._take_marks)

    def show_film(self, film: Film | None) -> None:
        """Take the film; the camera has been told of it."""
        self._drawn.film = film
        self.update()

    def _take_marks(self) -> None:
        self._under = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted film fitted, but only while this is what one looks at."""
        if self._leads and self.isVisible():
            self._camera.resize(self.width(), self.height())


class _Cell(QFrame):
    """A title and a canvas."""

    def __init__(self, canvas: _CellCanvas, parent: QWidget) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._difference = DifferenceLayer()
        self._content: CellContent | None = None
        canvas.setParent(self)
        canvas.add_layer(self._difference, with_heat=True)

    def show_content(self, content: CellContent) -> None:
        """Show a phrase; what is the same already costs nothing."""
        if content == self._content:
            return
        self._content = content
        self.canvas.show_heat(None if content.difference is not None else content.picture, content.settings)
        self._difference.set_difference(content.difference, content.settings.opacity)
        self.canvas.setAccessibleName(f"Radiograph, {content.title}")
        self.canvas.describe(content.words)
        self.setToolTip(content.title)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the canvas what the title leaves."""
        self.canvas.setGeometry(0, _HEAD, self.width(), self.height() - _HEAD)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the title."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.PANEL)
        if self._content is not None:
            self._draw_head(painter, self._content)
        painter.end()

    def _draw_head(self, painter: QPainter, content: CellContent) -> None:
        left = 12.0
        if content.colour:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(content.colour))
            painter.drawRoundedRect(QRectF(left, 10, 11, 11), 3, 3)
            left += 19
        middle, side = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        painter.setFont(theme.drawing_font(13))
        painter.setPen(theme.QUIET)
        painter.drawText(QRectF(0, 0, self.width() - 12, _HEAD), middle | side, content.answer)
        room = self.width() - 12 - left - painter.fontMetrics().horizontalAdvance(content.answer) - 10
        painter.setFont(theme.drawing_font(14, bold=True))
        painter.setPen(theme.TEXT)
        title = painter.fontMetrics().elidedText(content.title, Qt.TextElideMode.ElideRight, int(max(room, 0)))
        painter.drawText(QRectF(left, 0, room, _HEAD), middle, title)
