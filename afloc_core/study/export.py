"""The results of a study in a folder: tables as CSV, everything as JSON, and the codebook of both."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from afloc_core.errors import StudyError
from afloc_core.spreadsheet import safe_cell
from afloc_core.study.cases import annotation_document, reference_truth
from afloc_core.study.resampling import LEVEL, PERMUTATIONS, REPLICATES
from afloc_core.study.results import TABLES, Results, codebook, reader_codes, results
from afloc_core.study.summary import MEASURES, summarise
from afloc_core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from afloc_core.study.record import StudyRecord
    from afloc_core.study.study_file import Study
    from afloc_core.study.summary import Summary

_WHOLE = "study.json"
NOTICE = "Research use only; not a medical device."


def study_results(record: StudyRecord) -> tuple[Results, Summary]:
    """Return the tables of a study and their summary, with the reference standard that its file names."""
    truth = reference_truth(record.study, record.cases, annotation_document(record.study, "reference"))
    found = results(record, truth)
    return found, summarise(found, record.study.seed)


def export_study(record: StudyRecord, folder: Path, *, with_names: bool = False) -> tuple[str, ...]:
    """Write the results of a study.

    Parameters
    ----------
    record : StudyRecord
    folder : Path
        Made if it is not there; an earlier export of the study in it is replaced.
    with_names : bool
        Also write which file each case is and what the readers are called.

    Returns
    -------
    tuple of str
        Names of the files: a CSV for each table, ``codebook.csv``, ``study.json`` with all of it and the summary, and
        with names ``names.csv``.

    Raises
    ------
    StudyError
        The folder cannot be written to, or has a file of such a name that is no export of this study.
    """
    found, summary = study_results(record)
    tables: dict[str, list[dict[str, Any]]] = {name: [asdict(row) for row in getattr(found, name)] for name in TABLES}
    columns: dict[str, Sequence[str]] = {name: tuple(one.name for one in fields(kind)) for name, kind in TABLES.items()}
    tables["codebook"], columns["codebook"] = [dict(row) for row in codebook()], _CODEBOOK
    if with_names:
        tables["names"], columns["names"] = _names(record), ("what", "code", "name")
    whole = {
        "notice": NOTICE,
        "program": __version__,
        "study": study_summary(record.study),
        "summary": summary_json(summary),
        **tables,
    }
    _refuse_others(folder, [*(f"{name}.csv" for name in tables), _WHOLE], record.study)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, columns[name])
                writer.writeheader()
                writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in rows)
        (folder / _WHOLE).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError:
        raise StudyError("The results cannot be written there; choose a folder that may be written to.") from None
    return (*(f"{name}.csv" for name in tables), _WHOLE)


def _refuse_others(folder: Path, names: Sequence[str], study: Study) -> None:
    """Refuse to replace what is no export of the study: a table of marks in the study's own folder, say.

    Raises
    ------
    StudyError
    """
    there = next((name for name in names if (folder / name).exists()), None)
    if there is None:
        return
    try:
        known = json.loads((folder / _WHOLE).read_text(encoding="utf-8"))
        ours = known["notice"] == NOTICE and known["study"]["title"] == study.title
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise StudyError(f"The folder has a file {there} that is no export of this study; choose another folder.")


def study_summary(study: Study) -> dict[str, Any]:
    """Return what a study is, without the names of its files."""
    return {
        "title": study.title,
        "findings": list(study.findings),
        "design": study.design.value,
        "arms": [{"name": arm.name, "map": arm.map.value, "marks": arm.marks.value} for arm in study.arms],
        "seed": study.seed,
        "order": study.order.value,
        "repeat": study.repeat,
        "washout_days": study.washout_days,
        "idle_seconds": study.idle_seconds,
    }


def summary_json(summary: Summary) -> dict[str, Any]:
    """Return a summary as JSON values that say how they were made."""
    return {
        "measures": [asdict(measure) for measure in MEASURES],
        "level": LEVEL,
        "interval": f"percentile bootstrap over cases, {REPLICATES} replicates",
        "p": f"two-sided permutation test over cases, exact or {PERMUTATIONS} permutations",
        **asdict(summary),
    }


_CODEBOOK = ("table", "column", "meaning", "unit")


def _names(record: StudyRecord) -> list[dict[str, Any]]:
    codes = reader_codes(record.readers)
    readers = [{"what": "reader", "code": code, "name": name} for name, code in codes.items()]
    return readers + [{"what": "case", "code": case.id, "name": case.file.name} for case in record.cases]
