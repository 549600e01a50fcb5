"""The rules by which a cohort is scored, as data.

A protocol says which arithmetic makes the map, on what pixels it is compared with the marks, above which thresholds,
what a phrase is made of, and what becomes of a case in which nothing was predicted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from afloc_core.agreement.measures import PUBLISHED_THRESHOLDS

CHEXLOCALIZE_STEPS = tuple(round(0.2 + 0.1 * step, 1) for step in range(7))
"""Thresholds that CheXlocalize chooses from, on the map rescaled to [0, 1]."""


class Frame(StrEnum):
    """On what pixels a map and marks are compared."""

    IMAGE = "image"
    PUBLISHED = "published"


class Nothing(StrEnum):
    """What an empty prediction counts as, where something was marked."""

    MISS = "miss"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Protocol:
    """One set of rules.

    Attributes
    ----------
    name : str
        As the command line knows it.
    title : str
        For people, one line.
    pipeline : str
        Arithmetic of the map, see `afloc_core.localization.pipelines`.
    frame : Frame
        ``IMAGE``: the image's own pixels. ``PUBLISHED``: the 224 frame without the 14 pixels at its rim.
    thresholds : tuple of float
        Strictly above counts as predicted.
    lowest : float
        Value of the map's minimum after rescaling; its maximum becomes 1.
    tuned : bool
        Whether one of the thresholds is chosen for each finding, on other cases than those it is used on; otherwise
        measures are averaged over all of them.
    nothing : Nothing
        ``MISS``: IoU and Dice 0. ``LEFT_OUT``: no value (the true-positive slice).
    prompt : str
        What a finding's name is put into to make a phrase; marks that carry a phrase of their own are asked for by it.
    centres : bool
        Whether readers who give no points anywhere point with the centres of their marks; otherwise they have no hit
        rate.
    phrases_merge : bool
        Whether marks of one phrase on an image are one case whatever their findings.
    slips : tuple of str
        Known slips of the original that are reproduced, one sentence each.
    """

    name: str
    title: str
    pipeline: str
    frame: Frame
    thresholds: tuple[float, ...]
    lowest: float
    tuned: bool
    nothing: Nothing
    prompt: str
    centres: bool = True
    phrases_merge: bool = False
    slips: tuple[str, ...] = ()

    def phrase(self, finding: str) -> str:
        """Return the phrase that asks for a finding."""
        return self.prompt.format(finding=" ".join(finding.replace("_", " ").split()).lower())


NATIVE = Protocol(
    "native",
    "every pixel at the image's own resolution, aligned maps; an empty prediction is a miss",
    "aligned",
    Frame.IMAGE,
    PUBLISHED_THRESHOLDS,
    -1.0,
    tuned=False,
    nothing=Nothing.MISS,
    prompt="{finding}",
)
PUBLISHED = Protocol(
    "published",
    "AFLoc as published: 224 frame without its 14-pixel rim, map rescaled to [-1, 1], thresholds 0.1 to 0.5",
    "published",
    Frame.PUBLISHED,
    PUBLISHED_THRESHOLDS,
    -1.0,
    tuned=False,
    nothing=Nothing.LEFT_OUT,
    prompt="Findings suggesting {finding}.",
    phrases_merge=True,
    slips=(
        "Cells of the map are placed as if they tiled the frame, which moves it by 2 to 5 pixels.",
        "Phrases of one word are emptied by the published text cleaning.",
        "Edges of boxes are rounded down one by one, so that small boxes can vanish.",
        "Pixels marked twice count for IoU and Dice, and for CNR neither as inside nor as outside.",
        "Marks of one phrase are merged across findings, and the last finding keeps them.",
        "Marks wholly in the removed rim leave a case without value, and the case is dropped.",
        "The interval printed for the mean of all findings is the mean of the findings' bounds.",
        "In printed intervals a threshold without a prediction counts as 0, in the mean beside them it is left out.",
    ),
)
CHEXLOCALIZE = Protocol(
    "chexlocalize",
    "CheXlocalize: native resolution, true-positive slice, a threshold tuned for each finding, any point may hit",
    "aligned",
    Frame.IMAGE,
    CHEXLOCALIZE_STEPS,
    0.0,
    tuned=True,
    nothing=Nothing.LEFT_OUT,
    prompt="Findings suggesting {finding}.",
    centres=False,
)

PROTOCOLS = {protocol.name: protocol for protocol in (NATIVE, PUBLISHED, CHEXLOCALIZE)}


def protocol_of(name: str, pipeline: str = "") -> Protocol:
    """Return a protocol by its name, with another pipeline than its own where one is given."""
    protocol = PROTOCOLS[name]
    return replace(protocol, pipeline=pipeline) if pipeline else protocol
