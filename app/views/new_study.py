"""The dialog that makes a study file, for those who would rather not write one."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from afloc_core.study.study_file import Arm, Design, MapShown, Study
from app.views.naming import named

_UNAIDED, _AIDED = Arm("unaided"), Arm("aided", MapShown.SHOWN)
_TABLES = "Tables of cases (*.csv *.tsv *.parquet);;All files (*)"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of study that the dialog offers."""

    words: str
    design: Design
    arms: tuple[Arm, ...]
    repeat: bool = False


_KINDS = (
    _Kind("Unaided, then aided: each case twice in a row", Design.SEQUENTIAL, (_UNAIDED, _AIDED)),
    _Kind("Crossover: half of the cases unaided, half aided", Design.CROSSOVER, (_UNAIDED, _AIDED)),
    _Kind("Crossover in two periods: all cases both ways", Design.CROSSOVER, (_UNAIDED, _AIDED), repeat=True),
    _Kind(
        "Map after the answer: answers hold before it is shown",
        Design.SEQUENTIAL,
        (Arm("answer first", MapShown.AFTER_ANSWER),),
    ),
    _Kind("Unaided only", Design.SEQUENTIAL, (_UNAIDED,)),
)


class NewStudyDialog(QDialog):
    """Asks what a study is and where its file goes.

    Signals
    -------
    written(Study, Path)
        The study is to be written there; `refuse` says why it cannot be.
    """

    written = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New reading study")
        self.resize(620, 520)
        self._title = named(QLineEdit(), "Title")
        self._cases = named(QLineEdit(), "Cases", "A folder, a pattern of file names, or a table of cases")
        self._findings = named(QPlainTextEdit(), "Findings", "One in each line")
        self._findings.setPlaceholderText("one in each line, for example\npneumothorax\npleural effusion")
        self._findings.setFixedHeight(88)
        self._kind = named(QComboBox(), "Arms")
        self._kind.addItems([kind.words for kind in _KINDS])
        self._reference = named(QLineEdit(), "Reference standard", "An annotation file; may be left out")
        self._reference.setPlaceholderText("annotation file; may be left out, or follow later")
        self._instructions = named(QPlainTextEdit(), "Instructions for readers")
        self._instructions.setFixedHeight(64)
        self._seed = named(QLineEdit(str(secrets.randbelow(10**6))), "Seed", "Of the order of cases; a whole number")
        self._said = named(QLabel(), "What is wrong")
        self._said.setProperty("warning", True)
        self._said.setWordWrap(True)
        self._said.hide()
        self._arrange()

    def refuse(self, sentence: str) -> None:
        """Say why the study cannot be written."""
        self._said.setText(sentence)
        self._said.show()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.addRow("Title", self._title)
        form.addRow("Cases", self._chosen(self._cases, ("Folder…", self._ask_folder), ("Table…", self._ask_table)))
        form.addRow("Findings", self._findings)
        form.addRow("Arms", self._kind)
        form.addRow("Reference", self._chosen(self._reference, ("File…", self._ask_reference)))
        form.addRow("Instructions", self._instructions)
        form.addRow("Seed", self._seed)
        hint = named(QLabel("Readers see no file names, and the map only where the arm shows it."), "Hint")
        hint.setProperty("quiet", True)
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAccessibleName("Make no study")
        save = buttons.addButton("Save as…", QDialogButtonBox.ButtonRole.ActionRole)
        save.setAccessibleName("Save the study file")
        save.clicked.connect(self._save)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(hint)
        column.addWidget(self._said)
        column.addWidget(buttons)

    def _chosen(self, line: QLineEdit, *choices: tuple[str, object]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(line, 1)
        for text, call in choices:
            button = named(QPushButton(text), f"{line.accessibleName()}: {text}")
            button.setAutoDefault(False)
            button.clicked.connect(call)
            row.addWidget(button)
        return row

    def _ask_folder(self) -> None:
        self._take(self._cases, QFileDialog.getExistingDirectory(self, "Folder of the cases"))

    def _ask_table(self) -> None:
        self._take(self._cases, QFileDialog.getOpenFileName(self, "Table of the cases", "", _TABLES)[0])

    def _ask_reference(self) -> None:
        self._take(self._reference, QFileDialog.getOpenFileName(self, "Reference standard")[0])

    def _take(self, line: QLineEdit, name: str) -> None:
        if name:
            line.setText(name)

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the study file", "study.toml", "Studies (*.toml)")
        if name:
            place = Path(name).with_suffix(".toml")
            self.written.emit(self._study(place), place)

    def _study(self, place: Path) -> Study:
        """Return what was filled in; whoever writes it says what is missing."""
        kind = _KINDS[self._kind.currentIndex()]
        findings = tuple(line.strip() for line in self._findings.toPlainText().splitlines() if line.strip())
        cases, reference, seed = self._cases.text().strip(), self._reference.text().strip(), self._seed.text().strip()
        return Study(
            title=self._title.text().strip(),
            findings=findings,
            cases=(_beside(cases, place),) if cases else (),
            arms=kind.arms,
            seed=int(seed) if seed.removeprefix("-").isdecimal() else secrets.randbelow(10**6),
            design=kind.design,
            repeat=kind.repeat,
            instructions=self._instructions.toPlainText().strip(),
            reference=_beside(reference, place) if reference else "",
            folder=place.absolute().parent,
        )


def _beside(name: str, place: Path) -> str:
    """Return a path as seen from the study file, so that both can be moved together; one that is relative stays."""
    path, folder = Path(name), place.absolute().parent
    if not path.is_absolute() or path.anchor != folder.anchor:
        return name
    relative = os.path.relpath(path, folder)
    return name if relative.count("..") > 2 else Path(relative).as_posix()
