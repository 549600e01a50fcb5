"""Small multiples in step with phrases, film and settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.models.comparison import CompareMode
from app.models.heat_picture import describe
from app.models.scene import PLAIN, cell_scene
from app.views.multiples import CellContent, Multiples

if TYPE_CHECKING:
    from app.models.heat_picture import HeatPicture
    from app.models.overlay import OverlaySettings
    from app.models.phrase_layers import PhraseLayer
    from app.models.state import State
    from app.views.main_window import MainWindow

_TIP = "The film once for each phrase, all zoomed and moved as one (G)"
_NOTHING = "no phrase yet"


class Multiplying(QObject):
    """Fills the page of the small multiples: a cell for each phrase shown, and one for the difference of two.

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
        self.page = Multiples(state.camera, window.canvas)
        window.middle.add_page(CompareMode.MULTIPLES, "Small multiples", self.page, _TIP)
        self.page.shown.connect(self._come_or_go)
        phrases, review = state.phrases, state.review
        for signal in (
            phrases.changed,
            phrases.answered,
            phrases.overlaid,
            review.picture_changed,
            review.pending_changed,
            state.overlay.changed,
        ):
            signal.connect(self._show)
        review.film_changed.connect(self._show_film)
        state.case.marks_changed.connect(self._show_marks)
        state.case.readers_changed.connect(self._show_marks)
        state.viewing.changed.connect(self._redraw)
        window.canvas.blinked.connect(self._blink)

    def toggle(self) -> None:
        """Show the multiples, or the one film again."""
        shown = self._state.comparison.mode is CompareMode.MULTIPLES
        self._window.set_checked("compare-small-multiples", not shown)
        self._state.comparison.set_mode(CompareMode.OVERLAY if shown else CompareMode.MULTIPLES)

    def _come_or_go(self, shown: bool) -> None:
        canvas = self._window.canvas
        if shown:
            self._show_film()
            self.page.take_over()
        else:
            self._state.camera.resize(canvas.width(), canvas.height())
            canvas.setFocus()

    def _show_film(self) -> None:
        if self.page.isVisible():
            self.page.show_film(self._state.review.film)
            self._show()
            self._show_marks()

    def _show_marks(self) -> None:
        """Draw the marks of the readers who are shown, in every cell."""
        if self.page.isVisible():
            case = self._state.case
            shown = [reader.name for reader in case.readers if reader.visible]
            self.page.show_scene(PLAIN if self._blinking else cell_scene(shown, case.note))

    def _redraw(self) -> None:
        for canvas in self.page.canvases:
            canvas.update()

    def _blink(self, blinking: bool) -> None:
        self._blinking = blinking
        self._show()
        self._show_marks()

    def _show(self) -> None:
        """Fill the cells; nothing while they are not seen."""
        if not self.page.isVisible():
            return
        state, settings = self._state, self._state.overlay.settings
        phrases, typed = state.phrases, state.review.phrase
        contents = []
        if typed and typed not in phrases.texts:
            picture = phrases.word or state.review.picture
            title = f"{typed}: {phrases.word.word}" if phrases.word is not None else typed
            answer = "updating…" if state.review.pending else _match(picture)
            contents.append(self._content(title, "", answer, picture, settings))
        contents += [self._layer_content(layer, settings) for layer in phrases.layers if layer.visible]
        if (difference := phrases.difference) is not None:
            words = f"{difference.title}: {difference.words}"
            shown = None if self._blinking else difference
            contents.append(CellContent(difference.title, "", "A − B", words, None, settings, shown))
        self.page.show_cells(contents or [self._content(_NOTHING, "", "", None, settings)])

    def _layer_content(self, layer: PhraseLayer, settings: OverlaySettings) -> CellContent:
        picture, error = self._state.phrases.picture(layer.text), self._state.phrases.error(layer.text)
        answer = ("no map" if error else "…") if picture is None else _match(picture)
        return self._content(
            layer.text, layer.colour, answer, picture, replace(settings, threshold=layer.threshold), error
        )

    def _content(
        self,
        title: str,
        colour: str,
        answer: str,
        picture: HeatPicture | None,
        settings: OverlaySettings,
        error: str = "",
    ) -> CellContent:
        words = error or (f"Heatmap: {describe(picture, settings)}" if picture is not None else "No heatmap")
        return CellContent(title, colour, answer, words, None if self._blinking else picture, settings)


def _match(picture: HeatPicture | None) -> str:
    return "" if picture is None or picture.word else f"match {picture.heatmap.match:.2f}"
