"""The paragraph of methods, ready to paste."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.agreement.consensus import Consensus
from afloc_core.cohort.protocols import Frame, Nothing
from afloc_core.cohort.results import Kind
from afloc_core.cohort.scoring import NOTHING_MARKED
from afloc_core.cohort.statistics import FEWEST_UNITS, REPLICATES, SEED
from afloc_core.cohort.tuning import UNDECIDED
from afloc_core.version import __version__

if TYPE_CHECKING:
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.rows import Rows


NAMES = {"iou": "IoU", "dice": "Dice", "cnr": "CNR", "hit": "hit rate"}
"""What measures are called in a sentence."""

_AGREED = {
    Consensus.UNION: "what any of them marked",
    Consensus.INTERSECTION: "what all of them marked",
    Consensus.MAJORITY: "what more than half of them marked, of two both",
    Consensus.STAPLE: "what is more probable than not by the estimate of Warfield, Zou and Wells",
}


def methods(evaluation: Evaluation) -> str:
    """Say how the numbers were made, in the past tense of a paper."""
    rules, protocol = evaluation.rules, evaluation.rules.protocol
    findings = len(evaluation.summary.findings)
    truth = [reader for reader in evaluation.readers if reader not in rules.benchmark]
    humans = f", and of {counted(len(rules.benchmark), 'human')} scored against them," if rules.benchmark else ""
    sentences = [
        f"Marks of {counted(len(truth), 'reader')}{humans} on {counted(evaluation.scored, 'image')} "
        f"({counted(len(evaluation.main_rows), 'case')}, {counted(findings, 'finding')}) were evaluated with AFLoc "
        f"Review {__version__} by the protocol “{protocol.name}” ({protocol.title})."
    ]
    if evaluation.model is not None:
        model = evaluation.model
        sentences.append(
            f"The model {model.name} (weights SHA-256 {model.digest[:16]}…) was asked for each finding by its own "
            f"phrase where the marks carry one, otherwise by “{protocol.prompt.format(finding='<finding>')}”, with the "
            f"{protocol.pipeline} pipeline."
        )
        sentences.append(_map(evaluation))
        if rules.maps.words:
            unmeasured = "" if evaluation.comparison else "; what that changes was not measured in this run"
            sentences.append(f"Done differently from the plain way: {rules.maps.words}{unmeasured}.")
    sentences.append(_beside(evaluation))
    if protocol.nothing is Nothing.MISS:
        sentences.append("Cases in which nothing was predicted counted as 0.")
    else:
        sentences.append("Cases in which nothing was predicted were left out of IoU and Dice.")
    if evaluation.by_reader:
        agreed = f"the consensus ({rules.consensus}: {_AGREED[rules.consensus]}) of the other readers"
        alike = "" if evaluation.model is None else ", and so was the model"
        sentences.append(f"Each human was scored against {'the ground truth' if rules.benchmark else agreed}{alike}.")
        sentences.append(unscored(evaluation.rows.of_kind(Kind.HUMAN), "the humans' cases"))
        if protocol.centres and not set(evaluation.by_reader) <= rules.pointing:
            sentences.append(
                "Readers who gave no points pointed with the centre of each of their marks, any of which could hit; "
                "CNR needs a continuous map, which readers do not give."
            )
    sentences.append(
        "Overall means are means over findings. Intervals are 95 % percentile intervals of "
        f"{REPLICATES:,} bootstrap replicates (seed {SEED}) in which whole images, or patients where known, were drawn."
    )
    sentences.append(_whole_films(evaluation))
    if evaluation.comparison or evaluation.ranges:
        sentences.append(
            "p-values are two-sided, from the same replicates, and not adjusted for their number; none is given for "
            f"fewer than {FEWEST_UNITS} images or patients."
        )
    return " ".join(sentence for sentence in sentences if sentence)


def unscored(rows: Rows, name: str) -> str:
    """Say how many cases count in no mean because their reference is empty; empty where none is.

    Parameters
    ----------
    rows : Rows
    name : str
        What they are called.
    """
    empty = np.count_nonzero(rows.numbers("note") == rows.pool.number(NOTHING_MARKED))
    if not empty:
        return ""
    return f"In {empty:,} of {name} ({len(rows):,}) the reference is empty; they have no value and count in no mean."


def _whole_films(evaluation: Evaluation) -> str:
    """Say how findings were told from images as a whole; empty where there were no labels."""
    told = evaluation.zero_shot
    if told is None:
        return ""
    by = (
        "the published softmax over positive and negative prompts"
        if evaluation.rules.protocol.frame is Frame.PUBLISHED
        else "the model's match with the phrase"
    )
    images = len({one.image for one in told.scored})
    were = "was" if len(told.findings) == 1 else "were"
    return (
        f"On {counted(images, 'labelled image')} {counted(len(told.findings), 'finding')} {were} told without training "
        f"by {by}; thresholds with the highest Matthews correlation were chosen on these very images."
    )


def _beside(evaluation: Evaluation) -> str:
    """Say what another run on the same cases differs in; empty where there is none."""
    other = evaluation.comparison
    if other is None:
        return ""
    changes = [
        f"{name} by {one.difference.mean:+z.3f} ({one.difference.low:+z.3f} to {one.difference.high:+z.3f}"
        + ("" if isnan(one.difference.p) else f", p = {one.difference.p:.3f}")
        + ")"
        for measure, name in NAMES.items()
        if (one := other.overall.get(measure)) is not None and one.this.cases
    ]
    way = f" ({other.options})" if other.options else ""
    if not changes:
        return f"No case had a value both in this run and in that of {other.name}{way}."
    return f"On the same cases the means over findings differed from those of {other.name}{way}: {', '.join(changes)}."


def _map(evaluation: Evaluation) -> str:
    protocol = evaluation.rules.protocol
    where = (
        "at the image's own resolution"
        if protocol.frame is Frame.IMAGE
        else "in the letterboxed 224-pixel frame without the 14 pixels at its rim"
    )
    levels = ", ".join(f"{one:g}" for one in protocol.thresholds)
    scale = f"{protocol.lowest:g} to 1"
    if protocol.tuned:
        chosen = (
            "which another run had chosen for each finding; findings it had not were halved, each half scored at what "
            "was best on the other"
            if evaluation.rules.thresholds
            else "chosen for each finding: the cases were halved, each half scored at what was best on the other"
        )
        return (
            f"Each map was rescaled to {scale} and compared {where} above one of {levels}, {chosen} "
            f"({UNDECIDED:g} where that had no case)."
        )
    return f"Each map was rescaled to {scale} and compared {where}; IoU and Dice are means over thresholds {levels}."


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where there are several."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
