"""Sentences about findings, true ones and denials, in the words of reports and of people who type three words.

Every sentence carries what it claims (`Statement`), so that any sentence can be held against any film: `entails` for
simulated films, of which everything is known, `entails_reading` for real films with text-mined labels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from afloc_core.pretraining import vocabulary as words
from afloc_core.pretraining.entailment import (
    LABELLED,
    FindingLike,
    Reading,
    Statement,
    entails,
    entails_labels,
    entails_reading,
    label_kinds,
    places_of,
)
from afloc_core.pretraining.exchange import exchange_side, exchange_zone
from afloc_core.pretraining.nouns import NOUNS, PLURAL, Noun
from afloc_core.pretraining.simulation.finding import DEVICES, ZONES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding

__all__ = [
    "FindingLike",
    "Statement",
    "entails",
    "entails_labels",
    "entails_reading",
    "evaluation_phrase",
    "evaluation_statement",
    "exchange_side",
    "exchange_zone",
    "places_of",
    "statements_for_real",
    "statements_for_simulated",
]

_T = TypeVar("_T")
_PLEURAL = ("effusion", "pneumothorax", "pleural thickening")
_NOT_IN_LUNG = (*_PLEURAL, "collapsed lung", "fracture", "central line", "chest tube", "pacemaker", "device")
"""What is said to be on a side, not in a lobe."""
_PLACELESS = ("cardiomegaly", "edema", "hernia", "emphysema", "endotracheal tube", "nasogastric tube")
_SAID_ZONES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_NOT_IN_LUNG, ()),
    "effusion": ("lower",),
    "pneumothorax": ("upper",),
    "pleural thickening": ("upper", "lower"),
}
"""Zones that people name for what does not lie in the lung itself; for everything else all three."""
_SAID_AS = {
    "consolidation": (("consolidation", 0.6), ("pneumonia", 0.17), ("infiltration", 0.1), ("opacity", 0.13)),
    "nodule": (("nodule", 0.86), ("lesion", 0.1), ("opacity", 0.04)),
    "mass": (("mass", 0.86), ("lesion", 0.1), ("opacity", 0.04)),
    "atelectasis": (("atelectasis", 0.93), ("opacity", 0.07)),
    "pneumothorax": (("pneumothorax", 0.9), ("collapsed lung", 0.1)),
    **{device: ((device, 0.88), ("device", 0.12)) for device in DEVICES},
}
"""A finding may be called by a wider word."""
_BARE = 0.43
_DEVICE_MENTIONED = 0.5
_PLACE_SAID = 0.8


def statements_for_simulated(film: SimulatedFilm, rng: np.random.Generator) -> list[Statement]:
    """Return a short report on a simulated film: one to five true sentences in random order.

    Devices are left out half of the time, as in real reports.

    Parameters
    ----------
    film
        Complete: what it does not list is absent.
    rng
        Source of chance.

    Returns
    -------
    list of Statement
        Each is entailed by the film's findings.
    """
    spoken = [item for item in film.findings if item.kind not in DEVICES or rng.random() < _DEVICE_MENTIONED]
    said = [_describe(item, rng) for item in spoken]
    if not film.findings:
        said = [_normal(rng)]
    denials = _denials(rng) if said else 3
    candidates = [_deny(_pick(tuple(NOUNS), rng), rng, sided=True) for _ in range(denials)]
    said += [item for item in candidates if entails(film.findings, item) is True]
    return _shuffled(said[:5] or [_describe(film.findings[0], rng)], rng)


def statements_for_real(reading: Reading, rng: np.random.Generator) -> list[Statement]:
    """Return a short report on a real film: one to five sentences, with a side or zone only where it was read.

    Parameters
    ----------
    reading
        NIH ChestX-ray14 labels, none or ``["No Finding"]`` for a normal film, and what was read off the film.
    rng
        Source of chance.

    Returns
    -------
    list of Statement
        Each is entailed by the reading.
    """
    kinds = sorted(label_kinds(reading.labels) & set(NOUNS))
    said = [_read(kind, reading.seen, rng) for kind in _shuffled(kinds, rng)[:4]]
    said += [_describe(item, rng) for item in reading.seen if item.kind in DEVICES and rng.random() < _DEVICE_MENTIONED]
    if not said:
        said = [_normal(rng)]
    candidates = [_deny(_pick((*LABELLED, *DEVICES), rng), rng, sided=True) for _ in range(_denials(rng))]
    true = [item for item in (*said, *candidates) if entails_reading(reading, item) is True]
    return _shuffled((true or [_plain(kind, rng) for kind in kinds] or [_normal(rng)])[:5], rng)


def evaluation_phrase(finding: SimulatedFinding) -> str:
    """Return the one plain phrase by which a finding is asked for when maps are scored.

    Parameters
    ----------
    finding
        Any.

    Returns
    -------
    str
        For example "right upper lobe nodule", "left pleural effusion", "multiple lung masses", "cardiomegaly".
    """
    if finding.kind in _PLACELESS:
        return _PLAIN_NAMES.get(finding.kind, finding.kind)
    side = {"both": "bilateral"}.get(finding.side, finding.side)
    if finding.kind in _NOT_IN_LUNG:
        noun = NOUNS[finding.kind][0]
        plural = noun.many and finding.kind != "pneumothorax" and (finding.side == "both" or finding.number > 1)
        return f"{side} {noun.many if plural else noun.one}"
    noun = NOUNS[finding.kind][0]
    many = finding.number > 1 and noun.many
    name = noun.many if many else noun.one
    if finding.side == "both":
        return f"multiple lung {name}" if many and finding.number > 2 else f"bilateral {name}"
    if len(finding.zones) != 1:
        return f"{side} lung {name}" if not many else f"multiple {side} lung {name}"
    zone = {"upper": "upper lobe", "lower": "lower lobe"}.get(finding.zones[0], "mid zone")
    return f"{side} {'middle lobe' if (side, zone) == ('right', 'mid zone') else zone} {name}"


def evaluation_statement(finding: SimulatedFinding) -> Statement:
    """Return the evaluation phrase with what it claims of the place."""
    text = evaluation_phrase(finding)
    words = text.split()
    side = finding.side if finding.side in words else ""
    zone = next((zone for zone in ("upper", "lower") if zone in words), "")
    return Statement(text, finding.kind, side, zone)


_PLAIN_NAMES = {"edema": "pulmonary edema", "hernia": "hiatal hernia"}


def _describe(item: FindingLike, rng: np.random.Generator) -> Statement:
    """Return one true sentence about a finding."""
    kind = _wider(item.kind, rng)
    if item.kind == "cardiomegaly":
        return _heart(item, rng)
    if kind in _PLACELESS or item.kind in _PLACELESS:
        name = _pick(NOUNS[kind], rng).one
        return Statement(_framed(name, name in PLURAL, rng), kind)
    side, zone, whole = _place(item, kind, rng)
    if side in ("right", "left") and rng.random() < 0.12 and (special := _special(item, kind, side, rng)):
        return special
    noun = _named(kind, rng)
    counted, number, plural = _counted(item.number, whole, noun, side, rng)
    size = _pick(words.SIZES[item.size], rng) if item.size and rng.random() < 0.4 and _sizeable(noun) else ""
    adjective = _pick(item.descriptors, rng) if item.descriptors and not zone and rng.random() < 0.15 else ""
    before, after = _located(kind, side, zone, rng)
    name = noun.many if plural else noun.one
    text = " ".join(part for part in (counted, size, adjective, before, name, after) if part)
    qualifiers = ((item.size,) if size else ()) + ((adjective,) if adjective else ())
    return Statement(_framed(_tidy(text), plural, rng), kind, side, zone, number=number, qualifiers=qualifiers)


def _plain(kind: str, rng: np.random.Generator) -> Statement:
    """Return a sentence that only names a kind."""
    noun = _named(kind, rng)
    plural = bool(noun.many) and rng.random() < 0.25
    return Statement(_framed(noun.many if plural else noun.one, plural or noun.one in PLURAL, rng), kind)


def _read(kind: str, seen: Sequence[FindingLike], rng: np.random.Generator) -> Statement:
    """Return a sentence about a labelled kind, mostly with its place where that was read."""
    read = [item for item in seen if item.kind == kind and item.places]
    return _describe(_pick(read, rng), rng) if read and rng.random() < _PLACE_SAID else _plain(kind, rng)


def _heart(item: FindingLike, rng: np.random.Generator) -> Statement:
    noun = _pick(NOUNS["cardiomegaly"], rng).one if rng.random() < 0.7 else "cardiomegaly"
    if item.size and noun in words.HEART_SIZED_NOUNS and rng.random() < 0.4:
        phrase = f"{_pick(words.HEART_SIZES[item.size], rng)} {noun}"
        return Statement(_framed(phrase, False, rng), "cardiomegaly", qualifiers=(item.size,))
    return Statement(_framed(noun, False, rng), "cardiomegaly")


def _normal(rng: np.random.Generator) -> Statement:
    return Statement(_pick(words.NORMAL, rng), "normal")


def _deny(kind: str, rng: np.random.Generator, *, sided: bool) -> Statement:
    """Return a denial of a kind, sometimes of one side of it."""
    if kind in words.NEGATIVE_SENTENCES and rng.random() < 0.2:
        return Statement(_pick(words.NEGATIVE_SENTENCES[kind], rng), kind, negated=True)
    noun = _named(kind, rng)
    side = _pick(("right", "left"), rng) if sided and kind not in _PLACELESS and rng.random() < 0.2 else ""
    before, after = _located(kind, side, "", rng)
    phrase = _tidy(" ".join(part for part in (before, noun.one, after) if part))
    verb = "are" if noun.one in PLURAL else "is"
    return Statement(_pick(words.NEGATIONS, rng).format(phrase=phrase, **{"is": verb}), kind, side, negated=True)


def _named(kind: str, rng: np.random.Generator) -> Noun:
    """Return a name of a kind, often one of its two plain ones."""
    return _pick(NOUNS[kind] if rng.random() < 0.65 else NOUNS[kind][:2], rng)


def _wider(kind: str, rng: np.random.Generator) -> str:
    options = _SAID_AS.get(kind, ((kind, 1.0),))
    return str(rng.choice([name for name, _ in options], p=[share for _, share in options]))


def _special(item: FindingLike, kind: str, side: str, rng: np.random.Generator) -> Statement | None:
    """Return a phrase with the side in its middle, if there is one whose zone is true."""
    zones = {zone for where, zone in item.places if where == side}
    fitting = [(text, zone) for text, zone in words.SPECIAL.get(kind, ()) if not zone or zone in zones]
    if not fitting:
        return None
    text, zone = _pick(fitting, rng)
    return Statement(_framed(text.format(s=side), False, rng), kind, side, zone)


def _place(item: FindingLike, kind: str, rng: np.random.Generator) -> tuple[str, str, bool]:
    """Return side, zone and whether the sentence speaks of the whole finding rather than one lesion of it."""
    one_zone = len(item.zones) == 1
    sayable = _SAID_ZONES.get(kind, ZONES)
    if item.side == "both":
        chance = rng.random()
        if chance < 0.55:
            zone = item.zones[0] if one_zone and kind not in _NOT_IN_LUNG and rng.random() < 0.4 else ""
            return "both", zone, True
        if chance < 0.8:
            side, zone = _pick(item.places, rng)
            return side, zone if zone in sayable and rng.random() < 0.6 else "", False
        return "", "", True
    chance = rng.random()
    zone = _pick(tuple(zone for zone in item.zones if zone in sayable) or ("",), rng)
    alone = item.number < 2 or one_zone
    if chance < 0.45:
        return item.side, zone, alone
    if chance < 0.78:
        return item.side, "", True
    return ("", zone, alone) if chance < 0.85 else ("", "", True)


def _counted(number: int, whole: bool, noun: Noun, side: str, rng: np.random.Generator) -> tuple[str, str, bool]:
    """Return the number word, what it claims, and whether the noun is plural."""
    if not noun.many:
        return "", "", False
    if number < 2 or not whole:
        plural = side == "both"
        word = _pick(words.SINGLE, rng) if number == 1 and not plural and rng.random() < 0.07 else ""
        return word, "one" if word else "", plural
    if rng.random() < 0.35:
        return "", "many", True
    if number in words.FEW and (number == 2 or rng.random() < 0.3):
        return _pick(words.FEW[number], rng), "many", True
    return (_pick(words.MANY, rng) if number > 2 else ""), "many", True


def _located(kind: str, side: str, zone: str, rng: np.random.Generator) -> tuple[str, str]:
    """Return the words for a place before and after the noun; one of the two is empty."""
    pleural = kind in _NOT_IN_LUNG
    if side == "both":
        before, after = words.BOTH_BEFORE[zone], words.BOTH_AFTER["" if pleural else zone]
        after = ("on both sides", "bilaterally") if pleural else after
    elif not side:
        before, after = words.ZONE_BEFORE.get(zone, ("",)), words.ZONE_AFTER.get(zone, ("",))
        before = tuple(word for word in before if not pleural or word.endswith("al")) or before
    elif zone == "middle":
        before, after = _middle(side, rng)
    else:
        before = (words.PLEURA_BEFORE if pleural else words.LUNG_BEFORE)[zone]
        after = (words.PLEURA_AFTER if pleural else words.LUNG_AFTER)[zone]
    if rng.random() < 0.55:
        return _pick(before, rng).format(s=side), ""
    return "", _pick(after, rng).format(s=side)


def _middle(side: str, rng: np.random.Generator) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if rng.random() < 0.3:
        before, after = words.RIGHT_MIDDLE if side == "right" else words.LEFT_MIDDLE
        return (before,), (after,)
    return words.LUNG_BEFORE["middle"], words.LUNG_AFTER["middle"]


_UNSIZED = ("small", "large", "fluid", "water", "air", "blunting", "loss", "visible", "white", "heart")


def _sizeable(noun: Noun) -> bool:
    """Return whether a size can be put before the noun without contradicting a size in it."""
    return noun.one.split()[0] not in _UNSIZED


def _framed(phrase: str, plural: bool, rng: np.random.Generator) -> str:
    """Return a phrase bare (nearly half of the time, as people type) or in a sentence."""
    if rng.random() < _BARE:
        return phrase
    frame = _pick(words.FRAMES, rng)
    return frame.format(phrase=_with_article(phrase, plural), bare=phrase, **{"is": "are" if plural else "is"})


_ARTICLED = {noun.one for nouns in NOUNS.values() for noun in nouns if noun.many} | {"heart", "silhouette"}
_COUNTABLE = re.compile(r"\b(" + "|".join(sorted(_ARTICLED)) + r")\b")


def _with_article(phrase: str, plural: bool) -> str:
    first = phrase.split()[0]
    if plural or first in ("one", "a", "bilateral", "both-sided") or not _COUNTABLE.search(phrase):
        return phrase
    return f"{'an' if first[0] in 'aeiou' else 'a'} {phrase}"


def _tidy(text: str) -> str:
    """Remove the doublings that putting words together makes, like "right lung lung mass"."""
    text = re.sub(r"\b(lung|apical|basal) (?:loss of lung|lung|pulmonary|apical)\b", r"\1", text)
    text = re.sub(r"\b(lower|upper|middle) lobe (lobar)\b", r"\1 lobe", text)
    text = re.sub(r"\blung (\w+ (?:in|of) the (?:right|left) lung)\b", r"\1", text)
    text = re.sub(r"\b(?:basal|basilar|apical) (?=blunting)", "", text)
    text = re.sub(r"\b(on the lung|of the lung|around the lung|in the lungs) (?=(in|at|of|on) )", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _denials(rng: np.random.Generator) -> int:
    return int(rng.choice(3, p=(0.45, 0.35, 0.2)))


def _pick(options: Sequence[_T], rng: np.random.Generator) -> _T:
    return options[int(rng.integers(len(options)))]


def _shuffled(items: Sequence[_T], rng: np.random.Generator) -> list[_T]:
    return [items[int(index)] for index in rng.permutation(len(items))]
