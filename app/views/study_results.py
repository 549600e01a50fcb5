"""What came of a study: reading time and accuracy per arm, and the way to take the tables away."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.views.naming import named


class StudyResultsDialog(QDialog):
    """Shows figures and asks for a folder to export to.

    Parameters
    ----------
    title : str
        Of the study.
    text : str
        The figures.

    Signals
    -------
    export_wanted(Path, bool)
        The folder, and whether names of files and readers are to be written too.
    """

    export_wanted = Signal(object, bool)

    def __init__(self, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Results of a study")
        self.resize(720, 560)
        head = named(QLabel(title), "Title of the study")
        head.setProperty("heading", True)
        head.setWordWrap(True)
        figures = named(QPlainTextEdit(text), "Figures")
        figures.setReadOnly(True)
        figures.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._names = named(QCheckBox("Also write which file each case is, and what readers are called"), "With names")
        self._said = named(QLabel(), "What became of the export")
        self._said.setWordWrap(True)
        self._said.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        export = buttons.addButton("Export…", QDialogButtonBox.ButtonRole.ActionRole)
        export.setAccessibleName("Export the results")
        buttons.button(QDialogButtonBox.StandardButton.Close).setAccessibleName("Close the results")
        export.clicked.connect(self._ask)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for part in (head, figures, self._names, self._said, buttons):
            column.addWidget(part)

    def tell(self, sentence: str) -> None:
        """Say what became of the export."""
        self._said.setText(sentence)
        self._said.show()

    def _ask(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Export the results to a folder")
        if name:
            self.export_wanted.emit(Path(name), self._names.isChecked())
