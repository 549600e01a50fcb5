"""A row of a form: what it is called, what is chosen, and a line that explains it or says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from app.models.cohort_setup import line_of
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Callable

_TITLE_WIDTH = 104


class FormRow(QWidget):
    """One row.

    Parameters
    ----------
    title : str
    content : QWidget
        Controls that have their names.
    hint : str
        One line of explanation.
    """

    def __init__(self, title: str, content: QWidget, hint: str) -> None:
        super().__init__()
        self._hint = hint
        label = QLabel(title)
        label.setFixedWidth(_TITLE_WIDTH)
        label.setBuddy(content.focusProxy() or content)
        self._said = named(QLabel(hint), f"About {title.lower()}")
        self._said.setProperty("quiet", True)
        self._said.setProperty("small", True)
        self._said.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(3)
        grid.addWidget(label, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(content, 0, 1)
        grid.addWidget(self._said, 1, 1)
        grid.setColumnStretch(1, 1)
        label.setMinimumHeight(min(content.sizeHint().height(), 28))

    @property
    def said(self) -> str:
        """What the line says."""
        return self._said.text()

    @property
    def wrong(self) -> bool:
        """Whether the line says what is wrong."""
        return bool(self._said.property("warning"))

    def explain(self, hint: str) -> None:
        """Explain something else."""
        self._hint = hint
        if not self.wrong:
            self._said.setText(hint)

    def refuse(self, sentence: str) -> None:
        """Say what is wrong."""
        self._tell(sentence, wrong=True)

    def allow(self) -> None:
        """Explain again: nothing is wrong."""
        self._tell(self._hint, wrong=False)

    def _tell(self, text: str, *, wrong: bool) -> None:
        self._said.setText(text)
        if wrong != self.wrong:
            self._said.setProperty("warning", wrong)
            self._said.setProperty("quiet", not wrong)
            self._said.style().polish(self._said)


class PathLine(QWidget):
    """A path to type, or to choose.

    Parameters
    ----------
    name : str
        Accessible name.
    placeholder : str
    ask : callable
        Opens a dialog over the widget it is given and returns the paths that were chosen.

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(self, name: str, placeholder: str, ask: Callable[[QWidget], tuple[str, ...]]) -> None:
        super().__init__()
        self._ask = ask
        self._line = named(QLineEdit(), name)
        self._line.setPlaceholderText(placeholder)
        self._line.setClearButtonEnabled(True)
        for clear in self._line.findChildren(QToolButton):
            named(clear, f"Clear: {name}")
        self._line.textChanged.connect(self.changed)
        button = named(QPushButton("Choose…"), f"Choose: {name}")
        button.setAutoDefault(False)
        button.clicked.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._line, 1)
        row.addWidget(button)
        self.setFocusProxy(self._line)

    @property
    def text(self) -> str:
        """What is given."""
        return self._line.text().strip()

    def set_text(self, text: str) -> None:
        """Give something else."""
        self._line.setText(text)

    def _choose(self) -> None:
        if found := self._ask(self):
            self._line.setText(line_of(found))


def ask_folder(title: str) -> Callable[[QWidget], tuple[str, ...]]:
    """Return what asks for a folder."""

    def ask(parent: QWidget) -> tuple[str, ...]:
        name = QFileDialog.getExistingDirectory(parent, title)
        return (name,) if name else ()

    return ask


def ask_file(title: str, filters: str = "") -> Callable[[QWidget], tuple[str, ...]]:
    """Return what asks for a file."""

    def ask(parent: QWidget) -> tuple[str, ...]:
        name, _ = QFileDialog.getOpenFileName(parent, title, "", filters)
        return (name,) if name else ()

    return ask


def ask_files(title: str) -> Callable[[QWidget], tuple[str, ...]]:
    """Return what asks for several files."""

    def ask(parent: QWidget) -> tuple[str, ...]:
        names, _ = QFileDialog.getOpenFileNames(parent, title)
        return tuple(names)

    return ask
