"""The column at the right: foldable sections, one above the other, that scroll when they do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

WIDTH = 288
_MARGIN = 14


_ORDER = ("Study", "Phrases", "Readers", "Agreement", "Heatmap", "Film", "Disagreements")


def _always(_title: str) -> bool:
    return True


def _rank(title: str) -> int:
    return _ORDER.index(title) if title in _ORDER else len(_ORDER)


class Section(QFrame):
    """A heading that folds what is below it away.

    Parameters
    ----------
    title : str
        As the heading says it; also the name under which its folding is remembered.
    body : QWidget

    Signals
    -------
    folded_changed(bool)
        A person folded or unfolded it.
    """

    folded_changed = Signal(bool)

    def __init__(self, title: str, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("section")
        self.title = title
        self._available = self._permitted = True
        self._body = body
        self._heading = named(QToolButton(), title, "Folds this section away, or brings it back")
        self._heading.setObjectName("heading")
        self._heading.setText(title)
        self._heading.setToolTip("Fold or unfold")
        self._heading.setCheckable(True)
        self._heading.setChecked(True)
        self._heading.setArrowType(Qt.ArrowType.DownArrow)
        self._heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._heading.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._heading.toggled.connect(self._fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._heading)
        column.addWidget(body)

    @property
    def folded(self) -> bool:
        """Whether only the heading is seen."""
        return not self._heading.isChecked()

    def set_folded(self, folded: bool) -> None:
        """Fold the section, or bring its body back."""
        self._heading.setChecked(not folded)

    def set_available(self, available: bool) -> None:
        """Show the section, or hide it with its heading while there is nothing in it."""
        self._available = available
        self.setVisible(available and self._permitted)

    def permit(self, permitted: bool) -> None:
        """Let the section be seen while there is something in it, or hide it whatever is in it."""
        self._permitted = permitted
        self.setVisible(self._available and permitted)

    def _fold(self, open_: bool) -> None:
        self._heading.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
        self._body.setVisible(open_)
        self.folded_changed.emit(not open_)


class SidePanel(QFrame):
    """The sections in the order of their adding.

    Signals
    -------
    folding_changed()
        A section was folded or unfolded; see `folded`.
    """

    folding_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        self._sections: list[Section] = []
        self._to_fold: frozenset[str] = frozenset()
        self._permits: Callable[[str], bool] = _always
        content = QWidget()
        content.setObjectName("sections")
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(_MARGIN, 8, _MARGIN, 10)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        scroll = named(QScrollArea(), "Panel", "Sections that can be folded")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the controls inside take the keyboard and scroll into view
        scroll.setWidget(content)
        hint = named(QLabel("Press ? for keys"), "Hint")
        hint.setProperty("quiet", True)
        hint.setContentsMargins(_MARGIN, 6, _MARGIN, 12)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addWidget(hint)

    @property
    def folded(self) -> frozenset[str]:
        """Titles of the folded sections."""
        return frozenset(section.title for section in self._sections if section.folded)

    def add_section(self, title: str, widget: QWidget) -> Section:
        """Add a section at its place: what a case holds comes before how it is drawn, an unknown title last.

        Parameters
        ----------
        title : str
        widget : QWidget
            What is below the heading; the section takes it over.

        Returns
        -------
        Section
            Available and unfolded, unless a person folded the section of this title before.
        """
        section = Section(title, widget)
        if title in self._to_fold:
            section.set_folded(True)
        section.folded_changed.connect(self._tell)
        place = sum(_rank(other.title) <= _rank(title) for other in self._sections)
        self._sections.insert(place, section)
        self._column.insertWidget(place, section)
        if not self._permits(title):
            section.permit(False)
        return section

    def permit(self, permits: Callable[[str], bool]) -> None:
        """Hide the sections whose titles are not permitted, those added later too."""
        self._permits = permits
        for section in self._sections:
            section.permit(permits(section.title))

    def restore(self, folded: Collection[str]) -> None:
        """Fold the sections of these titles, those added later too."""
        self._to_fold = frozenset(folded)
        for section in self._sections:
            section.set_folded(section.title in self._to_fold)

    def _tell(self, _folded: bool) -> None:
        self.folding_changed.emit()
