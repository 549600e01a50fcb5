"""One key for each of the findings that chest films are read for most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.finding_names import finding_key

if TYPE_CHECKING:
    from collections.abc import Iterable

FINDING_KEYS: tuple[tuple[str, str], ...] = (
    ("A", "Atelectasis"),
    ("C", "Consolidation"),
    ("D", "Edema"),
    ("E", "Pleural effusion"),
    ("F", "Fracture"),
    ("H", "Cardiomegaly"),
    ("I", "Infiltration"),
    ("K", "Calcification"),
    ("L", "Lung opacity"),
    ("M", "Mass"),
    ("N", "Nodule"),
    ("P", "Pneumothorax"),
    ("R", "Pneumonia"),
    ("S", "Emphysema"),
    ("T", "Pleural thickening"),
    ("V", "Support devices"),
)
"""Key and finding, as ChestX-ray14, CheXpert and VinDr-CXR word it; any other word can be typed."""


def spelled(finding: str, known: Iterable[str]) -> str:
    """Return a finding as it is spelled on a film where it is there already, else as it is."""
    wanted = finding_key(finding)
    return next((one for one in known if finding_key(one) == wanted), " ".join(finding.split()))


def offered(known: Iterable[str]) -> tuple[str, ...]:
    """Return the findings to offer: those of a film as they are spelled there, then those that have a key."""
    found: dict[str, str] = {}
    for finding in (*known, *(finding for _, finding in FINDING_KEYS)):
        found.setdefault(finding_key(finding) or finding, finding)
    return tuple(found.values())


def confidence_of(digit: int) -> float:
    """Return the confidence a digit stands for: 1 to 9 for 10 to 90 %, 0 for 100 %."""
    return digit / 10 if digit else 1.0
