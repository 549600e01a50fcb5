"""Another run over the same data beside this one: paired differences with intervals and p-values."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING, Any

from afloc_core.cohort.human_range import pair_draws, paired
from afloc_core.cohort.results import Kind, Row, Score
from afloc_core.cohort.statistics import MEASURES, Bootstrap, by_finding, difference, over_findings, summarise
from afloc_core.errors import AFLocError
from afloc_core.spreadsheet import text_of_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.results import Difference, Estimate

_UNREADABLE = "The run to compare with cannot be read; give the output folder of a run of `afloc evaluate`."


@dataclass(frozen=True)
class Beside:
    """One measure of two runs on the cases that both have.

    Attributes
    ----------
    this, other : Estimate
    difference : Difference
        This run less the other.
    """

    this: Estimate
    other: Estimate
    difference: Difference

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {name: getattr(self, name).as_dict() for name in ("this", "other", "difference")}


@dataclass(frozen=True)
class Comparison:
    """One run beside another.

    Attributes
    ----------
    name, digest : str
        Model of the other run; "readers" and empty where it had none.
    options : str
        How the other run made its maps, where not as usual.
    findings : mapping of finding to mapping of measure to Beside
    overall : mapping of measure to Beside
        Means over findings.
    """

    name: str
    digest: str
    options: str
    findings: Mapping[str, Mapping[str, Beside]]
    overall: Mapping[str, Beside]


def compare_runs(evaluation: Evaluation, folder: Path) -> Comparison:
    """Compare an evaluation with one that was written before.

    Parameters
    ----------
    evaluation : Evaluation
    folder : Path
        Output folder of the other.

    Raises
    ------
    AFLocError
        If it cannot be read, or is of other data or another protocol.
    """
    said, theirs = _read(folder)
    protocol = evaluation.rules.protocol.name
    if said["protocol"] != protocol:
        raise AFLocError(f"The run to compare with used another protocol; run both with --protocol {protocol}.")
    if said["data"] != evaluation.data_digest:
        raise AFLocError("The run to compare with is of other images or marks; run both on the same.")
    ours = evaluation.main_rows
    units = {row.image: row.unit for row in ours}
    theirs = [replace(row, unit=units[row.image]) for row in theirs if row.image in units]
    bootstrap = Bootstrap(row.unit for row in ours)
    findings: dict[str, dict[str, Beside]] = {}
    overall: dict[str, Beside] = {}
    mine, other = by_finding(ours), by_finding(theirs)
    for measure in MEASURES:
        pairs = {finding: paired(mine[finding], other[finding], measure) for finding in mine if finding in other}
        pairs = {finding: pair for finding, pair in pairs.items() if pair[0]}
        draws = {finding: pair_draws(pair, measure, bootstrap) for finding, pair in pairs.items()}
        for finding, pair in pairs.items():
            findings.setdefault(finding, {})[measure] = _beside(pair, measure, draws[finding], bootstrap)
        if pairs:
            every = tuple([row for pair in pairs.values() for row in pair[side]] for side in (0, 1))
            overall[measure] = _beside((every[0], every[1]), measure, over_findings(list(draws.values())), bootstrap)
    return Comparison(said["name"], said["digest"], said["options"], findings, overall)


def _beside(pair: tuple[Sequence[Row], Sequence[Row]], measure: str, draws: Any, bootstrap: Bootstrap) -> Beside:  # noqa: ANN401
    this, other = (summarise(rows, bootstrap).overall[measure] for rows in pair)
    return Beside(this, other, difference(this.mean - other.mean, draws, this.cases))


def _read(folder: Path) -> tuple[dict[str, str], list[Row]]:
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        model = summary["model"] or {"name": "readers", "digest": ""}
        said = {
            "name": str(model["name"]),
            "digest": str(model["digest"]),
            "options": _way(model),
            "protocol": str(summary["protocol"]["name"]),
            "data": str(summary["data"]["digest"]),
        }
        with (folder / "cases.csv").open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream)
            names = list(reader.fieldnames or ())
            columns = tuple(
                [name for name in names if name.startswith(f"{what}_")] or [what] for what in ("iou", "dice")
            )
            return said, [_row(line, columns[0], columns[1]) for line in reader]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error):
        raise AFLocError(_UNREADABLE) from None


def _way(model: dict[str, object]) -> str:
    parts = (str(model.get("map", "")), f"{model['pipeline']} pipeline" if "pipeline" in model else "")
    return ", ".join(part for part in parts if part)


def _row(line: dict[str, str], iou: list[str], dice: list[str]) -> Row:
    score = Score(
        tuple(_value(line[name]) for name in iou),
        tuple(_value(line[name]) for name in dice),
        _value(line["cnr"]),
        _value(line["hit"]),
    )
    image, finding, phrase, reader, against = (
        text_of_cell(line[name]) for name in ("image", "finding", "phrase", "reader", "against")
    )
    return Row(Kind.MODEL, image, image, finding, phrase, reader, against, score)


def _value(text: str) -> float:
    return float(text) if text else nan
