"""Tables and figures of an evaluation as files: the same evaluation gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from contextlib import suppress
from importlib.metadata import version
from itertools import chain
from math import isnan
from typing import TYPE_CHECKING, Any

from afloc_core.cohort.published_interval import published_intervals
from afloc_core.cohort.results import Kind, known
from afloc_core.cohort.statistics import REPLICATES, SEED
from afloc_core.errors import AFLocError
from afloc_core.spreadsheet import safe_cell
from afloc_core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from afloc_core.cohort.comparison import Comparison
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.problems import Problem
    from afloc_core.cohort.results import Row
    from afloc_core.cohort.rows import Rows
    from afloc_core.cohort.statistics import Summary
    from afloc_core.cohort.zero_shot import ZeroShot

_PACKAGES = ("numpy", "scipy", "torch", "transformers")


def write_tables(evaluation: Evaluation, folder: Path, paths: Mapping[str, Path] | None = None) -> None:
    """Write ``summary.json``, ``cases.csv`` and, where there are several readers, ``readers.csv`` and ``pairs.csv``.

    Parameters
    ----------
    evaluation : Evaluation
    folder : Path
        An existing folder; tables that an earlier run left in it and this one lacks are removed.
    paths : mapping of image key to Path, optional
        Where images lie, for a last column of ``cases.csv``; without it no file says a path.

    Raises
    ------
    AFLocError
        If a file cannot be written.
    """
    write_file(folder / "cases.csv", _cases(evaluation, evaluation.main_rows, paths or {}))
    for name, kinds in (("readers.csv", (Kind.HUMAN, Kind.MODEL_AS_HUMAN)), ("pairs.csv", (Kind.PAIR,))):
        rows = evaluation.rows.of_kind(*kinds)
        if len(rows):
            write_file(folder / name, _others(rows))
        else:
            _remove(folder / name)
    if evaluation.zero_shot is None:
        _remove(folder / "zero_shot.csv")
    else:
        head = ["image", "finding", "score", "label"]
        lines = ([one.image, one.finding, one.score, int(one.label)] for one in evaluation.zero_shot.scored)
        write_file(folder / "zero_shot.csv", _table(head, lines))
    text = json.JSONEncoder(indent=1, ensure_ascii=False, allow_nan=False).iterencode(summary_of(evaluation))
    write_file(folder / "summary.json", chain(text, "\n"))


def summary_of(evaluation: Evaluation) -> dict[str, Any]:
    """Return what ``summary.json`` holds."""
    protocol = evaluation.rules.protocol
    model = evaluation.model
    content: dict[str, Any] = {
        "program": f"AFLoc Review {__version__}",
        "notice": "research use only",
        "protocol": {
            "name": protocol.name,
            "title": protocol.title,
            "pipeline": protocol.pipeline,
            "thresholds": list(protocol.thresholds),
            "prompt": protocol.prompt,
            "empty prediction": protocol.nothing.value,
            "readers hit with": "points, or centres of marks" if protocol.centres else "points",
            "reproduced slips": list(protocol.slips),
        },
        "model": _model(evaluation),
        "scored": "readers against the consensus of the others" if model is None else "model against each reader",
        "data": {
            "digest": evaluation.data_digest,
            "format": evaluation.format,
            "images": evaluation.images,
            "scored images": evaluation.scored,
            "readers": list(evaluation.readers),
        },
        "intervals": {"level": 0.95, "replicates": REPLICATES, "seed": SEED, "consensus": evaluation.rules.consensus},
        "versions": versions(with_torch=model is not None),
        "overall": _measures(evaluation.summary.overall),
        "all cases": _measures(evaluation.summary.pooled),
        "findings": {finding: _measures(figures) for finding, figures in evaluation.summary.findings.items()},
    }
    if evaluation.model is not None and protocol.slips:
        _add_published(content, evaluation)
    if evaluation.tuned:
        content["tuned thresholds"] = {
            finding: {"best": one.best, "used": list(one.used)} for finding, one in evaluation.tuned.items()
        }
    if evaluation.by_reader:
        content["readers"] = {reader: _figures(summary) for reader, summary in evaluation.by_reader.items()}
    if evaluation.pairs:
        content["pairs"] = [
            {
                "readers": list(pair),
                "images": evaluation.together[pair],
                **{name: summary.pooled[name].as_dict() for name in ("iou", "dice")},
            }
            for pair, summary in evaluation.pairs.items()
        ]
    if evaluation.ranges:
        content["humans"] = _ranges(evaluation)
    if evaluation.comparison:
        content["comparison"] = _comparison(evaluation.comparison)
    if evaluation.zero_shot:
        content["zero-shot"] = _zero_shot(evaluation.zero_shot)
    kinds = evaluation.problems.by_kind()
    content["problems"] = {
        "counts": {kind: len(each) for kind, each in kinds.items()},
        "losses": evaluation.losses,
        "each": _Each(kinds),
    }
    return content


class _Each(list[dict[str, str]]):
    """All problems as JSON has them, made one by one while they are written."""

    def __init__(self, kinds: Mapping[str, Sequence[Problem]]) -> None:
        super().__init__()
        self._kinds = kinds

    def __len__(self) -> int:
        return sum(map(len, self._kinds.values()))

    def __iter__(self) -> Iterator[dict[str, str]]:
        for problem in chain.from_iterable(self._kinds.values()):
            yield {"kind": problem.kind, "subject": problem.subject, "sentence": problem.sentence}


def _add_published(content: dict[str, Any], evaluation: Evaluation) -> None:
    """Put the interval that the published code prints beside ours."""
    findings, overall = published_intervals(evaluation.main_rows)
    places = [(content["overall"], overall), *((content["findings"][name], found) for name, found in findings.items())]
    for figures, intervals in places:
        for measure, ends in intervals.items():
            figures[measure]["published interval"] = [known(end) for end in ends]


def _model(evaluation: Evaluation) -> dict[str, str] | None:
    model = evaluation.model
    if model is None:
        return None
    return {
        "name": model.name,
        "digest": model.digest,
        "method": model.method,
        "pipeline": evaluation.rules.protocol.pipeline,
        "map": evaluation.rules.maps.words,
    }


def versions(*, with_torch: bool) -> dict[str, str]:
    """Return the versions of what the numbers depend on."""
    packages = _PACKAGES if with_torch else _PACKAGES[:2]
    return {"afloc-review": __version__, "python": platform.python_version(), **{n: version(n) for n in packages}}


def write_file(path: Path, text: Iterable[str]) -> None:
    """Write a file whole or not at all, from one text or from many parts.

    Raises
    ------
    AFLocError
        If it cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # A name from a file can hold half a letter, which has no bytes.
        with scratch.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            stream.writelines([text] if isinstance(text, str) else text)
        scratch.replace(path)
    except OSError as error:
        _drop(scratch)
        raise could_not_write(error) from None
    except BaseException:
        _drop(scratch)
        raise


def _drop(scratch: Path) -> None:
    with suppress(OSError):
        scratch.unlink()


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise could_not_write(error) from None


def could_not_write(error: OSError) -> AFLocError:
    """Say that the output folder cannot take the results."""
    reason = (error.strerror or "it cannot be written").lower()
    return AFLocError(f"The results could not be written ({reason}); choose another output folder or make room.")


def _cases(evaluation: Evaluation, rows: Rows, paths: Mapping[str, Path]) -> Iterator[str]:
    levels = len(rows[0].score.iou) if len(rows) else 0
    names = evaluation.rules.protocol.thresholds if levels > 1 else ()
    head = ["image", "finding", "reader", "phrase", "asked", "against", "iou", "dice", "cnr", "hit", "match"]
    head += [
        *("shown_iou", "shown_dice"),
        "marked_px",
        *(f"iou_{t:g}" for t in names),
        *(f"dice_{t:g}" for t in names),
        "note",
        *(["path"] if paths else []),
    ]
    lines = (
        [
            *(row.image, row.finding, row.reader, row.phrase, row.asked, row.against, *_four(row), _number(row.match)),
            *(_number(row.score.shown_iou), _number(row.score.shown_dice)),
            *(row.marked_px, *(map(_number, row.score.iou + row.score.dice) if names else ()), row.score.note),
            *([str(paths.get(row.image, ""))] if paths else []),
        ]
        for row in rows
    )
    return _table(head, lines)


def _others(rows: Iterable[Row]) -> Iterator[str]:
    head = ["image", "finding", "phrase", "scored", "reader", "against", "iou", "dice", "cnr", "hit", "note"]
    lines = (
        [
            *(row.image, row.finding, row.phrase, "model" if row.kind is Kind.MODEL_AS_HUMAN else "reader"),
            *(row.reader, row.against, *_four(row), row.score.note),
        ]
        for row in rows
    )
    return _table(head, lines)


def _table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> Iterator[str]:
    """Write a table line by line."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for line in chain([head], (map(safe_cell, line) for line in lines)):
        writer.writerow(line)
        yield stream.getvalue()
        stream.seek(0)
        stream.truncate()


def _four(row: Row) -> list[float | str]:
    score = row.score
    return [_number(value) for value in (score.mean_iou, score.mean_dice, score.cnr, score.hit)]


def _number(value: float) -> float | str:
    """Return a number as the table holds it, which writes it so that it reads back as the same."""
    return "" if isnan(value) else float(value)


def _measures(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: estimate.as_dict() for name, estimate in figures.items()}


def _figures(summary: Summary) -> dict[str, Any]:
    return {
        "overall": _measures(summary.overall),
        "findings": {finding: _measures(figures) for finding, figures in summary.findings.items()},
    }


def _ranges(evaluation: Evaluation) -> dict[str, Any]:
    found: dict[str, Any] = {"overall": {}, "findings": {}}
    for one in evaluation.ranges:
        place = found["findings"].setdefault(one.finding, {}) if one.finding else found["overall"]
        place[one.measure] = one.as_dict()
    return found


def _comparison(other: Comparison) -> dict[str, Any]:
    return {
        "other model": {"name": other.name, "digest": other.digest, "map": other.options},
        "overall": _measures(other.overall),
        "findings": {finding: _measures(figures) for finding, figures in other.findings.items()},
    }


def _zero_shot(found: ZeroShot) -> dict[str, Any]:
    return {
        "overall": {"auc": found.auc.as_dict(), "average precision": found.precision.as_dict()},
        "findings": {
            finding: {
                "positives": one.positives,
                "negatives": one.negatives,
                "auc": one.auc.as_dict(),
                "average precision": one.precision.as_dict(),
                "brier": one.brier,
                "calibration error": one.calibration_error,
                "threshold": known(one.threshold),
                "mcc": known(one.mcc),
                "prompts": {"positive": found.prompts[finding].positive, "negative": found.prompts[finding].negative},
            }
            for finding, one in found.findings.items()
        },
    }
