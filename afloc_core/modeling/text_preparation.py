"""Cleaning a phrase before it is tokenised: the published way, and ours."""

from __future__ import annotations

import re
import unicodedata

_PUBLISHED_BREAK = re.compile(r"[0-9]+\.|\.")
_WORD = re.compile(r"\w+")
# A full stop ends a sentence unless it stands between digits; a list number such as "1." goes with it.
_BREAK = re.compile(r"(?:(?:^|(?<=\s))[0-9]+)?\.(?![0-9])|[;!?\n\r]+")
_OUR_WORD = re.compile(r"[0-9]+\.[0-9]+|\w+")


def published_cleaning(text: str) -> str:
    """Clean text as the published ``process_text`` does.

    Returns
    -------
    str
        The sentences of `published_sentences` joined by spaces; empty when every sentence had at most one word.
    """
    return " ".join(published_sentences(text))


def published_sentences(text: str) -> list[str]:
    """Split text into sentences as published, for inference and for training alike.

    Sentences end at full stops and at list numbers (so "3.5 cm" loses its "3."), words are lower-cased runs of word
    characters with everything but ASCII removed, and sentences of one word are dropped.
    """
    kept = []
    for sentence in _PUBLISHED_BREAK.split(text.replace("\n", " ")):
        tokens = _WORD.findall(sentence.lower())
        if len(tokens) > 1:
            ascii_tokens = (token.encode("ascii", "ignore").decode("ascii") for token in tokens)
            kept.append(" ".join(token for token in ascii_tokens if token))
    return kept


def our_cleaning(text: str) -> str:
    """Clean text as the published way does, but keep one-word sentences, decimals and accented letters' bases."""
    return " ".join(our_sentences(text))


def our_sentences(text: str) -> list[str]:
    """Split text into the sentences of `our_cleaning`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    sentences = (" ".join(_OUR_WORD.findall(sentence.lower())) for sentence in _BREAK.split(plain) if sentence)
    return [sentence for sentence in sentences if sentence]
