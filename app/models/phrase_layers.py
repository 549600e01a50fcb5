"""The phrases that are kept on screen beside the one being typed, and what is made of several at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.models.overlay import LEVELS
from app.models.reader_colours import phrase_colour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.models.heat_picture import HeatPicture
    from app.models.phrase_difference import DifferencePicture

MOST = 12
"""How many phrases can be kept."""
TYPED = ""
"""Stands for the phrase being typed, whatever it is."""
_COLOUR = re.compile("#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class PhraseLayer:
    """One kept phrase and how it is shown.

    Attributes
    ----------
    text : str
        The phrase, spaces collapsed; no two layers have the same.
    colour : str
        ``#rrggbb``.
    threshold : float
        In [0, 1]: the share of the way from the cold to the hot end of the scale where its contour lies.
    visible : bool
    """

    text: str
    colour: str
    threshold: float = 0.5
    visible: bool = True


class PhraseLayers(QObject):
    """Kept phrases with their maps of the film on screen, the difference of two, and the word looked at.

    ``changed`` after a phrase came, went or is shown otherwise; ``answered`` with the text after its map came or was
    dropped; ``sides_changed`` after another difference is wanted; ``overlaid`` after what lies over the film in place
    of the typed phrase's map (a difference, or a word) changed.
    """

    changed = Signal()
    answered = Signal(str)
    sides_changed = Signal()
    overlaid = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers: tuple[PhraseLayer, ...] = ()
        self._pictures: dict[str, HeatPicture] = {}
        self._errors: dict[str, str] = {}
        self._sides: tuple[str, str] | None = None
        self._difference: DifferencePicture | None = None
        self._word: HeatPicture | None = None

    @property
    def layers(self) -> tuple[PhraseLayer, ...]:
        """The kept phrases, oldest first."""
        return self._layers

    @property
    def texts(self) -> tuple[str, ...]:
        """Their texts."""
        return tuple(layer.text for layer in self._layers)

    @property
    def sides(self) -> tuple[str, str] | None:
        """Texts A and B of the difference wanted, `TYPED` for the phrase being typed; None for no difference."""
        return self._sides

    @property
    def difference(self) -> DifferencePicture | None:
        """The difference on screen."""
        return self._difference

    @property
    def word(self) -> HeatPicture | None:
        """The map of the word looked at, shown in place of everything else."""
        return self._word

    @property
    def first_picture(self) -> HeatPicture | None:
        """The first map that a kept phrase has."""
        return next((self._pictures[text] for text in self.texts if text in self._pictures), None)

    def picture(self, text: str) -> HeatPicture | None:
        """Return a kept phrase's map of the film on screen; None until it is there."""
        return self._pictures.get(text)

    def error(self, text: str) -> str:
        """Return why a kept phrase has no map; empty when nothing is wrong."""
        return self._errors.get(text, "")

    def pin(self, phrase: str) -> bool:
        """Keep a phrase and say whether it is a new one; an empty phrase and one too many are not kept."""
        text = " ".join(phrase.split())
        if not text or text in self.texts or len(self._layers) >= MOST:
            return False
        self._take((*self._layers, PhraseLayer(text, phrase_colour({layer.colour for layer in self._layers}))))
        return True

    def remove(self, text: str) -> None:
        """Keep a phrase no longer; a difference it takes part in ends."""
        if text in self.texts:
            self._pictures.pop(text, None)
            self._errors.pop(text, None)
            self._take(layer for layer in self._layers if layer.text != text)
            if self._sides is not None and text in self._sides:
                self.set_sides(None)

    def restore(self, layers: Iterable[PhraseLayer]) -> None:
        """Take phrases that were kept before in place of these; where a file holds nonsense, the rest is taken."""
        for text in self.texts:
            self.remove(text)
        sound: dict[str, PhraseLayer] = {}
        for layer in layers:
            text = " ".join(layer.text.split())
            colour, taken = layer.colour.lower(), {one.colour for one in sound.values()}
            if not _COLOUR.fullmatch(colour) or colour in taken:
                colour = phrase_colour(taken)
            if text and text not in sound and len(sound) < MOST:
                sound[text] = PhraseLayer(text, colour, _on_level(layer.threshold), layer.visible)
        self._take(sound.values())

    def set_visible(self, text: str, visible: bool) -> None:
        """Show or hide a phrase."""
        self._take(replace(one, visible=visible) if one.text == text else one for one in self._layers)

    def set_threshold(self, text: str, threshold: float) -> None:
        """Set a phrase's threshold, kept in [0, 1] and moved to the nearest of the `LEVELS`."""
        share = _on_level(threshold)
        self._take(replace(one, threshold=share) if one.text == text else one for one in self._layers)

    def show_picture(self, text: str, picture: HeatPicture | None, error: str = "") -> None:
        """Take a kept phrase's map, or why there is none."""
        if text in self.texts:
            self._set_picture(text, picture, error)
            self.answered.emit(text)

    def drop_pictures(self) -> None:
        """Forget every map: the film or the arithmetic is another."""
        for text in self.texts:
            self.show_picture(text, None)

    def set_sides(self, sides: tuple[str, str] | None) -> None:
        """Ask for the difference of two phrases, the first minus the second; None, or a phrase not kept, ends it."""
        if sides is not None and not {*sides} <= {TYPED, *self.texts}:
            sides = None
        if sides != self._sides:
            self._sides = sides
            self.sides_changed.emit()

    def exchange(self) -> None:
        """Subtract the other way round."""
        if self._sides is not None:
            self.set_sides((self._sides[1], self._sides[0]))

    def show_difference(self, difference: DifferencePicture | None) -> None:
        """Take the difference to show over the film, or none."""
        if difference is not self._difference:
            self._difference = difference
            self.overlaid.emit()

    def show_word(self, word: HeatPicture | None) -> None:
        """Take the map of a word to show over the film, or none."""
        if word is not self._word:
            self._word = word
            self.overlaid.emit()

    def _set_picture(self, text: str, picture: HeatPicture | None, error: str) -> None:
        self._pictures.pop(text, None)
        self._errors.pop(text, None)
        if picture is not None:
            self._pictures[text] = picture
        elif error:
            self._errors[text] = error

    def _take(self, layers: Iterable[PhraseLayer]) -> None:
        after = tuple(layers)
        if after != self._layers:
            self._layers = after
            self.changed.emit()


def _on_level(share: float) -> float:
    """Return the nearest of the `LEVELS`; the middle for what is no number."""
    return round(min(max(share, 0.0), 1.0) * LEVELS) / LEVELS if share == share else 0.5
