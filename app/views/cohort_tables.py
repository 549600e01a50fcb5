"""The pages of a cohort's window that are tables alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.views import cohort_figures
from app.views.cohort_pages import stack, words
from app.views.figure_table import FigureTable

if TYPE_CHECKING:
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.report.references import ReferenceTable


class ReadersPage(QSplitter):
    """The readers: each against the others, and each against each."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._about = words("What readers are scored against")
        self.readers = FigureTable("Readers", "Means over findings", cohort_figures.READERS)
        self.pairs = FigureTable("Reader against reader", "Means over the cases of both", cohort_figures.PAIRS)
        above = QWidget()
        column = QVBoxLayout(above)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._about)
        column.addWidget(self.readers, 1)
        stack(self, above, self.pairs)

    def show_result(self, evaluation: Evaluation) -> None:
        """Show how readers agree."""
        self._about.setText(cohort_figures.against_sentence(evaluation))
        self.readers.show_figures(cohort_figures.readers_of(evaluation))
        self.pairs.show_figures(cohort_figures.pairs_of(evaluation))


class PublishedPage(QWidget):
    """Figures that were published on the same data by the same protocol."""

    def __init__(self) -> None:
        super().__init__()
        self._source = words("Source of the published figures")
        self.table = FigureTable("Published figures", "This run is the last row", cohort_figures.PUBLISHED)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._source)
        column.addWidget(self.table, 1)

    def show_result(self, reference: ReferenceTable, evaluation: Evaluation) -> None:
        """Show published rows and this run."""
        self._source.setText(f"{reference.name}. {reference.source}.")
        self.table.show_figures(cohort_figures.published_of(reference, evaluation))


class RemarksPage(FigureTable):
    """What took no part and what else is to be known."""

    def __init__(self) -> None:
        super().__init__("Remarks", "The rarest sort comes first", cohort_figures.REMARKS, last_stretches=True)
