"""`afloc study`: check a study file, sum up what was read, and take it away as tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.errors import StudyError

if TYPE_CHECKING:
    from argparse import Namespace

    from afloc_core.study.study_file import Study


def run(options: Namespace) -> None:
    """Do what was asked of a study."""
    {"check": _check, "summary": _summary, "export": _export}[options.action](options)


def _check(options: Namespace) -> None:
    """Read the study file, its cases and its reference standard, and say what a reader would get."""
    from afloc_core.study.cases import (
        annotation_document,
        list_cases,
        match_cases,
        reference_document,
        reference_truth,
    )
    from afloc_core.study.plan import plan
    from afloc_core.study.study_file import read_study

    study = read_study(options.file)
    cases = list_cases(study)
    document, remark = reference_document(study)
    truth = reference_truth(study, cases, document)
    others = annotation_document(study, "others")
    if others is not None and not match_cases(others, cases):
        raise StudyError("“others” in the study file marks none of the cases; check which films its marks are of.")
    for case in cases:
        _check_film(case.file, case.id)
    steps = plan(study, [case.id for case in cases], 0)
    known = sum(value is not None for of_case in truth.values() for value in of_case.values())
    lines = [
        f"{study.title}: {_counted(len(cases), 'case')}, {_counted(len(study.findings), 'finding')}, "
        f"{_counted(len(study.arms), 'arm')} ({study.design.value}), "
        f"{_counted(len(steps), 'reading')} for each reader.",
        *(_arm_line(study, number) for number in range(len(study.arms))),
        f"The reference standard answers {known} of {len(cases) * len(study.findings)} questions.",
        *((remark,) if remark else ()),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _arm_line(study: Study, number: int) -> str:
    arm = study.arms[number]
    return f"Arm {number + 1}, {arm.name}: map {arm.map.value}, marks of others {arm.marks.value}."


def _check_film(file: Path, case: str) -> None:
    from afloc_core.errors import ImageError
    from afloc_core.imaging.open import open_radiograph

    try:
        open_radiograph(file)
    except ImageError as error:
        raise StudyError(f"The film of {case} cannot be opened: {error}") from None


def _summary(options: Namespace) -> None:
    from afloc_core.study.export import NOTICE, study_results, summary_json
    from afloc_core.study.record import open_record
    from afloc_core.study.summary import summary_text

    with open_record(Path(options.file), create=False) as record:
        _, summary = study_results(record)
    if options.json:
        try:
            Path(options.json).write_text(json.dumps(summary_json(summary), indent=1) + "\n", encoding="utf-8")
        except OSError:
            raise StudyError("The summary cannot be written there; choose a place that may be written to.") from None
    sys.stdout.write(f"{summary_text(summary)}{NOTICE}\n")


def _export(options: Namespace) -> None:
    from afloc_core.study.export import export_study
    from afloc_core.study.record import open_record

    with open_record(Path(options.file), create=False) as record:
        files = export_study(record, Path(options.output), with_names=options.with_names)
    sys.stdout.write("".join(f"{name}\n" for name in files))


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
