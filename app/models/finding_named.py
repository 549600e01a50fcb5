"""Which finding a phrase names, so that a map is compared with the marks of what was asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[^\W_]+")
_SPELLINGS = {"oedema": "edema", "haemothorax": "hemothorax", "haematoma": "hematoma"}


def finding_named(phrase: str, findings: Iterable[str]) -> str:
    """Return the finding whose every word is in a phrase, the longest if several are; empty if none is.

    Case, plurals and British spelling make no difference: "small left pleural effusions" names "Pleural effusion" and
    "Effusion". A phrase that denies something names nothing.
    """
    said = [_plain(word) for word in _WORD.findall(phrase)]
    if {"no", "not", "without"} & set(said):
        return ""
    named = [
        (len(words), finding)
        for finding in findings
        if (words := {_plain(word) for word in _WORD.findall(finding)}) and words <= set(said)
    ]
    return max(named, default=(0, ""))[1]


def _plain(word: str) -> str:
    """Return a word in lower case without a plural ending; the result need not be a word."""
    lower = _SPELLINGS.get(word.lower(), word.lower())
    if lower.endswith("ies") and len(lower) > 4:
        return lower[:-3] + "y"
    if lower.endswith(("sses", "xes")):
        return lower[:-2]
    return lower[:-1] if lower.endswith("s") and not lower.endswith(("ss", "is", "us")) else lower
