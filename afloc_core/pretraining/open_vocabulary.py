"""How far the map of another wording agrees with the map of the plain phrase: synonyms, lay words, sides and zones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from afloc_core.pretraining.nouns import NOUNS
from afloc_core.pretraining.validation import film_radiograph
from afloc_core.pretraining.vocabulary import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from afloc_core.localization.localizer import Localizer
    from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding


class Wording(NamedTuple):
    """Another way to say a plain phrase, and which findings both are about.

    Attributes
    ----------
    said, plain : str
    kind : str
        Kind of finding.
    side, zone : str
        Of the finding; empty for any.
    """

    said: str
    plain: str
    kind: str
    side: str = ""
    zone: str = ""


WORDINGS = (
    Wording("enlarged heart", "cardiomegaly", "cardiomegaly"),
    Wording("the heart is too big", "cardiomegaly", "cardiomegaly"),
    Wording("increased heart shadow", "cardiomegaly", "cardiomegaly"),
    Wording("fluid at the left base", "left pleural effusion", "effusion", "left"),
    Wording("water around the right lung", "right pleural effusion", "effusion", "right"),
    Wording("obscured left costophrenic sulcus", "left pleural effusion", "effusion", "left"),
    Wording("collapsed lung", "pneumothorax", "pneumothorax"),
    Wording("air around the left lung", "left pneumothorax", "pneumothorax", "left"),
    Wording("free pleural air on the right", "right pneumothorax", "pneumothorax", "right"),
    Wording("right upper zone shadow", "right upper lobe opacity", "mass", "right", "upper"),
    Wording("tumour in the left lung", "left lung mass", "mass", "left"),
    Wording("big round thing in the right lung", "right lung mass", "mass", "right"),
    Wording("bronchogenic carcinoma on the left", "left lung mass", "mass", "left"),
    Wording("spots on the lungs", "lung nodules", "nodule"),
    Wording("tiny round dots", "lung nodules", "nodule"),
    Wording("chest infection on the right", "right lung consolidation", "consolidation", "right"),
    Wording("white patch in the left lower lung", "left lower lobe consolidation", "consolidation", "left", "lower"),
    Wording("right base pneumonic changes", "right lower lobe consolidation", "consolidation", "right", "lower"),
    Wording("wet lungs", "pulmonary edema", "edema"),
    Wording("cardiac decompensation", "pulmonary edema", "edema"),
    Wording("plate-like collapse at the left base", "left lower lobe atelectasis", "atelectasis", "left", "lower"),
    Wording("streaky linear density", "atelectasis", "atelectasis"),
    Wording("scar tissue in the lungs", "fibrosis", "fibrosis"),
    Wording("stomach behind the heart", "hiatal hernia", "hernia"),
)  # fmt: skip
"""Canonical pairs, lay words and wordings that the training grammar never makes."""
_FILMS_EACH = 12
_OTHER = {"effusion": "lung nodule", "cardiomegaly": "pneumothorax", "pneumothorax": "cardiomegaly"}


class Agreement(NamedTuple):
    """How far two wordings agree, as means over films that show the finding.

    Attributes
    ----------
    wording : Wording
    taught : bool
        Whether it holds a name of some finding that training uses; where not, the model has to generalise.
    correlation : float
        Pearson correlation of the two maps' cells.
    hit, plain_hit : float
        Share of films on which the wording's, and the plain phrase's, hottest place lies on a finding of the kind.
    unrelated : float
        Correlation of the plain phrase's map with that of an unrelated finding's name, for comparison.
    films : int
    """

    wording: Wording
    taught: bool
    correlation: float
    hit: float
    plain_hit: float
    unrelated: float
    films: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**self._asdict(), "wording": self.wording._asdict()}


def wording_agreement(localizer: Localizer, films: Sequence[SimulatedFilm]) -> list[Agreement]:
    """Measure every pair of `WORDINGS` on the first films that show its finding; pairs without a film are left out.

    Parameters
    ----------
    localizer : Localizer
    films : sequence of SimulatedFilm
        Of validation patients.
    """
    rows = []
    for wording in WORDINGS:
        shown = [(film, marks) for film in films if (marks := _meant(wording, film.findings))][:_FILMS_EACH]
        if shown:
            each = np.array([_agreement(localizer, wording, film, marks) for film, marks in shown])
            correlation, hit, plain_hit, unrelated = (float(mean) for mean in each.mean(axis=0))
            rows.append(Agreement(wording, _taught(wording), correlation, hit, plain_hit, unrelated, len(shown)))
    return rows


def _meant(wording: Wording, findings: Iterable[SimulatedFinding]) -> list[NDArray[np.bool_]]:
    """Return the masks of the findings that a wording is about."""
    return [
        finding.mask
        for finding in findings
        if finding.kind == wording.kind
        and any(
            wording.side in ("", side) and wording.zone in ("", zone) for side, zone in finding.places or (("", ""),)
        )
    ]


def _agreement(
    localizer: Localizer, wording: Wording, film: SimulatedFilm, marks: Sequence[NDArray[np.bool_]]
) -> tuple[float, float, float, float]:
    radiograph = film_radiograph(film.film)
    unrelated = _OTHER.get(wording.kind, "pleural effusion")
    said, plain, other = (localizer.locate(radiograph, text) for text in (wording.said, wording.plain, unrelated))

    def hit(peak: tuple[float, float]) -> float:
        x, y = (round(value) for value in peak)
        return float(any(mark[y, x] for mark in marks))

    def correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
        return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])

    return correlation(said.grid, plain.grid), hit(said.peak), hit(plain.peak), correlation(other.grid, plain.grid)


def _taught(wording: Wording) -> bool:
    text = f" {wording.said} "
    names = [name for nouns in NOUNS.values() for noun in nouns for name in noun if name]
    names += [special.format(s=side) for rows in SPECIAL.values() for special, _ in rows for side in ("right", "left")]
    return any(f" {name} " in text for name in names)
