"""Several phrases at once: kept phrases and their contours, the difference of two, and the map of a single word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer

from app.models.phrase_difference import difference_of, title_of
from app.models.phrase_layers import MOST, TYPED, PhraseLayer
from app.models.review import ModelState
from app.multiplying import Multiplying
from app.services.localisation import LocalisationRequest, LocalisationResult, LocalisationService
from app.views.phrase_contours import PhraseContours
from app.views.phrase_difference import DifferenceLayer
from app.views.phrases_section import PhrasesSection

if TYPE_CHECKING:
    from collections.abc import Hashable

    from app.models.heat_picture import HeatPicture
    from app.models.state import State
    from app.views.main_window import MainWindow

_TOPIC = "kept phrases"
_WORD = object()  # no phrase that is kept can be this key
_FULL = f"{MOST} phrases are kept at most; remove one first."
_TWO_NEEDED = "A difference needs two phrases: keep one with Ctrl+Enter, then type the other."
_WAITING = "waiting for both maps…"
_UNLIKE = "These two maps are on different scales and cannot be subtracted."


class Notes(Protocol):
    """Who says a sentence below the phrase bar, and takes it back."""

    def note(self, topic: str, sentence: str) -> None:
        """Say it until the topic is settled."""
        ...

    def settle(self, topic: str) -> None:
        """Take it back."""
        ...


class Phrasing(QObject):
    """Keeps the maps of kept phrases, of words and of differences in step with film, model and what is typed.

    Parameters
    ----------
    state : State
    window : MainWindow
    localisation : LocalisationService
        Typed phrases go first: everything here is asked aside.
    notes : Notes
    """

    def __init__(self, state: State, window: MainWindow, localisation: LocalisationService, notes: Notes) -> None:
        super().__init__(window)
        self._state = state
        self._window = window
        self._localisation = localisation
        self._notes = notes
        self._asked: dict[Hashable, LocalisationRequest] = {}
        # Later: the typed phrase is asked in the same turn of the event loop, and goes first.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._ask_missing)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._draw)
        self._contours = PhraseContours()
        self._difference_layer = DifferenceLayer()
        window.canvas.add_layer(self._difference_layer, with_heat=True)
        window.canvas.add_layer(self._contours, with_heat=True)
        self._section = PhrasesSection()
        self._frame = window.side.add_section("Phrases", self._section)
        self._multiplying = Multiplying(state, window)
        self._connect_state()
        self._connect_views()
        localisation.answered_aside.connect(self._take_answer)
        self._show_layers()

    def pin_typed(self) -> None:
        """Keep the phrase that is typed."""
        self._window.phrase_bar.pin()

    def toggle_difference(self) -> None:
        """Show the difference of two phrases, or stop."""
        self._want_difference(self._state.phrases.sides is None)

    def exchange_difference(self) -> None:
        """Subtract the other way round."""
        self._state.phrases.exchange()

    def toggle_multiples(self) -> None:
        """Show the film once for each phrase, or once again."""
        self._multiplying.toggle()

    def _connect_state(self) -> None:
        review, phrases = self._state.review, self._state.phrases
        phrases.changed.connect(self._show_layers)
        phrases.answered.connect(self._show_answer)
        phrases.sides_changed.connect(self._subtract)
        phrases.overlaid.connect(self._draw)
        review.film_changed.connect(self._start_again)
        review.pipeline_changed.connect(self._start_again)
        review.picture_changed.connect(self._follow_typed)
        review.phrase_changed.connect(lambda _phrase: self._show_choice())
        review.phrase_changed.connect(lambda _phrase: self._soon.start())
        review.pending_changed.connect(self._soon.start)
        review.model_changed.connect(self._show_answers)
        self._state.overlay.changed.connect(self._show_answers)

    def _connect_views(self) -> None:
        window, phrases, section = self._window, self._state.phrases, self._section
        window.phrase_bar.pinned.connect(self._pin)
        window.phrase_bar.words.looked_at.connect(self._look)
        section.visible_chosen.connect(phrases.set_visible)
        section.threshold_chosen.connect(phrases.set_threshold)
        section.removed.connect(self._remove)
        section.recalled.connect(window.phrase_bar.set_text)
        section.difference_wanted.connect(self._want_difference)
        section.sides_chosen.connect(lambda first, second: phrases.set_sides((first, second)))
        section.exchanged.connect(phrases.exchange)

    def _pin(self) -> None:
        phrases, review = self._state.phrases, self._state.review
        if len(phrases.layers) >= MOST and review.phrase not in phrases.texts:
            self._notes.note(_TOPIC, _FULL)
        else:
            phrases.pin(review.phrase)

    def _remove(self, text: str) -> None:
        self._forget(text)
        self._state.phrases.remove(text)
        if not self._state.phrases.layers:
            self._window.canvas.setFocus()

    def _start_again(self) -> None:
        """Ask every kept phrase anew, of another film or another way."""
        for text in self._state.phrases.texts:
            self._forget(text)
        self._look(None)
        self._state.phrases.drop_pictures()
        self._soon.start()

    def _forget(self, key: Hashable) -> None:
        self._asked.pop(key, None)
        self._localisation.forget_aside(key)

    def _ask_missing(self) -> None:
        review, phrases = self._state.review, self._state.phrases
        if review.film is None or review.model_state is ModelState.FAILED or not self._state.blinding.map_allowed:
            return
        self._adopt_typed()
        on_its_way = review.phrase if review.pending else ""
        for text in phrases.texts:
            known = phrases.picture(text) is not None or phrases.error(text) or text in self._asked
            if not known and text != on_its_way:
                self._ask(text, LocalisationRequest(review.film.radiograph, text, review.pipeline))

    def _ask(self, key: Hashable, request: LocalisationRequest) -> None:
        self._asked[key] = request
        self._localisation.request_aside(key, request, first=request.word is not None)

    def _take_answer(self, key: Hashable, result: LocalisationResult) -> None:
        if self._asked.get(key) is not result.request:
            return
        del self._asked[key]
        if result.request.word is not None:
            self._state.phrases.show_word(result.picture)
        else:
            self._state.phrases.show_picture(result.request.phrase, result.picture, result.error)

    def _follow_typed(self) -> None:
        """Take another map of the typed phrase, or that there is none."""
        self._look(self._window.phrase_bar.words.current)
        self._adopt_typed()
        self._subtract()

    def _adopt_typed(self) -> None:
        """Take the typed phrase's map for the kept phrase of the same text: it was made for this film, this way."""
        picture = self._state.review.picture
        text = "" if picture is None else picture.heatmap.phrase.typed
        if picture is None or text not in self._state.phrases.texts or self._state.phrases.picture(text) is not None:
            return
        if picture.heatmap.pipeline is self._state.review.pipeline:
            self._forget(text)
            self._state.phrases.show_picture(text, picture)

    def _look(self, word: int | None) -> None:
        """Show the map of a word in place of the phrase's, or the phrase's again."""
        review = self._state.review
        self._asked.pop(_WORD, None)
        self._localisation.forget_aside(_WORD)
        picture = review.picture
        if word is None or picture is None or review.film is None or word >= len(picture.heatmap.phrase.words):
            self._state.phrases.show_word(None)
            return
        heatmap = picture.heatmap
        self._ask(_WORD, LocalisationRequest(review.film.radiograph, heatmap.phrase.typed, heatmap.pipeline, word))

    def _want_difference(self, wanted: bool) -> None:
        sides = self._likely_sides() if wanted else None
        if wanted and sides is None:
            self._notes.note(_TOPIC, _TWO_NEEDED)
        self._state.phrases.set_sides(sides)
        self._show_choice()

    def _likely_sides(self) -> tuple[str, str] | None:
        """Return the phrase kept last and the one typed; the two kept last while none other is typed."""
        texts, typed = self._state.phrases.texts, self._state.review.phrase
        if texts and typed and typed not in texts:
            return texts[-1], TYPED
        return (texts[-2], texts[-1]) if len(texts) > 1 else None

    def _subtract(self) -> None:
        sides = self._state.phrases.sides
        first, second = (self._picture(side) for side in sides) if sides is not None else (None, None)
        known = self._state.phrases.difference
        if first is None or second is None:
            self._state.phrases.show_difference(None)
        elif known is None or known.made_of != (first, second):
            self._state.phrases.show_difference(difference_of(first, second))
        self._show_choice()

    def _picture(self, text: str) -> HeatPicture | None:
        return self._state.review.picture if text == TYPED else self._state.phrases.picture(text)

    def _show_layers(self) -> None:
        phrases = self._state.phrases
        self._notes.settle(_TOPIC)
        self._section.show_layers(phrases.layers)
        self._frame.set_available(bool(phrases.layers))
        self._soon.start()
        self._show_answers()

    def _show_answers(self) -> None:
        for layer in self._state.phrases.layers:
            self._say_answer(layer)
        self._subtract()
        self._draw()

    def _show_answer(self, text: str) -> None:
        for layer in self._state.phrases.layers:
            if layer.text == text:
                self._say_answer(layer)
        self._subtract()
        self._draw()

    def _say_answer(self, layer: PhraseLayer) -> None:
        picture, error = self._state.phrases.picture(layer.text), self._state.phrases.error(layer.text)
        if picture is None:
            lost = self._state.review.model_state is ModelState.FAILED
            self._section.show_answer(layer.text, f"{layer.threshold:.0%}", error or ("" if lost else "updating…"))
            return
        low, high = picture.ends(self._state.overlay.settings.scale)
        threshold = low + layer.threshold * (high - low)
        cold = picture.heatmap.peak_value < threshold if picture.greatest > picture.least else True
        match = f"match {picture.heatmap.match:.2f}"
        note = f"{match} · peak {picture.heatmap.peak_value:z.2f}, below its threshold" if cold else match
        if not picture.heatmap.phrase.encoded:
            note = "the published text cleaning drops this phrase"
        elif picture.heatmap.doubts:
            note = f"{match}. {' '.join(picture.heatmap.doubts)}"
        self._section.show_answer(layer.text, f"{threshold:z.2f}", note)

    def _show_choice(self) -> None:
        phrases, typed = self._state.phrases, self._state.review.phrase
        choices = [(text, text) for text in phrases.texts]
        if typed or (phrases.sides is not None and TYPED in phrases.sides):
            choices.append((TYPED, f"typed: {typed}" if typed else "typed phrase"))
        possible = self._likely_sides() is not None
        self._section.difference.show_choice(choices, phrases.sides, self._difference_note(), possible=possible)
        if "phrase-difference" in self._window.actions_by_id:
            self._window.set_checked("phrase-difference", phrases.sides is not None)

    def _difference_note(self) -> str:
        sides, typed = self._state.phrases.sides, self._state.review.phrase
        if sides is None:
            return ""
        if self._state.phrases.difference is not None:
            return self._state.phrases.difference.title
        if None in (self._picture(side) for side in sides):
            named = title_of(*(side or typed or "typed phrase" for side in sides))
            return f"{named}: {_WAITING}"
        return _UNLIKE

    def _draw(self) -> None:
        """Show what lies over the film; nothing while overlays are hidden or a word is looked at."""
        phrases, settings = self._state.phrases, self._state.overlay.settings
        bare = not settings.visible or phrases.word is not None
        drawn = [] if bare else [(layer, phrases.picture(layer.text)) for layer in phrases.layers if layer.visible]
        answered = [(layer, picture) for layer, picture in drawn if picture is not None]
        if not self._contours.set_phrases(answered, settings.scale):
            self._rest.start()
        self._difference_layer.set_difference(None if bare else phrases.difference, settings.opacity)
        self._window.canvas.update()
