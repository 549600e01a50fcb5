"""From a report to the text that one training step shows the text encoder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from afloc_core.modeling.text_preparation import our_sentences, published_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from afloc_core.modeling.processing_afloc import AFLocProcessor

_STOP = ". "
_PARAGRAPH = re.compile(r"\n\s*\n")
_FIVE = 5


def report_sentences(report: str, cleaning: str, *, five_word_stop: bool = False) -> list[str]:
    """Split a report into cleaned sentences.

    Parameters
    ----------
    report : str
        As it was written; its lines may be wrapped.
    cleaning : str
        ``"published"``: the published cleaning. ``"ours"``: one-word sentences and decimals stay, empty lines end a
        sentence, and the blanks that de-identification left go.
    five_word_stop : bool
        End, as published, after the sentence with which the report has exactly five words: its word limit was filled
        with the number of captions an image has.
    """
    if cleaning == "published":
        sentences = [sentence for sentence in published_sentences(report) if sentence]
    else:
        text = _PARAGRAPH.sub(_STOP, report.replace("\r\n", "\n"))
        sentences = our_sentences(text.replace("\n", " ").replace("_", " "))
    return _stopped_at_five(sentences) if five_word_stop else sentences


def _stopped_at_five(sentences: list[str]) -> list[str]:
    words = 0
    for number, sentence in enumerate(sentences, start=1):
        words += len(sentence.split())
        if words == _FIVE:
            return sentences[:number]
    return sentences


def whole_caption(sentences: Sequence[str]) -> str:
    """Join all sentences of a report."""
    return _STOP.join(sentences)


def drawn_caption(sentences: Sequence[str], rng: np.random.Generator, *, whole_reports: bool) -> str:
    """Draw sentences of a report in random order, each at most once, and join them.

    Parameters
    ----------
    sentences : sequence of str
        At least one.
    rng : numpy Generator
    whole_reports : bool
        Draw 1 to n of n sentences; False draws 1 to n - 1 as published, where one of two is all that is ever seen.
    """
    most = len(sentences) if whole_reports else max(1, len(sentences) - 1)
    number = int(rng.integers(1, most + 1))
    return whole_caption([sentences[int(i)] for i in rng.permutation(len(sentences))[:number]])


def shortened(caption: str, processor: AFLocProcessor) -> str:
    """Cut a caption to the words that the word slots hold, whole words only."""
    room = processor.config.word_slots - 2
    encoded = processor.tokenizer(caption, add_special_tokens=False, return_offsets_mapping=True)
    if len(encoded["input_ids"]) <= room:
        return caption
    words = encoded.word_ids()
    end = room
    while end > 0 and words[end] == words[end - 1]:
        end -= 1
    return caption[: encoded["offset_mapping"][end][0]].rstrip(" .")
