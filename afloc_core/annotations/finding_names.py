"""When two names of a finding mean the same: lists of different readers spell one finding differently."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_SPELLINGS = {
    "oedema": "edema",
    "haemothorax": "hemothorax",
    "haematoma": "hematoma",
    "infiltrate": "infiltration",
    "tumour": "tumor",
    "fibrotic": "fibrosis",
}
_NAMES = {("effusion",): ("pleural", "effusion"), ("lung", "nodule"): ("nodule",), ("lung", "mass"): ("mass",)}
"""Names without, or with, a word that goes without saying."""


def finding_words(name: str) -> tuple[str, ...]:
    """Return the words of a name or phrase in lower case, singular and one spelling; none need be a word itself."""
    return tuple(_plain(word) for word in _WORD.findall(name))


@lru_cache(maxsize=4096)  # asked of every mark, whenever the marks that are shown change
def finding_key(name: str) -> str:
    """Return what is equal for names of one finding.

    Case, plurals, underscores, British spelling and a few synonyms of annotation lists make no difference: the
    "Infiltrate" of NIH's boxes is the "Infiltration" of its labels and of VinDr-CXR.

    Parameters
    ----------
    name : str
        As a file spells it; empty for all findings.

    Returns
    -------
    str
        Empty only for names without a letter or digit.
    """
    words = finding_words(name)
    return " ".join(_NAMES.get(words, words))


def _plain(word: str) -> str:
    lower = word.casefold()
    if lower.endswith("ies") and len(lower) > 4:
        lower = lower[:-3] + "y"
    elif lower.endswith(("sses", "xes")):
        lower = lower[:-2]
    elif lower.endswith("s") and not lower.endswith(("ss", "is", "us")):
        lower = lower[:-1]
    return _SPELLINGS.get(lower, lower)
