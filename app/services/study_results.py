"""Study files written, and studies summed up and exported, off the main thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from afloc_core.errors import StudyError

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.study.study_file import Study


@dataclass(frozen=True, slots=True)
class Summed:
    """A study that was summed up.

    Attributes
    ----------
    place : Path
    title : str
    text : str
        Figures as lines for people.
    """

    place: Path
    title: str
    text: str


def write_study(study: Study, place: Path) -> str:
    """Write a study file, once its cases are found, and return what is still missing in a sentence; empty for nothing.

    Raises
    ------
    StudyError
        It says something wrong, its cases are not there, or it cannot be written.
    """
    import tomllib

    from afloc_core.study.cases import list_cases, reference_document
    from afloc_core.study.study_file import study_of, study_text

    text = study_text(study)
    checked = study_of(tomllib.loads(text), place.absolute().parent)
    list_cases(checked)
    _, remark = reference_document(checked)
    try:
        place.write_text(text, encoding="utf-8")
    except OSError:
        raise StudyError("The study file cannot be written there; choose a folder that may be written to.") from None
    return remark


def summarise_results(place: Path) -> Summed:
    """Sum up a study. Raises StudyError if nobody read it yet."""
    from afloc_core.study.export import NOTICE, study_results
    from afloc_core.study.record import open_record
    from afloc_core.study.summary import summary_text

    with open_record(place, create=False) as record:
        _, summary = study_results(record)
        return Summed(place, record.study.title, f"{summary_text(summary)}\n{NOTICE}")


def export_results(place: Path, folder: Path, with_names: bool) -> tuple[str, ...]:
    """Write the results of a study into a folder. Raises StudyError if it cannot be written to."""
    from afloc_core.study.export import export_study
    from afloc_core.study.record import open_record

    with open_record(place, create=False) as record:
        return export_study(record, folder, with_names=with_names)
