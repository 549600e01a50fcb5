"""The same sentence about another place: the hardest sentences to tell from true ones."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from afloc_core.pretraining.entailment import Statement


def exchange_side(statement: Statement) -> Statement | None:
    """Return the same sentence about the other side, a hard negative.

    Parameters
    ----------
    statement
        Any.

    Returns
    -------
    Statement or None
        None when the sentence does not name exactly one side.
    """
    if statement.side not in ("right", "left"):
        return None
    for here, there in _MIDDLE_LOBES:
        if here in statement.text:
            text = statement.text.replace(here, there)
            break
    else:
        text = _swap(statement.text, {"right": "left", "left": "right"})
    if text == statement.text:
        return None
    return replace(statement, text=text, side="left" if statement.side == "right" else "right")


_MIDDLE_LOBES = (
    ("in the lingula", "in the right middle lobe"),
    ("lingular", "right middle lobe"),
    ("in the right middle lobe", "in the lingula"),
    ("right middle lobe", "lingular"),
)
"""The left lung has a lingula where the right one has a middle lobe; the first that occurs is replaced."""
_OTHER_ZONE = {
    "upper": "lower",
    "lower": "upper",
    "top": "bottom",
    "bottom": "top",
    "apex": "base",
    "base": "apex",
    "apices": "bases",
    "bases": "apices",
    "apical": "basal",
    "basal": "apical",
    "basilar": "apical",
    "biapical": "bibasal",
    "bibasal": "biapical",
    "bibasilar": "biapical",
}


def exchange_zone(statement: Statement) -> Statement | None:
    """Return the same sentence with upper and lower exchanged, a hard negative.

    Parameters
    ----------
    statement
        Any.

    Returns
    -------
    Statement or None
        None when the sentence names neither the upper nor the lower zone.
    """
    if statement.zone not in ("upper", "lower"):
        return None
    text = _swap(statement.text, _OTHER_ZONE)
    if text == statement.text:
        return None
    qualifiers = tuple(word for word in statement.qualifiers if word not in _OTHER_ZONE)
    return replace(statement, text=text, zone=_OTHER_ZONE[statement.zone], qualifiers=qualifiers)


def _swap(text: str, pairs: dict[str, str]) -> str:
    return re.sub(r"\b(" + "|".join(pairs) + r")\b", lambda match: pairs[match.group(1)], text)
