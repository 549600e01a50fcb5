"""Phrases to heatmaps off the main thread; torch lives here and nowhere else in the application."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from afloc_core.errors import AFLocError
from app.services.latest_worker import LatestWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from pathlib import Path

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.heatmap import Heatmap, ModelIdentity
    from afloc_core.localization.pipelines import Pipeline
    from app.models.heat_picture import HeatPicture

_DEFECT = "The heatmap could not be made because of a fault in the program; try another phrase."
_LOAD_DEFECT = "The model could not be loaded because of a fault in the program; radiographs can still be viewed."
_NO_MEMORY = "There is not enough memory for the model; close other programs and start again."


class LocalizerLike(Protocol):
    """What the service needs of a ``Localizer``."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model it is."""
        ...

    def locate(self, radiograph: Radiograph, phrase: str, pipeline: str = ...) -> Heatmap:
        """Make the heatmap of a phrase."""
        ...

    def locate_word(self, radiograph: Radiograph, phrase: str, position: int, pipeline: str = ...) -> Heatmap:
        """Make the map of one of its words."""
        ...


@dataclass(frozen=True, slots=True)
class LocalisationRequest:
    """A phrase asked of a radiograph, or one of its words.

    Attributes
    ----------
    radiograph : Radiograph
    phrase : str
    pipeline : Pipeline
    word : int or None
        Which of the encoded words, counted from 0; None for the whole phrase.
    """

    radiograph: Radiograph
    phrase: str
    pipeline: Pipeline
    word: int | None = None


@dataclass(frozen=True, slots=True)
class LocalisationResult:
    """The answer: a picture, or one sentence that says why there is none."""

    request: LocalisationRequest
    picture: HeatPicture | None
    error: str


@dataclass(frozen=True, slots=True)
class _Loaded:
    localizer: LocalizerLike | None
    error: str


class LocalisationService(QObject):
    """Answers the newest request with a heatmap, and others when no request waits.

    Parameters
    ----------
    load : callable
        Makes the localizer, on the worker thread; may take long and may raise `AFLocError`.
    allowed : callable or None
        Says whether a map may be asked for and told now: where it says no, nothing is, whoever asks. None for always.

    Signals
    -------
    ready(ModelIdentity), failed(str)
        Once, when the model has been loaded or cannot be.
    answered(LocalisationResult)
        For the newest request only.
    answered_aside(object, LocalisationResult)
        Key and answer of what was asked aside.
    """

    ready = Signal(object)
    failed = Signal(str)
    answered = Signal(object)
    answered_aside = Signal(object, object)

    def __init__(
        self,
        load: Callable[[], LocalizerLike],
        parent: QObject | None = None,
        allowed: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__(parent)
        self._load = load
        self._allowed = allowed or (lambda: True)
        self._localizer: LocalizerLike | None = None
        self._newest: LocalisationRequest | None = None
        self._aside: dict[Hashable, LocalisationRequest] = {}
        self._worker = LatestWorker(self._locate, self._prepare, name="localisation", parent=self)
        self._worker.prepared.connect(self._tell_loaded)
        self._worker.answered.connect(self._tell_answer)
        self._worker.answered_aside.connect(self._tell_aside)

    @property
    def localizer(self) -> LocalizerLike | None:
        """The model, which several threads may ask at once; None until it is loaded."""
        return self._localizer

    @property
    def waiting(self) -> int:
        """How many requests wait behind the one being answered: 0 or 1."""
        return self._worker.waiting

    def start(self) -> None:
        """Load the model; call it after the window is on screen."""
        self._worker.start()

    def request(self, request: LocalisationRequest) -> None:
        """Ask; an unanswered request before it is forgotten."""
        if self._allowed():
            self._newest = request
            self._worker.submit(request)

    def request_aside(self, key: Hashable, request: LocalisationRequest, *, first: bool = False) -> None:
        """Ask for what must never delay a typed phrase; see `LatestWorker.submit_aside`."""
        if self._allowed():
            self._aside[key] = request
            self._worker.submit_aside(key, request, first=first)

    def forget(self) -> None:
        """Answer nothing that was requested until now; what was asked aside is still answered."""
        self._worker.forget()

    def forget_aside(self, key: Hashable) -> None:
        """Answer nothing that was asked aside under a key."""
        self._aside.pop(key, None)
        self._worker.forget_aside(key)

    def stop(self, timeout: float = 1.0) -> bool:
        """End the worker and say whether it ended in time (seconds)."""
        return self._worker.stop(timeout)

    def _prepare(self) -> _Loaded:
        try:
            with _collector_paused():
                self._localizer = self._load()
                import skimage.measure  # noqa: F401  (pictures need it, and it takes long)
        except AFLocError as error:
            return _Loaded(None, str(error))
        except MemoryError:
            return _Loaded(None, _NO_MEMORY)
        return _Loaded(self._localizer, "")

    def _locate(self, request: LocalisationRequest) -> LocalisationResult | None:
        if self._localizer is None:
            return None
        from app.models.heat_picture import prepare_picture, prepare_word

        film, phrase, pipeline = request.radiograph, request.phrase, request.pipeline.value
        try:
            if request.word is None:
                picture = prepare_picture(self._localizer.locate(film, phrase, pipeline=pipeline))
            else:
                picture = prepare_word(self._localizer.locate_word(film, phrase, request.word, pipeline=pipeline))
        except AFLocError as error:
            return LocalisationResult(request, None, str(error))
        return LocalisationResult(request, picture, "")

    def _tell_loaded(self, loaded: _Loaded | None) -> None:
        if loaded is not None and loaded.localizer is not None:
            self.ready.emit(loaded.localizer.identity)
        else:
            self.failed.emit(loaded.error if loaded is not None else _LOAD_DEFECT)

    def _tell_answer(self, result: LocalisationResult | None) -> None:
        if result is None and self._localizer is not None and self._newest is not None:
            result = LocalisationResult(self._newest, None, _DEFECT)
        if result is not None and self._allowed():
            self.answered.emit(result)

    def _tell_aside(self, key: Hashable, result: LocalisationResult | None) -> None:
        request = self._aside.pop(key, None)
        if result is None and self._localizer is not None and request is not None:
            result = LocalisationResult(request, None, _DEFECT)
        if result is not None and self._allowed():
            self.answered_aside.emit(key, result)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Import large libraries without freezing the window.

    Importing torch and transformers makes a million objects, and each full pass of Python's cyclic collector over them
    stops every thread for 0.1 to 0.3 s. What is alive afterwards stays alive, so later passes need not look at it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def load_localizer(folder: Path | None) -> LocalizerLike:
    """Import torch and load the model of a folder, or the bundled one; only ever on the worker thread.

    Raises
    ------
    ModelError
        The folder holds no usable model.
    """
    # Set before the imports that read it: this program never asks the network for a model.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch

    # All cores but one: the window keeps its frame rate while the network runs.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    from afloc_core.localization.localizer import Localizer

    localizer: LocalizerLike = Localizer.from_pretrained(folder)
    return localizer
