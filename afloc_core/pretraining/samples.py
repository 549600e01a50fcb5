"""What is known of one training film, and which sentences are true of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from afloc_core.pretraining.language import (
    Statement,
    entails,
    entails_labels,
    statements_for_labels,
    statements_for_simulated,
)
from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding

_NOTHING = np.zeros((0, 0))


@dataclass(frozen=True)
class Sample:
    """One film of the pool, without its pixels.

    Attributes
    ----------
    base : int
        Which film it was made from.
    findings : tuple of SimulatedFinding or None
        What was simulated, masks left out; None for a real film.
    labels : tuple of str
        Findings of a real film.
    """

    base: int
    findings: tuple[SimulatedFinding, ...] | None
    labels: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of simulated finding present."""
        return frozenset(finding.kind for finding in self.findings or ())

    def report(self, rng: np.random.Generator) -> list[Statement]:
        """Make up to five sentences that are true of the film, in random order and wording."""
        if self.findings is None:
            return statements_for_labels(self.labels, rng)
        return statements_for_simulated(SimulatedFilm(_NOTHING.astype(np.float32), self.findings), rng)

    def truth(self, statement: Statement) -> bool | None:
        """Whether a statement is true of the film; None when that is not known."""
        if self.findings is None:
            return entails_labels(self.labels, statement)
        return entails(self.findings, statement)

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
        return {"base": self.base, "findings": findings, "labels": self.labels}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Sample:
        """Make a sample from what `as_dict` returned."""
        findings = None
        if values["findings"] is not None:
            findings = tuple(
                SimulatedFinding(
                    kind=f["kind"], side=f["side"], zones=tuple(f["zones"]), number=f["number"], size=f["size"],
                    mask=_NOTHING.astype(bool), places=tuple((side, zone) for side, zone in f["places"]),
                    descriptors=tuple(f["descriptors"]),
                )
                for f in values["findings"]
            )  # fmt: skip
        return cls(values["base"], findings, tuple(values["labels"]))
