"""The paragraph of methods, ready to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.cohort.protocols import Frame, Nothing
from afloc_core.cohort.statistics import REPLICATES, SEED
from afloc_core.version import __version__

if TYPE_CHECKING:
    from afloc_core.cohort.evaluation import Evaluation


NAMES = {"iou": "IoU", "dice": "Dice", "cnr": "CNR", "hit": "hit rate"}
"""What measures are called in a sentence."""


def methods(evaluation: Evaluation) -> str:
    """Say how the numbers were made, in the past tense of a paper."""
    rules, protocol = evaluation.rules, evaluation.rules.protocol
    findings = len(evaluation.summary.findings)
    sentences = [
        f"Marks of {counted(len(evaluation.readers), 'reader')} on {counted(evaluation.scored, 'image')} "
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
        of = "the ground truth" if rules.benchmark else f"the consensus ({rules.consensus}) of the other readers"
        sentences.append(f"Each human was scored against {of} as the model was.")
        if protocol.centres and not set(evaluation.by_reader) <= rules.pointing:
            sentences.append(
                "Readers who gave no points pointed with the centre of each of their marks, any of which could hit; "
                "CNR needs a continuous map, which readers do not give."
            )
    sentences.append(
        "Overall means are means over findings. Intervals are 95 % percentile intervals of "
        f"{REPLICATES:,} bootstrap replicates (seed {SEED}) in which whole images, or patients where known, were drawn."
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _beside(evaluation: Evaluation) -> str:
    """Say what another run on the same cases differs in; empty where there is none."""
    other = evaluation.comparison
    if other is None:
        return ""
    changes = [
        f"{name} by {one.difference.mean:+z.3f} ({one.difference.low:+z.3f} to {one.difference.high:+z.3f}, "
        f"p = {one.difference.p:.3f})"
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
        return (
            f"Each map was rescaled to {scale} and compared {where} above one of {levels}, chosen for each finding on "
            "other cases than those it was used on."
        )
    return f"Each map was rescaled to {scale} and compared {where}; IoU and Dice are means over thresholds {levels}."


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where there are several."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
