"""Findings without training: how well the score of an image tells whether its label says that a finding is there.

By the published protocol the score is a softmax over a positive and a negative prompt of their dot products with the
image's global feature; several prompts are averaged before. By the others it is the model's own match with the phrase.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.annotations.finding_names import finding_key
from afloc_core.cohort.results import Estimate
from afloc_core.cohort.statistics import Bootstrap, interval, over_findings
from afloc_core.errors import AFLocError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.cohort.feature_cache import FilmFeatures
    from afloc_core.localization.localizer import Localizer

_BINS = 10
_BLOCK = 64


@dataclass(frozen=True)
class Prompts:
    """How a finding is asked for.

    Attributes
    ----------
    positive, negative : tuple of str
        At least one each; their embeddings are averaged.
    """

    positive: tuple[str, ...]
    negative: tuple[str, ...]

    @classmethod
    def usual(cls, finding: str) -> Prompts:
        """Return the published prompts of a finding that has no list of its own."""
        name = " ".join(finding.replace("_", " ").split()).lower()
        return cls((f"Findings suggesting {name}.",), (f"no {name}.",))


@dataclass(frozen=True, slots=True)
class Scored:
    """One image and finding.

    Attributes
    ----------
    image, unit, finding : str
    score : float
        In [0, 1].
    label : bool
    """

    image: str
    unit: str
    finding: str
    score: float
    label: bool


@dataclass(frozen=True)
class FindingFigures:
    """How well one finding is told.

    Attributes
    ----------
    positives, negatives : int
    auc, precision : Estimate
        Area under the receiver operating characteristic, and average precision; NaN without both kinds.
    brier, calibration_error : float
        Mean squared error of the score; mean distance of score and observed frequency over ten equal bins.
    bins : tuple of (float, float, int)
        Mean score, observed frequency and number of images of each bin that has some.
    threshold, mcc : float
        Scores from this one on count as present for the highest Matthews correlation.
    """

    positives: int
    negatives: int
    auc: Estimate
    precision: Estimate
    brier: float
    calibration_error: float
    bins: tuple[tuple[float, float, int], ...]
    threshold: float
    mcc: float


@dataclass(frozen=True)
class ZeroShot:
    """All findings.

    Attributes
    ----------
    findings : mapping of finding to FindingFigures
    auc, precision : Estimate
        Means over findings.
    prompts : mapping of finding to Prompts
    scored : tuple of Scored
    """

    findings: Mapping[str, FindingFigures]
    auc: Estimate
    precision: Estimate
    prompts: Mapping[str, Prompts] = field(repr=False)
    scored: tuple[Scored, ...] = field(repr=False)


def read_prompts(file: Path) -> Mapping[str, Prompts]:
    """Read a JSON file of finding to ``positive`` and ``negative`` lists of prompts; keys by `finding_key`.

    Raises
    ------
    AFLocError
        If it is not such a file.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {
            finding_key(name): Prompts(_texts(one["positive"]), _texts(one["negative"]))
            for name, one in content.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise AFLocError(
            "This is no file of prompts; it needs JSON like {“edema”: {“positive”: [“…”], “negative”: [“…”]}}."
        ) from None


def scorer(
    localizer: Localizer, prompts: Mapping[str, Prompts], pipeline: str, *, published: bool
) -> Callable[[FilmFeatures], Mapping[str, float]]:
    """Return what scores the features of an image for every finding.

    Parameters
    ----------
    localizer : Localizer
    prompts : mapping of finding to Prompts
    pipeline : str
    published : bool
        Softmax over averaged prompts; else the mean of the model's match with the positive ones.

    Raises
    ------
    PhraseError
        If a prompt cannot be encoded.
    """
    if published:
        text = {
            finding: _averaged(localizer, one.positive, pipeline) - _averaged(localizer, one.negative, pipeline)
            for finding, one in prompts.items()
        }
        return lambda found: {
            finding: float(1 / (1 + np.exp(-np.clip(float(found.features.image @ vector), -60, 60))))
            for finding, vector in text.items()
        }
    return lambda found: {
        finding: float(np.mean([localizer.map_of(found.features, one, pipeline).match for one in of.positive]))
        for finding, of in prompts.items()
    }


def judge(scored: Sequence[Scored], prompts: Mapping[str, Prompts]) -> ZeroShot:
    """Sum up scores and labels.

    Parameters
    ----------
    scored : sequence of Scored
        In a fixed order.
    prompts : mapping of finding to Prompts
    """
    places: dict[str, int] = {}
    units = np.array([places.setdefault(one.unit, len(places)) for one in scored], dtype=np.int64)
    bootstrap = Bootstrap(units)
    findings: dict[str, FindingFigures] = {}
    areas, precisions = [], []
    for finding in prompts:
        at = [place for place, one in enumerate(scored) if one.finding == finding]
        some = [scored[place] for place in at]
        if not some:
            continue
        scores = np.array([one.score for one in some])
        labels = np.array([one.label for one in some])
        drawn = [ranked(scores, labels, weights) for weights in bootstrap.draws(units[at])]
        draws = tuple(np.concatenate(parts) for parts in zip(*drawn, strict=True))
        means = ranked(scores, labels, np.ones((1, len(some))))
        both = bool(labels.any() and not labels.all())
        auc, precision = (
            Estimate(float(mean[0]) if both else nan, *interval(drawn), len(some))
            for mean, drawn in zip(means, draws, strict=True)
        )
        if both:
            areas.append((auc.mean, draws[0]))
            precisions.append((precision.mean, draws[1]))
        bins, error = _calibration(scores, labels)
        threshold, mcc = best_mcc(scores, labels)
        brier = float(np.mean((scores - labels) ** 2))
        counts = int(labels.sum()), int((~labels).sum())
        findings[finding] = FindingFigures(*counts, auc, precision, brier, error, bins, threshold, mcc)
    return ZeroShot(findings, _over(areas, len(scored)), _over(precisions, len(scored)), prompts, tuple(scored))


def ranked(
    scores: NDArray[np.float64], labels: NDArray[np.bool_], weights: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the area under the curve and the average precision under each row of weights.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
    labels : ndarray of bool, shape (n,)
    weights : ndarray of number, shape (R, n)
        How often each case counts.

    Returns
    -------
    (ndarray of float64, ndarray of float64), shape (R,)
        Ties count half for the area, and stand together for the precision. NaN without both kinds of label.
    """
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])
    area, precision = np.empty(len(weights)), np.empty(len(weights))
    for start in range(0, len(weights), _BLOCK):
        block = weights[start : start + _BLOCK, order].astype(np.float64)
        positive = np.add.reduceat(block * labels[order], starts, axis=1)
        negative = np.add.reduceat(block * ~labels[order], starts, axis=1)
        above, all_positive = positive.cumsum(axis=1), positive.sum(axis=1)
        beyond, all_negative = negative.cumsum(axis=1), negative.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            beaten = all_negative[:, None] - beyond + negative / 2
            area[start : start + _BLOCK] = (positive * beaten).sum(axis=1) / (all_positive * all_negative)
            shares = np.where(above + beyond > 0, above / (above + beyond), 0)
            found = (positive * shares).sum(axis=1) / all_positive
            precision[start : start + _BLOCK] = np.where(all_negative > 0, found, nan)
    return area, precision


def best_mcc(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the score from which on cases count as present, and its Matthews correlation; NaN without both labels."""
    if labels.all() or not labels.any():
        return nan, nan
    order = np.argsort(-scores, kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(scores[order]) != 0), len(scores) - 1]
    true = np.cumsum(labels[order])[ends].astype(np.float64)
    false = ends + 1 - true
    missed, left = labels.sum() - true, (~labels).sum() - false
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt((true + false) * (true + missed) * (left + false) * (left + missed))
        mcc = np.where(root > 0, (true * left - false * missed) / root, 0)
    best = int(mcc.argmax())
    return float(scores[order][ends[best]]), float(mcc[best])


def _calibration(
    scores: NDArray[np.float64], labels: NDArray[np.bool_]
) -> tuple[tuple[tuple[float, float, int], ...], float]:
    places = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    bins = [
        (float(scores[inside].mean()), float(labels[inside].mean()), int(inside.sum()))
        for inside in (places == place for place in range(_BINS))
        if inside.any()
    ]
    return tuple(bins), sum(count * abs(score - seen) for score, seen, count in bins) / len(scores)


def _over(figures: list[tuple[float, NDArray[np.float64]]], cases: int) -> Estimate:
    if not figures:
        return Estimate(nan, nan, nan, 0)
    draws = over_findings([drawn for _, drawn in figures])
    return Estimate(float(np.mean([mean for mean, _ in figures])), *interval(draws), cases)


def _averaged(localizer: Localizer, prompts: Sequence[str], pipeline: str) -> NDArray[np.float64]:
    embedded = [localizer.encode_phrase(prompt, pipeline).report.astype(np.float64) for prompt in prompts]
    return np.asarray(np.mean(embedded, axis=0), dtype=np.float64)


def _texts(values: object) -> tuple[str, ...]:
    if isinstance(values, list) and values and all(isinstance(value, str) for value in values):
        return tuple(values)
    raise TypeError
