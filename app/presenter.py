"""From state to screen: whatever changes in a model is shown here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.models.compare_mode import CompareMode
from app.models.heat_picture import describe
from app.models.overlay import ScaleMode
from app.models.phrase_difference import signed
from app.models.review import ModelState

if TYPE_CHECKING:
    from afloc_core.imaging.radiograph import Radiograph, Window
    from afloc_core.localization.pipelines import Pipeline
    from app.models.folder import FileSequence
    from app.models.heat_picture import HeatPicture
    from app.models.phrase_difference import DifferencePicture
    from app.models.state import State
    from app.views.main_window import MainWindow


class Presenter(QObject):
    """Shows the state of a review in a window.

    Parameters
    ----------
    state : State
    window : MainWindow
    """

    def __init__(self, state: State, window: MainWindow) -> None:
        super().__init__(window)
        self._state = state
        self._window = window
        self._blinking = False
        self._hover: tuple[float, float] | None = None
        review = state.review
        review.film_changed.connect(self._show_film)
        review.picture_changed.connect(self._show_heat)
        review.picture_changed.connect(self._show_answer)
        review.pending_changed.connect(self._show_answer)
        review.model_changed.connect(self._show_model)
        review.pipeline_changed.connect(self._show_pipeline)
        state.viewing.changed.connect(self._show_window)
        state.overlay.changed.connect(self._show_heat)
        state.phrases.overlaid.connect(self._show_heat)
        state.phrases.answered.connect(self._show_heat)
        state.comparison.changed.connect(self._show_heat)
        state.overlay.changed.connect(self._show_pipeline)
        window.canvas.hovered.connect(self._show_cursor)
        window.canvas.blinked.connect(self._blink)

    def show_all(self) -> None:
        """Show everything as it is now."""
        self._show_model()
        self._show_pipeline()
        self._show_heat()
        self._show_window()
        self.show_recent()

    def show_recent(self) -> None:
        """Show the recent files."""
        self._window.show_recent(self._state.preferences.recent_files)

    def show_place(self, shown: FileSequence, requested: FileSequence) -> None:
        """Show which of the files is on screen, and which one was refused; never a name."""
        place = f"{shown.position + 1} of {len(shown.files)}"
        if requested.position != shown.position:
            place += f", {requested.position + 1} not opened"
        self._fact("place", place if len(shown.files) > 1 else "")

    @property
    def _picture(self) -> HeatPicture | None:
        """The map on screen: of the word looked at, else of the phrase."""
        return self._state.phrases.word or self._state.review.picture

    @property
    def _difference(self) -> DifferencePicture | None:
        """The difference on screen; a word looked at covers it."""
        return None if self._state.phrases.word is not None else self._state.phrases.difference

    def _show_film(self) -> None:
        film = self._state.review.film
        self._hover = None
        self._show_cursor(None)
        self._window.canvas.show_film(film)
        if film is not None:
            self._fact("spacing", spacing_text(film.radiograph))

    def _show_window(self) -> None:
        viewing, window = self._state.viewing, self._window
        window.canvas.show_window(viewing.window, viewing.inverted)
        window.layers_panel.show_windows(viewing.presets, viewing.window)
        window.show_presets([preset.name for preset in viewing.presets])
        window.set_checked("invert", viewing.inverted)
        if self._state.review.film is not None:
            self._fact("window", window_text(viewing.window))

    def _show_heat(self) -> None:
        settings, picture, difference = self._state.overlay.settings, self._picture, self._difference
        window = self._window
        window.canvas.show_heat(None if self._blinking or difference is not None else picture, settings)
        multiples = self._state.comparison.mode is CompareMode.MULTIPLES
        window.legend.show_heat((picture or self._state.phrases.first_picture) if multiples else picture, settings)
        window.legend.show_difference(None if multiples else difference)
        window.layers_panel.show_settings(settings, picture)
        for command, checked in (
            ("visible", settings.visible),
            ("contour", settings.contour),
            ("peak", settings.peak),
            ("min-max", settings.scale is ScaleMode.MIN_MAX),
        ):
            window.set_checked(command, checked)
        words = "" if picture is None else describe(picture, settings)
        if difference is not None:
            words = f"{difference.title}: {difference.words}"
        elif picture is not None and picture.word:
            words = f"word “{picture.word}”: {words}"
        self._fact("peak", words)
        window.canvas.describe(f"Heatmap: {words}" if words else "No heatmap")
        self._show_cursor(self._hover)

    def _show_answer(self) -> None:
        review, bar = self._state.review, self._window.phrase_bar
        heatmap = review.picture.heatmap if review.picture is not None else None
        doubt = "" if heatmap is None else " ".join(heatmap.doubts)
        self._fact("doubt", doubt)
        loading = review.model_state is ModelState.LOADING
        if review.pending:
            state = "waiting for the model…" if loading else "updating…"
        else:
            state = "loading the model…" if loading else ""
        if heatmap is None:
            bar.show_answer(None, None, state)
        else:
            bar.show_answer(heatmap.phrase, heatmap.match, state, doubt)
        bar.show_busy(loading or review.pending)

    def _show_model(self) -> None:
        review = self._state.review
        names = {ModelState.LOADING: "loading the model…", ModelState.FAILED: "no model"}
        name = review.identity.name if review.identity is not None else names.get(review.model_state, "")
        self._fact("model", name)
        self._show_answer()

    def _show_pipeline(self) -> None:
        pipeline: Pipeline = self._state.review.pipeline
        stretched = self._state.overlay.settings.scale is ScaleMode.MIN_MAX
        self._fact("pipeline", f"{pipeline.value}, min–max scale" if stretched else pipeline.value)
        self._window.layers_panel.show_pipeline(pipeline)
        self._window.set_checked("published", pipeline.value == "published")

    def _show_cursor(self, at: tuple[float, float] | None) -> None:
        self._hover = at
        if at is None:
            self._fact("cursor", "")
            return
        picture, difference = self._picture, self._difference
        value = picture.value_at(*at) if picture is not None else None
        similarity = "" if value is None else f"  {value:.2f}"
        if difference is not None:
            value = difference.value_at(*at)
            similarity = "" if value is None else f"  {signed(value)}"
        self._fact("cursor", f"x {int(at[0])} y {int(at[1])}{similarity}")

    def _blink(self, blinking: bool) -> None:
        self._blinking = blinking
        self._show_heat()

    def _fact(self, name: str, text: str) -> None:
        self._window.status_line.set_fact(name, text)


def window_text(window: Window) -> str:
    """Return centre and width as readers write them, for example ``WL 2048/4096``."""
    digits = 0 if window.width >= 20 else 2
    return f"WL {window.center:.{digits}f}/{window.width:.{digits}f}"


def spacing_text(radiograph: Radiograph) -> str:
    """Return what a pixel measures, and where that is known from."""
    if radiograph.spacing_mm is None:
        return "spacing unknown"
    rows, columns = radiograph.spacing_mm
    length = f"{rows:.3g}" if abs(rows - columns) < 1e-3 * rows else f"{columns:.3g} × {rows:.3g}"
    note = f" {radiograph.spacing_note}" if radiograph.spacing_note == "at the detector" else ""
    return f"1 px = {length} mm{note}"
