"""The section Agreement: curve, one plain sentence, the table of pairs, and the protocol they were measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from afloc_core.agreement.consensus import Consensus
from app.models.agreement import NOTHING, omission, standing
from app.views.agreement_curve import CurveView
from app.views.agreement_table import AgreementTable, AgreementTableModel
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.models.agreement import AgreementResult

_TITLES = {
    Consensus.UNION: ("Union", "What any reader marked"),
    Consensus.INTERSECTION: ("Intersection", "What every reader marked"),
    Consensus.MAJORITY: ("Majority", "What more than half of the readers marked"),
    Consensus.STAPLE: ("STAPLE", "What is likely when the reliability of each reader is estimated as well"),
}
_ROWS_SHOWN = 6


class AgreementPanel(QWidget):
    """Shows an `AgreementResult`.

    Signals
    -------
    threshold_chosen(float)
        A share of the scale.
    kinds_chosen(object)
        Tuple of the kinds of consensus wanted.
    copied(int)
        So many rows are on the clipboard.
    """

    threshold_chosen = Signal(float)
    kinds_chosen = Signal(object)
    copied = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result = NOTHING
        self._model = AgreementTableModel(self)
        self._large: QDialog | None = None
        self.curve = CurveView()
        self.curve.threshold_chosen.connect(self.threshold_chosen)
        self._key = _quiet("Bold: mean with the readers. Band: readers with each other.", "Key to the curve")
        self._sentence = named(QLabel(), "Where the model stands")
        self._sentence.setWordWrap(True)
        self._caution = _warning("Marks made with the model's help")
        self._omission = _warning("Who is left out")
        self.table = AgreementTable(self._model)
        self.table.copied.connect(self.copied)
        self._hit_key = _quiet(
            "Hit: the hottest place of the map lies in the marks, whatever the threshold. Other figures of the model "
            "are of what lies above the threshold; CNR is of the whole map.",
            "Key to the table",
        )
        self._protocol = _quiet("", "Protocol")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 4)
        column.setSpacing(6)
        column.addWidget(self._sentence)
        column.addWidget(self._caution)
        column.addWidget(self._omission)
        column.addWidget(self.table)
        column.addWidget(self.curve)
        column.addWidget(self._key)
        column.addLayout(self._consensus_choice())
        column.addWidget(self._hit_key)
        column.addWidget(self._protocol)
        column.addLayout(self._buttons())
        self.show_result(NOTHING, {})

    def show_result(self, result: AgreementResult, colours: Mapping[str, str]) -> None:
        """Show figures; each reader's curve in their colour (``#rrggbb`` by name)."""
        self._result = result
        self.curve.show_result(result, colours)
        for part in (self.curve, self._key):
            part.setVisible(result.curves is not None)
        sentence = standing(result)
        self._sentence.setText(sentence)
        self._sentence.setAccessibleDescription(sentence)
        self._hit_key.setVisible(bool(result.model))
        left_out = omission(result)
        _say(self._omission, left_out)
        self._model.show(result)
        rows = min(max(len(result.pairs), 1), _ROWS_SHOWN)
        frame = self.table.horizontalHeader().sizeHint().height() + 14
        self.table.setFixedHeight(rows * self.table.verticalHeader().defaultSectionSize() + frame)
        protocol = f"Protocol: {result.protocol}." if result.protocol else ""
        self._protocol.setText(protocol)
        self._protocol.setAccessibleDescription(protocol)
        if not result.pairs:
            self.close_large()

    def show_caution(self, sentence: str) -> None:
        """Show what must be known of the marks before the figures are believed; empty for nothing."""
        _say(self._caution, sentence)

    def show_kinds(self, kinds: Sequence[Consensus]) -> None:
        """Tick the kinds of consensus that take part."""
        for kind, box in self._boxes.items():
            with QSignalBlocker(box):
                box.setChecked(kind in kinds)

    def show_large(self) -> None:
        """Show the table in a window of its own, where all of it fits."""
        if self._large is None:
            self._large = named(QDialog(self.window()), "Agreement of every pair, large")
            self._large.setWindowTitle("Agreement")
            table = AgreementTable(self._model, wide=True)
            table.copied.connect(self.copied)
            column = QVBoxLayout(self._large)
            column.addWidget(table)
            self._large.resize(820, 520)
        self._large.show()
        self._large.raise_()
        self._large.activateWindow()

    def close_large(self) -> None:
        """Close that window, if it is open."""
        if self._large is not None:
            self._large.close()

    def _consensus_choice(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setVerticalSpacing(0)
        grid.addWidget(_quiet("Consensus of the readers", "Consensus label"), 0, 0, 1, 2)
        self._boxes: dict[Consensus, QCheckBox] = {}
        for at, (kind, (title, explanation)) in enumerate(_TITLES.items()):
            box = named(QCheckBox(title), f"Consensus: {title}", explanation)
            box.setToolTip(explanation)
            box.toggled.connect(self._tell_kinds)
            self._boxes[kind] = box
            grid.addWidget(box, 1 + at // 2, at % 2)
        return grid

    def _tell_kinds(self) -> None:
        self.kinds_chosen.emit(tuple(kind for kind, box in self._boxes.items() if box.isChecked()))

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        for title, explanation, call in (
            ("Copy", "Copy the chosen rows, or all, as text with tabs", self.table.copy),
            ("Enlarge", "Show the table in a window of its own", self.show_large),
        ):
            button = named(QPushButton(title), f"{title} the agreement table", explanation)
            button.setToolTip(explanation)
            button.clicked.connect(call)
            row.addWidget(button)
        row.addStretch(1)
        return row


def _warning(name: str) -> QLabel:
    label = named(QLabel(), name)
    label.setWordWrap(True)
    label.setProperty("warning", True)
    label.hide()
    return label


def _say(label: QLabel, sentence: str) -> None:
    """Show a sentence, or hide the label where there is none."""
    label.setText(sentence)
    label.setAccessibleDescription(sentence)
    label.setVisible(bool(sentence))


def _quiet(text: str, name: str) -> QLabel:
    label = named(QLabel(text), name)
    label.setProperty("quiet", True)
    label.setWordWrap(True)
    return label
