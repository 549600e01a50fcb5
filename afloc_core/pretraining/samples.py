"""What is known of one training film, and which sentences are true of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from afloc_core.pretraining.language import (
    Statement,
    entails,
    entails_reading,
    places_of,
    statements_for_real,
    statements_for_simulated,
)
from afloc_core.pretraining.readings import ReadFinding
from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding

_NOTHING = np.zeros((0, 0))
_MOST_SENTENCES, _REAL_SENTENCES = 5, 2


@dataclass(frozen=True)
class Sample:
    """One film of the pool, without its pixels.

    Attributes
    ----------
    base : int
        Which film it was made from.
    findings : tuple of SimulatedFinding or None
        What was simulated, masks left out; None for a real film as it is.
    labels : tuple of str
        Findings that the film itself has; none of a normal one.
    seen : tuple of ReadFinding
        Where some of these lie, and devices.
    without_devices : bool
        Whether the film itself has no tube, line or pacemaker.
    """

    base: int
    findings: tuple[SimulatedFinding, ...] | None
    labels: tuple[str, ...] = ()
    seen: tuple[ReadFinding, ...] = ()
    without_devices: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of finding present of which places are known."""
        return frozenset({item.kind for item in self.findings or ()} | {item.kind for item in self.seen})

    def simulated(self, kind: str) -> SimulatedFinding | None:
        """Return the simulated finding of a kind; None where there is none."""
        return next((item for item in self.findings or () if item.kind == kind), None)

    def report(self, rng: np.random.Generator) -> list[Statement]:
        """Make up to five sentences that are true of the film, in random order and wording."""
        if self.findings is None:
            return statements_for_real(self, rng)
        said = statements_for_simulated(SimulatedFilm(_NOTHING.astype(np.float32), self.findings), rng)
        if not self.labels:
            return said
        said = [statement for statement in said if self.truth(statement)]
        own = statements_for_real(self, rng)
        own = [statement for statement in own if self.truth(statement)][: _REAL_SENTENCES if said else None]
        # Where nothing is known to be true there is nothing simulated that a sentence could deny.
        both = [*said[: _MOST_SENTENCES - _REAL_SENTENCES], *own] or statements_for_real(self, rng)
        return [both[index] for index in rng.permutation(len(both))]

    def truth(self, statement: Statement) -> bool | None:
        """Whether a statement is true of the film; None when that is not known."""
        if self.findings is None:
            return entails_reading(self, statement)
        if not self.labels:  # nothing on a normal film but what was simulated
            return entails(self.findings, statement)
        claim = replace(statement, negated=False)
        truths = entails(self.findings, claim), entails_reading(self, claim)
        truth = _all(truths) if statement.kind == "normal" else _any(truths)
        return truth if truth is None or not statement.negated else not truth

    def places(self, statement: Statement) -> tuple[tuple[str, str], ...]:
        """Sides and zones at which a true statement's finding can lie; none if no side or zone is known."""
        return places_of(self, self.findings or (), statement)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for a JSON line."""
        findings = None
        if self.findings is not None:
            findings = [
                {
                    "kind": f.kind, "side": f.side, "zones": f.zones, "number": f.number, "size": f.size,
                    "places": f.places, "descriptors": f.descriptors,
                }
                for f in self.findings
            ]  # fmt: skip
        seen = [{"kind": item.kind, "places": item.places} for item in self.seen]
        known = {"seen": seen, "without_devices": self.without_devices}
        return {"base": self.base, "findings": findings, "labels": self.labels, **known}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Sample:
        """Make a sample from what `as_dict` returned."""
        findings = None
        if values["findings"] is not None:
            findings = tuple(
                SimulatedFinding(
                    kind=f["kind"], side=f["side"], zones=tuple(f["zones"]), number=f["number"], size=f["size"],
                    mask=_NOTHING.astype(bool), places=_pairs(f["places"]), descriptors=tuple(f["descriptors"]),
                )
                for f in values["findings"]
            )  # fmt: skip
        seen = tuple(ReadFinding(item["kind"], _pairs(item["places"])) for item in values["seen"])
        return cls(values["base"], findings, tuple(values["labels"]), seen, values["without_devices"])


def _pairs(places: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((side, zone) for side, zone in places)


def _any(truths: tuple[bool | None, bool | None]) -> bool | None:
    return True if True in truths else None if None in truths else False


def _all(truths: tuple[bool | None, bool | None]) -> bool | None:
    return False if False in truths else None if None in truths else True
