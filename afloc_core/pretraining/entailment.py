"""Whether a statement is true of a film: true, false, or not to be known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from afloc_core.pretraining.simulation.finding import DEVICES

if TYPE_CHECKING:
    from collections.abc import Sequence


class FindingLike(Protocol):
    """What entailment needs to know of a finding; `SimulatedFinding` and `ReadFinding` have it."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def side(self) -> str: ...  # noqa: D102
    @property
    def zones(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def number(self) -> int: ...  # noqa: D102
    @property
    def size(self) -> str: ...  # noqa: D102
    @property
    def places(self) -> tuple[tuple[str, str], ...]: ...  # noqa: D102
    @property
    def descriptors(self) -> tuple[str, ...]: ...  # noqa: D102


class Reading(Protocol):
    """What is known of a real film; `Film` and `Sample` have it."""

    @property
    def labels(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def seen(self) -> Sequence[FindingLike]: ...  # noqa: D102
    @property
    def without_devices(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and what it claims.

    Parameters
    ----------
    text : str
        Lower-case words as a person would type or dictate them.
    kind : str
        A key of ``nouns.NOUNS``, or "normal".
    side : {"right", "left", "both", ""}
        Empty when the sentence names no side.
    zone : {"upper", "middle", "lower", ""}
        Empty when the sentence names no zone.
    negated : bool
        The sentence denies the finding.
    number : {"one", "many", ""}
        Whether it says that there is exactly one, or more than one.
    qualifiers : tuple of str
        Sizes and descriptors that it claims.
    """

    text: str
    kind: str
    side: str = ""
    zone: str = ""
    negated: bool = False
    number: str = ""
    qualifiers: tuple[str, ...] = ()


_AIRSPACE = frozenset({"consolidation", "atelectasis", "edema", "pneumonia", "infiltration"})
_SAID_OF = {
    "pneumonia": {"pneumonia", "consolidation"},
    "infiltration": {"infiltration", "consolidation"},
    "opacity": {"opacity", "nodule", "mass"} | _AIRSPACE,
    "lesion": {"lesion", "nodule", "mass"},
    "collapsed lung": {"pneumothorax", "atelectasis"},
    "device": set(DEVICES),
}
"""Kinds that make a statement true, where that is more than its own kind."""
_MISTAKEN_FOR: dict[str, set[str]] = {
    "nodule": {"mass"},
    "mass": {"nodule", "hernia"},
    "effusion": {"pleural thickening"},
    "collapsed lung": {"atelectasis", "consolidation", "effusion"},
    "lesion": {"hernia", "consolidation", "pneumonia", "infiltration"},
    "consolidation": set(_AIRSPACE),
    "pneumonia": set(_AIRSPACE),
    "infiltration": {*_AIRSPACE, "fibrosis"},
    "atelectasis": {*_AIRSPACE - {"edema"}, "fibrosis"},
    "edema": {"consolidation", "pneumonia", "infiltration", "fibrosis"},
    "opacity": {"effusion", "fibrosis", "pleural thickening", "hernia"},
    "fibrosis": {"atelectasis", "edema", "infiltration", "pleural thickening"},
    "pleural thickening": {"effusion", "fibrosis"},
    "emphysema": {"pneumothorax"},
}
"""Kinds that overlap: where one is present nobody can say that the other is not."""
_CROSSING = ("central line", "pacemaker")
"""What enters on one side and can end on the other."""
LABELLED = (
    *("atelectasis", "cardiomegaly", "consolidation", "edema", "effusion", "emphysema", "fibrosis", "hernia"),
    *("infiltration", "mass", "nodule", "pleural thickening", "pneumonia", "pneumothorax"),
    *("opacity", "lesion", "collapsed lung"),
)
"""Kinds that NIH labels say something about; of fractures and devices they are silent."""


def entails(findings: Sequence[FindingLike], statement: Statement) -> bool | None:
    """Return whether a statement is true of a film whose findings are completely known.

    Parameters
    ----------
    findings
        Everything that is on the film.
    statement
        Any.

    Returns
    -------
    bool or None
        None when it cannot be decided: an overlapping kind lies there, or only size, number or manner differ.
    """
    truth = _normal_film(findings) if statement.kind == "normal" else _claimed(findings, statement)
    return _denied(truth, statement.negated)


def entails_labels(labels: Sequence[str], statement: Statement) -> bool | None:
    """Return whether a statement is true of a film of which only text-mined labels are known.

    Parameters
    ----------
    labels
        NIH ChestX-ray14 labels, for example ``["Effusion", "Pleural_Thickening"]``; ``["No Finding"]`` for none.
    statement
        Any.

    Returns
    -------
    bool or None
        None for a side, zone, number, size or manner of a finding that is present, and for overlapping kinds.
    """
    kinds = label_kinds(labels)
    if statement.kind == "normal":
        return _denied(not kinds, statement.negated)
    if statement.kind not in LABELLED:
        return None
    if kinds & _SAID_OF.get(statement.kind, {statement.kind}):
        exact = kinds & _truly(statement.kind, of_labels=True)
        located = statement.side or statement.zone or statement.number or statement.qualifiers
        return _denied(None if located or not exact else True, statement.negated)
    if kinds & _MISTAKEN_FOR.get(statement.kind, set()):
        return None
    return _denied(False, statement.negated)


def entails_reading(reading: Reading, statement: Statement) -> bool | None:
    """Return whether a statement is true of a real film whose labels are known, and where some of them lie.

    Parameters
    ----------
    reading
        What is known of the film.
    statement
        Any.

    Returns
    -------
    bool or None
        As of the labels alone, but decided for a side or zone of what was read off the film. A neighbouring zone and
        one side of a bilateral claim are left undecided: another reader would put the border elsewhere.
    """
    if statement.kind in (*DEVICES, "device"):
        listed = [item for item in reading.seen if item.kind in DEVICES]
        if not reading.without_devices and statement.kind not in {"device", *(item.kind for item in listed)}:
            return None
        return _denied(_claimed(listed, statement), statement.negated)
    known = entails_labels(reading.labels, statement)
    if known is not None or statement.number or statement.qualifiers or not (statement.side or statement.zone):
        return known
    return _denied(_placed(reading, statement), statement.negated)


def _placed(reading: Reading, statement: Statement) -> bool | None:
    """Return whether a labelled finding lies where the statement says; None where its place was not read."""
    kinds = label_kinds(reading.labels)
    meant = kinds & _SAID_OF.get(statement.kind, {statement.kind})
    exact = meant & _truly(statement.kind, of_labels=True)
    if any(item.kind in exact and item.places and _lies_there(item, statement) for item in reading.seen):
        return True
    candidates = meant | (kinds & _MISTAKEN_FOR.get(statement.kind, set()))
    seen = [item for item in reading.seen if item.kind in candidates]
    away = candidates <= {item.kind for item in seen} and not any(_near(item, statement) for item in seen)
    return False if away else None


def _near(item: FindingLike, statement: Statement) -> bool:
    """Return whether a finding involves a place that the statement names, or one beside it."""
    opposite = {"upper": "lower", "lower": "upper"}.get(statement.zone, "")
    return not item.places or any(
        statement.side in ("", "both", where) and (not zone or zone != opposite) for where, zone in item.places
    )


def places_of(reading: Reading, simulated: Sequence[FindingLike], statement: Statement) -> tuple[tuple[str, str], ...]:
    """Return the sides and zones at which what a true statement names can lie.

    Parameters
    ----------
    reading
        What is known of the film itself.
    simulated
        What was added to it.
    statement
        True of the film, no denial.

    Returns
    -------
    tuple of (side, zone)
        A zone is empty where it is not known; no place at all if neither is known.
    """
    meant = [item for item in (*simulated, *reading.seen) if _means(statement.kind, item)]
    unread = label_kinds(reading.labels) & _SAID_OF.get(statement.kind, {statement.kind})
    unread = unread - {item.kind for item in reading.seen}
    if any(item.kind in _CROSSING for item in meant):
        return ()
    known = not unread and all(item.places for item in meant)
    fitting = tuple(
        (side, zone if item.kind not in DEVICES else "")  # leads and tubes are longer than a zone
        for item in meant
        for side, zone in item.places
        if statement.side in ("", "both", side) and statement.zone in ("", zone)
    )
    if known and fitting:
        return fitting
    side = "" if statement.side == "both" else statement.side
    return ((side, statement.zone),) if side or statement.zone else ()


def label_kinds(labels: Sequence[str]) -> frozenset[str]:
    """Return the kinds that NIH labels name; "No Finding" names none."""
    kinds = {label.strip().lower().replace("_", " ") for label in labels}
    return frozenset(kinds - {"no finding", ""})


def _truly(kind: str, *, of_labels: bool) -> set[str]:
    """Return the kinds that make a statement true; a label of consolidation does not yet mean pneumonia."""
    if of_labels and kind in {"pneumonia", "infiltration"}:
        return {kind}
    if of_labels and kind == "collapsed lung":  # most atelectasis that reports name is a band
        return {"pneumothorax"}
    return set(_SAID_OF.get(kind, {kind}))


def _normal_film(findings: Sequence[FindingLike]) -> bool | None:
    """Return whether a film may be called normal: nobody knows when there is only a device on it."""
    if any(item.kind not in DEVICES for item in findings):
        return False
    return None if findings else True


def _denied(truth: bool | None, negated: bool) -> bool | None:
    return truth if truth is None or not negated else not truth


def _claimed(findings: Sequence[FindingLike], statement: Statement) -> bool | None:
    """Return the truth of the statement without its negation."""
    meant = [item for item in findings if _means(statement.kind, item)]
    here = [item for item in meant if _lies_there(item, statement)]
    if any(_fits(item, statement) for item in here):
        return True
    if here or _split_over_sides(meant, statement):
        return None
    if statement.kind == "device":  # wires and electrodes are devices too, and no report lists them all
        return None
    similar = _MISTAKEN_FOR.get(statement.kind, set())
    return None if any(item.kind in similar and _touches(item, statement) for item in findings) else False


def _means(kind: str, item: FindingLike) -> bool:
    """Return whether a finding may be called by the name of a kind; only a collapsed lobe is a collapsed lung."""
    if kind == "collapsed lung" and item.kind == "atelectasis" and "lobar" not in item.descriptors:
        return False
    return item.kind in _truly(kind, of_labels=False)


def _lies_there(item: FindingLike, statement: Statement) -> bool:
    """Return whether the finding involves every place that the statement names."""
    if not item.places:
        return True
    sides = ("right", "left") if statement.side == "both" else (statement.side,)
    return all(
        any(side in ("", where) and statement.zone in ("", zone) for where, zone in item.places) for side in sides
    )


def _touches(item: FindingLike, statement: Statement) -> bool:
    """Return whether the finding involves any place that the statement names."""
    return not item.places or any(
        statement.side in ("", "both", where) and statement.zone in ("", zone) for where, zone in item.places
    )


def _split_over_sides(meant: Sequence[FindingLike], statement: Statement) -> bool:
    """Return whether two findings together, one a side, could be what a bilateral statement means."""
    return statement.side == "both" and {
        side for item in meant for side, zone in item.places if statement.zone in ("", zone)
    } == {"right", "left"}


def _fits(item: FindingLike, statement: Statement) -> bool:
    if statement.number == "many" and item.number < 2:
        return False
    if statement.number == "one" and item.number != 1:
        return False
    return set(statement.qualifiers) <= {item.size, *item.descriptors}
