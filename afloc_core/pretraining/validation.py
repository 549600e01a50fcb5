"""How good a model is on films of patients it has not seen: simulated findings with masks, real films with labels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from afloc_core.agreement.measures import contrast_to_noise, hit, mean_iou
from afloc_core.imaging.radiograph import Radiograph, Window
from afloc_core.pretraining.entailment import entails
from afloc_core.pretraining.language import evaluation_phrase, evaluation_statement, exchange_side, exchange_zone
from afloc_core.pretraining.simulation.finding import FINDINGS
from afloc_core.pretraining.simulation.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.localization.heatmap import Heatmap
    from afloc_core.localization.localizer import Localizer
    from afloc_core.pretraining.entailment import Statement
    from afloc_core.pretraining.films import Film
    from afloc_core.pretraining.simulation.anatomy import Anatomy
    from afloc_core.pretraining.simulation.finding import SimulatedFilm, SimulatedFinding

LABEL_PHRASES = {
    "Atelectasis": "atelectasis",
    "Cardiomegaly": "cardiomegaly",
    "Consolidation": "consolidation",
    "Edema": "pulmonary edema",
    "Effusion": "pleural effusion",
    "Emphysema": "emphysema",
    "Fibrosis": "fibrosis",
    "Hernia": "hiatal hernia",
    "Infiltration": "infiltration",
    "Mass": "lung mass",
    "Nodule": "lung nodule",
    "Pleural_Thickening": "pleural thickening",
    "Pneumonia": "pneumonia",
    "Pneumothorax": "pneumothorax",
}
"""What the labels of NIH ChestX-ray14 are asked for with."""
EIGHT = ("atelectasis", "cardiomegaly", "consolidation", "edema", "effusion", "mass", "nodule", "pneumothorax")
"""The kinds of finding that earlier simulators drew too, for comparison with their figures."""
NEAR, NEAR_MM = 4, 6
"""Pixels of the frame, and about how many millimetres that is: half a cell of the bundled model."""
_MEAN_MAP_FILMS = 100


@dataclass(frozen=True)
class Localisation:
    """Means over cases of one finding, or over findings.

    Attributes
    ----------
    pointing, iou, cnr : float
        Share of hits, mean IoU over the published thresholds, contrast-to-noise ratio.
    cases : int
    """

    pointing: float
    iou: float
    cnr: float
    cases: int


def film_radiograph(film: NDArray[np.float32]) -> Radiograph:
    """Wrap a simulated film, so that it takes the way every opened file takes."""
    return Radiograph(
        pixels=film, values=film, inverted=False, windows=(Window("Full range", 0.0, 1.0),), spacing_mm=None,
        spacing_note="", kind="PNG",
    )  # fmt: skip


def simulated_set(anatomies: Sequence[Anatomy], per_film: int, seed: int) -> list[SimulatedFilm]:
    """Simulate fresh findings on films that training never saw."""
    rng = np.random.default_rng(seed)
    return [simulate(anatomy, rng) for anatomy in anatomies for _ in range(per_film)]


class Measured(NamedTuple):
    """A simulated finding and the map of its canonical phrase.

    Attributes
    ----------
    film : int
        Number of its film.
    kind : str
    figures : (float, float, float)
        Hit, mean IoU and CNR.
    near : bool
        Whether the hottest place lies on the finding or at most `NEAR` pixels away.
    """

    film: int
    kind: str
    figures: tuple[float, float, float]
    near: bool


def measure_findings(localizer: Localizer, films: Iterable[SimulatedFilm]) -> list[Measured]:
    """Measure maps of the canonical phrase of every simulated finding against its mask."""
    measured = []
    for number, film in enumerate(films):
        radiograph = film_radiograph(film.film)
        for finding in film.findings:
            values = localizer.locate(radiograph, evaluation_phrase(finding)).in_image()
            figures = measure(values, finding.mask)
            measured.append(Measured(number, finding.kind, figures, distance_of_peak(values, finding.mask) <= NEAR))
    return measured


def distance_of_peak(values: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Distance of the hottest place from the nearest sample of a mask, in samples; infinite where that is empty."""
    row, column = np.unravel_index(int(np.argmax(values)), values.shape)
    rows, columns = np.nonzero(mask)
    return float(np.hypot(rows - row, columns - column).min(initial=np.inf))


def localisation(measured: Iterable[Measured]) -> dict[str, Localisation]:
    """Means by kind of finding."""
    return means_by_kind((one.kind, one.figures) for one in measured)


def mean_map_localisation(
    localizer: Localizer, films: Iterable[SimulatedFilm], training: Sequence[Film]
) -> dict[str, Localisation]:
    """Measure the mean map of each phrase over training films instead of the film's own map: the phrase's prior."""
    findings = [finding for film in films for finding in film.findings]
    means = mean_maps(localizer, sorted({evaluation_phrase(finding) for finding in findings}), training)
    priors = {phrase: heatmap.in_image() for phrase, heatmap in means.items()}
    return _by_kind((finding, priors[evaluation_phrase(finding)]) for finding in findings)


def mean_maps(localizer: Localizer, phrases: Sequence[str], training: Sequence[Film]) -> dict[str, Heatmap]:
    """Mean of each phrase's maps over the first hundred training films, as the map of the last of them."""
    sums: dict[str, NDArray[np.float32]] = {}
    maps: dict[str, Heatmap] = {}
    some = training[:_MEAN_MAP_FILMS]
    for film in some:  # film by film: an image is encoded once for all phrases
        radiograph = film_radiograph(film.frame())
        for phrase in phrases:
            maps[phrase] = localizer.locate(radiograph, phrase)
            sums[phrase] = sums.get(phrase, np.float32(0)) + maps[phrase].grid
    return {phrase: replace(maps[phrase], grid=total / np.float32(len(some))) for phrase, total in sums.items()}


def centre_localisation(films: Iterable[SimulatedFilm]) -> dict[str, Localisation]:
    """Measure a gaussian at the image centre: what geometry alone gives."""
    return _by_kind((finding, centre_map(film.film.shape)) for film in films for finding in film.findings)


def centre_map(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a gaussian at the centre of an image of that shape, a fifth of each side wide."""
    bells = [np.exp(-0.5 * ((np.arange(side) - (side - 1) / 2) / (side / 5)) ** 2) for side in shape]
    return np.asarray(np.outer(*bells), dtype=np.float32)


def macro(by_kind: Mapping[str, Localisation], kinds: Sequence[str] = FINDINGS) -> Localisation:
    """Mean over those ``kinds`` of finding that there are cases of; tubes and lines are none by default."""
    rows = [row for kind, row in by_kind.items() if kind in kinds]
    return Localisation(
        pointing=float(np.mean([row.pointing for row in rows])),
        iou=float(np.mean([row.iou for row in rows])),
        cnr=float(np.mean([row.cnr for row in rows])),
        cases=sum(row.cases for row in rows),
    )


@dataclass(frozen=True, eq=False)
class Preference:
    """Whether phrases about the right place peak higher than the same phrases about another.

    Attributes
    ----------
    film : ndarray of int64, shape (n,)
        Number of each case's film.
    right : ndarray of bool, shape (n,)
        Whether it does.
    seen : ndarray of bool, shape (n,)
        Whether one of the two peaks lies above the cold end of the display scale.
    """

    film: NDArray[np.int64]
    right: NDArray[np.bool_]
    seen: NDArray[np.bool_]

    def shares(self, cases: NDArray[np.int64] | slice = slice(None)) -> tuple[float, float]:
        """Return how often the right place wins, of some cases and of those of them that are seen; NaN of none."""
        right, seen = self.right[cases], self.seen[cases]
        return _share(right), _share(right[seen])


def _share(won: NDArray[np.bool_]) -> float:
    return float(won.mean()) if won.size else float("nan")


def side_preference(localizer: Localizer, films: Iterable[SimulatedFilm]) -> Preference:
    """Compare each one-sided finding's own side's phrase with the other side's."""
    return _preference(localizer, films, exchange_side)


def zone_preference(localizer: Localizer, films: Iterable[SimulatedFilm]) -> Preference:
    """Compare the own zone's phrase of each finding in an upper or a lower zone with the other zone's."""
    return _preference(localizer, films, exchange_zone)


def negation_ratio(localizer: Localizer, films: Iterable[SimulatedFilm]) -> float:
    """Median over present findings of the peak of "no X" over the peak of X; a peak below zero counts as zero."""
    ratios = []
    for film in films:
        radiograph = film_radiograph(film.film)
        for finding in film.findings:
            phrase = evaluation_phrase(finding)
            present, denied = (localizer.locate(radiograph, text).peak_value for text in (phrase, f"no {phrase}"))
            ratios.append(max(denied, 0.0) / present if present > 0 else 1.0)
    return float(np.median(ratios))


def _preference(
    localizer: Localizer,
    films: Iterable[SimulatedFilm],
    exchange: Callable[[Statement], Statement | None],
) -> Preference:
    rows = []
    for number, film in enumerate(films):
        radiograph = film_radiograph(film.film)
        for finding in film.findings:
            own = evaluation_statement(finding)
            other = exchange(own)
            if other is None or _true_of_any(other, film.findings):
                continue
            here, there = (localizer.locate(radiograph, one.text) for one in (own, other))
            seen = max(here.peak_value, there.peak_value) > here.scale.cold
            rows.append((number, here.peak_value > there.peak_value, seen))
    film_numbers, right, seen_ones = zip(*rows, strict=True) if rows else ((), (), ())
    return Preference(np.array(film_numbers, np.int64), np.array(right, bool), np.array(seen_ones, bool))


def _true_of_any(statement: Statement, findings: Sequence[SimulatedFinding]) -> bool:
    return entails(findings, statement) is not False


@dataclass(frozen=True, eq=False)
class Matches:
    """Matches of real films with the phrases of `LABEL_PHRASES`.

    Attributes
    ----------
    scores : ndarray of float64, shape (films, labels)
    positive : ndarray of bool, shape (films, labels)
        Whether the film has the label.
    """

    scores: NDArray[np.float64]
    positive: NDArray[np.bool_]

    def areas(self, least: int = 10) -> dict[str, tuple[float, int]]:
        """Area under the ROC curve per label with at least ``least`` positive films, and their number."""
        count = self.positive.sum(axis=0)
        return {
            label: (area_under_curve(self.scores[:, column], self.positive[:, column]), int(count[column]))
            for column, label in enumerate(LABEL_PHRASES)
            if least <= count[column] < len(self.positive)
        }

    def of(self, films: NDArray[np.int64]) -> Matches:
        """Return the matches of some of the films."""
        return Matches(self.scores[films], self.positive[films])


def zero_shot_matches(localizer: Localizer, films: Sequence[Film]) -> Matches:
    """Match every film with what every label is asked for with."""
    rows = []
    for film in films:
        radiograph = film_radiograph(film.frame())
        rows.append([localizer.locate(radiograph, phrase).match for phrase in LABEL_PHRASES.values()])
    positive = [[label in film.labels for label in LABEL_PHRASES] for film in films]
    return Matches(np.array(rows, dtype=np.float64), np.array(positive, dtype=bool))


def mean_area(areas: Mapping[str, tuple[float, int]]) -> float:
    """Return the mean over labels of what `Matches.areas` returned; NaN where no label has enough films."""
    return float(np.mean([area for area, _ in areas.values()])) if areas else float("nan")


def area_under_curve(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Probability that a positive scores above a negative, ties counting half (Mann-Whitney)."""
    above = scores[positive][:, None] - scores[~positive][None]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


def measure(values: NDArray[np.float32], mask: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return hit, mean IoU and contrast-to-noise ratio of a map against a mask."""
    return float(hit(values, mask)), mean_iou(values, mask), contrast_to_noise(values, mask)


def _by_kind(cases: Iterable[tuple[SimulatedFinding, NDArray[np.float32]]]) -> dict[str, Localisation]:
    return means_by_kind((finding.kind, measure(values, finding.mask)) for finding, values in cases)


def means_by_kind(cases: Iterable[tuple[str, tuple[float, float, float]]]) -> dict[str, Localisation]:
    """Mean of what `measure` returned by kind of finding; figures that are undefined for a case are left out."""
    rows: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for kind, row in cases:
        rows[kind].append(row)
    result = {}
    for kind, found in sorted(rows.items()):
        pointing, iou, cnr = (float(value) for value in np.nanmean(np.array(found), axis=0))
        result[kind] = Localisation(pointing, iou, cnr, len(found))
    return result
