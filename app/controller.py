"""From intentions to state: what the reader wants, and what the services answer, becomes a change of a model here."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from afloc_core.localization.pipelines import Pipeline
from app.coordinators import Coordinators
from app.models.folder import FileSequence
from app.models.overlay import ScaleMode
from app.models.review import ModelState
from app.presenter import Presenter
from app.services.loading import LoadingService, LoadRequest, LoadResult
from app.services.localisation import LocalisationRequest, LocalisationResult, LocalisationService

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from afloc_core.localization.heatmap import ModelIdentity
    from app.models.state import State
    from app.views.main_window import MainWindow

_DRAG_WIDTH = 300.0
_DRAG_CENTRE = 600.0
_STILL_SHOWN = "The radiograph shown is still the one before."
_DROPPED = "The published text cleaning drops one-word phrases, so this map is of no words; use the aligned pipeline."
_SAMPLE = "This is the sample film, a chest radiograph with metastases; open your own with Ctrl+O or drop a file here."


class Controller(QObject, Coordinators):
    """Does what commands and views ask for.

    Parameters
    ----------
    state : State
    window : MainWindow
    loading : LoadingService
    localisation : LocalisationService

    Signals
    -------
    complained(str)
        A sentence was shown about a file, a phrase or the model.
    film_shown()
        Another film is on screen, all of it and at its own window; `shown` and `sample_shown` say which.
    """

    complained = Signal(str)
    film_shown = Signal()

    def __init__(
        self, state: State, window: MainWindow, loading: LoadingService, localisation: LocalisationService
    ) -> None:
        super().__init__(window)
        self._state = state
        self._window = window
        self._loading = loading
        self._localisation = localisation
        self._shown = FileSequence()
        self._requested = FileSequence()
        self._sample = False
        self._opening = False
        self._topic = ""
        self._model_error = ""
        self._model_started = False
        self._ended = True
        window.build_menus(self)
        self._presenter = Presenter(state, window)
        self._connect_views()
        self._connect_services()
        self._presenter.show_all()
        for command in ("layers-panel", "legend"):
            window.set_checked(command, True)

    @property
    def ended(self) -> bool:
        """Whether all workers had ended when the window was closed."""
        return self._ended and self.all_ended

    @property
    def shown(self) -> FileSequence:
        """The files that can be stepped through, at the one on screen."""
        return self._shown

    @property
    def sample_shown(self) -> bool:
        """Whether the sample film is on screen."""
        return self._sample

    @property
    def opening(self) -> bool:
        """Whether a film is on its way."""
        return self._opening

    def start(self, paths: tuple[Path, ...], phrase: str, pipeline: Pipeline, *, sample: bool = True) -> None:
        """Open the first files and ask the first phrase; the model is loaded after the first film is on screen.

        Without files the sample film is opened, unless ``sample`` is False because a review will open its own.
        """
        self._state.review.set_pipeline(pipeline)
        self._loading.start()
        if phrase:
            self._window.phrase_bar.set_text(phrase)
        if paths:
            self.open(paths)
        elif sample:
            self.open_sample()

    def open(self, paths: tuple[Path, ...]) -> None:
        """Open files or folders."""
        if not self._state.blinding.files_allowed:
            return
        if self._state.review.film is None:
            self._window.canvas.show_note("Opening…")
        self._request(LoadRequest(paths))

    def open_at(self, sequence: FileSequence) -> None:
        """Open the current one of known files."""
        self._requested = sequence
        self._request(LoadRequest((), sequence, remember=False))

    def follow(self, sequence: FileSequence) -> None:
        """Step through other files from now on; the film on screen, which is the current one of them, stays."""
        self._shown = self._requested = sequence
        self._presenter.show_place(sequence, sequence)

    def open_files(self) -> None:
        """Ask which files to open."""
        if paths := self._window.ask_files():
            self.case_files.open_any(paths)

    def open_folder(self) -> None:
        """Ask which folder to open."""
        if paths := self._window.ask_folder():
            self.open(paths)

    def open_sample(self) -> None:
        """Open the film that comes with the program."""
        if not self._state.blinding.files_allowed:
            return
        self._request(LoadRequest((), remember=False, sample=True))

    def forget_history(self) -> None:
        """Forget recent files and phrases."""
        self._state.preferences.forget_recent()
        self._state.history.clear()
        self._state.preferences.save_phrases(())
        self._presenter.show_recent()

    def step(self, by: int) -> None:
        """Go to another file; the phrase stays."""
        if self._state.blinding.files_allowed and (sequence := self._requested.step(by)) is not None:
            self._requested = sequence
            self._request(LoadRequest((), sequence))

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    def fit(self) -> None:
        """Show the whole film."""
        self._state.camera.fit()

    def actual_size(self) -> None:
        """Show one image pixel per screen pixel."""
        self._state.camera.set_scale(1 / self._window.canvas.devicePixelRatioF())

    def zoom(self, factor: float) -> None:
        """Magnify about the middle."""
        self._state.camera.zoom(factor)

    def toggle_inverted(self) -> None:
        """Show the negative, or stop."""
        self._state.viewing.set_inverted(not self._state.viewing.inverted)

    def reset_window(self) -> None:
        """Return to the file's own window."""
        self._state.viewing.reset()

    def choose_preset(self, number: int) -> None:
        """Choose a window preset, counted from 0."""
        self._state.viewing.choose(number)

    def focus_phrase(self) -> None:
        """Let the reader type."""
        self._window.phrase_bar.take_focus()

    def toggle_visible(self) -> None:
        """Hide every overlay, or bring it back."""
        self._state.overlay.set_visible(not self._state.overlay.settings.visible)

    def toggle_contour(self) -> None:
        """Draw the contour, or not."""
        self._state.overlay.set_contour(not self._state.overlay.settings.contour)

    def toggle_peak(self) -> None:
        """Mark the peak, or not."""
        self._state.overlay.set_peak(not self._state.overlay.settings.peak)

    def toggle_scale(self) -> None:
        """Change between the absolute scale and this map's own."""
        absolute = self._state.overlay.settings.scale is ScaleMode.ABSOLUTE
        self._state.overlay.set_scale(ScaleMode.MIN_MAX if absolute else ScaleMode.ABSOLUTE)

    def toggle_pipeline(self) -> None:
        """Change between the aligned and the published arithmetic."""
        aligned = self._state.review.pipeline is Pipeline.ALIGNED
        self.set_pipeline(Pipeline.PUBLISHED if aligned else Pipeline.ALIGNED)

    def set_pipeline(self, pipeline: Pipeline) -> None:
        """Choose the arithmetic and ask again."""
        if pipeline is not self._state.review.pipeline:
            self._state.review.set_pipeline(pipeline)
            self._ask()

    def change_opacity(self, by: float) -> None:
        """Make the heatmap stronger or fainter."""
        self._state.overlay.set_opacity(self._state.overlay.settings.opacity + by)

    def change_threshold(self, by: float) -> None:
        """Raise or lower the threshold by a share of the scale."""
        self._state.overlay.set_threshold(self._state.overlay.settings.threshold + by)

    def toggle_layers_panel(self) -> None:
        """Fold the panel away, or bring it back."""
        self._fold(self._window.side, "layers-panel")

    def toggle_legend(self) -> None:
        """Fold the legend away, or bring it back."""
        self._fold(self._window.legend, "legend")

    def toggle_full_screen(self) -> None:
        """Fill the screen, or return."""
        self._window.fill_screen(not self._window.isFullScreen())

    def show_help(self) -> None:
        """Show the sheet of keys."""
        self._window.show_help()

    def _connect_views(self) -> None:
        window, overlay, viewing = self._window, self._state.overlay, self._state.viewing
        bar, panel = window.phrase_bar, window.layers_panel
        bar.edited.connect(self._take_phrase)
        bar.committed.connect(self._commit_phrase)
        bar.older.connect(lambda typed: bar.set_text(self._state.history.older(typed)))
        bar.newer.connect(lambda typed: bar.set_text(self._state.history.newer(typed)))
        bar.left.connect(window.canvas.setFocus)
        window.canvas.window_dragged.connect(self._drag_window)
        window.escaped.connect(self._escape)
        window.legend.threshold_chosen.connect(overlay.set_threshold)
        panel.opacity_chosen.connect(overlay.set_opacity)
        panel.threshold_chosen.connect(overlay.set_threshold)
        panel.colour_map_chosen.connect(overlay.set_colour_map)
        panel.scale_chosen.connect(overlay.set_scale)
        panel.contour_chosen.connect(overlay.set_contour)
        panel.peak_chosen.connect(overlay.set_peak)
        panel.visible_chosen.connect(overlay.set_visible)
        panel.pipeline_chosen.connect(self.set_pipeline)
        panel.preset_chosen.connect(viewing.choose)
        window.recent_chosen.connect(lambda path: self.open((path,)))
        window.closing.connect(self._close)

    def _connect_services(self) -> None:
        self._loading.loaded.connect(self._take_film)
        self._localisation.ready.connect(self._take_model)
        self._localisation.failed.connect(self._lose_model)
        self._localisation.answered.connect(self._take_answer)

    def _request(self, request: LoadRequest) -> None:
        self._opening = True
        self._loading.request(request)

    def _take_film(self, result: LoadResult) -> None:
        self._opening = False
        if result.film is None:
            self._miss_film(result)
        else:
            self._shown = self._requested = result.sequence
            self._sample = result.sample
            self._state.review.show_film(result.film)
            self._state.viewing.show_film(result.film)
            self.settle("file")
            self.settle("note")
            if result.sample and self._state.preferences.take_first_run():
                self.note("note", _SAMPLE)
            if result.remember and result.sequence.current is not None:
                self._state.preferences.add_recent(result.sequence.current, result.film.radiograph.kind)
                self._presenter.show_recent()
            self._ask()
            self.film_shown.emit()
        self._presenter.show_place(self._shown, self._requested)
        self.start_model()

    def _miss_film(self, result: LoadResult) -> None:
        sentence = result.error
        # Stepping goes on from the file that was refused; any other failure leaves the reader where the film is.
        self._requested = result.sequence if result.stepped else self._shown
        if result.stepped:
            sentence = f"File {result.sequence.position + 1} of {len(result.sequence.files)}: {sentence}"
        if self._state.review.film is None:
            self._window.canvas.show_note("Drop a radiograph here, or press Ctrl+O")
        else:
            sentence = f"{sentence} {_STILL_SHOWN}"
        self.complain("file", sentence)

    def start_model(self) -> None:
        """Load the model, once."""
        if not self._model_started:
            self._model_started = True
            # After the next paint: importing torch holds Python's lock for long stretches.
            QTimer.singleShot(30, self._localisation.start)

    def _take_model(self, identity: ModelIdentity) -> None:
        self._state.review.set_model(ModelState.READY, identity)

    def _lose_model(self, sentence: str) -> None:
        self._model_error = sentence
        self._state.review.set_model(ModelState.FAILED)
        self._state.review.set_pending(False)
        self.complain("model", sentence)

    def _take_phrase(self, phrase: str) -> None:
        review = self._state.review
        if review.ask(phrase):
            self._ask()
            if review.phrase and review.model_state is ModelState.FAILED:
                self.complain("model", self._model_error)

    def _commit_phrase(self, phrase: str) -> None:
        self._state.history.commit(phrase)
        self._state.preferences.save_phrases(self._state.history.phrases)

    def _ask(self) -> None:
        review, allowed = self._state.review, self._state.blinding.map_allowed
        if review.film is None or not review.phrase or review.model_state is ModelState.FAILED or not allowed:
            self._localisation.forget()
            review.set_pending(False)
            review.show_picture(None)
            self.settle("phrase")
            return
        review.set_pending(True)
        self._localisation.request(LocalisationRequest(review.film.radiograph, review.phrase, review.pipeline))

    def _take_answer(self, result: LocalisationResult) -> None:
        review = self._state.review
        review.set_pending(False)
        review.show_picture(result.picture)
        if result.picture is None:
            self.complain("phrase", result.error)
        else:
            self.settle("phrase")
            if not result.picture.heatmap.phrase.encoded:
                self.note("phrase", _DROPPED)

    def _drag_window(self, right: float, down: float) -> None:
        # Downwards is brighter: the centre falls when small values are dark, and rises when they are bright.
        film, viewing = self._state.review.film, self._state.viewing
        flipped = film is not None and film.radiograph.inverted != viewing.inverted
        viewing.adjust((down if flipped else -down) / _DRAG_CENTRE, exp(right / _DRAG_WIDTH))

    def _fold(self, part: QWidget, command: str) -> None:
        shown = part.isHidden()
        part.setVisible(shown)
        self._window.set_checked(command, shown)

    def _escape(self) -> None:
        if self._window.isFullScreen():
            self.toggle_full_screen()

    def note(self, topic: str, sentence: str) -> None:
        """Say something quietly; it stays until the topic is settled or something else is said."""
        self._topic = topic
        self._window.message_bar.show_note(sentence)

    def complain(self, topic: str, sentence: str) -> None:
        """Say what went wrong."""
        self._topic = topic
        self._window.message_bar.show_error(sentence)
        self.complained.emit(sentence)

    def settle(self, topic: str) -> None:
        """Take back a sentence that no longer holds."""
        if self._topic == topic:
            self._topic = ""
            self._window.message_bar.clear()

    def _close(self) -> None:
        self._state.preferences.save_geometry(self._window.saveGeometry())
        self._state.preferences.sync()
        self._ended = all([self._loading.stop(0.3), self._localisation.stop(0.3)])
