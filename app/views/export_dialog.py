"""The dialog of an export: what it will look like on the left, what can be chosen on the right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from afloc_core.exporting.picture import Layout, Part
from app.models.export_settings import PAGES, ExportSettings
from app.views.export_preview import ExportPreview
from app.views.naming import named
from app.views.review_place import with_ending

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Bounds
    from afloc_core.exporting.drawing import Area
    from afloc_core.exporting.picture import Picture

_LAYOUTS = {
    Layout.SINGLE: "Single film",
    Layout.SIDE_BY_SIDE: "Side by side: readers, model",
    Layout.MULTIPLES: "Small multiples: a film for each phrase",
    Layout.SLIDE: "Slide, 16:9",
    Layout.PAPER: "Column of a journal, 85 mm at 300 dpi",
}
_PICTURES = {
    "png": ("PNG", ".png"),
    "jpeg": ("JPEG", ".jpg"),
    "tiff": ("TIFF", ".tif"),
    "pdf": ("PDF, with vectors", ".pdf"),
    "svg": ("SVG, with vectors", ".svg"),
}
_OBJECTS = {
    "dicom-picture": ("DICOM: the picture (Secondary Capture)", ".dcm"),
    "dicom-map": ("DICOM: the maps (fractional SEG)", ".dcm"),
    "dicom-regions": ("DICOM: the model's regions (SEG)", ".dcm"),
    "dicom-marks": ("DICOM: marks and window (GSPS)", ".dcm"),
    "dicom-report": ("DICOM: marks and measurements (SR)", ".dcm"),
}
_OTHER_ENDINGS = {".jpg": (".jpeg",), ".tif": (".tiff",)}
_PARTS = {
    Part.HEAT: "Heat",
    Part.CONTOUR: "Contours",
    Part.PEAK: "Peak",
    Part.MARKS: "Readers' marks",
    Part.LABELS: "Findings beside marks",
    Part.SCALE_BAR: "Scale bar",
    Part.LEGEND: "Legend",
}
_SIZES = (None, 512, 1024, 2048, 4096)
_PROTECTED = "Nothing says who is on the film: no names, numbers, dates, places or file names."
_PROTECTED_OBJECT = (
    "Nothing says who is on the film but its UIDs, without which no viewer finds it: they tell those who have the "
    "archive."
)
_NAMED = "The file will say who is on the film."


class ExportDialog(QDialog):
    """Lets the reader choose, look, and write.

    Parameters
    ----------
    settings : ExportSettings
        What is chosen at first.
    picture : Picture
        What is on screen.

    Signals
    -------
    settings_changed(), copy_chosen()
    place_chosen(Path)
        Where to write.
    folder_chosen(Path)
        Where to write all films of the review.
    """

    settings_changed = Signal()
    copy_chosen = Signal()
    place_chosen = Signal(object)
    folder_chosen = Signal(object)

    def __init__(self, settings: ExportSettings, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle("Export")
        self.setAccessibleName("Export")
        self.resize(1160, 740)
        self.preview = named(
            ExportPreview(picture.radiograph.shape), "Preview", "Drag over the film to black an area out"
        )
        self._layout = named(QComboBox(), "Layout")
        for layout, title in _LAYOUTS.items():
            self._layout.addItem(title, layout.value)
        self._kind = named(QComboBox(), "Format")
        formats = _PICTURES | (_OBJECTS if picture.radiograph.kind == "DICOM" else {})
        for kind, (title, _suffix) in formats.items():
            self._kind.addItem(title, kind)
        self._size = named(QComboBox(), "Size")
        self._long_side = max(picture.radiograph.shape)
        self._fill_sizes()
        self._parts = {part: named(QCheckBox(title), title) for part, title in _PARTS.items()}
        for part, box in self._parts.items():
            box.setChecked(part in settings.parts)
        self._names = named(QCheckBox("Readers' names"), "Readers' names", "Else readers are numbered")
        self._patient = named(QCheckBox("Include patient data"), "Include patient data", "Asked anew each time")
        self._privacy = _quiet(_PROTECTED, "Patient data")
        self._warning = _quiet("", "Words in the film")
        self._warning.setProperty("warning", True)
        self._error = _quiet("", "What went wrong")
        self._error.setProperty("warning", True)
        self._undo = named(QPushButton("Take the last area back"), "Take the last area back")
        self._undo.setEnabled(False)
        self._save = named(QPushButton("Save…"), "Save")
        self._all = named(
            QPushButton("All films of the review…"), "All films of the review", "Each with its own window, in a folder"
        )
        self._all.hide()
        self._copy = named(QPushButton("Copy"), "Copy the picture")
        self._close = named(QPushButton("Cancel"), "Cancel")
        self._save.setDefault(True)
        self._arrange()
        self._connect()

    @property
    def settings(self) -> ExportSettings:
        """What is chosen now."""
        return self._settings

    def show_preview(self, pixels: NDArray[np.uint8] | None, films: tuple[Area, ...], warning: str, error: str) -> None:
        """Show how it will look, what the file says of words in the film, and why it cannot be exported."""
        self.preview.show_picture(pixels, films)
        self._warning.setText(warning)
        self._warning.setVisible(bool(warning))
        self.show_error(error)
        self._save.setEnabled(not error)
        self._copy.setEnabled(not error)

    def show_error(self, sentence: str) -> None:
        """Say what went wrong; empty for nothing."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        for button in (self._save, self._all, self._copy):
            button.setEnabled(True)

    def show_progress(self, sentence: str) -> None:
        """Say that a file is being written."""
        self._error.setText(sentence)
        self._error.setVisible(True)
        for button in (self._save, self._all, self._copy):
            button.setEnabled(not sentence.endswith("…"))

    def offer_review(self, films: int) -> None:
        """Offer to write all films of a review that has so many."""
        self._all.setText(f"All {films:,} films of the review…")
        self._all.setVisible(films > 1)

    def ask_place(self) -> Path | None:
        """Let the reader choose where to write; who chooses a file that exists is asked whether it may go.

        A name without the ending of the format gets it.
        """
        title, suffix = (_PICTURES | _OBJECTS)[self._settings.kind]
        offered = f"afloc-{self._settings.kind if suffix == '.dcm' else self._settings.layout.value}{suffix}"
        while True:
            name, _ = QFileDialog.getSaveFileName(self, "Export", offered, f"{title.split(':')[0]} (*{suffix})")
            if not name:
                return None
            place = with_ending(Path(name), suffix, *_OTHER_ENDINGS.get(suffix, ()))
            if place == Path(name) or not place.exists():
                return place
            offered = str(place)  # the dialog asked about another name, so it is shown again with the whole one

    def _arrange(self) -> None:
        form = QFormLayout()
        for choice in (self._layout, self._kind, self._size):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(16)
        form.addRow("Layout", self._layout)
        form.addRow("Format", self._kind)
        form.addRow("Size", self._size)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addLayout(form)
        column.addSpacing(8)
        column.addWidget(_heading("What is shown"))
        for box in self._parts.values():
            column.addWidget(box)
        column.addSpacing(8)
        column.addWidget(_heading("Who is on it"))
        column.addWidget(self._privacy)
        column.addWidget(self._names)
        column.addWidget(self._patient)
        column.addSpacing(4)
        column.addWidget(self._warning)
        column.addWidget(_quiet("Drag over the film to black an area out.", "How to black out"))
        column.addWidget(self._undo)
        column.addStretch(1)
        column.addWidget(self._error)
        column.addWidget(self._all)
        buttons = QHBoxLayout()
        for button in (self._close, self._copy, self._save):
            buttons.addWidget(button)
        column.addLayout(buttons)
        side = QWidget()
        side.setLayout(column)
        side.setFixedWidth(370)
        row = QHBoxLayout(self)
        row.addWidget(self.preview, 1)
        row.addWidget(side)
        self._warning.hide()
        self._error.hide()

    def _connect(self) -> None:
        self._layout.currentIndexChanged.connect(self._choose_layout)
        self._kind.currentIndexChanged.connect(self._choose)
        self._size.currentIndexChanged.connect(self._choose)
        for box in (*self._parts.values(), self._names, self._patient):
            box.toggled.connect(self._choose)
        self.preview.drawn.connect(lambda area: self._black_out((*self._settings.blackouts, area)))
        self._undo.clicked.connect(lambda: self._black_out(self._settings.blackouts[:-1]))
        self._save.clicked.connect(self._ask)
        self._all.clicked.connect(self._ask_folder)
        self._copy.clicked.connect(self.copy_chosen)
        self._close.clicked.connect(self.reject)

    def _choose_layout(self) -> None:
        self._fill_sizes()
        self._choose()

    def _fill_sizes(self) -> None:
        page = Layout(self._layout.currentData() or Layout.SINGLE) in PAGES
        self._size.blockSignals(True)
        self._size.clear()
        for size in _SIZES:
            if size is None:
                own = "As wide as usual" if page else f"The film's own, {self._long_side:,} pixels"
                self._size.addItem(own, None)
            else:
                self._size.addItem(f"{size:,} pixels {'wide' if page else 'on the long side'}", size)
        self._size.blockSignals(False)

    def _choose(self) -> None:
        parts = frozenset(part for part, box in self._parts.items() if box.isChecked())
        self._take(
            replace(
                self._settings,
                layout=Layout(self._layout.currentData()),
                kind=str(self._kind.currentData()),
                size=self._size.currentData(),
                parts=parts,
                reader_names=self._names.isChecked(),
                patient=self._patient.isChecked(),
            )
        )

    def _black_out(self, areas: tuple[Bounds, ...]) -> None:
        self._take(replace(self._settings, blackouts=areas))

    def _take(self, settings: ExportSettings) -> None:
        self._settings = settings
        self._undo.setEnabled(bool(settings.blackouts))
        is_object = settings.kind in _OBJECTS
        self._privacy.setText(_NAMED if settings.patient else _PROTECTED_OBJECT if is_object else _PROTECTED)
        self._privacy.setProperty("warning", settings.patient)
        self._privacy.style().polish(self._privacy)
        self.settings_changed.emit()

    def _ask(self) -> None:
        if (place := self.ask_place()) is not None:
            self.place_chosen.emit(place)

    def _ask_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Export all films into a folder"):
            self.folder_chosen.emit(Path(name))


def _quiet(text: str, name: str) -> QLabel:
    label = named(QLabel(text), name)
    label.setWordWrap(True)
    label.setProperty("quiet", True)
    return label


def _heading(text: str) -> QLabel:
    label = named(QLabel(text), text)
    label.setProperty("heading", True)
    return label
