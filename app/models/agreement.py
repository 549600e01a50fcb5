"""How far model, readers and their consensus agree on the film on screen, as state."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from afloc_core.agreement.consensus import Consensus
from afloc_core.annotations.marks import AI_ASSISTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from afloc_core.agreement.disagreements import Disagreement
    from afloc_core.agreement.pairwise import PairAgreement
    from app.models.case import Case

_ASSISTED = "Marks made with the model's help take part; they say nothing about the model."


@dataclass(frozen=True, eq=False)
class ModelCurve:
    """IoU of the model with one reader or consensus at every threshold.

    Attributes
    ----------
    name : str
        The reader, or the consensus as the table names it.
    is_reader : bool
    iou : ndarray of float64, shape (n,)
        At `Curves.thresholds`; NaN where there is none.
    """

    name: str
    is_reader: bool
    iou: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of one map against one set of readers; the same object while only the threshold moves.

    Attributes
    ----------
    thresholds : ndarray of float64, shape (n,)
        Similarities from the cold to the hot end of the scale on screen.
    each : tuple of ModelCurve
    unit : str
        Of the similarities.
    """

    thresholds: NDArray[np.float64]
    each: tuple[ModelCurve, ...]
    unit: str

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean over the readers at each threshold; NaN where no reader has an IoU."""
        curves = np.array([one.iou for one in self.each if one.is_reader]).reshape(-1, len(self.thresholds))
        known = ~np.isnan(curves)
        number = known.sum(axis=0)
        total = np.where(known, curves, 0.0).sum(axis=0)
        return np.asarray(np.where(number > 0, total / np.maximum(number, 1), nan), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class AgreementResult:
    """Agreement on one film for the finding looked at; every figure is one of ``afloc_core.agreement``.

    Attributes
    ----------
    pairs : tuple of PairAgreement
        Every pair, those of the model first.
    model : str
        Name of the model among the pairs; empty while there is no map.
    readers, consensus : tuple of str
        Names among the pairs.
    curves : Curves or None
        None while there is no map.
    spread : (float, float, float) or None
        Lowest, mean and highest IoU between two readers; None when no two of them marked something.
    model_mean : float
        Mean IoU of the model with the readers at the threshold on screen; NaN when there is none.
    spacing_mm : (float, float) or None
        Row and column spacing of the film.
    protocol : str
        How the figures were measured.
    finding : str
        The finding looked at; empty for all.
    threshold : float
        Similarity above which the model marks; NaN without a map.
    asked : bool
        Whether a map was asked for that is not there yet.
    problem : str
        One sentence where nothing could be measured.
    left_out : tuple of str
        Readers who were not measured, because nobody knows where on the film their marks belong.
    """

    pairs: tuple[PairAgreement, ...] = ()
    model: str = ""
    readers: tuple[str, ...] = ()
    consensus: tuple[str, ...] = ()
    curves: Curves | None = None
    spread: tuple[float, float, float] | None = None
    model_mean: float = nan
    spacing_mm: tuple[float, float] | None = None
    protocol: str = ""
    finding: str = ""
    threshold: float = nan
    asked: bool = False
    problem: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class DisagreementResult:
    """Where they disagree, largest place first.

    Attributes
    ----------
    places : tuple of Disagreement
    image_shape : (int, int)
        Height and width of the film.
    spacing_mm : (float, float) or None
        Row and column spacing of the film.
    """

    places: tuple[Disagreement, ...] = ()
    image_shape: tuple[int, int] = field(default=(1, 1))
    spacing_mm: tuple[float, float] | None = None


NOTHING = AgreementResult()
NO_PLACES = DisagreementResult()


class Agreement(QObject):
    """What was measured last, and which kinds of consensus take part."""

    changed = Signal()
    places_changed = Signal()
    kinds_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._result = NOTHING
        self._places = NO_PLACES
        self._kinds: tuple[Consensus, ...] = (Consensus.MAJORITY,)

    @property
    def result(self) -> AgreementResult:
        """The figures."""
        return self._result

    @property
    def places(self) -> DisagreementResult:
        """The places of disagreement."""
        return self._places

    @property
    def kinds(self) -> tuple[Consensus, ...]:
        """The kinds of consensus that take part, in the order of `Consensus`."""
        return self._kinds

    def take(self, result: AgreementResult) -> None:
        """Take figures."""
        self._result = result
        self.changed.emit()

    def take_places(self, places: DisagreementResult) -> None:
        """Take the places of disagreement."""
        self._places = places
        self.places_changed.emit()

    def choose(self, kinds: Iterable[Consensus]) -> None:
        """Choose the kinds of consensus."""
        wanted = set(kinds)
        chosen = tuple(kind for kind in Consensus if kind in wanted)
        if chosen != self._kinds:
            self._kinds = chosen
            self.kinds_changed.emit()


def standing(result: AgreementResult) -> str:
    """Say in one sentence where the model stands among the readers, with the two numbers."""
    if result.problem:
        return result.problem
    if result.left_out and not result.readers:
        return "There is no reader whose marks could be measured."
    if not result.model and result.asked:
        return "The model's map is on its way."
    if not result.model:
        return "Ask for a finding to see where the model stands among the readers."
    if isnan(result.model_mean):
        return f"No IoU of the model with a reader: {_why(result)}."
    model = f"{result.model_mean:.2f}"
    if result.spread is None:
        return f"Model with the readers: mean IoU {model}. There are no two readers with marks to compare it with."
    low, mean, high = result.spread
    place = "inside" if low <= result.model_mean <= high else "below" if result.model_mean < low else "above"
    among = f"{mean:.2f} with each other ({low:.2f} to {high:.2f})"
    return f"Model {place} the readers' range: mean IoU {model} with the readers, who reach {among}."


def omission(result: AgreementResult) -> str:
    """Say who is left out of the figures and why; empty where nobody is."""
    names = result.left_out
    if not names:
        return ""
    return (
        f"Left out: {', '.join(names)}. Marks lie outside this film, which may be a smaller copy of the one they were "
        "drawn on. Open the film at its own size to measure them."
    )


def caution(case: Case) -> str:
    """Say that marks which the model had a hand in take part in the figures; empty where none does."""
    taking_part = (mark for reader in case.read_by() for mark in case.marks_of(reader))
    return _ASSISTED if any(AI_ASSISTED in mark.extra for mark in taking_part) else ""


def _why(result: AgreementResult) -> str:
    readers = set(result.readers)
    reasons = [pair.reasons["iou"] for pair in result.pairs if pair.first == result.model and pair.second in readers]
    return reasons[0] if len(set(reasons)) == 1 else "model and readers have no marks in common to measure"
