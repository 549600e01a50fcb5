"""The middle of the window: the bar of modes, and below it one canvas, two, or another page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.models.compare_mode import CompareMode
from app.views import theme
from app.views.mode_bar import ModeBar

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from app.views.canvas import Canvas


class Middle(QWidget):
    """The widest part of the window.

    Parameters
    ----------
    canvas : Canvas
        The left one, or the only one.
    beside : Canvas
        The right one, seen in side by side only.
    """

    def __init__(self, canvas: Canvas, beside: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = ModeBar()
        self._canvases = _Canvases(canvas, beside)
        self._pages: dict[CompareMode, QWidget] = {}
        self._stack = QStackedWidget()
        self._stack.addWidget(self._canvases)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        self.bar.hide()

    def add_page(self, mode: CompareMode, title: str, widget: QWidget, tip: str = "") -> None:
        """Add what a mode shows instead of the canvases, and its button to the bar.

        Parameters
        ----------
        mode : CompareMode
        title : str
            What the button says.
        widget : QWidget
            Fills the place of the canvases while the mode is chosen.
        tip : str
            What the button says while one points at it.
        """
        self._pages[mode] = widget
        self._stack.addWidget(widget)
        self.bar.add_mode(mode, title, tip)

    def show_mode(self, mode: CompareMode) -> None:
        """Show the page of a mode."""
        self._stack.setCurrentWidget(self._pages.get(mode, self._canvases))
        self._canvases.show_both(mode is CompareMode.SIDE_BY_SIDE)


class _Canvases(QWidget):
    """One canvas, or two of exactly the same size, so that one camera fits both to the pixel."""

    def __init__(self, canvas: Canvas, beside: Canvas) -> None:
        super().__init__()
        self._canvas, self._beside = canvas, beside
        self._both = False
        canvas.setParent(self)
        beside.setParent(self)
        beside.hide()

    def minimumSizeHint(self) -> QSize:
        """As small as one canvas can be."""
        return self._canvas.minimumSize()

    def show_both(self, both: bool) -> None:
        """Show one canvas or two."""
        if both != self._both:
            self._both = both
            self._beside.setVisible(both)
            self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room."""
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line between the two."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.LINE)
        painter.end()

    def _place(self) -> None:
        width, height = self.width(), self.height()
        if not self._both:
            self._canvas.setGeometry(0, 0, width, height)
            return
        half = (width - 1) // 2
        self._canvas.setGeometry(0, 0, half, height)
        self._beside.setGeometry(width - half, 0, half, height)
