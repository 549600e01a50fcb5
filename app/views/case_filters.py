"""Which cases are listed, and in which order: a row of choices each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QWidget

from app.models.case_columns import ANY, CaseFilter, Concord, Progress, Sorting
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import Enum


class CaseFilters(QWidget):
    """Choices of finding, reader, agreement, progress, split and order.

    Signals
    -------
    filter_chosen(object)
        A `CaseFilter`; its text is what was shown last.
    sorting_chosen(object)
        A `Sorting`.
    """

    filter_chosen = Signal(object)
    sorting_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = CaseFilter()
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 2, 0, 2)
        self._form.setHorizontalSpacing(8)
        self._form.setVerticalSpacing(4)
        self._finding = self._choice("Finding", "Labelled in the table, or marked by anybody")
        self._reader = self._choice("Reader", "Read by this reader")
        self._concord = self._choice("Agreement", "Whether the readers marked the same findings", list(Concord))
        self._progress = self._choice("Progress", "What you marked as done", list(Progress))
        self._split = self._choice("Split", "Part of the table")
        self._sorting = self._choice("Order", "In which order the cases are listed", list(Sorting))
        self._finding.activated.connect(lambda _at: self._choose(finding=self._finding.currentData()))
        self._reader.activated.connect(lambda _at: self._choose(reader=self._reader.currentData()))
        self._split.activated.connect(lambda _at: self._choose(split=self._split.currentData()))
        self._concord.activated.connect(lambda at: self._choose(concord=list(Concord)[at]))
        self._progress.activated.connect(lambda at: self._choose(progress=list(Progress)[at]))
        self._sorting.activated.connect(lambda at: self.sorting_chosen.emit(list(Sorting)[at]))
        self.show_choices((), (), ())

    def show_choices(self, findings: Sequence[str], readers: Sequence[str], splits: Sequence[str]) -> None:
        """Offer other findings, readers and splits; where there is nothing to choose from, nothing is offered."""
        for box, names, every in (
            (self._finding, findings, "Any finding"),
            (self._reader, readers, "Any reader"),
            (self._split, splits, "Every split"),
        ):
            blocker = QSignalBlocker(box)
            box.clear()
            box.addItem(every, ANY)
            for name in names:
                box.addItem(name, name)
            del blocker
            self._form.setRowVisible(box, bool(names))
        self._form.setRowVisible(self._concord, len(readers) > 1)
        self.show_filter(self._filter)

    def show_filter(self, wanted: CaseFilter) -> None:
        """Show what is chosen; what is not offered any more is added, so that it can be seen and taken back."""
        self._filter = wanted
        for box, name in ((self._finding, wanted.finding), (self._reader, wanted.reader), (self._split, wanted.split)):
            if box.findData(name) < 0:
                box.addItem(name, name)
                self._form.setRowVisible(box, True)
            box.setCurrentIndex(box.findData(name))
        self._concord.setCurrentIndex(list(Concord).index(wanted.concord))
        self._progress.setCurrentIndex(list(Progress).index(wanted.progress))

    def show_sorting(self, sorting: Sorting) -> None:
        """Show the order that is chosen."""
        self._sorting.setCurrentIndex(list(Sorting).index(sorting))

    def _choose(self, **chosen: object) -> None:
        self.filter_chosen.emit(replace(self._filter, **chosen))  # type: ignore[arg-type]

    def _choice(self, name: str, tip: str, values: Sequence[Enum] = ()) -> QComboBox:
        box = named(QComboBox(), f"{name} of the cases", tip)
        box.setToolTip(tip)
        box.setMinimumContentsLength(8)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value in values:
            box.addItem(str(value.value))
        label = QLabel(name)
        label.setProperty("quiet", True)
        self._form.addRow(label, box)
        return box
