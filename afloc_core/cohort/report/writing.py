"""Putting the report together."""

from __future__ import annotations

from collections import defaultdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from afloc_core.cohort.report.methods import NAMES, methods, unscored
from afloc_core.cohort.report.references import reference_table
from afloc_core.cohort.report.svg import curves, histogram, interval_plot, reliability
from afloc_core.cohort.results import Estimate
from afloc_core.cohort.statistics import FEWEST_UNITS, MEASURES, REPLICATES, SEED
from afloc_core.cohort.writing import versions, write_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.report.pictures import CasePicture

_TEMPLATE = "report.html.j2"
_MOST_HISTOGRAMS = 24
_FEW_PROBLEMS = 10
"""Problems of a sort that the report names at once; more are named on a click."""
_MOST_PROBLEMS = 500
"""Problems of a sort that the report lists; the others are counted, and ``summary.json`` has all."""

TITLES = {measure: f"{name[0].upper()}{name[1:]}" for measure, name in NAMES.items()}


def write_report(
    evaluation: Evaluation,
    folder: Path,
    pictures: tuple[Sequence[CasePicture], Sequence[CasePicture]] = ((), ()),
    paths: Mapping[str, Path] | None = None,
) -> None:
    """Write ``report.html``.

    Parameters
    ----------
    evaluation : Evaluation
    folder : Path
        An existing folder.
    pictures : (sequence of CasePicture, sequence of CasePicture)
        Of the best and of the worst cases.
    paths : mapping of image key to Path, optional
        Where images lie; without it the report says no path.

    Raises
    ------
    AFLocError
        If it cannot be written.
    """
    write_file(folder / "report.html", _render(evaluation, pictures, paths or {}))


def render(
    evaluation: Evaluation, pictures: tuple[Sequence[CasePicture], Sequence[CasePicture]], paths: Mapping[str, Path]
) -> str:
    """Return the HTML."""
    return "".join(_render(evaluation, pictures, paths))


def _render(
    evaluation: Evaluation, pictures: tuple[Sequence[CasePicture], Sequence[CasePicture]], paths: Mapping[str, Path]
) -> Iterator[str]:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(estimate=_estimate, number=_number, svg=Markup)
    best, worst = pictures
    return environment.get_template(_TEMPLATE).generate(
        evaluation=evaluation,
        protocol=evaluation.rules.protocol,
        measures=[name for name in MEASURES if evaluation.summary.pooled[name].cases],
        titles=TITLES,
        plots=_plots(evaluation),
        histograms=_histograms(evaluation),
        curve=_curve(evaluation),
        zero_shot_plot=_zero_shot(evaluation),
        calibration=_calibration(evaluation),
        reference=reference_table(evaluation),
        matrix=_matrix(evaluation),
        ranges=[one for one in evaluation.ranges if one.finding]
        + [one for one in evaluation.ranges if not one.finding],
        best=best,
        worst=worst,
        paths=paths,
        problems=evaluation.problems.by_kind(),
        few_problems=_FEW_PROBLEMS,
        most_problems=_MOST_PROBLEMS,
        methods=methods(evaluation),
        left_out=unscored(evaluation.main_rows, "the cases"),
        few=f" No p-value is given for fewer than {FEWEST_UNITS} images or patients.",
        versions=versions(with_torch=evaluation.model is not None),
        replicates=REPLICATES,
        seed=SEED,
    )


def _plots(evaluation: Evaluation) -> list[str]:
    bands: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for one in evaluation.ranges:
        bands[one.measure][one.finding or "Mean of findings"] = (one.lowest, one.highest)
    plots = []
    for name in MEASURES:
        if not evaluation.summary.pooled[name].cases:
            continue
        rows = {finding: figures[name] for finding, figures in evaluation.summary.findings.items()}
        if len(rows) > 1:
            rows["Mean of findings"] = evaluation.summary.overall[name]
        plots.append(interval_plot(TITLES[name], rows, bands[name], _others(evaluation, name)))
    return plots


def _others(evaluation: Evaluation, measure: str) -> dict[str, Estimate]:
    other = evaluation.comparison
    if other is None:
        return {}
    found = {finding: figures[measure].other for finding, figures in other.findings.items() if measure in figures}
    return found | ({"Mean of findings": other.overall[measure].other} if measure in other.overall else {})


def _histograms(evaluation: Evaluation) -> list[str]:
    groups = evaluation.main_rows.by_finding()
    drawn = [histogram("All cases", evaluation.main_rows.means("iou"))] if len(groups) > 1 else []
    for finding, rows in list(groups.items())[:_MOST_HISTOGRAMS]:
        drawn.append(histogram(finding, rows.means("iou")))
    return drawn


def _curve(evaluation: Evaluation) -> str:
    if not evaluation.curves:
        return ""
    return curves("Mean IoU above each threshold of the map", evaluation.rules.protocol.thresholds, evaluation.curves)


def _zero_shot(evaluation: Evaluation) -> str:
    found = evaluation.zero_shot
    if found is None:
        return ""
    rows = {finding: one.auc for finding, one in found.findings.items()}
    return interval_plot("AUC", rows | {"Mean of findings": found.auc})


def _calibration(evaluation: Evaluation) -> str:
    found = evaluation.zero_shot
    if found is None:
        return ""
    lines = {finding: [bin[:2] for bin in one.bins] for finding, one in found.findings.items()}
    return reliability("Observed frequency at each score", lines)


def _matrix(evaluation: Evaluation) -> dict[str, dict[str, Estimate]]:
    """Lay IoU of every two readers out as a square, by the first and then the second."""
    square: dict[str, dict[str, Estimate]] = {}
    for (first, second), summary in evaluation.pairs.items():
        square.setdefault(first, {})[second] = summary.pooled["iou"]
        square.setdefault(second, {})[first] = summary.pooled["iou"]
    return {reader: square[reader] for reader in evaluation.readers if reader in square}


def _estimate(one: Any) -> str:  # noqa: ANN401 - an Estimate, a Difference or a published figure
    if isinstance(one, tuple):
        return _number(one[0]) + (f" ({_number(one[1])} to {_number(one[2])})" if len(one) > 1 else "")
    if isnan(one.mean):
        return "–"
    if one.cases == 1:
        return f"{_number(one.mean)} (one case)"
    return f"{_number(one.mean)} ({_number(one.low)} to {_number(one.high)})"


def _number(value: float) -> str:
    return "–" if isnan(value) else f"{value:z.3f}"
