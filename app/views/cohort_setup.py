"""The form that says what of a cohort is scored and how; it keeps what was chosen until the window is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from afloc_core.cohort.protocols import PROTOCOLS
from afloc_core.cohort.report.references import TABLES
from app.models.cohort_setup import Beside, CohortSetup, Field, Refusal, Scored, files_of
from app.views.form_row import FormRow, PathLine, ask_file, ask_files, ask_folder
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLES = "Tables (*.csv *.tsv *.parquet);;All files (*)"
_JSON = "JSON (*.json);;All files (*)"
_NOT_LOADED = "The model is not loaded, so readers are scored against each other."
_SCORED = {
    Scored.MODEL: "The model of the main window against the marks of each reader.",
    Scored.READERS: "Each reader against the consensus of the others; no model, and films need not be opened.",
    Scored.FOLDER: "A model that `afloc convert` or `afloc pretrain` made; the main window keeps its own.",
}
_PIPELINES = {
    "": ("as the protocol has it", "The arithmetic that makes the maps."),
    "aligned": ("aligned", "Each cell of the map where its receptive field is."),
    "published": ("published", "The official arithmetic, with its shift and its rim."),
}
_CONSENSUS = {
    "majority": "A reader is scored against the pixels that more than half of the others marked.",
    "union": "A reader is scored against all pixels that any of the others marked.",
    "intersection": "A reader is scored against the pixels that all of the others marked.",
    "STAPLE": "A reader is scored against the most likely pixels, others weighed by their reliability.",
}
_BESIDE = {
    Beside.NOTHING: (
        "no other run",
        "Another model, protocol option or way of making maps, on the same films and marks.",
    ),
    Beside.SHOWN: ("the run that is shown now", "Start another model or way, and get its differences from this one."),
    Beside.FOLDER: ("results in a folder", "Written by “Save report” or `afloc evaluate`, with the same protocol."),
}
_MAPS = (
    ("Sharpen", "put a steep sigmoid over each map"),
    ("Prune phrases", "leave words of size and severity out"),
    ("Fuse", "add the map of the shallow-local features"),
)


class CohortSetupForm(QScrollArea):
    """Asks for a `CohortSetup`."""

    def __init__(self) -> None:
        super().__init__()
        self._known = False
        self._has_result = False
        self._scored = _choice("Who is scored", {one: one.value for one in Scored})
        for place, text in enumerate(("the model of the window", "readers only", "a model in a folder")):
            self._scored.setItemText(place, text)
        self._model = PathLine("Folder of the model", "folder of the model", ask_folder("Folder of the model"))
        self._protocol = _choice("Protocol", {name: name for name in PROTOCOLS})
        self._pipeline = _choice("Pipeline", {name: text for name, (text, _) in _PIPELINES.items()})
        self._maps = [named(QCheckBox(f"{title}: {what}"), title, what) for title, what in _MAPS]
        self._consensus = _choice("Consensus", {name: name for name in _CONSENSUS})
        self._benchmark = PathLine("Benchmark", "annotation files; may be empty", ask_files("Marks of the humans"))
        self._beside = _choice("Compare with", {name: text for name, (text, _) in _BESIDE.items()})
        self._folder = PathLine("Folder of the results", "folder of the results", ask_folder("Results to compare with"))
        sets = {table.key: table.name for table in TABLES}
        self._data_set = _choice("Data set", {"": "as the data show", **sets})
        self._labels = PathLine("Labels", "CSV or Parquet; may be empty", ask_file("Table of labels", _TABLES))
        self._split = named(QLineEdit(), "Split", "Only rows of this split count")
        self._split.setPlaceholderText("all rows")
        self._prompts = PathLine("Prompts", "the published ones", ask_file("Prompts", _JSON))
        self._thresholds = PathLine("Thresholds", "tuned on these films", ask_file("summary.json of a run", _JSON))
        self._cache = PathLine("Features", "keep none", ask_folder("Folder for features of films"))
        self._pictures = named(QCheckBox("Films in the report"), "Films in the report", "Its best and worst cases")
        self._pictures.setChecked(True)
        self._paths = named(QCheckBox("Paths in the results"), "Paths in the results", "Where each film lies")
        self._lines = {
            Field.MODEL: self._model,
            Field.BENCHMARK: self._benchmark,
            Field.BESIDE: self._folder,
            Field.LABELS: self._labels,
            Field.PROMPTS: self._prompts,
            Field.THRESHOLDS: self._thresholds,
            Field.CACHE: self._cache,
        }
        self._rows = self._made_rows()
        self._arrange()
        self._connect()
        self._refresh()

    @property
    def chosen(self) -> CohortSetup:
        """What is chosen; where the model is not loaded, readers. What is greyed out does not count."""
        scored = Scored(self._scored.currentData())
        beside = Beside(self._beside.currentData())
        with_maps = self._about_maps.isEnabled()
        sharpen, prune, fuse = (with_maps and box.isChecked() for box in self._maps)
        return CohortSetup(
            scored=Scored.READERS if scored is Scored.MODEL and not self._known else scored,
            model=self._model.text,
            protocol=self._protocol.currentData(),
            pipeline=self._pipeline.currentData() if with_maps else "",
            sharpen=sharpen,
            prune=prune,
            fuse=fuse,
            consensus=self._consensus.currentData(),
            benchmark=files_of(self._benchmark.text),
            beside=Beside.NOTHING if beside is Beside.SHOWN and not self._has_result else beside,
            beside_folder=self._folder.text,
            labels=self._labels.text,
            split=self._split.text().strip() if self._split.isEnabled() else "",
            prompts=self._prompts.text if self._rows[Field.PROMPTS].isEnabled() else "",
            thresholds=self._thresholds.text if self._rows[Field.THRESHOLDS].isEnabled() else "",
            cache=self._cache.text,
            data_set=self._data_set.currentData(),
            pictures=self._pictures.isChecked(),
            with_paths=self._paths.isChecked(),
        )

    def show_model(self, name: str) -> None:
        """Say which model the window has; empty where it has none."""
        self._known = bool(name)
        self._scored.setItemText(0, name or "the model of the window")
        self._refresh()

    def show_result(self, there: bool) -> None:
        """Offer the run that is shown for comparison, or not."""
        self._has_result = there
        self._refresh()

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Say what is wrong, each beside its field, and give the first the keyboard; what was wrong before is not."""
        for row in self._rows.values():
            row.allow()
        for refusal in refusals:
            self._rows[refusal.field].refuse(refusal.sentence)
        if refusals:
            first = refusals[0].field
            self.ensureWidgetVisible(self._rows[first])
            self._lines[first].setFocus(Qt.FocusReason.OtherFocusReason)

    def said_of(self, field: Field) -> str:
        """Return what the line of a field says."""
        return self._rows[field].said

    def _made_rows(self) -> dict[Field, FormRow]:
        names = {
            Field.BENCHMARK: ("Benchmark", self._benchmark, _BENCHMARK),
            Field.LABELS: ("Labels", self._labels, _LABELS),
            Field.PROMPTS: ("Prompts", self._prompts, _PROMPTS),
            Field.THRESHOLDS: ("Thresholds", self._thresholds, _THRESHOLDS),
            Field.CACHE: ("Features", self._cache, _CACHE),
        }
        rows = {field: FormRow(*parts) for field, parts in names.items()}
        rows[Field.MODEL] = FormRow("Scored", _together(self._scored, self._model), "")
        rows[Field.BESIDE] = FormRow("Compare with", _together(self._beside, self._folder), "")
        return rows

    def _arrange(self) -> None:
        rows = self._rows
        self._about_protocol = FormRow("Protocol", self._protocol, "")
        self._about_pipeline = FormRow("Maps", self._pipeline, "")
        self._about_consensus = FormRow("Consensus", self._consensus, "")
        self._about_maps = FormRow(
            "Better maps", _together(*self._maps), "Off by itself: try one, and compare with a run without it."
        )
        self._about_split = FormRow("Split", self._split, "Of the table of labels; empty for all of its rows.")
        data_set = FormRow(
            "Data set", self._data_set, "Published figures of it stand beside those by the same protocol."
        )
        report = FormRow(
            "Report", _beside(self._pictures, self._paths), "Films may have names burnt into their pixels."
        )
        left = _column(
            ("What is scored", (rows[Field.MODEL], self._about_protocol, self._about_pipeline, self._about_maps)),
            ("Humans", (self._about_consensus, rows[Field.BENCHMARK])),
        )
        right = _column(
            ("Two models, two ways", (rows[Field.BESIDE], data_set)),
            ("Findings of whole films", (rows[Field.LABELS], self._about_split, rows[Field.PROMPTS])),
            ("Files", (rows[Field.THRESHOLDS], rows[Field.CACHE], report)),
        )
        page = QWidget()
        page.setObjectName("form")
        both = QHBoxLayout(page)
        both.setContentsMargins(16, 10, 16, 14)
        both.setSpacing(36)
        both.addLayout(left, 1)
        both.addLayout(right, 1)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _connect(self) -> None:
        for box in (self._scored, self._protocol, self._pipeline, self._consensus, self._beside):
            box.currentIndexChanged.connect(self._refresh)
        for field, line in self._lines.items():
            line.changed.connect(self._rows[field].allow)
        self._labels.changed.connect(self._refresh)

    def _refresh(self) -> None:
        """Explain what is chosen, and show no field that would do nothing."""
        scored, beside = Scored(self._scored.currentData()), Beside(self._beside.currentData())
        unloaded = scored is Scored.MODEL and not self._known
        self._rows[Field.MODEL].explain(_NOT_LOADED if unloaded else _SCORED[scored])
        self._model.setVisible(scored is Scored.FOLDER)
        protocol = PROTOCOLS[self._protocol.currentData()]
        self._about_protocol.explain(f"{protocol.title[0].upper()}{protocol.title[1:]}.")
        self._about_pipeline.explain(_PIPELINES[self._pipeline.currentData()][1])
        self._about_consensus.explain(_CONSENSUS[self._consensus.currentData()])
        self._rows[Field.BESIDE].explain(_BESIDE[beside][1])
        self._folder.setVisible(beside is Beside.FOLDER)
        items = self._beside.model()
        assert isinstance(items, QStandardItemModel)
        items.item(self._beside.findData(Beside.SHOWN.value)).setEnabled(self._has_result)
        with_model = scored is not Scored.READERS and not unloaded
        for widget in (self._about_pipeline, self._about_maps):
            widget.setEnabled(with_model)
        self._rows[Field.LABELS].explain(_LABELS if with_model else _PATIENTS)
        self._rows[Field.THRESHOLDS].setEnabled(protocol.tuned and with_model)
        for widget in (self._about_split, self._rows[Field.PROMPTS]):
            widget.setEnabled(with_model and bool(self._labels.text))


_BENCHMARK = "Marks of people who are scored against the review as the model is; empty: its readers among themselves."
_LABELS = "A column of paths, one for each finding: AUC, average precision, calibration, best threshold by MCC."
_PATIENTS = "Without a model only its patients count: intervals are drawn by them."
_PROMPTS = "JSON of positive and negative prompts for findings."
_THRESHOLDS = "Of the protocol chexlocalize: summary.json of a run on other films, whose tuned thresholds are used."
_CACHE = "Films whose features are kept here are not encoded again; another phrase takes seconds."


def _choice(name: str, items: dict[Any, str]) -> QComboBox:
    box = named(QComboBox(), name)
    for data, text in items.items():
        box.addItem(text, str(data))
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(18)
    return box


def _together(*widgets: QWidget) -> QWidget:
    """Put controls of a row under each other."""
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(5)
    for widget in widgets:
        column.addWidget(widget)
    both.setFocusProxy(widgets[0])
    return both


def _beside(*widgets: QWidget) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(18)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    both.setFocusProxy(widgets[0])
    return both


def _column(*groups: tuple[str, Sequence[FormRow]]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(11)
    for place, (title, rows) in enumerate(groups):
        heading = QLabel(title)
        heading.setProperty("heading", True)
        if place:
            column.addSpacing(10)
        column.addWidget(heading)
        for row in rows:
            column.addWidget(row)
    column.addStretch(1)
    return column
