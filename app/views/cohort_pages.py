"""The pages of a cohort's window, one idea each; their plots are made once the library is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QHeaderView, QLabel, QSplitter, QVBoxLayout, QWidget

from app.models.cohort_rows import CohortRows, CohortTable, number
from app.views import cohort_figures
from app.views.cohort_figures import MEAN, MEASURES
from app.views.cohort_plots import CalibrationPlot, CurvePlot, IntervalPlot, SpreadPlot, Whisker
from app.views.cohort_points import PointsPlot
from app.views.figure_table import FigureTable, QuietTable
from app.views.naming import named
from app.views.picture_strip import PictureStrip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from afloc_core.cohort.comparison import Comparison
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.human_range import HumanRange
    from afloc_core.cohort.results import Estimate
    from afloc_core.cohort.zero_shot import ZeroShot
    from app.models.case_picture import CaseShown
    from app.models.figure_rows import Figures

_DRAWING = "The best and worst cases are being drawn…"
_PLACES = {measure: place for place, (measure, _) in enumerate(MEASURES)}


class FindingsPage(QSplitter):
    """Means of each finding, their course over thresholds, and how cases are spread."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._shown: tuple[Evaluation, CohortTable, str] | None = None
        self._finding = ""
        self._plots: tuple[IntervalPlot, CurvePlot, SpreadPlot] | None = None
        self._above = QWidget()
        self._row = _row(self._above)
        self._sentence = words("Among the readers")
        self.table = FigureTable(
            "Findings",
            "Means with 95 % intervals; the plots show the cases of the current row",
            cohort_figures.FINDINGS,
        )
        self.table.chosen.connect(self._choose)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self._sentence)
        column.addWidget(self.table, 1)
        stack(self, self._above, below)

    @property
    def sentence(self) -> str:
        """What is said of the model among the readers."""
        return self._sentence.text()

    def build(self) -> None:
        """Make the plots."""
        means, curve, spread = self._plots = IntervalPlot("Mean of each finding"), CurvePlot(), SpreadPlot()
        for widget in (means.area, curve.widget, spread.widget):
            self._row.addWidget(widget, 1)
        self._draw()

    def show_result(self, evaluation: Evaluation, table: CohortTable, measure: str) -> None:
        """Show an evaluation by a measure."""
        if self._shown is None or self._shown[0] is not evaluation:
            self.table.show_figures(cohort_figures.findings_of(evaluation))
            self._finding = ""
        self._shown = evaluation, table, measure
        sentence = cohort_figures.standing_sentence(evaluation.ranges, measure)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        self._draw()

    def _choose(self, finding: str) -> None:
        self._finding = "" if finding == MEAN else finding
        self._draw()

    def _draw(self) -> None:
        if self._plots is None or self._shown is None:
            return
        evaluation, table, measure = self._shown
        means, curve, spread = self._plots
        title = dict(MEASURES)[measure]
        bands = {one.finding or MEAN: one for one in cohort_figures.of_measure(evaluation.ranges, measure)}
        said = ["grey: readers' range"] * bool(bands) + ["amber: other run"] * (evaluation.comparison is not None)
        means.show(_whiskers(evaluation, measure, bands), _two_lines(f"mean {title}, 95 % interval", "; ".join(said)))
        curve.show(evaluation.rules.protocol.thresholds, evaluation.curves, self._finding)
        curve.widget.setVisible(bool(evaluation.curves))
        values = table.numbers[_PLACES[measure]]
        if self._finding:
            values = values[table.of_finding(self._finding)]
        spread.show(values, f"{title} of cases: {self._finding or 'all findings'}")


class CasesPage(QSplitter):
    """Every case as a point and as a row, and the best and the worst as pictures.

    Signals
    -------
    chosen(int)
        A row of the evaluation, to open its case.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._shown: tuple[Evaluation, CohortTable, str] | None = None
        self.points: PointsPlot | None = None
        self.rows = CohortRows(self)
        self.worst, self.best = PictureStrip("Worst by IoU"), PictureStrip("Best by IoU")
        self._about = words("About the pictures")
        above = QWidget()
        self._row = _row(above)
        self._pictures = QWidget()
        pictures = QVBoxLayout(self._pictures)
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.setSpacing(4)
        for widget in (self.worst, self.best):
            widget.chosen.connect(self.chosen)
            pictures.addWidget(widget, 1)
        pictures.addWidget(self._about)
        self._row.addWidget(self._pictures, 1)
        self.table = QuietTable("Cases of the cohort", "Enter or a click opens the case", self.rows)
        self.rows.modelReset.connect(lambda: self.table.selectRow(0))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(3, Qt.SortOrder.AscendingOrder)
        self.table.entered_row.connect(lambda place: self.chosen.emit(int(self.rows.order[place])))
        stack(self, above, self.table)

    def build(self) -> None:
        """Make the plot."""
        self.points = PointsPlot(self)
        self.points.chosen.connect(self._take)
        self._row.insertWidget(0, self.points.area, 1)
        self._draw()

    def await_pictures(self, *, drawn: bool) -> None:
        """Show no pictures for now; make room for some where they will be drawn."""
        self.show_pictures((), (), _DRAWING)
        self._pictures.setVisible(drawn)

    def show_result(self, evaluation: Evaluation, table: CohortTable, measure: str) -> None:
        """Show the points of an evaluation by a measure."""
        self._shown = evaluation, table, measure
        self._draw()

    def show_pictures(self, worst: Sequence[CaseShown], best: Sequence[CaseShown], about: str) -> None:
        """Show pictures, and say something about them."""
        self.worst.show_cases(worst)
        self.best.show_cases(best)
        for widget, cases in ((self.worst, worst), (self.best, best)):
            widget.setVisible(bool(cases))
        self._about.setText(about)

    def _take(self, at: int) -> None:
        place = self.rows.place_of(at)
        self.table.selectRow(place)
        self.chosen.emit(at)

    def _draw(self) -> None:
        if self.points is None or self._shown is None:
            return
        evaluation, table, measure = self._shown
        title = dict(MEASURES)[measure]
        values = table.numbers[_PLACES[measure]]

        def describe(at: int) -> str:
            image, finding, reader = (table.text(at, column) for column in range(3))
            return f"{self.rows.title_of(image)}, {finding}, {reader}: {title} {number(values[at])}"

        names = list(evaluation.summary.findings)
        places = np.ones(len(values))
        for place, name in enumerate(names):
            places[table.of_finding(name)] = -place
        self.points.show(names, places, values, title, describe)


class DifferencesPage(QWidget):
    """The model beside the readers, and this run beside another: paired differences."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Evaluation, str] | None = None
        self._humans = _Differences(
            FigureTable("The model among readers", "Paired differences by finding", cohort_figures.HUMANS)
        )
        self._beside = _Differences(
            FigureTable("This run beside the other", "Paired differences by finding", cohort_figures.BESIDE)
        )
        self.parts = QSplitter(Qt.Orientation.Vertical)
        for part in (self._humans, self._beside):
            self.parts.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self.parts)

    @property
    def sentences(self) -> tuple[str, str]:
        """What is said of the model among readers and of this run beside the other."""
        return self._humans.words.text(), self._beside.words.text()

    @property
    def tables(self) -> tuple[FigureTable, FigureTable]:
        """Among the readers, and beside the other run."""
        return self._humans.table, self._beside.table

    def build(self) -> None:
        """Make the plots."""
        for part in (self._humans, self._beside):
            part.build()
        if self._shown is not None:
            self.show_result(*self._shown)

    def show_result(self, evaluation: Evaluation, measure: str) -> None:
        """Show an evaluation by a measure."""
        self._shown = evaluation, measure
        self._humans.setVisible(bool(evaluation.ranges))
        self._beside.setVisible(evaluation.comparison is not None)
        if evaluation.ranges:
            self._show_humans(evaluation.ranges, measure)
        if evaluation.comparison is not None:
            self._show_beside(evaluation.comparison, measure)

    def _show_humans(self, ranges: Sequence[HumanRange], measure: str) -> None:
        words = cohort_figures.standing_sentence(ranges, measure) or "Readers have no value by this measure."
        whiskers = [Whisker(one.finding or MEAN, one.difference) for one in cohort_figures.of_measure(ranges, measure)]
        title = _two_lines(f"{dict(MEASURES)[measure]}, model less readers", "95 % interval")
        self._humans.show_figures(words, cohort_figures.humans_of(ranges, measure), whiskers, title)

    def _show_beside(self, comparison: Comparison, measure: str) -> None:
        words = cohort_figures.difference_sentence(comparison, measure)
        pairs = cohort_figures.besides(comparison, measure)
        whiskers = [Whisker(name, one.difference) for name, one in pairs.items()]
        title = _two_lines(f"{dict(MEASURES)[measure]}, this run less the other", "95 % interval")
        self._beside.show_figures(words, cohort_figures.beside_of(comparison, measure), whiskers, title)


class _Differences(QWidget):
    """A sentence, a plot of differences, and their table."""

    def __init__(self, table: FigureTable) -> None:
        super().__init__()
        self.table = table
        self.words = words(f"{table.accessibleName()}, in words")
        self._plot: IntervalPlot | None = None
        self._figures = QWidget()
        self._row = _row(self._figures)
        self._row.addWidget(table, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.addWidget(self.words, 0, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._figures, 1)

    def build(self) -> None:
        self._plot = IntervalPlot(f"Differences: {self.table.accessibleName()}")
        self._row.insertWidget(0, self._plot.area, 1)

    def show_figures(self, words: str, figures: Figures, whiskers: Sequence[Whisker], title: str) -> None:
        self.words.setText(words)
        self.table.show_figures(figures)
        self._figures.setVisible(bool(figures.rows))
        if self._plot is not None:
            self._plot.show(whiskers, title, around_zero=True)


class WholeFilmsPage(QSplitter):
    """How well findings are told from films as a whole."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._plots: tuple[IntervalPlot, CalibrationPlot] | None = None
        self._found: ZeroShot | None = None
        self._finding = ""
        above = QWidget()
        self._row = _row(above)
        self.table = FigureTable(
            "Findings of whole films", "The current row stands out in the calibration", cohort_figures.ZERO_SHOT
        )
        self.table.chosen.connect(self._choose)
        stack(self, above, self.table)

    def build(self) -> None:
        """Make the plots."""
        areas, calibration = self._plots = IntervalPlot("AUC of each finding"), CalibrationPlot()
        for widget in (areas.area, calibration.widget):
            self._row.addWidget(widget, 1)
        self._draw()

    def show_result(self, found: ZeroShot) -> None:
        """Show how findings were told."""
        if found is not self._found:
            self._found, self._finding = found, ""
            self.table.show_figures(cohort_figures.zero_shot_of(found))
            self._draw()

    def _choose(self, finding: str) -> None:
        self._finding = "" if finding == MEAN else finding
        self._draw()

    def _draw(self) -> None:
        if self._plots is None or self._found is None:
            return
        areas, calibration = self._plots
        findings = self._found.findings
        rows = [Whisker(name, one.auc) for name, one in findings.items()]
        areas.show([*rows, Whisker(MEAN, self._found.auc)], "AUC, 95 % interval")
        lines = {name: [bin[:2] for bin in one.bins] for name, one in findings.items()}
        calibration.show(lines, self._finding)


def _whiskers(evaluation: Evaluation, measure: str, bands: Mapping[str, HumanRange]) -> list[Whisker]:
    """Return the means of this run, those of the other where there is one, and the range of the readers."""
    summary = evaluation.summary
    every = [(name, figures[measure]) for name, figures in summary.findings.items()]
    if len(every) > 1:
        every.append((MEAN, summary.overall[measure]))
    other = {} if evaluation.comparison is None else _others(evaluation.comparison, measure)
    return [
        Whisker(name, one, other.get(name), (bands[name].lowest, bands[name].highest) if name in bands else None)
        for name, one in every
    ]


def _others(comparison: Comparison, measure: str) -> dict[str, Estimate]:
    return {name: one.other for name, one in cohort_figures.besides(comparison, measure).items()}


def _two_lines(first: str, second: str) -> str:
    """Return the label of an axis as the library takes it."""
    return f"{first}<br>{second}" if second else first


def words(name: str) -> QLabel:
    """Return a place for sentences."""
    words = named(QLabel(), name)
    words.setWordWrap(True)
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return words


def _row(widget: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    return row


def stack(splitter: QSplitter, above: QWidget, below: QWidget) -> None:
    """Put two things under each other, the upper one larger."""
    splitter.setHandleWidth(7)
    splitter.setFrameShape(QFrame.Shape.NoFrame)
    splitter.setChildrenCollapsible(False)
    for widget, stretch in ((above, 3), (below, 2)):
        splitter.addWidget(widget)
        splitter.setStretchFactor(splitter.count() - 1, stretch)
    splitter.setSizes([330, 240])
