"""The first sections of the panel at the right: how the heatmap is shown and made, and how the film is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from afloc_core.exporting import colour_maps
from afloc_core.localization.pipelines import Pipeline
from app.models.overlay import LEVELS, ScaleMode
from app.views.naming import named

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from afloc_core.imaging.radiograph import Window
    from app.models.heat_picture import HeatPicture
    from app.models.overlay import OverlaySettings

_STEPS = LEVELS
_SCALES = {ScaleMode.ABSOLUTE: "Absolute", ScaleMode.MIN_MAX: "Min–max of this map"}
_PIPELINES = {Pipeline.ALIGNED: "Aligned", Pipeline.PUBLISHED: "Published"}


class LayersPanel(QObject):
    """Sliders and choices; each says what the reader wants and shows what is.

    Attributes
    ----------
    heatmap, film : QWidget
        Bodies of the two sections; whoever puts them into a window owns them.

    Signals
    -------
    opacity_chosen(float), threshold_chosen(float), colour_map_chosen(str), scale_chosen(ScaleMode),
    contour_chosen(bool), peak_chosen(bool), visible_chosen(bool), pipeline_chosen(Pipeline), preset_chosen(int)
    """

    opacity_chosen = Signal(float)
    threshold_chosen = Signal(float)
    colour_map_chosen = Signal(str)
    scale_chosen = Signal(object)
    contour_chosen = Signal(bool)
    peak_chosen = Signal(bool)
    visible_chosen = Signal(bool)
    pipeline_chosen = Signal(object)
    preset_chosen = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.heatmap, self._column = _body()
        self._visible = self._tick("Show", "Show the heatmap", self.visible_chosen)
        self._opacity, self._opacity_value = self._slider("Opacity", self.opacity_chosen)
        self._threshold, self._threshold_value = self._slider("Threshold", self.threshold_chosen)
        self._contour = self._tick("Contour at the threshold", "Contour", self.contour_chosen)
        self._peak = self._tick("Peak marker", "Peak marker", self.peak_chosen)
        self._map = self._choice("Colours", [name.capitalize() for name in colour_maps.NAMES])
        self._map.activated.connect(lambda at: self.colour_map_chosen.emit(colour_maps.NAMES[at]))
        self._scale = self._choice("Scale", list(_SCALES.values()))
        self._scale.activated.connect(lambda at: self.scale_chosen.emit(list(_SCALES)[at]))
        self._pipeline = self._choice("Pipeline", list(_PIPELINES.values()))
        self._pipeline.activated.connect(lambda at: self.pipeline_chosen.emit(list(_PIPELINES)[at]))
        self.film, self._column = _body()
        self._preset = self._choice("Window", [])
        self._preset.setPlaceholderText("Custom")
        self._preset.activated.connect(self.preset_chosen.emit)

    def show_settings(self, settings: OverlaySettings, picture: HeatPicture | None) -> None:
        """Show the state of the overlay; the threshold in the units of the map, where there is one."""
        blockers = [QSignalBlocker(widget) for widget in self._controls()]
        self._visible.setChecked(settings.visible)
        self._contour.setChecked(settings.contour)
        self._peak.setChecked(settings.peak)
        self._opacity.setValue(round(settings.opacity * _STEPS))
        self._threshold.setValue(round(settings.threshold * _STEPS))
        self._map.setCurrentIndex(colour_maps.NAMES.index(settings.colour_map))
        self._scale.setCurrentIndex(list(_SCALES).index(settings.scale))
        del blockers
        self._opacity_value.setText(f"{settings.opacity:.0%}")
        share = f"{settings.threshold:.0%}"
        self._threshold_value.setText(share if picture is None else f"{picture.threshold_value(settings):.2f}")

    def show_pipeline(self, pipeline: Pipeline) -> None:
        """Show which arithmetic is used."""
        self._pipeline.setCurrentIndex(list(_PIPELINES).index(pipeline))

    def show_windows(self, presets: tuple[Window, ...], current: Window) -> None:
        """Show the window presets and which one is chosen; none after a drag."""
        names = [f"{number}  {window.name}" for number, window in enumerate(presets, start=1)]
        if [self._preset.itemText(at) for at in range(self._preset.count())] != names:
            self._preset.clear()
            self._preset.addItems(names)
        self._preset.setCurrentIndex(presets.index(current) if current in presets else -1)

    def _controls(self) -> tuple[QWidget, ...]:
        return (self._visible, self._contour, self._peak, self._opacity, self._threshold, self._map, self._scale)

    def _tick(self, text: str, name: str, signal: SignalInstance) -> QCheckBox:
        box = named(QCheckBox(text), name)
        box.toggled.connect(signal)
        self._column.addWidget(box)
        return box

    def _slider(self, text: str, signal: SignalInstance) -> tuple[QSlider, QLabel]:
        slider = named(QSlider(Qt.Orientation.Horizontal), text)
        slider.setRange(0, _STEPS)
        slider.setSingleStep(_STEPS // 50)
        slider.valueChanged.connect(lambda value: signal.emit(value / _STEPS))
        value = named(QLabel(), f"{text} value")
        self._titled(text, value)
        self._column.addWidget(slider)
        return slider, value

    def _choice(self, text: str, choices: list[str]) -> QComboBox:
        box = named(QComboBox(), text)
        box.addItems(choices)
        box.setMinimumContentsLength(10)
        self._titled(text, None)
        self._column.addWidget(box)
        return box

    def _titled(self, text: str, value: QLabel | None) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 8, 0, 0)
        label = named(QLabel(text), f"{text} label")
        label.setProperty("quiet", True)
        row.addWidget(label)
        row.addStretch(1)
        if value is not None:
            row.addWidget(value)
        self._column.addLayout(row)


def _body() -> tuple[QWidget, QVBoxLayout]:
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(2, 0, 2, 8)
    column.setSpacing(4)
    return body, column
