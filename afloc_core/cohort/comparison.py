"""Another run over the same data beside this one: paired differences with intervals and p-values."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.human_range import pair_draws, pair_estimates, pair_units, pairs_of
from afloc_core.cohort.results import Kind, Row, Score
from afloc_core.cohort.rows import Rows
from afloc_core.cohort.statistics import MEASURES, Bootstrap, difference, over_findings
from afloc_core.errors import AFLocError
from afloc_core.spreadsheet import text_of_cell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

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
    ours = evaluation.main_rows
    said, theirs = _read(folder, ours)
    protocol = evaluation.rules.protocol.name
    if said["protocol"] != protocol:
        raise AFLocError(f"The run to compare with used another protocol; run both with --protocol {protocol}.")
    if said["data"] != evaluation.data_digest:
        raise AFLocError("The run to compare with is of other images or marks; run both on the same.")
    bootstrap = Bootstrap(ours.numbers("unit"))
    findings: dict[str, dict[str, Beside]] = {}
    overall: dict[str, Beside] = {}
    mine, other = ours.by_finding(), theirs.by_finding()
    for measure in MEASURES:
        pairs = pairs_of(mine, other, measure)
        if not pairs:
            continue
        draws = pair_draws(pairs, measure, bootstrap)
        estimates, units = pair_estimates(pairs, measure, bootstrap), pair_units(pairs)
        for finding in pairs:
            findings.setdefault(finding, {})[measure] = _beside(estimates[finding], draws[finding], units[finding])
        overall[measure] = _beside(estimates[""], over_findings(list(draws.values())), units[""])
    return Comparison(said["name"], said["digest"], said["options"], findings, overall)


def _beside(estimates: tuple[Estimate, Estimate], draws: NDArray[np.float64], units: int) -> Beside:
    this, other = estimates
    return Beside(this, other, difference(this.mean - other.mean, draws, this.cases, units))


def _read(folder: Path, ours: Rows) -> tuple[dict[str, str], Rows]:
    """Read another run, with the texts of ours; of its rows those of images that we have."""
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
            units = _units(ours)
            rows = (_row(line, columns[0], columns[1]) for line in reader)
            return said, Rows.of((replace(row, unit=units[row.image]) for row in rows if row.image in units), ours.pool)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error):
        raise AFLocError(_UNREADABLE) from None


def _units(rows: Rows) -> Mapping[str, str]:
    images, first = np.unique(rows.numbers("image"), return_index=True)
    units = rows.numbers("unit")[first]
    return {rows.pool[int(image)]: rows.pool[int(unit)] for image, unit in zip(images, units, strict=True)}


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
