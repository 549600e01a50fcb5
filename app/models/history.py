"""Phrases asked before, newest last, walked like the history of a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 50
_LONGEST_PHRASE = 300


class PhraseHistory:
    """The phrases a reader committed.

    Parameters
    ----------
    phrases : iterable of str
        Oldest first.
    """

    def __init__(self, phrases: Iterable[str] = ()) -> None:
        self._phrases: list[str] = []
        self._at = 0
        self._draft = ""
        for phrase in phrases:
            self.commit(phrase)

    @property
    def phrases(self) -> tuple[str, ...]:
        """Oldest first, each once."""
        return tuple(self._phrases)

    def commit(self, phrase: str) -> None:
        """Remember a phrase as the newest; empty and overlong ones are not remembered."""
        phrase = " ".join(phrase.split())
        if phrase and len(phrase) <= _LONGEST_PHRASE:
            if phrase in self._phrases:
                self._phrases.remove(phrase)
            self._phrases = [*self._phrases, phrase][-_LONGEST:]
        self._at = len(self._phrases)

    def older(self, typed: str) -> str:
        """Return the phrase before; ``typed`` is kept to come back to."""
        if self._at == len(self._phrases):
            self._draft = typed
        self._at = max(self._at - 1, 0)
        return self._phrases[self._at] if self._phrases else typed

    def newer(self, typed: str) -> str:
        """Return the phrase after, in the end what was being typed."""
        if self._at >= len(self._phrases):
            return typed
        self._at += 1
        return self._phrases[self._at] if self._at < len(self._phrases) else self._draft

    def clear(self) -> None:
        """Forget all phrases."""
        self._phrases, self._at, self._draft = [], 0, ""
