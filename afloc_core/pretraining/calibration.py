"""Absolute values: where the display scale begins and ends, and what a match of one half means.

Both are measured on validation films. Cold is what normal films give: the 75th percentile of the peaks that phrases
for findings have there. Hot is what the clearer quarter of simulated findings reaches. The default threshold lies half
way, and how many normal films and how many findings exceed it is part of the figures. The match is a logistic of the
sharply pooled map, fitted so that present and absent phrases weigh the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from afloc_core.pretraining.language import evaluation_phrase
from afloc_core.pretraining.validation import LABEL_PHRASES, film_radiograph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.localization.heatmap import Heatmap
    from afloc_core.localization.localizer import Localizer
    from afloc_core.pretraining.films import Film
    from afloc_core.pretraining.simulation.finding import SimulatedFilm

_COLD_PERCENTILE = 75
_HOT_PERCENTILE = 75
_LEAST_SPAN = 0.1
_PRIOR_SLOPE = 1e-3  # keeps the fit finite when the two groups do not overlap


class Calibration(NamedTuple):
    """What was measured.

    Attributes
    ----------
    display_cold, display_hot, match_scale, match_bias : float
        Values for the model's configuration.
    normal_above, found_above : float
        Share of peaks above the default threshold: of every phrase on normal films, of simulated findings.
    """

    display_cold: float
    display_hot: float
    match_scale: float
    match_bias: float
    normal_above: float
    found_above: float


def calibrate(
    localizer: Localizer, simulated: Sequence[SimulatedFilm], films: Sequence[Film], sharpness: float
) -> Calibration:
    """Measure the calibration of a model.

    Parameters
    ----------
    localizer : Localizer
    simulated : sequence of SimulatedFilm
        Simulated validation films.
    films : sequence of Film
        Real validation films.
    sharpness : float
        Of the pooling behind the match.
    """
    present: list[Heatmap] = []
    absent: list[Heatmap] = []
    for film in simulated:
        radiograph = film_radiograph(film.film)
        present += [localizer.locate(radiograph, evaluation_phrase(finding)) for finding in film.findings]
    normal_peaks: list[float] = []
    for real in films:
        radiograph = film_radiograph(real.frame())
        for label, phrase in LABEL_PHRASES.items():
            heatmap = localizer.locate(radiograph, phrase)
            (present if label in real.labels else absent).append(heatmap)
            if real.normal:
                normal_peaks.append(heatmap.peak_value)
    cold = float(np.percentile(normal_peaks, _COLD_PERCENTILE))
    found = [heatmap.peak_value for heatmap in present[: sum(len(film.findings) for film in simulated)]]
    hot = max(float(np.percentile(found, _HOT_PERCENTILE)), cold + _LEAST_SPAN)
    threshold = (cold + hot) / 2
    scale, bias = fit_logistic(_pooled(present, sharpness), _pooled(absent, sharpness))
    above = (float(np.mean(np.array(values) > threshold)) for values in (normal_peaks, found))
    return Calibration(cold, hot, scale, bias, *above)


def fit_logistic(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> tuple[float, float]:
    """Fit ``sigmoid(scale * x + bias)``, both groups weighing the same; Newton's method on the cross-entropy.

    Parameters
    ----------
    positive, negative : ndarray of float, shapes (n,) and (m,)

    Returns
    -------
    scale, bias : float
    """
    x = np.concatenate([positive, negative])
    centre, spread = x.mean(), x.std() or 1.0
    design = np.stack([(x - centre) / spread, np.ones_like(x)], axis=1)
    target = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))])
    weight = np.where(target == 1, 0.5 / len(positive), 0.5 / len(negative))
    beta = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weight * (p - target)) + _PRIOR_SLOPE * beta
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + _PRIOR_SLOPE * np.eye(2)
        beta -= np.linalg.solve(curvature, gradient)
    return float(beta[0] / spread), float(beta[1] - beta[0] * centre / spread)


def _pooled(maps: Sequence[Heatmap], sharpness: float) -> NDArray[np.float64]:
    """Log-mean-exp of each grid."""
    grids = np.stack([heatmap.grid.ravel() for heatmap in maps]).astype(np.float64)
    top = grids.max(axis=1)
    return np.asarray(top + np.log(np.mean(np.exp(sharpness * (grids - top[:, None])), axis=1)) / sharpness)
