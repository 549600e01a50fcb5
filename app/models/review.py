"""What is being reviewed: the film, the phrase, and what the model said about the two."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from afloc_core.localization.pipelines import Pipeline

if TYPE_CHECKING:
    from afloc_core.localization.heatmap import ModelIdentity
    from app.models.film import Film
    from app.models.heat_picture import HeatPicture


class ModelState(Enum):
    """How far the model is."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Review(QObject):
    """The radiograph on screen and the phrase asked of it.

    ``film_changed``, ``picture_changed``, ``pending_changed``, ``model_changed`` and ``pipeline_changed`` follow the
    properties of those names; ``phrase_changed`` carries the phrase, spaces collapsed.
    """

    film_changed = Signal()
    phrase_changed = Signal(str)
    picture_changed = Signal()
    pending_changed = Signal()
    model_changed = Signal()
    pipeline_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._film: Film | None = None
        self._phrase = ""
        self._picture: HeatPicture | None = None
        self._pending = False
        self._model_state = ModelState.LOADING
        self._identity: ModelIdentity | None = None
        self._pipeline = Pipeline.ALIGNED

    @property
    def film(self) -> Film | None:
        """The radiograph on screen."""
        return self._film

    @property
    def phrase(self) -> str:
        """The phrase asked, spaces collapsed; empty when nothing is asked."""
        return self._phrase

    @property
    def picture(self) -> HeatPicture | None:
        """The map on screen; while ``pending`` it may still belong to the phrase before."""
        return self._picture

    @property
    def pending(self) -> bool:
        """Whether a newer map is on its way."""
        return self._pending

    @property
    def awaited(self) -> bool:
        """Whether a map was asked for that is not there yet, be it that the model is still loading."""
        return self._pending or (bool(self._phrase) and self._model_state is ModelState.LOADING)

    @property
    def model_state(self) -> ModelState:
        """How far the model is."""
        return self._model_state

    @property
    def identity(self) -> ModelIdentity | None:
        """Which model answers; None until it is ready."""
        return self._identity

    @property
    def pipeline(self) -> Pipeline:
        """The arithmetic maps are made with."""
        return self._pipeline

    def show_film(self, film: Film) -> None:
        """Take a new radiograph; a map of the one before never stays on it."""
        self.show_picture(None)
        self._film = film
        self.film_changed.emit()

    def ask(self, phrase: str) -> bool:
        """Take a phrase and say whether it differs from the one before."""
        collapsed = " ".join(phrase.split())
        if collapsed == self._phrase:
            return False
        self._phrase = collapsed
        self.phrase_changed.emit(collapsed)
        return True

    def show_picture(self, picture: HeatPicture | None) -> None:
        """Take the map of the phrase, or none."""
        if picture is not None or self._picture is not None:
            self._picture = picture
            self.picture_changed.emit()

    def set_pending(self, pending: bool) -> None:
        """Say whether a newer map is on its way."""
        if pending != self._pending:
            self._pending = pending
            self.pending_changed.emit()

    def set_model(self, state: ModelState, identity: ModelIdentity | None = None) -> None:
        """Say how far the model is, and which one it is."""
        self._model_state, self._identity = state, identity
        self.model_changed.emit()

    def set_pipeline(self, pipeline: Pipeline) -> None:
        """Choose the arithmetic."""
        if pipeline is not self._pipeline:
            self._pipeline = pipeline
            self.pipeline_changed.emit()
