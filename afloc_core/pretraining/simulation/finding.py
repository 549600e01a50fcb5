"""What was drawn into a film, and the film it was drawn into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FINDINGS = (
    *("nodule", "mass", "consolidation", "effusion", "pneumothorax", "atelectasis", "edema", "cardiomegaly"),
    *("pleural thickening", "hernia", "emphysema", "fibrosis", "fracture"),
)
DEVICES = ("endotracheal tube", "nasogastric tube", "central line", "chest tube", "pacemaker")
"""Tubes, lines and implants: on the film, but no disease."""
KINDS = FINDINGS + DEVICES
ZONES = ("upper", "middle", "lower")


@dataclass(frozen=True, slots=True)
class SimulatedFinding:
    """One simulated finding with everything a sentence can say about it.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    side : {"right", "left", "both", ""}
        The patient's side; empty for the heart and what lies in the midline.
    zones : tuple of str
        Subset of ``ZONES``, from top to bottom: thirds of the lung's height. A lesion on the border has both its zones.
    number : int
        How many separate lesions, at least 1.
    size : {"small", "moderate", "large", ""}
        Empty where a size would not be said.
    mask : bool (S, S)
        Where the finding is visible.
    places : tuple of (side, zone)
        Exactly which zone of which side is involved; empty where ``side`` is.
    descriptors : tuple of str
        Adjectives that are true of it, for example ``"hazy"`` or ``"spiculated"``.
    """

    kind: str
    side: str
    zones: tuple[str, ...]
    number: int
    size: str
    mask: NDArray[np.bool_]
    places: tuple[tuple[str, str], ...] = ()
    descriptors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SimulatedFilm:
    """A film with simulated findings, complete: what is not listed is not there.

    Parameters
    ----------
    film : float32 (S, S)
        In [0, 1], bright = dense, no NaN.
    findings : tuple of SimulatedFinding
        In the order they were drawn; empty for a normal film.
    """

    film: NDArray[np.float32]
    findings: tuple[SimulatedFinding, ...] = field(default=())
