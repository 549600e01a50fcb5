"""The tables of a cohort's window, and what they come to in a sentence."""

from __future__ import annotations

from math import isnan, nan
from typing import TYPE_CHECKING

from afloc_core.cohort.results import Estimate
from afloc_core.cohort.statistics import FEWEST_UNITS
from app.models.cohort_rows import number
from app.models.figure_rows import Cell, Figures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from afloc_core.cohort.comparison import Beside, Comparison
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.human_range import HumanRange
    from afloc_core.cohort.problems import Problems
    from afloc_core.cohort.report.references import Figure, ReferenceTable
    from afloc_core.cohort.results import Difference
    from afloc_core.cohort.zero_shot import ZeroShot

MEASURES = (("iou", "IoU"), ("dice", "Dice"), ("cnr", "CNR"), ("hit", "Hit"))
MEAN = "Mean of findings"
_MOST_REMARKS = 500
_NAMING = frozenset({"entries of the file", "the same picture twice"})
"""Kinds of remarks whose sentences can name an image."""
_OF_FINDINGS = frozenset({"unknown findings"})
_HIDDEN = "Not shown while names are hidden."
_STANDINGS = ("above", "inside", "below")

FINDINGS = Figures(
    ("Finding", "Cases", *(title for _, title in MEASURES), "Among readers"),
    (
        "Chosen, its cases are those of the plots",
        "Cases with a value",
        "Overlap over union; mean with its 95 % interval",
        "Twice the overlap over the sum of both areas; mean with its 95 % interval",
        "Contrast to noise of the map; mean with its 95 % interval",
        "How often the peak lies in the mark; mean with its 95 % interval",
        "Where the model's IoU lies in the range of the readers' means",
    ),
)
HUMANS = Figures(
    ("Finding", "Cases", "Readers", "Their range", "Model", "Difference", "p", "Model is"),
    (
        "",
        "Cases in which both have a value",
        "Mean of the readers on these cases; point at one for its 95 % interval",
        "Lowest and highest mean of a reader; of a single reader the interval",
        "Mean of the model on the same cases against the same references; point at one for its 95 % interval",
        "Model less readers, paired by case, with its 95 % interval",
        "Two-sided, by the bootstrap",
        "Where the model's mean lies in the range",
    ),
)
BESIDE = Figures(
    ("Finding", "Cases", "This run", "Other run", "Difference", "p"),
    (
        "",
        "Cases that have a value in both runs",
        "Mean with its 95 % interval",
        "Mean with its 95 % interval",
        "This run less the other, paired by case, with its 95 % interval",
        "Two-sided, by the bootstrap",
    ),
)
ZERO_SHOT = Figures(
    ("Finding", "With", "Without", "AUC", "Average precision", "Brier", "Calibration error", "Threshold", "MCC"),
    (
        "",
        "Films with the finding",
        "Films without it",
        "Area under the receiver operating characteristic, with its 95 % interval",
        "Mean precision over all thresholds, with its 95 % interval",
        "Mean squared error of the score; lower is better",
        "Mean distance of score and observed frequency over ten bins; lower is better",
        "The score with the highest Matthews correlation on these very films",
        "Matthews correlation at that threshold",
    ),
)
READERS = Figures(
    ("Reader", "Cases", "IoU", "Dice", "Hit"),
    ("", "Findings of films that the reader is scored on", *("Mean over findings with its 95 % interval",) * 3),
)
PAIRS = Figures(
    ("Reader", "Other reader", "Films", "Cases", "IoU", "Dice"),
    (
        "",
        "",
        "Films that both read",
        "Findings of these that at least one of them marked",
        *("Mean over cases with its 95 % interval",) * 2,
    ),
)
PUBLISHED = Figures(
    ("Method", *(title for _, title in MEASURES)),
    ("", *("Mean with its 95 % interval where it was published",) * len(MEASURES)),
)
REMARKS = Figures(("What", "Of", "In words"), ("", "Image or finding", ""))


def findings_of(evaluation: Evaluation) -> Figures:
    """List each finding with means and intervals, the mean over findings last."""
    summary = evaluation.summary
    standings = {one.finding: one.standing.value for one in evaluation.ranges if one.measure == "iou"}
    every = [*summary.findings.items(), (MEAN, summary.overall)]
    rows = [
        (
            Cell(name),
            _count(figures["iou"].cases),
            *(_estimate(figures[measure]) for measure, _ in MEASURES),
            Cell(standings.get(name if at < len(summary.findings) else "", "")),
        )
        for at, (name, figures) in enumerate(every)
    ]
    return _with(FINDINGS, rows, 1)


def humans_of(ranges: Sequence[HumanRange], measure: str) -> Figures:
    """List the model beside the readers by one measure."""
    some = of_measure(ranges, measure)
    rows = [
        (
            Cell(one.finding or MEAN),
            _count(one.model.cases),
            _mean(one.humans),
            Cell(f"{number(one.lowest)} to {number(one.highest)}", one.lowest),
            _mean(one.model),
            _estimate(one.difference),
            _chance(one.difference.p),
            Cell(one.standing.value),
        )
        for one in some
    ]
    return _with(HUMANS, rows, sum(not one.finding for one in some))


def of_measure(ranges: Sequence[HumanRange], measure: str) -> list[HumanRange]:
    """Return the ranges of one measure, the mean over findings last."""
    return sorted((one for one in ranges if one.measure == measure), key=lambda one: not one.finding)


def beside_of(comparison: Comparison, measure: str) -> Figures:
    """List this run beside another by one measure."""
    pairs = besides(comparison, measure)
    rows = [
        (
            Cell(name),
            _count(one.this.cases),
            _estimate(one.this),
            _estimate(one.other),
            _estimate(one.difference),
            _chance(one.difference.p),
        )
        for name, one in pairs.items()
    ]
    return _with(BESIDE, rows, int(MEAN in pairs))


def besides(comparison: Comparison, measure: str) -> Mapping[str, Beside]:
    """Return a measure of two runs for each finding, the mean over findings last."""
    found = {name: figures[measure] for name, figures in comparison.findings.items() if measure in figures}
    return found | ({MEAN: comparison.overall[measure]} if measure in comparison.overall else {})


def zero_shot_of(found: ZeroShot) -> Figures:
    """List how well each finding is told from whole films."""
    rows = [
        (
            Cell(name),
            _count(one.positives),
            _count(one.negatives),
            _estimate(one.auc),
            _estimate(one.precision),
            *(_number(value) for value in (one.brier, one.calibration_error, one.threshold, one.mcc)),
        )
        for name, one in found.findings.items()
    ]
    nothing = (Cell("", nan),)
    rows.append((Cell(MEAN), *nothing * 2, _estimate(found.auc), _estimate(found.precision), *nothing * 4))
    return _with(ZERO_SHOT, rows, 1)


def readers_of(evaluation: Evaluation) -> Figures:
    """List each reader against the others."""
    rows = [
        (
            Cell(reader),
            # Who only points has hits alone.
            _count(max(summary.pooled[measure].cases for measure in ("iou", "hit"))),
            *(_estimate(summary.overall[measure]) for measure in ("iou", "dice", "hit")),
        )
        for reader, summary in evaluation.by_reader.items()
    ]
    return _with(READERS, rows, 0)


def pairs_of(evaluation: Evaluation) -> Figures:
    """List every two readers who read the same films."""
    rows = [
        (
            *map(Cell, pair),
            _count(evaluation.together[pair]),
            _count(summary.pooled["iou"].cases),
            *(_estimate(summary.pooled[measure]) for measure in ("iou", "dice")),
        )
        for pair, summary in evaluation.pairs.items()
    ]
    return _with(PAIRS, rows, 0)


def against_sentence(evaluation: Evaluation) -> str:
    """Say what readers are scored against."""
    rules = evaluation.rules
    if rules.benchmark:
        return "Each person of the benchmark against the marks of the review; below, every two readers."
    return f"Each reader against the consensus ({rules.consensus}) of the others; below, every two readers."


def published_of(reference: ReferenceTable, evaluation: Evaluation) -> Figures:
    """List published figures of the same data, this run last."""
    nothing = Cell("–", nan)
    rows = [
        (Cell(method), *(_published(figures[name]) if name in figures else nothing for name, _ in MEASURES))
        for method, figures in reference.rows.items()
    ]
    name = "" if evaluation.model is None else evaluation.model.name
    overall = evaluation.summary.overall
    rows.append((Cell(f"{name} (this run)"), *(_estimate(overall[measure]) for measure, _ in MEASURES)))
    return _with(PUBLISHED, rows, 1)


def remarks_of(problems: Problems, title: Callable[[str], str] | None) -> Figures:
    """List what took no part and what else is to be known, the rarest sort first, as many as a person reads.

    Parameters
    ----------
    problems : Problems
    title : callable or None
        Says what an image is called where names are hidden; None where they are not.
    """
    rows = []
    for kind, each in problems.by_kind().items():
        for one in each[:_MOST_REMARKS]:
            words = kind + (" (took no part)" if one.loss else "")
            hidden = title is not None and kind in _NAMING
            subject = one.subject if title is None or kind in _OF_FINDINGS else title(one.subject)
            rows.append((Cell(words), Cell(subject), Cell(_HIDDEN if hidden else one.sentence)))
        if (more := len(each) - _MOST_REMARKS) > 0:
            rows.append((Cell(kind), Cell(""), Cell(f"and {more:,} more; summary.json of a saved report has all")))
    return _with(REMARKS, rows, 0)


def standing_sentence(ranges: Sequence[HumanRange], measure: str) -> str:
    """Say on which findings the model is above, inside and below the range of the readers; empty where none is."""
    groups: dict[str, list[str]] = {word: [] for word in _STANDINGS}
    for one in of_measure(ranges, measure):
        if one.finding and one.standing.value in groups:
            groups[one.standing.value].append(one.finding)
    if not any(groups.values()):
        return ""
    above, inside, below = (", ".join(names) or "none" for names in groups.values())
    title = dict(MEASURES)[measure]
    return f"By {title} the model is above the readers' range on {above}; inside it on {inside}; below it on {below}."


def difference_sentence(comparison: Comparison, measure: str) -> str:
    """Say what the paired difference over findings is."""
    title = dict(MEASURES)[measure]
    name = comparison.name + (f", {comparison.options}" if comparison.options else "")
    if (one := comparison.overall.get(measure)) is None:
        return f"Beside {name}: no case has a {title} in both runs."
    gap = one.difference
    chance = f"no p-value: fewer than {FEWEST_UNITS} images or patients" if isnan(gap.p) else f"p {_p(gap.p)}"
    return (
        f"Beside {name}: this run less the other is {signed(gap.mean)} in mean {title} "
        f"({signed(gap.low)} to {signed(gap.high)}, {chance})."
    )


def signed(value: float) -> str:
    """Write a difference with its sign."""
    return "–" if isnan(value) else f"{value:+z.3f}".replace("-", "\N{MINUS SIGN}")


def _with(head: Figures, rows: Sequence[tuple[Cell, ...]], total: int) -> Figures:
    return Figures(head.titles, head.hints, tuple(rows), total)


def _count(cases: int) -> Cell:
    return Cell(f"{cases:,}", float(cases))


def _number(value: float) -> Cell:
    return Cell(number(value), value)


def _estimate(one: Estimate | Difference) -> Cell:
    if isnan(one.mean):
        return Cell("–", one.mean, "No case has a value")
    if one.cases == 1:
        return Cell(f"{number(one.mean)}  (one case)", one.mean)
    if isnan(one.low):
        return Cell(number(one.mean), one.mean)
    return Cell(f"{number(one.mean)}  ({number(one.low)} to {number(one.high)})", one.mean)


def _published(figure: Figure) -> Cell:
    mean, low, high = figure if len(figure) == 3 else (figure[0], nan, nan)
    return _estimate(Estimate(mean, low, high, 0))


def _mean(one: Estimate) -> Cell:
    return Cell(number(one.mean), one.mean, _estimate(one).text)


def _chance(p: float) -> Cell:
    return Cell(_p(p), p)


def _p(p: float) -> str:
    return "–" if isnan(p) else f"{p:.3f}"
