"""What a run finds, as frozen values: a score, a row of the table, an estimate with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isnan, nan


@dataclass(frozen=True, slots=True)
class Score:
    """One prediction against one reference.

    Attributes
    ----------
    iou, dice : tuple of float
        In [0, 1], one for each threshold of the protocol, or a single one where a reader's marks are the prediction.
        NaN where the protocol leaves the case out.
    cnr : float
        Contrast-to-noise ratio; NaN without a map, or when inside or outside holds no scored pixel.
    hit : float
        1 when the prediction points into the reference, else 0; NaN when nothing points.
    note : str
        Why a measure is NaN; empty where none is.
    shown_iou, shown_dice : float
        Those of the window: the map above the middle of its absolute scale, on the image's own pixels. NaN where either
        is empty, by other frames, and where maps are made differently.
    """

    iou: tuple[float, ...]
    dice: tuple[float, ...]
    cnr: float = nan
    hit: float = nan
    note: str = ""
    shown_iou: float = nan
    shown_dice: float = nan

    @property
    def mean_iou(self) -> float:
        """Mean over thresholds that have a value; NaN when none has."""
        return mean_known(self.iou)

    @property
    def mean_dice(self) -> float:
        """Mean over thresholds that have a value; NaN when none has."""
        return mean_known(self.dice)


class Kind(StrEnum):
    """Who is scored in a row, and against whom."""

    MODEL = "model"
    """The model against the marks of one reader."""
    HUMAN = "human"
    """A reader against the consensus of the others, or against the ground truth where a benchmark is given."""
    MODEL_AS_HUMAN = "model as human"
    """The model against the same reference as the reader of the row, for a paired difference."""
    PAIR = "pair"
    """A reader against one other."""


@dataclass(frozen=True, slots=True)
class Row:
    """One score and what it is of.

    Attributes
    ----------
    kind : Kind
    image : str
        Key of the image.
    unit : str
        What is drawn as a whole when intervals are estimated.
    finding, phrase : str
        ``phrase`` is the marks' own, empty where they have none.
    reader : str
        ``MODEL``: whose marks the model is scored against. Otherwise: the reader who is scored, or in whose place the
        model is.
    against : str
        The reference in words.
    score : Score
    asked : str
        The phrase that the model was asked; empty for readers.
    match : float
        How well the image as a whole matches the phrase; NaN for readers.
    marked_px : int
        Pixels of the reference.
    known : bool
        False where the model has little to say about the phrase.
    """

    kind: Kind
    image: str
    unit: str
    finding: str
    phrase: str
    reader: str
    against: str
    score: Score
    asked: str = ""
    match: float = nan
    marked_px: int = 0
    known: bool = True


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over cases and its 95 % interval.

    Attributes
    ----------
    mean, low, high : float
        NaN when no case has a value.
    cases : int
        Rows with a value.
    """

    mean: float
    low: float
    high: float
    cases: int

    def as_dict(self) -> dict[str, object]:
        """Return ``mean``, ``interval`` and ``n`` for JSON, where NaN is null."""
        return {"mean": known(self.mean), "interval": [known(self.low), known(self.high)], "n": self.cases}


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference of means, its 95 % interval and its two-sided p-value by the bootstrap."""

    mean: float
    low: float
    high: float
    p: float
    cases: int

    def as_dict(self) -> dict[str, object]:
        """Return ``mean``, ``interval``, ``p`` and ``n`` for JSON, where NaN is null."""
        interval = [known(self.low), known(self.high)]
        return {"mean": known(self.mean), "interval": interval, "p": known(self.p), "n": self.cases}


def known(value: float) -> float | None:
    """Return a value for JSON: None for NaN."""
    return None if isnan(value) else value


def mean_known(values: tuple[float, ...]) -> float:
    """Return the mean of the values that are not NaN; NaN when there is none."""
    some = [value for value in values if not isnan(value)]
    return sum(some) / len(some) if some else nan
